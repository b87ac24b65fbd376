"""Waiting: longer after each failure, and never past a stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

# A sleep may end this many seconds early by the loop's own clock.
EARLY: Final = 0.001


class Backoff:
    """A wait that doubles from `first` to `most` seconds with each failure in a row.

    `now` is the loop's time in seconds. Failures within a running wait count once: many requests
    under way at the same time fail for the same reason.
    """

    def __init__(self, first: float, most: float) -> None:
        self._first, self._most = first, most
        self._until = 0.0
        self._failures = 0

    def failed(self, now: float) -> float:
        """Note a failure; how many seconds to wait from now."""
        if now + EARLY >= self._until:
            self._until = now + min(self._most, self._first * 2 ** min(self._failures, 30))
            self._failures += 1
        return self.left(now)

    def left(self, now: float) -> float:
        """How many seconds are still to be waited; 0 where none are."""
        left = self._until - now
        return left if left > EARLY else 0.0

    def worked(self) -> None:
        """Begin anew: something went well."""
        self._until, self._failures = 0.0, 0


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What the work returns, or None as soon as `stop` is set, the work then being cancelled."""
    task, halt = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, halt), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        halt.cancel()
        await asyncio.gather(task, halt, return_exceptions=True)


async def pause(seconds: float) -> None:
    """Wait before another try."""
    await asyncio.sleep(seconds)
