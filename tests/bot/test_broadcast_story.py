"""A second pair of eyes, over HTTP: approved, held, stopped; then approved, held, and sent."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from bot import wires
from bot.simulator import Simulator
from storage.database import Database
from tests import rows
from tests.golden import crowd
from tests.golden.stage import Shifted, running

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.app import Program
    from bot.simulator import Shown, TelegramPhone

TEXT = "Đề nghị thầy cô chưa đăng ký L12 trả lời trước ngày 09/12."
PEOPLE = 52
FIRST = 720_000_000


class Officer:
    """An officer's phone: what they say or press, and what then stands on it."""

    def __init__(self, phone: TelegramPhone) -> None:
        self.phone = phone

    async def say(self, words: str, until: str) -> Shown:
        await self.phone.say(words)
        return await self.hears(until)

    async def press(self, shown: Shown, label: str, until: str) -> Shown:
        await self.phone.press(label, message=shown)
        return await self.hears(until)

    async def hears(self, words: str) -> Shown:
        """The next message with these words."""
        while words not in (shown := await self.phone.answer(5)).text:
            pass
        return shown

    async def joins(self, code: str) -> None:
        """Take an invitation into office."""
        await self.say(code, "Lời mời")
        await self.say("1", "Có đúng không")
        await self.say("1", "Kính chào")

    async def sends(self, preview: Shown, until: str) -> Shown:
        """At once, by the number that is typed."""
        await self.press(preview, "Gửi ngay", "Xem trước")
        return await self.say(f"gửi {PEOPLE}", until)


def copies(phones: list[TelegramPhone], code: str) -> list[int]:
    """How often an announcement stands on each phone."""
    return [sum(f"({code}, " in shown.text for shown in phone.messages) for phone in phones]


async def later(program: Program, clock: Shifted, minutes: float) -> None:
    """Let time pass, and let the program notice."""
    clock.shift += minutes * 60
    program.wake()


def settled(db: Connection, clock: Shifted) -> None:
    """Teachers without a seat in L12, who have accounts and want announcements."""
    people = crowd.lacking(db, 12, PEOPLE, clock())
    for place, person_id in enumerate(people):
        rows.account(db, str(FIRST + place), person_id)
    crowd.wanted(db, people)
    crowd.count_from(db, 141, clock())


async def test_approval_hold_and_stop(sample_file: Path, tmp_path: Path) -> None:
    shutil.copy(sample_file, tmp_path / "story.db")
    url, clock = f"sqlite:///{tmp_path / 'story.db'}", Shifted()
    async with Simulator(limits=None, clock=clock.timestamp) as simulator:
        async with Database.open(url) as database:
            await wires.log_in(simulator, database, clock())
            await database.turn(lambda db: settled(db, clock))
        phones = [
            simulator.phone(f"Giáo viên {each}", user_id=FIRST + each, started=True)
            for each in range(PEOPLE)
        ]
        tinh, hang = (Officer(simulator.phone(name)) for name in ("Tình", "Hằng"))
        settings = wires.settings(simulator, url, telegram_rate=1000)
        async with running(settings, clock) as program:
            await tinh.joins("MOI-VHXH-2739")
            await hang.joins("MOI-SGGT-2739")

            # Above the threshold the first answer says so; it waits for the Sở.
            first = await tinh.say(
                f"gửi thông báo cho giáo viên xã mình chưa đăng ký L12: {TEXT}", "Xem trước"
            )
            await tinh.sends(first, "TB-0141 chờ duyệt trước khi gửi cho 52 người")
            asked = await hang.hears("xin duyệt TB-0141")
            assert TEXT in asked.text
            await later(program, clock, 60)
            approved = await hang.press(asked, "Duyệt", "Đã duyệt: TB-0141")

            # In the hold both see it, and whoever approved stops it: nobody has got it.
            await tinh.hears("TB-0141")
            await hang.press(approved, "Dừng", "Đã dừng TB-0141. Chưa ai nhận tin này.")
            await tinh.hears("TB-0141 đã bị")
            await later(program, clock, 60)
            await asyncio.sleep(0.3)
            assert copies(phones, "TB-0141") == [0] * PEOPLE

            # The same once more, and nobody stops it.
            again = await tinh.say(
                f"gửi thông báo cho giáo viên xã mình chưa đăng ký L12: {TEXT}", "Xem trước"
            )
            await tinh.sends(again, "TB-0142 chờ duyệt")
            await hang.press(await hang.hears("xin duyệt TB-0142"), "Duyệt", "Đã duyệt: TB-0142")
            await later(program, clock, 9)
            await asyncio.sleep(0.3)
            assert copies(phones, "TB-0142") == [0] * PEOPLE
            await later(program, clock, 1)
            await tinh.hears("TB-0142: đã gửi 52/52.")
            assert copies(phones, "TB-0142") == [1] * PEOPLE
            assert copies(phones, "TB-0141") == [0] * PEOPLE
