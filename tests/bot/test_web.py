"""The health page over HTTP, and that nothing else is there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web as http

from bot.web import Web
from storage import schema
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def taken(_: http.Request) -> http.Response:
    return http.Response()


class Site:
    """The server, and a client that asks it."""

    def __init__(self, web: Web) -> None:
        self.url = f"http://127.0.0.1:{web.port}"

    async def get(self, path: str) -> tuple[int, Any]:
        async with aiohttp.request("GET", f"{self.url}{path}") as response:
            return response.status, await response.json(content_type=None)


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[Site]:
    web = Web("127.0.0.1", 0, database)
    web.add_hook("https://taphuan.example/hook", taken)
    await web.start()
    yield Site(web)
    await web.stop()


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with serving(database) as running:
        yield running


async def test_only_what_is_there_is_found(site: Site):
    assert (await site.get("/healthz")) == (200, {"database": "ok", "schema": "ok"})
    for path in ("/", "/hook/", "/../healthz/x"):
        async with aiohttp.request("GET", f"{site.url}{path}") as response:
            assert response.status == 404
    async with aiohttp.request("GET", f"{site.url}/hook") as response:
        assert response.status == 405


async def test_a_pending_migration_and_a_lost_database_are_not_well(
    tmp_path: Path,
):
    async with (
        Database.open(f"sqlite:///{tmp_path / 'new.db'}") as database,
        serving(database) as site,
    ):
        assert (await site.get("/healthz"))[0] == 503
        await database.turn(schema.upgrade)
        assert (await site.get("/healthz"))[0] == 200
    async with (
        Database.open(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}") as database,
        serving(database) as site,
    ):
        assert (await site.get("/healthz")) == (
            503,
            {"database": "unreachable", "schema": "unknown"},
        )
