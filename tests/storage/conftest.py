"""A connection of a test's own, for rules that need no loop around them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from storage.database import address, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def db(empty_file: Path, tmp_path: Path) -> Iterator[Connection]:
    """A transaction on an empty SQLite database."""
    shutil.copy(empty_file, tmp_path / "one.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'one.db'}"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()
