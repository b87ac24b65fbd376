"""Rows written with ids of their own, and the numbers the database gives out after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.models import Base


def go_on(db: Connection, *tables: type[Base]) -> None:
    """Let each table's next id follow its greatest one.

    SQLite does so by itself; PostgreSQL's sequences never hear of ids that were given.
    """
    if db.dialect.name != "postgresql":
        return
    for table in tables:
        name, key = table.__tablename__, table.__table__.c["id"]
        greatest = select(func.max(key)).scalar_subquery()
        db.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), greatest)))
