"""A notice in two hands at once, a clock that is set, a database that is down: nothing is false."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot import settlements
from bot.channels.base import Spoken, TryLater
from bot.sender import Sender, Watch
from bot.settlements import outlasting
from handlers.message import Reply
from handlers.routes import router
from storage import dealing, dispatch, outbox
from storage.models import Account, Notice, NoticeState
from storage.outbox import LEASE
from tests import offices
from tests.people import known
from tests.talk import MONDAY, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from handlers.message import Message
    from storage.database import Database
    from tests.talk import Clock, Phone, Town

HOUR = timedelta(hours=1)


class Held(Recorder):
    """A channel whose sends arrive at once, and are answered in the order they are let go."""

    def __init__(self, name: str, clock: Clock) -> None:
        super().__init__(name, clock)
        self.waiting: list[asyncio.Future[Exception | None]] = []

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        spoken = await super().speak(address, reply, to=to)
        self.waiting.append(asyncio.get_running_loop().create_future())
        if failure := await self.waiting[-1]:
            raise failure
        return spoken

    async def until(self, sends: int) -> None:
        async with asyncio.timeout(5):
            while len(self.waiting) < sends:  # noqa: ASYNC110 - tests look from outside
                await asyncio.sleep(0)


@pytest.fixture
async def phone(town: Town, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """Somebody who is owed one notice."""
    monkeypatch.setitem(router.notices, "plain", lambda *_: Reply("a word"))
    phone = await known(town, "Lê Thị Út")

    def owe(db: Connection) -> None:
        person = select(Account.person_id).where(Account.address == phone.address)
        outbox.owe(db, "plain", key="k", subject_id=1, person_id=db.execute(person).scalar_one(),
                   due_at=town.inbox.now())  # fmt: skip

    await town.database.turn(owe)
    return phone


async def state(town: Town) -> NoticeState:
    found = select(Notice.state).where(Notice.key == "k")
    return await town.database.read(lambda db: db.execute(found).scalar_one())


@pytest.mark.parametrize("first", [0, 1], ids=["the slow one ends first", "the other ends first"])
async def test_what_two_have_sent_is_uncertain(first: int, town: Town, phone: Phone):
    """A process that slept is taken for dead; both its send and the other's arrive."""
    channel = Held("telegram", town.clock)
    town.inbox.channels = {"telegram": channel}
    slow = asyncio.create_task(Sender(town.database, town.inbox).send_due())
    await channel.until(1)
    town.clock.advance(seconds=LEASE.total_seconds() + 1)
    other = asyncio.create_task(Sender(town.database, town.inbox).send_due())
    await channel.until(2)

    for each in (first, 1 - first):
        channel.waiting[each].set_result(None)
        await (slow, other)[each]

    assert len(channel.said[phone.address]) == 2
    assert await state(town) is NoticeState.UNCERTAIN


async def test_what_was_settled_meanwhile_is_not_sent_again(town: Town, phone: Phone):
    """The slow one ends between the other's claim and its words."""
    channel = Held("telegram", town.clock)
    town.inbox.channels = {"telegram": channel}
    slow = asyncio.create_task(Sender(town.database, town.inbox).send_due())
    await channel.until(1)
    town.clock.advance(seconds=LEASE.total_seconds() + 1)
    other = Sender(town.database, town.inbox)
    claimed = (await other.look(10)).owed
    assert [one.again for one in claimed] == [True]

    channel.waiting[0].set_result(None)
    await slow
    await other.send(claimed)

    assert len(channel.said[phone.address]) == 1
    assert await state(town) is NoticeState.UNCERTAIN


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_clock_that_is_set_takes_nothing_out_of_a_hand(
    step: timedelta, town: Town, phone: Phone
):
    channel = Held("telegram", town.clock)
    town.inbox.channels = {"telegram": channel}
    sender = Sender(town.database, town.inbox)
    sending = asyncio.create_task(sender.send_due())
    await channel.until(1)
    town.clock.now += step

    assert (await sender.look(10)).owed == ()
    channel.waiting[0].set_result(None)
    await sending
    assert len(channel.said[phone.address]) == 1
    assert await state(town) is NoticeState.SENT


async def test_a_try_that_did_not_arrive_is_none_of_two(town: Town, phone: Phone):
    channel = Held("telegram", town.clock)
    town.inbox.channels = {"telegram": channel}
    sending = asyncio.create_task(Sender(town.database, town.inbox).send_due())
    await channel.until(1)
    channel.waiting[0].set_result(TryLater())
    await sending
    town.inbox.channels = {"telegram": town.channel}
    town.clock.advance(minutes=1)
    await town.deliver()
    assert await state(town) is NoticeState.SENT
    assert phone.said


def test_leases_are_believed_again_when_all_have_ended_by_the_time_that_went_by():
    ticks = [0.0]
    watch = Watch(lambda: ticks[0])
    assert watch.trusts(MONDAY)
    ticks[0] = 60
    assert watch.trusts(MONDAY + timedelta(seconds=60))
    ticks[0] = 63
    assert not watch.trusts(MONDAY + timedelta(seconds=63) - HOUR)
    ticks[0] = 63 + LEASE.total_seconds() - 1
    assert not watch.trusts(MONDAY + timedelta(seconds=ticks[0]) - HOUR)
    ticks[0] += 1
    assert watch.trusts(MONDAY + timedelta(seconds=ticks[0]) - HOUR)


async def test_an_outage_is_waited_for_and_nothing_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settlements, "PAUSE", 0.0)
    tries: list[int] = []

    def failing(error: Exception, times: int) -> Callable[[Connection], int]:
        def work(_: Connection) -> int:
            tries.append(1)
            if len(tries) <= times:
                raise error
            return 7

        return work

    down = OperationalError("", {}, ConnectionError())
    assert await outlasting(database, failing(down, 3)) == 7
    assert len(tries) == 4
    with pytest.raises(KeyError):
        await outlasting(database, failing(KeyError(), 99))
    assert len(tries) == 5
    monkeypatch.setattr(outbox, "LEASE", timedelta(0))
    with pytest.raises(OperationalError):
        await outlasting(database, failing(down, 99))
    assert len(tries) == 6


async def test_what_was_dealt_goes_out_though_the_clock_is_set_back(either: Database):
    """But not what a platform has put off, which would only put it off again."""

    def work(db: Connection) -> None:
        offices.build(db, 3)
        offices.officer(db, offices.AUTHOR, offices.COMMUNE)
        sent = offices.running(db, 3)
        begun = MONDAY + timedelta(minutes=1)
        offices.deal(db, begun)
        put_off, *_ = dispatch.look(db, begun, 1).owed
        outbox.postpone(db, put_off.id, begun + HOUR, maybe_sent=False)

        earlier = begun - HOUR
        dealing.deal(db, earlier)
        assert len(dispatch.look(db, earlier, 10).owed) == 2
        assert offices.states(db, sent) == {"owed": 1, "claimed": 2}

    await either.turn(work)
