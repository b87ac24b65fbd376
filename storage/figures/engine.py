"""What keeps counters: what people add now, compared with what they should, and the difference.

`Counted` is what each person adds; `Figure` and `FigureDay` are sums of it, by school and by day.
All three change together, so that at every commit the sums are right.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from sqlalchemy import (
    Date,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    except_,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from storage.figures import heap, sums
from storage.figures.counts import COLUMNS, Bit, Count
from storage.models import Counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import CTE, ColumnElement, Connection, FromClause, Select

# People in one statement; both databases take so many parameters.
CHUNK: Final = 5_000
# Of more people than these the differences do not pass through Python.
FEW: Final = 200
# These stand on the day of the deed in the ledger, all others on the day it was learnt.
DONE: Final = int(Bit.COMPLETED | Bit.ON_TIME | Bit.OTHERS_DONE)
# A registration touches nothing but the course itself.
OF_COURSE_ALONE: Final = int(Bit.REGISTERED | Bit.WAITING | Bit.GIVEN_UP)
# All bits there are.
VISIBLE: Final = (1 << len(COLUMNS)) - 1
# The subject that a statement is about.
SUBJECT: Final = bindparam("subject_id", type_=Integer)


class Dated(Protocol):
    """A subject, as far as the engine has to know it."""

    @property
    def id(self) -> int:
        """Of the row in `subjects`."""
        ...

    @property
    def last_day(self) -> date | None:
        """The day on which it is over."""
        ...


class State(NamedTuple):
    """What one person adds to a subject: where, what, and since when it is completed."""

    school_id: int | None
    bits: int
    done_on: date | None


class Change(NamedTuple):
    """One person of whom something else is counted from now on."""

    person_id: int
    old: State
    new: State


@dataclass(slots=True)
class Changes:
    """Whom a booking changed in more than a registration, and of whom another day of completion."""

    people: set[int] = field(default_factory=set[int])
    done: set[int] = field(default_factory=set[int])

    def note(self, changes: Iterable[Change]) -> None:
        """Remember whom these concern."""
        for person_id, old, new in changes:
            other = (old.bits ^ new.bits) & VISIBLE & ~OF_COURSE_ALONE
            if other or old[::2] != new[::2]:
                self.people.add(person_id)
                if other & DONE or old.done_on != new.done_on:
                    self.done.add(person_id)


def book(
    db: Connection,
    topic: Dated,
    fresh: Select[*tuple[Any, ...]],
    people: Collection[int] | None,
    day: date,
    params: Mapping[str, Any] | None = None,
    *,
    dated: bool = True,
    total: bool = False,
) -> Changes:
    """Count anew what people add to a subject: these, or (None) everybody.

    `fresh` selects person_id, school_id, bits, done_on of everybody who adds anything, its first
    column being one that a condition can be put on; `params` are values it needs. `day` is that of
    the books. `dated`: a completion has a day of its own, the one on which it is learnt where no
    other is known. `total`: `fresh` has a row for each of these people, whatever they add.
    PostgreSQL: the caller holds `settling`'s locks.
    """
    at = min(day, topic.last_day or day)
    values = {**(params or {}), **known(topic, day, dated=dated)}
    if people is None or len(people) > FEW:
        return _book_many(db, topic.id, _found(fresh, people, values, total=total), at)
    if len(people) == 1:
        (person_id,) = people
        statement, who = _of_one(fresh, total=total), {"person_id": person_id}
    else:
        statement, who = _of_some(fresh, total=total), {"people": sorted(people)}
    found = [_change(row) for row in db.execute(statement, {**values, **who})]
    changes = Changes()
    if found:
        _write(db, topic.id, found)
        sums.add(db, topic.id, effects(found, at))
        changes.note(found)
    return changes


def known(topic: Dated, day: date, *, dated: bool) -> dict[str, Any]:
    """The values that comparing a subject on a day needs."""
    learnt = min(day, topic.last_day or day) if dated else None
    return {"subject_id": topic.id, "book_day": day, "learnt": learnt}


def _book_many(
    db: Connection, subject_id: int, found: Iterable[tuple[Any, Mapping[str, Any]]], at: date
) -> Changes:
    heap.fill(db, found)
    alike = [(_state(row), _state(row[3:]), row[6]) for row in heap.alike(db)]
    if not alike:
        return Changes()
    heap.write(db, subject_id)
    sums.add(db, subject_id, tallied(alike, at))
    return Changes(heap.changed(db, VISIBLE & ~OF_COURSE_ALONE), heap.redated(db, DONE))


def effects(changes: Iterable[Change], day: date) -> dict[tuple[int, date], Count]:
    """By how much the counters of each school change, on each day of the ledger. Pure.

    What is completed stands on the day it was, and is taken back on that same day; everything else
    changes on `day`. Whoever counts at another school from now on and has completed does so from
    the day of the completion on, if that was earlier.
    """
    return tallied(((old, new, 1) for _, old, new in changes), day)


def tallied(
    changes: Iterable[tuple[State, State, int]], day: date
) -> dict[tuple[int, date], Count]:
    """The same, of so many people each."""
    tally: defaultdict[tuple[int, date, int], int] = defaultdict(int)
    for old, new, number in changes:
        on = _moved(old, new, day)
        for state, people in ((old, -number), (new, number)):
            if state.school_id is None:
                continue
            done = state.bits & DONE if state.done_on else 0
            if plain := state.bits & VISIBLE & ~done:
                tally[state.school_id, on, plain] += people
            if done and state.done_on:
                tally[state.school_id, state.done_on, done] += people
    return _summed(tally)


def _summed(tally: Mapping[tuple[int, date, int], int]) -> dict[tuple[int, date], Count]:
    found: dict[tuple[int, date], list[int]] = {}
    for (school_id, on, bits), people in tally.items():
        if people:
            columns = found.setdefault((school_id, on), [0] * len(COLUMNS))
            for at in _columns(bits):
                columns[at] += people
    return {key: Count(*columns) for key, columns in found.items() if any(columns)}


def _moved(old: State, new: State, day: date) -> date:
    """The day on which somebody counts elsewhere: where they completed, not later than that."""
    if new.done_on and not old.done_on and old.school_id != new.school_id:
        return min(day, new.done_on)
    return day


@lru_cache(maxsize=VISIBLE)
def _columns(bits: int) -> tuple[int, ...]:
    """Which columns of a counter these bits add to."""
    return tuple(at for at in range(len(COLUMNS)) if bits & 1 << at)


def _found(
    fresh: Select[*tuple[Any, ...]],
    people: Collection[int] | None,
    values: Mapping[str, Any],
    *,
    total: bool,
) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The statements that find of whom something else is counted than should be."""
    if people is None:
        yield _of_all(fresh), values
        return
    ordered = sorted(people)
    for start in range(0, len(ordered), CHUNK):
        yield _of_some(fresh, total=total), {**values, "people": ordered[start : start + CHUNK]}


def differences(db: Connection, fresh: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> int:
    """Of how many people something else is counted than should be; writes nothing.

    `values` are those `fresh` needs, with `subject_id` and `book_day`.
    """
    return db.execute(_number_of_all(fresh), values).scalar_one()


def _change(row: Any) -> Change:
    return Change(row[0], _state(row[1:]), _state(row[4:]))


def _state(row: Any) -> State:
    return State(row[0], row[1], row[2])


def _write(db: Connection, subject_id: int, changes: Sequence[Change]) -> None:
    rows = [
        {"subject_id": subject_id, "person_id": person_id, "school_id": new.school_id,
         "bits": new.bits, "done_on": new.done_on}
        for person_id, _, new in changes
    ]  # fmt: skip
    db.execute(sums.counted(db), rows)


# The statements

_ZERO: Final = literal_column("0", Integer)


@lru_cache(maxsize=512)
def _of_one(fresh: Select[*tuple[Any, ...]], *, total: bool) -> Any:
    def is_one(column: Any) -> ColumnElement[bool]:
        return column == bindparam("person_id", type_=Integer)

    return _both(fresh, is_one, total=total)


@lru_cache(maxsize=512)
def _of_some(fresh: Select[*tuple[Any, ...]], *, total: bool) -> Any:
    def is_one(column: Any) -> ColumnElement[bool]:
        return column.in_(bindparam("people", expanding=True, type_=Integer))

    return _both(fresh, is_one, total=total)


def _both(
    fresh: Select[*tuple[Any, ...]], is_one: Callable[[Any], ColumnElement[bool]], *, total: bool
) -> Any:
    """What should be counted otherwise, and what should not be counted at all, of some people."""
    restricted = _once(fresh.where(is_one(fresh.selected_columns[0])))
    if total:
        return _compared(restricted)
    there = select(restricted.c[0])
    gone = _nothing_now().where(is_one(Counted.person_id), Counted.person_id.not_in(there))
    return union_all(_compared(restricted), gone)


def _once(fresh: Select[*tuple[Any, ...]]) -> CTE:
    """Let everybody be looked at once, however often what comes of it is asked for."""
    return fresh.cte("fresh").prefix_with("MATERIALIZED")


@lru_cache(maxsize=512)
def _number_of_all(fresh: Select[*tuple[Any, ...]]) -> Any:
    """How many those are, by one look at everybody: who should not be counted is the rest."""
    new = fresh.subquery()
    was, differs = _pair(new)[1], _differs(new)
    both = (
        select(func.sum(_one(differs)), func.sum(_one(was != _ZERO)))
        .select_from(new)
        .outerjoin(Counted, and_(Counted.person_id == new.c[0], *_here()))
        .subquery()
    )
    counted = select(func.count()).where(*_here(), Counted.bits != _ZERO).scalar_subquery()
    wrong, found = (func.coalesce(column, _ZERO) for column in both.c)
    return select(wrong + counted - found)


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, literal_column("1", Integer)), else_=_ZERO)


@lru_cache(maxsize=512)
def _of_all(fresh: Select[*tuple[Any, ...]]) -> Any:
    should = _once(fresh)
    counted = select(Counted.person_id).where(*_here(), Counted.bits != _ZERO)
    lost = except_(counted, select(should.c[0])).subquery().c[0]
    gone = _nothing_now().where(Counted.person_id.in_(select(lost)))
    return union_all(_compared(should), gone)


def _here() -> tuple[ColumnElement[bool], ...]:
    return (Counted.subject_id == SUBJECT,)


def _nothing_now() -> Select[*tuple[Any, ...]]:
    return select(
        Counted.person_id, Counted.school_id, Counted.bits, Counted.done_on,
        cast(null(), Integer).label("to_school"), _ZERO.label("to_bits"),
        cast(null(), Date).label("to_day"),
    ).where(*_here(), Counted.bits != _ZERO)  # fmt: skip


def _pair(new: FromClause) -> tuple[ColumnElement[int], ...]:
    """What somebody should add, and what they do."""
    school_id, bits = new.c[1], new.c[2]
    return case((school_id.is_(None), _ZERO), else_=bits), func.coalesce(Counted.bits, _ZERO)


def _then(new: FromClause) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Where somebody should count, and since when they have completed."""
    school_id, done_on = new.c[1], new.c[3]
    should, _ = _pair(new)
    done = should.bitwise_and(literal_column(str(DONE), Integer)) != _ZERO
    # A day to come is not the day of anything: then it is that on which it was learnt.
    learnt = func.coalesce(Counted.done_on, bindparam("learnt", type_=Date))
    on = case((and_(done, done_on <= bindparam("book_day", type_=Date)), done_on), (done, learnt))
    return case((should != _ZERO, school_id)), on


def _differs(new: FromClause) -> ColumnElement[bool]:
    should, was = _pair(new)
    place, on = _then(new)
    return or_(
        should != was,
        place.is_distinct_from(Counted.school_id),
        on.is_distinct_from(Counted.done_on),
    )


def _compared(new: CTE) -> Select[*tuple[Any, ...]]:
    """What should be counted otherwise: as it is, and as it should be."""
    should, was = _pair(new)
    place, on = _then(new)
    return (
        select(
            new.c[0], Counted.school_id.label("was_at"), was.label("was"),
            Counted.done_on.label("was_done"), place.label("to_school"), should.label("to_bits"),
            on.label("to_day"),
        )
        .select_from(new)
        .outerjoin(Counted, and_(Counted.person_id == new.c[0], *_here()))
        .where(_differs(new))
    )  # fmt: skip
