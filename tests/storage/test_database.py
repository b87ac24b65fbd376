"""What `turn` and `read` promise, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.database import Database, DatabaseError, address

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

SHEEP = Table("sheep", MetaData(), Column("id", Integer, primary_key=True))
PENS = Table(
    "pens", SHEEP.metadata, Column("id", Integer, primary_key=True), Column("count", Integer)
)


class Refused(Exception):
    pass


@pytest.fixture
async def farm(either: Database) -> Database:
    """An open database with two small tables of the test's own."""

    def build(db: Connection) -> None:
        SHEEP.metadata.create_all(db)
        db.execute(insert(PENS), [{"id": 1, "count": 0}, {"id": 2, "count": 0}])

    await either.turn(build)
    return either


def add(number: int) -> Callable[[Connection], int]:
    def work(db: Connection) -> int:
        db.execute(insert(SHEEP).values(id=number))
        return number

    return work


def refused(number: int) -> Callable[[Connection], int]:
    def work(db: Connection) -> int:
        db.execute(insert(SHEEP).values(id=number))
        raise Refused(number)

    return work


def flock(db: Connection) -> list[int]:
    return list(db.execute(select(SHEEP.c.id).order_by(SHEEP.c.id)).scalars())


def counts(db: Connection) -> list[int]:
    return list(db.execute(select(PENS.c.count).order_by(PENS.c.id)).scalars())


async def test_a_turn_gives_back_what_its_work_returns_and_keeps_what_it_wrote(farm: Database):
    assert await farm.turn(add(1)) == 1
    assert await farm.read(flock) == [1]


async def test_a_turn_that_fails_rolls_back_alone(farm: Database):
    works = [refused(number) if number % 3 == 0 else add(number) for number in range(1, 91)]

    ends = await asyncio.gather(*(farm.turn(work) for work in works), return_exceptions=True)

    for number, end in enumerate(ends, 1):
        assert isinstance(end, Refused) if number % 3 == 0 else end == number
    assert await farm.read(flock) == [number for number in range(1, 91) if number % 3]


async def test_a_statement_the_database_refuses_spoils_only_its_own_turn(farm: Database):
    await farm.turn(add(1))
    ends = await asyncio.gather(
        farm.turn(add(2)), farm.turn(add(1)), farm.turn(add(3)), return_exceptions=True
    )
    assert [type(end) for end in ends] == [int, IntegrityError, int]
    assert await farm.read(flock) == [1, 2, 3]


async def test_turns_share_a_commit_and_a_failure_among_them_stays_alone(
    database: Database, sqlite_commits: list[str]
):
    await database.turn(SHEEP.metadata.create_all)
    hold, held = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        held.set()
        assert hold.wait(10)

    first = asyncio.ensure_future(database.turn(slow))
    await asyncio.to_thread(held.wait, 10)
    # While one turn is being written, these gather before the writer's door.
    rest = [asyncio.ensure_future(database.turn(work)) for work in (add(1), refused(2), add(3))]
    await asyncio.sleep(0.05)
    sqlite_commits.clear()
    hold.set()
    ends = await asyncio.gather(first, *rest, return_exceptions=True)

    assert [type(end) for end in ends] == [type(None), int, Refused, int]
    assert await database.read(flock) == [1, 3]
    # One for the turn that was being written, one for the three that waited.
    assert len(sqlite_commits) == 2


async def test_a_turn_that_ends_the_whole_transaction_is_told_to_everybody_in_it(
    database: Database,
):
    """SQLite may end a transaction by itself (disk full): nobody is told of a lost success."""
    await database.turn(SHEEP.metadata.create_all)
    await database.turn(add(7))
    hold, held = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        held.set()
        assert hold.wait(10)

    def ends_all(db: Connection) -> None:
        db.execute(text("INSERT OR ROLLBACK INTO sheep (id) VALUES (7)"))

    first = asyncio.ensure_future(database.turn(slow))
    await asyncio.to_thread(held.wait, 10)
    rest = [asyncio.ensure_future(database.turn(work)) for work in (add(1), ends_all, add(3))]
    await asyncio.sleep(0.05)
    hold.set()
    await first
    ends = await asyncio.gather(*rest, return_exceptions=True)

    kept = await database.read(flock)
    for number, end in ((1, ends[0]), (3, ends[2])):
        assert (end == number) == (number in kept), f"{number}: told {end!r}, kept {kept}"
    assert isinstance(ends[1], DBAPIError)
    # And the door is open for the next one.
    assert await database.turn(add(9)) == 9


async def test_reading_cannot_write(farm: Database):
    with pytest.raises(DBAPIError):
        await farm.read(add(1))
    with pytest.raises(DBAPIError):
        await farm.read(lambda db: db.execute(update(PENS).values(count=9)))
    assert await farm.read(flock) == []
    assert await farm.read(counts) == [0, 0]
    # The connection that was used for reading goes on to write, where a pool is shared.
    assert await farm.turn(add(1)) == 1


async def test_reading_sees_one_moment(farm: Database):
    seen, wrote = threading.Event(), threading.Event()

    async def write() -> None:
        await asyncio.to_thread(seen.wait, 10)
        await farm.turn(lambda db: db.execute(update(PENS).values(count=5)) and None)
        wrote.set()

    def look(db: Connection) -> tuple[list[int], list[int]]:
        before = counts(db)
        seen.set()
        deadline = time.monotonic() + 10
        while not wrote.is_set() and time.monotonic() < deadline:
            pause(db)
        return before, counts(db)

    looking, _ = await asyncio.gather(farm.read(look), write())
    assert looking == ([0, 0], [0, 0])
    assert await farm.read(counts) == [5, 5]


def pause(db: Connection) -> None:
    """Let others go on: on both databases this hands the loop over."""
    db.execute(select(func.count()).select_from(PENS))


async def test_a_cancelled_caller_does_not_tear_a_turn(farm: Database):
    """Both pens are counted or none, whenever the caller goes away."""

    def both(db: Connection) -> None:
        db.execute(update(PENS).where(PENS.c.id == 1).values(count=PENS.c.count + 1))
        db.execute(update(PENS).where(PENS.c.id == 2).values(count=PENS.c.count + 1))

    for steps in range(40):
        caller = asyncio.ensure_future(farm.turn(both))
        for _ in range(steps):
            await asyncio.sleep(0.0002)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    await farm.turn(both)

    one, two = await farm.read(counts)
    assert one == two
    assert 1 <= one <= 41


async def test_on_sqlite_a_turn_goes_on_when_its_caller_is_cancelled(database: Database):
    await database.turn(SHEEP.metadata.create_all)
    hold, held = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        held.set()
        assert hold.wait(10)
        db.execute(insert(SHEEP).values(id=1))

    caller = asyncio.ensure_future(database.turn(slow))
    await asyncio.to_thread(held.wait, 10)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    hold.set()
    await database.turn(flock)
    assert await database.read(flock) == [1]


async def test_stop_writes_what_waits(empty_file: Path, tmp_path: Path):
    url = f"sqlite:///{shutil.copy(empty_file, tmp_path / 'stop.db')}"
    async with Database.open(url) as database:
        await database.turn(SHEEP.metadata.create_all)
        waiting = [asyncio.ensure_future(database.turn(add(each))) for each in range(200)]
        await asyncio.sleep(0)
    assert [await each for each in waiting] == list(range(200))
    with sqlite3.connect(tmp_path / "stop.db") as file:
        assert file.execute("SELECT count(*) FROM sheep").fetchone() == (200,)
    file.close()


async def test_a_turn_after_the_end_is_refused_and_does_not_wait_for_ever(
    empty_file: Path, tmp_path: Path
):
    url = f"sqlite:///{shutil.copy(empty_file, tmp_path / 'stop.db')}"
    async with Database.open(url) as database:
        await database.turn(SHEEP.metadata.create_all)
    with pytest.raises(DatabaseError, match="closed"):
        await asyncio.wait_for(database.turn(add(1)), 5)


COUNT_UP = """
import asyncio, sys
from sqlalchemy import text
from storage.database import Database

async def main():
    async with Database.open(sys.argv[1]) as database:
        def up(db):
            number = db.execute(text("SELECT count FROM pens WHERE id = 1")).scalar_one()
            db.execute(text("UPDATE pens SET count = :n WHERE id = 1"), {"n": number + 1})
        for _ in range(20):
            await asyncio.gather(*(database.turn(up) for _ in range(5)))

asyncio.run(main())
"""


async def test_two_processes_write_one_sqlite_file(database: Database):
    def build(db: Connection) -> None:
        SHEEP.metadata.create_all(db)
        db.execute(insert(PENS).values(id=1, count=0))

    await database.turn(build)
    url = database.url.set(drivername="sqlite").render_as_string()
    ends = await asyncio.gather(
        *(
            asyncio.to_thread(
                subprocess.run, [sys.executable, "-c", COUNT_UP, url], check=False,
                capture_output=True, timeout=50,
            )
            for _ in range(2)
        )
    )  # fmt: skip
    assert [end.stderr for end in ends] == [b"", b""]
    # Reading a figure and writing the next one is safe: each turn has the file to itself.
    assert await database.read(counts) == [200]


# PostgreSQL alone


@pytest.fixture
async def pens(postgres_url: str):
    async with Database.open(postgres_url) as database:

        def build(db: Connection) -> None:
            SHEEP.metadata.create_all(db)
            db.execute(insert(PENS), [{"id": 1, "count": 0}, {"id": 2, "count": 0}])

        await database.turn(build)
        yield database


def raise_count(db: Connection, pen: int) -> None:
    db.execute(update(PENS).where(PENS.c.id == pen).values(count=PENS.c.count + 1))


async def test_a_deadlock_is_tried_again(pens: Database):
    """Two turns lock two rows in opposite order, held together until each has its first lock."""
    tries: list[int] = []
    first_locks: set[int] = set()

    def cross(first: int, second: int) -> Callable[[Connection], None]:
        def work(db: Connection) -> None:
            tries.append(first)
            db.execute(text("SET LOCAL deadlock_timeout = '50ms'"))
            raise_count(db, first)
            first_locks.add(first)
            deadline = time.monotonic() + 5
            while len(first_locks) < 2 and time.monotonic() < deadline:
                db.execute(text("SELECT pg_sleep(0.01)"))
            raise_count(db, second)

        return work

    await asyncio.gather(pens.turn(cross(1, 2)), pens.turn(cross(2, 1)))

    # More than three where the one that is run again meets the other once more.
    assert len(tries) >= 3, "one of the two was the victim, and was run again"
    assert await pens.read(counts) == [2, 2]


async def test_a_lock_that_cannot_be_had_is_tried_again_and_then_given_up(pens: Database):
    tries: list[float] = []
    free, locked = asyncio.Event(), asyncio.Event()
    held = threading.Event()

    def hold(db: Connection) -> None:
        raise_count(db, 1)
        locked.set()
        while not held.is_set():
            db.execute(text("SELECT pg_sleep(0.01)"))

    def impatient(db: Connection) -> None:
        tries.append(time.monotonic())
        if len(tries) == 3:
            held.set()
        db.execute(text("SET LOCAL lock_timeout = '50ms'"))
        raise_count(db, 1)

    async def second() -> None:
        await locked.wait()
        await pens.turn(impatient)
        free.set()

    await asyncio.gather(pens.turn(hold), second())
    assert len(tries) >= 3
    assert await pens.read(counts) == [2, 0]


async def test_after_five_tries_the_caller_hears_of_it(pens: Database):
    tries: list[int] = []
    locked, held = asyncio.Event(), threading.Event()

    def hold(db: Connection) -> None:
        raise_count(db, 1)
        locked.set()
        while not held.is_set():
            db.execute(text("SELECT pg_sleep(0.01)"))

    def impatient(db: Connection) -> None:
        tries.append(1)
        db.execute(text("SET LOCAL lock_timeout = '20ms'"))
        raise_count(db, 1)

    async def second() -> None:
        await locked.wait()
        try:
            with pytest.raises(DBAPIError):
                await pens.turn(impatient)
        finally:
            held.set()

    await asyncio.gather(pens.turn(hold), second())
    assert len(tries) == 5
    assert await pens.read(counts) == [1, 0]


async def test_what_is_no_conflict_is_not_tried_again(pens: Database):
    tries: list[int] = []

    def twice(db: Connection) -> None:
        tries.append(1)
        db.execute(insert(PENS).values(id=1, count=0))

    with pytest.raises(IntegrityError):
        await pens.turn(twice)
    assert tries == [1]


# Addresses


@pytest.mark.parametrize(
    "wrong", ["", "taphuan.db", "mysql://u@h/d", "http://example.org", "sqlite//x", "oracle://x"]
)
def test_an_address_of_anything_else_is_refused_in_one_line(wrong: str):
    with pytest.raises(DatabaseError) as refusal:
        address(wrong)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).startswith("DATABASE_URL ")
    assert wrong == "" or "@h" not in str(refusal.value)


@pytest.mark.parametrize(
    ("said", "driver"),
    [
        ("sqlite:///taphuan.db", "sqlite+aiosqlite"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgres://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+asyncpg"),
    ],
)
def test_an_address_gets_the_drivers_we_use(said: str, driver: str):
    assert address(said).drivername == driver


async def test_opening_connects_nowhere_and_an_unreachable_postgresql_is_an_os_error():
    # Port 1 of this machine: nobody listens there.
    async with Database.open("postgresql://u:secret@127.0.0.1:1/d") as database:
        for use in (database.turn, database.read):
            with pytest.raises(OSError, match=r"127\.0\.0\.1") as error:
                await asyncio.wait_for(use(flock), 10)
            assert "secret" not in str(error.value)


async def test_a_sqlite_file_that_cannot_be_opened_fails_each_turn_until_it_can(
    empty_file: Path, tmp_path: Path
):
    folder = tmp_path / "later"
    async with Database.open(f"sqlite:///{folder / 'x.db'}") as database:
        for use in (database.turn, database.turn, database.read):
            with pytest.raises(OperationalError):
                await asyncio.wait_for(use(flock), 10)
        folder.mkdir()
        shutil.copy(empty_file, folder / "x.db")
        await database.turn(SHEEP.metadata.create_all)
        assert await database.turn(add(1)) == 1
