"""Fetching events by long polling, where reading an event takes it away from the platform."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from bot.channels.base import Refused
from bot.channels.patience import Backoff, pause, unless
from bot.channels.zalo_bot_errors import (
    BAD_REQUEST,
    BROKEN,
    NOT_FOUND,
    TIMED_OUT,
    UNAUTHORISED,
    Failure,
)
from bot.channels.zalo_bot_wire import polled
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.channels.base import Keep
    from bot.channels.zalo_bot_client import Api
    from bot.channels.zalo_bot_errors import Broken

    Gap = Callable[[datetime], Awaitable[None]]

log = logging.getLogger(__name__)

MARGIN: Final = 10.0  # seconds that an answer may take beyond the time a poll is held open
LONGEST: Final = 30  # a wait after failures grows to this many times the first one
TRIES: Final = 5  # an event that the database alone does not want is given up after so many
# Whoever wrote while nobody listened for longer than this many seconds was not heard.
GAP = 60.0
# Seconds after a stop in which an open poll may still bring what is on its way.
FAREWELL = 1.0
# An empty poll that ends sooner than this many seconds was not held open at all.
FAST = 0.5


class Polling:
    """The loop over `getUpdates`.

    The platform forgets what it has handed over, and what is said while no poll is open. So each
    event is kept before anything else happens, and a poll stands open whenever it can. `hold` is
    how many seconds the platform keeps an empty poll open; `first` the first wait in seconds after
    a failure; `clock` tells the time (aware).
    """

    def __init__(self, api: Api, *, hold: int, first: float, clock: Callable[[], datetime]) -> None:
        self._api, self._hold, self._first, self._clock = api, hold, first, clock
        self._backoff = Backoff(first, first * LONGEST)
        self._heard: tuple[float, datetime] | None = None
        self._last: list[Mapping[str, Any]] = []

    @property
    def listened_at(self) -> datetime | None:
        """When the last good poll ended, here or before the start; None where nobody knows."""
        return self._heard[1] if self._heard else None

    async def run(
        self, keep: Keep, stop: asyncio.Event, on_gap: Gap, since: datetime | None = None
    ) -> None:
        """Fetch and keep until `stop` is set, outlasting every failure but a refused token.

        `on_gap` is called once where more than `GAP` seconds lay between the end of one good poll
        and the beginning of the next, when that has ended too, with the moment the former ended.
        The seconds are the loop's: setting the system clock makes no gap. `since` is when the last
        good poll before the start of the program ended; the gap it leaves is told as soon as the
        platform is there.

        Raises:
            Refused: Zalo does not accept the token.
        """
        opened = False
        while not stop.is_set():
            try:
                if not opened:
                    await unless(stop, self._take_webhook_away())
                    opened = True
                    await self._opened(on_gap, since)
                    continue
                fast = await self._round(keep, stop, on_gap)
            except BROKEN as error:
                await unless(stop, pause(self._wait(error)))
                continue
            if fast:
                await unless(stop, pause(self._first))

    async def _opened(self, on_gap: Gap, since: datetime | None) -> None:
        """Go on from the last poll of another process, as far as the clock can tell."""
        if self._heard or since is None:
            return
        now = self._clock()
        silent = max(0.0, (now - since).total_seconds())
        if silent > GAP:
            await _tell(on_gap, since)
            since, silent = now, 0.0
        self._heard = asyncio.get_running_loop().time() - silent, since

    async def _round(self, keep: Keep, stop: asyncio.Event, on_gap: Gap) -> bool:
        """One poll and what follows from it; True where the next one has to wait."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        events = await self._fetched(stop)
        if events is None:
            return False
        before, self._heard = self._heard, (loop.time(), self._clock())
        self._backoff.worked()
        for event in events:
            await self._kept(event, keep, stop)
        if before and asked - before[0] > GAP:
            await _tell(on_gap, before[1])
        # A server that hands over the same again and again would keep us as busy as an empty one.
        nothing_new = not events or events == self._last
        self._last = events
        return nothing_new and self._heard[0] - asked < FAST

    async def _fetched(self, stop: asyncio.Event) -> list[Mapping[str, Any]] | None:
        """What a poll brings, None for one that brought nothing by the end.

        What the platform has handed over is in nobody's hands until it is here.
        """
        task, halt = asyncio.ensure_future(self._fetch()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((task, halt), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait((task,), timeout=FAREWELL)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            halt.cancel()
            await asyncio.gather(task, halt, return_exceptions=True)

    async def _fetch(self) -> list[Mapping[str, Any]]:
        try:
            return polled(await self._api.updates(self._hold, read=self._hold + MARGIN))
        except Failure as error:
            if error.code == TIMED_OUT:
                return []
            raise

    async def _kept(self, event: Mapping[str, Any], keep: Keep, stop: asyncio.Event) -> None:
        """Keep the event: nobody else has it any more."""
        backoff = Backoff(self._first, self._first * LONGEST)
        tries = 0
        while True:
            try:
                await keep(event)
            except Exception as error:
                # The words of an exception may be a person's; its type is not.
                kind = type(error).__name__
                tries += not outage(error)
                if stop.is_set() or tries == TRIES:
                    log.error("zalo_bot: an event is lost, it could not be kept (%s)", kind)  # noqa: TRY400 - the trace may quote people
                    return
                log.warning("zalo_bot: an event is not kept yet (%s)", kind)
                await unless(stop, pause(backoff.failed(asyncio.get_running_loop().time())))
            else:
                return

    async def _take_webhook_away(self) -> None:
        """Polls are refused while a webhook is set."""
        try:
            await self._api.call("deleteWebhook", {})
        except Failure as error:
            if error.code not in (BAD_REQUEST, NOT_FOUND):
                raise
            log.info("zalo_bot: no webhook was taken away (%s)", error)

    def _wait(self, error: Broken) -> float:
        if isinstance(error, Failure) and error.code == UNAUTHORISED:
            raise Refused("Zalo does not accept the bot's token") from error
        seconds = self._backoff.failed(asyncio.get_running_loop().time())
        log.warning("zalo_bot: no events (%s), next try in %g s", error, seconds)
        return seconds


async def _tell(on_gap: Gap, since: datetime) -> None:
    try:
        await on_gap(since)
    except Exception as error:  # nobody is asked to say it again; those who write are heard
        log.error("zalo_bot: a gap could not be dealt with (%s)", type(error).__name__)  # noqa: TRY400 - likewise
