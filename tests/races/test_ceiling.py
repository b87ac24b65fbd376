"""Everybody spends at once: the ceiling holds, on both databases, and the lock is why."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from storage import spending
from storage.channels import Terms
from storage.database import Database
from storage.spending import Spent
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import date

    import pytest
    from sqlalchemy import Connection

DAY, PRICE = MONDAY.date(), 55
TERMS = Terms(day_ceiling=PRICE * 20, month_ceiling=PRICE * 30)


def spend(db: Connection, number: int, day: date) -> bool:
    channel = ("zalo_oa", "zalo_template")[number % 2]
    return spending.reserve(db, channel, day, f"k{number % 3}", PRICE, TERMS, critical=False)


async def at_once(url: str, day: date, count: int) -> int:
    """So many reservations by three processes' worth of connections; returns how many held."""
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(Database.open(url)) for _ in range(3)]
        held = await asyncio.gather(
            *(
                doors[number % 3].turn(lambda db, number=number: spend(db, number, day))
                for number in range(count)
            )
        )
    return sum(held)


async def spent(url: str) -> tuple[Spent, Spent]:
    async with Database.open(url) as database:
        return await database.read(
            lambda db: (
                spending.of_month(db, "zalo_oa", DAY), spending.of_month(db, "zalo_template", DAY)
            )
        )  # fmt: skip


async def test_many_processes_together_reach_the_ceiling_and_no_further(url: str):
    assert await at_once(url, DAY, 60) == 20, "the day"
    assert await at_once(url, DAY + timedelta(days=1), 60) == 10, "what the month leaves"
    oa, by_phone = await spent(url)
    assert oa.cost + by_phone.cost == PRICE * 30
    assert oa.messages + by_phone.messages == 30


async def test_without_the_lock_the_ceiling_is_overrun(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Both add up before either has written; with the lock the second waits for the first."""
    add_up = spending._sum

    def slowly(db: Connection, *rest: Any) -> int:
        total = add_up(db, *rest)
        # Long enough for the other one to come to the same place.
        db.execute(text("SELECT pg_sleep(0.3)"))
        return total

    monkeypatch.setattr(spending, "_sum", slowly)
    assert await both(postgres_url, DAY) == [False, True]
    monkeypatch.setattr(spending, "_lock", lambda *_: None)
    assert await both(postgres_url, DAY + timedelta(days=1)) == [True, True]


async def both(url: str, day: date) -> list[bool]:
    """Two at once for the money of one."""

    def reserve(db: Connection) -> bool:
        terms = Terms(day_ceiling=PRICE)
        return spending.reserve(db, "zalo_oa", day, "reminder", PRICE, terms, critical=False)

    async with Database.open(url) as one, Database.open(url) as two:
        return sorted(await asyncio.gather(one.turn(reserve), two.turn(reserve)))
