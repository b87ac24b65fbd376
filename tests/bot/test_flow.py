"""The sender at its pace: as many as are granted, asleep until the next grant, and nothing lost."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from bot.channels.base import Spoken, TryLater
from bot.flow import Flow
from bot.replies import Replies
from bot.sender import Sender
from handlers.message import Choice, Reply
from handlers.routes import router
from storage import channels, outbox, paces, replies
from storage.channels import Terms
from storage.database import DatabaseError
from storage.models import Account, Channel, Notice, NoticeState
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.message import Message
    from tests.talk import Phone, Town

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(router.notices, "plain", lambda _chat, owed: Reply(f"notice {owed.key}"))


async def limited(town: Town, rate: float, per_chat: float = 0, name: str = "telegram") -> None:
    terms = Terms(rate=rate, per_chat=per_chat)
    await town.database.turn(lambda db: channels.open_channel(db, name, terms, town.inbox.now()))


async def owe(town: Town, phone: Phone, count: int, *, first: int = 0) -> None:
    def write(db: Connection) -> None:
        person = db.execute(
            select(Account.person_id).where(Account.address == phone.address)
        ).scalar_one()
        for number in range(first, first + count):
            outbox.owe(db, "plain", key=f"k{number}", subject_id=1, person_id=person,
                       due_at=town.inbox.now())  # fmt: skip

    await town.database.turn(write)


async def states(town: Town) -> dict[NoticeState, int]:
    found = select(Notice.state, func.count()).group_by(Notice.state)
    return {row[0]: row[1] for row in await town.database.read(lambda db: db.execute(found).all())}


class Sleep:
    """Sleeps by the town's clock: nobody waits. Notes how long it was told to."""

    def __init__(self, town: Town, phone: Phone, count: int) -> None:
        self.town, self.phone, self.count = town, phone, count
        self.spans: list[float] = []
        self.said: list[tuple[datetime, int]] = []

    async def __call__(self, stop: asyncio.Event, wake: asyncio.Event, seconds: float) -> None:
        while (await states(self.town)).get(NoticeState.CLAIMED):  # noqa: ASYNC110
            await asyncio.sleep(0)
        self.said.append((self.town.clock.now, len(self.phone.said)))
        if len(self.phone.said) >= self.count or len(self.spans) > 500:
            stop.set()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), 0.01)
            return
        self.spans.append(seconds)
        self.town.clock.advance(seconds=seconds)


async def test_it_sends_as_fast_as_it_may_and_wakes_when_the_next_is_due(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30)
    await owe(town, phone, 150)
    sleep = Sleep(town, phone, 150)
    begun = town.clock.now

    await asyncio.wait_for(Flow(town.sender, 3, sleep).run(asyncio.Event(), asyncio.Event()), 30)

    assert len(phone.said) == 150
    whole = (town.clock.now - begun).total_seconds()
    assert (150 - 14) / 30 <= whole <= (150 - 14) / 30 * 1.02
    assert max(sleep.spans) < 0.3, "it never waited for the next look"
    assert len(sleep.spans) < 60, "nor did it look for each message"
    for at, said in sleep.said:
        assert said <= 15 + 30 * (at - begun).total_seconds()


async def test_what_is_not_granted_is_not_claimed(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30)
    await owe(town, phone, 40)

    assert await town.sender.send_due() == 14
    assert await town.sender.send_due() == 0
    assert await states(town) == {NoticeState.SENT: 14, NoticeState.OWED: 26}


async def test_a_slow_channel_holds_up_no_other(town: Town):
    slow, fast = await known(town, "Lê Thị Út"), town.phone("Mai", channel="zalo_bot")
    await fast.say("xin chao")
    await limited(town, 1)
    await limited(town, 30, name="zalo_bot")
    await owe(town, slow, 50)

    def write(db: Connection) -> None:
        mine = db.execute(select(Account.id).where(Account.channel == "zalo_bot")).scalar_one()
        for number in range(50, 55):
            outbox.owe(db, "plain", key=f"k{number}", subject_id=1, account_id=mine,
                       due_at=town.inbox.now())  # fmt: skip

    await town.database.turn(write)
    before = len(fast.said)
    assert await town.sender.send_due() == 6
    assert (len(slow.said), len(fast.said) - before) == (1, 5)


async def test_two_notices_to_one_chat_are_a_second_apart(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30, per_chat=1)
    await owe(town, phone, 3)

    said: list[int] = []
    for _ in range(4):
        await town.deliver()
        said.append(len(phone.said))
        town.clock.advance(seconds=1.01)
    assert said == [1, 2, 3, 3]
    assert await states(town) == {NoticeState.SENT: 3}, "postponed, not repeated"


async def test_a_notice_keeps_its_distance_from_one_that_was_sent_before(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30, per_chat=1)
    await owe(town, phone, 1)
    await town.deliver()
    town.clock.advance(seconds=0.5)
    await owe(town, phone, 1, first=1)
    await town.deliver()
    assert len(phone.said) == 1
    town.clock.advance(seconds=0.6)
    await town.deliver()
    assert len(phone.said) == 2


async def test_the_distance_is_by_our_own_clock(town: Town):
    """A platform tells whole seconds: what was said just now is said to have been said before."""

    async def speak(address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        said.append(reply.text)
        return Spoken(town.clock() - 0.9 * SECOND)

    said: list[str] = []
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30, per_chat=1)
    town.channel.speak = speak
    for number in range(2):
        await owe(town, phone, 1, first=number)
        await town.deliver()
        town.clock.advance(seconds=0.5)
    assert said == ["notice k0"]


async def test_nothing_overtakes_what_is_still_on_its_way_to_a_chat(town: Town):
    async def speak(address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        said.append(reply.text)
        await go.wait()
        return Spoken(town.clock())

    said: list[str] = []
    go = asyncio.Event()
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30, per_chat=1)
    town.channel.speak = speak
    await owe(town, phone, 1)
    sending = asyncio.create_task(town.sender.send_due())
    async with asyncio.timeout(5):
        while not said:  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.005)
    town.clock.advance(seconds=20)
    await owe(town, phone, 1, first=1)
    await town.sender.send_due()
    assert said == ["notice k0"]
    go.set()
    await sending
    town.clock.advance(seconds=1.01)
    await town.sender.send_due()
    assert said == ["notice k0", "notice k1"]


async def test_what_was_put_off_goes_out_when_it_may_and_not_at_the_next_look(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30, per_chat=1)
    await owe(town, phone, 3)
    sleep, begun = Sleep(town, phone, 3), town.clock.now

    await asyncio.wait_for(Flow(town.sender, 60, sleep).run(asyncio.Event(), asyncio.Event()), 10)

    assert len(phone.said) == 3
    assert 2 <= (town.clock.now - begun).total_seconds() < 3


async def test_after_a_rest_the_first_that_finds_no_room_begins_the_time(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30)
    await owe(town, phone, 14)
    assert await town.sender.send_due() == 14
    town.clock.advance(hours=30)
    await owe(town, phone, 1, first=14)

    look = await town.sender.look(50)
    assert look.owed == ()
    assert look.after
    town.clock.advance(seconds=look.after.total_seconds())
    assert await town.sender.send_due() == 1


async def test_notices_of_one_sheaf_never_share_their_numbers(town: Town):
    phone, other = await known(town, "Lê Thị Út"), await known(town, "H'Mai Byă")
    for number, to in enumerate((phone, other, phone, phone)):
        await owe(town, to, 1, first=number)
    choice = (Choice("", "Thực đơn", "menu"),)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(router.notices, "plain", lambda _chat, _owed: Reply("choose", choice))
        await town.deliver()
    digits = [reply.choices[0].digit for reply in (*phone.said, *other.said)]
    assert digits == ["11", "21", "31", "11"]


async def test_one_flood_is_respected_by_every_process(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30)
    await owe(town, phone, 1)
    town.channel.fails = [TryLater(20 * SECOND)]
    assert await town.sender.send_due() == 1
    await owe(town, phone, 5, first=1)

    other = Sender(town.database, town.inbox)
    town.clock.advance(seconds=19)
    look = await other.look(50)
    assert (look.owed, look.after) == ((), SECOND)
    town.clock.advance(seconds=1)
    assert await other.send_due() == 6
    assert len(phone.said) == 6


async def test_a_platform_that_is_down_for_one_message_holds_up_no_other(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30)
    await owe(town, phone, 1)
    town.channel.fails = [TryLater()]
    await town.deliver()
    await owe(town, phone, 1, first=1)
    await town.deliver()
    assert [reply.text for reply in phone.said] == ["notice k1"]


async def test_a_guess_that_was_wrong_is_charged_where_it_goes(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 1)
    await limited(town, 30, name="zalo_bot")
    await owe(town, phone, 2)
    await town.database.turn(lambda db: db.execute(update(Notice).values(route="zalo_bot")))

    assert await town.sender.send_due() == 2
    assert len(phone.said) == 1, "Telegram takes one a second"
    town.clock.advance(seconds=1.1)
    await town.deliver()
    assert len(phone.said) == 2


async def test_nobody_without_a_way_waits_for_a_pace(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 1)
    await owe(town, phone, 5)
    await town.database.turn(lambda db: db.execute(update(Account).values(reachable=False)))
    assert await town.sender.send_due() == 5
    assert await states(town) == {NoticeState.FAILED: 5}


async def test_a_look_that_fails_is_made_again(town: Town, caplog: pytest.LogCaptureFixture):
    class Broken(Sender):
        looks = 0

        async def look(self, room: int):  # type: ignore[no-untyped-def]
            self.looks += 1
            if self.looks < 3:
                raise RuntimeError
            return await super().look(room)

    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, 3)
    sleep = Sleep(town, phone, 3)
    with caplog.at_level(logging.ERROR):
        sender = Broken(town.database, town.inbox)
        await asyncio.wait_for(Flow(sender, 3, sleep).run(asyncio.Event(), asyncio.Event()), 10)
    assert sleep.spans[:2] == [6, 12]
    assert "send failed, times in a row: 2" in caplog.text
    assert len(phone.said) == 3


async def test_a_channel_that_does_not_run_is_not_waited_for(town: Town):
    phone = await known(town, "Lê Thị Út")
    await limited(town, 30)
    await owe(town, phone, 1)
    await town.database.turn(lambda db: db.execute(update(Channel).values(running=False)))
    assert await town.sender.send_due() == 1
    assert await states(town) == {NoticeState.FAILED: 1}


async def test_answers_are_reported_once_a_second_and_silence_once(town: Town):
    seconds = 0.0
    one = Replies(town.database, town.inbox.now, lambda: seconds)

    async def rate() -> float:
        now = town.inbox.now()
        return await town.database.read(lambda db: replies.rate(db, ("telegram",), now))

    for _ in range(6):
        one.add("telegram", 1)
    seconds = 2.0
    await one.report()
    assert await rate() == 3
    seconds = 3.0
    await one.report()
    assert await rate() == 0


async def test_what_could_not_be_reported_is_told_the_next_time(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    seconds = 0.0
    one = Replies(town.database, town.inbox.now, lambda: seconds)
    one.add("telegram", 4)
    one.flood("telegram", "700", 9 * SECOND)
    seconds = 1.0

    def away(*_: object) -> None:
        raise DatabaseError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(replies, "report", away)
        with pytest.raises(DatabaseError):
            await one.report()
    seconds = 2.0
    await one.report()

    now = town.inbox.now()
    assert await town.database.read(lambda db: replies.rate(db, ("telegram",), now)) == 2
    grant = await town.database.turn(lambda db: paces.take(db, "telegram", now, 1, 30))
    assert (grant.count, grant.after) == (0, 9 * SECOND)


async def test_an_answer_that_met_a_flood_tells_the_senders(town: Town):
    heard: list[tuple[str, str, timedelta]] = []
    town.inbox.on_flood = lambda *what: heard.append(what)
    phone = town.phone()
    town.channel.fails = [TryLater(30 * SECOND)]
    await phone.say("xin chao")
    assert heard == [("telegram", phone.address, 30 * SECOND)]
