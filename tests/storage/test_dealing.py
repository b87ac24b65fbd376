"""Announcements over time: slice by slice, at night, when clocks and officers change."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update

from storage import announcements, approvals, broadcasts, channels, dealing, deliveries, outbox
from storage.models import (
    Account,
    BroadcastState,
    CalendarDay,
    Notice,
    NoticeState,
    Person,
    Role,
)
from tests import offices
from tests.offices import AUTHOR, COMMUNE, DEPARTMENT, PROVINCE, Postman
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BEGUN = MONDAY + MINUTE
YESTERDAY = (MONDAY - timedelta(days=1)).date()


@pytest.fixture
def world(db: Connection) -> Connection:
    """Thirty teachers of a commune with one officer, below one of the Sở."""
    offices.build(db, 30)
    offices.officer(db, AUTHOR, COMMUNE)
    offices.officer(db, DEPARTMENT, PROVINCE)
    return db


def many(db: Connection, people: int, now: datetime = MONDAY) -> int:
    """A running announcement to more people than the tests have: their notices are copies."""
    sent = offices.running(db, 30, now)
    first = db.execute(select(func.max(Notice.id))).scalar_one() + 1
    rows: list[dict[str, Any]] = [
        {
            "id": first + number, "key": f"copy:{sent}:{number}", "kind": "announcement",
            "person_id": 1 + number % 30, "subject_id": sent, "data": {}, "due_at": now,
            "state": NoticeState.PLANNED, "choices": {},
        }
        for number in range(people - 30)
    ]  # fmt: skip
    db.execute(insert(Notice), rows)
    return sent


def owed(db: Connection, sent: int) -> int:
    return offices.states(db, sent).get("owed", 0)


def dismissed(db: Connection, person_id: int) -> None:
    db.execute(update(Role).where(Role.person_id == person_id).values(valid_to=YESTERDAY))


def test_at_the_end_its_author_is_told_once(world: Connection):
    sent, postman = offices.running(world, 30), Postman()
    for second in range(5):
        offices.deal(world, BEGUN + second * SECOND)
        postman.send(world, BEGUN + second * SECOND)

    found = announcements.get(world, sent)
    assert found
    assert (found.state, found.finished_at) == (BroadcastState.DONE, BEGUN + SECOND)
    assert sorted(postman.people(sent)) == list(range(1, 31))
    assert postman.others == [("announced", AUTHOR)]


def limited(db: Connection, **rates: float) -> None:
    """The channels run, and their platforms take so many messages a second."""
    for name, rate in rates.items():
        channels.open_channel(db, name, channels.Terms(rate=rate), MONDAY)


def test_only_some_seconds_of_it_lie_before_what_others_are_owed(world: Connection):
    limited(world, telegram=30)
    sent = many(world, 2000)
    offices.deal(world, BEGUN)
    assert owed(world, sent) == 90
    offices.deal(world, BEGUN + SECOND)
    assert owed(world, sent) == 90, "nothing was sent meanwhile"


def test_without_a_limit_it_goes_as_fast_as_it_can(world: Connection):
    sent = many(world, 4000)
    offices.deal(world, BEGUN)
    assert dealing.MOST // 2 <= owed(world, sent) <= dealing.MOST


def test_two_at_once_share_the_room(world: Connection):
    limited(world, telegram=30)
    first, second = many(world, 500), many(world, 500)
    offices.deal(world, BEGUN)
    assert (owed(world, first), owed(world, second)) == (45, 45)


@pytest.mark.parametrize("rate", [2, 30, 1000])
def test_a_sender_is_never_starved(world: Connection, rate: int):
    limited(world, telegram=rate)
    sent, now = many(world, 7 * rate + 30), BEGUN
    for _ in range(6):
        offices.deal(world, now)
        now += SECOND
        assert taken(world, sent, rate, now) == rate


def test_a_slow_platform_holds_up_no_other(world: Connection):
    slow = update(Account).where(Account.id <= 15)
    world.execute(slow.values(channel="zalo_bot"))
    limited(world, telegram=30, zalo_bot=1)
    sent, now = many(world, 900), BEGUN
    for _ in range(6):
        offices.deal(world, now)
        now += SECOND
        assert taken(world, sent, 30, now, "telegram") == 30
        assert taken(world, sent, 1, now, "zalo_bot") == 1
    assert owed(world, sent) <= 90 + dealing.FEWEST


def taken(db: Connection, sent: int, many: int, now: datetime, name: str = "telegram") -> int:
    """What the sender sends on a channel in a second."""
    next_ones = (
        select(Notice.id)
        .where(Notice.subject_id == sent, Notice.state == NoticeState.OWED, Notice.route == name)
        .order_by(Notice.id)
        .limit(many)
    )
    gone = db.execute(
        update(Notice)
        .where(Notice.id.in_(next_ones.scalar_subquery()))
        .values(state=NoticeState.SENT, sent_at=now)
    )
    return gone.rowcount


def test_nothing_goes_at_night_or_on_a_holiday(world: Connection):
    sent = offices.running(world, 30)
    offices.deal(world, BEGUN)
    assert owed(world, sent) == 30
    evening = MONDAY.replace(hour=21)
    for quiet in (evening, MONDAY.replace(day=24, hour=5), MONDAY.replace(day=24, hour=10)):
        offices.deal(world, quiet)
        assert offices.states(world, sent) == {"planned": 30}, quiet
    offices.deal(world, MONDAY.replace(day=25, hour=6))
    assert owed(world, sent) == 30


def test_a_hold_that_ends_at_night_goes_on_until_the_morning(world: Connection):
    late = MONDAY.replace(day=25, hour=20, minute=59, second=30)
    sent = offices.confirmed(world, 30, now=late)
    offices.deal(world, late + MINUTE)
    assert offices.state(world, sent) is BroadcastState.HELD
    offices.deal(world, MONDAY.replace(day=26, hour=6))
    assert offices.state(world, sent) is BroadcastState.RUNNING


def test_a_day_that_was_declared_a_holiday_counts(world: Connection):
    world.execute(insert(CalendarDay).values(day=MONDAY.date(), holiday=True))
    sent = offices.confirmed(world, 30)
    offices.deal(world, MONDAY + 60 * MINUTE)
    assert offices.state(world, sent) is BroadcastState.HELD


def test_whose_role_ended_sends_nothing_more_until_somebody_answers_for_it(world: Connection):
    sent, postman = offices.running(world, 30), Postman()
    offices.deal(world, BEGUN)
    postman.send(world, BEGUN, 10)
    dismissed(world, AUTHOR)
    offices.deal(world, BEGUN + SECOND)
    # What it told of itself before is not owed any more.
    assert offices.state(world, sent) is BroadcastState.PAUSED
    assert offices.states(world, sent) == {"planned": 20, "sent": 10}
    found = announcements.get(world, sent)
    assert found
    assert found.pause_reason == dealing.ROLE_ENDED
    assert offices.told(world, approvals.PAUSED) == [AUTHOR, DEPARTMENT]

    other = offices.scope_of(world, DEPARTMENT)
    assert broadcasts.resume(world, other, sent, BEGUN + SECOND)
    offices.deal(world, BEGUN + 2 * SECOND)
    postman.send(world, BEGUN + 2 * SECOND)
    assert sorted(postman.people(sent)) == list(range(1, 31))


def test_an_officer_who_let_it_go_on_answers_for_it(world: Connection):
    sent = offices.running(world, 30)
    offices.officer(world, 9004, PROVINCE)
    dismissed(world, AUTHOR)
    offices.deal(world, BEGUN)
    assert broadcasts.resume(world, offices.scope_of(world, DEPARTMENT), sent, BEGUN)
    offices.deal(world, BEGUN)
    assert offices.state(world, sent) is BroadcastState.RUNNING
    dismissed(world, DEPARTMENT)
    offices.deal(world, BEGUN + SECOND)
    assert offices.state(world, sent) is BroadcastState.PAUSED


def test_who_approved_it_stays_known_when_another_answers_for_it(world: Connection):
    sent = offices.running(world, 30)
    announcements.write(world, sent, BEGUN, approved_by_id=DEPARTMENT)
    offices.officer(world, 9004, PROVINCE)
    dismissed(world, AUTHOR)
    offices.deal(world, BEGUN)
    assert broadcasts.resume(world, offices.scope_of(world, 9004), sent, BEGUN)
    found = announcements.get(world, sent)
    assert found
    assert (found.approved_by_id, found.answers_id, found.pause_reason) == (DEPARTMENT, 9004, "")


def test_in_the_hold_too_somebody_has_to_answer_for_it(world: Connection):
    sent = offices.confirmed(world, 30)
    dismissed(world, AUTHOR)
    offices.deal(world, BEGUN)
    assert offices.state(world, sent) is BroadcastState.PAUSED
    assert broadcasts.resume(world, offices.scope_of(world, DEPARTMENT), sent, BEGUN)
    assert offices.state(world, sent) is BroadcastState.HELD
    offices.deal(world, BEGUN)
    assert offices.state(world, sent) is BroadcastState.RUNNING


def test_a_clock_that_is_put_right_loses_and_doubles_nothing(world: Connection):
    sent, postman = offices.running(world, 30), Postman()
    for now in (BEGUN, BEGUN + 60 * MINUTE, BEGUN - 60 * MINUTE, BEGUN, BEGUN + 61 * MINUTE):
        offices.deal(world, now)
        postman.send(world, now, 10)
    offices.deal(world, BEGUN + 62 * MINUTE)
    assert sorted(postman.people(sent)) == list(range(1, 31))
    assert offices.state(world, sent) is BroadcastState.DONE


@pytest.mark.parametrize("seeds", [200, pytest.param(1000, marks=pytest.mark.soak)])
def test_whatever_is_pressed_everybody_gets_it_exactly_once(
    db: Connection, monkeypatch: pytest.MonkeyPatch, seeds: int
):
    """Pauses, resumes, another speed, retries, slices, and platforms that ask for patience."""
    monkeypatch.setattr(dealing, "MOST", 5)
    monkeypatch.setattr(dealing, "SLICE", 8)
    offices.build(db, 8)
    offices.officer(db, AUTHOR, COMMUNE)
    held = offices.confirmed(db, 8)
    for seed in range(seeds):
        with db.begin_nested() as trial:
            got = one_run(db, held, Random(seed))
            assert sorted(got) == list(range(1, 9)), seed
            trial.rollback()


def one_run(db: Connection, sent: int, chance: Random) -> list[int]:
    scope, postman, now, paused = offices.scope_of(db, AUTHOR), Postman(), BEGUN, False
    in_hand: list[tuple[datetime, list[outbox.Owed]]] = []
    for _ in range(300):
        now += timedelta(seconds=chance.choice((1, 5, 20)))
        idle = not dealing.deal(db, now)
        if chance.random() < (0.5 if paused else 0.2):
            press = broadcasts.resume if paused else broadcasts.pause
            paused = press(db, scope, sent, now) != paused
        # What was claimed before a press is sent after it, within its lease.
        while in_hand and (now - in_hand[0][0] > MINUTE or chance.random() < 0.6):
            batch = in_hand.pop(0)[1]
            postman.settle(db, batch, now, chance, on_the_wire=chance.random() < 0.7)
        in_hand.append((now, outbox.claim(db, now, chance.choice((3, 8)))))
        if idle and offices.state(db, sent) is BroadcastState.DONE:
            if not deliveries.retry(db, scope, sent, now):
                return postman.people(sent)
            paused = False
    raise AssertionError("it never ends")


async def test_a_whole_life_runs_on_either_database(either: Database):
    def begin(db: Connection) -> int:
        offices.build(db, 51)
        offices.officer(db, AUTHOR, COMMUNE)
        offices.officer(db, DEPARTMENT, PROVINCE)
        sent = offices.confirmed(db, 51)
        assert approvals.approve(db, offices.scope_of(db, DEPARTMENT), sent, MONDAY)
        return sent

    sent, postman, now = await either.turn(begin), Postman(), MONDAY + 10 * MINUTE
    await either.turn(lambda db: offices.deal(db, now))
    await either.turn(lambda db: postman.send(db, now, 20))
    scope = await either.read(lambda db: offices.scope_of(db, AUTHOR))
    assert await either.turn(lambda db: broadcasts.pause(db, scope, sent, now))
    assert await either.turn(lambda db: broadcasts.resume(db, scope, sent, now))
    await either.turn(lambda db: offices.deal(db, now))
    await either.turn(lambda db: postman.send(db, now))
    await either.turn(lambda db: offices.deal(db, now))
    assert sorted(postman.people(sent)) == list(range(1, 52))
    assert await either.read(lambda db: offices.state(db, sent)) is BroadcastState.DONE
    people = await either.read(lambda db: db.execute(select(func.count(Person.id))).scalar_one())
    assert people == 53
