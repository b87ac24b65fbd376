"""A connection of a test's own, for rules that need no loop around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from storage.database import address, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database


@pytest.fixture
def db(empty_file: Path, copied: Callable[[Path], Path]) -> Iterator[Connection]:
    """A transaction on an empty SQLite database."""
    engine = sqlite(address(f"sqlite:///{copied(empty_file)}"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def sqlite_commits(database: Database) -> list[str]:
    """A line for each commit of the writer."""
    assert database._writer is not None
    seen: list[str] = []

    @event.listens_for(database._writer._engine, "commit")
    def _(connection: Connection) -> None:
        seen.append("commit")

    return seen
