"""The door to the database: `turn` writes, `read` reads, nobody else begins or commits.

SQLite has one writer thread. Whatever waits for it is written under one commit, each turn in a
savepoint of its own, so that a full flush to disk is shared and one failure stays alone. People's
turns go before those of the sender, which have time.
PostgreSQL runs each turn in a transaction of its own.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.figures import settling

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

    from sqlalchemy import URL, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

# A batch shares one commit; a larger one only makes its first members wait longer.
BATCH = 64
# PostgreSQL: deadlock, serialization failure, lock timeout. The turn is run again from the start.
AGAIN = {"40P01", "40001", "55P03"}
TRIES = 5

# The loop's thread lends the interpreter out at every send, and has it back from a busy writer only
# after so many seconds. Python's own 5 ms halve what both get done, and answers wait five times as
# long.
SWITCH = 0.0005

# What was answered survives a power cut: every commit waits for the disk.
SYNCHRONOUS = "FULL"
# KiB of pages the writer keeps, given to SQLite as a negative number. With its usual 2 MiB a list
# of 50,000 people spills to the disk again and again while everybody waits.
CACHE = -64_000
# The same for each of the four readers: figures of a country are a few MB, read again and again.
READ_CACHE = -16_000


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do, in one line."""


def address(text: str) -> URL:
    """A SQLAlchemy URL with the drivers we use; raises DatabaseError for any other database."""
    try:
        url = make_url(text)
    except Exception as error:
        raise DatabaseError(
            "DATABASE_URL is not an address like sqlite:///taphuan.db or postgresql://…"
        ) from error
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+asyncpg")
        case other:
            raise DatabaseError(f"DATABASE_URL names {other}; use sqlite or postgresql")


class Database:
    """One database, open for as long as the context lasts."""

    def __init__(self, url: URL, writer: _Writer | None, engine: AsyncEngine) -> None:
        self.url = url
        self._writer = writer
        self._engine = engine

    @classmethod
    @asynccontextmanager
    async def open(cls, text: str) -> AsyncGenerator[Database]:
        """Open by URL. Nothing is connected or created yet."""
        url = address(text)
        if url.get_backend_name() == "sqlite":
            database = cls(url, _Writer(sqlite(url)), _reader(url))
        else:
            database = cls(url, None, _pool(url))
        try:
            yield database
        finally:
            if database._writer:
                await asyncio.to_thread(database._writer.stop)
            await database._engine.dispose()

    async def turn(self, work: Callable[[Connection], T], *, bulk: bool = False) -> T:
        """Run `work` in one writing transaction; what it raises rolls everything back.

        `bulk`: nobody waits for it, so that others may go before.
        """
        if self._writer:
            return await self._writer.run(work, bulk=bulk)
        for _ in range(TRIES - 1):
            try:
                return await self._turn(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in AGAIN:
                    raise
        return await self._turn(work)

    async def _turn(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(lambda db: settled(db, work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that sees one moment and can write nothing."""
        async with self._engine.connect() as connection:
            if not self._writer:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            return await connection.run_sync(work)


class _Writer:
    """The only thread that writes to a SQLite file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._line = _Line()
        self._door = threading.Lock()
        self._closed = False
        sys.setswitchinterval(SWITCH)
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Connection], T], *, bulk: bool) -> T:
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future(), bulk=bulk)
        with self._door:
            if self._closed:
                raise DatabaseError("the database is closed")
            self._line.put(job)
        # The turn goes on when its caller is cancelled: half a turn does not exist.
        return await asyncio.shield(job.done)

    def stop(self) -> None:
        """Write what is waiting, then end; whoever comes later is refused."""
        with self._door:
            self._closed = True
            self._line.close()
        self._thread.join()
        self._engine.dispose()

    def _serve(self) -> None:
        connection: Connection | None = None
        while self._line.wait():
            batch: list[_Job] = []
            try:
                connection = connection or self._engine.connect()
                _write(connection, self._line.batch(batch))
            except Exception as error:  # every waiting caller must hear of it
                batch = batch or list(self._line.batch(batch))
                for job in batch:
                    job.fail(error)
                if connection:
                    with suppress(Exception):
                        connection.close()
                connection = None
            _tell(batch)
        if connection:
            connection.close()


class _Line:
    """The turns that wait: people's first come first served, and behind them the bulk.

    `put` and `close` are called by any thread, the rest by the writer.
    """

    def __init__(self) -> None:
        self._people: deque[_Job] = deque()
        self._bulk: deque[_Job] = deque()
        self._bell = threading.Event()
        self._closed = False
        self._bulk_next = False

    def put(self, job: _Job) -> None:
        (self._bulk if job.bulk else self._people).append(job)
        self._bell.set()

    def close(self) -> None:
        self._closed = True
        self._bell.set()

    def wait(self) -> bool:
        """Return when there is a turn; False where there is none, and none will come."""
        while not (self._people or self._bulk):
            if self._closed:
                return False
            self._bell.wait()
            self._bell.clear()  # whoever came before this is seen by the next look
        return True

    def batch(self, taken: list[_Job]) -> Iterator[_Job]:
        """The turns of one commit, each put into `taken` as well: at least one.

        Those of people that wait; or the bulk's, until somebody comes: they join it, and it ends.
        A turn of the bulk goes before each second commit, so that it goes on in the thickest crowd.
        """
        people, bulk = self._people, self._bulk
        if bulk and (self._bulk_next or not people):
            yield _moved(bulk, taken)
            while bulk and not people and len(taken) < BATCH:
                yield _moved(bulk, taken)
            self._bulk_next = False
        else:
            self._bulk_next = True
        for _ in range(min(len(people), BATCH - len(taken))):
            yield _moved(people, taken)


def _moved(line: deque[_Job], taken: list[_Job]) -> _Job:
    taken.append(line.popleft())
    return taken[-1]


class _Job:
    """A turn that waits for the writer, and whoever waits for the turn."""

    def __init__(
        self,
        work: Callable[[Connection], Any],
        loop: asyncio.AbstractEventLoop,
        done: asyncio.Future[Any],
        *,
        bulk: bool,
    ) -> None:
        self.work = work
        self.loop = loop
        self.done = done
        self.bulk = bulk
        self.result: Any = None
        self.error: Exception | None = None

    def fail(self, error: Exception) -> None:
        self.error = self.error or error

    def settle(self) -> None:
        if self.done.done():
            return
        if self.error:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


def _write(connection: Connection, batch: Iterable[_Job]) -> None:
    with connection.begin():
        # Savepoints by the driver itself: SQLAlchemy's cost as much as two queries.
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        for job in batch:
            driver.execute("SAVEPOINT turn")
            try:
                job.result = settled(connection, job.work)
            except Exception as error:  # it belongs to the caller of this turn
                job.fail(error)
                _still_open(driver, error)
                driver.execute("ROLLBACK TO turn")
            driver.execute("RELEASE turn")


def settled(db: Connection, work: Callable[[Connection], T]) -> T:
    """Run `work`, then count anew what it changed: nobody ever sees the one without the other."""
    result = work(db)
    settling.settle(db)
    return result


def _still_open(driver: sqlite3.Connection, error: Exception) -> None:
    """Raise where SQLite ended the whole transaction: what came before this turn is lost too."""
    if not driver.in_transaction:
        raise DatabaseError("the transaction was ended by the database") from error


def _tell(batch: list[_Job]) -> None:
    loops = {job.loop for job in batch}
    for loop in loops:
        mine = [job for job in batch if job.loop is loop]
        with suppress(RuntimeError):  # a loop that was closed has nobody left who waits
            loop.call_soon_threadsafe(lambda mine=mine: [job.settle() for job in mine])


def sqlite(url: URL) -> Engine:
    """A synchronous engine for one writing thread: WAL, foreign keys, BEGIN IMMEDIATE.

    In the driver's own mode a transaction begins too late: 300 people got 27 of 5 seats.
    """
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        _pragmas(
            connection,
            "journal_mode = WAL",
            f"synchronous = {SYNCHRONOUS}",
            f"cache_size = {CACHE}",
        )

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _reader(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=4, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        _pragmas(connection, "query_only = ON", f"cache_size = {READ_CACHE}")

    @event.listens_for(engine.sync_engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _pragmas(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 10000", "foreign_keys = ON", *pragmas):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _pool(url: URL) -> AsyncEngine:
    # Parameters are people's words and names; errors must not carry them into a log.
    settings = {"lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
    return create_async_engine(
        url, pool_size=10, max_overflow=0, pool_timeout=30, hide_parameters=True,
        connect_args={"server_settings": settings, "timeout": 10},
    )  # fmt: skip
