"""Seats: asking for one, giving it up, the principal's word. All under the course's lock.

The course row is locked once per turn, before anything is counted. Turn numbers are the order in
which it was locked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from storage import (
    agreement,
    audience,
    conversations,
    courses,
    offers,
    outbox,
    places,
    reminders,
    requests,
    rooms,
    school_days,
    seats,
    second_chances,
)
from storage.models import LIVE, Mode, Person, Registration, Standing
from storage.places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Who
    from storage.courses import Training
    from storage.models import Rung


PERSON = select(Person.verified_at, Person.left_on, Person.leave_from, Person.leave_to).where(
    Person.id == bindparam("person_id")
)
# Whoever registers stays as they are until the turn ends: a confirmation that runs at the same
# time would otherwise miss the new registration.
REGISTERING = PERSON.with_for_update(read=True)


class Outcome(StrEnum):
    """What came of asking for a seat."""

    SEATED = "seated"
    ASKED = "asked"
    WAITING = "waiting"
    ALREADY = "already"
    CLOSED = "closed"
    NOT_MEANT = "not meant"
    NOMINATED_ONLY = "nominated only"
    LEFT = "left"
    ON_LEAVE = "on leave"
    SCHOOL_FULL = "school full"  # as many of the school as may be away that day have seats


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
    if not course.takes(now):
        return Asked(Outcome.CLOSED, course, mine)
    person = db.execute(REGISTERING, {"person_id": who.id}).one()
    if course.school_limit is not None:
        school_days.lock(db, who.school_id)
    if refusal := _refusal(db, course, who, audience.Absence(*person[1:]), now):
        return Asked(refusal, course, mine)
    counts = db.execute(places.COUNTS, {"course_id": course_id}).one()
    first_come = seats.first_come(now, course.starts_at)
    divided = not first_come and (counts.quotas or course.school_limit is not None)
    standing = seats.standing_for(
        seats=course.seats, held=counts.held, waiting=counts.waiting, mode=course.mode,
        agreed=agreed or _agreed(db, course, who, now), first_come=first_come,
        room=rooms.left(db, course, who, now) != 0 if divided else None,
    )  # fmt: skip
    place = _give(db, course, who, mine, standing, now, provisional=person.verified_at is None)
    return Asked(Outcome(standing.value), course, places.with_position(db, place))


def take_free(db: Connection, registration_id: int, now: datetime) -> Asked | None:
    """Give whoever waits a seat that nobody can be offered any more: the first to ask has it.

    The outcome is WAITING where others were faster; None where the person does not wait.
    """
    place = places.locked(db, registration_id)
    course = courses.get(db, place.course_id) if place else None
    if place is None or course is None or place.standing is not Standing.WAITING:
        return None
    who = conversations.who(db, place.person_id)
    if refusal := refused(db, course, who, now):
        return Asked(refusal, course, places.with_position(db, place))
    if not offers.open_to_all(db, course, now):
        return Asked(Outcome.WAITING, course, places.with_position(db, place))
    seated = course.mode is not Mode.PRINCIPAL or _agreed(db, course, who, now)
    standing = Standing.SEATED if seated else Standing.ASKED
    taken = places.move(db, place, standing, now, actor_id=who.id,
                        unanswered_since=place.unanswered_since)  # fmt: skip
    return Asked(Outcome(standing.value), course, _asking(db, taken, who, now))


def refused(db: Connection, course: Training, who: Who, now: datetime) -> Outcome | None:
    """Why this person cannot ask for a seat in the course, however many are free; else None."""
    person = db.execute(PERSON, {"person_id": who.id}).one()
    return _refusal(db, course, who, audience.Absence(*person[1:]), now)


def _refusal(
    db: Connection, course: Training, who: Who, absence: audience.Absence, now: datetime
) -> Outcome | None:
    if absence.gone(now.date()):
        return Outcome.LEFT
    if not audience.admits(course.audience, who):
        return Outcome.NOT_MEANT
    if any(absence.away(*days) for each in course.sessions if (days := each.days(now))):
        return Outcome.ON_LEAVE
    if course.mode is Mode.NOMINATED:
        return Outcome.NOMINATED_ONLY
    return Outcome.SCHOOL_FULL if rooms.school_full(db, course, who, now) else None


def _agreed(db: Connection, course: Training, who: Who, now: datetime) -> bool:
    return course.mode is Mode.PRINCIPAL and agreement.own(db, who, now)


def _give(
    db: Connection,
    course: Training,
    who: Who,
    mine: Place | None,
    standing: Standing,
    now: datetime,
    *,
    provisional: bool,
) -> Place:
    if mine:
        place = replace(mine, turn=course.turns, provisional=provisional)
        db.execute(places.VOUCH, {"registration_id": mine.id, "new_provisional": provisional})
        moved = places.move(db, place, standing, now, actor_id=who.id)
        return _asking(db, moved, who, now)
    registration_id = db.execute(
        places.ADD,
        {
            "course_id": course.id, "person_id": who.id, "standing": standing,
            "turn": course.turns, "provisional": provisional, "changed_at": now,
        },
    ).scalar_one()  # fmt: skip
    places.tell(db, registration_id, standing, now, actor_id=who.id)
    place = Place(
        registration_id, course.id, who.id, standing, course.turns, provisional, None, None
    )
    return _asking(db, place, who, now)


def _asking(db: Connection, place: Place, who: Who, now: datetime) -> Place:
    """Ask whoever has to agree, where somebody has to; the place says who was asked."""
    if place.standing is not Standing.ASKED:
        return place
    return replace(place, asked_rung=agreement.ask(db, place, who, now))


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
    outbox.withdraw(db, ("offer", "moved", "agree", "nominated"), place.id, now)
    reminders.settled(db, place.id, now)
    if place.standing is Standing.ASKED:
        requests.ask_rest(db, place, now)
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


def agree(db: Connection, registration_id: int, by_id: int, now: datetime) -> Place | None:
    """Somebody who may agrees: the held seat is the person's own, and the person is told.

    None where nothing was asked, or not of `by_id`. A question about a changed date stays open:
    it is the person's to answer.
    """
    found = _answered(db, registration_id, by_id, now)
    if found is None:
        return None
    place, rung = found
    outbox.withdraw(db, ("agree",), place.id, now)
    seated = places.move(db, place, Standing.SEATED, now, actor_id=by_id,
                         unanswered_since=place.unanswered_since)  # fmt: skip
    outbox.owe(db, "agreed", key=f"agreed:{place.id}:{place.turn}", subject_id=place.id,
               person_id=place.person_id, due_at=now, data={"rung": rung})  # fmt: skip
    requests.ask_rest(db, place, now)
    return seated


def refuse(
    db: Connection, registration_id: int, by_id: int, now: datetime, *, later: bool = False
) -> Place | None:
    """Somebody who may does not agree: the seat passes on and the person is told.

    None where nothing was asked, or not of `by_id`. `later`: not this time, as somebody has to
    stay; the person is invited when the same content is offered again (`second_chances`).
    """
    found = _answered(db, registration_id, by_id, now)
    if found is None:
        return None
    place, rung = found
    ended = give_up(db, place.course_id, place.person_id, now, standing=Standing.REFUSED,
                    actor_id=by_id, reason=second_chances.REASON if later else "")  # fmt: skip
    outbox.owe(db, "not agreed", key=f"not agreed:{place.id}:{place.turn}", subject_id=place.id,
               person_id=place.person_id, due_at=now,
               data={"rung": rung, **({"later": True} if later else {})})  # fmt: skip
    return ended


def _answered(
    db: Connection, registration_id: int, by_id: int, now: datetime
) -> tuple[Place, Rung] | None:
    """A request that waits for an answer, with the rung on which this person may give it."""
    place = places.locked(db, registration_id)
    if place is None or place.standing is not Standing.ASKED:
        return None
    rung = agreement.right(db, by_id, conversations.who(db, place.person_id), now)
    return (place, rung) if rung else None


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
