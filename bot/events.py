"""The mailbag: what a wire brings is kept before its turn, for wires that do not bring it twice.

A row is written when an event comes and goes when its turn is committed. Events of one person are
taken in order; what this process cannot finish comes back to it or to another one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from storage import inbox_events
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from datetime import datetime

    from bot.channels.base import Keep
    from bot.inbox import Inbox
    from handlers.message import Message
    from storage.database import Database
    from storage.inbox_events import Kept

log = logging.getLogger(__name__)

# What a dead process held comes back after this long; a living one renews in good time.
LEASE = timedelta(seconds=30)
RENEW = timedelta(seconds=10)
# A turn that fails by itself is given up after so many tries.
TRIES = 5
# The longest wait between two tries, in seconds; the first is one.
LONGEST = 16.0
# So many events are in hand at once; whoever brings more waits.
MOST = 500
# So many that were left behind are taken at once.
BATCH = 100


class Reader(Protocol):
    """A channel whose events are kept."""

    name: str

    def key(self, event: Mapping[str, Any]) -> str:
        """The platform's id of the event, "" where there is nothing to keep."""
        ...

    def read(self, event: Mapping[str, Any]) -> Message | None:
        """What a person said, or None; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class _Read:
    """An event in hand, with what was read in it."""

    kept: Kept
    message: Message


class Events:
    """Keeps events and sees to their turns. Any number of them may run on one database.

    What was brought by a channel that has no `keeper` here is left alone. `most` events are in
    hand at once. `pause` is the first wait, in seconds, after a turn that failed.
    """

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        *,
        most: int = MOST,
        pause: float = 1.0,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._readers: dict[str, Reader] = {}
        self._room = asyncio.Semaphore(most)
        self._pause = pause
        self._now = inbox.now
        self._lines: dict[tuple[str, str], deque[_Read]] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._held: dict[int, datetime] = {}
        self._stopping = asyncio.Event()

    def keeper(self, channel: Reader) -> Keep:
        """Takes the events of a channel from here on; see `keep`."""
        self._readers[channel.name] = channel
        return partial(self.keep, channel.name)

    async def keep(self, channel: str, event: Mapping[str, Any]) -> None:
        """Keep an event; its turn comes later. Returns when the row is committed.

        Waits where too many are in hand. Raises what the database raises: then nothing is kept,
        and it has to be brought again. Who does not wait for the end undoes nothing.
        """
        key = self._readers[channel].key(event)
        if key:
            await self._room.acquire()
            await asyncio.shield(self._start(self._keep(channel, key, json.dumps(event))))

    async def recover(self) -> bool:
        """Take what was left behind, the oldest first. True for more."""
        now = self._now()
        names = list(self._readers)
        # Without room nothing is taken: another process may have some.
        if self._stopping.is_set() or self._room.locked():
            return False
        taken = await self._database.turn(
            lambda db: inbox_events.take(db, names, now=now, until=now + LEASE, limit=BATCH)
        )
        for kept in taken:
            # A lease of our own that ran out while this process was held up.
            if kept.id not in self._held:
                await self._room.acquire()
                await self._line_up(kept)
        return len(taken) == BATCH

    async def renew(self) -> None:
        """Hold what is in hand longer, where its lease is no longer fresh."""
        until = self._now() + LEASE
        soon = [one for one, end in self._held.items() if end < until - RENEW]
        if soon:
            await self._database.turn(lambda db: inbox_events.renew(db, soon, until))
            self._held.update((one, until) for one in soon if one in self._held)

    async def finish(self) -> None:
        """Return when every event in hand had its turn or was given back; try nothing again."""
        self._stopping.set()
        while self._working:
            await asyncio.wait(self._working)
        if self._held:
            left = list(self._held)
            await self._database.turn(lambda db: inbox_events.renew(db, left, None))
            self._held.clear()

    async def _keep(self, channel: str, key: str, body: str) -> None:
        try:
            now = self._now()
            kept = await self._database.turn(
                lambda db: inbox_events.keep(db, channel, key, body, now=now, until=now + LEASE)
            )
        except BaseException:
            self._room.release()
            raise
        if kept is None:  # brought before
            self._room.release()
            return
        await self._line_up(kept)

    async def _line_up(self, kept: Kept) -> None:
        """Put an event behind the others of its person; it holds a place in the room."""
        self._held[kept.id] = self._now() + LEASE
        message = self._readers[kept.channel].read(json.loads(kept.body))
        if message is None:
            log.info("an event of %s says nothing to us", kept.channel)
            self._start(self._drop(kept))
            return
        person = (message.channel, message.address)
        line = self._lines.get(person)
        if line is None:
            line = self._lines[person] = deque()
            self._start(self._work_off(person, line))
        line.append(_Read(kept, message))

    async def _work_off(self, person: tuple[str, str], line: deque[_Read]) -> None:
        """The turns of one person, one after the other."""
        while line:
            settled = await self._turn(line[0])
            if not settled:
                break
            await self._drop(line.popleft().kept)
        # Without a wait since the last look at the line: nobody has come in between.
        del self._lines[person]
        for left in line:
            log.info("event %s waits for the next start", left.kept.id)
            self._room.release()

    async def _turn(self, one: _Read) -> bool:
        """True where the event is settled; False where it waits for another start."""
        pause, tries = self._pause, one.kept.tries
        while True:
            try:
                await self._inbox.accept(one.message)
            except Exception as error:
                if not outage(error):
                    tries += 1
                    if tries >= TRIES:
                        log.exception("event %s is given up", one.kept.id)
                        return True
                    await self._count(one.kept)
                log.warning("event %s had no turn yet (%s)", one.kept.id, type(error).__name__)
                if await self._told_to_stop(pause):
                    return False
                pause = min(pause * 2, LONGEST)
            else:
                return True

    async def _told_to_stop(self, pause: float) -> bool:
        try:
            async with asyncio.timeout(pause):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    async def _count(self, kept: Kept) -> None:
        try:
            await self._database.turn(lambda db: inbox_events.failed(db, kept.id))
        except Exception as error:  # counted by this process all the same
            log.warning("event %s: the try is not counted (%s)", kept.id, type(error).__name__)

    async def _drop(self, kept: Kept) -> None:
        """Take the row away; where that fails it comes back, and the turn knows it was heard."""
        try:
            await self._database.turn(lambda db: inbox_events.done(db, kept.id))
        except Exception as error:
            log.warning("event %s is still kept (%s)", kept.id, type(error).__name__)
        finally:
            self._held.pop(kept.id, None)
            self._room.release()

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task
