"""One process of the production program until SIGTERM; at SIGUSR1 it lets the sending begin.

It prints "ready" when it runs.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module

from benchmarks import crowd
from bot import app
from bot.roles import Role
from bot.settings import Settings
from handlers.message import Reply
from handlers.routes import router


async def work(orders: dict[str, object]) -> None:
    """Do the part of the work that the orders name."""
    import_module("handlers.assistant")
    router.notices[crowd.KIND] = lambda _chat, owed: Reply(f"Mời chị dự lớp L12, thư số {owed.id}")
    stop, begin = asyncio.Event(), asyncio.Event()
    url, ahead = str(orders["url"]), timedelta(seconds=float(str(orders["ahead"])))
    settings = Settings(
        database_url=url,
        telegram_token="1000:benchmark",
        telegram_base_url=f"{orders['api']}/bot",
        telegram_rate=float(str(orders["rate"])),
        web_port=0,
        log_level="WARNING",
    )
    roles = frozenset(Role(one) for one in str(orders["roles"]).split())
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, begin.set)

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    async def announce() -> None:
        await begin.wait()
        await crowd.begin(
            url, str(orders["what"]), int(str(orders["people"])), now().astimezone(settings.zone)
        )

    announcing = asyncio.create_task(announce())
    with app.stopping(stop):
        await app.run(settings, stop, lambda _: print("ready", flush=True), now=now, roles=roles)
    announcing.cancel()


def main() -> None:
    """Work; where PROFILE names a file, what the loop's thread does is profiled into it."""
    orders, profile = json.loads(sys.argv[1]), os.environ.get("PROFILE")
    if not profile:
        asyncio.run(work(orders))
        return
    profiler = cProfile.Profile()
    profiler.runcall(asyncio.run, work(orders))
    profiler.dump_stats(profile)


if __name__ == "__main__":
    main()
