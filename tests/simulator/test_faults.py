"""Troubles put in on purpose, the limits, and the journal that shows what happened."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.simulator import Fault, Limits, Simulator, Trouble
from bot.simulator.limits import Pace
from tests.simulator.conftest import a_bot


async def test_a_flood_says_how_long_to_wait(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    simulator.faults.add(Trouble.FLOOD, method="sendMessage", times=2, seconds=7)
    for _ in range(2):
        with pytest.raises(RetryAfter) as raised:
            await bot.send_message(phone.id, "Chào")
        assert raised.value.retry_after == timedelta(seconds=7)
    await bot.send_message(phone.id, "Chào")
    assert [call.status for call in simulator.journal.calls("sendMessage")] == [429, 429, 200]


@pytest.mark.parametrize(
    ("trouble", "error", "words"),
    [
        ("blocked", Forbidden, "blocked by the user"),
        ("missing", BadRequest, "Chat not found"),
        ("broken", NetworkError, "Bad Gateway"),
    ],
)
async def test_a_refusal(
    simulator: Simulator, bot: Bot, trouble: str, error: type[Exception], words: str
) -> None:
    phone, other = simulator.phone("Út", started=True), simulator.phone("Lan", started=True)
    simulator.faults.add(trouble, chat=phone.id)
    await bot.send_message(other.id, "Chào")
    with pytest.raises(error, match=words):
        await bot.send_message(phone.id, "Chào")
    assert phone.messages == []
    await bot.send_message(phone.id, "Chào")


async def test_any_other_status(simulator: Simulator, bot: Bot) -> None:
    simulator.faults.add("refused", status=500, description="Internal Server Error")
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.get_me()


async def test_a_slow_answer_comes_after_the_deed(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    simulator.faults.add("slow", method="sendMessage", seconds=0.4, times=2)
    began = time.monotonic()
    await bot.send_message(phone.id, "Một")
    assert time.monotonic() - began >= 0.4
    with pytest.raises(TimedOut):
        await bot.send_message(phone.id, "Hai", read_timeout=0.1)
    assert [shown.text for shown in phone.messages] == ["Một", "Hai"]


async def test_a_connection_cut_before_or_after_the_deed(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    simulator.faults.add("dropped", method="sendMessage")
    simulator.faults.add("lost", method="sendMessage")
    for text in ("không tới", "tới mà không hay"):
        with pytest.raises(NetworkError):
            await bot.send_message(phone.id, text)
    assert [shown.text for shown in phone.messages] == ["tới mà không hay"]
    assert [call.status for call in simulator.journal.calls("sendMessage")] == [0, 0]


async def test_a_poll_meets_only_faults_that_name_it(simulator: Simulator, bot: Bot) -> None:
    simulator.faults.add("broken")
    assert await bot.get_updates() == ()
    simulator.faults.add("dropped", method="getUpdates")
    with pytest.raises(NetworkError):
        await bot.get_updates()
    assert await bot.get_updates() == ()


async def test_an_update_delivered_twice(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    simulator.faults.add("twice", chat=phone.id)
    first = await phone.say("một")
    second = await phone.say("hai")
    ids = [update.update_id for update in await bot.get_updates()]
    assert ids == [first, first, second]
    assert await bot.get_updates(offset=second + 1) == ()


async def test_an_update_delivered_again_after_it_was_confirmed(
    simulator: Simulator, bot: Bot
) -> None:
    phone = simulator.phone("Út")
    update_id = await phone.say("một")
    assert await bot.get_updates(offset=update_id + 1) == ()
    simulator.deliver_again(update_id)
    assert [update.update_id for update in await bot.get_updates(offset=update_id + 1)] == [
        update_id
    ]
    assert await bot.get_updates(offset=update_id + 1) == ()
    with pytest.raises(LookupError):
        simulator.deliver_again(7)


async def test_faults_may_wait_from_the_start() -> None:
    async with Simulator(faults=[Fault(Trouble.BROKEN, "getMe")]) as simulator:
        with pytest.raises(NetworkError):
            await a_bot(simulator).__aenter__()  # asks who it is
        assert simulator.faults.waiting == []


async def test_thirty_messages_a_second_pass_and_no_more() -> None:
    now = 1000.0
    async with Simulator() as simulator, a_bot(simulator) as bot:
        simulator.telegram.pace = Pace(Limits(), clock=lambda: now)
        phones = [simulator.phone(f"Người {number}", started=True) for number in range(40)]
        sends = (bot.send_message(phone.id, "Chào") for phone in phones)
        outcomes = await asyncio.gather(*sends, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, RetryAfter)]
        assert len(refused) == 10
        assert {error.retry_after for error in refused} == {timedelta(seconds=1)}

        now += 1 / 30
        late = [phone for phone in phones if not phone.messages]
        await bot.send_message(late[0].id, "Chào")
        with pytest.raises(RetryAfter):
            await bot.send_message(late[1].id, "Chào")


async def test_one_chat_takes_a_short_burst_only() -> None:
    limits = Limits(overall=1000, overall_burst=1000, private_burst=3)
    async with Simulator(limits=limits) as simulator, a_bot(simulator) as bot:
        phone, other = simulator.phone("Út", started=True), simulator.phone("Lan", started=True)
        for _ in range(3):
            await bot.send_message(phone.id, "Chào")
        with pytest.raises(RetryAfter):
            await bot.send_message(phone.id, "Chào")
        await bot.send_message(other.id, "Chào")


async def test_the_journal_tells_everything_but_secrets() -> None:
    async with Simulator(limits=None, journal=3) as simulator, a_bot(simulator) as bot:
        phone = simulator.phone("Út", started=True)
        for number in range(5):
            await phone.say(f"tin {number}")
        await bot.set_webhook(f"{simulator.url}/", secret_token="bi-mat")
        await bot.delete_webhook()
        await bot.send_document(phone.id, b"BEGIN", filename="lịch.ics")
        hook, _, document = simulator.journal.calls()
        assert hook.parameters["secret_token"] == "…"
        assert document.chat == str(phone.id)
        assert document.parameters["document"] == {
            "name": "lịch.ics",
            "type": "text/calendar",
            "size": 5,
        }
        texts = [update.body["message"]["text"] for update in simulator.journal.updates(phone.id)]
        assert texts == ["tin 2", "tin 3", "tin 4"]
        everything = repr(simulator.journal.calls())
        assert simulator.token not in everything
        assert "bi-mat" not in everything
