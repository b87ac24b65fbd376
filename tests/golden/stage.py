"""The stage of the golden conversations: the production program and the simulator, over HTTP."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import app
from bot.settings import Settings
from bot.simulator import Simulator
from storage import changes, courses
from storage.database import Database
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.app import Program
    from bot.simulator.telegram_phone import Phone
    from tests.golden.script import Step

TOKEN = "1234567:TEST"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SILENCE = 0.4  # seconds in which nothing may come


class Shifted:
    """The real clock, moved to the Monday of the conversations and onwards as they ask."""

    def __init__(self) -> None:
        self.shift = MONDAY.timestamp() - time.time()

    def timestamp(self) -> float:
        return time.time() + self.shift

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)


class Stage:
    """Plays a script and keeps what was heard at each step."""

    def __init__(
        self, simulator: Simulator, program: Program, database: Database, clock: Shifted
    ) -> None:
        self.simulator = simulator
        self.program = program
        self.database = database
        self.clock = clock
        self.phones: dict[str, Phone] = {}
        self.heard: dict[int, str] = {}

    async def play(self, steps: list[Step]) -> None:
        for step in steps:
            match step.kind:
                case "phone":
                    self.phones[step.who] = self.simulator.phone(step.words)
                case "says":
                    await self.say(self.phones[step.who], step.words)
                    self.heard[step.number] = await self.hear(step)
                case "hears":
                    self.heard[step.number] = await self.hear(step)
                case _:
                    await self.happen(step.words)

    async def hear(self, step: Step) -> str:
        """The next message on the phone; "" where the script wants silence and gets it."""
        phone = self.phones[step.who]
        while True:
            try:
                shown = await phone.answer(timeout=5 if step.expected else SILENCE)
            except TimeoutError:
                if any(step.expected):
                    raise
                return ""
            # That message only takes a keyboard away, and is deleted at once.
            if shown.text != "…":
                return shown.text

    async def say(self, phone: Phone, words: str) -> None:
        kind, _, rest = words.strip("[]").partition(" ")
        if not words.startswith("["):
            await phone.say(words)
        elif kind == "press":
            await phone.press(rest)
        elif kind == "contact":
            await phone.share_contact(rest)
        elif kind == "start":
            await phone.start(rest)
        elif kind == "sticker":
            await phone.sticker()
        elif kind == "voice":
            await phone.voice()
        else:
            raise ValueError(words)

    async def happen(self, words: str) -> None:
        verb, *rest = words.split(maxsplit=1)
        if verb in ("days", "hours"):
            self.clock.shift += timedelta(**{verb: float(rest[0])}).total_seconds()
        elif verb == "move":
            number, day, time_, why = rest[0].split(maxsplit=3)
            start = datetime.fromisoformat(f"{day}T{time_}").replace(tzinfo=ZONE)
            await self.database.turn(lambda db: self._move(db, int(number), start, why))
        else:
            raise ValueError(words)
        self.program.wake()

    def _move(self, db: Connection, number: int, start: datetime, why: str) -> None:
        course = courses.numbered(db, number)
        assert course
        changes.reschedule(
            db, course.id, starts_at=start, why=why, now=self.clock().astimezone(ZONE)
        )


@asynccontextmanager
async def stage(sample: Path, folder: Path, wire: str) -> AsyncIterator[Stage]:
    """A stage with its own database; `wire` is "polling" or "webhook"."""
    shutil.copy(sample, folder / "golden.db")
    clock = Shifted()
    async with Simulator(TOKEN, limits=None, clock=clock.timestamp) as simulator:
        settings = Settings(
            database_url=f"sqlite:///{folder / 'golden.db'}",
            telegram_token=TOKEN,
            telegram_base_url=simulator.base_url,
            **_hook(wire),
        )
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        running = asyncio.create_task(app.run(settings, stop, ready.set_result, now=clock))
        try:
            await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
            program = ready.result()
            async with Database.open(f"sqlite:///{folder / 'golden.db'}") as database:
                yield Stage(simulator, program, database, clock)
        finally:
            stop.set()
            await running


def _hook(wire: str) -> dict[str, object]:
    """Settings of the webhook: its port has to be known before the server runs."""
    if wire == "polling":
        return {"web_port": 0}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "web_port": port,
        "telegram_webhook_url": f"http://127.0.0.1:{port}/telegram",
        "telegram_webhook_secret": "a-secret-of-the-golden-stage",
    }
