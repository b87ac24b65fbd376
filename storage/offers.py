"""Freed seats: offered to whoever waits longest, taken, or passed on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, select, update

from storage import agreement, conversations, courses, outbox, places, rooms, seats
from storage.models import (
    HOLDING,
    Course,
    CourseQuota,
    CourseState,
    Mode,
    Registration,
    Session,
    Standing,
)
from storage.places import Place

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Training


_of_course = Registration.course_id == Course.id
# Courses whose quotas have returned while people wait: a free seat may be theirs now.
RETURNED = (
    select(Course.id)
    .where(
        Course.quotas_until <= bindparam("now"),
        Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
        exists().where(CourseQuota.course_id == Course.id),
        exists().where(_of_course, Registration.standing == Standing.WAITING),
        ~exists().where(Session.course_id == Course.id, Session.starts_at <= bindparam("now")),
        select(func.count()).where(_of_course, Registration.standing.in_(HOLDING)).scalar_subquery()
        < Course.seats,
    )
    .order_by(Course.id)
)


def pass_on(db: Connection, course: Training, now: datetime) -> list[Place]:
    """Offer every free seat to whoever waits longest. The course must be locked.

    A seat set apart for a unit is offered to its people only, until it returns to all.
    """
    if course.state not in (CourseState.OPEN, CourseState.CLOSED) or course.begun(now):
        return []
    until = seats.offer_ends(now, course.starts_at)
    if until is None:
        return []
    offered = [
        places.move(db, place, Standing.OFFERED, now, actor_id=None, offered_until=until)
        for place in _next(db, course, now)
    ]
    for place in offered:
        outbox.owe(
            db, "offer", key=f"offer:{place.id}:{place.turn}:{until.isoformat()}",
            subject_id=place.id, person_id=place.person_id, due_at=seats.when_to_offer(now),
            data={"course": course.id, "until": until.isoformat()},
        )  # fmt: skip
    return offered


def _next(db: Connection, course: Training, now: datetime) -> list[Place]:
    """Those who can be offered a seat now, in the order of their turns."""
    counts = db.execute(places.COUNTS, {"course_id": course.id}).one()
    number = seats.to_offer(seats=course.seats, held=counts.held, waiting=counts.waiting)
    if number == 0:
        return []
    if counts.quotas or course.school_limit is not None:
        return rooms.to_offer(db, course, now)
    rows = db.execute(places.NEXT, {"course_id": course.id, "limit": number}).all()
    return [Place(*row) for row in rows]


def give_back(db: Connection, now: datetime, limit: int = 50) -> int:
    """Offer the queue what came back from quotas; returns how many seats.

    Running twice offers nothing twice.
    """
    offered = 0
    for course_id in db.execute(RETURNED.limit(limit), {"now": now}).scalars().all():
        course = courses.locked(db, course_id)
        offered += len(pass_on(db, course, now)) if course else 0
    return offered


def open_to_all(db: Connection, course: Training, now: datetime) -> bool:
    """True where a seat is free that nobody can be offered any more: the first to ask has it."""
    if course.state not in (CourseState.OPEN, CourseState.CLOSED) or course.begun(now):
        return False
    if not seats.first_come(now, course.starts_at):
        return False
    held = db.execute(places.COUNTS, {"course_id": course.id}).one().held
    return course.seats is None or held < course.seats


def shorten(db: Connection, course: Training, now: datetime) -> None:
    """End open offers no later than a course that was moved allows. The course must be locked."""
    if course.starts_at is None:
        return
    latest = seats.shortened(now, course.starts_at)
    db.execute(
        update(Registration)
        .where(
            Registration.course_id == course.id,
            Registration.standing == Standing.OFFERED,
            Registration.offered_until > latest,
        )
        .values(offered_until=latest)
    )


def accept(db: Connection, registration_id: int, now: datetime) -> Place | None:
    """Take an offered or nominated seat; None where it is no longer offered.

    Where the principal has to agree, whoever came through the queue is asked about now.
    """
    place = places.locked(db, registration_id)
    if place is None or place.standing not in (Standing.OFFERED, Standing.NOMINATED):
        return None
    if place.offered_until and place.offered_until <= now:
        return None
    outbox.withdraw(db, ("offer", "nominated"), place.id, now)
    course, who = courses.get(db, place.course_id), conversations.who(db, place.person_id)
    asks = (
        place.standing is Standing.OFFERED
        and course is not None
        and course.mode is Mode.PRINCIPAL
        and not agreement.own(db, who, now)
    )
    # An old offer says nothing about a date that changed since: that question stays open.
    taken = places.move(
        db, place, Standing.ASKED if asks else Standing.SEATED, now,
        actor_id=place.person_id, unanswered_since=place.unanswered_since,
    )  # fmt: skip
    return replace(taken, asked_rung=agreement.ask(db, taken, who, now)) if asks else taken
