"""A course is moved or cancelled: everybody who has a seat or a turn is asked again, or told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import audit, courses, offers, outbox, places
from storage.models import (
    LIVE,
    Course,
    CourseState,
    Precision,
    Registration,
    Session,
    Standing,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Meeting, Training

# Whoever would come so soon is told at night as well.
URGENT = timedelta(hours=48)


def reschedule(
    db: Connection,
    course_id: int,
    *,
    now: datetime,
    why: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    place: str = "",
    actor_id: int | None = None,
) -> Training | None:
    """Move a course, and ask everybody with a seat again; None for an unknown course.

    Times and place are those of the first session. Moving its start moves the later sessions and
    the last day of registration by as much; without naming an end it keeps its length. Raises
    ValueError where an end is not after its start or the sessions would run backwards.
    """
    before = courses.locked(db, course_id)
    if before is None or before.first is None:
        return None
    first = before.first
    span = _span(first, starts_at, now)
    moved = [meeting.later(span) for meeting in before.sessions]
    moved[0] = replace(
        moved[0],
        starts_at=starts_at or first.starts_at,
        ends_at=ends_at or moved[0].ends_at,
        place=place or first.place,
        precision=Precision.MINUTE if starts_at or first.starts_at else first.precision,
    )
    _in_order(moved, now)
    starts = moved[0].starts_at
    for meeting in moved:
        _write(db, course_id, meeting, now)
    closes_at = before.closes_at + span if before.closes_at else None
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(moved_at=now, moved_why=why, closes_at=closes_at)
    )
    _ask_again(db, before, now, urgent=_near(first.starts_at, now) or _near(starts, now))
    after = courses.get(db, course_id)
    if after is not None:
        offers.shorten(db, after, now)
        # A seat that nobody could be offered, so near the old date, can be offered now.
        offers.pass_on(db, after, now)
    audit.note(db, actor_id=actor_id, action="course moved", subject="course",
               subject_id=course_id, unit_id=before.unit_id, now=now)  # fmt: skip
    return after


def _span(first: Meeting, starts_at: datetime | None, now: datetime) -> timedelta:
    """By how much everything moves with a new start; whole days where there was only a day."""
    if starts_at and first.starts_at:
        return starts_at - first.starts_at
    if starts_at and first.precision is Precision.DAY and first.first_day:
        return starts_at.astimezone(now.tzinfo).date() - first.first_day
    return timedelta(0)


def _in_order(meetings: list[Meeting], now: datetime) -> None:
    """Raise ValueError where a session ends before it begins, or begins before an earlier one."""
    for meeting in meetings:
        if meeting.starts_at and meeting.ends_at and meeting.ends_at <= meeting.starts_at:
            raise ValueError("the end is not after the start")
    settled = [meeting for meeting in meetings if meeting.precision is not Precision.MONTHS]
    for one, following in pairwise(meeting for meeting in settled if meeting.days(now)):
        if _backwards(one, following, now):
            raise ValueError(f"session {following.number} would begin before {one.number} ends")


def _backwards(one: Meeting, following: Meeting, now: datetime) -> bool:
    over = one.ends_at or one.starts_at
    if over and following.starts_at:
        return following.starts_at < over
    days, later = one.days(now), following.days(now)
    return days is not None and later is not None and later[0] < days[1]


def _write(db: Connection, course_id: int, meeting: Meeting, now: datetime) -> None:
    first_day, last_day = meeting.days(now) or (None, None)
    db.execute(
        update(Session)
        .where(Session.course_id == course_id, Session.number == meeting.number)
        .values(
            starts_at=meeting.starts_at, ends_at=meeting.ends_at, arrive_at=meeting.arrive_at,
            first_day=first_day, last_day=last_day, place=meeting.place,
            precision=meeting.precision,
        )
    )  # fmt: skip


def _near(starts_at: datetime | None, now: datetime) -> bool:
    return starts_at is not None and now <= starts_at <= now + URGENT


def _ask_again(db: Connection, before: Training, now: datetime, *, urgent: bool) -> None:
    """Every live registration has to answer about the change; an older question is void."""
    rows = db.execute(
        update(Registration)
        .where(Registration.course_id == before.id, Registration.standing.in_(LIVE))
        .values(unanswered_since=now)
        .returning(Registration.id, Registration.person_id)
    ).all()
    first = before.first
    old = {
        "starts_at": first.starts_at.isoformat() if first and first.starts_at else "",
        "place": first.place if first else "",
    }
    for row in sorted(rows, key=lambda row: row.id):
        outbox.withdraw(db, ("moved",), row.id, now)
        outbox.owe(db, "moved", key=f"moved:{row.id}:{now.isoformat()}", subject_id=row.id,
                   person_id=row.person_id, due_at=now, data=old, urgent=urgent)  # fmt: skip


def cancel(
    db: Connection, course_id: int, why: str, now: datetime, *, actor_id: int | None = None
) -> Training | None:
    """Cancel a course and tell everybody who had a seat or a turn; None for an unknown one."""
    course = courses.locked(db, course_id)
    if course is None or course.state is CourseState.CANCELLED:
        return None
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(state=CourseState.CANCELLED, moved_why=why, moved_at=now)
    )
    rows = db.execute(
        select(*places.FIELDS)
        .where(Registration.course_id == course_id, Registration.standing.in_(LIVE))
        .order_by(Registration.id)
    ).all()
    for row in rows:
        place = places.Place(*row)
        outbox.withdraw(db, ("offer", "moved", "agree"), place.id, now)
        places.move(db, place, Standing.ENDED, now, actor_id=actor_id)
        outbox.owe(db, "cancelled", key=f"cancelled:{place.id}", subject_id=place.id,
                   person_id=place.person_id, due_at=now,
                   urgent=_near(course.starts_at, now))  # fmt: skip
    audit.note(db, actor_id=actor_id, action="course cancelled", subject="course",
               subject_id=course_id, unit_id=course.unit_id, now=now)  # fmt: skip
    return courses.get(db, course_id)


def enlarge(
    db: Connection, course_id: int, seats: int, now: datetime, *, actor_id: int | None = None
) -> Training | None:
    """Give a course more seats and offer them to the queue; None where it would shrink."""
    course = courses.locked(db, course_id)
    if course is None or course.seats is None or seats < course.seats:
        return None
    db.execute(update(Course).where(Course.id == course_id).values(seats=seats))
    larger = courses.get(db, course_id)
    if larger is not None:
        offers.pass_on(db, larger, now)
    audit.note(db, actor_id=actor_id, action="course enlarged", subject="course",
               subject_id=course_id, unit_id=course.unit_id, now=now)  # fmt: skip
    return larger
