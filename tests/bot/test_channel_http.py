from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.client_proto import ResponseHandler

from bot.channels.http import LARGEST, AnswerLost, Http, NotSent
from tests.bot.served import impatient
from tests.bot.telegram_fakes import request_of, talking

if TYPE_CHECKING:
    from collections.abc import Awaitable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
SECRET = {"access_token": "SECRET"}


async def failure(call: Awaitable[Any]) -> NotSent | AnswerLost:
    """What the call raises; neither it nor its trace may show what was asked."""
    with pytest.raises((NotSent, AnswerLost)) as caught:
        await call
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "SECRET" not in shown
    return caught.value


async def test_each_form_of_a_request_arrives_whole() -> None:
    got: list[tuple[str, bytes]] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(4):
            head, _, body = (await request_of(reader)).partition(b"\r\n\r\n")
            got.append((head.decode(), body))
            writer.write(OK)
        writer.close()

    async with talking(speak) as url, Http() as pool:
        assert await pool.get(url, {"data": '{"a":"ế"}'}, headers=SECRET) == (200, b"{}")
        await pool.post(url, {"a": "ế🌷"}, headers=SECRET)
        await pool.post_form(url, {"code": "a b&c"})
        await pool.post_file(url, b"\0\xff\r\n--", name="lịch L12.pdf", kind="application/pdf")

    assert got[0][0].startswith("GET /bot?data=%7B%22a%22:%22%E1%BA%BF%22%7D HTTP/1.1")
    assert "access_token: SECRET" in got[0][0]
    assert "access_token: SECRET" in got[1][0]
    assert json.loads(got[1][1]) == {"a": "ế🌷"}
    assert got[2][1] == b"code=a+b%26c"
    assert 'filename="lịch L12.pdf"'.encode() in got[3][1]
    assert b"\r\n\r\n\0\xff\r\n--\r\n" in got[3][1]


async def test_every_status_is_handed_on_and_no_redirect_followed() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1\r\n\r\n?")
        writer.close()

    async with talking(speak) as url, Http() as pool:
        assert await pool.post(url, {}) == (302, b"?")


async def test_what_cannot_be_written_is_not_sent() -> None:
    async with Http() as pool:
        for call in (
            pool.post("http://127.0.0.1:9", {"text": "half \ud83d"}),
            pool.post_form("http://127.0.0.1:9", {"text": "half \ud83d"}),
        ):
            with pytest.raises(ValueError, match="surrogates"):
                await call


async def test_a_closed_door_means_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/SECRET"
    async with Http() as pool:
        for url in (closed, "http:///SECRET", "SECRET"):
            assert isinstance(await failure(pool.post(url, {}, headers=SECRET)), NotSent)
            assert isinstance(await failure(pool.get(url, headers=SECRET)), NotSent)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
async def test_a_broken_answer_is_lost_and_nothing_is_repeated(answer: bytes) -> None:
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await request_of(reader)
        asked += 1
        writer.write(answer)
        writer.close()

    async with talking(speak) as url, Http() as pool:
        assert isinstance(await failure(pool.post(url + "/SECRET", {})), AnswerLost)
        assert asked == 1
        # Asking changes nothing, so it may be repeated and was never "sent".
        assert isinstance(await failure(pool.get(url + "/SECRET")), NotSent)


async def test_no_answer_in_time_is_lost() -> None:
    ended = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        await reader.read()  # until the other end gives up
        writer.close()
        ended.set()

    async with talking(speak) as url, Http() as pool:
        assert isinstance(await failure(pool.post(url, {}, read=0.05)), AnswerLost)
        await ended.wait()


async def test_an_answer_that_drips_in_has_an_end() -> None:
    ended = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        while not reader.at_eof():
            writer.write(b"x")
            await asyncio.sleep(0.03)
        writer.close()
        ended.set()

    async with talking(speak) as url, Http(connect=0.05, read=0.1) as pool:
        assert isinstance(await failure(pool.post(url, {})), AnswerLost)
        await ended.wait()


async def test_no_free_connection_in_time_means_nothing_was_sent() -> None:
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await request_of(reader)
        asked += 1
        await asyncio.sleep(0.4)
        writer.write(OK)
        writer.close()

    async with talking(speak) as url, Http(connections=1, connect=0.05) as pool:
        first = asyncio.create_task(pool.post(url, {}))
        await asyncio.sleep(0.05)
        assert isinstance(await failure(pool.post(url, {})), NotSent)
        assert await first == (200, b"{}")
    assert asked == 1


async def test_a_connection_closed_while_we_were_busy_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.channels.http.IDLE", 0.05)
    with impatient(OK, 3) as url:
        async with Http() as pool:
            for _ in range(3):
                assert await pool.post(url, {})
                time.sleep(0.15)  # noqa: ASYNC251 - the loop is to be kept busy


async def test_what_was_never_written_is_sent_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []
    got: list[bytes] = []
    connected = ResponseHandler.is_connected

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                got.append((await request_of(reader)).partition(b"\r\n\r\n")[2])
                writer.write(OK)
        except asyncio.IncompleteReadError:
            writer.close()

    def closing(handler: ResponseHandler) -> bool:
        """The first connection to be reused closes between the check and the write."""
        if connected(handler) and not looks:
            looks.append(True)
            assert handler.transport is not None
            handler.transport.close()
            return True
        return connected(handler)

    async with talking(speak) as url, Http() as pool:
        await pool.post(url, {"n": 1})
        monkeypatch.setattr(ResponseHandler, "is_connected", closing)
        await pool.post(url, {"n": 2})

    assert looks
    assert got == [b'{"n":1}', b'{"n":2}']


async def test_what_was_written_is_never_sent_again() -> None:
    asked = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await request_of(reader)
        writer.write(OK)
        await request_of(reader)
        asked += 1
        writer.close()

    async with talking(speak) as url, Http() as pool:
        await pool.post(url, {})
        assert isinstance(await failure(pool.post(url, {})), AnswerLost)
    assert asked == 1


async def test_closed_connections_say_so() -> None:
    pool = Http()
    await pool.__aexit__(None, None, None)
    with pytest.raises(RuntimeError, match="before they were opened"):
        await pool.get("http://127.0.0.1:9")


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_without_end_is_not_taken_in(packed: bool) -> None:
    written = 0
    ended = asyncio.Event()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
    piece = bytes(2**20)
    if packed:
        head += b"Content-Encoding: gzip\r\n"
        piece = gzip.compress(bytes(2**26))

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        asked = await request_of(reader)
        assert b"Accept-Encoding: identity\r\n" in asked
        written = 0
        writer.write(head + b"\r\n")
        try:
            for _ in range(64):
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await writer.drain()
                written += len(piece)
            ended.set()
        except ConnectionError:
            pass
        writer.close()

    async with talking(speak) as url, Http() as pool:
        assert isinstance(await failure(pool.post(url, {})), AnswerLost)
        assert isinstance(await failure(pool.get(url)), NotSent)
    assert not ended.is_set()


async def test_a_large_answer_is_taken_in_whole() -> None:
    body = b"x" * (LARGEST - 1)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with talking(speak) as url, Http() as pool:
        assert await pool.post(url, {}) == (200, body)
