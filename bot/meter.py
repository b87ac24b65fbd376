"""Counts what is spoken, in memory, so that no answer waits for a row of figures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from storage import spending

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.database import Database

    Key = tuple[str, date, str]


class Meter:
    """Messages and đồng by channel, local day and kind; a flush adds them to the database's.

    `now` tells the local time. What a process that dies had counted since its last flush is lost:
    figures, never messages.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._messages: Counter[Key] = Counter()
        self._cost: Counter[Key] = Counter()

    def add(self, channel: str, kind: str, messages: int, cost: int) -> None:
        """Count messages that were spoken, and what the platform charges for them."""
        if not (messages or cost):
            return
        key = (channel, self._now().date(), kind)
        self._messages[key] += messages
        self._cost[key] += cost

    async def flush(self) -> None:
        """Write what was counted. Raises what the database raises; then it stays counted."""
        if not self._messages:
            return
        messages, self._messages = self._messages, Counter()
        cost, self._cost = self._cost, Counter()
        try:
            await self._database.turn(lambda db: _note(db, messages, cost))
        except Exception:
            self._messages.update(messages)
            self._cost.update(cost)
            raise


def _note(db: Connection, messages: Counter[Key], cost: Counter[Key]) -> None:
    # In one order everywhere: two processes never wait for each other's rows crosswise.
    for key in sorted(messages):
        channel, day, kind = key
        spending.note(db, channel, day, kind, messages[key], cost[key])
