"""The door to the database: `turn` writes, `read` reads, nobody else begins or commits.

SQLite has one writer thread. Whatever waits for it is written under one commit, each turn in a
savepoint of its own, so that a full flush to disk is shared and one failure stays alone.
PostgreSQL runs each turn in a transaction of its own.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable

    from sqlalchemy import URL, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

# A batch shares one commit; a larger one only makes its first members wait longer.
BATCH = 64
# PostgreSQL: deadlock, serialization failure, lock timeout. The turn is run again from the start.
AGAIN = {"40P01", "40001", "55P03"}
TRIES = 5

# What was answered survives a power cut: every commit waits for the disk.
SYNCHRONOUS = "FULL"


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

    async def turn(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction; what it raises rolls everything back."""
        if self._writer:
            return await self._writer.run(work)
        for _ in range(TRIES - 1):
            try:
                return await self._turn(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in AGAIN:
                    raise
        return await self._turn(work)

    async def _turn(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that sees one moment and can write nothing."""
        async with self._engine.connect() as connection:
            if not self._writer:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            return await connection.run_sync(work)


class _Writer:
    """The only thread that writes to a SQLite file, first come first served."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future())
        with self._door:
            if self._closed:
                raise DatabaseError("the database is closed")
            self._jobs.put(job)
        # The turn goes on when its caller is cancelled: half a turn does not exist.
        return await asyncio.shield(job.done)

    def stop(self) -> None:
        """Write what is waiting, then end; whoever comes later is refused."""
        with self._door:
            self._closed = True
            self._jobs.put(None)
        self._thread.join()
        self._engine.dispose()

    def _serve(self) -> None:
        connection: Connection | None = None
        while batch := self._next():
            try:
                connection = connection or self._engine.connect()
                _write(connection, batch)
            except Exception as error:  # every waiting caller must hear of it
                for job in batch:
                    job.fail(error)
                if connection:
                    with suppress(Exception):
                        connection.close()
                connection = None
            _tell(batch)
        if connection:
            connection.close()

    def _next(self) -> list[_Job]:
        """The jobs that wait, at least one; empty when it is time to stop."""
        batch: list[_Job] = []
        while len(batch) < BATCH and (not batch or not self._jobs.empty()):
            job = self._jobs.get()
            if job is None:
                if batch:
                    self._jobs.put(None)
                break
            batch.append(job)
        return batch


class _Job:
    """A turn that waits for the writer, and whoever waits for the turn."""

    def __init__(
        self,
        work: Callable[[Connection], Any],
        loop: asyncio.AbstractEventLoop,
        done: asyncio.Future[Any],
    ) -> None:
        self.work = work
        self.loop = loop
        self.done = done
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


def _write(connection: Connection, batch: list[_Job]) -> None:
    with connection.begin():
        # Savepoints by the driver itself: SQLAlchemy's cost as much as two queries.
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        for job in batch:
            driver.execute("SAVEPOINT turn")
            try:
                job.result = job.work(connection)
            except Exception as error:  # it belongs to the caller of this turn
                job.fail(error)
                _still_open(driver, error)
                driver.execute("ROLLBACK TO turn")
            driver.execute("RELEASE turn")


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
        _pragmas(connection, "journal_mode = WAL", f"synchronous = {SYNCHRONOUS}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _reader(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=4, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        _pragmas(connection, "query_only = ON")

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
