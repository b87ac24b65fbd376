"""The program: everything built from the settings, started, and stopped without losing anything."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.channels.base import Refused, SendError
from bot.channels.telegram import TelegramChannel
from bot.clock import Clock, either
from bot.files import Files
from bot.inbox import Inbox
from bot.menus import Menus
from bot.opening import opened
from bot.sender import Sender
from bot.settings import need_telegram
from bot.web import Hook, Web

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bot.settings import Settings
    from handlers.turn import Answer
    from storage.database import Database

log = logging.getLogger(__name__)

# Seconds that speaking what was accepted may take at the end; the rest is spoken after a restart.
FAREWELL = 20.0
# Seconds between tries to tell the platform about us, the longest.
LONGEST = 300.0


class StartError(Exception):
    """The program cannot start; the message says why and what to do, in one line."""


async def run(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[Program], None] = lambda _: None,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Run until `stop` is set, then finish what was accepted; `ready` is called once it runs.

    `now` tells the time; the demo and the tests may live on another day.
    Raises SettingsError, StartError, DatabaseError or Refused, each with one line that says what
    to do.
    """
    need_telegram(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened(settings))
        channel = await stack.enter_async_context(_telegram(settings, database))
        await _identify(channel)
        program = Program(settings, database, channel, now)
        await program.run(stop, ready)


def _telegram(settings: Settings, database: Database) -> TelegramChannel:
    return TelegramChannel(
        settings.telegram_token.get_secret_value(),
        render=Files(database, settings.zone),
        base_url=settings.telegram_base_url or None,
        base_file_url=settings.telegram_base_file_url or None,
        proxy=settings.telegram_proxy or None,
    )


async def _identify(channel: TelegramChannel) -> None:
    """Only a refusal ends the start: a platform that is down comes back by itself."""
    try:
        log.info("telegram: we are @%s", await channel.identify())
    except Refused as error:
        raise StartError(
            "Telegram refuses the token: copy it anew from @BotFather into TAPHUAN_TELEGRAM_TOKEN"
        ) from error
    except SendError as error:
        log.warning("telegram: no answer yet (%s)", type(error).__name__)


class Program:
    """The running parts. `web_port` is where the web server listens once it runs."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        channel: TelegramChannel,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._channel = channel
        self._inbox = Inbox(database, settings.zone, now, on_turn=self._turned)
        self._inbox.channels = {channel.name: channel}
        self._clock = Clock(database, self._inbox, Sender(database, self._inbox))
        self._menus = Menus(channel, database, self._inbox)
        self._clock.add("menus", self._menus.refresh)
        self._web = Web(settings.web_host, settings.web_port, database)
        self._secret = settings.telegram_webhook_secret.get_secret_value()
        if settings.webhook:
            hook = Hook(channel, self._inbox, self._secret)
            self._web.add_hook(settings.webhook, hook)

    @property
    def web_port(self) -> int:
        """The port of the web server."""
        return self._web.port

    def wake(self) -> None:
        """Let the sender look at once for what is owed."""
        self._clock.wake.set()

    async def run(self, stop: asyncio.Event, ready: Callable[[Program], None]) -> None:
        """Until `stop` is set, or the token is refused."""
        try:
            await self._web.start()
        except OSError as error:
            raise StartError(
                f"port {self._settings.web_port} of {self._settings.web_host} cannot be had "
                f"({error.strerror}): set TAPHUAN_WEB_PORT to another"
            ) from error
        ended = asyncio.Event()
        # The clock goes on until what was taken is answered: it may owe something to others.
        clock = asyncio.create_task(self._clock.run(ended))
        announcing = asyncio.create_task(self._announce(stop))
        try:
            ready(self)
            await self._take(stop)
        finally:
            stop.set()
            await self._stop(ended, clock, announcing)

    async def _take(self, stop: asyncio.Event) -> None:
        if self._settings.webhook:
            await stop.wait()
        else:
            await self._channel.poll(self._inbox.receive, stop)

    async def _stop(self, ended: asyncio.Event, *tasks: asyncio.Task[None]) -> None:
        log.info("stopping: finishing what was accepted")
        try:
            async with asyncio.timeout(FAREWELL):
                await self._web.stop()
                await self._inbox.finish()
                ended.set()
                await asyncio.gather(*tasks)
        except TimeoutError:
            log.warning("not everything was spoken; the rest is after the next start")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        log.info("stopped")

    def _turned(self, answer: Answer) -> None:
        self.wake()
        self._menus.note(answer)

    async def _announce(self, stop: asyncio.Event) -> None:
        """Tell the platform where updates go and which commands there are, until it listens."""
        pause = 1.0
        while not stop.is_set():
            try:
                if self._settings.webhook:
                    url = self._settings.webhook
                    await self._channel.set_webhook(url, self._secret)
                await self._menus.announce()
            except SendError as error:
                log.warning("telegram: not set up yet (%s)", error)
                await either(stop, asyncio.Event(), pause)
                pause = min(pause * 2, LONGEST)
            else:
                return


@contextmanager
def stopping(stop: asyncio.Event) -> Generator[None]:
    """Let SIGTERM and SIGINT set `stop`; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    asked = False

    def ask(number: int, _: object) -> None:
        nonlocal asked
        if asked:
            os._exit(128 + number)
        asked = True
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
