"""What a roster would change: a verdict for every row, and for people who are on it no more."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from storage import spelling
from storage.models.people import Position, Source
from storage.models.rosters import Verdict
from storage.rosters import names, twins
from storage.rosters.directory import Directory, Offer
from storage.rosters.entries import Entry, Remark
from storage.rosters.matching import FIELDS, Known, Matches, Sought
from storage.rosters.names import Likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from storage.rosters.names import NameKey
    from storage.scopes import Scope


class Doubt(StrEnum):
    """Why a person has to judge a row."""

    NAMESAKE = "namesake"  # somebody of a like name works there
    MAYBE_MOVED = "maybe moved"  # somebody of this name worked elsewhere
    MAYBE_FROM_OUTSIDE = "maybe from outside"  # the same, in another officer's area
    SAME_ID = "same id"  # the code belongs to somebody of another name
    TWICE = "twice"  # two rows may be one person
    LEFT = "left"  # somebody said that the person has left
    PRINCIPAL = "principal"  # the principal wrote otherwise
    ADDED_BY_PRINCIPAL = "added by principal"  # and not in the file
    ON_LEAVE = "on leave"  # on long leave, and not in the file


class Refusal(StrEnum):
    """Why a row that names a person cannot be taken; beside `Fault` and `PlaceTrouble`."""

    REPEATED = "repeated"  # the same person as a row before
    FROM_OUTSIDE = "from outside"  # listed in another officer's area


@dataclass(slots=True)
class Judged:
    """One row with its verdict. Without an `entry`: somebody of a listed school not in the file.

    `reason` is a word of Fault, PlaceTrouble, Refusal or Doubt. `twin` is the place (sheet, line)
    of the other row where two rows are at odds. `after` is what would be written of a known
    person, `before` what is known now, `changed` the fields in which they differ. `within` are
    the communes an unknown school may lie in.
    """

    entry: Entry | None
    verdict: Verdict
    reason: str = ""
    person_id: int | None = None
    school_id: int | None = None
    twin: tuple[str, int] | None = None
    offers: tuple[Offer, ...] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    changed: tuple[str, ...] = ()
    within: tuple[Offer, ...] = ()


def compare(
    entries: Iterable[Entry],
    directory: Directory,
    known: dict[int, Known],
    scope: Scope,
    *,
    left_by_roster: frozenset[int] = frozenset(),
) -> list[Judged]:
    """Judge every row against what is known on the scope's day. Nothing is written.

    The rows come first, in their order; then the people of these schools who are on none.

    `left_by_roster` are people whom a roster, not a person, said to have left: they may return.
    """
    return _Judge(directory, known, scope, left_by_roster).all(list(entries))


class _Judge:
    """The work of one comparison."""

    def __init__(
        self, directory: Directory, known: dict[int, Known], scope: Scope, returning: frozenset[int]
    ) -> None:
        self._directory = directory
        self._known = known
        self._scope = scope
        self._returning = returning

    def all(self, entries: Sequence[Entry]) -> list[Judged]:
        judged = [self._placed(entry) for entry in entries]
        sought = [
            _sought(at, row.entry, row.school_id) for at, row in enumerate(judged)
            if row.entry and row.school_id is not None and not row.reason
        ]  # fmt: skip
        self._apart(judged, sought)
        open_ones = [row for row in sought if judged[row.at].reason == ""]
        covered = {row.school_id for row in sought}
        matches = Matches(self._known, open_ones, covered)
        matches.find()
        for row in sought:
            self._judge(judged[row.at], row, matches)
        missing = _Missing(judged, matches, self._known, self._scope)
        return judged + [self._gone(one) for one in missing.people(covered)]

    def _placed(self, entry: Entry) -> Judged:
        """The row with its school, or refused."""
        found = self._directory.find(entry.school, entry.commune, entry.district, entry.places)
        if entry.fault:
            return Judged(entry, Verdict.REFUSED, entry.fault, school_id=found.school_id)
        if found.trouble:
            return Judged(
                entry, Verdict.REFUSED, found.trouble, offers=found.offers, within=found.within
            )
        return Judged(entry, Verdict.NEW, school_id=found.school_id)

    @staticmethod
    def _apart(judged: Sequence[Judged], sought: Sequence[Sought]) -> None:
        """Set aside rows that are, or may be, the same person as another row."""
        for at, other, sure in twins.find(sought):
            first = judged[other].entry
            row = judged[at]
            row.twin = (first.sheet, first.line) if first else None
            row.verdict = Verdict.REFUSED if sure else Verdict.DOUBTFUL
            row.reason = Refusal.REPEATED if sure else Doubt.TWICE

    def _judge(self, row: Judged, sought: Sought, matches: Matches) -> None:
        if row.verdict is Verdict.REFUSED:
            return
        if row.reason:
            row.offers = self._offers(matches.rivals(sought))
        elif sought.known is not None:
            self._matched(row, self._known[sought.known])
        elif other := matches.namesake_id(sought):
            _doubt(row, Doubt.SAME_ID, self._offers([other]))
        elif rivals := matches.rivals(sought):
            self._rivalled(row, rivals)
        else:
            add(row)

    def _matched(self, row: Judged, one: Known) -> None:
        if not self._mine(one):
            row.verdict, row.reason = Verdict.REFUSED, Refusal.FROM_OUTSIDE
            return
        update(row, one, self._scope.day)
        left = one.left_on is not None and one.left_on <= self._scope.day
        if left and one.id not in self._returning:
            _doubt(row, Doubt.LEFT, self._offers([one]))
        elif one.source is Source.PRINCIPAL and row.changed:
            _doubt(row, Doubt.PRINCIPAL, self._offers([one]))

    def _rivalled(self, row: Judged, rivals: Sequence[Known]) -> None:
        mine = [one for one in rivals if self._mine(one)]
        if any(one.school_id == row.school_id for one in rivals):
            _doubt(row, Doubt.NAMESAKE, self._offers(mine))
        elif mine:
            _doubt(row, Doubt.MAYBE_MOVED, self._offers(mine))
        else:
            _doubt(row, Doubt.MAYBE_FROM_OUTSIDE, ())

    def _mine(self, one: Known) -> bool:
        if one.school_id is None:
            return self._scope.provincial
        return self._directory.covers(one.school_id)

    def _offers(self, people: Sequence[Known]) -> tuple[Offer, ...]:
        return tuple(
            Offer("person", one.id, f"{one.full_name}, {one.birth_year}" if one.birth_year
                  else one.full_name)
            for one in people if self._mine(one)
        )  # fmt: skip

    def _gone(self, one: Known) -> Judged:
        row = Judged(None, Verdict.GONE, person_id=one.id, school_id=one.school_id)
        leave(row, one, self._scope.day)
        if one.source is Source.PRINCIPAL:
            _doubt(row, Doubt.ADDED_BY_PRINCIPAL, ())
        elif _away(one, self._scope.day):
            _doubt(row, Doubt.ON_LEAVE, ())
        return row


_Unsure = tuple["NameKey", Entry]


class _Missing:
    """People of the listed schools whom no row can be."""

    def __init__(
        self, judged: Sequence[Judged], matches: Matches, known: dict[int, Known], scope: Scope
    ) -> None:
        self._matches = matches
        self._known = known
        self._day = scope.day
        unsure = [
            row for row in judged
            if row.verdict is Verdict.DOUBTFUL
            or (row.verdict is Verdict.REFUSED and row.reason != Refusal.REPEATED)
        ]  # fmt: skip
        self._named = {offer.id for row in unsure for offer in row.offers if offer.kind == "person"}
        self._numbers: set[str | None] = set()
        # By school, None where it is not known, and by word: the names of rows that were not taken.
        self._written: defaultdict[tuple[int | None, str], list[_Unsure]] = defaultdict(list)
        for row in unsure:
            if row.entry:
                self._numbers |= {row.entry.external_id, row.entry.phone} - {None}
                key = names.key(row.entry.full_name)
                for word in key.words.split():
                    self._written[row.school_id, word].append((key, row.entry))

    def people(self, covered: set[int]) -> list[Known]:
        """Those who are there now, are no row's person, and are like no row that was not taken."""
        return [
            one for one in self._known.values()
            if one.school_id in covered
            and (one.left_on is None or one.left_on > self._day)
            and self._matches.free(one.id)
            and one.id not in self._named
            and self._numbers.isdisjoint((one.external_id, one.phone))
            and not self._like_a_row(one)
        ]  # fmt: skip

    def _like_a_row(self, one: Known) -> bool:
        """True where a row of the school has a like name, or one of no known school this name."""
        key = one.key
        for word in key.words.split():
            here = self._written.get((one.school_id, word), ())
            anywhere = self._written.get((None, word), ())
            if any(names.likeness(key, row) > Likeness.NONE for row, _ in here) or any(
                row.words == key.words and not _other(entry, one) for row, entry in anywhere
            ):
                return True
        return False


def _other(entry: Entry, one: Known) -> bool:
    """True where a code or a year of birth says that a row is somebody else."""
    pairs = ((entry.external_id, one.external_id), (entry.birth_year, one.birth_year))
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def state(one: Known) -> dict[str, Any]:
    """What is known of a person, by the fields a roster may write."""
    return {name: getattr(one, name) for name in FIELDS}


def add(row: Judged) -> None:
    """Judge a row to be somebody new. Without a position they are a teacher, and it is noted."""
    entry = row.entry
    if entry is None:
        raise ValueError("nobody is added without a row")
    if entry.position is None and Remark.POSITION_ASSUMED not in entry.remarks:
        entry.remarks.append(Remark.POSITION_ASSUMED)
    row.verdict, row.reason, row.person_id, row.before = Verdict.NEW, "", None, None
    row.after, row.changed = None, ()


def added(row: Judged) -> dict[str, Any]:
    """What would be written of somebody new."""
    entry = row.entry
    if entry is None:
        raise ValueError("nobody is added without a row")
    return {
        **_named(entry.full_name), "birth_year": entry.birth_year,
        "position": entry.position or Position.TEACHER, "qualification": entry.qualification,
        "rating": entry.rating, "rating_year": entry.rating_year,
        "rating_source": Source.ROSTER if entry.rating else None, "core": entry.core,
        "core_year": entry.core_year, "phone": entry.phone, "external_id": entry.external_id,
        "school_id": row.school_id, "source": Source.ROSTER, "left_on": None,
    }  # fmt: skip


def update(row: Judged, one: Known, day: date) -> None:
    """Judge a row to be a known person: what it says, over what is known.

    An empty cell says nothing. A name without accents or in another order does not replace one
    with them; an older rating does not replace a newer one.
    """
    entry = row.entry
    if entry is None:
        raise ValueError("nobody is changed without a row")
    before = state(one)
    after = dict(before)
    if (name := _name(entry.full_name, one.full_name)) != one.full_name:
        after |= _named(name)
    plain = ("birth_year", "position", "qualification", "phone", "external_id")
    after |= {name: value for name in plain if (value := getattr(entry, name)) is not None}
    after |= {"school_id": row.school_id}
    after |= _rated(entry, one)
    if entry.core is not None and entry.core is not one.core:
        after |= {"core": entry.core, "core_year": entry.core_year or day.year}
    if one.left_on is not None and one.left_on <= day:
        after["left_on"] = None
    changed = tuple(
        name for name in FIELDS
        if before[name] != after[name] and name not in ("sort_key", "folded", "rating_source")
    )  # fmt: skip
    if changed:
        after["source"] = Source.ROSTER
    row.person_id, row.changed, row.reason = one.id, changed, ""
    row.before, row.after = (before, after) if changed else (None, None)
    moved = "school_id" in changed
    row.verdict = Verdict.MOVED if moved else Verdict.CHANGED if changed else Verdict.UNCHANGED


def leave(row: Judged, one: Known, day: date) -> None:
    """Judge that a person has left on a day."""
    row.before = state(one)
    row.after = row.before | {"left_on": day}
    row.verdict, row.changed = Verdict.GONE, ("left_on",)


def _named(full_name: str) -> dict[str, str]:
    return {
        "full_name": full_name,
        "sort_key": spelling.sort_key(full_name),
        "folded": spelling.fold(full_name),
    }


def _name(written: str, kept: str) -> str:
    if written == kept:
        return kept
    new, old = names.key(written), names.key(kept)
    match names.likeness(new, old):
        case Likeness.SAME:
            return kept
        case Likeness.BARE:
            return written if old.bare else kept
        case _:
            return written


def _rated(entry: Entry, one: Known) -> dict[str, Any]:
    if entry.rating is None:
        return {}
    if entry.rating_year and one.rating_year and entry.rating_year < one.rating_year:
        if Remark.RATING_OLDER not in entry.remarks:
            entry.remarks.append(Remark.RATING_OLDER)
        return {}
    if entry.rating is one.rating and entry.rating_year in (None, one.rating_year):
        return {}
    return {"rating": entry.rating, "rating_year": entry.rating_year,
            "rating_source": Source.ROSTER}  # fmt: skip


def _away(one: Known, day: date) -> bool:
    begun = one.leave_from is not None and one.leave_from <= day
    return begun and (one.leave_to is None or one.leave_to >= day)


def _doubt(row: Judged, reason: Doubt, offers: tuple[Offer, ...]) -> None:
    row.verdict, row.reason, row.offers = Verdict.DOUBTFUL, reason, offers


def _sought(at: int, entry: Entry, school_id: int) -> Sought:
    return Sought(
        at, names.key(entry.full_name), school_id, entry.birth_year, entry.phone,
        entry.external_id,
    )  # fmt: skip
