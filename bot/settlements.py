"""Writes how sends ended: whatever ends while one turn runs is written by the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from storage import settlements

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storage.database import Database
    from storage.settlements import Sent


class Settlements:
    """Sends that went well, on their way to the database. `now` tells the time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._waiting: list[tuple[Sent, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, sent: Sent) -> None:
        """Return when it is written. Raises what the database raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            sent, now = [one for one, _ in batch], self._now()
            try:
                await self._database.turn(
                    lambda db, sent=sent, now=now: settlements.settle(db, sent, now)
                )
            except Exception as error:  # it belongs to everybody who waits
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
