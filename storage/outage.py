"""Whether a turn failed because of the database, or because of what it was about."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

from storage.database import DatabaseError

# SQLSTATE classes of statements that will fail again: bad data, broken constraints, bad SQL.
OURS = ("22", "23", "42")


def outage(error: Exception) -> bool:
    """True where the same turn may be committed once the database is well again."""
    if isinstance(error, DatabaseError | NoConnection | OSError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error, DataError | IntegrityError | ProgrammingError):
        return False
    # asyncpg's errors mostly arrive without a kind of their own, but with their SQLSTATE.
    state = getattr(error.orig, "sqlstate", None)
    return not str(state or "").startswith(OURS)
