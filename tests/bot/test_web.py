"""The webhook and the health page over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.channels.telegram import TelegramChannel
from bot.inbox import Inbox
from bot.simulator import Fault, Simulator, Trouble
from bot.web import LARGEST, SECRET, Hook, Web
from storage import schema
from storage.database import Database
from tests.bot.running import SECRET as OURS
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Site:
    """The server, and a client that posts to it."""

    def __init__(self, web: Web, inbox: Inbox, client: aiohttp.ClientSession) -> None:
        self.inbox = inbox
        self.url = f"http://127.0.0.1:{web.port}"
        self._client = client

    async def post(self, body: bytes | dict[str, Any], secret: str | None = OURS) -> int:
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {SECRET: secret} if secret is not None else {}
        async with self._client.post(f"{self.url}/hook", data=data, headers=headers) as response:
            return response.status

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._client.get(f"{self.url}{path}") as response:
            return response.status, await response.json(content_type=None)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(limits=None) as running:
        yield running


@pytest.fixture
async def site(simulator: Simulator, database: Database) -> AsyncIterator[Site]:
    async with serving(simulator, database) as running:
        yield running


@asynccontextmanager
async def serving(simulator: Simulator, database: Database) -> AsyncIterator[Site]:
    async def render(_recipe: str, _subject: int) -> bytes:
        return b""

    async with (
        TelegramChannel(simulator.token, render=render, base_url=simulator.base_url) as channel,
        aiohttp.ClientSession() as client,
    ):
        inbox = Inbox(database, ZONE)
        inbox.channels = {channel.name: channel}
        web = Web("127.0.0.1", 0, database)
        web.add_hook("https://taphuan.example/hook", Hook(channel, inbox, OURS))
        await web.start()
        yield Site(web, inbox, client)
        await web.stop()
        await inbox.finish()


async def update_of(simulator: Simulator, text: str = "/start") -> dict[str, Any]:
    phone = next(iter(simulator.phones.values()), None) or simulator.phone("Lê Thị Út")
    await phone.say(text)
    return dict(simulator.journal.updates()[-1].body)


async def test_an_update_is_answered_on_the_phone(site: Site, simulator: Simulator):
    assert await site.post(await update_of(simulator)) == 200

    (phone,) = simulator.phones.values()
    assert (await phone.answer()).text


async def test_200_does_not_wait_for_the_answer_to_be_spoken(site: Site, simulator: Simulator):
    simulator.faults.waiting.append(Fault(Trouble.SLOW, method="sendMessage", seconds=0.6))
    update = await update_of(simulator)
    began = asyncio.get_running_loop().time()

    assert await site.post(update) == 200
    assert asyncio.get_running_loop().time() - began < 0.5
    await site.inbox.finish()
    assert asyncio.get_running_loop().time() - began > 0.5


async def test_a_repeated_update_is_answered_once(site: Site, simulator: Simulator):
    update = await update_of(simulator)

    assert [await site.post(update) for _ in range(3)] == [200, 200, 200]
    await site.inbox.finish()
    assert len(simulator.journal.calls("sendMessage")) == 1


@pytest.mark.parametrize("secret", [None, "", "wrong", OURS + "x", "bí mật", OURS[:-1]])
async def test_without_the_secret_nothing_is_taken(
    secret: str | None, site: Site, simulator: Simulator
):
    assert await site.post(await update_of(simulator), secret) == 403
    await site.inbox.finish()
    assert not simulator.journal.calls("sendMessage")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000])
async def test_what_is_no_update_is_refused(body: bytes, site: Site):
    assert await site.post(body) == 400


@pytest.mark.parametrize(
    "body", [{}, {"update_id": "x"}, {"message": {"text": 1}}, {"update_id": 1, "message": []}]
)
async def test_an_update_nobody_can_read_is_taken_and_left(body: dict[str, Any], site: Site):
    assert await site.post(body) == 200


async def test_a_body_that_is_too_large_is_refused(site: Site):
    assert await site.post(b" " * (LARGEST + 1)) == 413
    assert await site.post(b" " * (LARGEST + 1), "wrong") == 403


async def test_a_turn_that_cannot_be_kept_is_delivered_again(
    site: Site, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError

    update = await update_of(simulator)
    with monkeypatch.context() as patched:
        patched.setattr("handlers.assistant.answer", broken)
        patched.setattr("handlers.apology.answer", broken)
        assert await site.post(update) == 500

    assert await site.post(update) == 200
    await site.inbox.finish()
    assert len(simulator.journal.calls("sendMessage")) == 1


async def test_only_what_is_there_is_found(site: Site):
    assert (await site.get("/healthz")) == (200, {"database": "ok", "schema": "ok"})
    for path in ("/", "/hook/", "/../healthz/x"):
        async with aiohttp.request("GET", f"{site.url}{path}") as response:
            assert response.status == 404
    async with aiohttp.request("GET", f"{site.url}/hook") as response:
        assert response.status == 405


async def test_a_pending_migration_and_a_lost_database_are_not_well(
    simulator: Simulator, tmp_path: Path
):
    async with (
        Database.open(f"sqlite:///{tmp_path / 'new.db'}") as database,
        serving(simulator, database) as site,
    ):
        assert (await site.get("/healthz"))[0] == 503
        await database.turn(schema.upgrade)
        assert (await site.get("/healthz"))[0] == 200
    async with (
        Database.open(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}") as database,
        serving(simulator, database) as site,
    ):
        assert (await site.get("/healthz")) == (
            503,
            {"database": "unreachable", "schema": "unknown"},
        )
