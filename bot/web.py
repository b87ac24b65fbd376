"""The web server: the webhooks, the files behind links, and whether all is well."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from storage import schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.database import Database

    Handler = Callable[[web.Request], Awaitable[web.Response]]

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # bytes; what platforms post is a few thousand
# A database that takes longer than this many seconds to read one row is not well.
PATIENCE = 5.0


class Health:
    """Whether the database can be read and has the schema this program was written for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest = schema.newest()

    async def tell(self, _: web.Request) -> web.Response:
        """200 where all is well, else 503; the body says which part is not."""
        try:
            async with asyncio.timeout(PATIENCE):
                current = await self._database.read(schema.current)
        except Exception as error:  # whatever it is, it is the answer
            log.warning("the database cannot be read (%s)", type(error).__name__)
            return _health(503, database="unreachable", schema="unknown")
        if current != self._newest:
            return _health(503, database="ok", schema="migration pending")
        return _health(200, database="ok", schema="ok")


def _health(status: int, **parts: str) -> web.Response:
    return web.json_response(parts, status=status, headers={"Cache-Control": "no-store"})


class Web:
    """The server. Port 0 takes a free one; `port` is where it listens once it has started."""

    def __init__(self, host: str, port: int, database: Database) -> None:
        self._host = host
        self.port = port
        self._app = web.Application(client_max_size=LARGEST)
        self._app.router.add_get("/healthz", Health(database).tell)
        self._runner: web.AppRunner | None = None

    def add_hook(self, url: str, take: Handler) -> None:
        """Take what is posted to the path of the address that a platform is told."""
        self._app.router.add_post(urlsplit(url).path or "/", take)

    def add_page(self, route: str, serve: Handler) -> None:
        """Serve what is asked for at a route, like `/tep/{token}/{name}`."""
        self._app.router.add_get(route, serve)

    async def start(self) -> None:
        """Listen; raises OSError where the port cannot be had."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=10)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Take no more; return when open requests are answered."""
        if self._runner:
            await self._runner.cleanup()
