"""Faults on the way in: nothing runs twice, nothing goes unheard, nobody holds up the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.channels.base import Halted, Refused, SendError, Spoken, TryLater, Uncertain
from bot.inbox import Inbox
from handlers import assistant
from handlers.message import Kind, Message
from storage import channels
from storage.database import DatabaseError
from storage.models import ChannelState
from tests.people import known
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.message import Reply
    from handlers.turn import Answer
    from tests.talk import Town


def message(address: str, number: int, text: str = "menu") -> Message:
    at = Clock()() + timedelta(seconds=number)
    return Message("telegram", address, f"{address}-{number}", Kind.TEXT, at, text=text)


async def test_a_whole_batch_of_one_person_that_comes_again_runs_nothing_twice(town: Town):
    batch = [message("1", number) for number in range(100)]
    await town.inbox.receive(batch)
    heard = len(town.channel.said["1"])

    await town.inbox.receive(batch)

    assert len(town.channel.said["1"]) == heard


@pytest.mark.parametrize("error", [TryLater(), Uncertain("lost")], ids=["later", "uncertain"])
async def test_an_answer_that_was_not_heard_comes_before_the_next_one(town: Town, error: SendError):
    phone = await known(town, "H'Mai Byă")
    town.channel.fails = [error]
    assert await phone.say("L12") == ""

    both = await phone.say("lich")
    alone = await phone.say("lich")

    card = both.removesuffix(alone).strip()
    assert card.startswith("L12")
    assert "\n1 " not in card, "the choices belong to the screen that stands now"


async def test_one_line_and_the_same_choices_keep_the_question_they_belong_to(town: Town):
    phone = await known(town, "H'Mai Byă")
    card = await phone.say("L12")
    words = card.partition("\n1 ")[0]
    await phone.say("menu")
    town.channel.fails = [TryLater(), TryLater(), TryLater()]
    await phone.say("L12")
    await phone.say("8")
    await phone.say("8")

    heard = await phone.say("8")

    assert heard.startswith(words)
    assert heard.count(phone.last.text.rpartition("\n\n")[2]) == 1, "what is alike is said once"


async def test_an_edit_does_not_swallow_what_was_not_heard(town: Town):
    phone = await known(town, "H'Mai Byă")
    await phone.say("menu")
    menu = phone.last
    town.channel.fails = [TryLater()]
    await phone.say("L12")

    await phone.press_data(f"s999|{menu.choices[0].action}")

    assert phone.last.text.startswith("L12")
    assert not phone.last.edit


async def test_a_platform_that_asks_for_a_moment_is_given_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    waited: list[timedelta] = []

    async def wait(after: timedelta) -> None:
        waited.append(after)

    monkeypatch.setattr("bot.inbox.wait", wait)
    phone = town.phone()
    town.channel.fails = [TryLater(timedelta(seconds=5))]
    assert await phone.say("menu")
    town.channel.fails = [TryLater(timedelta(seconds=6))]
    assert not await phone.say("menu")

    assert waited == [timedelta(seconds=5)]


async def test_a_channel_s_fault_with_one_person_stays_theirs(town: Town):
    real = town.channel.speak

    async def speak(address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        if address == "1" and to and to.id == "1-1":
            raise KeyError("fault")
        return await real(address, reply, to=to)

    town.channel.speak = speak
    await town.inbox.receive([message("1", 1), message("2", 1), message("1", 2)])

    assert [len(town.channel.said[address]) for address in ("1", "2")] == [1, 1]


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every turn of the first message fail, and the apology for it."""
    real = assistant.answer

    def broken(db: Connection, said: Message, now: datetime, *_: str) -> Answer:
        if said.id == "1-1":
            raise error
        return real(db, said, now)

    monkeypatch.setattr("handlers.assistant.answer", broken)
    monkeypatch.setattr("handlers.apology.answer", broken)


async def test_a_turn_that_can_never_be_kept_holds_up_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    failing(monkeypatch, KeyError("words"))

    await town.inbox.receive([message("1", 1), message("2", 1), message("1", 2)])

    assert [len(town.channel.said[address]) for address in ("1", "2")] == [1, 1]
    assert "message 1-1 of telegram is given up" in caplog.text


async def test_a_database_that_is_down_has_the_batch_brought_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    failing(monkeypatch, DatabaseError("down"))

    with pytest.raises(DatabaseError):
        await town.inbox.receive([message("1", 1), message("2", 1), message("1", 2)])

    assert "1" not in town.channel.said, "a person's messages keep their order"
    assert len(town.channel.said["2"]) == 1


async def late_answer(town: Town, *addresses: str) -> None:
    town.channel.fails = [TryLater() for _ in addresses]
    await town.inbox.receive([message(address, 1) for address in addresses])
    town.clock.advance(minutes=1)


async def test_two_processes_speak_a_late_answer_once(town: Town):
    await late_answer(town, "1")
    other = Inbox(town.database, ZONE, town.clock)
    other.channels = town.inbox.channels
    real = town.channel.speak

    async def slow(address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        await asyncio.sleep(0.1)
        return await real(address, reply, to=to)

    town.channel.speak = slow
    now = town.inbox.now()
    tried = await asyncio.gather(town.inbox.recover(now), other.recover(now))

    assert sorted(tried) == [0, 1]
    assert len(town.channel.said["1"]) == 1


async def test_a_late_answer_that_fails_is_tried_again_when_its_lease_has_ended(town: Town):
    await late_answer(town, "1")
    town.channel.fails = [TryLater()]
    assert await town.inbox.recover(town.inbox.now()) == 1
    assert await town.inbox.recover(town.inbox.now()) == 0
    town.clock.advance(seconds=46)
    assert await town.inbox.recover(town.inbox.now()) == 1
    assert len(town.channel.said["1"]) == 1


async def test_a_fault_over_one_late_answer_leaves_the_others(town: Town):
    await late_answer(town, "1", "2", "3")
    town.channel.fails = [KeyError("fault")]

    await town.inbox.recover(town.inbox.now())

    assert sum(len(said) for said in town.channel.said.values()) == 2


async def test_a_late_answer_is_not_said_after_a_day_but_before_the_next(town: Town):
    phone = await known(town, "H'Mai Byă")
    town.channel.fails = [TryLater()]
    assert await phone.say("L12") == ""

    town.clock.advance(hours=25)
    assert await town.inbox.recover(town.inbox.now() - timedelta(minutes=1)) == 0

    assert (await phone.say("menu")).startswith("L12")


@pytest.mark.parametrize(
    "error",
    [Refused("no token"), Halted(ChannelState.EXHAUSTED, "no money")],
    ids=["refused", "exhausted"],
)
async def test_a_channel_that_takes_no_answers_is_closed_until_it_does(
    town: Town, error: SendError
):
    async def standing() -> ChannelState:
        now = town.inbox.now()
        ways = await town.database.read(lambda db: channels.ways(db, now))
        return ways["telegram"].state

    phone = await known(town, "H'Mai Byă")
    town.channel.fails = [error]
    assert await phone.say("L12") == ""
    assert await standing() is not ChannelState.READY

    await phone.say("menu")
    assert await standing() is ChannelState.READY
