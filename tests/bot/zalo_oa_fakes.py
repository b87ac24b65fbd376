"""A stand-in for Zalo's three hosts behind one socket, and for the token store."""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.bot.served import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from handlers.message import Document

APP, OA, USER = "4291763606161179100", "2780000000000000001", "7411111111111111111"
KEY, APP_KEY = "OA-KEY-SECRET", "APP-KEY-SECRET"
ACCESS, REFRESH = "access-SECRET-0", "refresh-SECRET-0"
ARRIVED = datetime.fromisoformat("2026-11-23T01:02:03.500000+00:00")
SENT = 1795395600000  # 2026-11-23T01:00:00Z

# Status and body; a text is not JSON, None closes the connection without an answer.
Answer = tuple[int, Any] | None


def done(**data: Any) -> Answer:
    return 200, {"error": 0, "message": "Success", "data": data}


def refused(code: int, message: str = "") -> Answer:
    return 200, {"error": code, "message": message or f"lỗi của {USER} với {ACCESS}"}


def usual(path: str, number: int) -> Answer:
    """What Zalo answers when nothing is wrong."""
    match path:
        case "/v2.0/oa/upload/file":
            return done(token=f"up{number}")
        case "/v2.0/oa/upload/image":
            return done(attachment_id=f"pic{number}")
        case "/v2.0/oa/getoa":
            return done(oa_id=OA, name="Phòng Giáo dục")
        case "/message/template":
            return done(msg_id="z1", sent_time=str(SENT), sending_mode="1", quota={})
        case "/v3.0/oa/message/cs":
            return done(message_id="m9", user_id=USER, sent_time=str(SENT), quota={})
    return 404, "nothing here"


class Zalo:
    """Answers what is scripted for a path, first come first, else as usual; spends tokens."""

    def __init__(self) -> None:
        self.url = ""
        self.made: list[tuple[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.scripted: dict[str, list[Answer]] = {}
        self.slow: dict[str, float] = {}
        self.pairs = 0
        self.live = REFRESH
        self.spent: list[str] = []

    def script(self, path: str, *answers: Answer) -> None:
        self.scripted.setdefault(path, []).extend(answers)

    def of(self, path: str) -> list[Any]:
        return [body for one, body in self.made if one == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        body = await _body(request)
        self.made.append((path, body))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        scripted = self.scripted.get(path)
        if scripted:
            answer = scripted.pop(0)
        elif path == "/v4/oa/access_token":
            answer = self.grant(body)
        else:
            answer = usual(path, len(self.of(path)))
        await asyncio.sleep(self.slow.get(path, 0))
        if answer is None:
            assert request.transport
            request.transport.close()
            return web.Response()
        status, content = answer
        text = content if isinstance(content, str) else json.dumps(content)
        return web.Response(status=status, text=text)

    def grant(self, form: dict[str, str]) -> Answer:
        """A pair for the refresh token that is live, once; or for a login's code."""
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.live:
            self.spent.append(form["refresh_token"])
            return 200, {"error": -14014, "error_name": "Invalid refresh token."}
        self.pairs += 1
        self.live = f"refresh-SECRET-{self.pairs}"
        access = f"access-SECRET-{self.pairs}"
        return 200, {"access_token": access, "refresh_token": self.live, "expires_in": "90000"}


async def _body(request: web.Request) -> Any:
    if request.content_type == "application/json":
        return json.loads(await request.read())
    if request.method == "GET":
        return dict(request.query)
    return {
        name: {"name": one.filename, "type": one.content_type, "content": one.file.read().decode()}
        if isinstance(one, web.FileField)
        else one
        for name, one in (await request.post()).items()
    }


@asynccontextmanager
async def serving() -> AsyncIterator[Zalo]:
    zalo = Zalo()
    async with served(zalo.handle) as zalo.url:
        yield zalo


class Keys:
    """Tokens without a database: each renewal gives the next one, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.renewed: list[str] = []
        self.error = error

    async def access(self) -> str:
        return f"access-SECRET-{len(self.renewed)}"

    async def renew(self, spent: str) -> str:
        if self.error:
            raise self.error
        self.renewed.append(spent)
        return await self.access()


async def render(recipe: str, subject: int) -> bytes:
    if recipe == "large":
        return b"x" * (2**20 + 1)
    return f"{recipe} {subject}".encode()


def link(document: Document) -> str:
    return f"https://tap.example/tep/{document.recipe}-{document.subject}"


def mac(first: str, body: bytes, stamp: str, key: str) -> str:
    """The signature as the documents describe it."""
    return (
        "mac=" + hashlib.sha256(first.encode() + body + stamp.encode() + key.encode()).hexdigest()
    )
