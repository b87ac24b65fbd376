"""Writes how sends ended: whatever ends while one turn runs is written by the next."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from storage import outbox, settlements
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.settlements import Sent

log = logging.getLogger(__name__)

T = TypeVar("T")
# Seconds between two tries while the database is down.
PAUSE = 0.5
# Where several ended during one turn there are more to come: they are waited for so many seconds,
# since a turn costs the more the fewer share it.
GATHER, SEVERAL = 0.02, 4


async def outlasting(database: Database, work: Callable[[Connection], T]) -> T:
    """Run a turn for what is in hand; an outage of the database is waited for as long as it is.

    Raises what the database raises once others may take it in hand, and any other error at once.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + outbox.LEASE.total_seconds() / 2
    while True:
        try:
            return await database.turn(work, bulk=True)
        except Exception as error:
            if not outage(error) or loop.time() >= ends:
                raise
            log.warning("the database is down: %s", type(error).__name__)
        await asyncio.sleep(PAUSE)


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
            sent = [one for one, _ in batch]
            try:
                await outlasting(
                    self._database,
                    lambda db, sent=sent: settlements.settle(db, sent, self._now()),
                )
            except Exception as error:  # it belongs to everybody who waits
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
            if len(batch) >= SEVERAL:
                await asyncio.sleep(GATHER)
