"""Messages that are accepted first and answered later keep each person's order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.channels.base import Spoken, TryLater
from bot.inbox import Inbox
from handlers.message import Kind, Message
from tests.talk import ZONE, Clock, Recorder

if TYPE_CHECKING:
    from handlers.message import Reply
    from storage.database import Database
    from tests.talk import Town


class Slow(Recorder):
    """Speaks only once it is let go."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("telegram", clock)
        self.go = asyncio.Event()
        self.begun = 0

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        self.begun += 1
        await self.go.wait()
        return await super().speak(address, reply, to=to)


@pytest.fixture
def slow() -> Slow:
    return Slow(Clock())


@pytest.fixture
def inbox(database: Database, slow: Slow) -> Inbox:
    inbox = Inbox(database, ZONE, slow.clock)
    inbox.channels = {"telegram": slow}
    return inbox


def message(address: str, number: int, text: str = "menu") -> Message:
    at = Clock()() + timedelta(seconds=number)
    return Message("telegram", address, f"{address}-{number}", Kind.TEXT, at, text=text)


async def test_it_returns_after_the_commit_and_speaks_later(inbox: Inbox, slow: Slow):
    await asyncio.wait_for(inbox.accept(message("1", 1)), 5)

    assert not slow.said
    slow.go.set()
    await asyncio.wait_for(inbox.finish(), 5)
    assert len(slow.said["1"]) == 1


async def test_the_next_turn_of_a_person_waits_until_the_answer_before_is_spoken(
    inbox: Inbox, slow: Slow
):
    await inbox.accept(message("1", 1))
    second = asyncio.create_task(inbox.accept(message("1", 2)))
    await asyncio.wait_for(inbox.accept(message("2", 1)), 5)
    await asyncio.sleep(0.05)

    assert not second.done()
    slow.go.set()
    await asyncio.wait_for(second, 5)
    await inbox.finish()
    assert len(slow.said["1"]) == 2


async def test_many_at_once_are_heard_in_the_order_they_came(inbox: Inbox, slow: Slow):
    heard: list[str] = []
    inbox.on_turn = lambda answer: heard.append(answer.message_id)
    slow.go.set()

    await asyncio.gather(*(inbox.accept(message("1", number)) for number in range(8)))
    await inbox.finish()

    assert heard == [f"1-{number}" for number in range(8)]


async def test_a_caller_that_gives_up_takes_nothing_back(inbox: Inbox, slow: Slow):
    giving_up = asyncio.create_task(inbox.accept(message("1", 1)))
    await asyncio.sleep(0)
    giving_up.cancel()
    slow.go.set()
    await asyncio.sleep(0)
    await inbox.finish()

    assert len(slow.said["1"]) == 1


async def test_a_turn_that_cannot_be_kept_is_the_callers_to_know(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("handlers.assistant.answer", broken)
    monkeypatch.setattr("handlers.apology.answer", broken)

    with pytest.raises(RuntimeError):
        await inbox.accept(message("1", 1))
    await inbox.finish()


async def test_nobody_is_remembered_once_they_are_answered(inbox: Inbox, slow: Slow):
    slow.go.set()
    await inbox.receive([message("1", 1), message("2", 1), message("1", 2)])
    await inbox.accept(message("3", 1))
    await inbox.finish()

    assert not inbox._lines  # pyright: ignore[reportPrivateUsage] - it would fill the memory


async def test_recovering_does_not_repeat_what_is_being_spoken(inbox: Inbox, slow: Slow):
    await inbox.accept(message("1", 1))
    slow.clock.advance(minutes=1)
    recovering = asyncio.create_task(inbox.recover(inbox.now()))
    await asyncio.sleep(0.05)
    slow.go.set()

    assert await asyncio.wait_for(recovering, 5) == 0
    await inbox.finish()
    assert len(slow.said["1"]) == 1


async def test_recovering_says_what_a_busy_platform_did_not_take(town: Town):
    phone = town.phone()
    town.channel.fails.append(TryLater())

    assert await phone.say("/start") == ""
    town.clock.advance(seconds=30)
    assert await town.inbox.recover(town.inbox.now()) == 1
    assert len(phone.said) == 1
    assert await town.inbox.recover(town.inbox.now()) == 0
