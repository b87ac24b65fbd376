"""One message out: claim what is due, make the words, send, settle."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.channels.base import Refused, Rejected, TryLater, Uncertain, Unreachable
from handlers import notices
from storage import outbox, returns
from storage.models import NoticeState
from storage.outage import outage

if TYPE_CHECKING:
    from datetime import datetime

    from bot.inbox import Inbox
    from handlers.notices import Letter
    from storage.database import Database
    from storage.outbox import Owed

log = logging.getLogger(__name__)

BATCH = 50
# So many are made and sent at once: a batch of the slowest sends ends before its lease does.
AT_ONCE = 16
# A platform that names no time is asked again after this long.
PATIENCE = timedelta(seconds=30)


class Sender:
    """Sends what is owed. Any number of them may run on one database."""

    def __init__(self, database: Database, inbox: Inbox) -> None:
        self._database = database
        self._inbox = inbox

    async def send_due(self) -> int:
        """Send one batch of due notices; returns how many were claimed.

        A notice that fails holds up no other. What is left unsettled by a database that is down
        comes back when its lease ends.
        """
        now = self._inbox.now()
        owed = await self._database.turn(lambda db: outbox.claim(db, now, BATCH))
        room = asyncio.Semaphore(AT_ONCE)
        ends = await asyncio.gather(
            *(self._deal(one, now, room) for one in owed), return_exceptions=True
        )
        for one, end in zip(owed, ends, strict=True):
            if isinstance(end, Exception):
                log.error("notice %s (%s) is left for its lease", one.id, one.kind, exc_info=end)
            elif end is not None:
                raise end
        return len(owed)

    async def _deal(self, one: Owed, now: datetime, room: asyncio.Semaphore) -> None:
        async with room:
            letter = await self._prepared(one, now)
            if letter:
                await self._send(letter)

    async def _prepared(self, one: Owed, now: datetime) -> Letter | None:
        """The words in a turn of their own, which locks the addressee's conversation."""
        try:
            return await self._database.turn(lambda db: notices.prepare(db, one, now))
        except Exception as error:
            if outage(error):
                raise
            # These words will never be made.
            log.exception("notice %s (%s) has no words", one.id, one.kind)
            await self._settle(one.id, NoticeState.FAILED, None, "words")
            return None

    async def _send(self, letter: Letter) -> None:
        channel = self._inbox.channels.get(letter.channel)
        if channel is None:
            await self._later(letter, None, maybe_sent=letter.again)
            return
        try:
            spoken = await channel.speak(letter.address, letter.reply)
        except Unreachable:
            now = self._inbox.now()
            await self._database.turn(
                lambda db: returns.lost(db, letter.notice_id, letter.account_id, now)
            )
        except Rejected as error:
            # The place in our code says nothing: it is the platform that refused.
            log.error("notice %s refused: %s", letter.notice_id, error)  # noqa: TRY400
            await self._settle(letter.notice_id, NoticeState.FAILED, None, "rejected")
        except Uncertain:
            await self._later(letter, None, maybe_sent=True)
        except (TryLater, Refused) as error:
            after = error.after if isinstance(error, TryLater) else None
            await self._later(letter, after, maybe_sent=letter.again)
        except Exception:  # a fault of ours: it may stand on the phone, and is not repeated
            log.exception("notice %s: the channel failed", letter.notice_id)
            now = self._inbox.now()
            await self._settle(letter.notice_id, NoticeState.UNCERTAIN, now, "fault")
        else:
            state = NoticeState.UNCERTAIN if letter.again else NoticeState.SENT
            await self._settle(letter.notice_id, state, spoken.at, "")

    async def _settle(
        self, notice_id: int, state: NoticeState, at: datetime | None, reason: str
    ) -> None:
        await self._database.turn(
            lambda db: outbox.settle(db, notice_id, state, at=at, reason=reason)
        )

    async def _later(self, letter: Letter, after: timedelta | None, *, maybe_sent: bool) -> None:
        until = self._inbox.now() + (after or PATIENCE)
        await self._database.turn(
            lambda db: outbox.postpone(db, letter.notice_id, until, maybe_sent=maybe_sent)
        )
