"""The production program in this process, against the simulator."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot import app
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.simulator import Simulator

SECRET = "a-secret-of-the-webhook"


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

    def __init__(self, told: Settings) -> None:
        self.stop = asyncio.Event()
        self.program: asyncio.Future[app.Program] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(app.run(told, self.stop, self.program.set_result))

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
async def running(told: Settings) -> AsyncIterator[Running]:
    mine = Running(told)
    await mine.started()
    try:
        yield mine
    finally:
        await mine.end()
