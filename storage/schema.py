"""The schema and its migrations. Tables are only ever made by migrations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.models import Base

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent / "migrations"


def _config(db: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    return config


def upgrade(db: Connection, revision: str = "head") -> None:
    """Bring the schema up to a revision, the newest by default."""
    command.upgrade(_config(db), revision)


def downgrade(db: Connection, revision: str) -> None:
    """Take the schema back to a revision; "base" removes every table."""
    command.downgrade(_config(db), revision)


@cache
def newest() -> str:
    """The revision this program was written for; finding it reads every migration, once."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(db: Connection) -> str:
    """The revision the database is at, "" where there is none."""
    return MigrationContext.configure(db).get_current_revision() or ""


def drift(db: Connection) -> list[object]:
    """What the models say that the migrated schema does not; empty when they agree."""
    context = MigrationContext.configure(db, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def draft(db: Connection, message: str, revision: str) -> None:
    """Write the next migration from the difference between models and database."""
    command.revision(_config(db), message, autogenerate=True, rev_id=revision)
