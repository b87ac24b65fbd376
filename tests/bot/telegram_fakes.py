"""Two stand-ins for Telegram: one without network below PTB, one small server behind a socket."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web
from telegram.request import BaseRequest, RequestData

from tests.bot.served import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

TOKEN = "42:SECRET"
SENT = 1795395600  # 2026-11-23T01:00:00Z

Answer = tuple[int, Any]


def ok(result: Any) -> Answer:
    return 200, {"ok": True, "result": result}


def refused(status: int, description: str, **parameters: Any) -> Answer:
    answer = {"ok": False, "error_code": status, "description": description}
    return status, {**answer, **({"parameters": parameters} if parameters else {})}


def sent(chat_id: Any, number: int = 1, **more: Any) -> Answer:
    chat = {"id": int(chat_id), "type": "private", "first_name": "Lan"}
    return ok({"message_id": number, "date": SENT, "chat": chat, "text": "…", **more})


def usual(method: str, parameters: dict[str, Any]) -> Answer:
    """What Telegram answers when nothing is wrong."""
    if method == "getMe":
        return ok({"id": 42, "is_bot": True, "first_name": "Bot", "username": "TapHuanBot"})
    if method == "getUpdates":
        return ok([])
    if method == "editMessageText":
        return sent(parameters["chat_id"], edit_date=SENT + 30)
    if method.startswith("send") and method != "sendChatAction":
        return sent(parameters["chat_id"])
    return ok(result=True)


class Calls:
    """What was asked of Telegram, and what it is told to answer, by method, first come first."""

    def __init__(self) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.scripted: dict[str, list[Answer | Exception]] = {}

    def script(self, method: str, *answers: Answer | Exception) -> None:
        self.scripted.setdefault(method, []).extend(answers)

    def answer(self, method: str, parameters: dict[str, Any]) -> Answer:
        self.made.append((method, parameters))
        scripted = self.scripted.get(method)
        answer = scripted.pop(0) if scripted else usual(method, parameters)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def of(self, method: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.made if name == method]


class Recorder(BaseRequest):
    """Takes requests from PTB and answers them without any network."""

    def __init__(self) -> None:
        self.calls = Calls()

    read_timeout = 5.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, request_data: RequestData | None = None, **_: Any
    ) -> tuple[int, bytes]:
        parameters: dict[str, Any] = {}
        if request_data:
            parameters = json.loads(json.dumps(request_data.parameters))
            for name, (filename, content, kind) in request_data.multipart_data.items():
                parameters[name] = {"name": filename, "type": kind, "content": content.decode()}
        status, answer = self.calls.answer(url.rpartition("/")[2], parameters)
        return status, json.dumps(answer).encode()


class Server:
    """A Bot API server on loopback: answers what is scripted, else as usual."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.url = ""
        self.updates: list[dict[str, Any]] = []
        self.slow: dict[str, float] = {}

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = {
            name: {"name": value.filename, "type": value.content_type, "content": value.file.read()}
            if isinstance(value, web.FileField)
            else value
            for name, value in (await request.post()).items()
        }
        status, answer = self.calls.answer(method, form)
        if method == "getUpdates" and answer == {"ok": True, "result": []}:
            answer = {"ok": True, "result": await self.waiting(form)}
        await asyncio.sleep(self.slow.get(method, 0))
        if isinstance(answer, str):
            return web.Response(status=status, text=answer)
        return web.json_response(answer, status=status)

    async def waiting(self, form: dict[str, Any]) -> list[dict[str, Any]]:
        """Long polling as Telegram does it: an offset forgets what is older."""
        offset = int(form.get("offset", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        until = asyncio.get_running_loop().time() + int(form["timeout"])
        while not self.updates and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - tests add to the list
            await asyncio.sleep(0.01)
        return list(self.updates)


@asynccontextmanager
async def serving(server: Server | None = None) -> AsyncIterator[Server]:
    server = server or Server()
    async with served(server.handle, "/bot{token}/{method}") as url:
        server.url = f"{url}/bot"
        yield server


@asynccontextmanager
async def talking(
    speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A raw TCP server, for what no HTTP server does; gives its Bot API address."""
    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"
    finally:
        server.close()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """One whole HTTP request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


async def render(recipe: str, subject: int) -> bytes:
    return f"{recipe} {subject}".encode()
