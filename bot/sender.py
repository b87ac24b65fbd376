"""One message out: claim what is due, make the words, send, settle."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.channels.base import Halted, Refused, Rejected, TryLater, Uncertain, Unreachable
from handlers import notices
from storage import digests, outbox, returns, spending, stoppages
from storage.models import ChannelState, NoticeState
from storage.outage import outage

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.channels.base import Spoken
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
            *(self._deal(one, room) for one in owed), return_exceptions=True
        )
        for one, end in zip(owed, ends, strict=True):
            if isinstance(end, Exception):
                log.error("notice %s (%s) is left for its lease", one.id, one.kind, exc_info=end)
            elif end is not None:
                raise end
        return len(owed)

    async def _deal(self, one: Owed, room: asyncio.Semaphore) -> None:
        async with room:
            letter = await self._prepared(one, self._inbox.now())
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
            await self._unsent(letter, PATIENCE)
            return
        try:
            spoken = await channel.speak(letter.address, letter.reply)
        except Unreachable:
            await self._lost(letter)
        except Rejected as error:
            # The place in our code says nothing: it is the platform that refused.
            log.error("notice %s refused: %s", letter.notice_id, error)  # noqa: TRY400
            await self._rejected(letter)
        except Uncertain:
            now = self._inbox.now()
            await self._database.turn(lambda db: outbox.doubt(db, letter.notice_id, now))
        except TryLater as error:
            await self._unsent(letter, error.after or PATIENCE)
        except Refused as error:
            await self._stopped(letter, ChannelState.REFUSED, str(error))
        except Halted as error:
            await self._stopped(letter, error.state, error.reason)
        except Exception:  # a fault of ours: it may stand on the phone, and is not repeated
            log.exception("notice %s: the channel failed", letter.notice_id)
            now = self._inbox.now()
            await self._settle(letter.notice_id, NoticeState.UNCERTAIN, now, "fault")
        else:
            await self._sent(letter, spoken)

    async def _sent(self, letter: Letter, spoken: Spoken) -> None:
        """Settle and count it; a platform that says no price charges what was reserved."""
        state = NoticeState.UNCERTAIN if letter.again else NoticeState.SENT
        cost, now = max(letter.cost, spoken.cost), self._inbox.now()

        def write(db: Connection) -> None:
            outbox.settle(db, letter.notice_id, state, at=spoken.at, cost=cost)
            stoppages.go_on(db, letter.channel, now, kind=letter.kind)

        await self._database.turn(write)
        counted = 1 if letter.cost else 0
        self._inbox.on_spoken(
            letter.channel, letter.kind, spoken.messages - counted, cost - letter.cost
        )

    async def _lost(self, letter: Letter) -> None:
        now = self._inbox.now()

        def write(db: Connection) -> None:
            _refund(db, letter)
            failed = returns.lost(
                db, letter.notice_id, letter.account_id, now, number=letter.address
            )
            if failed and letter.kind == digests.KIND:
                digests.hand_on(db, outbox.one(db, letter.notice_id), now, lost=True)

        await self._database.turn(write)

    async def _rejected(self, letter: Letter) -> None:
        def write(db: Connection) -> None:
            _refund(db, letter)
            outbox.settle(
                db, letter.notice_id, NoticeState.FAILED, at=None, reason=returns.REJECTED
            )

        await self._database.turn(write)

    async def _stopped(self, letter: Letter, state: ChannelState, reason: str) -> None:
        """The whole channel carries nothing: the notice goes another way, or waits."""
        log.error("channel %s is %s: %s", letter.channel, state, reason)
        now = self._inbox.now()

        def write(db: Connection) -> None:
            _refund(db, letter)
            stoppages.stop(db, letter.channel, state, reason, now, kind=letter.kind)
            stoppages.divert(db, letter.notice_id, now, again=letter.again)

        await self._database.turn(write)

    async def _unsent(self, letter: Letter, after: timedelta) -> None:
        """This try surely did not arrive; an earlier one may have."""
        until = self._inbox.now() + after

        def write(db: Connection) -> None:
            _refund(db, letter)
            outbox.postpone(db, letter.notice_id, until, maybe_sent=letter.again)

        await self._database.turn(write)

    async def _settle(
        self, notice_id: int, state: NoticeState, at: datetime | None, reason: str
    ) -> None:
        await self._database.turn(
            lambda db: outbox.settle(db, notice_id, state, at=at, reason=reason)
        )


def _refund(db: Connection, letter: Letter) -> None:
    """Take back what was reserved for this try; what an earlier one may have cost stays."""
    if letter.reserved:
        spending.refund(db, letter.channel, letter.day, letter.kind, letter.reserved)
        outbox.charge(db, letter.notice_id, letter.cost - letter.reserved)
