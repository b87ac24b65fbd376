"""One message out: claim what is due, make the words, send, settle."""

from __future__ import annotations

import asyncio
import logging
import math
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from bot.channels.base import Halted, Refused, Rejected, TryLater, Uncertain, Unreachable
from bot.settlements import Settlements, outlasting
from handlers import letters
from storage import digests, dispatch, floods, outbox, returns, spending, stoppages
from storage.channels import TELEGRAM
from storage.models import ChannelState, NoticeState
from storage.outage import outage
from storage.settlements import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.channels.base import Spoken
    from bot.inbox import Inbox
    from handlers.notices import Letter
    from storage.database import Database
    from storage.dispatch import Look
    from storage.outbox import Owed

log = logging.getLogger(__name__)

# So many are under way at once. Of a second at 1,000/s and 50 ms an answer 50 are on the wire; the
# rest waits for the database meanwhile.
AT_ONCE = 192
# So many of one channel are on its wire, so that answers never wait for a connection: of a channel
# that is fast, with 128 connections, or of any other, with 64.
FAST_WIRE, ON_WIRE = 112, 56
FAST = {TELEGRAM}
# The words of so many are made in one turn: a few milliseconds, so that nobody's answer waits.
SHEAF = 25
# Of them so many begin at once, the next so many seconds later: the loop is free for answers
# between them, and hears the platform's answers one after the other as well.
ABREAST, GAP = 5, 0.005
# So many turns of words at a time: a person's turn waits for no more of them than these.
MAKING = 2
# A platform that names no time is asked again after this long.
PATIENCE = timedelta(seconds=30)
# Seconds by which a clock is set at least that is said to have been set.
SET = 10.0


class Sender:
    """Sends what is owed. Any number of them may run on one database."""

    def __init__(self, database: Database, inbox: Inbox, at_once: int = AT_ONCE) -> None:
        self._database = database
        self._inbox = inbox
        self._settlements = Settlements(database, inbox.now)
        self._making = asyncio.Semaphore(MAKING)
        self._wires: dict[str, asyncio.Semaphore] = {}
        self._watch = Watch()
        self.at_once = at_once

    async def send_due(self) -> int:
        """Send one batch of due notices; returns how many were claimed.

        A notice that fails holds up no other. What is left unsettled by a database that is down
        comes back when its lease ends.
        """
        owed = (await self.look(self.at_once)).owed
        await asyncio.gather(*(self.send(sheaf) for sheaf in self.sheaves(owed)))
        return len(owed)

    async def look(self, room: int) -> Look:
        """Claim what is due and may be sent now, so many at most; `send` is to follow at once."""
        now = self._inbox.now()
        dead = self._watch.trusts(now)
        return await self._database.turn(
            lambda db: dispatch.look(db, now, room, dead=dead), bulk=True
        )

    def sheaves(self, owed: Sequence[Owed]) -> list[Sequence[Owed]]:
        """What was claimed, in portions to be sent by themselves, as alike as can be."""
        size = math.ceil(len(owed) / max(1, math.ceil(len(owed) / SHEAF)))
        return [owed[start : start + size] for start in range(0, len(owed), size or 1)]

    async def send(self, owed: Sequence[Owed]) -> bool:
        """Make the words of a few claimed notices, and send each.

        True where some of them are not sent now: they may be due again soon.
        """
        try:
            made = await self._made(owed)
        except Exception:
            log.exception("%s notices are left for their lease", len(owed))
            return False
        sending: list[asyncio.Task[None]] = []
        for start in range(0, len(made), ABREAST):
            if start:
                await asyncio.sleep(GAP)
            sending += [asyncio.create_task(self._send(one)) for one in made[start:][:ABREAST]]
        ends = await asyncio.gather(*sending, return_exceptions=True)
        for letter, end in zip(made, ends, strict=True):
            if isinstance(end, Exception):
                left = "notice %s (%s) is left for its lease"
                log.error(left, letter.notice_id, letter.kind, exc_info=end)
            elif end is not None:
                raise end
        return len(made) < len(owed)

    async def _made(self, owed: Sequence[Owed]) -> list[Letter]:
        """The words in one turn, which locks the addressees' conversations."""
        try:
            async with self._making:
                return await outlasting(
                    self._database, lambda db: letters.made(db, owed, self._inbox.now(), _later)
                )
        except Exception as error:
            if outage(error):
                raise
            if len(owed) > 1:  # each by itself: one of them spoils it
                return [letter for one in owed for letter in await self._made([one])]
            # These words will never be made.
            log.exception("notice %s (%s) has no words", owed[0].id, owed[0].kind)
            await self._settle(owed[0].id, NoticeState.FAILED, None, "words")
            return []

    async def _send(self, letter: Letter) -> None:
        channel = self._inbox.channels.get(letter.channel)
        if channel is None:
            await self._unsent(letter, PATIENCE)
            return
        try:
            async with self._wire(letter.channel):
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
            await self._unsent(letter, error.after or PATIENCE, flood=error.after is not None)
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

    def _wire(self, name: str) -> asyncio.Semaphore:
        if name not in self._wires:
            self._wires[name] = asyncio.Semaphore(FAST_WIRE if name in FAST else ON_WIRE)
        return self._wires[name]

    async def _sent(self, letter: Letter, spoken: Spoken) -> None:
        """Settle and count it; a platform that says no price charges what was reserved."""
        cost = max(letter.cost, spoken.cost)
        await self._settlements.add(
            Sent(letter.notice_id, letter.channel, letter.kind, letter.again, spoken.at, cost)
        )
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

    async def _unsent(self, letter: Letter, after: timedelta, *, flood: bool = False) -> None:
        """This try surely did not arrive; an earlier one may have.

        `flood`: the platform asked for the wait, so that it is respected by everybody.
        """
        now = self._inbox.now()

        def write(db: Connection) -> None:
            _later(db, letter, now + after)
            if flood:
                floods.flood(db, letter.channel, letter.address, after, now)

        await self._database.turn(write)

    async def _settle(
        self, notice_id: int, state: NoticeState, at: datetime | None, reason: str
    ) -> None:
        await self._database.turn(
            lambda db: outbox.settle(db, notice_id, state, at=at, reason=reason)
        )


class Watch:
    """Knows whether the clock was set: then a lease that has ended is no proof of a death.

    What this process and others have in hand is left with them until every lease has ended by the
    time that really went by.
    """

    def __init__(self, monotonic: Callable[[], float] = monotonic) -> None:
        self._monotonic = monotonic
        self._last: tuple[datetime, float] | None = None
        self._until = 0.0

    def trusts(self, now: datetime) -> bool:
        """Whether leases may be believed at this moment."""
        tick = self._monotonic()
        if self._last:
            before, then = self._last
            if abs((now - before).total_seconds() - (tick - then)) > SET:
                self._until = tick + outbox.LEASE.total_seconds()
        self._last = now, tick
        return tick >= self._until


def _later(db: Connection, letter: Letter, until: datetime) -> None:
    """Owe it again: this try surely did not arrive."""
    _refund(db, letter)
    outbox.postpone(db, letter.notice_id, until, maybe_sent=letter.again)


def _refund(db: Connection, letter: Letter) -> None:
    """Take back what was reserved for this try; what an earlier one may have cost stays."""
    if letter.reserved:
        spending.refund(db, letter.channel, letter.day, letter.kind, letter.reserved)
        outbox.charge(db, letter.notice_id, letter.cost - letter.reserved)
