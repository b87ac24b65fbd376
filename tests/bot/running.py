"""The production program in this process, against the simulator."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot import app
from bot.channels.zalo_tokens import Tokens
from bot.settings import Settings
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.simulator import Simulator

SECRET = "a-secret-of-the-webhook"


def telegram(simulator: Simulator) -> dict[str, Any]:
    return {
        "telegram_token": simulator.token,
        "telegram_base_url": simulator.base_url,
        "telegram_base_file_url": simulator.base_file_url,
    }


def zalo_bot(simulator: Simulator) -> dict[str, Any]:
    return {"zalo_bot_token": simulator.zalo_token, "zalo_bot_base_url": simulator.zalo_bot_url}


def zalo_oa(simulator: Simulator) -> dict[str, Any]:
    """An Official Account takes its webhook at a port that is known before the start."""
    keys, port = simulator.oa.keys, free_port()
    return {
        "zalo_app_id": keys.app_id,
        "zalo_app_secret": keys.app_secret,
        "zalo_oa_id": keys.oa_id,
        "zalo_oa_secret": keys.oa_secret,
        "zalo_oa_base_url": simulator.oa_url,
        "zalo_oauth_base_url": simulator.oauth_url,
        "zalo_business_base_url": simulator.business_url,
        "public_url": f"http://127.0.0.1:{port}",
        "web_port": port,
    }


async def log_in(simulator: Simulator, database: Path | str) -> None:
    """Bring a pair of tokens from the console."""
    pair, keys = simulator.oa.oauth.issue(), simulator.oa.keys
    async with (
        Database.open(f"sqlite:///{database}") as opened,
        Tokens(opened, keys.app_id, keys.app_secret, oauth_url=simulator.oauth_url) as tokens,
    ):
        await tokens.adopt(pair.access, pair.refresh)


def any_of(database: Path | str, **channels: Any) -> Settings:
    """Settings of some channels; see `telegram`, `zalo_bot` and `zalo_oa`."""
    return Settings(database_url=f"sqlite:///{database}", **{"web_port": 0, **channels})


def settings(simulator: Simulator, database: Path | str, **more: Any) -> Settings:
    return Settings(
        database_url=f"sqlite:///{database}",
        telegram_token=simulator.token,
        telegram_base_url=simulator.base_url,
        telegram_base_file_url=simulator.base_file_url,
        **{"web_port": 0, **more},
    )


def with_webhook() -> dict[str, Any]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    return {"web_port": port, "telegram_webhook_url": url, "telegram_webhook_secret": SECRET}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Running:
    """The program between its start and its end."""

    def __init__(self, told: Settings, **more: Any) -> None:
        self.stop = asyncio.Event()
        self.program: asyncio.Future[app.Program] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(app.run(told, self.stop, self.program.set_result, **more))

    async def started(self) -> app.Program:
        await asyncio.wait({self.task, self.program}, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            await self.task
        return await self.program

    async def end(self) -> None:
        self.stop.set()
        async with asyncio.timeout(10):
            await self.task


@asynccontextmanager
async def running(told: Settings, **more: Any) -> AsyncIterator[Running]:
    mine = Running(told, **more)
    await mine.started()
    try:
        yield mine
    finally:
        await mine.end()
