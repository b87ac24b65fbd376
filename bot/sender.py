"""One message out: claim what is due, make the words, send, settle."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.channels.base import Refused, Rejected, TryLater, Uncertain, Unreachable
from handlers import notices
from storage import outbox
from storage.models import NoticeState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.inbox import Inbox
    from handlers.notices import Letter
    from storage.database import Database

log = logging.getLogger(__name__)

BATCH = 50
# A platform that names no time is asked again after this long.
PATIENCE = timedelta(seconds=30)


class Sender:
    """Sends what is owed. Any number of them may run on one database."""

    def __init__(self, database: Database, inbox: Inbox) -> None:
        self._database = database
        self._inbox = inbox

    async def send_due(self) -> int:
        """Send one batch of due notices; returns how many were claimed."""
        now = self._inbox.now()
        owed = await self._database.turn(lambda db: outbox.claim(db, now, BATCH))
        # Each notice is a turn of its own: it locks its addressee's conversation.
        letters = [
            await self._database.turn(lambda db, one=one: notices.prepare(db, one, now))
            for one in owed
        ]
        await asyncio.gather(*(self._send(letter) for letter in letters if letter))
        return len(owed)

    async def _send(self, letter: Letter) -> None:
        channel = self._inbox.channels.get(letter.channel)
        if channel is None:
            await self._later(letter, PATIENCE)
            return
        try:
            spoken = await channel.speak(letter.address, letter.reply)
        except Unreachable:
            await self._database.turn(lambda db: self._lost(db, letter))
        except Rejected as error:
            # The place in our code says nothing: it is the platform that refused.
            log.error("notice %s refused: %s", letter.notice_id, error)  # noqa: TRY400
            await self._settle(letter, NoticeState.FAILED, None, "rejected")
        except Uncertain:
            await self._later(letter, PATIENCE)
        except (TryLater, Refused) as error:
            after = error.after if isinstance(error, TryLater) else None
            await self._later(letter, after or PATIENCE)
        else:
            state = NoticeState.UNCERTAIN if letter.again else NoticeState.SENT
            await self._settle(letter, state, spoken.at, "")

    async def _settle(
        self, letter: Letter, state: NoticeState, at: datetime | None, reason: str
    ) -> None:
        await self._database.turn(
            lambda db: outbox.settle(db, letter.notice_id, state, at=at, reason=reason)
        )

    async def _later(self, letter: Letter, after: timedelta) -> None:
        until = self._inbox.now() + after
        await self._database.turn(lambda db: outbox.postpone(db, letter.notice_id, until))

    @staticmethod
    def _lost(db: Connection, letter: Letter) -> None:
        outbox.reach(db, letter.account_id, reachable=False)
        outbox.settle(db, letter.notice_id, NoticeState.FAILED, at=None, reason="unreachable")
