"""A course is moved or cancelled: everybody who has a seat or a turn is asked again, or told."""

from __future__ import annotations

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

    from storage.courses import Training


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
    """Move the first session, and ask everybody with a seat again; None for an unknown course.

    Moving the start without naming an end keeps the length. Raises ValueError where the end is
    not after the start.
    """
    before = courses.locked(db, course_id)
    if before is None or before.first is None:
        return None
    first = before.first
    starts = starts_at or first.starts_at
    ends = ends_at or first.ends_at
    if starts_at and not ends_at and first.starts_at and first.ends_at:
        ends = starts_at + (first.ends_at - first.starts_at)
    if starts and ends and ends <= starts:
        raise ValueError("the end is not after the start")
    arrive = first.arrive_at
    if starts_at and first.starts_at and arrive:
        arrive = starts_at - (first.starts_at - arrive)
    db.execute(
        update(Session)
        .where(Session.course_id == course_id, Session.number == first.number)
        .values(
            starts_at=starts, ends_at=ends, arrive_at=arrive, place=place or first.place,
            precision=Precision.MINUTE if starts else first.precision,
        )
    )  # fmt: skip
    db.execute(update(Course).where(Course.id == course_id).values(moved_at=now, moved_why=why))
    _ask_again(db, before, now)
    after = courses.get(db, course_id)
    if after is not None:
        offers.shorten(db, after, now)
        # A seat that nobody could be offered, so near the old date, can be offered now.
        offers.pass_on(db, after, now)
    audit.note(db, actor_id=actor_id, action="course moved", subject="course",
               subject_id=course_id, unit_id=before.unit_id, now=now)  # fmt: skip
    return after


def _ask_again(db: Connection, before: Training, now: datetime) -> None:
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
                   person_id=row.person_id, due_at=now, data=old)  # fmt: skip


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
                   person_id=place.person_id, due_at=now)  # fmt: skip
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
