"""The schema comes from migrations only: up, down, up again, and no drift, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from storage import schema
from storage.database import address, sqlite
from storage.models import Base
from tests.postgres import EACH, on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    Run = Callable[[Callable[[Connection], object]], object]

OWN = {"alembic_version"}


@pytest.fixture(params=EACH)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    """Does its argument in one transaction on a database without tables."""
    if request.param == "postgresql":
        url = request.getfixturevalue("bare_postgres_url")
        yield lambda work: on(url, work)
        return
    engine = sqlite(address(f"sqlite:///{tmp_path / 'bare.db'}"))

    def on_sqlite(work: Callable[[Connection], object]) -> object:
        with engine.begin() as db:
            return work(db)

    yield on_sqlite
    engine.dispose()


def tables(db: Connection) -> set[str]:
    return set(inspect(db).get_table_names()) - OWN


def described(db: Connection) -> dict[str, object]:
    """Columns, keys and indexes of every table, as the database tells them."""
    told = inspect(db)
    return {
        table: (
            [(each["name"], str(each["type"]), each["nullable"]) for each in columns],
            sorted(str(index["column_names"]) for index in told.get_indexes(table)),
            sorted(str(key["constrained_columns"]) for key in told.get_foreign_keys(table)),
        )
        for table in sorted(tables(db))
        for columns in [told.get_columns(table)]
    }


def test_the_migrations_make_what_the_models_say(run: Run):
    assert run(schema.current) == ""

    run(schema.upgrade)

    assert run(schema.drift) == []
    assert run(schema.current) == schema.newest() != ""
    assert run(tables) == set(Base.metadata.tables)


def test_a_database_without_the_migrations_drifts(run: Run):
    assert run(tables) == set()
    assert len(run(schema.drift)) >= len(Base.metadata.tables)


def test_up_down_and_up_again_is_the_same_schema(run: Run):
    run(schema.upgrade)
    first = run(described)

    run(lambda db: schema.downgrade(db, "base"))
    assert run(tables) == set()
    assert run(schema.current) == ""

    run(schema.upgrade)
    assert run(described) == first
    assert run(schema.drift) == []


def test_a_migration_that_was_done_is_not_done_again(run: Run):
    run(schema.upgrade)
    first = run(described)
    run(schema.upgrade)
    assert run(described) == first
