from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels import zalo_bot_poll
from bot.channels.base import Refused
from bot.channels.patience import Backoff, pause
from bot.channels.zalo_bot import ZaloBotChannel
from tests.bot.telegram_fakes import request_of, talking
from tests.bot.zalo_bot_fakes import (
    IDLE,
    NOW,
    channel,
    failure,
    ok,
    refused,
    said,
    speaking,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bot.zalo_bot_fakes import Answer

FAREWELL = zalo_bot_poll.FAREWELL  # elsewhere tests have a short one; see tests/conftest.py


@pytest.fixture(autouse=True)
def the_whole_farewell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zalo_bot_poll, "FAREWELL", FAREWELL)


class Kept:
    """Takes events and gaps, and ends the polling after so many events."""

    def __init__(self, wanted: int = 1) -> None:
        self.stop = asyncio.Event()
        self.wanted = wanted
        self.events: list[Mapping[str, Any]] = []
        self.gaps: list[datetime] = []
        self.failing: list[Exception] = []

    async def keep(self, event: Mapping[str, Any]) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.events.append(event)
        if len(self.events) == self.wanted:
            self.stop.set()

    async def gap(self, since: datetime) -> None:
        self.gaps.append(since)

    async def polled(self, speaker: ZaloBotChannel) -> None:
        async with asyncio.timeout(5):
            await speaker.poll(self.keep, self.stop, self.gap)


async def test_a_webhook_is_taken_away_before_the_first_poll() -> None:
    async with speaking(hold=7) as (server, speaker):
        server.events.put_nowait(said(1))
        await Kept().polled(speaker)

        assert server.made[:2] == [("deleteWebhook", {}), ("getUpdates", {"timeout": "7"})]


@pytest.mark.parametrize("code", [400, 404])
async def test_no_webhook_to_take_away_is_no_trouble(code: int) -> None:
    async with speaking() as (server, speaker):
        server.script("deleteWebhook", refused(code))
        server.events.put_nowait(said(1))
        await Kept().polled(speaker)

        assert len(server.of("deleteWebhook")) == 1


async def test_the_webhook_is_taken_away_once_zalo_is_there() -> None:
    async with speaking() as (server, speaker):
        server.script("deleteWebhook", refused(403), (502, "<html>"))
        server.events.put_nowait(said(1))
        await Kept().polled(speaker)

        assert len(server.of("deleteWebhook")) == 3


BODIES: list[tuple[Any, list[int]]] = [
    ({"ok": True, "result": said(1)}, [1]),
    ({"ok": True, "result": [said(1), said(2)]}, [1, 2]),
    ({"ok": True, "result": {"ok": True, "result": said(1)}}, [1]),
    (said(1), [1]),
    ([said(1), said(2)], [1, 2]),
    ({"ok": True, **said(1)}, [1]),
    ({"ok": True, "result": {}}, []),
    ({"ok": True, "result": []}, []),
    ({"ok": True, "result": None}, []),
    ({"ok": True}, []),
    ({}, []),
    ([], []),
    (None, []),
    (IDLE, []),
]


@pytest.mark.parametrize(("body", "numbers"), BODIES, ids=str)
async def test_a_poll_may_bring_any_of_these(body: Any, numbers: list[int]) -> None:
    kept = Kept(wanted=len(numbers) + 1)
    async with speaking() as (server, speaker):
        server.script("getUpdates", (200, body))
        server.events.put_nowait(said(9))
        await kept.polled(speaker)

        messages = [speaker.read(event) for event in kept.events]
        ids = [message.id for message in messages if message]
        assert ids == [said(number)["message"]["message_id"] for number in [*numbers, 9]]


@pytest.mark.parametrize("status", [200, 408])
async def test_an_idle_poll_is_followed_by_the_next_at_once(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot_poll.FAST", 0.05)
    kept = Kept()
    async with speaking(pause=60) as (server, speaker):
        server.held = 0.1

        async def poll() -> Answer:
            server.polls += 1
            if server.polls == 4:
                return ok(said(1))
            await asyncio.sleep(server.held)
            return status, IDLE if status == 200 else "<html>"

        monkeypatch.setattr(server, "poll", poll)
        await kept.polled(speaker)

        assert len(kept.events) == 1


@pytest.mark.parametrize("body", [{}, [], None, IDLE, {"ok": True, "result": said(1)}], ids=str)
async def test_answers_that_come_too_fast_are_paced(body: Any) -> None:
    kept = Kept(wanted=0)
    async with speaking(pause=0.1) as (server, speaker):
        server.script("getUpdates", *[(200, body)] * 1000)
        polling = asyncio.create_task(kept.polled(speaker))
        await asyncio.sleep(0.45)
        kept.stop.set()
        await polling

        assert 3 <= len(server.of("getUpdates")) <= 7


async def test_many_events_are_fetched_without_a_pause() -> None:
    kept = Kept(wanted=20)
    async with speaking(pause=60) as (server, speaker):
        for number in range(20):
            server.events.put_nowait(said(number))
        await kept.polled(speaker)

        assert kept.events == [said(number) for number in range(20)]


async def test_an_event_is_kept_before_the_next_poll() -> None:
    kept = Kept(wanted=2)
    asked: list[int] = []
    async with speaking() as (server, speaker):

        async def keep(event: Mapping[str, Any]) -> None:
            await asyncio.sleep(0.05)
            asked.append(len(server.of("getUpdates")))
            await kept.keep(event)

        server.events.put_nowait(said(1))
        server.events.put_nowait(said(2))
        async with asyncio.timeout(5):
            await speaker.poll(keep, kept.stop, kept.gap)

        assert asked == [1, 2]


async def test_an_event_is_kept_as_soon_as_the_database_is_there_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Kept()
    kept.failing = [OSError("Út")] * 9
    async with speaking(pause=0.001) as (server, speaker):
        server.events.put_nowait(said(1, "Út"))
        await kept.polled(speaker)

        assert kept.events == [said(1, "Út")]
        assert len(server.of("getUpdates")) == 1
    assert "not kept yet (OSError)" in caplog.text
    assert "Út" not in caplog.text


async def test_an_event_that_cannot_be_kept_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Kept()
    kept.failing = [LookupError("Út")] * 5
    async with speaking(pause=0.001) as (server, speaker):
        server.events.put_nowait(said(1))
        server.events.put_nowait(said(2))
        await kept.polled(speaker)

    assert kept.events == [said(2)]
    assert "an event is lost" in caplog.text
    assert "Út" not in caplog.text


async def test_a_stop_while_the_database_is_down_gives_the_event_up() -> None:
    kept = Kept()
    kept.failing = [OSError()] * 1000
    async with speaking(pause=60) as (server, speaker):
        server.events.put_nowait(said(1))
        polling = asyncio.create_task(kept.polled(speaker))
        await asyncio.sleep(0.1)
        kept.stop.set()
        await polling

    assert kept.events == []
    assert len(kept.failing) == 998


async def test_a_stop_ends_a_poll_that_is_held_open() -> None:
    kept = Kept()
    async with speaking(hold=25) as (server, speaker):
        server.held = 25
        polling = asyncio.create_task(kept.polled(speaker))
        while not server.polls:  # noqa: ASYNC110 - the server counts
            await asyncio.sleep(0.01)
        kept.stop.set()
        async with asyncio.timeout(2):
            await polling

        assert server.polls == 1


async def test_what_is_on_its_way_at_a_stop_is_kept() -> None:
    kept = Kept()
    async with speaking(hold=25) as (server, speaker):
        server.held = 25
        polling = asyncio.create_task(kept.polled(speaker))
        while not server.polls:  # noqa: ASYNC110 - the server counts
            await asyncio.sleep(0.01)
        kept.stop.set()
        await asyncio.sleep(0.2)
        server.events.put_nowait(said(1))
        await polling

    assert kept.events == [said(1)]
    assert server.polls == 1


async def test_a_stop_before_the_start_asks_nothing() -> None:
    kept = Kept()
    kept.stop.set()
    async with speaking() as (server, speaker):
        await kept.polled(speaker)

        assert server.made == []


@pytest.mark.parametrize("answer", [refused(401), refused(401, status=401), (401, "<html>")])
@pytest.mark.parametrize("method", ["getUpdates", "deleteWebhook"])
async def test_a_refused_token_ends_the_polling(answer: Answer, method: str) -> None:
    async with speaking() as (server, speaker):
        server.script(method, answer)

        assert type(await failure(Kept().polled(speaker))) is Refused


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "a webhook is set"),
        refused(403),
        refused(404),
        refused(429),
        refused(500, status=500),
        (502, "<html>"),
        (200, "<html>"),
        (200, {"ok": False}),
    ],
    ids=str,
)
async def test_polling_outlasts_every_other_failure(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept()
    async with speaking() as (server, speaker):
        server.script("getUpdates", answer, answer)
        server.events.put_nowait(said(1))
        await kept.polled(speaker)

    assert kept.events == [said(1)]
    assert "no events" in caplog.text
    assert "SECRET" not in caplog.text


async def test_failures_are_followed_by_ever_longer_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Kept()
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(round(seconds, 2))
        await pause(seconds)

    monkeypatch.setattr("bot.channels.zalo_bot_poll.pause", noted)
    async with speaking(pause=0.01) as (server, speaker):
        server.script("getUpdates", *[refused(500)] * 7)
        server.events.put_nowait(said(1))
        await kept.polled(speaker)

    assert waits == [0.01, 0.02, 0.04, 0.08, 0.16, 0.3, 0.3]


def test_failures_within_one_wait_count_once() -> None:
    backoff = Backoff(1, 4)

    assert [backoff.failed(now) for now in (100, 100.5, 101, 103, 107, 111)] == [1, 0.5, 2, 4, 4, 4]
    assert (backoff.left(112), backoff.left(115)) == (3, 0)
    backoff.worked()
    assert backoff.left(112) == 0
    assert backoff.failed(112) == 1


async def test_a_broken_connection_is_opened_again() -> None:
    kept = Kept()
    answers = [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", b"", http_answer(said(1))]

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await request_of(reader)
        writer.write(answers.pop(0) if b"getUpdates" in asked else http_answer({"ok": True}))
        writer.close()

    async with talking(speak) as url, channel(url.removesuffix("/bot")) as speaker:
        await kept.polled(speaker)

    assert kept.events == [said(1)]


def http_answer(body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


# Gaps


async def test_a_gap_is_told_once_when_polling_works_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot_poll.GAP", 0.05)
    kept = Kept(wanted=3)
    times = iter(NOW + timedelta(minutes=minute) for minute in range(99))
    async with speaking(clock=lambda: next(times)) as (server, speaker):
        assert speaker.listened_at is None
        server.script("getUpdates", ok(said(1)), *[(502, "<html>")] * 4, ok(said(2)))
        server.events.put_nowait(said(3))
        await kept.polled(speaker)

        assert speaker.listened_at == NOW + timedelta(minutes=2)
    assert kept.events == [said(1), said(2), said(3)]
    assert kept.gaps == [NOW]


async def test_a_short_break_and_a_long_poll_are_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot_poll.GAP", 0.2)
    kept = Kept(wanted=2)
    async with speaking() as (server, speaker):
        server.script("getUpdates", ok(said(1)), (502, "<html>"))
        server.held = 5
        asyncio.get_running_loop().call_later(0.4, server.events.put_nowait, said(2))
        await kept.polled(speaker)

    assert len(kept.events) == 2
    assert kept.gaps == []


async def test_the_start_is_no_gap() -> None:
    kept = Kept()
    async with speaking() as (server, speaker):
        server.script("getUpdates", *[(502, "<html>")] * 3)
        server.events.put_nowait(said(1))
        await kept.polled(speaker)

    assert kept.gaps == []


async def test_the_gap_before_the_start_is_told_once_zalo_is_there() -> None:
    kept = Kept()
    since = NOW - timedelta(seconds=61)
    async with speaking() as (server, speaker):
        server.script("deleteWebhook", refused(500))
        server.events.put_nowait(said(1))
        async with asyncio.timeout(5):
            await speaker.poll(kept.keep, kept.stop, kept.gap, since)

    assert kept.gaps == [since]


async def test_a_short_gap_before_the_start_is_none_and_no_silence_is_either() -> None:
    for since in (None, NOW, NOW - timedelta(seconds=59), NOW + timedelta(hours=1)):
        kept = Kept()
        async with speaking() as (server, speaker):
            server.events.put_nowait(said(1))
            async with asyncio.timeout(5):
                await speaker.poll(kept.keep, kept.stop, kept.gap, since)
        assert kept.gaps == []


async def test_a_gap_goes_on_while_the_first_polls_fail() -> None:
    """Forty seconds before the start and thirty after it are one gap, told from where it began."""
    kept = Kept()
    since, clock = NOW - timedelta(seconds=40), [NOW]
    async with speaking(clock=lambda: clock[0]) as (server, speaker):
        loop = asyncio.get_running_loop()
        time, behind = loop.time, [0.0]
        loop.time = lambda: time() + behind[0]  # type: ignore[method-assign]
        try:
            server.script("getUpdates", *[(502, "<html>")] * 2)
            polling = asyncio.create_task(speaker.poll(kept.keep, kept.stop, kept.gap, since))
            while not server.of("getUpdates"):  # noqa: ASYNC110 - the server counts
                await asyncio.sleep(0.001)
            behind[0] = 30
            server.events.put_nowait(said(1))
            async with asyncio.timeout(5):
                await polling
        finally:
            loop.time = time  # type: ignore[method-assign]

    assert kept.gaps == [since]


async def test_a_gap_that_cannot_be_dealt_with_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot_poll.GAP", -1.0)
    kept = Kept(wanted=3)

    async def gap(since: datetime) -> None:
        raise LookupError("Út")

    async with speaking() as (server, speaker):
        for number in range(3):
            server.events.put_nowait(said(number))
        async with asyncio.timeout(5):
            await speaker.poll(kept.keep, kept.stop, gap)

    assert len(kept.events) == 3
    assert "a gap could not be dealt with (LookupError)" in caplog.text
    assert "Út" not in caplog.text
