"""One process of the production program, with one more kind of notice, until SIGTERM."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module

from bot import app
from bot.roles import Role
from bot.settings import Settings
from handlers.message import Reply
from handlers.routes import router

KIND = "benchmark"


async def work(orders: dict[str, object]) -> None:
    """Do the part of the work that the orders name."""
    import_module("handlers.assistant")
    router.notices[KIND] = lambda _chat, owed: Reply(f"Mời chị dự lớp L12, thư số {owed.id}")
    stop = asyncio.Event()
    settings = Settings(
        database_url=str(orders["url"]),
        telegram_token="1000:benchmark",
        telegram_base_url=f"{orders['api']}/bot",
        telegram_rate=float(str(orders["rate"])),
        web_port=0,
        log_level="WARNING",
    )
    roles = frozenset(Role(one) for one in str(orders["roles"]).split())
    with app.stopping(stop):
        await app.run(settings, stop, roles=roles)


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
