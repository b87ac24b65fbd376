"""The keys of an Official Account: one good access token for every process that asks.

The refresh token works once, so every refresh is held, made and saved as `zalo_refresh` says. What
can still go wrong is an answer that never arrives: the pair is then in doubt, one further try
decides, and where that is refused an administrator logs in anew. Nothing else stops.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from bot.channels.base import Refused, SendError, TryLater, Uncertain
from bot.channels.http import AnswerLost, Http, NotSent
from bot.channels.zalo_oauth import LIFE, Denied, OAuth
from bot.channels.zalo_refresh import LEASE, Refresh, usable
from storage import oa_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from storage.database import Database
    from storage.oa_tokens import Pair

log = logging.getLogger(__name__)

# A new pair is fetched this long before the old access token ends.
EARLY: Final = timedelta(minutes=10)
# So many seconds an early renewal may hold up somebody whose old token still works.
BRIEFLY = 2.0
# A refresh that failed is not tried again before.
PAUSE: Final = timedelta(seconds=15)


class Tokens:
    """The pair of one app, kept in the database. `async with` opens and closes the connections.

    `secret_key` is the app's. `oauth_url` is the host of the OAuth server (default: Zalo's own).
    `clock` gives aware times. `pause` is how long a failed refresh is left alone.
    Closing waits for a refresh that is under way, so close it before the database.
    """

    def __init__(
        self,
        database: Database,
        app_id: str,
        secret_key: str,
        *,
        oauth_url: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: timedelta = PAUSE,
    ) -> None:
        self._database, self._app_id, self._clock, self._pause = database, app_id, clock, pause
        self._http = Http(connections=2)
        self._oauth = OAuth(self._http, app_id, secret_key, url=oauth_url)
        self._refresh = Refresh(database, app_id, self._oauth, clock, pause)
        self._task: asyncio.Task[Pair] | None = None
        self._failed: tuple[int, float, SendError] | None = None

    async def __aenter__(self) -> Self:
        """Open the connections; asks Zalo nothing yet."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let a running refresh end, then close the connections."""
        if self._task and not self._task.done():
            await asyncio.wait([self._task], timeout=LEASE.total_seconds())
            self._task.cancel()
        await self._http.__aexit__(kind, error, trace)

    async def access(self) -> str:
        """An access token that should be accepted; renewed shortly before its end.

        While a renewal fails or lasts, the old one serves as long as it lives.

        Raises:
            Refused: Nobody is logged in, or the refresh token is lost; says what to do.
            TryLater: The OAuth server cannot be reached.
        """
        pair = await self._refresh.pair()
        now = self._clock()
        if pair.expires_at - now > EARLY:
            return pair.access
        alive = bool(pair.access) and pair.expires_at > now
        try:
            async with asyncio.timeout(BRIEFLY if alive else None):
                return (await self._after(pair)).access
        except (SendError, TimeoutError):
            if alive:
                return pair.access
            raise

    async def renew(self, spent: str) -> str:
        """Another access token than `spent`, which Zalo no longer accepts.

        Raises as `access` does.
        """
        pair = await self._refresh.pair()
        return pair.access if pair.access != spent else (await self._after(pair)).access

    async def log_in(self, code: str, verifier: str) -> None:
        """Begin with the pair that the code of a login brings.

        Raises:
            Refused: Zalo does not accept code, verifier, app id or secret key.
            TryLater: Zalo cannot be reached; the code is still good.
            Uncertain: No answer came; the login has to be begun anew.
        """
        begun = self._clock()
        try:
            granted = await self._oauth.exchange(code, verifier)
        except NotSent as error:
            raise TryLater from error
        except AnswerLost as error:
            raise Uncertain("Zalo did not answer: begin the login anew") from error
        except Denied as error:
            if error.busy:
                raise TryLater from error
            raise Refused(f"{error}: begin the login anew") from error
        await self._begin(granted.access, granted.refresh, begun + granted.life)

    async def adopt(self, access: str, refresh: str) -> None:
        """Begin with a pair from elsewhere; without `access` one is fetched when it is needed."""
        now = self._clock()
        await self._begin(access, refresh, now + LIFE if access else now)

    async def _begin(self, access: str, refresh: str, expires_at: datetime) -> None:
        now = self._clock()
        await self._database.turn(
            lambda db: oa_tokens.adopt(
                db, self._app_id, access=access, refresh=refresh, expires_at=expires_at, now=now
            )
        )
        log.info("zalo: the Official Account is logged in")

    # Within one process everybody waits for the same refresh.

    async def _after(self, pair: Pair) -> Pair:
        """A pair newer than this one."""
        newer = pair
        while newer.generation <= pair.generation:
            usable(newer)
            self._not_too_soon(newer)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._once(newer.generation))
                self._task.add_done_callback(_heard)
            try:
                async with asyncio.timeout(LEASE.total_seconds()):
                    # Whoever gives up waiting must not tear the answer away from the others.
                    newer = await asyncio.shield(self._task)
            except TimeoutError as error:
                raise TryLater from error
        return newer

    async def _once(self, generation: int) -> Pair:
        try:
            return await self._refresh.after(generation)
        except SendError as error:
            until = asyncio.get_running_loop().time() + self._pause.total_seconds()
            self._failed = (generation, until, error)
            raise

    def _not_too_soon(self, pair: Pair) -> None:
        """Raise what the last refresh of this pair raised, where that was a moment ago."""
        if self._failed:
            generation, until, error = self._failed
            if generation == pair.generation and asyncio.get_running_loop().time() < until:
                raise error


def _heard(task: asyncio.Task[Pair]) -> None:
    """Take notice of a failure that nobody waits for any more."""
    if not task.cancelled():
        task.exception()
