"""One run of ours: the production classes, from the wire to the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from benchmarks.measure import TOKEN, ZONE, Orders, Stopwatch, main
from bot.channels.telegram import TelegramChannel
from bot.inbox import Inbox
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.message import Message


async def nothing(_recipe: str, _subject: int) -> bytes:
    """No answer here carries a document."""
    return b""


async def run(orders: Orders, stopwatch: Stopwatch) -> None:
    """Poll until every turn is committed, spoken, and noted as spoken."""
    async with Database.open(orders.url) as database:
        inbox = Inbox(database, ZONE)
        async with TelegramChannel(TOKEN, render=nothing, base_url=f"{orders.api}/bot") as channel:
            inbox.channels = {channel.name: channel}

            async def receive(messages: Sequence[Message]) -> None:
                await inbox.receive(messages)
                stopwatch.done(len(messages))

            stop = asyncio.Event()
            polling = asyncio.create_task(channel.poll(receive, stop))
            await stopwatch.finished.wait()
            stop.set()
            await polling


if __name__ == "__main__":
    main(run)
