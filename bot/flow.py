"""Keeps the sender going: as fast as is granted, and asleep until the next grant is due."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sender import Sender

    # Returns when one of two events is set, or after so many seconds.
    Wait = Callable[[asyncio.Event, asyncio.Event, float], Awaitable[None]]

log = logging.getLogger(__name__)

# A look that fails is made again after so many intervals at most.
LONGEST = 16
# A look for less room than this is not worth its turn while other sends are under way.
LEAST = 25


class Flow:
    """Looks for what may be sent, and has it sent without waiting for what is under way.

    `every` (seconds) is how long it sleeps where nothing is owed; `wait` is how it sleeps.
    """

    def __init__(self, sender: Sender, every: float, wait: Wait) -> None:
        self._sender = sender
        self._every = every
        self._wait = wait
        self._flying: dict[asyncio.Task[bool], int] = {}
        self._landed = asyncio.Event()
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Until `stop` is set; what was claimed is sent. Never raises."""
        self._wake = wake
        failures = 0
        while not stop.is_set():
            wake.clear()
            try:
                pause = await self._look()
            except Exception:  # time goes on: the next try may succeed
                failures += 1
                log.exception("send failed, times in a row: %s", failures)
                pause = self._every * min(LONGEST, 2**failures)
                await self._wait(stop, asyncio.Event(), pause)
                continue
            failures = 0
            if pause is None:
                await self._room(stop)
            elif pause:
                await self._wait(stop, wake, pause)
        while self._flying:
            await asyncio.wait(self._flying)

    async def _look(self) -> float | None:
        """Have sent what may be; seconds until the next look, None: as soon as there is room."""
        room = self._sender.at_once - sum(self._flying.values())
        if room < min(LEAST, self._sender.at_once):
            return None
        look = await self._sender.look(room)
        for sheaf in self._sender.sheaves(look.owed):
            task = asyncio.create_task(self._sender.send(sheaf))
            self._flying[task] = len(sheaf)
            task.add_done_callback(self._down)
        if look.full:
            return None if self._flying else 0.0
        if look.after is None:
            return self._every
        # Other processes owe things too, on channels that do not wait.
        return min(self._every, look.after.total_seconds())

    def _down(self, task: asyncio.Task[bool]) -> None:
        del self._flying[task]
        self._landed.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("sending failed", exc_info=error)
        elif not task.cancelled() and task.result():
            self._wake.set()

    async def _room(self, stop: asyncio.Event) -> None:
        """Return when something under way has ended, or at the stop."""
        self._landed.clear()
        if not self._flying:
            return
        halt = asyncio.ensure_future(stop.wait())
        landed = asyncio.ensure_future(self._landed.wait())
        await asyncio.wait((halt, landed), return_when=asyncio.FIRST_COMPLETED)
        for one in (halt, landed):
            one.cancel()
            with suppress(asyncio.CancelledError):
                await one
