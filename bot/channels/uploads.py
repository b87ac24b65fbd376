"""What a platform calls the files we gave it: each is uploaded once, and sent by that name.

Kept in the database for all processes; within one, whoever needs the same file waits for the one
upload that is under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.channels.base import TryLater
from storage import attachments
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.attachments import Upload
    from storage.database import Database

log = logging.getLogger(__name__)

KEPT: Final = 1000  # names this process remembers


class Uploads:
    """The uploads of one channel. Without a database only this process knows of them."""

    def __init__(
        self,
        database: Database | None = None,
        channel: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._channel, self._clock = database, channel, clock
        self._known: OrderedDict[int, Upload] = OrderedDict()
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def reference(
        self, attachment_id: int, upload: Callable[[], Awaitable[Upload | None]]
    ) -> str:
        """What the platform calls the attachment, by `upload` where it has none of it yet.

        `upload` may send it as well, and may find out no name; that is "" then. It is called by
        one at a time; what it raises is raised to its own caller, and the next one tries.

        Raises:
            TryLater: The database does not answer; nothing was uploaded.
        """
        if known := self._fresh(attachment_id):
            return known
        async with self._locks[attachment_id]:
            if known := self._fresh(attachment_id) or await self._found(attachment_id):
                return known
            made = await upload()
            if made is None:
                return ""
            self._remember(attachment_id, made)
            await self._note(attachment_id, made)
            return made.reference

    async def drop(self, attachment_id: int, reference: str) -> None:
        """Forget a name that the platform refuses; another upload's stays."""
        known = self._known.get(attachment_id)
        if known and known.reference == reference:
            del self._known[attachment_id]
        if self._database is None:
            return
        channel = self._channel
        try:
            await self._database.turn(
                lambda db: attachments.forget_upload(db, attachment_id, channel, reference)
            )
        except Exception as error:
            if outage(error):
                raise TryLater from error
            raise

    def _fresh(self, attachment_id: int) -> str:
        known = self._known.get(attachment_id)
        if known is None or (known.until is not None and known.until <= self._clock()):
            return ""
        return known.reference

    def _remember(self, attachment_id: int, upload: Upload) -> None:
        self._known[attachment_id] = upload
        while len(self._known) > KEPT:
            oldest, _ = self._known.popitem(last=False)
            self._locks.pop(oldest, None)

    async def _found(self, attachment_id: int) -> str:
        """What another process, or an earlier one, has noted."""
        if self._database is None:
            return ""
        channel, now = self._channel, self._clock()
        try:
            upload = await self._database.read(
                lambda db: attachments.uploaded(db, attachment_id, channel, now)
            )
        except Exception as error:
            if outage(error):
                raise TryLater from error
            raise
        if upload is None:
            return ""
        self._remember(attachment_id, upload)
        return upload.reference

    async def _note(self, attachment_id: int, upload: Upload) -> None:
        if self._database is None:
            return
        channel = self._channel
        try:
            await self._database.turn(
                lambda db: attachments.note_upload(db, attachment_id, channel, upload)
            )
        except Exception as error:  # it may have been sent by now, which must not be repeated
            log.warning("an upload to %s is not noted (%s)", channel, type(error).__name__)
