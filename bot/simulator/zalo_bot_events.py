"""What waits for a Zalo bot, and how a poll takes it: one event at a time, and for good."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event on its way. `id` is the message's, or one of ours where it carries none."""

    id: str
    chat: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Events:
    """The queue of one bot, oldest first."""

    _queue: deque[Waiting] = field(default_factory=deque[Waiting])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _polls: int = 0
    _reader: Callable[[], bool] | None = None
    _closed: bool = False

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def polled(self) -> bool:
        """Whether somebody is waiting for the next event."""
        return self._reader is not None and self._reader()

    def put(self, waiting: Waiting) -> None:
        """Queue an event."""
        self._queue.append(waiting)
        self._news.set()

    def drain(self) -> list[Waiting]:
        """Take everything that waits."""
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    def close(self) -> None:
        """End the poll that is open."""
        self._closed = True
        self._news.set()

    async def poll(self, seconds: float, alive: Callable[[], bool]) -> Waiting | None:
        """The next event, None after so many seconds without one.

        There is one reader only: a poll that is open when another arrives ends with nothing, at
        once. `alive` tells whether the reader is still connected; what arrives for one who is not
        stays in the queue.
        """
        self._polls += 1
        mine = self._polls
        self._news.set()  # ends the poll before
        self._reader = alive
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                while not self._queue and not self._closed and mine == self._polls:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        if mine != self._polls:
            return None
        self._reader = None
        return self._queue.popleft() if self._queue and alive() else None
