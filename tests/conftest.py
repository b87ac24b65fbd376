"""Databases made by the migrations, once, then copied; a town of people around an assistant."""

from __future__ import annotations

import gc
import itertools
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels import zalo_bot_poll
from bot.inbox import Inbox
from storage import database as databases
from storage import sample, schema
from storage.database import Database, address, sqlite
from tests.talk import MONDAY, ZONE, Clock, Recorder, Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from sqlalchemy import URL, Dialect

pytest_plugins = ("tests.postgres",)

_numbers = itertools.count(1)

# Looking for garbage after every few hundred objects is a third of collecting the tests.
gc.set_threshold(50_000, 20, 100)


def pytest_collection_finish() -> None:
    """What was imported by now stays: looking through it again and again costs a tenth of a run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """A test database need not survive a power cut; what a commit means to others stays the same.

    Programs that a test starts in a process of their own do wait.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(databases, "SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(scope="session", autouse=True)
def programs_compiled_once() -> Iterator[None]:
    """Programs that tests start keep what Python compiled of them, whatever the shell wished.

    Otherwise each of twenty compiles four hundred modules anew.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def short_farewells() -> Iterator[None]:
    """Where a program ends with its test, nothing is on its way; test_zalo_bot_poll waits in full.

    A hundred programs that each waited a second for it were half a minute of a run.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(zalo_bot_poll, "FAREWELL", 0.2)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Engines of a kind share what was compiled: a program opens one, the tests thousands.

    Compiling the statements anew for every test was a third of a run.
    """
    with pytest.MonkeyPatch.context() as patched:
        for name in ("create_engine", "create_async_engine"):
            patched.setattr(databases, name, _sharing(getattr(databases, name)))
        yield


def _sharing(create: Callable[..., Any]) -> Callable[..., Any]:
    """The same door to a database; its engines go on with the dialect and cache of an earlier one.

    Statements are remembered by dialect, and only one that was connected knows its database.
    """
    known: dict[str, tuple[Dialect, Any]] = {}

    def make(url: URL, **told: Any) -> Any:
        made = create(url, query_cache_size=5000, **told)
        engine = getattr(made, "sync_engine", made)
        dialect, cache = known.get(url.drivername, (engine.dialect, None))
        if dialect.server_version_info:
            engine.dialect = engine.pool._dialect = dialect
            engine._compiled_cache = cache
        else:
            known[url.drivername] = engine.dialect, engine._compiled_cache
        return made

    return make


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    engine = sqlite(address(f"sqlite:///{path}"))
    with engine.begin() as db:
        schema.upgrade(db)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def sample_file(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented province, as it is on the Monday of the golden conversations."""
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    shutil.copy(empty_file, path)
    engine = sqlite(address(f"sqlite:///{path}"))
    with engine.begin() as db:
        sample.load(db, MONDAY)
    engine.dispose()  # closing the last connection writes the WAL back into the one file
    return path


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the databases of single tests stand, each for as long as its test."""
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture
def copied(shelf: Path) -> Iterator[Callable[[Path], Path]]:
    """Copies a database file for this test; kept copies would be a gigabyte in a run."""
    made: list[Path] = []

    def copy(original: Path) -> Path:
        made.append(shelf / f"{next(_numbers)}.db")
        return shutil.copyfile(original, made[-1])

    yield copy
    for path in made:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


@pytest.fixture
async def database(empty_file: Path, copied: Callable[[Path], Path]) -> AsyncIterator[Database]:
    """An empty database of this test's own."""
    async with Database.open(f"sqlite:///{copied(empty_file)}") as database:
        yield database


@pytest.fixture
async def province(sample_file: Path, copied: Callable[[Path], Path]) -> AsyncIterator[Database]:
    """The invented province, this test's own copy."""
    async with Database.open(f"sqlite:///{copied(sample_file)}") as database:
        yield database


@pytest.fixture
def town(province: Database) -> Town:
    """People of the invented province, on the Monday of the golden conversations."""
    clock = Clock()
    channel = Recorder("telegram", clock)
    inbox = Inbox(province, ZONE, clock)
    inbox.channels = {"telegram": channel}
    return Town(province, inbox, channel, clock)
