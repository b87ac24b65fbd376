"""All courses of a programme, or of any, that end in a period: each person counts once.

A gathering is counted from what its courses have counted. What somebody is in any of them they
are in the gathering, but for what a single course cannot say: who failed one and completed
another has not failed, who was on leave during one and was expected in another was expected. A
registration does not count: it is for a course.
"""

from __future__ import annotations

import operator
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from storage.figures import opening
from storage.figures.counts import Bit
from storage.figures.engine import VISIBLE
from storage.models import Counted, CourseProgramme, Period, Programme, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, Select
    from sqlalchemy.orm import InstrumentedAttribute

    from storage.figures.subjects import Topic

# What ends with a completion, of somebody who is expected or of anybody else.
DONE: Final = int(Bit.COMPLETED | Bit.OTHERS_DONE)
# Counted of whoever has it in any course.
ANY: Final = (
    Bit.EXPECTED, Bit.ATTENDED, Bit.COMPLETED, Bit.ON_TIME, Bit.OTHERS, Bit.OTHERS_DONE,
)  # fmt: skip
# Counted of whoever has the first in any course, and the second in none.
UNLESS: Final = (
    (Bit.FAILED, Bit.COMPLETED),
    (Bit.UNKNOWN, Bit.COMPLETED),
    (Bit.EXCUSED, Bit.ATTENDED),
    (Bit.ON_LEAVE, Bit.EXPECTED),
    (Bit.LEFT, Bit.EXPECTED),
)


def around(db: Connection, days: Collection[date | None]) -> list[Topic]:
    """The gatherings of all periods that contain one of these days, in the order of their ids.

    In a period they are those of each programme that runs in it, and the one of all courses; made
    where they are missing. None stands for a course without a last day, which is in no gathering.
    """
    known = sorted({day for day in days if day})
    if not known:
        return []
    held = or_(*(and_(Period.first_day <= day, Period.last_day >= day) for day in known))
    rows = db.execute(_periods().where(held)).all()
    of_all = {row.id: _wanted(row, None, "") for row in rows}
    of_one = [_wanted(row, row.programme_id, row.programme) for row in rows if row.programme_id]
    return opening.topics(db, [*of_all.values(), *of_one])


def fresh(db: Connection, topic: Topic, day: date) -> Select[*tuple[Any, ...]]:
    """What everybody adds to a gathering now: person_id, school_id, bits, done_on.

    The school is that of the completed course, of several the one completed first; without any,
    that of the newest course. `done_on` is the day of the first completion. Counts what
    its courses have counted so far: they come first. Nothing depends on the day.
    """
    del day
    return _fresh(tuple(db.execute(courses(topic)).scalars()))


def courses(topic: Topic) -> Select[int]:
    """The subjects of the courses of a gathering: over within its period, of its programme.

    One that was cancelled counts nobody any more, and needs no condition.
    """
    found = (
        select(Subject.id)
        .join(Period, Subject.last_day.between(Period.first_day, Period.last_day))
        .where(Subject.kind == SubjectKind.COURSE, Period.id == topic.period_id)
        .order_by(Subject.id)
    )
    if topic.programme_id is None:
        return found
    linked = select(CourseProgramme.course_id).where(
        CourseProgramme.programme_id == topic.programme_id
    )
    return found.where(Subject.course_id.in_(linked))


@lru_cache(maxsize=256)
def _fresh(subject_ids: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
    # Which courses these are is found out first: looked for at each pair it took most of the time.
    held = aliased(Counted)
    low, high = func.min(held.school_id), func.max(held.school_id)
    return (
        select(
            held.person_id,
            # Nearly everybody is at one school throughout; only of the others it is looked up.
            case((low == high, low), else_=_school(held.person_id, subject_ids)).label("school_id"),
            _bits(held.bits).label("bits"),
            func.min(case((_has(held.bits, DONE), held.done_on))).label("done_on"),
        )
        .where(held.subject_id.in_(subject_ids), _has(held.bits, VISIBLE))
        .group_by(held.person_id)
    )


def _school(
    person_id: InstrumentedAttribute[int], subject_ids: tuple[int, ...]
) -> ColumnElement[int | None]:
    subject, held = aliased(Subject), aliased(Counted)
    done = _has(held.bits, DONE)
    # A course whose days are moved does not move people.
    number = case((done, subject.course_id), else_=-subject.course_id)
    return (
        select(held.school_id)
        .join_from(held, subject, subject.id == held.subject_id)
        .where(held.person_id == person_id, _has(held.bits, VISIBLE))
        .where(held.subject_id.in_(subject_ids))
        .order_by(case((done, 0), else_=1), case((done, held.done_on)), number)
        .limit(1)
        .scalar_subquery()
    )


def _bits(bits: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """The bits of a person's pairs as those of the gathering; each bit is there or is not."""
    parts = [_any(bits, bit) for bit in ANY]
    parts += [case((_any(bits, but) == 0, _any(bits, bit)), else_=0) for bit, but in UNLESS]
    return reduce(operator.add, parts)


def _any(bits: InstrumentedAttribute[int], bit: Bit) -> ColumnElement[int]:
    return func.max(bits.bitwise_and(int(bit)))


def _has(bits: InstrumentedAttribute[int], any_of: int) -> ColumnElement[bool]:
    return bits.bitwise_and(any_of) != 0


def _periods() -> Select[*tuple[Any, ...]]:
    """Periods, a row for each programme that runs in one, or ran when it was counted first."""
    counted = exists().where(
        Subject.kind == SubjectKind.GATHERING,
        Subject.programme_id == Programme.id,
        Subject.period_id == Period.id,
    )
    runs = and_(Programme.first_day <= Period.last_day, Programme.last_day >= Period.first_day)
    columns = (Period.id, Period.first_day, Period.last_day, Period.report_before)
    programme = (Programme.id.label("programme_id"), Programme.title.label("programme"))
    on = or_(runs, counted.correlate(Period, Programme))
    return select(*columns, *programme).outerjoin_from(Period, Programme, on)


def _wanted(row: Row[*tuple[Any, ...]], programme_id: int | None, title: str) -> opening.Wanted:
    return opening.Wanted(
        SubjectKind.GATHERING, "", title, programme_id, None, row.id, row.first_day,
        row.last_day, row.report_before,
    )  # fmt: skip
