"""The mailbag: what a wire brings is kept before its turn, for wires that do not bring it twice.

A row is written when an event comes and goes when its turn is committed. Events of one person are
taken in order, whoever keeps them; what this process cannot finish comes back to it or to another.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from storage import inbox_events
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

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
# So many events are in hand at once, and so many of one person; more are kept for later.
MOST = 500
EACH = 20
# So many are looked through for what nobody has in hand.
LOOK = 5000
# Seconds between two looks while something waits: at first, and the longest.
SOON, LATER = 0.1, 3.0


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

    Each person is heard in the order in which their events were kept, also where several processes
    keep them or one died: what must wait for an event in other hands is left to whoever has time
    after that. What was brought by a channel that has no `keeper` here is left alone. `most` events
    are in hand at once, `each` of one person. `pause` is the first wait, in seconds, after a turn
    that failed.
    """

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        *,
        most: int = MOST,
        each: int = EACH,
        pause: float = 1.0,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._readers: dict[str, Reader] = {}
        self._most, self._each = most, each
        self._pause = pause
        self._now = inbox.now
        self._lines: dict[tuple[str, str], deque[_Read]] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._held: dict[int, datetime] = {}
        # Ours by a turn that is about to be committed; the writing thread adds to them.
        self._fresh: set[int] = set()
        self._waiting = False
        self._looking: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def keeper(self, channel: Reader) -> Keep:
        """Takes the events of a channel from here on; see `keep`."""
        self._readers[channel.name] = channel
        return partial(self.keep, channel.name)

    async def keep(self, channel: str, event: Mapping[str, Any]) -> None:
        """Keep an event; its turn comes later. Returns when the row is committed.

        What says nothing, and what was heard before, is not kept. Raises what the database raises:
        then nothing is kept, and it has to be brought again. Who does not wait for the end undoes
        nothing.
        """
        reader = self._readers[channel]
        key = reader.key(event)
        if not key:
            return
        message = reader.read(event)
        if message is None:
            log.info("an event of %s says nothing to us", channel)
            return
        await asyncio.shield(self._start(self._keep(key, json.dumps(event), message)))

    async def recover(self) -> None:
        """Take what is in nobody's hands, each person's in order, as far as there is room."""
        await self._take()

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

    async def _keep(self, key: str, body: str, message: Message) -> None:
        new: list[int] = []
        try:
            kept = await self._database.turn(lambda db: self._row(db, key, body, message, new))
            if kept and kept.free:
                self._look_soon()
            elif kept:
                self._line_up(kept, message)
        finally:
            self._fresh.difference_update(new)

    def _row(
        self, db: Connection, key: str, body: str, message: Message, new: list[int]
    ) -> Kept | None:
        """Keep an event: in our hands where its turn may be next. None for a repeated one."""
        now = self._now()
        ours = self._has_room(message) and not self._overtakes(db, message)
        until = now + LEASE if ours else None
        kept = inbox_events.keep(db, message.channel, key, body, now=now, until=until)
        if kept and inbox_events.heard(db, message.channel, message.address, message.id):
            # Another process may be about to say the answer.
            inbox_events.done(db, kept.id)
            return None
        if kept and ours:
            new.append(kept.id)
            self._fresh.add(kept.id)
        return kept

    def _has_room(self, message: Message) -> bool:
        line = self._lines.get((message.channel, message.address), ())
        return len(self._held) + len(self._fresh) < self._most and len(line) < self._each

    def _overtakes(self, db: Connection, message: Message) -> bool:
        """True where something of this person waits that is not in our hands."""
        words = json.dumps(message.address)[1:-1]
        found = inbox_events.mentioning(db, message.channel, words, 2 * self._each)
        person = (message.channel, message.address)
        return any(
            one.id not in self._held and one.id not in self._fresh and self._whose(one) == person
            for one in found
        )

    def _read(self, kept: Kept) -> Message | None:
        return self._readers[kept.channel].read(json.loads(kept.body))

    def _whose(self, kept: Kept) -> tuple[str, str] | None:
        message = self._read(kept)
        return (message.channel, message.address) if message else None

    async def _take(self) -> int:
        """How many were taken."""
        now, names = self._now(), list(self._readers)
        if self._stopping.is_set():
            return 0
        found = await self._database.read(lambda db: inbox_events.oldest(db, names, now, LOOK))
        wanted = self._choose(found)
        if not wanted:
            return 0
        until = now + LEASE
        taken = await self._database.turn(
            lambda db: inbox_events.take(db, wanted, now=now, until=until)
        )
        kept = {one.id: one for one in found}
        for number in taken:
            if message := self._read(kept[number]):
                self._line_up(kept[number], message)
            else:
                log.info("an event of %s says nothing to us", kept[number].channel)
                self._start(self._drop(kept[number]))
        return len(taken)

    def _choose(self, found: list[Kept]) -> dict[int, Hashable]:
        """What may be taken, and whose it is; of each person in order, and not too much."""
        wanted: dict[int, Hashable] = {}
        passed: set[Hashable] = set()
        counts: Counter[Hashable] = Counter()
        counts.update({person: len(line) for person, line in self._lines.items()})
        for one in found:
            # A lease of our own that ran out while this process was held up is ours still.
            if one.id in self._held:
                continue
            person = self._whose(one) or one.id
            full = len(self._held) + len(wanted) >= self._most or counts[person] >= self._each
            if not one.free or full or person in passed:
                passed.add(person)
                if one.free:
                    self._look_soon()
                continue
            counts[person] += 1
            wanted[one.id] = person
        return wanted

    def _look_soon(self) -> None:
        """Look again for what waits, until nothing does that could be ours."""
        self._waiting = True
        if self._looking is None and not self._stopping.is_set():
            self._looking = self._start(self._look())

    async def _look(self) -> None:
        pause = SOON
        try:
            while self._waiting and not await self._told_to_stop(pause):
                self._waiting = False
                pause = SOON if await self._look_once() else min(pause * 2, LATER)
        finally:
            self._looking = None

    async def _look_once(self) -> int:
        try:
            return await self._take()
        except Exception as error:  # the clock looks as well
            log.warning("what waits is not taken up yet (%s)", type(error).__name__)
            self._waiting = True
            return 0

    def _line_up(self, kept: Kept, message: Message) -> None:
        """Put an event behind the older ones of its person."""
        self._held[kept.id] = self._now() + LEASE
        person = (message.channel, message.address)
        line = self._lines.get(person)
        if line is None:
            line = self._lines[person] = deque()
            self._start(self._work_off(person, line))
        place = len(line)
        # The first one is having its turn.
        while place > 1 and line[place - 1].kept.id > kept.id:
            place -= 1
        line.insert(place, _Read(kept, message))

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

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task
