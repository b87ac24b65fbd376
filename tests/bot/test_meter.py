"""Figures are gathered in memory and lose nothing to a database that is away for a while."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.meter import Meter
from storage import spending
from storage.database import DatabaseError
from storage.spending import Spent
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from storage.database import Database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(database: Database, clock: Clock) -> Meter:
    return Meter(database, lambda: clock().astimezone(ZONE))


async def of_day(database: Database, channel: str, day: date) -> Spent:
    return await database.read(lambda db: spending.of_day(db, channel, day))


async def test_what_was_spoken_is_counted_by_channel_local_day_and_kind(
    meter: Meter, database: Database, clock: Clock
):
    meter.add("zalo_oa", "answer", 2, 110)
    meter.add("zalo_oa", "answer", 1, 0)
    meter.add("zalo_bot", "answer", 1, 0)
    clock.advance(hours=16, seconds=-1)
    meter.add("zalo_oa", "moved", 1, 55)
    await meter.flush()
    clock.advance(seconds=1)
    meter.add("zalo_oa", "answer", 1, 55)
    await meter.flush()
    await meter.flush()

    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    assert await of_day(database, "zalo_oa", monday) == Spent(4, 165)
    assert await of_day(database, "zalo_oa", tuesday) == Spent(1, 55)
    kinds = await database.read(lambda db: spending.by_kind(db, monday))
    assert kinds["zalo_oa", "answer"] == Spent(4, 165)
    assert kinds["zalo_bot", "answer"] == Spent(1, 0)


async def test_what_cannot_be_written_stays_counted(
    meter: Meter, database: Database, monkeypatch: pytest.MonkeyPatch
):
    async def away(_work: object) -> None:
        meter.add("zalo_oa", "answer", 1, 55)
        raise DatabaseError("the database is away")

    meter.add("zalo_oa", "answer", 1, 55)
    with monkeypatch.context() as patched:
        patched.setattr(database, "turn", away)
        with pytest.raises(DatabaseError):
            await meter.flush()
    await meter.flush()

    assert await of_day(database, "zalo_oa", date(2026, 11, 23)) == Spent(2, 110)


async def test_nothing_is_written_where_nothing_was_spoken(
    meter: Meter, database: Database, monkeypatch: pytest.MonkeyPatch
):
    async def never(_work: object) -> None:
        pytest.fail("a turn for nothing")

    monkeypatch.setattr(database, "turn", never)
    meter.add("zalo_oa", "moved", 0, 0)
    await meter.flush()
