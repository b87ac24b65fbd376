"""Files that wait to be read: a process for one after the other, while people are answered."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import importing
from storage import intake_work
from storage.attachments import UNUSED
from storage.intakes import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.intake_work import Work

log = logging.getLogger(__name__)

# Seconds that one file may take; less than the lease.
PATIENCE = intake_work.LEASE.total_seconds() - 60
# Ends of a process that needed more than it may have: another try would end as well.
TOO_MUCH = (importing.TOO_MUCH, -signal.SIGXCPU)


class Intakes:
    """Has files read, one at a time. Any number of them may run on one database.

    `url` is the address of the database, `now` the time in the local zone; `wake` is called when
    somebody is owed a word.
    """

    def __init__(
        self, database: Database, url: str, now: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._url = url
        self._now = now
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Begin with the file that waits longest, unless one is being read."""
        if self._task and not self._task.done():
            return
        if not await self._database.read(intake_work.pending):
            return
        now, kinds = self._now(), tuple(importing.READERS)
        work = await self._database.turn(lambda db: intake_work.claim(db, kinds, now))
        if work:
            self._task = asyncio.create_task(self._read(work))
        else:
            self._wake()  # one may have been given up

    async def clear(self) -> bool:
        """Clear away a portion of what came to nothing; True where there may be more."""
        now = self._now()
        await self._database.turn(lambda db: intake_work.forget(db, now - UNUSED))
        return await self._database.turn(lambda db: intake_work.sweep(db, now), bulk=True)

    async def stop(self) -> None:
        """End the reading; whoever runs next begins with it again."""
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self, work: Work) -> None:
        log.info("intake %s: reading, try %s", work.id, work.tries)
        try:
            status = await self._run(work)
        except asyncio.CancelledError:
            await self._give_back(work, counted=False)
            raise
        except Exception:  # no process could be started: the next try may succeed
            log.exception("intake %s cannot be read", work.id)
            status = 1
        log.info("intake %s: the reader ended with %s", work.id, status)
        if status in TOO_MUCH:
            now = self._now()
            await self._database.turn(
                lambda db: intake_work.refuse(db, work.id, work.tries, str(Trouble.BOMB), now)
            )
        elif status:
            await self._give_back(work, counted=True)
        self._wake()

    async def _run(self, work: Work) -> int:
        """The exit status of the process that reads it."""
        with tempfile.TemporaryDirectory(prefix="taphuan-") as folder:
            order = self._order(work, folder)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", importing.__name__,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, env=_plain(),
            )  # fmt: skip
            try:
                async with asyncio.timeout(PATIENCE):
                    await process.communicate(order.to_json())
            except TimeoutError:
                log.warning("intake %s took too long", work.id)
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        return process.returncode or 0

    def _order(self, work: Work, folder: str) -> importing.Order:
        now = self._now()
        return importing.Order(
            self._url, work.id, work.tries, folder, now.isoformat(), str(now.tzinfo)
        )

    async def _give_back(self, work: Work, *, counted: bool) -> None:
        def write(db: Connection) -> None:
            intake_work.give_back(db, work.id, work.tries, counted=counted)

        await self._database.turn(write)


def _plain() -> dict[str, str]:
    """The environment without our settings: a process that opens strange files needs no keys."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TAPHUAN_")}
