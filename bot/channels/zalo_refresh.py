"""One refresh of the Official Account's pair, across processes.

One turn takes the hold, Zalo is asked outside any turn, another turn keeps the answer; whoever does
not get the hold reads the row again until it has changed.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.channels.base import Refused, SendError, TryLater
from bot.channels.http import AnswerLost, NotSent
from bot.channels.zalo_oauth import ANSWER, Denied
from storage import oa_tokens
from storage.models import TokenState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.channels.zalo_oauth import Granted, OAuth
    from storage.database import Database
    from storage.oa_tokens import Pair

log = logging.getLogger(__name__)

# A hold outlives the slowest exchange by far, so that nobody spends a token a second time.
LEASE: Final = timedelta(seconds=60)
# How many seconds the database may take to give the hold.
SPARE: Final = LEASE.total_seconds() - 2 * ANSWER
LOGIN: Final = "run `taphuan zalo-login` to log the Official Account in anew"


class Refresh:
    """Refreshes the pair of one app. `pause` is what a failed try asks the caller to wait."""

    def __init__(
        self,
        database: Database,
        app_id: str,
        oauth: OAuth,
        clock: Callable[[], datetime],
        pause: timedelta,
    ) -> None:
        self._database, self._app_id, self._oauth = database, app_id, oauth
        self._clock, self._pause = clock, pause

    async def pair(self) -> Pair:
        """The pair as it stands. Raises `Refused` where nobody has logged in yet."""
        pair = await self._database.read(lambda db: oa_tokens.pair(db, self._app_id))
        if pair is None:
            raise Refused(f"The Official Account is not logged in: {LOGIN}")
        return pair

    async def after(self, generation: int) -> Pair:
        """A pair newer than `generation`, by whoever is first to fetch it.

        Raises:
            Refused: There will be none until an administrator does what the sentence says.
            TryLater: Zalo cannot be reached, or its answer was lost and the next try decides.
        """
        while True:
            pair = await self.pair()
            if pair.generation != generation:
                return pair
            usable(pair)
            holder = await self._hold(pair)
            if holder:
                return await self._spend(pair, holder)
            await asyncio.sleep(random.uniform(0.1, 0.2))  # noqa: S311 - no secret

    async def _hold(self, pair: Pair) -> str:
        """Take the hold; the holder's name, or "" where somebody else has it."""
        now, begun = self._clock(), asyncio.get_running_loop().time()
        if pair.held(now):
            return ""
        holder, app_id, generation = secrets.token_hex(8), self._app_id, pair.generation
        taken = await self._database.turn(
            lambda db: oa_tokens.hold(db, app_id, generation, holder, now=now, until=now + LEASE)
        )
        if taken and asyncio.get_running_loop().time() - begun > SPARE:
            # The database made us wait: the hold might end before the answer comes.
            await self._release(pair, holder)
            return ""
        return holder if taken else ""

    async def _spend(self, pair: Pair, holder: str) -> Pair:
        """Ask Zalo with the refresh token, and settle the row whatever comes of it."""
        begun = self._clock()
        if pair.holder:
            log.warning("zalo: a refresh was begun and never ended; trying once more")
        try:
            granted = await self._oauth.refresh(pair.refresh)
        except NotSent as error:
            await self._release(pair, holder)
            log.warning("zalo: the OAuth server cannot be reached (%s)", error)
            raise TryLater(self._pause) from error
        except AnswerLost as error:
            await self._doubt(pair, holder)
            log.warning("zalo: no answer to a refresh (%s); one more try decides", error)
            raise TryLater(self._pause) from error
        except Denied as error:
            raise await self._denied(pair, holder, error) from error
        await self._keep(pair.generation, granted, begun)
        return await self.pair()

    async def _denied(self, pair: Pair, holder: str, denied: Denied) -> SendError:
        """Note a refusal. One that does not name the token counts when it is repeated."""
        if denied.busy:
            await self._release(pair, holder)
            return TryLater(self._pause)
        if denied.ours:
            await self._release(pair, holder)
            log.warning("zalo: %s", denied)
            return Refused(f"{denied}: check the settings zalo_app_id and zalo_app_secret")
        if denied.spent or pair.state is TokenState.UNCERTAIN:
            app_id, generation, now = self._app_id, pair.generation, self._clock()
            lost = await self._database.turn(
                lambda db: oa_tokens.lose(db, app_id, generation, holder, now)
            )
            if lost:
                log.warning("zalo: %s; %s", denied, LOGIN)
            return Refused(f"{denied}: {LOGIN}")
        await self._doubt(pair, holder)
        log.warning("zalo: %s; one more try decides", denied)
        return Refused(f"{denied}: one more try decides")

    async def _release(self, pair: Pair, holder: str) -> None:
        app_id, generation = self._app_id, pair.generation
        await self._database.turn(lambda db: oa_tokens.release(db, app_id, generation, holder))

    async def _doubt(self, pair: Pair, holder: str) -> None:
        app_id, generation, now = self._app_id, pair.generation, self._clock()
        await self._database.turn(lambda db: oa_tokens.doubt(db, app_id, generation, holder, now))

    async def _keep(self, generation: int, granted: Granted, begun: datetime) -> None:
        """Save the new pair before anybody uses it, however long the database takes."""

        def save(db: Connection) -> bool:
            return oa_tokens.renew(
                db, self._app_id, generation, access=granted.access, refresh=granted.refresh,
                expires_at=begun + granted.life, now=begun,
            )  # fmt: skip

        wait, kept = 0.1, None
        while kept is None:
            try:
                kept = await self._database.turn(save)
            except Exception as error:  # the pair exists nowhere else
                log.warning("zalo: the new pair cannot be saved yet (%s)", type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(2 * wait, 5.0)
        if kept:
            log.info("zalo: pair %s is saved", generation + 1)
        else:
            log.warning("zalo: pair %s came too late: a newer one stands", generation + 1)


def usable(pair: Pair) -> None:
    """Raise `Refused` where the refresh token will never work."""
    if pair.state is TokenState.LOST or not pair.refresh:
        raise Refused(f"Zalo no longer accepts the refresh token: {LOGIN}")
