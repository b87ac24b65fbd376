"""Tells all processes how fast this one answers, and which platform wants nothing for a while."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING

from storage import floods, replies

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from storage.database import Database

# Seconds between two reports.
EVERY = 1.0


class Replies:
    """Counts answers, and reports once a second how many there were; silence is reported once.

    `now` tells the local time, `time` seconds that nobody sets.
    """

    def __init__(
        self, database: Database, now: Callable[[], datetime], time: Callable[[], float]
    ) -> None:
        self._database = database
        self._now = now
        self._time = time
        self._process = secrets.token_hex(8)
        self._spoken: Counter[str] = Counter()
        self._told: set[str] = set()
        self._floods: list[tuple[str, str, timedelta]] = []
        self._since = time()

    def add(self, channel: str, messages: int) -> None:
        """Count messages that were spoken in answer."""
        self._spoken[channel] += messages

    def flood(self, channel: str, address: str, after: timedelta) -> None:
        """Note that a platform asked to be left alone; told with the next report."""
        self._floods.append((channel, address, after))

    async def report(self) -> None:
        """Write what was counted. Raises what the database raises; then it is told next time."""
        span = max(self._time() - self._since, EVERY / 10)
        names = self._told | set(self._spoken)
        if not names and not self._floods:
            self._since = self._time()
            return
        spoken, waits, now = dict(self._spoken), list(self._floods), self._now()
        rates = {name: spoken.get(name, 0) / span for name in names}
        await self._database.turn(lambda db: self._write(db, rates, waits, now))
        self._spoken.subtract(spoken)
        self._spoken += Counter()  # forgets what is nought
        self._since = self._time()
        self._told = {name for name, rate in rates.items() if rate}
        del self._floods[: len(waits)]

    def _write(
        self,
        db: Connection,
        rates: dict[str, float],
        waits: list[tuple[str, str, timedelta]],
        now: datetime,
    ) -> None:
        replies.report(db, self._process, rates, now)
        for channel, address, after in waits:
            floods.flood(db, channel, address, after, now)
        if not any(rates.values()):
            replies.forget(db, now)
