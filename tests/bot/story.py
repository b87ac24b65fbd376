"""People in a story over HTTP: they talk on their phones, and every word is kept in its order."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from typing import TYPE_CHECKING

import aiohttp

from bot import wires
from bot.receiving import FIELD
from bot.simulator import Simulator
from storage import units
from storage.database import Database
from tests.golden.stage import Shifted, running
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime
    from pathlib import Path

    from bot.app import Program
    from bot.settings import Settings
    from bot.simulator.phones import Phone
    from bot.simulator.screen import Shown

LINK = re.compile(r"http://127\.0\.0\.1:\d+/\S+")
# Seconds of one look for an answer, and how many looks are made.
MOMENT, PATIENCE = 0.2, 50


class Talker:
    """Somebody at their phone. What they do returns what the assistant then says."""

    def __init__(self, story: Story, phone: Phone) -> None:
        self.story, self.phone = story, phone
        self.shown: Shown | None = None
        self._passed: list[Shown] = []  # came since something was last done here, and not awaited

    async def say(self, words: str, *until: str) -> str:
        """Type words."""
        self._note(f"» {words}")
        self._passed.clear()
        await self.phone.say(words)
        return await self.hear(*until)

    async def choose(self, words: str, *until: str) -> str:
        """Take the choice with these words, of the newest message that has one."""
        label = self._label(words)
        self._note(f"» [{label}]")
        self._passed.clear()
        await self.phone.press(label)
        return await self.hear(*until)

    def _label(self, words: str) -> str:
        for shown in reversed([one for one in self.phone.messages if not one.mine]):
            lines = shown.labels or re.findall(r"(?m)^\d+ .+$", shown.text)
            for line in lines:
                if words in line:
                    return line
        raise LookupError(f"{self.phone.person.name}: no choice {words!r}: {self.text}")

    async def hear(self, *until: str) -> str:
        """The next message, or the next one with these words: a notice may overtake an answer."""
        for shown in self._passed if until else ():
            if all(words in shown.text for words in until):
                self._passed.remove(shown)
                self.shown = shown
                return shown.text
        while True:
            shown = await self._next()
            if shown.text == "…":  # it only takes a keyboard away, and is deleted at once
                continue
            file = f" <{shown.file.name}>" if shown.file else ""
            self._note(f"« {shown.text}{file}")
            if all(words in shown.text for words in until):
                self.shown = shown
                return shown.text
            self._passed.append(shown)

    async def _next(self) -> Shown:
        """The next message. Whoever waits for it sees time pass: platforms set the pace."""
        for _ in range(PATIENCE - 1):
            with suppress(TimeoutError):
                return await self.phone.answer(MOMENT)
            self.story.moment()
        return await self.phone.answer(MOMENT)

    @property
    def text(self) -> str:
        """What was heard last."""
        return self.shown.text if self.shown else ""

    async def send(self, name: str, body: bytes, *until: str) -> str:
        """Bring a file: in the chat, or on the page whose link stands there."""
        self._note(f"» <{name}>")
        self._passed.clear()
        if self.phone.platform == "telegram":
            await self.phone.document(name, body)
        else:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field(FIELD, BytesIO(body), filename=name)
            async with aiohttp.request("POST", self.link(), data=form) as answer:
                assert answer.status == 200, await answer.text()
        return await self.hear(*until)

    def link(self) -> str:
        """The newest address that was sent."""
        links = [LINK.search(one.text) for one in self.phone.messages if not one.mine]
        return next(found[0] for found in reversed(links) if found)

    async def file(self) -> bytes:
        """The newest file: from the platform, or from behind the newest link."""
        for shown in reversed([one for one in self.phone.messages if not one.mine]):
            if shown.file and not shown.file.url:
                stored = self.story.simulator.files.get(shown.file.id)
                assert stored
                return stored.body
            link = LINK.search(shown.text)
            if address := shown.file.url if shown.file else link and link[0]:
                async with aiohttp.request("GET", address) as answer:
                    assert answer.status == 200, await answer.text()
                    return await answer.read()
        raise LookupError(f"{self.phone.person.name}: no file: {self.text}")

    def _note(self, words: str) -> None:
        self.story.talk.append(f"{self.phone.person.name}, {self.phone.platform} {words}")


class Story:
    """The program, its simulator and its clock, and all that was said."""

    def __init__(
        self, simulator: Simulator, program: Program, settings: Settings, clock: Shifted
    ) -> None:
        self.simulator, self.program, self.settings = simulator, program, settings
        self.clock = clock
        self.talk: list[str] = []

    def talker(self, name: str, platform: str) -> Talker:
        """A phone in somebody's hand."""
        return Talker(self, self.simulator.phone(name, platform=platform))

    def later(self, moment: datetime) -> None:
        """It is a later time."""
        self.clock.shift += moment.timestamp() - self.clock.timestamp()
        self.program.wake()
        self.talk.append(f"— {moment:%d/%m/%Y %H:%M} —")

    def moment(self) -> None:
        """A second passes."""
        self.clock.shift += 1
        self.program.wake()

    def now(self) -> datetime:
        """The local time."""
        return self.clock().astimezone(ZONE)


@asynccontextmanager
async def told(database: Path) -> AsyncGenerator[Story]:
    """A story in a database with units, and nobody and nothing else."""
    url, clock = f"sqlite:///{database}", Shifted()
    async with Simulator(limits=None, clock=clock.timestamp) as simulator:
        async with Database.open(url) as opened:
            await opened.turn(units.load)
            await wires.log_in(simulator, opened, clock())
        settings = wires.settings(simulator, url, telegram_rate=1000)
        async with running(settings, clock) as program:
            yield Story(simulator, program, settings, clock)
