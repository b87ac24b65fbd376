"""Which figures a report has, and what is counted for each in its commune."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from storage.figures import rows, sources, subjects
from storage.figures.counts import NOTHING, Count
from storage.models import (
    Course,
    CourseProgramme,
    CourseState,
    Declaration,
    Figure,
    Indicator,
    School,
    Subject,
    SubjectKind,
)
from storage.statistics import View, Within

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from storage.figures.subjects import Topic
    from storage.reporting.collections import Round
    from storage.scopes import Scope


# The order in which the figures of a report stand.
KINDS = (SubjectKind.INDICATOR, SubjectKind.GATHERING, SubjectKind.COURSE)


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of a subject in a commune now, and what is declared beside it."""

    topic: Topic
    count: Count
    declared: Count


def of(
    db: Connection, scope: Scope, round_: Round, unit_id: int, also: Collection[int] = ()
) -> list[Counted]:
    """The indicators of the programme, all its courses together, and those that are over.

    Of courses those that concern anybody of the commune, and `also` these: indicators and the whole
    stand there for an empty commune, too. Only what lies in the scope is counted.
    """
    found: list[Counted] = []
    topics = _topics(db, round_, scope.day, _concerns(unit_id, also))
    within = Within(View.COMMUNE, unit_id)
    counts = _counts(db, scope, [topic.id for topic in topics], within)
    stated = _stated(db, scope, [topic.id for topic in topics], within)
    for topic in topics:
        count, beside = counts.get(topic.id, NOTHING), stated.get(topic.id, NOTHING)
        if topic.kind is not SubjectKind.COURSE or count or beside or topic.id in also:
            found.append(Counted(topic, count, beside))
    return found


def _counts(db: Connection, scope: Scope, ids: Collection[int], within: Within) -> dict[int, Count]:
    """The counters of many subjects at once: a report shows them all on every screen."""
    source = sources.now(scope, select(Subject.id).where(Subject.id.in_(ids)), within)
    sums = (func.sum(value) for value in source.values)
    found = source.statement.add_columns(Figure.subject_id, *sums).group_by(Figure.subject_id)
    return {row[0]: Count(*row[1:]) for row in db.execute(found)}


def _stated(db: Connection, scope: Scope, ids: Collection[int], within: Within) -> dict[int, Count]:
    """What schools without a list declare; of most subjects nothing was."""
    known = select(Declaration.subject_id).where(Declaration.subject_id.in_(ids)).distinct()
    return {
        each: rows.total(db, scope, each, within).declared for each in db.execute(known).scalars()
    }


def _topics(db: Connection, round_: Round, day: date, concerns: ColumnElement[bool]) -> list[Topic]:
    """The subjects of a report on a day: indicators by code, the whole, courses by date."""
    wanted = (
        select(Subject.id)
        .outerjoin(Indicator, Indicator.id == Subject.indicator_id)
        .outerjoin(Course, Course.id == Subject.course_id)
        .where(or_(_whole(round_), _indicators(round_), and_(_courses(round_, day), concerns)))
    )
    ids = db.execute(wanted).scalars().all()
    return sorted(subjects.some(db, ids), key=_order)


def _concerns(unit_id: int, also: Collection[int]) -> ColumnElement[bool]:
    """True of a subject of which anything may be counted in a commune: few of a province's are."""
    counted = exists().where(Figure.subject_id == Subject.id, Figure.commune_id == unit_id)
    stated = exists().where(
        Declaration.subject_id == Subject.id, Declaration.school_id == School.id,
        School.unit_id == unit_id,
    )  # fmt: skip
    return or_(counted, stated, Subject.id.in_(also))


def _order(topic: Topic) -> tuple[int, str, date, int]:
    code = topic.code if topic.kind is SubjectKind.INDICATOR else ""
    return KINDS.index(topic.kind), code, topic.last_day or topic.opened_on, topic.id


def _whole(round_: Round) -> ColumnElement[bool]:
    return Subject.key == f"gathering:{round_.programme_id or 0}:{round_.period_id}"


def _indicators(round_: Round) -> ColumnElement[bool]:
    mine = Subject.kind == SubjectKind.INDICATOR
    found = and_(mine, Subject.period_id == round_.period_id)
    if round_.programme_id is None:
        return found
    return and_(found, Indicator.programme_id == round_.programme_id)


def _courses(round_: Round, day: date) -> ColumnElement[bool]:
    found = and_(
        Subject.kind == SubjectKind.COURSE,
        Subject.last_day >= round_.first_day,
        Subject.last_day <= min(day, round_.last_day),
        Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
    )
    if round_.programme_id is None:
        return found
    linked = select(CourseProgramme.course_id).where(
        CourseProgramme.programme_id == round_.programme_id
    )
    return and_(found, Subject.course_id.in_(linked))
