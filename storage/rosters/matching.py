"""Which known person a row of a roster is: by code, phone, year of birth, name and school."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from storage.models import Person, Position, Source
from storage.rosters import names
from storage.rosters.names import Likeness

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from datetime import date

    from sqlalchemy import Connection

    from storage.models import Core, Qualification, Rating
    from storage.rosters.names import NameKey

# What a roster may write of a person; `roster_states` has a column for each.
FIELDS = (
    "full_name", "sort_key", "folded", "birth_year", "position", "qualification", "rating",
    "rating_year", "rating_source", "core", "core_year", "phone", "external_id", "school_id",
    "source", "left_on",
)  # fmt: skip


@dataclass(slots=True)
class Known:
    """Somebody on the list, with all that a roster may change."""

    id: int
    full_name: str
    sort_key: str
    folded: str
    birth_year: int | None
    position: Position
    qualification: Qualification | None
    rating: Rating | None
    rating_year: str | None
    rating_source: Source | None
    core: Core | None
    core_year: int | None
    phone: str | None
    external_id: str | None
    school_id: int | None
    source: Source
    left_on: date | None
    leave_from: date | None = None
    leave_to: date | None = None

    @property
    def key(self) -> NameKey:
        """What the name is compared by."""
        return names.key(self.full_name)


@dataclass(slots=True)
class Sought:
    """A row as it is looked for; `at` is its place in the file."""

    at: int
    key: NameKey
    school_id: int
    birth_year: int | None
    phone: str | None
    external_id: str | None
    known: int | None = None  # the id of the person it is


# Who only says who they are is nobody's colleague yet: a list must not vouch for their account.
# Officers and trainers without a school are on no school's list.
LISTED = and_(
    Person.merged_into_id.is_(None),
    or_(Person.source != Source.SELF, Person.verified_at.is_not(None)),
    or_(
        Person.school_id.is_not(None),
        Person.position.not_in((Position.OFFICER, Position.TRAINER)),
    ),
)
PEOPLE = select(
    Person.id, *(getattr(Person, field) for field in FIELDS), Person.leave_from, Person.leave_to
).where(LISTED)


def people(db: Connection) -> dict[int, Known]:
    """Everybody who is on a school's list or was confirmed, leavers too."""
    return {row.id: Known(*row) for row in db.execute(PEOPLE.order_by(Person.id))}


class Matches:
    """Rows and people, brought together from the surest evidence to the weakest.

    In each step a pair counts only where it is the only one on both sides; what is left at the
    end is either new or has `rivals` a person has to judge.
    """

    def __init__(self, known: dict[int, Known], rows: list[Sought], covered: set[int]) -> None:
        self._covered = covered
        self._keys = {each.id: each.key for each in known.values()}
        self._known = known
        self._rows = rows
        self._taken: set[int] = set()
        self._by_words: defaultdict[str, list[Known]] = defaultdict(list)
        self._by_school: defaultdict[int | None, list[Known]] = defaultdict(list)
        for each in known.values():
            self._by_words[self._keys[each.id].words.replace(" ", "")].append(each)
            self._by_school[each.school_id].append(each)
        self._by_id = {each.external_id: each for each in known.values() if each.external_id}
        self._common = Counter((row.key.words, row.birth_year) for row in rows)
        self._bearers = Counter(
            (self._keys[each.id].words, each.birth_year) for each in known.values()
        )

    def find(self) -> None:
        """Say of each row which person it is, where that is beyond doubt.

        `covered` are the schools whose lists are in the file: somebody who is missing from one of
        them and alone, in the file and among the known, in bearing a name and a year of birth has
        moved.
        """
        self._step(lambda row: row.external_id, lambda one: one.external_id, self._same_id)
        self._step(lambda row: row.phone, lambda one: one.phone, self._same_name)
        for fits in (self._same_school_and_year, self._same_school, self._moved):
            while self._by_name(fits):
                pass

    def free(self, person_id: int) -> bool:
        """True while no row is this person."""
        return person_id not in self._taken

    def rivals(self, row: Sought) -> list[Known]:
        """People a row may be though nothing proves it, none of whom is another row's."""
        here = [one for one in self._by_school[row.school_id] if self._may_be(row, one)]
        there = [
            one for one in self._by_words[row.key.words.replace(" ", "")]
            if one.school_id != row.school_id and self._may_have_moved(row, one)
        ]  # fmt: skip
        return [one for one in (*here, *there) if self.free(one.id)]

    def namesake_id(self, row: Sought) -> Known | None:
        """The person who has the row's code under quite another name."""
        if row.external_id is None or row.known is not None:
            return None
        return self._by_id.get(row.external_id)

    def _step(
        self,
        of_row: Callable[[Sought], Hashable],
        of_known: Callable[[Known], Hashable],
        fits: Callable[[Sought, Known], bool],
    ) -> None:
        by_value: defaultdict[Hashable, list[Known]] = defaultdict(list)
        for one in self._known.values():
            if (value := of_known(one)) is not None and self.free(one.id):
                by_value[value].append(one)
        self._pair((row, [one for one in by_value.get(of_row(row), ()) if fits(row, one)])
                   for row in self._open())  # fmt: skip

    def _by_name(self, fits: Callable[[Sought, Known], bool]) -> bool:
        """Take what fits among people of a name; true where a pair was found."""
        return self._pair(
            (row, [one for one in self._by_words.get(row.key.words.replace(" ", ""), ())
                   if self.free(one.id) and fits(row, one)])
            for row in self._open()
        )  # fmt: skip

    def _open(self) -> Iterable[Sought]:
        return (row for row in self._rows if row.known is None)

    def _pair(self, found: Iterable[tuple[Sought, list[Known]]]) -> bool:
        """Take the pairs that are alone on both sides; true where there was one."""
        before = len(self._taken)
        single = [(row, those[0]) for row, those in found if len(those) == 1]
        wanted: defaultdict[int, list[Sought]] = defaultdict(list)
        for row, one in single:
            wanted[one.id].append(row)
        for person_id, rows in wanted.items():
            if len(rows) == 1:
                rows[0].known = person_id
                self._taken.add(person_id)
        return len(self._taken) > before

    def _alike(self, row: Sought, one: Known) -> Likeness:
        return names.likeness(row.key, self._keys[one.id])

    def _same_id(self, row: Sought, one: Known) -> bool:
        """A code is proof where the name is not quite another one."""
        return self._alike(row, one) > Likeness.NONE

    def _same_name(self, row: Sought, one: Known) -> bool:
        return self._alike(row, one) >= Likeness.BARE and not _contradict(row, one)

    def _same_school(self, row: Sought, one: Known) -> bool:
        return row.school_id == one.school_id and self._same_name(row, one)

    def _same_school_and_year(self, row: Sought, one: Known) -> bool:
        return row.birth_year == one.birth_year and self._same_school(row, one)

    def _moved(self, row: Sought, one: Known) -> bool:
        person = (row.key.words, row.birth_year)
        return (
            one.birth_year is not None
            and one.school_id in self._covered
            and self._common[person] == self._bearers[person] == 1
            and None in (row.phone, one.phone)
            and self._alike(row, one) is Likeness.SAME
            and not _contradict(row, one)
        )

    def _may_be(self, row: Sought, one: Known) -> bool:
        """A colleague of a like name; another year of birth with the same name may be a slip."""
        alike = self._alike(row, one)
        if alike >= Likeness.BARE:
            return not _other_code(row, one)
        return alike > Likeness.NONE and not _contradict(row, one) and _agree(row, one)

    def _may_have_moved(self, row: Sought, one: Known) -> bool:
        """Somebody of the same name elsewhere, whose year of birth or phone is the row's."""
        return (
            self._alike(row, one) >= Likeness.BARE
            and _agree(row, one)
            and not _contradict(row, one)
        )


def _contradict(row: Sought, one: Known) -> bool:
    """True where a code or a year of birth, known on both sides, is not the same."""
    other_year = (
        row.birth_year is not None
        and one.birth_year is not None
        and row.birth_year != one.birth_year
    )
    return other_year or _other_code(row, one)


def _other_code(row: Sought, one: Known) -> bool:
    return (
        row.external_id is not None
        and one.external_id is not None
        and row.external_id != one.external_id
    )


def _agree(row: Sought, one: Known) -> bool:
    """True where the year of birth or the phone, known on both sides, is the same."""
    pairs: tuple[tuple[Any, Any], ...] = (
        (row.birth_year, one.birth_year), (row.phone, one.phone),
    )  # fmt: skip
    return any(mine is not None and mine == theirs for mine, theirs in pairs)
