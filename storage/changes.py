"""A course is moved or cancelled: everybody who has a seat or a turn is asked again, or told."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage import audit, courses, offers, outbox, places
from storage.courses import Meeting
from storage.models import (
    LIVE,
    Course,
    CourseState,
    Modality,
    Precision,
    Registration,
    Session,
    SessionCode,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.course_drafts import Meet
    from storage.courses import Training

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


def move(
    db: Connection,
    before: Training,
    was: Meeting,
    meet: Meet,
    now: datetime,
    *,
    why: str = "",
    all_: bool = False,
    actor_id: int | None = None,
) -> None:
    """Give one session another time or place, and ask everybody with a seat or turn again.

    The course is locked and not over. Moving the first session moves the last day of registration
    by as much; `all_` moves the later sessions too. Of a draft nobody hears. Raises ValueError
    where the sessions would run backwards.
    """
    span = _between(was, meet, now)
    first = before.first is not None and was.id == before.first.id
    moved: list[Meeting] = []
    for one in before.sessions:
        if one.id == was.id:
            moved.append(_met(one, meet))
        elif all_ and one.number > was.number:
            moved.append(one.later(span))
        else:
            moved.append(one)
    _in_order(moved, now)
    for one in moved:
        _write(db, before.id, one, now)
    if meet.place != was.place:
        _place(db, was.id, meet)
    values: dict[str, Any] = {}
    if first and before.closes_at:
        values["closes_at"] = before.closes_at + span
    if before.state is not CourseState.DRAFT:
        values |= {"moved_at": now, "moved_why": why}
    if values:
        db.execute(update(Course).where(Course.id == before.id).values(values))
    starts = meet.starts_at
    _tell(
        db,
        before,
        now,
        None if first else was,
        urgent=_near(was.starts_at, now) or _near(starts, now),
    )
    _note(db, before, "course moved", actor_id, now)


def online(
    db: Connection,
    before: Training,
    link: str,
    now: datetime,
    *,
    why: str = "",
    actor_id: int | None = None,
) -> None:
    """Hold a course from afar instead, and ask everybody with a seat or turn again."""
    db.execute(update(Session).where(Session.course_id == before.id).values(link=link))
    values: dict[str, Any] = {"modality": Modality.ONLINE, "moved_at": now, "moved_why": why}
    db.execute(update(Course).where(Course.id == before.id).values(values))
    _tell(db, before, now, None, urgent=_near(before.starts_at, now))
    _note(db, before, "course moved", actor_id, now)


def add(
    db: Connection, before: Training, meet: Meet, now: datetime, *, actor_id: int | None = None
) -> None:
    """One session more in its place by time; everybody with a seat or turn is asked.

    Raises ValueError where it would overlap with another.
    """
    fresh = _met(_blank(len(before.sessions) + 1), meet)
    sessions = sorted([*before.sessions, fresh], key=lambda one: _when(one, now))
    sessions = [replace(one, number=at) for at, one in enumerate(sessions, start=1)]
    _in_order(sessions, now)
    for one in sessions:
        if one.id:
            numbered = update(Session).where(Session.id == one.id).values(number=one.number)
            db.execute(numbered)
    made = next(one for one in sessions if not one.id)
    db.execute(insert(Session).values(course_id=before.id, number=made.number, **asdict(meet)))
    _changed(db, before, now)
    _tell(db, before, now, made, urgent=_near(meet.starts_at, now), what="added")
    _note(db, before, "session added", actor_id, now)


def remove(
    db: Connection, before: Training, was: Meeting, now: datetime, *, actor_id: int | None = None
) -> bool:
    """One session less; False where something hangs on it, such as a roll."""
    try:
        with db.begin_nested():
            # A code that was made ready goes along; whoever was marked by it stays.
            db.execute(delete(SessionCode).where(SessionCode.session_id == was.id))
            db.execute(delete(Session).where(Session.id == was.id))
    except IntegrityError:
        return False
    rest = [one for one in before.sessions if one.id != was.id]
    for number, one in enumerate(rest, start=1):
        db.execute(update(Session).where(Session.id == one.id).values(number=number))
    _changed(db, before, now)
    _tell(db, before, now, was, urgent=_near(was.starts_at, now), what="removed")
    _note(db, before, "session removed", actor_id, now)
    return True


def _between(was: Meeting, meet: Meet, now: datetime) -> timedelta:
    """By how much a session moves: to the minute where that is settled, else by whole days."""
    if was.starts_at and meet.starts_at:
        return meet.starts_at - was.starts_at
    days, later = was.days(now), _met(was, meet).days(now)
    vague = Precision.MONTHS in (was.precision, meet.precision)
    return later[0] - days[0] if days and later and not vague else timedelta(0)


def _met(one: Meeting, meet: Meet) -> Meeting:
    span = meet.starts_at - one.starts_at if meet.starts_at and one.starts_at else None
    return replace(
        one, precision=meet.precision, first_day=meet.first_day, last_day=meet.last_day,
        starts_at=meet.starts_at, ends_at=meet.ends_at, place=meet.place,
        arrive_at=one.arrive_at + span if one.arrive_at and span is not None else None,
    )  # fmt: skip


def _blank(number: int) -> Meeting:
    return Meeting(number, Precision.UNSET, None, None, None, None, None, "", "", "", None, None,
                   "", 0)  # fmt: skip


def _when(one: Meeting, now: datetime) -> tuple[bool, str, str, int]:
    days = one.days(now)
    clock = one.starts_at.astimezone(now.tzinfo).isoformat() if one.starts_at else ""
    return (days is None, days[0].isoformat() if days else "", clock, one.number)


def _place(db: Connection, session_id: int, meet: Meet) -> None:
    db.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(
            address=meet.address, unit_id=meet.unit_id, latitude=meet.latitude,
            longitude=meet.longitude, link=meet.link,
        )
    )  # fmt: skip


def _changed(db: Connection, before: Training, now: datetime) -> None:
    if before.state is not CourseState.DRAFT:
        moved = update(Course).where(Course.id == before.id).values(moved_at=now, moved_why="")
        db.execute(moved)


def _tell(
    db: Connection,
    before: Training,
    now: datetime,
    session: Meeting | None,
    *,
    urgent: bool,
    what: str = "moved",
) -> None:
    """Ask again about the course, or about one later session of it; of a draft nobody hears."""
    if before.state is CourseState.DRAFT:
        return
    about: dict[str, str | int] = {}
    if session is not None:
        starts_at = session.starts_at.isoformat() if session.starts_at else ""
        about = {"session": session.number, "what": what, "starts_at": starts_at,
                 "place": session.place}  # fmt: skip
    _ask_again(db, before, now, urgent=urgent, about=about)
    after = courses.get(db, before.id)
    if after is not None:
        offers.shorten(db, after, now)
        offers.pass_on(db, after, now)


def _note(
    db: Connection, before: Training, action: str, actor_id: int | None, now: datetime
) -> None:
    audit.note(db, actor_id=actor_id, action=action, subject="course", subject_id=before.id,
               unit_id=before.unit_id, now=now)  # fmt: skip


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


def _ask_again(
    db: Connection,
    before: Training,
    now: datetime,
    *,
    urgent: bool,
    about: Mapping[str, Any] | None = None,
) -> None:
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
        **(about or {}),
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
        outbox.withdraw(db, ("offer", "moved", "agree", "nominated"), place.id, now)
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
