"""What happens because time passes: each job again and again, whatever befalls it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.flow import Flow
from bot.roles import EVERY_ROLE, Role
from storage import (
    agreement,
    claims,
    completion,
    conversations,
    dealing,
    exports,
    offers,
    registrations,
    reminders,
    retention,
    second_chances,
)
from storage.figures import books
from storage.rosters import consequences, staging

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from bot.inbox import Inbox
    from bot.sender import Sender
    from storage.database import Database

    # True where there is more to do at once.
    Job = Callable[[], Awaitable[bool | None]]

log = logging.getLogger(__name__)

# An answer that is still not spoken after this long belonged to a process that died, or met a
# platform that was down.
LATE = conversations.LEASE
# Seconds between two looks at who is to be reminded.
REMINDERS = 30.0
# Seconds between two looks at what is to be given to the sender of announcements.
DEALS = 1.0
# Seconds between two looks at what is no longer kept.
CONDENSES = 3600.0
# Seconds between two looks at whether a new day has begun.
DAYS = 60.0
# What stood in a list is forgotten after this long; from then on it cannot be undone.
ROWS_KEPT = timedelta(days=90)
# Seconds between two looks at who has completed a course because it is over.
COMPLETES = 300.0
# A job that fails is tried again after so many of its intervals at most.
LONGEST = 16


class Clock:
    """Runs the jobs of time every few seconds, and the sender as soon as something is owed.

    `every` is in seconds. `wake` lets the sender look at once. `roles` says which of it is done
    here; other processes on the same database do the rest.
    """

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        sender: Sender,
        *,
        every: float = 3.0,
        roles: Collection[Role] = EVERY_ROLE,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._sender = sender
        self._every = every
        self._sends = Role.SENDER in roles
        self._jobs: dict[str, tuple[Job, float]] = {}
        if Role.CLOCK in roles:
            self.add("day", self.day, max(every, DAYS))
            self.add("due", self.due)
            self.add("remind", self.remind, max(every, REMINDERS))
            self.add("deal", self.deal, min(every, DEALS))
            self.add("condense", self.condense, CONDENSES)
            self.add("leavers", self.leavers, max(every, REMINDERS))
            self.add("forget", self.forget, CONDENSES)
            self.add("complete", self.complete, max(every, COMPLETES))
            self.add("invite again", self.invite_again, max(every, COMPLETES))
        if Role.WEB in roles:
            self.add("recover", self.recover)
        self.wake = asyncio.Event()
        self._waiting: list[asyncio.Event] = [self.wake]

    def hurry(self) -> None:
        """Let every job look at once: the time or the data was changed from outside."""
        for one in self._waiting:
            one.set()

    def add(self, name: str, job: Job, every: float = 0.0) -> None:
        """Do another job at every interval, or every so many seconds; `name` is for the log."""
        self._jobs[name] = (job, every or self._every)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a job that has begun is finished. Never raises."""
        async with asyncio.TaskGroup() as group:
            for name, (job, every) in self._jobs.items():
                wake = asyncio.Event()
                self._waiting.append(wake)
                group.create_task(self._repeat(name, job, every, stop, wake))
            if self._sends:
                flow = Flow(self._sender, self._every, either)
                group.create_task(flow.run(stop, self.wake))

    async def day(self) -> None:
        """Book what changes figures on the day it is."""
        today = self._inbox.now().date()
        await self._database.turn(lambda db: books.open_day(db, today))

    async def due(self) -> None:
        """End offers nobody answered, return quotas, let claims climb; then send what that owes."""
        now = self._inbox.now()
        ended = await self._database.turn(lambda db: registrations.lapse(db, now))
        ended += await self._database.turn(lambda db: offers.give_back(db, now))
        climbed = await self._database.turn(lambda db: claims.climb(db, now))
        climbed += await self._database.turn(lambda db: agreement.climb(db, now))
        if ended or climbed:
            self.wake.set()

    async def remind(self) -> bool:
        """Owe the reminders whose time has come; True where there may be more of them."""
        now = self._inbox.now()
        owed = await self._database.turn(lambda db: reminders.owe_due(db, now))
        if owed:
            self.wake.set()
        return owed >= reminders.BATCH

    async def deal(self) -> bool:
        """Let announcements go on by a step; True where there may be another at once."""
        now = self._inbox.now()
        dealt = await self._database.turn(lambda db: dealing.deal(db, now), bulk=True)
        if dealt:
            self.wake.set()
        return dealt

    async def condense(self) -> bool:
        """Forget a portion of what is no longer kept; True where there may be more."""
        now = self._inbox.now()
        return await self._database.turn(lambda db: retention.condense(db, now))

    async def leavers(self) -> bool:
        """Give up seats of people who have left; True where there may be more of them."""
        now = self._inbox.now()
        freed = await self._database.turn(lambda db: consequences.free_seats(db, now))
        if freed:
            self.wake.set()
        return freed >= consequences.PORTION

    async def forget(self) -> bool:
        """Forget what stood in lists of 90 days ago, and old requests; True: there may be more."""
        now = self._inbox.now()
        await self._database.turn(lambda db: exports.forget(db, now))
        return await self._database.turn(lambda db: staging.forget(db, now - ROWS_KEPT, 1)) > 0

    async def complete(self) -> None:
        """Settle courses that are over, some hundreds of people a turn."""
        now = self._inbox.now()
        found = await self._database.read(lambda db: completion.stale(db, now))
        for course_id, people in found.items():
            for start in range(0, len(people), completion.CHUNK):
                some = people[start : start + completion.CHUNK]
                await self._database.turn(
                    partial(completion.settle, course_id=course_id, people=some, now=now),
                    bulk=True,
                )

    async def invite_again(self) -> None:
        """Invite those who had to stay behind to courses of the same content."""
        now = self._inbox.now()
        found = await self._database.read(lambda db: second_chances.due(db, now))
        if found:
            await self._database.turn(lambda db: second_chances.owe(db, found, now))
            self.wake.set()

    async def recover(self) -> None:
        """Speak the answers that were never spoken."""
        await self._inbox.recover(self._inbox.now() - LATE)

    async def _repeat(
        self, name: str, job: Job, every: float, stop: asyncio.Event, wake: asyncio.Event
    ) -> None:
        failures = 0
        while not stop.is_set():
            wake.clear()
            try:
                more = await job()
            except Exception:  # time goes on: the next try may succeed
                failures += 1
                log.exception("%s failed, times in a row: %s", name, failures)
                pause = every * min(LONGEST, 2**failures)
                await either(stop, asyncio.Event(), pause)
                continue
            failures = 0
            if not more:
                await either(stop, wake, every)


async def either(stop: asyncio.Event, wake: asyncio.Event, seconds: float) -> None:
    """Return when one of them is set, or after this long."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, wake)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
