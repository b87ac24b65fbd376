"""Somebody writes the digits on the board: they are marked, or asked about where they have no seat.

The moment that counts is that of the message, by the platform's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from sqlalchemy import bindparam, select

from storage import attendance, outbox, places, walk_ins
from storage.models import (
    HOLDING,
    Registration,
    Session,
    SessionCode,
    Standing,
    WalkInState,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.attendance import Known
    from storage.courses import Meeting, Training

# Whoever comes takes the seat that waited for an answer.
UNANSWERED = (Standing.OFFERED, Standing.NOMINATED)


class Outcome(StrEnum):
    """What came of writing a code."""

    NOTED = "noted"
    ALREADY = "already"
    STANDS = "stands"  # whoever takes attendance has said otherwise
    ASKED = "asked"  # no seat: whoever takes attendance decides
    REFUSED = "refused"  # and has said no


@dataclass(frozen=True, slots=True)
class Arrival:
    """The outcome; `known` is what is known of the person now, None without a seat."""

    outcome: Outcome
    known: Known | None = None


EXPECTED = (
    select(SessionCode.session_id)
    .join(Session, Session.id == SessionCode.session_id)
    .join(Registration, Registration.course_id == Session.course_id)
    .where(
        SessionCode.opens_at <= bindparam("at"),
        SessionCode.closes_at >= bindparam("at"),
        Registration.person_id.in_(bindparam("people", expanding=True)),
        Registration.standing.in_(HOLDING),
    )
)
HERE = select(Registration.person_id).where(
    Registration.course_id == bindparam("course_id"),
    Registration.person_id.in_(bindparam("people", expanding=True)),
    Registration.standing.in_(HOLDING),
)


def expected(db: Connection, people: Collection[int], at: datetime) -> set[int]:
    """Sessions whose digits can be typed at a moment, in which one of these people has a seat."""
    found = db.execute(EXPECTED, {"people": list(people), "at": at}) if people else None
    return set(found.scalars()) if found else set()


def seated(db: Connection, course_id: int, people: Collection[int]) -> set[int]:
    """Who of these people has a seat in a course."""
    found = db.execute(HERE, {"people": list(people), "course_id": course_id}) if people else None
    return set(found.scalars()) if found else set()


def arrive(
    db: Connection, course: Training, meeting: Meeting, person_id: int, at: datetime, now: datetime
) -> Arrival:
    """Mark somebody who wrote the right digits at a moment, or ask whoever takes attendance."""
    before = attendance.known(db, meeting.id, person_id)
    place = places.find(db, course.id, person_id)
    if before is None and not (place and place.holds):
        asking = walk_ins.ask(db, course, meeting, person_id, at, now)
        return _asked(asking.state)
    if place and place.standing in UNANSWERED:
        _take(db, place.id, now)
    after = attendance.check_in(db, course, meeting, person_id, at, now)
    if after.mark not in attendance.THERE:
        return Arrival(Outcome.STANDS, after)
    return Arrival(Outcome.ALREADY if before else Outcome.NOTED, after)


def _asked(state: WalkInState) -> Arrival:
    match state:
        case WalkInState.ASKED:
            return Arrival(Outcome.ASKED)
        case WalkInState.REFUSED:
            return Arrival(Outcome.REFUSED)
        case WalkInState.ACCEPTED:
            # Accepted, and the seat given up since.
            return Arrival(Outcome.REFUSED)
        case _:
            assert_never(state)


def _take(db: Connection, registration_id: int, now: datetime) -> None:
    """Who comes has answered."""
    place = places.locked(db, registration_id)
    if place and place.standing in UNANSWERED:
        places.move(db, place, Standing.SEATED, now, actor_id=place.person_id, reason="came")
        outbox.withdraw(db, ("offer", "moved", "nominated"), place.id, now)
