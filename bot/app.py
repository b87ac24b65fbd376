"""The program: everything built from the settings, started, and stopped without losing anything."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from bot import stations
from bot.boards import Boards
from bot.channels.base import Halted, Refused, SendError
from bot.clock import Clock, either
from bot.events import Events
from bot.fetching import Fetching
from bot.files import Files
from bot.inbox import ANSWER, Inbox
from bot.intakes import Intakes
from bot.links import Links
from bot.made import report_templates
from bot.meter import Meter
from bot.opening import opened
from bot.proofs import Proofs
from bot.receiving import Receiving
from bot.replies import EVERY, Replies
from bot.roles import EVERY_ROLE, Role
from bot.sender import Sender
from bot.settings import need_channel
from bot.web import Web
from storage import channels, quotas, stoppages
from storage.models import ChannelState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Sequence

    from sqlalchemy import Connection

    from bot.settings import Settings
    from bot.stations import Station
    from handlers.turn import Answer
    from storage.database import Database

log = logging.getLogger(__name__)

# Seconds that speaking what was accepted may take at the end; the rest is spoken after a restart.
FAREWELL = 20.0
# Seconds between tries to tell a platform about us, or to listen to it, the longest.
LONGEST = 300.0
# Seconds between two looks at leases, figures and quotas.
LEASES, FIGURES, QUOTAS = 5.0, 10.0, 60.0
# Seconds between two looks at files to fetch, and at those nobody needs any more.
FILES, UNUSED = 1.0, 3600.0
# Seconds between two looks at files to read, and at what came to nothing.
READS, LEFT_OVERS = 1.0, 60.0


class StartError(Exception):
    """The program cannot start; the message says why and what to do, in one line."""


async def run(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[Program], None] = lambda _: None,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    roles: Collection[Role] = EVERY_ROLE,
) -> None:
    """Run until `stop` is set, then finish what was accepted; `ready` is called once it runs.

    `now` tells the time; the demo and the tests may live on another day. `roles` says which of
    the work this process does. A channel that is down or
    refused holds up no other.
    Raises SettingsError, StartError, DatabaseError or Refused, each with one line that says what
    to do.
    """
    need_channel(settings)
    report_templates.check(settings.report_templates)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened(settings))
        program = Program(settings, database, now, roles)
        await program.open(stack)
        await program.run(stop, ready)


class Program:
    """The running parts. `web_port` is where the web server listens once it runs."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        now: Callable[[], datetime],
        roles: Collection[Role] = EVERY_ROLE,
    ) -> None:
        self._roles = roles
        self._settings = settings
        self._database = database
        self._now = now
        self._meter = Meter(database, lambda: now().astimezone(settings.zone))
        self._inbox = Inbox(
            database, settings.zone, now, on_turn=self._turned, on_spoken=self._spoken
        )
        self._replies = Replies(database, self._inbox.now, monotonic)
        self._inbox.on_flood = self._replies.flood
        self._events = Events(database, self._inbox)
        self._sender = Sender(database, self._inbox)
        self._clock = Clock(database, self._inbox, self._sender, roles=roles)
        self._intakes = Intakes(
            database, settings.database_url.get_secret_value(), self._inbox.now,
            self._clock.wake.set,
        )  # fmt: skip
        self._web = Web(settings.web_host, settings.web_port, database)
        self._stations: list[Station] = []
        self._closed: dict[str, tuple[ChannelState, str]] = {}

    @property
    def web_port(self) -> int:
        """The port of the web server."""
        return self._web.port

    def wake(self) -> None:
        """Let every job of time look at once."""
        self._clock.hurry()

    async def open(self, stack: AsyncExitStack) -> None:
        """Open every channel that is set up, and note in the database on what terms it runs.

        Raises StartError where none is left that its platform accepts.
        """
        self._tick()
        if Role.CLOCK in self._roles:
            await self._clock.day()
        if not {Role.WEB, Role.SENDER}.intersection(self._roles):
            return  # whoever only looks at the time speaks to nobody
        settings = self._settings
        files = Files(
            self._database, settings.zone, self._now, site=settings.public_url,
            templates=settings.report_templates,
        )  # fmt: skip
        link = Links(settings.public_url, settings.channel_secrets, files, self._now)
        self._web.add_page(link.route, link.serve)
        receiving = Receiving(self._database, link, self._inbox.now)
        self._web.add_page(receiving.route, receiving.show)
        self._web.add_hook(receiving.route, receiving.take)
        boards = Boards(self._database, link, self._inbox.now)
        self._web.add_page(boards.route, boards.show)
        self._web.add_page(boards.counting, boards.count)
        proofs = Proofs(self._database, settings.public_url, settings.zone)
        self._web.add_page(proofs.route, proofs.show)
        self._web.add_page(proofs.asking, proofs.tell)
        self._stations = await stack.enter_async_context(
            stations.opened(
                stations.Parts(
                    settings, self._database, self._inbox, self._events,
                    link=link, render=files, now=self._now, wake=self._clock.wake.set,
                )
            )
        )  # fmt: skip
        self._inbox.channels = {one.name: one.channel for one in self._stations}
        names = await asyncio.gather(*(self._identify(one) for one in self._stations))
        if not any(self._accepted(one) for one in self._stations):
            raise StartError("; ".join(dict.fromkeys(one.refusal for one in self._stations)))
        await self._database.turn(lambda db: self._describe(db, names))
        self._wire()

    async def _identify(self, station: Station) -> str | None:
        """Its name there. A platform that is down comes back by itself, one that refuses does not.

        None where it gave no name.
        """
        try:
            name = await station.identify()
        except Refused as error:
            log.error("%s: %s (%s)", station.name, station.refusal, error)  # noqa: TRY400 - no fault
            self._closed[station.name] = (ChannelState.REFUSED, station.refusal)
        except Halted as error:
            log.error("%s: %s", station.name, error.reason)  # noqa: TRY400 - likewise
            self._closed[station.name] = (error.state, error.reason)
        except SendError as error:
            log.warning("%s: no answer yet (%s)", station.name, type(error).__name__)
        else:
            log.info("%s: we are %s", station.name, name or "there")
            return name
        return None

    def _accepted(self, station: Station) -> bool:
        """Whether it can be listened to; what is halted still hears."""
        state, _ = self._closed.get(station.name, (ChannelState.READY, ""))
        return state is not ChannelState.REFUSED

    def _describe(self, db: Connection, names: Sequence[str | None]) -> None:
        """Note which channels run here, and how they stand."""
        now = self._inbox.now()
        for station, name in zip(self._stations, names, strict=True):
            contact = channels.terms(db, station.name).contact if name is None else name
            channels.open_channel(db, station.name, station.known_as(contact), now)
            way = channels.ways(db, now)[station.name]
            if station.name in self._closed:
                stoppages.stop(db, station.name, *self._closed[station.name], now)
            elif name is not None and way.state is ChannelState.REFUSED:
                stoppages.go_on(db, station.name, now)
        channels.close_others(db, [one.name for one in self._stations], now)

    def _tick(self) -> None:
        """What is done every few seconds, whatever channels there are."""
        self._clock.add("figures", self._meter.flush, FIGURES)
        self._clock.add("replies", self._replies.report, EVERY)
        if Role.CLOCK in self._roles:
            self._clock.add("quotas", self._look_at_quotas, QUOTAS)
            self._clock.add("intakes", self._intakes.look, READS)
            self._clock.add("left over", self._intakes.clear, LEFT_OVERS)

    def _wire(self) -> None:
        """Connect what hears people: what is done by the clock, and what comes over the web."""
        if Role.WEB not in self._roles:
            return
        self._clock.add("events", self._events.recover)
        self._clock.add("leases", self._events.renew, LEASES)
        fetching = Fetching(self._database, self._inbox)
        self._clock.add("files", fetching.fetch_due, FILES)
        self._clock.add("unused files", fetching.forget_unused, UNUSED)
        for station in self._stations:
            for name, (job, every) in station.jobs.items():
                self._clock.add(name, job, every)
            if station.hook:
                self._web.add_hook(*station.hook)

    async def _look_at_quotas(self) -> None:
        await self._database.turn(lambda db: quotas.look(db, self._inbox.now()))

    async def run(self, stop: asyncio.Event, ready: Callable[[Program], None]) -> None:
        """Until `stop` is set, or no platform is left that accepts us."""
        hears = Role.WEB in self._roles
        if hears:
            await self._serve()
        ended = asyncio.Event()
        # The clock goes on until what was taken is answered: it may owe something to others.
        clock = asyncio.create_task(self._clock.run(ended))
        accepted = [one for one in self._stations if hears and self._accepted(one)]
        announcing = [asyncio.create_task(self._announce(one, stop)) for one in accepted]
        listening = [asyncio.create_task(self._listen(one, stop)) for one in accepted]
        try:
            ready(self)
            await self._until(stop, listening) if hears else await stop.wait()
        finally:
            stop.set()
            await self._stop(ended, listening, [clock, *announcing])

    async def _serve(self) -> None:
        try:
            await self._web.start()
        except OSError as error:
            raise StartError(
                f"port {self._settings.web_port} of {self._settings.web_host} cannot be had "
                f"({error.strerror}): set TAPHUAN_WEB_PORT to another"
            ) from error

    async def _until(self, stop: asyncio.Event, listening: list[asyncio.Task[None]]) -> None:
        """Return at the stop; raise Refused where nobody is left to listen to."""
        ends = await asyncio.gather(*listening, return_exceptions=True)
        for end in ends:
            if end is not None and not stop.is_set():
                raise end

    async def _listen(self, station: Station, stop: asyncio.Event) -> None:
        """Listen on a channel until the stop; raises Refused."""
        pause = 1.0
        while station.take and not stop.is_set():
            try:
                await station.take(stop)
            except Refused as error:
                reason = str(error)
                log.error("%s: %s", station.name, reason)  # noqa: TRY400 - no fault of ours
                await self._note(station.name, reason)
                raise
            except Exception:  # a fault of one channel holds up no other
                log.exception("%s: listening failed", station.name)
                await either(stop, asyncio.Event(), pause)
                pause = min(pause * 2, LONGEST)

    async def _note(self, name: str, reason: str) -> None:
        now = self._inbox.now()
        try:
            await self._database.turn(
                lambda db: stoppages.stop(db, name, ChannelState.REFUSED, reason, now)
            )
        except Exception as error:  # the sender will find out
            log.warning("%s: how it stands is not noted (%s)", name, type(error).__name__)
        self._clock.wake.set()

    async def _stop(
        self,
        ended: asyncio.Event,
        listening: list[asyncio.Task[None]],
        others: list[asyncio.Task[None]],
    ) -> None:
        log.info("stopping: finishing what was accepted")
        try:
            async with asyncio.timeout(FAREWELL):
                await self._web.stop()
                await self._intakes.stop()
                await asyncio.gather(*listening, return_exceptions=True)
                await self._events.finish()
                await self._inbox.finish()
                ended.set()
                await asyncio.gather(*others)
                # What the clock took up meanwhile.
                await self._events.finish()
                await self._inbox.finish()
                await self._meter.flush()
                await self._replies.report()
        except TimeoutError:
            log.warning("not everything was spoken; the rest is after the next start")
        finally:
            for task in (*listening, *others):
                task.cancel()
            await asyncio.gather(*listening, *others, return_exceptions=True)
        log.info("stopped")

    def _spoken(self, channel: str, kind: str, messages: int, cost: int) -> None:
        self._meter.add(channel, kind, messages, cost)
        if kind == ANSWER:
            self._replies.add(channel, messages)

    def _turned(self, answer: Answer) -> None:
        self._clock.wake.set()
        for station in self._stations:
            station.on_turn(answer)

    async def _announce(self, station: Station, stop: asyncio.Event) -> None:
        """Tell a platform where to bring what, and which commands there are, until it listens."""
        pause = 1.0
        while not stop.is_set():
            try:
                await station.announce()
            except SendError as error:
                log.warning("%s: not set up yet (%s)", station.name, error)
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
