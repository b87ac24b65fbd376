"""Seats: asking for one, giving it up, the principal's word. All under the course's lock.

The course row is locked once per turn, before anything is counted. Turn numbers are the order in
which it was locked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from storage import agreement, courses, offers, outbox, places, seats
from storage.audience import admits
from storage.models import LIVE, Mode, Person, Registration, Standing
from storage.places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Who
    from storage.courses import Training


VERIFIED = (
    select(Person.verified_at).where(Person.id == bindparam("person_id")).with_for_update(read=True)
)


class Outcome(StrEnum):
    """What came of asking for a seat."""

    SEATED = "seated"
    ASKED = "asked"
    WAITING = "waiting"
    ALREADY = "already"
    CLOSED = "closed"
    NOT_MEANT = "not meant"
    NOMINATED_ONLY = "nominated only"


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to asking for a seat."""

    outcome: Outcome
    course: Training
    place: Place | None = None


def register(
    db: Connection, course_id: int, who: Who, now: datetime, *, agreed: bool = False
) -> Asked:
    """Give the person a seat, ask the principal, or give the last turn in the queue.

    `agreed`: the principal has agreed already; whoever would be asked about themselves has, too.
    Raises LookupError for a course that does not exist.
    """
    course = courses.take_turn(db, course_id)
    if course is None:
        raise LookupError(course_id)
    mine = places.find(db, course_id, who.id)
    if mine and mine.live:
        return Asked(Outcome.ALREADY, course, mine)
    if refusal := _refusal(course, who, now):
        return Asked(refusal, course, mine)
    counts = db.execute(places.COUNTS, {"course_id": course_id}).one()
    standing = seats.standing_for(
        seats=course.seats, held=counts.held, waiting=counts.waiting, mode=course.mode,
        agreed=agreed or (course.mode is Mode.PRINCIPAL and agreement.own(db, who, now)),
    )  # fmt: skip
    place = _give(db, course, who, mine, standing, now)
    return Asked(Outcome(standing.value), course, places.with_position(db, place))


def _refusal(course: Training, who: Who, now: datetime) -> Outcome | None:
    if not course.takes(now):
        return Outcome.CLOSED
    if not admits(course.audience, who):
        return Outcome.NOT_MEANT
    return Outcome.NOMINATED_ONLY if course.mode is Mode.NOMINATED else None


def _give(
    db: Connection,
    course: Training,
    who: Who,
    mine: Place | None,
    standing: Standing,
    now: datetime,
) -> Place:
    provisional = not _vouched(db, who.id)
    if mine:
        place = replace(mine, turn=course.turns, provisional=provisional)
        db.execute(places.VOUCH, {"registration_id": mine.id, "new_provisional": provisional})
        return places.move(db, place, standing, now, actor_id=who.id)
    registration_id = db.execute(
        places.ADD,
        {
            "course_id": course.id, "person_id": who.id, "standing": standing,
            "turn": course.turns, "provisional": provisional, "changed_at": now,
        },
    ).scalar_one()  # fmt: skip
    places.tell(db, registration_id, standing, now, actor_id=who.id)
    return Place(
        registration_id, course.id, who.id, standing, course.turns, provisional, None, None
    )


def _vouched(db: Connection, person_id: int) -> bool:
    """Whether the person is confirmed, and stays as they are until this turn ends.

    Without the lock a confirmation that runs at the same time would miss the new registration.
    """
    return db.execute(VERIFIED, {"person_id": person_id}).scalar_one() is not None


def give_up(
    db: Connection,
    course_id: int,
    person_id: int,
    now: datetime,
    *,
    standing: Standing = Standing.GIVEN_UP,
    actor_id: int | None = None,
    reason: str = "",
) -> Place | None:
    """End a live registration and offer its seat on; None where there is none."""
    course = courses.locked(db, course_id)
    place = places.find(db, course_id, person_id)
    if course is None or place is None or not place.live:
        return None
    # Nobody lets an offer lapse: time does.
    by = None if standing is Standing.LAPSED else actor_id or person_id
    ended = places.move(db, place, standing, now, actor_id=by, reason=reason)
    outbox.withdraw(db, ("offer", "moved", "agree"), place.id, now)
    if place.holds:
        offers.pass_on(db, course, now)
    return ended


def stay(db: Connection, registration_id: int, now: datetime) -> Place | None:
    """Say yes to a changed date or place; None where the person has no seat any more."""
    place = places.locked(db, registration_id)
    if place is None or not place.live:
        return None
    outbox.withdraw(db, ("moved",), place.id, now)
    return places.move(db, place, place.standing, now, actor_id=place.person_id, reason="stays",
                offered_until=place.offered_until)  # fmt: skip


def agree(db: Connection, registration_id: int, principal_id: int, now: datetime) -> Place | None:
    """The principal agrees: the held seat is the person's own. None where nothing was asked.

    A question about a changed date stays open: it is the person's to answer.
    """
    place = places.locked(db, registration_id)
    if place is None or place.standing is not Standing.ASKED:
        return None
    outbox.withdraw(db, ("agree",), place.id, now)
    seated = places.move(db, place, Standing.SEATED, now, actor_id=principal_id,
                         unanswered_since=place.unanswered_since)  # fmt: skip
    outbox.owe(db, "agreed", key=f"agreed:{place.id}:{place.turn}", subject_id=place.id,
               person_id=place.person_id, due_at=now)  # fmt: skip
    return seated


def refuse(db: Connection, registration_id: int, principal_id: int, now: datetime) -> Place | None:
    """The principal does not agree: the seat passes on and the person is told."""
    place = places.locked(db, registration_id)
    if place is None or place.standing is not Standing.ASKED:
        return None
    ended = give_up(db, place.course_id, place.person_id, now, standing=Standing.REFUSED,
                    actor_id=principal_id)  # fmt: skip
    outbox.owe(db, "not agreed", key=f"not agreed:{place.id}:{place.turn}", subject_id=place.id,
               person_id=place.person_id, due_at=now)  # fmt: skip
    return ended


def lapse(db: Connection, now: datetime, limit: int = 50) -> int:
    """End offers nobody answered in time and offer their seats on; returns how many."""
    due: Sequence[int] = (
        db.execute(
            select(Registration.id)
            .where(Registration.standing == Standing.OFFERED, Registration.offered_until <= now)
            .order_by(Registration.course_id, Registration.id)
            .limit(limit)
        )
        .scalars()
        .all()
    )
    ended = 0
    for registration_id in due:
        place = places.locked(db, registration_id)
        if not place or place.standing is not Standing.OFFERED or not place.offered_until:
            continue
        if place.offered_until > now:
            continue
        give_up(db, place.course_id, place.person_id, now, standing=Standing.LAPSED)
        outbox.owe(db, "lapsed", key=f"lapsed:{place.id}:{place.turn}", subject_id=place.id,
                   person_id=place.person_id, due_at=seats.when_to_offer(now))  # fmt: skip
        ended += 1
    return ended


def confirm_person(db: Connection, person_id: int, now: datetime) -> list[int]:
    """Make the seats of a person who was vouched for certain; returns the ids of the courses.

    `verified_at` must have been written before, in the same turn: it keeps new seats waiting.
    """
    rows = db.execute(
        update(Registration)
        .where(Registration.person_id == person_id, Registration.provisional)
        .values(provisional=False, changed_at=now)
        .returning(Registration.course_id, Registration.standing)
    ).all()
    return sorted(row.course_id for row in rows if row.standing in LIVE)


def drop_person(db: Connection, person_id: int, now: datetime, *, actor_id: int | None) -> None:
    """Free the seats of a person nobody vouches for, course by course in order of their ids."""
    for place in sorted(places.of_person(db, person_id), key=lambda place: place.course_id):
        give_up(db, place.course_id, person_id, now, standing=Standing.REFUSED,
                actor_id=actor_id)  # fmt: skip
