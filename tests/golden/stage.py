"""The stage of the golden conversations: the production program and the simulator, over HTTP."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import app, wires
from bot.simulator import Simulator
from storage import changes, courses
from storage.database import Database
from storage.models import Person
from tests.golden import crowd
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.app import Program
    from bot.settings import Settings
    from bot.simulator.phones import Phone
    from tests.golden.script import Step

TOKEN = "1234567:TEST"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SILENCE = 0.4  # seconds in which nothing may come
LINK_CODE = re.compile(r"NOI-\w{3}-\w{3}")
CALLED = {"telegram": "Telegram", "zalo_bot": "Zalo", "zalo_oa": "Zalo"}
# Where a platform can do both: the Official Account always brings, these do with a secret.
WEBHOOKS = {
    "telegram_webhook_secret": "a-secret-of-the-golden-stage",
    "zalo_bot_webhook_secret": "another-secret-of-the-stage",
}


class Shifted:
    """The real clock, moved to the Monday of the conversations and onwards as they ask."""

    def __init__(self) -> None:
        self.shift = MONDAY.timestamp() - time.time()

    def timestamp(self) -> float:
        return time.time() + self.shift

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)


class Stage:
    """Plays a script and keeps what was heard at each step.

    `hand` says how people choose: "digits" types the number, "words" types the line behind it,
    "buttons" presses where there is a button.
    """

    def __init__(
        self,
        simulator: Simulator,
        program: Program,
        database: Database,
        clock: Shifted,
        platform: str,
        hand: str,
    ) -> None:
        self.simulator = simulator
        self.program = program
        self.database = database
        self.clock = clock
        self.platform = platform
        self.hand = hand
        self.phones: dict[str, Phone] = {}
        self.heard: dict[int, str] = {}
        self.link_code = ""

    async def play(self, steps: list[Step]) -> None:
        for step in steps:
            match step.kind:
                case "phone":
                    self.phones[step.who] = await self._phone(step)
                case "says":
                    await self.say(self.phones[step.who], step.words)
                    self.heard[step.number] = await self.hear(step)
                case "hears":
                    self.heard[step.number] = await self.hear(step)
                case _:
                    await self.happen(step.words)

    async def _phone(self, step: Step) -> Phone:
        """A phone on the platform of the stage, or on the one the script names.

        Its number is the one the roster has for its owner.
        """
        name, _, platform = step.words.partition(" @")
        rostered = select(Person.phone).where(Person.full_name == name).order_by(Person.id)
        number = await self.database.read(lambda db: db.execute(rostered).scalars().first())
        return self.simulator.phone(name, platform=platform or self.platform, number=number or "")

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
                return self._noted(phone, shown.text)

    def _noted(self, phone: Phone, text: str) -> str:
        """The text with a mark where runs and channels differ by nature."""
        if found := LINK_CODE.search(text):
            self.link_code = found[0]
        text = LINK_CODE.sub("NOI-…", text)
        return text.replace(f"tài khoản {CALLED[phone.platform]}", "tài khoản <kênh>")

    async def say(self, phone: Phone, words: str) -> None:
        kind, _, rest = words.strip("[]").partition(" ")
        if not words.startswith("["):
            await self._type(phone, words)
        elif kind == "press":
            await phone.press(rest)
        elif kind == "contact":
            await phone.share_contact(rest)
        elif kind == "noi":
            await phone.say(self.link_code)
        elif kind == "block":
            await phone.block()
        elif kind == "unblock":
            await phone.unblock()
        elif kind == "start":
            await phone.start(rest)
        elif kind == "sticker":
            await phone.sticker()
        elif kind == "voice":
            await phone.voice()
        else:
            raise ValueError(words)

    async def _type(self, phone: Phone, words: str) -> None:
        label = chosen(phone, words)
        if label and self.hand == "buttons" and phone.messages[-1].rows:
            await phone.press(words)
        else:
            await phone.say(label if label and self.hand == "words" else words)

    async def happen(self, words: str) -> None:
        verb, *rest = words.split(maxsplit=1)
        if verb in ("days", "hours"):
            self.clock.shift += timedelta(**{verb: float(rest[0])}).total_seconds()
        elif verb == "move":
            number, day, time_, why = rest[0].split(maxsplit=3)
            start = datetime.fromisoformat(f"{day}T{time_}").replace(tzinfo=ZONE)
            await self.database.turn(lambda db: self._move(db, int(number), start, why))
        elif verb == "known":
            await self._known(*rest[0].split())
        elif verb == "asked":
            number = int(rest[0])
            await self.database.turn(lambda db: crowd.principals_agree(db, number))
        elif verb == "teachers":
            who, *numbers = rest[0].split()
            await self._teachers(who, *map(int, numbers))
        else:
            raise ValueError(words)
        self.program.wake()

    async def _known(self, who: str, *parts: str) -> None:
        """Somebody whom the assistant knows already when the conversation begins."""
        phone = self.phones[who]
        await phone.start()
        await phone.answer()
        address, name, now = str(phone.id), phone.person.name, self.clock()
        head = "principal" in parts
        await self.database.turn(lambda db: crowd.known(db, name, address, now, head=head))

    async def _teachers(
        self, who: str, number: int, meant: int, willing: int, refusing: int
    ) -> None:
        phones = [
            self.simulator.phone(f"Giáo viên {each}", platform=self.platform)
            for each in range(willing + refusing)
        ]
        for phone in phones:
            await phone.start()
            await phone.answer()
        self.phones[who] = phones[0]
        addresses, now = [str(phone.id) for phone in phones], self.clock()

        def work(db: Connection) -> None:
            people = crowd.lacking(db, number, meant, now)
            crowd.linked(db, people, addresses, refusing, now)
            crowd.count_from(db, 141, now)

        await self.database.turn(work)

    def _move(self, db: Connection, number: int, start: datetime, why: str) -> None:
        course = courses.numbered(db, number)
        assert course
        changes.reschedule(
            db, course.id, starts_at=start, why=why, now=self.clock().astimezone(ZONE)
        )


def chosen(phone: Phone, words: str) -> str:
    """The line of the newest message that has this number, "" where it answers none."""
    said = [shown.text for shown in phone.messages if not shown.mine]
    for text in reversed(said):
        for line in text.splitlines():
            number, _, label = line.partition(" ")
            if number == words and number.isdecimal():
                return label
        if len(words) == 1:
            break
    return ""


@asynccontextmanager
async def stage(sample: Path, folder: Path, wire: str, hand: str) -> AsyncIterator[Stage]:
    """A stage with its own database; `wire` is a platform and "polling" or "webhook"."""
    shutil.copy(sample, folder / "golden.db")
    url = f"sqlite:///{folder / 'golden.db'}"
    platform = wire.partition(" ")[0]
    clock = Shifted()
    async with (
        Simulator(TOKEN, limits=None, clock=clock.timestamp) as simulator,
        Database.open(url) as database,
    ):
        await wires.log_in(simulator, database, clock())
        settings = wires.settings(simulator, url, **(WEBHOOKS if wire.endswith("webhook") else {}))
        async with running(settings, clock) as program:
            await wires.connect(simulator, settings)
            yield Stage(simulator, program, database, clock, platform, hand)


@asynccontextmanager
async def running(settings: Settings, clock: Shifted) -> AsyncIterator[Program]:
    """The production program, until the block ends."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(app.run(settings, stop, ready.set_result, now=clock))
    try:
        await asyncio.wait({ready, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        yield ready.result()
    finally:
        stop.set()
        await task
