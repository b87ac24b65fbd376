"""Whoever had to stay with the children is invited when the same content is offered again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, or_, select

from storage import audience, conversations, courses, outbox, seats
from storage.models import (
    LIVE,
    Course,
    CourseState,
    Notice,
    Person,
    Registration,
    RegistrationEvent,
    Session,
    Standing,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

KIND = "second chance"
# Why the principal said no, as the event keeps it.
REASON = "somebody has to stay"
# An invitation after so long would puzzle more than help.
REMEMBERED = timedelta(days=365)
BATCH = 50

COMING = (
    select(Course.id, Course.folded, Course.block)
    .where(
        Course.state == CourseState.OPEN,
        ~Course.past,
        exists().where(
            Session.course_id == Course.id, Session.number == 1,
            Session.starts_at > bindparam("now"),
        ),
    )
    .order_by(Course.id)
)  # fmt: skip
SAME = select(Course.id).where(
    or_(
        Course.folded == bindparam("folded"),
        and_(Course.block == bindparam("block"), Course.block != ""),
    )
)
_placed = select(Registration.person_id).where(
    Registration.course_id.in_(bindparam("courses", expanding=True)),
    Registration.standing.in_(LIVE),
)
_invited = select(Notice.person_id).where(
    Notice.kind == KIND, Notice.subject_id == bindparam("course_id"), Notice.person_id.is_not(None)
)
STAYED = (
    select(Registration.person_id)
    .join(Person, Person.id == Registration.person_id)
    .where(
        Registration.course_id.in_(bindparam("courses", expanding=True)),
        Registration.course_id != bindparam("course_id"),
        Registration.standing == Standing.REFUSED,
        Registration.changed_at > bindparam("since"),
        exists().where(
            RegistrationEvent.registration_id == Registration.id,
            RegistrationEvent.reason == REASON,
        ),
        Person.left_on.is_(None),
        Person.merged_into_id.is_(None),
        Registration.person_id.not_in(_placed),
        Registration.person_id.not_in(_invited),
    )
    .distinct()
    .order_by(Registration.person_id)
)


def due(db: Connection, now: datetime) -> list[tuple[int, int]]:
    """(course, person) of whom a course of the same content has come since; `BATCH` at most.

    Those for whom the course is not meant are passed over: they keep nobody else waiting.
    """
    found: list[tuple[int, int]] = []
    for row in db.execute(COMING, {"now": now}).all():
        course = courses.get(db, row.id)
        if course is None or not course.takes(now):
            continue
        same = db.execute(SAME, {"folded": row.folded, "block": row.block}).scalars().all()
        key = {"courses": same, "course_id": row.id, "since": now - REMEMBERED}
        for person_id in db.execute(STAYED, key).scalars().all():
            if audience.admits(course.audience, conversations.who(db, person_id)):
                found.append((row.id, person_id))
            if len(found) == BATCH:
                return found
    return found


def owe(db: Connection, found: list[tuple[int, int]], now: datetime) -> None:
    """Invite these people, each once to each course."""
    for course_id, person_id in found:
        outbox.owe(
            db, KIND, key=f"{KIND}:{course_id}:{person_id}", subject_id=course_id,
            person_id=person_id, due_at=seats.when_to_offer(now),
        )  # fmt: skip
