"""One process that asks the pace and sends, and does nothing else: what the pace itself costs.

It stands in for a program whose words cost nothing and whose HTTP client is the leanest.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

from benchmarks.limiter import TALKERS
from storage import paces
from storage.database import Database

AT_ONCE = 128


class Wire:
    """Kept-alive connections, each for one request at a time."""

    def __init__(self, api: str) -> None:
        self._port = urlsplit(api).port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.refused = 0

    async def send(self, chat: int) -> None:
        """Send one message, and read the answer."""
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        body = f"chat_id={chat}&text=Xin"
        writer.write(
            f"POST /bot1/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            f"{body}".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
        self.refused += b" 429 " in head
        self._free.append((reader, writer))


async def work(orders: dict[str, object]) -> None:
    """Send until told to stop, as fast as is granted."""
    rate, number = float(str(orders["rate"])), int(str(orders["number"]))
    wire = Wire(str(orders["api"]))
    chats = itertools.count(number * 1_000_000 + TALKERS + 1)
    flying: set[asyncio.Task[None]] = set()
    async with Database.open(str(orders["url"])) as database:
        while True:
            now, room = datetime.now(UTC), AT_ONCE - len(flying)
            grant = await database.turn(
                lambda db, now=now, room=room: paces.take(db, "telegram", now, room, rate)
            )
            for _ in range(grant.count):
                task = asyncio.create_task(wire.send(next(chats)))
                flying.add(task)
                task.add_done_callback(flying.discard)
            await asyncio.sleep(max(grant.after.total_seconds(), 0.005))


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
