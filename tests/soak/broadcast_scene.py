"""An announcement under way, in this process: the production program, and what befalls it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bot import app
from bot.roles import EVERY_ROLE
from bot.settings import Settings
from bot.settlements import outlasting
from bot.simulator import Simulator
from storage.database import Database
from storage.models import NoticeState
from tests import offices
from tests.soak import broadcasting, province
from tests.soak.line import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Container

    from sqlalchemy import Connection

    from bot.roles import Role
    from bot.simulator import TelegramPhone
    from tests.soak.broadcasting import Line as Entry

T = TypeVar("T")
PEOPLE = 300
# Slow enough for something to happen in the middle.
RATE = 100.0


class Shifted:
    """The real clock, which can be stepped; `shift` is in seconds."""

    def __init__(self) -> None:
        self.shift = 0.0

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.shift, UTC)


class Scene:
    """One announcement, its people's phones and the database behind it."""

    def __init__(
        self, url: str, simulator: Simulator, line: Line, database: Database,
        phones: dict[int, TelegramPhone], broadcast_id: int,
    ) -> None:  # fmt: skip
        self.url = url
        self.simulator = simulator
        self.line = line
        self.database = database
        self.phones = phones
        self.id = broadcast_id
        self.clock = Shifted()

    def now(self) -> datetime:
        return self.clock().astimezone(province.ZONE)

    def settings(self, **more: Any) -> Settings:
        """Those of a program on the far end of the line."""
        return Settings(
            database_url=self.url, telegram_token=self.simulator.token,
            telegram_base_url=f"{self.line.url}/bot",
            telegram_base_file_url=f"{self.line.url}/file/bot",
            **{"telegram_rate": RATE, "web_port": 0, "timezone": province.ZONE.key, **more},
        )  # fmt: skip

    @asynccontextmanager
    async def running(
        self, roles: Collection[Role] = EVERY_ROLE, **more: Any
    ) -> AsyncIterator[app.Program]:
        """The program, until the block ends."""
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            app.run(self.settings(**more), stop, ready.set_result, now=self.clock, roles=roles)
        )
        try:
            await asyncio.wait({ready, task}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
            yield ready.result()
        finally:
            stop.set()
            await task

    async def turn(self, work: Callable[[Connection], T]) -> T:
        """Run a turn, or look, however often the database is down."""
        return await outlasting(self.database, work)

    def got(self) -> Counter[int]:
        """How often it stands on each phone."""
        return broadcasting.copies(self.phones, self.id)

    async def reached(self, people: int, seconds: float = 20) -> None:
        """Wait until so many have it."""
        await broadcasting.until(lambda: self.got().total() >= people, seconds=seconds)

    async def state(self) -> str:
        return await self.turn(lambda db: broadcasting.state(db, self.id))

    async def until(self, *states: str, seconds: float = 60) -> None:
        """Wait until it stands like this."""
        async with asyncio.timeout(seconds):
            while await self.state() not in states:  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.1)

    async def finished(self, seconds: float = 40) -> None:
        """Wait until it is sent."""
        try:
            await self.until("done", seconds=seconds)
        except TimeoutError:
            raise AssertionError(await self.states()) from None

    async def states(self) -> dict[str, int]:
        """How many people stand where."""
        return await self.turn(lambda db: offices.states(db, self.id))

    async def ledger(self) -> dict[int, Entry]:
        return await self.turn(lambda db: broadcasting.ledger(db, self.id))

    async def ended_well(self, barred: Container[int] = ()) -> Counter[NoticeState]:
        """What must hold after any fault; how many people stand where."""
        got, said = self.got(), await self.ledger()
        assert len(said) == PEOPLE
        assert not (found := list(broadcasting.wrongs(got, said, barred=barred))), found[:20]
        broken = await self.turn(lambda db: broadcasting.broken(db, self.now()))
        assert not broken, broken[:20]
        return Counter(line.state for line in said.values())

    def doubles(self) -> int:
        """How many copies too many there are."""
        return sum(copies - 1 for copies in self.got().values() if copies > 1)

    async def hears(self, officer_id: int, words: str, seconds: float = 10) -> Any:
        """The next message on an officer's phone with these words."""
        async with asyncio.timeout(seconds):
            while words not in (shown := await self.phones[officer_id].answer(seconds)).text:
                pass
        return shown


@asynccontextmanager
async def scene(url: str, *, go: bool = True) -> AsyncIterator[Scene]:
    """An announcement to `PEOPLE` teachers, before any program runs; `go`: its hold is over."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(limits=None, journal=10_000))
        database = await stack.enter_async_context(Database.open(url))
        line = await stack.enter_async_context(Line(simulator.port))
        await database.turn(lambda db: broadcasting.build(db, PEOPLE))
        now = province.now()
        begin = broadcasting.announced if go else broadcasting.confirmed
        one = await database.turn(lambda db: begin(db, now))
        phones = broadcasting.phones(simulator, PEOPLE)
        yield Scene(url, simulator, line, database, phones, one)
