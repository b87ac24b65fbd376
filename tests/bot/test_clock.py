"""What time does by itself: due jobs, the sender, and their faults."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.channels.base import TryLater
from bot.clock import Clock
from handlers.message import Reply
from handlers.routes import router
from storage import outbox
from tests.people import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.talk import Town


@pytest.fixture
def clock(town: Town) -> Clock:
    """A clock that looks only when it is woken, except for the first time."""
    return Clock(town.database, town.inbox, town.sender, every=60)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.005)


@pytest.fixture
def notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(router.notices, "test", lambda _chat, _owed: Reply("a notice"))


async def test_a_wakened_sender_sends_at_once(town: Town, clock: Clock, notice: None):
    phone = await known(town, "Lê Thị Út")
    person = await person_of(town, phone.address)
    stop = asyncio.Event()
    running = asyncio.create_task(clock.run(stop))
    await asyncio.sleep(0.05)

    def owe(db: Connection) -> None:
        outbox.owe(db, "test", key="k", subject_id=1, due_at=town.inbox.now(), person_id=person)

    await town.database.turn(owe)
    clock.wake.set()
    await until(lambda: phone.said)

    assert phone.last.text == "a notice"
    stop.set()
    await asyncio.wait_for(running, 2)


async def test_a_batch_that_was_full_is_followed_at_once(town: Town, clock: Clock, notice: None):
    phone = await known(town, "Lê Thị Út")
    person = await person_of(town, phone.address)

    def owe(db: Connection) -> None:
        for number in range(120):
            outbox.owe(db, "test", key=f"k{number}", subject_id=1, due_at=town.inbox.now(),
                       person_id=person)  # fmt: skip

    await town.database.turn(owe)
    stop = asyncio.Event()
    running = asyncio.create_task(clock.run(stop))
    await until(lambda: len(phone.said) == 120)
    stop.set()
    await asyncio.wait_for(running, 2)


async def test_an_answer_that_was_not_spoken_is_said_after_a_while(town: Town, clock: Clock):
    phone = town.phone()
    town.channel.fails.append(TryLater())
    await phone.say("/start")

    town.clock.advance(seconds=40)
    await clock.recover()
    assert not phone.said
    town.clock.advance(seconds=10)
    await clock.recover()
    assert len(phone.said) == 1


async def test_a_job_that_fails_is_logged_and_tried_again_and_stops_no_other(
    town: Town, caplog: pytest.LogCaptureFixture
):
    clock = Clock(town.database, town.inbox, town.sender, every=0.01)
    done = {"bad": 0, "good": 0}

    async def bad() -> None:
        done["bad"] += 1
        raise RuntimeError

    async def good() -> None:
        done["good"] += 1

    clock.add("bad", bad)
    clock.add("good", good)
    stop = asyncio.Event()
    with caplog.at_level(logging.ERROR):
        running = asyncio.create_task(clock.run(stop))
        await until(lambda: done["bad"] > 2 and done["good"] > 5)
        stop.set()
        await asyncio.wait_for(running, 2)

    assert "bad failed, times in a row: 3" in caplog.text


async def test_what_has_begun_is_finished_before_the_end(town: Town, clock: Clock):
    begun, go, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def long() -> None:
        begun.set()
        await go.wait()
        finished.set()

    clock.add("long", long)
    stop = asyncio.Event()
    running = asyncio.create_task(clock.run(stop))
    await begun.wait()
    stop.set()
    await asyncio.sleep(0.05)

    assert not running.done()
    go.set()
    await asyncio.wait_for(running, 2)
    assert finished.is_set()


async def test_offers_that_nobody_answered_lapse(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    monkeypatch.setattr("storage.registrations.lapse", lambda _db, _now: asked.append("lapse") or 1)
    monkeypatch.setattr("storage.claims.climb", lambda _db, _now: asked.append("climb") or 0)
    monkeypatch.setattr("storage.agreement.climb", lambda _db, _now: asked.append("ask on") or 0)

    await clock.due()

    assert asked == ["lapse", "climb", "ask on"]
    assert clock.wake.is_set()


async def person_of(town: Town, address: str) -> int:
    from sqlalchemy import select

    from storage.models import Account

    return await town.database.read(
        lambda db: db.execute(
            select(Account.person_id).where(Account.address == address)
        ).scalar_one()
    )


async def test_a_job_has_an_interval_of_its_own(town: Town):
    clock = Clock(town.database, town.inbox, town.sender, every=60)
    done: list[str] = []

    async def often() -> None:
        done.append("often")

    async def seldom() -> None:
        done.append("seldom")

    clock.add("often", often, 0.01)
    clock.add("seldom", seldom)
    stop = asyncio.Event()
    running = asyncio.create_task(clock.run(stop))
    await until(lambda: done.count("often") > 3)
    stop.set()
    await asyncio.wait_for(running, 2)
    assert done.count("seldom") == 1
