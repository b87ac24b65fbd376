"""News for the page: what changed on which phone, numbered so that a reader can resume."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news. `id` is `<run>-<number>`, so ids of an earlier run are recognised."""

    id: str
    kind: str
    data: Mapping[str, Any]

    def wire(self) -> bytes:
        """The event as a server-sent event."""
        body = json.dumps(self.data, ensure_ascii=False, default=asdict)
        return f"id: {self.id}\nevent: {self.kind}\ndata: {body}\n\n".encode()


@dataclass(slots=True)
class Feed:
    """The newest events, and who is waiting for more."""

    length: int = 1000
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    _number: int = 0
    _kept: deque[Event] = field(default_factory=deque[Event])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False

    @property
    def last(self) -> str:
        """The id of the newest event."""
        return f"{self.run}-{self._number}"

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell every reader; `data` is JSON, with dataclasses where an object may stand."""
        self._number += 1
        self._kept.append(Event(self.last, kind, data))
        if len(self._kept) > self.length:
            self._kept.popleft()
        self._news.set()

    def close(self) -> None:
        """End every reader."""
        self._closed = True
        self._news.set()

    async def after(self, id: str, idle: float) -> AsyncIterator[Event | None]:
        """Events newer than `id`; None after each `idle` seconds without one.

        Where `id` is of another run or too old to resume from, the first event is "reset": the
        reader must fetch the whole state again.
        """
        seen = self._position(id)
        if seen is None:
            seen = self._number
            yield Event(self.last, "reset", {})
        while not self._closed:
            missed = self._number - seen
            if missed > len(self._kept):
                yield Event(self.last, "reset", {})
                seen, missed = self._number, 0
            for event in list(self._kept)[len(self._kept) - missed :]:
                yield event
                seen += 1
            if seen == self._number and not await self._wait(idle):
                yield None

    def _position(self, id: str) -> int | None:
        run, _, number = id.partition("-")
        if run != self.run or not number.isdecimal():
            return None
        seen = int(number)
        return seen if self._number - len(self._kept) <= seen <= self._number else None

    async def _wait(self, idle: float) -> bool:
        if self._closed:
            return True
        self._news.clear()
        try:
            async with asyncio.timeout(idle):
                await self._news.wait()
        except TimeoutError:
            return False
        return True
