"""What a client of the Zalo Bot Platform sends, by plain requests, and an ear for its webhooks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

if TYPE_CHECKING:
    from bot.simulator import Simulator

SECRET = "bi-mat-cua-bot"


class Client:
    """Calls methods with JSON, and returns what the platform said, as it said it."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.base = f"{simulator.zalo_bot_url}/bot{simulator.zalo_token}"
        self.session = ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def call(self, method: str, /, **parameters: Any) -> dict[str, Any]:
        """The envelope; the HTTP status must be 200."""
        async with self.session.post(f"{self.base}/{method}", json=parameters) as answer:
            assert answer.status == 200
            return await answer.json()

    async def refused(self, method: str, /, **parameters: Any) -> tuple[int, str]:
        """The code and the sentence of a refusal."""
        said = await self.call(method, **parameters)
        assert said.keys() == {"ok", "error_code", "description"}
        assert said["ok"] is False
        return said["error_code"], said["description"]

    async def result(self, method: str, /, **parameters: Any) -> Any:
        """The result of a call that is taken."""
        said = await self.call(method, **parameters)
        assert said.keys() == {"ok", "result"}, said
        assert said["ok"] is True
        return said["result"]

    async def polled(self, seconds: float = 0) -> str:
        """The text of the next event, "" where there is none."""
        said = await self.call("getUpdates", timeout=seconds)
        return said["result"]["message"]["text"] if said["ok"] else ""


class Ear:
    """A program that listens: what was brought to it, and what it is to answer next."""

    def __init__(self, *answers: int) -> None:
        self.brought: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.answers = list(answers)
        self.pause = 0.0
        self._news = asyncio.Event()
        app = web.Application()
        app.router.add_post("/zalo-bot", self.hear)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/zalo-bot"))

    async def hear(self, request: web.Request) -> web.Response:
        self.brought.append((await request.json(), dict(request.headers)))
        self._news.set()
        await asyncio.sleep(self.pause)
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def hears(self, count: int) -> list[dict[str, Any]]:
        """The bodies, once there are so many beside the empty one of a verification."""
        async with asyncio.timeout(5):
            while len(found := [body for body, _ in self.brought if body]) < count:
                self._news.clear()
                await self._news.wait()
        return found
