"""Updates brought by HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import Bot
from telegram.error import BadRequest, Conflict

from bot.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Ear:
    """A program that listens: what it heard, and what it is to answer next."""

    def __init__(self, port: int = 0) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.pause = 0.0
        self.news = asyncio.Event()
        self.at_once = self.most_at_once = 0
        app = web.Application()
        app.router.add_post("/hook", self.hear)
        self.server = TestServer(app, port=port or None)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    async def hear(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.pause)
        self.at_once -= 1
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.append(await request.json())
            self.headers.append(dict(request.headers))
            self.news.set()
        return web.Response(status=status)

    async def hears(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()
        return [update["message"]["text"] for update in self.heard]


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    listening = Ear()
    async with listening.server:
        yield listening


async def test_what_waits_is_brought_first_and_in_order(
    simulator: Simulator, bot: Bot, ear: Ear
) -> None:
    phone = simulator.phone("Út")
    await phone.say("một")
    await bot.set_webhook(ear.url, secret_token="bi-mat_1")
    await phone.say("hai")
    assert await ear.hears(2) == ["một", "hai"]
    assert {headers["Content-Type"] for headers in ear.headers} == {"application/json"}
    assert {headers["X-Telegram-Bot-Api-Secret-Token"] for headers in ear.headers} == {"bi-mat_1"}


async def test_an_update_is_brought_until_it_is_taken(
    simulator: Simulator, bot: Bot, ear: Ear
) -> None:
    ear.answers = [500, 403, 200]
    await bot.set_webhook(ear.url)
    phone = simulator.phone("Út")
    for text in ("một", "hai"):
        await phone.say(text)
    assert await ear.hears(2) == ["một", "hai"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"
    assert info.pending_update_count == 0


async def test_nobody_listens_and_then_somebody_does(
    simulator: Simulator, bot: Bot, unused_tcp_port: int
) -> None:
    await bot.set_webhook(f"http://127.0.0.1:{unused_tcp_port}/hook")
    await simulator.phone("Út").say("một")
    await asyncio.sleep(0.1)
    assert (await bot.get_webhook_info()).last_error_message == "Connection failed"
    ear = Ear(unused_tcp_port)
    async with ear.server:
        assert await ear.hears(1) == ["một"]


async def test_chats_do_not_wait_for_each_other_beyond_the_connections_allowed(
    simulator: Simulator, bot: Bot, ear: Ear
) -> None:
    ear.pause = 0.05
    await bot.set_webhook(ear.url, max_connections=3)
    for number in range(9):
        await simulator.phone(f"Người {number}").say("chào")
    await ear.hears(9)
    assert ear.most_at_once == 3


async def test_polling_and_webhook_exclude_each_other(
    simulator: Simulator, bot: Bot, ear: Ear
) -> None:
    await bot.set_webhook(ear.url)
    assert (await bot.get_webhook_info()).url == ear.url
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_what_was_not_taken_can_be_polled(simulator: Simulator, bot: Bot, ear: Ear) -> None:
    ear.answers = [500] * 1000
    await bot.set_webhook(ear.url)
    await simulator.phone("Út").say("một")
    await asyncio.sleep(0.1)
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


async def test_an_update_brought_twice(simulator: Simulator, bot: Bot, ear: Ear) -> None:
    await bot.set_webhook(ear.url)
    simulator.faults.add("twice")
    await simulator.phone("Út").say("một")
    await ear.hears(2)
    assert ear.heard[0] == ear.heard[1]
    simulator.deliver_again(ear.heard[0]["update_id"])
    await ear.hears(3)
    assert ear.heard[0] == ear.heard[2]


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "https://example.org/hook", "http://10.0.0.1/"]
)
async def test_nothing_is_brought_to_another_machine(bot: Bot, url: str) -> None:
    with pytest.raises(BadRequest, match="Bad webhook"):
        await bot.set_webhook(url)


async def test_a_secret_has_only_plain_letters(bot: Bot, ear: Ear) -> None:
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook(ear.url, secret_token="bí mật")
