"""Turns that nobody waits for give way to people's, and are not starved by them; on SQLite."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


async def test_people_go_before_the_bulk_and_the_bulk_goes_on(
    database: Database, sqlite_commits: list[str]
):
    hold, held = threading.Event(), threading.Event()
    order: list[str] = []

    def slow(_: Connection) -> None:
        held.set()
        assert hold.wait(10)

    first = asyncio.ensure_future(database.turn(slow))
    await asyncio.to_thread(held.wait, 10)
    bulk = [
        asyncio.ensure_future(database.turn(lambda _, n=n: order.append(f"bulk {n}"), bulk=True))
        for n in range(3)
    ]
    people = [
        asyncio.ensure_future(database.turn(lambda _, n=n: order.append(f"person {n}")))
        for n in range(3)
    ]
    await asyncio.sleep(0.05)
    sqlite_commits.clear()
    hold.set()
    await asyncio.gather(first, *bulk, *people)

    # The commit before was of people only: one of the bulk goes first, so that none starves.
    assert order == ["bulk 0", "person 0", "person 1", "person 2", "bulk 1", "bulk 2"]
    # One for the turn that was being written, one for whoever waited, one for the rest of the bulk.
    assert len(sqlite_commits) == 3


async def test_somebody_who_comes_during_the_bulk_joins_its_commit(
    database: Database, sqlite_commits: list[str]
):
    hold, held = threading.Event(), threading.Event()
    order: list[str] = []

    def slow(_: Connection) -> None:
        held.set()
        assert hold.wait(10)

    first = asyncio.ensure_future(database.turn(slow, bulk=True))
    rest = asyncio.ensure_future(database.turn(lambda _: order.append("bulk"), bulk=True))
    await asyncio.to_thread(held.wait, 10)
    person = asyncio.ensure_future(database.turn(lambda _: order.append("person")))
    await asyncio.sleep(0.05)
    sqlite_commits.clear()
    hold.set()
    await asyncio.gather(first, rest, person)

    assert order == ["person", "bulk"]
    assert len(sqlite_commits) == 2


async def test_bulk_is_not_starved_by_a_crowd(database: Database):
    ends: list[str] = []

    async def person() -> None:
        for _ in range(40):
            await database.turn(lambda _: None)
        ends.append("person")

    async def bulk() -> None:
        for _ in range(10):
            await database.turn(lambda _: None, bulk=True)
        ends.append("bulk")

    async with asyncio.timeout(20):
        await asyncio.gather(*(person() for _ in range(5)), bulk())
    assert ends[0] == "bulk"
