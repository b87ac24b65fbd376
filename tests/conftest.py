"""Databases made by the migrations, once, then copied; a town of people around an assistant."""

from __future__ import annotations

import gc
import shutil
from typing import TYPE_CHECKING

import pytest

from bot.inbox import Inbox
from storage import database as databases
from storage import sample, schema
from storage.database import Database, address, sqlite
from tests.talk import MONDAY, ZONE, Clock, Recorder, Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytest_plugins = ("tests.postgres",)


def pytest_collection_finish() -> None:
    """What was imported by now stays: looking through it again and again costs a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """A test database need not survive a power cut; what a commit means to others stays the same.

    Programs that a test starts in a process of their own do wait.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(databases, "SYNCHRONOUS", "OFF")
        yield


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


@pytest.fixture
async def database(empty_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of this test's own."""
    shutil.copy(empty_file, tmp_path / "test.db")
    async with Database.open(f"sqlite:///{tmp_path / 'test.db'}") as database:
        yield database


@pytest.fixture
async def province(sample_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The invented province, this test's own copy."""
    shutil.copy(sample_file, tmp_path / "province.db")
    async with Database.open(f"sqlite:///{tmp_path / 'province.db'}") as database:
        yield database


@pytest.fixture
def town(province: Database) -> Town:
    """People of the invented province, on the Monday of the golden conversations."""
    clock = Clock()
    channel = Recorder("telegram", clock)
    inbox = Inbox(province, ZONE, clock)
    inbox.channels = {"telegram": channel}
    return Town(province, inbox, channel, clock)
