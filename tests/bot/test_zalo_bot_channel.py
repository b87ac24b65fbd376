from __future__ import annotations

import asyncio
import logging
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.base import (
    Refused,
    Rejected,
    SendError,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.channels.zalo_bot import ZaloBotChannel
from handlers.message import Document, Kind, Message, Reply
from tests.bot.telegram_fakes import request_of, talking
from tests.bot.zalo_bot_fakes import (
    NOW,
    PERSON,
    SENT,
    TOKEN,
    channel,
    failure,
    link,
    ok,
    refused,
    serving,
    speaking,
)

if TYPE_CHECKING:
    from tests.bot.zalo_bot_fakes import Answer

LONG = Reply("a" * 2500)


def word(at: datetime) -> Message:
    return Message("zalo_bot", PERSON, "e4", Kind.TEXT, at, text="L12")


# Speaking


async def test_it_is_seen_from_the_moment_that_zalo_stamps() -> None:
    async with speaking() as (server, speaker):
        spoken = await speaker.speak(PERSON, Reply("Vâng."))

        assert spoken.at == datetime(2026, 11, 23, 1, 0, 0, 456000, UTC)
        assert (spoken.messages, spoken.cost) == (1, 0)
        assert server.of("sendMessage") == [{"chat_id": PERSON, "text": "Vâng."}]


async def test_the_last_part_counts_as_seen() -> None:
    async with speaking() as (server, speaker):
        server.script("sendMessage", ok({"date": SENT}), ok({"date": SENT + 1000}))

        spoken = await speaker.speak(PERSON, LONG)

        assert spoken.at == datetime(2026, 11, 23, 1, 0, 1, 456000, UTC)
        assert spoken.messages == 2


@pytest.mark.parametrize("result", [None, {}, [], "x", {"date": "x"}, {"date": 1795395600}])
async def test_without_a_stamp_no_later_word_counts_as_written_before(result: Any) -> None:
    asked = datetime(2026, 11, 23, 0, 59, tzinfo=UTC)
    async with speaking() as (server, speaker):
        server.script("sendMessage", ok(result), ok(result))

        assert (await speaker.speak(PERSON, Reply("?"), to=word(asked))).at == asked
        assert (await speaker.speak(PERSON, Reply("?"))).at == NOW


async def test_a_document_without_a_public_address_is_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reply = Reply("Lịch của Út:", document=Document("hidden", 12, "Út.ics"))
    async with speaking() as (_, speaker):
        with caplog.at_level(logging.INFO):
            await speaker.speak(PERSON, reply)

    assert "no public address for hidden 12" in caplog.text
    assert "Út" not in caplog.text


async def test_settling_asks_nothing() -> None:
    async with speaking() as (server, speaker):
        await speaker.settle(word(NOW))

        assert server.made == []


async def test_words_no_request_can_hold_are_rejected_before_they_are_sent() -> None:
    async with speaking() as (server, speaker):
        assert isinstance(await failure(speaker.speak(PERSON, Reply("half \ud83d"))), Rejected)
        assert server.made == []


# The table of errors, in both habits: the status is 200 throughout, or it repeats the code.

TABLE: list[tuple[int, str, type[SendError], int]] = [
    (400, "The chat_id must not be empty", Unreachable, 1),
    (400, "Bad Request: chat not found", Unreachable, 1),
    (400, "The text must not be empty", Rejected, 1),
    (400, "The photo URL is invalid", Rejected, 1),
    (401, "Unauthorized", Refused, 1),
    (403, "Internal server error", TryLater, 3),
    (404, "Not Found", Rejected, 1),
    (408, "Request timeout", Uncertain, 1),
    (425, "Invalid sticker", Rejected, 1),
    (426, "Webhook test quota", Rejected, 1),
    (429, "Quota exceeded", TryLater, 1),
    (500, "Oops", TryLater, 1),
    (502, "Oops", TryLater, 1),
    (503, "", TryLater, 1),
]


@pytest.mark.parametrize("habit", ["200", "status"])
@pytest.mark.parametrize(("code", "description", "kind", "asked"), TABLE)
async def test_each_row_of_the_table(
    habit: str, code: int, description: str, kind: type[SendError], asked: int
) -> None:
    async with speaking() as (server, speaker):
        status = 200 if habit == "200" else code
        server.script("sendMessage", *[refused(code, description, status=status)] * 3)

        error = await failure(speaker.speak(PERSON, Reply("Vâng.")))

        assert type(error) is kind
        assert len(server.of("sendMessage")) == asked


PAGES: list[tuple[Answer, type[SendError]]] = [
    ((200, "<html>"), Uncertain),
    ((200, ""), Uncertain),
    ((200, None), Uncertain),
    ((200, []), Uncertain),
    ((200, {}), Uncertain),
    ((200, "[" * 100_000), Uncertain),
    ((200, {"result": {"message_id": "f"}}), Uncertain),
    ((200, {"ok": False}), TryLater),
    ((200, {"ok": "true", "result": {}}), TryLater),
    ((200, {"ok": 1, "result": {}}), TryLater),
    ((200, {"ok": False, "errorCode": 401}), Refused),
    ((200, {"ok": False, "error_code": 0, "errorCode": 404}), Rejected),
    ((200, {"ok": False, "error_code": "401"}), Refused),
    ((200, {"error_code": 400, "description": 7}), Rejected),
    ((404, {"ok": False, "error_code": 0}), Rejected),
    ((404, {"message": "no Route matched"}), TryLater),
    ((302, "moved"), TryLater),
    ((400, "<html>bad request"), TryLater),
    ((401, "<html>"), Refused),
    ((404, "<html>"), TryLater),
    ((408, "<html>"), Uncertain),
    ((429, "<html>"), TryLater),
    ((500, "<html>"), TryLater),
    ((502, "<html>"), Uncertain),
    ((503, "<html>"), TryLater),
    ((504, "<html>"), Uncertain),
]


@pytest.mark.parametrize(("answer", "kind"), PAGES, ids=str)
async def test_an_answer_in_another_form(answer: Answer, kind: type[SendError]) -> None:
    async with speaking() as (server, speaker):
        server.script("sendMessage", answer)

        assert type(await failure(speaker.speak(PERSON, Reply("Vâng.")))) is kind


async def test_an_internal_error_that_passes_is_not_heard_of() -> None:
    async with speaking() as (server, speaker):
        server.script("sendMessage", refused(403), refused(403, status=403))

        assert (await speaker.speak(PERSON, Reply("Vâng."))).messages == 1
        assert len(server.of("sendMessage")) == 3


async def test_a_second_refusal_in_a_row_is_taken_for_a_block() -> None:
    no = refused(400, "Bad Request")
    async with speaking() as (server, speaker):
        server.script("sendMessage", no, ok({"date": SENT}), no, no)

        assert type(await failure(speaker.speak(PERSON, Reply("1")))) is Rejected
        await speaker.speak(PERSON, Reply("2"))
        assert type(await failure(speaker.speak(PERSON, Reply("3")))) is Rejected
        assert type(await failure(speaker.speak(PERSON, Reply("4")))) is Unreachable


async def test_a_refusal_of_one_chat_is_none_of_another() -> None:
    async with speaking() as (server, speaker):
        server.script("sendMessage", *[refused(400, "Bad Request")] * 2)

        assert type(await failure(speaker.speak("a", Reply("1")))) is Rejected
        assert type(await failure(speaker.speak("b", Reply("1")))) is Rejected


async def test_only_so_many_refusals_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot.DOUBTED", 1)
    async with speaking() as (server, speaker):
        server.script("sendMessage", *[refused(400, "Bad Request")] * 4)

        kinds = [type(await failure(speaker.speak(who, Reply("1")))) for who in "abab"]

        assert kinds == [Rejected] * 4


async def test_too_many_messages_are_followed_by_ever_longer_waits() -> None:
    async with speaking(pause=0.05) as (server, speaker):
        server.script("sendMessage", *[refused(429)] * 3)
        waits: list[timedelta] = []
        for _ in range(3):
            error = await failure(speaker.speak(PERSON, Reply("1")))
            assert isinstance(error, TryLater)
            assert error.after
            waits.append(error.after)
            await asyncio.sleep(error.after.total_seconds())

        assert [round(wait.total_seconds(), 3) for wait in waits] == [0.05, 0.1, 0.2]
        assert (await speaker.speak(PERSON, Reply("1"))).messages == 1


async def test_what_one_chat_may_not_hear_keeps_no_other_waiting() -> None:
    async with speaking(pause=5) as (server, speaker):
        server.script("sendMessage", refused(429, "users of this bot"))
        assert type(await failure(speaker.speak("the 51st", Reply("1")))) is TryLater

        assert (await speaker.speak(PERSON, Reply("1"))).messages == 1


async def test_refusals_at_the_same_time_count_once() -> None:
    async with speaking(pause=5) as (server, speaker):
        server.slow["sendMessage"] = 0.05
        server.script("sendMessage", *[refused(429)] * 8)

        errors = await asyncio.gather(
            *(failure(speaker.speak(str(number), Reply("1"))) for number in range(8))
        )

        assert len(server.made) == 8
        assert all(
            isinstance(error, TryLater) and error.after and error.after <= timedelta(seconds=5)
            for error in errors
        )


@pytest.mark.parametrize("code", [403, 429, 500])
async def test_a_rest_that_may_come_later_is_uncertain(code: int) -> None:
    async with speaking() as (server, speaker):
        server.script("sendMessage", ok({"date": SENT}), *[refused(code)] * 3)

        assert type(await failure(speaker.speak(PERSON, LONG))) is Uncertain


@pytest.mark.parametrize(("code", "kind"), [(400, Rejected), (401, Refused), (408, Uncertain)])
async def test_a_rest_that_never_comes_says_why(code: int, kind: type[SendError]) -> None:
    async with speaking() as (server, speaker):
        server.script("sendMessage", ok({"date": SENT}), refused(code))

        assert type(await failure(speaker.speak(PERSON, LONG))) is kind


async def test_a_closed_door_means_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for address in (url, "http://", "nonsense", "http://name.invalid"):
        async with channel(address) as speaker:
            assert type(await failure(speaker.speak(PERSON, Reply("1")))) is TryLater


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"])
async def test_a_broken_answer_may_have_been_sent(answer: bytes) -> None:
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await request_of(reader)
        asked += 1
        writer.write(answer)
        writer.close()

    async with talking(speak) as url, channel(url.removesuffix("/bot")) as speaker:
        assert type(await failure(speaker.speak(PERSON, Reply("1")))) is Uncertain
    assert asked == 1


async def test_no_answer_in_time_may_have_been_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with speaking() as (server, speaker):
        monkeypatch.setattr(speaker._http, "_read", 0.05)
        server.slow["sendMessage"] = 0.5

        assert type(await failure(speaker.speak(PERSON, Reply("1")))) is Uncertain


async def test_what_the_platform_says_does_not_show_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    quoted = refused(400, f"no such path /bot{TOKEN}/sendMessage" + "x" * 500)
    async with speaking() as (server, speaker):
        server.script("sendMessage", quoted)
        with caplog.at_level(logging.DEBUG):
            error = await failure(speaker.speak(PERSON, Reply("1")))

    assert "***" in str(error)
    assert len(str(error)) < 300
    assert "SECRET" not in caplog.text


# Who we are, and the webhook


async def test_the_bot_has_a_name() -> None:
    async with speaking() as (server, speaker):
        assert await speaker.identify() == "bot.taphuan"
        server.script("getMe", refused(401), (200, "<html>"), refused(500))
        assert type(await failure(speaker.identify())) is Refused
        assert type(await failure(speaker.identify())) is Uncertain
        assert type(await failure(speaker.identify())) is TryLater


async def test_a_wrong_token_is_refused() -> None:
    async with serving() as server, ZaloBotChannel("1:x", link=link, base_url=server.url) as wrong:
        assert type(await failure(wrong.identify())) is Refused
    with pytest.raises(Refused):
        ZaloBotChannel(" ", link=link)


async def test_a_webhook_is_set_with_its_secret(caplog: pytest.LogCaptureFixture) -> None:
    verification = {"ok": False, "url": "https://a.vn", "outcome": "webhook.http.403"}
    async with speaking() as (server, speaker):
        await speaker.set_webhook("https://a.vn/zalo-bot", "tám ký tự")
        assert caplog.text == ""
        server.script("setWebhook", ok({"url": "https://a.vn", "verification": verification}))
        await speaker.set_webhook("https://a.vn/zalo-bot", "tám ký tự")
        server.script("setWebhook", refused(400, "The url is invalid"))
        assert type(await failure(speaker.set_webhook("http://localhost", "x"))) is Rejected

        asked = {"url": "https://a.vn/zalo-bot", "secret_token": "tám ký tự"}
        assert server.of("setWebhook")[0] == asked
        assert "webhook.http.403" in caplog.text


async def test_a_clean_bot_has_no_webhook() -> None:
    async with speaking() as (server, speaker):
        server.script(
            "getWebhookInfo",
            refused(404, "Not Found"),
            ok({"url": "", "updated_at": SENT}),
            ok({"url": "https://a.vn/zalo-bot"}),
            refused(401),
        )
        assert [await speaker.webhook() for _ in range(3)] == ["", "", "https://a.vn/zalo-bot"]
        assert type(await failure(speaker.webhook())) is Refused
