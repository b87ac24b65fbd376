"""What waits for the bot, and how it is fetched by long polling."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from bot.simulator.telegram_parameters import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Telegram leaves these out unless they are asked for by name.
BY_NAME_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LONGEST_POLL = 50.0


@dataclass(slots=True)
class Waiting:
    """One update on its way. `again` marks a second delivery of an id that was delivered before."""

    body: dict[str, Any]
    chat: str
    again: bool = False
    fetched: bool = False

    @property
    def id(self) -> int:
        """The update's id."""
        return int(self.body["update_id"])


@dataclass(slots=True)
class Updates:
    """The queue of one bot. `handled(chat)` is told of each update the bot is done with."""

    handled: Callable[[str], None]
    first: int = 100_001
    allowed: tuple[str, ...] = ()
    _count: int = 0
    _queue: OrderedDict[int, Waiting] = field(default_factory=OrderedDict[int, Waiting])
    _repeats: list[Waiting] = field(default_factory=list[Waiting])
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _polls: int = 0
    _closed: bool = False

    def __len__(self) -> int:
        return len(self._queue) + len(self._repeats)

    def put(self, chat: str, content: dict[str, Any]) -> Waiting | None:
        """Queue an update under the next id; None where the bot did not ask for its kind."""
        if not self._wanted(content):
            return None
        update_id = self.first + self._count
        self._count += 1
        waiting = Waiting({"update_id": update_id, **content}, chat)
        self._queue[update_id] = waiting
        self._arrived.set()
        return waiting

    def repeat(self, waiting: Waiting) -> Waiting:
        """Queue the same update once more, whether or not the first was confirmed."""
        again = Waiting(waiting.body, waiting.chat, again=True)
        self._repeats.append(again)
        self._arrived.set()
        return again

    def done(self, waiting: Waiting) -> None:
        """The bot took this update."""
        if not waiting.again:
            self._queue.pop(waiting.id, None)
        elif waiting in self._repeats:
            self._repeats.remove(waiting)
        self.handled(waiting.chat)

    def drop(self) -> None:
        """Forget everything that waits."""
        self._queue.clear()
        self._repeats.clear()

    def waiting(self) -> list[Waiting]:
        """Everything that waits, by id."""
        return sorted([*self._queue.values(), *self._repeats], key=lambda one: one.id)

    def close(self) -> None:
        """End the poll that is open."""
        self._closed = True
        self._arrived.set()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[dict[str, Any]]:
        """Confirm what is below the offset, then wait for at most `limit` updates.

        A poll that is open when another arrives ends in 409, as on the platform.
        """
        self._polls += 1
        mine = self._polls
        self._arrived.set()
        self._confirm(offset)
        limit = limit if 1 <= limit <= 100 else 100
        try:
            async with asyncio.timeout(min(seconds, LONGEST_POLL)):
                while not len(self) and not self._closed:
                    self._arrived.clear()
                    await self._arrived.wait()
                    self._check_alone(mine)
        except TimeoutError:
            pass
        return [self._fetch(waiting) for waiting in self._batch(limit)]

    def _check_alone(self, mine: int) -> None:
        if mine != self._polls:
            raise ApiError(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )

    def _wanted(self, content: dict[str, Any]) -> bool:
        kinds = set(content)
        return bool(kinds & set(self.allowed)) if self.allowed else not kinds & BY_NAME_ONLY

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # counted from the end: everything before is forgotten
            offset = self.first + self._count + offset
        while self._queue and next(iter(self._queue)) < offset:
            self.handled(self._queue.popitem(last=False)[1].chat)
        # A repeat is below the offset from the start: it must at least have been fetched.
        for waiting in [one for one in self._repeats if one.fetched and one.id < offset]:
            self.done(waiting)

    def _batch(self, limit: int) -> Sequence[Waiting]:
        queued: Iterable[Waiting] = islice(self._queue.values(), limit)
        if not self._repeats:
            return list(queued)
        return sorted([*self._repeats, *queued], key=lambda one: one.id)[:limit]

    def _fetch(self, waiting: Waiting) -> dict[str, Any]:
        waiting.fetched = True
        return waiting.body
