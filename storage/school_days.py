"""How many people of one school are at trainings on one day: `Course.school_limit`.

A school has to keep enough people for its children. The limit is a course's own, and counts
everybody of the school who holds a seat, in this course or in any other, on a day on which this
course meets; a day that is not settled counts for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from storage.courses import Meeting
from storage.models import HOLDING, Course, CourseState, Person, Registration, School, Session
from storage.models.courses import Precision

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from storage.courses import Training

SETTLED = (Precision.MINUTE, Precision.DAY)


@dataclass(slots=True)
class SchoolDays:
    """Who is away from which school on the days of one course, while its seats are given out.

    `limit` None: nobody is counted.
    """

    limit: int | None
    away: dict[int, dict[date, set[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    days: tuple[date, ...] = ()

    def full(self, school_id: int | None, person_id: int) -> bool:
        """True where one more of this school would be too many on some day."""
        if self.limit is None or school_id is None:
            return False
        here = self.away[school_id]
        return any(len(here[day] - {person_id}) >= self.limit for day in self.days)

    def add(self, school_id: int | None, person_id: int) -> None:
        """Count somebody who has been given a seat."""
        if self.limit is not None and school_id is not None:
            for day in self.days:
                self.away[school_id][day].add(person_id)


_HELD = (
    select(
        Person.id, Person.school_id, Session.precision, Session.first_day, Session.last_day,
        Session.starts_at, Session.ends_at,
    )
    .select_from(Registration)
    .join(Person, Person.id == Registration.person_id)
    .join(Course, Course.id == Registration.course_id)
    .join(Session, Session.course_id == Course.id)
    .where(
        Registration.standing.in_(HOLDING),
        Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
    )
)  # fmt: skip


def read(db: Connection, course: Training, schools: Collection[int], now: datetime) -> SchoolDays:
    """Who of these schools is away on the days of a course, in the zone of `now`."""
    days = tuple(sorted(set(_days(course.sessions, now))))
    found = SchoolDays(course.school_limit, days=days)
    if course.school_limit is None or not days or not schools:
        return found
    rows = db.execute(_HELD.where(Person.school_id.in_(schools), _between(days, now)))
    for row in rows:
        held = Meeting(0, row.precision, row.first_day, row.last_day, row.starts_at, row.ends_at,
                       None, "", "", "", None, None, "", 0)  # fmt: skip
        for day in _days((held,), now):
            found.away[row.school_id][day].add(row.id)
    return found


def _between(days: tuple[date, ...], now: datetime) -> ColumnElement[bool]:
    """True of a session that may be on one of these days, which are in order."""
    begins, ends = (
        datetime.combine(day, time(), tzinfo=now.tzinfo)
        for day in (days[0], days[-1] + timedelta(days=1))
    )
    settled = Session.starts_at.is_(None) & (Session.first_day <= days[-1])
    return or_(Session.starts_at.between(begins, ends), settled & (Session.last_day >= days[0]))


def _days(meetings: Iterable[Meeting], now: datetime) -> Iterable[date]:
    for meeting in meetings:
        span = meeting.days(now) if meeting.precision in SETTLED else None
        if span:
            first, last = span
            yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def lock(db: Connection, *schools: int | None) -> None:
    """Let nobody else count the people of these schools before this turn ends.

    Two colleagues may ask for seats in two courses of one day at the same moment. The courses are
    locked before.
    """
    wanted = sorted({one for one in schools if one is not None})
    db.execute(
        select(School.id)
        .where(School.id.in_(wanted))
        .order_by(School.id)
        .with_for_update(key_share=True)
    ).all()
