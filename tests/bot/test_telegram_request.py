from __future__ import annotations

import asyncio
import socket
import time
import traceback
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
import telegram
from aiohttp.client_proto import ResponseHandler
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.channels.telegram_request import AiohttpRequest, AnswerLost, NotSent, NotSentInTime
from tests.bot.served import impatient
from tests.bot.telegram_fakes import TOKEN, Server, request_of, serving, talking

if TYPE_CHECKING:
    from collections.abc import Awaitable

GET_ME = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 73\r\n\r\n"
    b'{"ok":true,"result":{"id":42,"is_bot":true,"first_name":"B","username":"b"}}'
).replace(b"73", b"76")


def bot(url: str, request: AiohttpRequest) -> telegram.Bot:
    return telegram.Bot(TOKEN, base_url=url, request=request, get_updates_request=request)


async def failure(call: Awaitable[Any]) -> TelegramError:
    """What the call raises; neither it nor its trace may show the token."""
    with pytest.raises(TelegramError) as caught:
        await call
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "SECRET" not in shown
    return caught.value


async def test_words_arrive_as_they_were_sent() -> None:
    text = unicodedata.normalize("NFD", "Trường Mầm non Đắk Búk So & H'Mai+Byă = 100%\n😀")
    async with serving() as server, AiohttpRequest() as request:
        await bot(server.url, request).send_message(7, text)

        assert server.calls.of("sendMessage") == [{"chat_id": "7", "text": text}]


@pytest.mark.parametrize("name", ["lịch L12.ics", 'Sơ "cứu".pdf', "H'Mông 100%.xlsx"])
async def test_a_file_name_arrives_whole(name: str) -> None:
    async with serving() as server, AiohttpRequest() as request:
        await bot(server.url, request).send_document(7, b"\0\xff\r\n--", filename=name, caption="ế")

        sent = server.calls.of("sendDocument")[0]
        assert sent["document"]["name"] == name
        assert sent["document"]["content"] == b"\0\xff\r\n--"
        assert (sent["chat_id"], sent["caption"]) == ("7", "ế")


async def test_a_large_file_arrives_whole() -> None:
    content = bytes(range(256)) * 2**13
    async with serving() as server, AiohttpRequest() as request:
        await bot(server.url, request).send_document(7, content, filename="a.pdf")

        assert server.calls.of("sendDocument")[0]["document"]["content"] == content


async def test_what_no_request_can_hold_is_refused_before_it_is_sent() -> None:
    async with serving() as server, AiohttpRequest() as request:
        for call in (
            bot(server.url, request).send_message(7, "half \ud83d"),
            bot(server.url, request).send_document(7, b"x", filename="a\r\nb"),
        ):
            assert isinstance(await failure(call), telegram.error.BadRequest)
        assert server.calls.made == []


async def test_a_closed_door_means_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/bot"
    async with AiohttpRequest() as request:
        assert isinstance(await failure(bot(url, request).get_me()), NotSent)
        assert isinstance(await failure(bot("http:///bot", request).get_me()), NotSent)


async def test_no_answer_in_time_may_have_been_sent() -> None:
    async with serving() as server, AiohttpRequest(read=0.05) as request:
        server.slow["getMe"] = 0.5
        error = await failure(bot(server.url, request).get_me())

        assert isinstance(error, TimedOut)
        assert not isinstance(error, NotSent)


async def test_a_call_may_bring_its_own_patience() -> None:
    async with serving() as server, AiohttpRequest(read=0.05) as request:
        server.slow["getMe"] = 0.2

        assert await bot(server.url, request).get_me(read_timeout=5)
        assert await bot(server.url, request).get_me(read_timeout=None)


async def test_no_free_connection_in_time_means_nothing_was_sent() -> None:
    async with serving() as server, AiohttpRequest(connections=1, connect=0.05) as request:
        server.slow["getMe"] = 0.5
        first = asyncio.create_task(bot(server.url, request).get_me())
        await asyncio.sleep(0.05)

        assert isinstance(await failure(bot(server.url, request).get_me()), NotSentInTime)
        assert await first
        assert len(server.calls.made) == 1


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"])
async def test_a_broken_answer_may_have_been_sent(answer: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(answer)
        writer.close()

    async with talking(speak) as url, AiohttpRequest() as request:
        assert isinstance(await failure(bot(url, request).get_me()), AnswerLost)


async def test_a_connection_closed_while_we_were_busy_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.telegram_request.IDLE", 0.05)
    with impatient(GET_ME, 3) as url:
        async with AiohttpRequest() as request:
            for _ in range(3):
                assert await bot(f"{url}/bot", request).get_me()
                time.sleep(0.15)  # noqa: ASYNC251 - the loop is to be kept busy


async def test_what_was_never_written_is_sent_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []
    connected = ResponseHandler.is_connected

    def closing(handler: ResponseHandler) -> bool:
        """The first connection to be reused closes between the check and the write."""
        if connected(handler) and not looks:
            looks.append(True)
            assert handler.transport is not None
            handler.transport.close()
            return True
        return connected(handler)

    async with serving() as server, AiohttpRequest() as request:
        await bot(server.url, request).get_me()
        monkeypatch.setattr(ResponseHandler, "is_connected", closing)
        await bot(server.url, request).send_message(7, "một lần")

        assert looks
        assert len(server.calls.of("sendMessage")) == 1


async def test_what_was_written_is_never_sent_again() -> None:
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await request_of(reader)
        writer.write(GET_ME)
        await request_of(reader)
        asked += 1
        writer.close()

    async with talking(speak) as url, AiohttpRequest() as request:
        await bot(url, request).get_me()
        error = await failure(bot(url, request).send_message(7, "một lần"))
    assert isinstance(error, AnswerLost)
    assert asked == 1


async def test_a_proxy_is_asked_for_the_whole_address() -> None:
    heard: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await request_of(reader))
        writer.write(GET_ME)
        writer.close()

    async with talking(speak) as url, AiohttpRequest(proxy=url.removesuffix("/bot")) as request:
        assert await bot("http://api.invalid/bot", request).get_me()
    assert heard[0].startswith(b"POST http://api.invalid/bot42")


async def test_a_proxy_that_refuses_means_nothing_was_sent() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with talking(speak) as url, AiohttpRequest(proxy=url.removesuffix("/bot")) as request:
        error = await failure(bot("https://api.invalid/bot", request).get_me())
    assert isinstance(error, NotSent)


def test_a_proxy_of_another_kind_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="http://"):
        AiohttpRequest(proxy="socks5://127.0.0.1:1080")


async def test_an_error_page_is_not_quoted() -> None:
    async with serving() as server, AiohttpRequest() as request:
        server.calls.script("getMe", (502, "<h1>/bot42:SECRET/getMe</h1>"), (302, "/bot42:SECRET"))

        assert str(await failure(bot(server.url, request).get_me())) == "Bad Gateway (502)"
        assert type(await failure(bot(server.url, request).get_me())) is NetworkError


@pytest.mark.parametrize("answer", ["<html>", [], "{"])
async def test_an_unreadable_answer_is_neither_quoted_nor_logged(
    answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as server, AiohttpRequest() as request:
        server.calls.script("getMe", (200, answer))

        assert str(await failure(bot(server.url, request).get_me())) == "Invalid server response"
        assert caplog.text == ""


async def test_it_opens_and_closes_twice_without_harm() -> None:
    request = AiohttpRequest()
    await request.shutdown()
    async with serving(Server()) as server, request:
        await request.initialize()
        assert await bot(server.url, request).get_me()
    await request.shutdown()
    with pytest.raises(NetworkError, match="before it was opened or after it was closed"):
        await bot(server.url, request).get_me()
