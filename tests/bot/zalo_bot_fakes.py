"""A small server that stands in for Zalo's Bot Platform: it answers what it is told to."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from aiohttp import web

from bot.channels.base import SendError
from bot.channels.zalo_bot import ZaloBotChannel
from tests.bot.served import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from handlers.message import Document

TOKEN = "4212:SECRET-of_the.bot"
SENT = 1795395600456  # 2026-11-23T01:00:00.456Z
PERSON = "5a1f0c9d7e2b4468"
IDLE = {"ok": False, "error_code": 408, "description": "Request timeout"}

# An HTTP status with a JSON body, or with a page where the body is a string.
Answer = tuple[int, Any]

NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


def ok(result: Any = None) -> Answer:
    return 200, {"ok": True, "error_code": 0, "result": result}


def refused(code: int, description: str = "", *, status: int = 200) -> Answer:
    return status, {"ok": False, "error_code": code, "description": description}


def said(number: int, text: str = "L12", person: str = PERSON) -> dict[str, Any]:
    return {
        "event_name": "message.text.received",
        "message": {
            "from": {"id": person, "display_name": "Lê Thị Út", "is_bot": False},
            "chat": {"id": person, "chat_type": "PRIVATE"},
            "text": text,
            "message_id": f"e4c1d2b3a4{number:06x}",
            "date": SENT + number,
        },
    }


class Server:
    """Answers by script first, else as if nothing were wrong; an empty poll ends after `held` s."""

    def __init__(self) -> None:
        self.url = ""
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.kinds: list[str] = []
        self.scripted: dict[str, list[Answer]] = {}
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.held = 1.0
        self.polls = 0
        self.slow: dict[str, float] = {}

    def script(self, method: str, *answers: Answer) -> None:
        self.scripted.setdefault(method, []).extend(answers)

    def of(self, method: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.made if name == method]

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return web.json_response(refused(401, "Unauthorized")[1])
        self.kinds.append(f"{request.method} {request.content_type} {request.charset}")
        self.made.append((method, await request.json()))
        await asyncio.sleep(self.slow.get(method, 0))
        scripted = self.scripted.get(method)
        status, body = scripted.pop(0) if scripted else await self.usual(method)
        if isinstance(body, str):
            return web.Response(status=status, text=body)
        return web.json_response(body, status=status)

    async def usual(self, method: str) -> Answer:
        if method == "getMe":
            return ok({"id": "b0770c", "account_name": "bot.taphuan", "account_type": "BASIC"})
        if method == "getUpdates":
            return await self.poll()
        if method.startswith("send"):
            return ok({"message_id": "f00d", "date": SENT, "message_type": "CHAT_MESSAGE"})
        return ok({"url": "", "updated_at": SENT})

    async def poll(self) -> Answer:
        self.polls += 1
        try:
            async with asyncio.timeout(self.held):
                return ok(await self.events.get())
        except TimeoutError:
            return 200, IDLE


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    async with served(server.handle, "/bot{token}/{method}") as server.url:
        yield server


def link(document: Document) -> str:
    if document.recipe == "hidden":
        return ""
    name = quote(document.name)
    return f"https://taphuan.example.vn/tep/{document.recipe}-{document.subject}/{name}"


def channel(url: str, **more: Any) -> ZaloBotChannel:
    usual = {"link": link, "hold": 1, "pause": 0.01, "clock": lambda: NOW}
    return ZaloBotChannel(TOKEN, base_url=url, **{**usual, **more})


@asynccontextmanager
async def speaking(**more: Any) -> AsyncIterator[tuple[Server, ZaloBotChannel]]:
    async with serving() as server, channel(server.url, **more) as speaker:
        yield server, speaker


async def failure(call: Awaitable[Any]) -> SendError:
    """What the call raises; neither it nor its trace may show the token."""
    with pytest.raises(SendError) as caught:
        await call
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "SECRET" not in shown
    return caught.value
