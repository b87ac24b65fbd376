"""What stands before several processes: posts go to one that takes them, and 200s are noted."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tests.soak.process import Process

HOP = ("Host", "Content-Length", "Transfer-Encoding", "Connection")


class Gate:
    """Forwards each post to a process by chance; to another one where nobody listens.

    As a proxy would: what broke after it was sent is not sent again, it is answered 502. `taken`
    counts the 200s by the message's id.
    """

    def __init__(self, rng: random.Random) -> None:
        self.processes: Sequence[Process] = ()
        self.taken: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.url = ""
        self._rng = rng
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.take)
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner
        assert self._session
        await self._runner.cleanup()
        await self._session.close()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name not in HOP}
        status = 502
        for process in self._rng.sample(list(self.processes), len(self.processes)):
            try:
                status = await self.post(process, request.path, body, headers)
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, OSError):
                pass
            break
        self.statuses[status] += 1
        if status == 200:
            self.taken[message_id(json.loads(body))] += 1
        return web.Response(status=status)

    async def post(self, process: Process, path: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of one post to one of the processes."""
        assert self._session
        url = f"http://127.0.0.1:{process.port}{path}"
        async with self._session.post(url, data=body, headers=headers) as answer:
            return answer.status


def message_id(event: Any) -> str:
    """The id of a message of either of Zalo's platforms, "" where there is none."""
    message = event.get("result", event).get("message", {})
    return str(message.get("msg_id") or message.get("message_id") or "")
