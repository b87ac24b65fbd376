"""Offers near the beginning of a course, moved courses, and other corners of the seat rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage import changes, conversations, courses, offers, places, registrations, roles, seats
from storage.models import (
    Mode,
    Notice,
    NoticeState,
    Registration,
    RegistrationEvent,
    RoleKind,
    Standing,
)
from tests import rows
from tests.talk import ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.places import Place

COURSE = 12
EVENING = datetime(2026, 12, 11, 22, 0, tzinfo=ZONE)
MORNING = datetime(2026, 12, 12, 7, 30, tzinfo=ZONE)


def world(db: Connection, now: datetime, *, mode: Mode = Mode.FREE) -> None:
    """One seat, taken by the first of three; the second and the third wait."""
    rows.school(db)
    rows.people(db, 3)
    rows.course(db, COURSE, seats=1, mode=mode, starts_at=MORNING)
    for person_id in (1, 2, 3):
        registrations.register(db, COURSE, conversations.who(db, person_id), now)


def of(db: Connection, person_id: int) -> Place:
    found = places.find(db, COURSE, person_id)
    assert found
    return found


@pytest.mark.parametrize(
    ("now", "starts_at", "ends"),
    [
        # At night an offer would be said at six; the last call was at half past five.
        (EVENING, MORNING, None),
        (EVENING, MORNING.replace(hour=13), MORNING.replace(hour=11)),
        (EVENING.replace(hour=20), MORNING, MORNING.replace(hour=5)),
        (EVENING.replace(hour=8), MORNING, MORNING.replace(hour=5)),
        (MORNING - timedelta(hours=1), MORNING, None),
        (EVENING.replace(hour=8), None, EVENING.replace(day=12, hour=8)),
    ],
)
def test_an_offer_ends_before_the_course_begins_and_after_it_can_be_said(
    now: datetime, starts_at: datetime | None, ends: datetime | None
):
    found = seats.offer_ends(now, starts_at)
    assert (found is None) == (ends is None)
    if found and ends:
        assert found.date() == ends.date()
        assert found.hour == ends.hour


async def test_a_seat_freed_the_night_before_is_offered_to_nobody(database: Database):
    def night(db: Connection) -> None:
        world(db, EVENING - timedelta(days=3))
        registrations.give_up(db, COURSE, 1, EVENING)
        assert of(db, 2).standing is Standing.WAITING
        assert db.execute(select(Notice.id).where(Notice.kind == "offer")).all() == []

    await database.turn(night)


async def test_a_seat_too_near_to_be_offered_is_offered_when_the_course_moves(database: Database):
    def moves(db: Connection) -> None:
        world(db, EVENING - timedelta(days=3))
        registrations.give_up(db, COURSE, 1, EVENING)
        later = EVENING + timedelta(minutes=5)
        changes.reschedule(db, COURSE, now=later, starts_at=MORNING + timedelta(days=7))
        assert of(db, 2).standing is Standing.OFFERED
        assert of(db, 3).standing is Standing.WAITING

    await database.turn(moves)


@pytest.mark.parametrize(
    # Half a day ahead; and in one hour, when the last call has passed already.
    ("ahead", "last_call"),
    [(timedelta(hours=12), timedelta(hours=2)), (timedelta(hours=1), timedelta(0))],
)
async def test_an_offer_ends_earlier_when_the_course_moves_there(
    database: Database, ahead: timedelta, last_call: timedelta
):
    def moves(db: Connection) -> None:
        now = MORNING - timedelta(days=4)
        world(db, now)
        registrations.give_up(db, COURSE, 1, now)
        before = of(db, 2).offered_until
        assert before
        starts_at = now + ahead
        changes.reschedule(db, COURSE, now=now + timedelta(minutes=1), starts_at=starts_at)
        assert of(db, 2).offered_until == starts_at - last_call < before

    await database.turn(moves)


async def test_a_newcomer_does_not_take_a_freed_seat_from_whoever_waits(database: Database):
    def days_before(db: Connection) -> None:
        now = EVENING - timedelta(days=3)
        world(db, now)
        rows.people(db, 1, first=4)
        registrations.give_up(db, COURSE, 1, now)
        asked = registrations.register(db, COURSE, conversations.who(db, 4), now)
        assert asked.outcome is registrations.Outcome.WAITING
        assert asked.place
        assert asked.place.position == 2

    await database.turn(days_before)


@pytest.mark.parametrize("first", [3, 4])
async def test_a_seat_nobody_can_be_offered_any_more_is_for_whoever_asks_first(
    database: Database, first: int
):
    """The third waits, second in the queue; the fourth is a newcomer."""

    def night(db: Connection) -> None:
        world(db, EVENING - timedelta(days=3))
        rows.people(db, 1, first=4)
        assert registrations.take_free(db, of(db, 2).id, EVENING) is not None
        assert of(db, 2).standing is Standing.WAITING, "the seat is not free yet"
        registrations.give_up(db, COURSE, 1, EVENING)
        if first == 4:
            asked = registrations.register(db, COURSE, conversations.who(db, 4), EVENING)
        else:
            asked = registrations.take_free(db, of(db, 3).id, EVENING)
        assert asked
        assert asked.outcome is registrations.Outcome.SEATED
        late = registrations.take_free(db, of(db, 2).id, EVENING)
        assert late
        assert late.outcome is registrations.Outcome.WAITING
        assert courses.held(db, [COURSE]) == {COURSE: 1}
        assert registrations.take_free(db, of(db, first).id, EVENING) is None

    await database.turn(night)


async def test_the_principal_does_not_answer_about_a_new_date_for_others(database: Database):
    def agrees(db: Connection) -> None:
        now = MORNING - timedelta(days=9)
        world(db, now, mode=Mode.PRINCIPAL)
        roles.grant(db, 3, RoleKind.PRINCIPAL, now.date(), school_id=rows.SCHOOL)
        assert of(db, 1).standing is Standing.ASKED
        changes.reschedule(db, COURSE, now=now, starts_at=MORNING + timedelta(days=1))
        seated = registrations.agree(db, of(db, 1).id, 3, now)
        assert seated
        assert seated.unanswered_since == of(db, 1).unanswered_since == now
        assert registrations.stay(db, of(db, 1).id, now)
        assert of(db, 1).unanswered_since is None

    await database.turn(agrees)


async def test_a_person_confirmed_meanwhile_does_not_become_provisional_again(database: Database):
    """What a turn read before the confirmation is never written back."""

    def moves(db: Connection) -> None:
        world(db, MORNING - timedelta(days=9))
        db.execute(update(Registration).values(provisional=True))
        read_before = of(db, 1)
        registrations.confirm_person(db, 1, MORNING - timedelta(days=9))
        places.move(db, read_before, Standing.SEATED, MORNING, actor_id=1)
        assert not of(db, 1).provisional

    await database.turn(moves)


async def test_time_lets_an_offer_lapse_and_nobody_is_told_at_night(database: Database):
    def lapses(db: Connection) -> None:
        # The last call is at half past five, when people sleep.
        world(db, MORNING - timedelta(days=9))
        registrations.give_up(db, COURSE, 1, MORNING - timedelta(hours=14))
        until = of(db, 2).offered_until
        assert until == MORNING - timedelta(hours=2)
        assert registrations.lapse(db, MORNING - timedelta(hours=2)) == 1
        assert of(db, 2).standing is Standing.LAPSED
        events = select(RegistrationEvent.actor_id).where(
            RegistrationEvent.standing == Standing.LAPSED
        )
        assert db.execute(events).scalars().all() == [None]
        due = select(Notice.due_at).where(Notice.kind == "lapsed")
        assert db.execute(due).scalar_one() == MORNING.replace(hour=6, minute=0)
        assert of(db, 3).standing is Standing.WAITING

    await database.turn(lapses)


async def test_what_lapsed_cannot_be_taken(database: Database):
    def late(db: Connection) -> None:
        now = MORNING - timedelta(days=9)
        world(db, now)
        registrations.give_up(db, COURSE, 1, now)
        place = of(db, 2)
        assert place.offered_until
        assert offers.accept(db, place.id, place.offered_until.astimezone(ZONE)) is None
        assert of(db, 2).standing is Standing.OFFERED
        assert courses.held(db, [COURSE]) == {COURSE: 1}
        skipped = select(Notice.state).where(Notice.kind == "offer")
        assert db.execute(skipped).scalar_one() is NoticeState.OWED

    await database.turn(late)
