"""When one course is reminded of, where that is not as usual; and days that are no holidays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from storage.models import CalendarDay, CourseReminder
from storage.moments import DEFAULTS, Rule

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection

    from storage.models import Offset

Rules = dict["Offset", Rule]


def of_courses(db: Connection, course_ids: Collection[int]) -> dict[int, Rules]:
    """The rules of each course: the usual ones with its own in their place."""
    found = {course_id: dict(DEFAULTS) for course_id in course_ids}
    rows = db.execute(
        select(
            CourseReminder.course_id, CourseReminder.kind, CourseReminder.days,
            CourseReminder.clock, CourseReminder.minutes, CourseReminder.off,
        )
    )  # fmt: skip
    for row in rows:
        if row.course_id not in found:
            continue
        if row.off:
            found[row.course_id].pop(row.kind, None)
        else:
            rule = Rule(row.days, row.clock, timedelta(minutes=row.minutes))
            found[row.course_id][row.kind] = rule
    return found


def furthest(db: Connection) -> timedelta:
    """How long before a session any course is reminded of at most, holidays apart."""
    own = select(CourseReminder.days, CourseReminder.clock, CourseReminder.minutes)
    rules = [Rule(row.days, row.clock, timedelta(minutes=row.minutes)) for row in db.execute(own)]
    return max(rule.reach for rule in (*DEFAULTS.values(), *rules))


def change(db: Connection, course_id: int, kind: Offset, rule: Rule | None) -> None:
    """Give a course a rule of its own; None: it is not reminded of so at all.

    Raises ValueError for a rule that would not be before the session.
    """
    if rule and (rule.days < 0 if rule.clock else rule.before <= timedelta(0)):
        raise ValueError(rule)
    as_usual(db, course_id, kind)
    its = rule or Rule()
    db.execute(
        insert(CourseReminder).values(
            course_id=course_id, kind=kind, days=its.days, clock=its.clock,
            minutes=its.before // timedelta(minutes=1), off=rule is None,
        )
    )  # fmt: skip


def as_usual(db: Connection, course_id: int, kind: Offset) -> None:
    """Take a course's own rule back."""
    db.execute(
        delete(CourseReminder).where(
            CourseReminder.course_id == course_id, CourseReminder.kind == kind
        )
    )


def corrections(db: Connection) -> dict[date, bool]:
    """Days on which the calendar of public holidays is wrong, and whether each is a holiday."""
    rows = db.execute(select(CalendarDay.day, CalendarDay.holiday))
    return {row.day: row.holiday for row in rows}


def correct(db: Connection, day: date, *, holiday: bool) -> None:
    """Say of a day whether it is a holiday, whatever the calendar says."""
    db.execute(delete(CalendarDay).where(CalendarDay.day == day))
    db.execute(insert(CalendarDay).values(day=day, holiday=holiday))
