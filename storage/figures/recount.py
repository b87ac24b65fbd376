"""Counting everything again, and comparing it with what is kept: `taphuan doctor --figures`."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, Select, case, func, literal_column, or_, select, union_all

from storage.figures import courses, engine, gatherings, indicators, marks, places, subjects, sums
from storage.figures.counts import COLUMNS, Count
from storage.models import Counted, Figure, FigureDay, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from sqlalchemy import Connection


class Kind(StrEnum):
    """What differs from what."""

    PEOPLE = "people"  # what somebody adds, from what is known of them
    COUNTERS = "counters"  # the counters of a school, from what its people add
    LEDGER = "ledger"  # all days of a school together, from its counters
    PLACES = "places"  # where counters stand, from where the school lies


@dataclass(frozen=True, slots=True)
class Difference:
    """So many people or schools of a subject (0: of any) are not as they should be."""

    kind: Kind
    subject_id: int
    number: int


@dataclass(frozen=True, slots=True)
class _Recount:
    """How to count a subject again."""

    topic: engine.Dated
    fresh: Select[*tuple[Any, ...]]
    params: Mapping[str, Any]
    dated: bool


def differences(db: Connection) -> list[Difference]:
    """All that is not as it should be; changes nothing. Empty where nothing was ever counted."""
    day = marks.day(db)
    if day is None:
        return []
    found = [
        Difference(Kind.PEOPLE, one.topic.id, number)
        for one in _recounts(db, day)
        if (number := engine.differences(db, one.fresh, _values(one, day)))
    ]
    for kind, statement in ((Kind.COUNTERS, _COUNTERS), (Kind.LEDGER, _LEDGER)):
        schools = Counter(row[0] for row in db.execute(statement))
        found += [Difference(kind, subject_id, schools[subject_id]) for subject_id in schools]
    if number := len(places.misplaced(db)):
        found.append(Difference(Kind.PLACES, 0, number))
    return found


def repair(db: Connection) -> list[Difference]:
    """Mend what is not as it should be; returns what that was.

    What people add comes first, then the counters follow it, then the ledger: what is missing there
    is booked on the day of the books.
    """
    day = marks.day(db)
    marks.hold(db, None)
    found = differences(db)
    if day is None or not found:
        return found
    wrong = {one.subject_id for one in found if one.kind is Kind.PEOPLE}
    for one in _recounts(db, day):
        if one.topic.id in wrong:
            engine.book(db, one.topic, one.fresh, None, day, one.params, dated=one.dated)
    for subject_id, schools in _rows(db, _COUNTERS).items():
        sums.add_figures(db, subject_id, schools)
    for subject_id, schools in _rows(db, _LEDGER).items():
        days = {(school_id, day): count for school_id, count in schools.items()}
        sums.add_days(db, subject_id, days)
    places.move(db, places.misplaced(db))
    return found


def _values(one: _Recount, day: date) -> dict[str, Any]:
    return {**one.params, **engine.known(one.topic, day, dated=one.dated)}


def _rows(db: Connection, statement: Select[*tuple[Any, ...]]) -> dict[int, dict[int, Count]]:
    found: defaultdict[int, dict[int, Count]] = defaultdict(dict)
    for subject_id, school_id, *sums_ in db.execute(statement):
        found[subject_id][school_id] = Count(*(int(each) for each in sums_))
    return dict(found)


def _recounts(db: Connection, day: date) -> Iterator[_Recount]:
    """Courses before what is made of them."""
    ids = db.execute(select(Subject.id, Subject.kind).order_by(Subject.id)).all()
    of_courses = [row.id for row in ids if row.kind is SubjectKind.COURSE]
    for start in range(0, len(of_courses), engine.CHUNK):
        for course in courses.of_subjects(db, of_courses[start : start + engine.CHUNK]):
            fresh = courses.fresh(course, day, whole=True)
            yield _Recount(course, fresh, course.params(day), dated=True)
    for subject_id, kind in ids:
        topic = subjects.get(db, subject_id) if kind is not SubjectKind.COURSE else None
        if topic and kind is SubjectKind.GATHERING:
            yield _Recount(topic, gatherings.fresh(db, topic, day), {}, dated=True)
        elif topic:
            yield _Recount(topic, indicators.fresh(db, topic, day), {}, dated=False)


# The sums, from what they are made of: of all subjects at once


def _people() -> Select[*tuple[Any, ...]]:
    """What the people of each school add; those who are alike are added at once."""
    visible = Counted.bits.bitwise_and(literal_column(str(engine.VISIBLE), Integer))
    alike = (
        select(
            Counted.subject_id, Counted.school_id, visible.label("bits"),
            func.count().label("people"),
        )
        .where(visible != 0)
        .group_by(Counted.subject_id, Counted.school_id, visible)
        .subquery()
    )  # fmt: skip
    parts = [
        func.sum(
            alike.c.people
            * case(
                (alike.c.bits.bitwise_and(literal_column(str(1 << at), Integer)) != 0, 1), else_=0
            )
        ).label(name)
        for at, name in enumerate(COLUMNS)
    ]
    keys = (alike.c.subject_id, alike.c.school_id)
    return select(*keys, *parts).group_by(*keys)


def _figures(sign: int) -> Select[*tuple[Any, ...]]:
    columns = [(Figure.__table__.c[name] * sign).label(name) for name in COLUMNS]
    return select(Figure.subject_id, Figure.school_id, *columns)


def _days() -> Select[*tuple[Any, ...]]:
    columns = [(-func.sum(FigureDay.__table__.c[name])).label(name) for name in COLUMNS]
    keys = (FigureDay.subject_id, FigureDay.school_id)
    return select(*keys, *columns).group_by(*keys)


def _missing(
    should: Select[*tuple[Any, ...]], are: Select[*tuple[Any, ...]]
) -> Select[*tuple[Any, ...]]:
    """By subject and school, what has to be added to what is there."""
    both = union_all(should, are).subquery()
    parts = [func.sum(both.c[name]) for name in COLUMNS]
    keys = (both.c.subject_id, both.c.school_id)
    return (
        select(*keys, *parts)
        .group_by(*keys)
        .having(or_(*(part != 0 for part in parts)))
        .order_by(*keys)
    )


_COUNTERS: Final = _missing(_people(), _figures(-1))
_LEDGER: Final = _missing(_figures(1), _days())
