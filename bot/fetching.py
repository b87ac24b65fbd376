"""Bringing the files officers sent from their platforms, after the turn that noted them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.channels.base import Fetch, Rejected, SendError, TooLarge, Unreachable
from storage import attachments
from storage.file_kinds import LARGEST, Known, Refusal, recognised

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.inbox import Inbox
    from storage.attachments import Waiting
    from storage.database import Database

log = logging.getLogger(__name__)

# Seconds one file may take, however slowly it comes.
PATIENCE = 150.0


class Fetching:
    """Fetches what is pending. Any number of them may run on one database."""

    def __init__(self, database: Database, inbox: Inbox) -> None:
        self._database = database
        self._inbox = inbox

    async def fetch_due(self) -> bool:
        """Fetch files whose next try is due, a few at once; True where there may be more.

        What is not brought is tried again, until `attachments.TRIES` are used up.
        """
        if not await self._database.read(attachments.pending):
            return False
        names = [
            name for name, channel in self._inbox.channels.items() if isinstance(channel, Fetch)
        ]
        now = self._inbox.now()
        waiting = await self._database.turn(lambda db: attachments.claim(db, names, now))
        await asyncio.gather(*(self._fetch(one) for one in waiting))
        return len(waiting) == attachments.AT_ONCE

    async def forget_unused(self) -> bool:
        """Delete old files that no announcement refers to; True where there may be more."""
        now = self._inbox.now()
        return await self._database.turn(lambda db: attachments.forget_unused(db, now)) > 0

    async def _fetch(self, one: Waiting) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                content = await self._brought(one)
        except TooLarge:
            await self._settle(one, Refusal.LARGE, b"")
        except (Rejected, Unreachable) as error:
            log.warning("attachment %s is not given: %s", one.id, error)
            await self._settle(one, Refusal.LOST, b"")
        except (SendError, TimeoutError) as error:
            log.info("attachment %s is not here yet (%s)", one.id, type(error).__name__)
        except Exception:  # a fault of one channel holds up no other file
            log.exception("attachment %s is not fetched", one.id)
        else:
            found = await asyncio.to_thread(_judged, one, content)
            await self._settle(one, found, content)

    async def _brought(self, one: Waiting) -> bytes:
        channel = self._inbox.channels.get(one.channel)
        if not isinstance(channel, Fetch):
            raise SendError("The channel is gone")
        return await channel.fetch(one.source)

    async def _settle(self, one: Waiting, found: Known | Refusal, content: bytes) -> None:
        now = self._inbox.now()

        def write(db: Connection) -> bool:
            if isinstance(found, Known):
                return attachments.ready(db, one.id, found, content)
            return attachments.fail(db, one.id, found, now)

        if await self._database.turn(write):
            log.info("attachment %s: %s", one.id, found.type if isinstance(found, Known) else found)


def _judged(one: Waiting, content: bytes) -> Known | Refusal:
    """What is passed on is looked at here, a table where it is read: in a process of its own."""
    if not one.table:
        return recognised(one.kind, one.name, content)
    if not content:
        return Refusal.EMPTY
    return Known(one.name, "a table") if len(content) <= LARGEST else Refusal.LARGE
