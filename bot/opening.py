"""Opening the database only where it can be used."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage import schema
from storage.database import Database, DatabaseError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.settings import Settings

# Seconds to wait for the database to answer.
PATIENCE = 10.0


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """The database, reachable and with the schema this program was written for.

    Raises DatabaseError otherwise.
    """
    async with Database.open(settings.database_url.get_secret_value()) as database:
        current = await revision(database)
        if current != schema.newest():
            raise DatabaseError("the database waits for a migration: run `taphuan migrate`")
        yield database


async def revision(database: Database) -> str:
    """The schema's revision, "" where there is none; raises DatabaseError where nobody answers."""
    if _no_file(database):
        return ""
    try:
        async with asyncio.timeout(PATIENCE):
            return await database.read(schema.current)
    except Exception as error:
        raise DatabaseError(
            f"the database cannot be reached ({type(error).__name__}): "
            "check TAPHUAN_DATABASE_URL, and that it runs"
        ) from error


def _no_file(database: Database) -> bool:
    """True where reading would leave an empty file behind."""
    path = database.url.database
    return database.url.get_backend_name() == "sqlite" and bool(path) and not Path(path).exists()
