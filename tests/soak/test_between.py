"""Death at the exact places between hearing and having answered; quick, so part of `make test`."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot.clock import LATE
from bot.inbox import Inbox
from bot.sender import Sender
from bot.simulator import Simulator
from handlers.message import Kind, Message
from storage import outbox, places, registrations
from storage.models import (
    Account,
    Conversation,
    Course,
    Notice,
    NoticeState,
    Registration,
    Standing,
)
from tests.people import known
from tests.soak import dying, province
from tests.soak.process import Process
from tests.talk import ZONE, Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from bot.channels.base import Spoken
    from bot.simulator.telegram_phone import Phone
    from handlers.message import Reply
    from storage.database import Database
    from tests.talk import Town


class Dying(Recorder):
    """A channel whose process dies as it begins to speak, or when all is said but the answer."""

    def __init__(self, town: Town, *, after: bool) -> None:
        super().__init__("telegram", town.clock)
        self._after = after
        self._reached = asyncio.Event()

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        if self._after:
            await super().speak(address, reply, to=to)
        self._reached.set()
        return await asyncio.Future()

    async def kill(self, *tasks: asyncio.Task[Any]) -> None:
        """End these tasks, and with them all the process was doing, once the place is reached."""
        await asyncio.wait_for(self._reached.wait(), 5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def state(path: Path) -> list[tuple[str, bool]]:
    """Which message each conversation answers, and whether that is still to be said."""
    rows = province.on_file(
        path,
        lambda db: db.execute(select(Conversation.answering, Conversation.unspoken_since)).all(),
    )
    return [(row.answering, row.unspoken_since is not None) for row in rows]


def heard(phone: Phone) -> list[str]:
    return [shown.text for shown in phone.messages if not shown.mine]


async def test_one_message_through_three_deaths(sample_file: Path, tmp_path: Path):
    """Before the commit, before the speech, before it is noted: answered, at most twice, alike."""
    shutil.copy(sample_file, tmp_path / "t.db")
    async with Simulator(limits=None) as simulator:
        phone = simulator.phone("Ai đó")
        update = await phone.say("menu")

        async def die(place: str) -> None:
            died = Process(
                tmp_path, simulator, f"sqlite:///{tmp_path / 't.db'}",
                module=("tests.soak.dying", place),
            )  # fmt: skip
            died.start()
            try:
                assert await died.ended() == dying.DEAD, died.said()
            finally:
                died.kill()
            assert not died.alarms()

        await die("before_the_commit")
        assert (state(tmp_path / "t.db"), heard(phone)) == ([], [])
        await die("before_the_speech")
        assert (state(tmp_path / "t.db"), heard(phone)) == ([(f"u{update}", True)], [])
        await die("after_the_speech")
        assert state(tmp_path / "t.db") == [(f"u{update}", True)]
        assert len(heard(phone)) == 1

        async with Process(tmp_path, simulator, f"sqlite:///{tmp_path / 't.db'}") as lives:
            await phone.answer()
            await phone.answer(timeout=20)
            simulator.deliver_again(update)
            await phone.say("tro giup")
            await phone.answer(timeout=20)
            assert await lives.stop() == 0
            assert not lives.alarms()
    first, second, other = heard(phone)
    assert first == second != other
    assert [unsaid for _, unsaid in state(tmp_path / "t.db")] == [False]


@pytest.mark.parametrize("after", [False, True], ids=["before the speech", "after the speech"])
async def test_an_accepted_message_is_answered_by_the_next_process(town: Town, after: bool):
    """A webhook's 200 went out, so that the platform will not bring the message again."""
    phone = town.phone()
    dying_channel = Dying(town, after=after)
    first = Inbox(town.database, ZONE, town.clock)
    first.channels = {"telegram": dying_channel}
    message = Message("telegram", phone.address, "m1", Kind.TEXT, town.clock(), text="menu")

    before = asyncio.all_tasks()
    await first.accept(message)
    await dying_channel.kill(*asyncio.all_tasks() - before)

    second = Inbox(town.database, ZONE, town.clock)
    second.channels = {"telegram": town.channel}
    assert await second.recover(second.now() - LATE) == 0, "it may still be on its way"
    town.clock.advance(seconds=LATE.total_seconds() + 1)
    assert await second.recover(second.now() - LATE) == 1
    town.clock.advance(seconds=60)
    assert await second.recover(second.now() - LATE) == 0
    await second.receive([message])

    said = dying_channel.said.get(phone.address, []) + phone.said
    assert len(said) == 1 + after
    assert all(reply == said[0] and reply.text for reply in said)


@pytest.mark.parametrize("after", [False, True], ids=["before the speech", "after the speech"])
async def test_a_claimed_notice_is_sent_again_after_its_lease(town: Town, after: bool):
    """With the same numbers and flagged uncertain: nobody knows whether the first one arrived."""
    phone, waiting = await known(town, "Lê Thị Út"), await known(town, "H'Mai Byă")
    await town.database.turn(lambda db: fill(db, town))
    dying_channel = Dying(town, after=after)
    town.inbox.channels = {"telegram": dying_channel}
    sending = asyncio.create_task(Sender(town.database, town.inbox).send_due())
    await dying_channel.kill(sending)

    town.inbox.channels = {"telegram": town.channel}
    sender = Sender(town.database, town.inbox)
    assert await sender.send_due() == 0, "its lease has not ended"
    claimed = await notice(town.database)
    assert claimed.state is NoticeState.CLAIMED
    town.clock.advance(seconds=outbox.LEASE.total_seconds() + 1)
    # One more process: whoever saw the clock go on at once would not trust it.
    sender = Sender(town.database, town.inbox)
    assert await sender.send_due() == 1
    assert await sender.send_due() == 0

    settled = await notice(town.database)
    assert settled.state is NoticeState.UNCERTAIN
    assert (settled.block, settled.choices) == (claimed.block, claimed.choices)
    assert settled.choices
    copies = dying_channel.said.get(waiting.address, []) + waiting.said
    assert len(copies) == 1 + after
    assert all(copy == copies[0] for copy in copies)
    assert phone.said == []
    assert "L8" in await waiting.say(copies[-1].choices[0].digit)
    assert await standing(town.database) is Standing.SEATED


SCARCE = 8  # the course of the sample with one seat left


def course(db: Connection) -> int:
    return db.execute(select(Course.id).where(Course.number == SCARCE)).scalar_one()


def fill(db: Connection, town: Town) -> None:
    """The first phone's person takes the last seat, the second one waits, the first gives it up."""
    from storage import conversations

    now = town.inbox.now()
    first, second = db.execute(select(Account.person_id).order_by(Account.id)).scalars().all()[-2:]
    assert first
    assert second
    for each in (first, second):
        registrations.register(db, course(db), conversations.who(db, each), now)
    place = places.find(db, course(db), second)
    assert place
    assert place.standing is Standing.WAITING
    registrations.give_up(db, course(db), first, now)


async def notice(database: Database) -> Row[Any]:
    def read(db: Connection) -> Row[Any]:
        return db.execute(select(Notice.__table__).where(Notice.kind == "offer")).one()

    return await database.read(read)


async def standing(database: Database) -> Standing:
    return await database.read(
        lambda db: db.execute(
            select(Registration.standing)
            .where(Registration.course_id == course(db))
            .order_by(Registration.turn.desc())
            .limit(1)
        ).scalar_one()
    )
