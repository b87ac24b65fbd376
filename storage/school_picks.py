"""A principal names people of the school for a course, as many as an officer asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from storage import audit, courses, nominees, outbox, principals
from storage.models import (
    LIVE,
    Course,
    CourseState,
    Person,
    Registration,
    SchoolCall,
    Session,
)
from storage.proposals import Colleague
from storage.school_calls import KIND

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.nominees import Nominated


@dataclass(frozen=True, slots=True)
class Call:
    """A course a school has to name people for: how many, and how many it has named."""

    course_id: int
    school_id: int
    seats: int
    named: int

    @property
    def left(self) -> int:
        """How many may still be named."""
        return max(0, self.seats - self.named)


_NAMED = (
    select(func.count())
    .select_from(Registration)
    .join(Person, Person.id == Registration.person_id)
    .where(
        Registration.course_id == SchoolCall.course_id,
        Person.school_id == SchoolCall.school_id,
        Registration.standing.in_(LIVE),
        Registration.nominated_by_id.is_not(None),
    )
    .correlate(SchoolCall)
    .scalar_subquery()
)


def calls(db: Connection, reader_id: int, now: datetime) -> list[Call]:
    """What a principal's schools were asked for, of courses to come, the oldest call first."""
    mine = principals.schools(db, reader_id, now.date())
    if not mine:
        return []
    begun = exists().where(Session.course_id == Course.id, Session.starts_at <= now)
    rows = db.execute(
        select(SchoolCall.course_id, SchoolCall.school_id, SchoolCall.seats, _NAMED)
        .join(Course, Course.id == SchoolCall.course_id)
        .where(
            SchoolCall.school_id.in_(mine),
            Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
            ~begun,
        )
        .order_by(SchoolCall.at, SchoolCall.course_id, SchoolCall.school_id)
    )
    return [Call(*row) for row in rows]


def one(db: Connection, course_id: int, reader_id: int, now: datetime) -> Call | None:
    """The call for one course; of several schools the one with most left to name."""
    found = [each for each in calls(db, reader_id, now) if each.course_id == course_id]
    return max(found, key=lambda each: each.left, default=None)


def candidates(db: Connection, course_id: int, reader_id: int, now: datetime) -> list[Colleague]:
    """People of the school the course is meant for, at work, without a place in it."""
    found, course = one(db, course_id, reader_id, now), courses.get(db, course_id)
    if found is None or course is None:
        return []
    rows = db.execute(
        nominees.eligible(course, now.date())
        .where(Person.school_id == found.school_id)
        .order_by(Person.sort_key, Person.id)
    )
    return [Colleague(*row) for row in rows]


def pick(
    db: Connection, course_id: int, person_id: int, by_id: int, now: datetime
) -> Nominated | None:
    """Name one of the school; what came of it. None: not theirs to name, or enough are named."""
    course = courses.locked(db, course_id)
    found = one(db, course_id, by_id, now)
    if course is None or found is None or not found.left:
        return None
    if person_id not in {each.id for each in candidates(db, course_id, by_id, now)}:
        return None
    done = nominees.seat(db, course, [person_id], now, actor_id=by_id)[0]
    if done.outcome is nominees.Sent.NOMINATED:
        audit.note(db, actor_id=by_id, action="nominated", subject="course", subject_id=course_id,
                   unit_id=course.unit_id, now=now, person=person_id)  # fmt: skip
        if found.left == 1:
            outbox.withdraw(db, (KIND,), course_id, now, person_id=by_id)
    return done
