"""A hall full of people checks in within one code's time, over HTTP: all counted, none twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.simulator import Simulator
from storage.database import Database
from storage.models import Account, Attendance, Completion, Evidence, WalkIn
from tests import halls
from tests.bot.running import running, settings
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.simulator import TelegramPhone

# The chat of a person is this and their id.
FIRST = 730_000_000
# In a crowd the platforms repeat what they brought, and people write again.
TWICE, WALK_INS, MISTYPED = 7, 9, 11


def several(people: int) -> object:
    """The whole hall takes a few seconds: the suite has a smaller one."""
    return pytest.param(people, marks=pytest.mark.soak if people > 60 else ())


@pytest.mark.parametrize("people", [several(60), several(200)])
async def test_a_hall_checks_in_within_one_code(
    people: int, empty_file: Path, copied: Callable[[Path], Path]
) -> None:
    path = copied(empty_file)
    now = datetime.now(ZONE)

    def build(db: Connection) -> str:
        seated = people - people // WALK_INS
        session = halls.hall(db, people, seated=seated, starts_at=now + timedelta(minutes=10))
        halls.accounts(db, range(1, people + 1), "{}")
        db.execute(update(Account).values(language="vi"))
        for each in range(1, people + 1):
            address = str(FIRST + each)
            db.execute(update(Account).where(Account.address == str(each)).values(address=address))
        return halls.opened(db, session, now=now).digits

    async with Database.open(f"sqlite:///{path}") as database:
        digits = await database.turn(build)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"

    async def come(phone: TelegramPhone, person: int) -> tuple[str, float]:
        if person % MISTYPED == 0:
            await phone.say(wrong)
            assert "chưa đúng" in (await phone.answer(30)).text
        begun = time.perf_counter()
        await phone.say(digits if person % 2 else f"{digits[:3]} {digits[3:]}")
        said = (await phone.answer(30)).text
        took = time.perf_counter() - begun
        if person % TWICE == 0:
            await phone.say(digits)
            assert "không cần nhắn lại" in (await phone.answer(30)).text.lower() or (
                "chưa có tên" in said
            )
        return said, took

    async with Simulator(limits=None) as simulator:
        phones = [
            simulator.phone(f"Người {each}", user_id=FIRST + each, started=True)
            for each in range(1, people + 1)
        ]
        async with running(settings(simulator, path)):
            begun = time.perf_counter()
            came = await asyncio.gather(*map(come, phones, range(1, people + 1)))
            seconds = time.perf_counter() - begun

    said = Counter("noted" if "Đã điểm danh" in words else "asked" for words, _ in came)
    asked = people // WALK_INS
    assert said == {"noted": people - asked, "asked": asked}
    async with Database.open(f"sqlite:///{path}") as database:
        rows = await database.read(
            lambda db: db.execute(select(Attendance.person_id, Attendance.evidence)).all()
        )
        waiting = await database.read(lambda db: len(db.execute(select(WalkIn.id)).all()))
        settled = await database.read(
            lambda db: db.execute(select(Completion.person_id)).scalars().all()
        )
    assert sorted(rows) == [(each, Evidence.CODE) for each in range(1, people - asked + 1)]
    assert sorted(settled) == [each for each, _ in sorted(rows)]
    assert waiting == asked
    if os.environ.get("FIGURES"):
        slow = sorted(took for _, took in came)
        print(  # noqa: T201 - the figures are what was asked for
            f"{people} people in {seconds:.2f} s, {people / seconds:.0f} a second;"
            f" median {slow[len(slow) // 2]:.2f} s, p95 {slow[int(len(slow) * 0.95)]:.2f} s"
        )
