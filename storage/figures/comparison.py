"""Figures beside those of the period before, and beside the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from storage.figures import rows, subjects
from storage.models import Indicator, Period, Subject

if TYPE_CHECKING:
    from fractions import Fraction

    from sqlalchemy import ColumnElement, Connection

    from storage.figures.counts import Count
    from storage.figures.subjects import Span, Topic
    from storage.scopes import Scope
    from storage.statistics import Within


@dataclass(frozen=True, slots=True)
class Compared:
    """The same in two periods, each as of the same day of its period."""

    this: Count
    day: date
    before: Count
    day_before: date
    period_before: Span


def periods(
    db: Connection, scope: Scope, topic: Topic, within: Within | None, day: date
) -> Compared | None:
    """A gathering or an indicator beside itself in the last period of the same kind before.

    An indicator is the same in the plan of another year where its code is. None for a course, and
    where nothing was counted yet on that day of the period before.
    """
    now = subjects.period(db, topic)
    found = _before(db, topic, now) if now else None
    span = subjects.period(db, found) if found else None
    if now is None or found is None or span is None:
        return None
    then = same_day(min(day, now.last_day), now.first_day, span.first_day, span.last_day)
    if then < found.opened_on:
        return None
    return Compared(
        this=rows.total(db, scope, topic.id, within, day).count,
        day=day,
        before=rows.total(db, scope, found.id, within, then).count,
        day_before=then,
        period_before=span,
    )


def against(count: Count, target: Fraction) -> int:
    """How many more have to complete before the share is reached; 0 where it is, or nobody is."""
    return max(0, ceil(target * count.expected) - count.completed)


def same_day(day: date, first: date, first_before: date, last_before: date) -> date:
    """The day of an earlier period that stands where `day` does in the period from `first` on.

    The same day of the calendar, so many years before; 29/02 becomes 28/02. What lies outside the
    earlier period is its first or its last day.
    """
    year = day.year - (first.year - first_before.year)
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return max(first_before, min(date(year, day.month, last), last_before))


def _before(db: Connection, topic: Topic, now: Span) -> Topic | None:
    """The same subject in the period before."""
    previous = (
        select(Period.id)
        .where(Period.kind == now.kind, Period.last_day < now.first_day)
        .order_by(Period.last_day.desc(), Period.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(Subject.id)
        .outerjoin(Indicator, Indicator.id == Subject.indicator_id)
        .where(Subject.kind == topic.kind, Subject.period_id == previous, _same(topic))
        # The very same one first.
        .order_by((Subject.indicator_id == topic.indicator_id).desc(), Subject.id.desc())
        .limit(1)
    )
    subject_id = db.execute(found).scalar_one_or_none()
    return None if subject_id is None else subjects.get(db, subject_id)


def _same(topic: Topic) -> ColumnElement[bool]:
    if topic.indicator_id is None:
        return Subject.programme_id.is_not_distinct_from(topic.programme_id)
    mine = aliased(Indicator)
    code: Any = select(mine.code).where(mine.id == topic.indicator_id).scalar_subquery()
    return or_(
        Subject.indicator_id == topic.indicator_id,
        and_(Indicator.code == code, Indicator.code != ""),
    )
