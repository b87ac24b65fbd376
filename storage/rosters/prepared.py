"""Rows made ready for the driver before their transaction begins.

Making JSON of what a row says takes seven times as long as writing it; meanwhile others may write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Dialect, Table


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the words of one database, and its rows."""

    statement: str
    rows: Sequence[tuple[Any, ...]]


def statement(dialect: Dialect, table: Table, columns: Iterable[str]) -> str:
    """What adds rows of these columns, in the order they have in the table."""
    return str(insert(table).compile(dialect=dialect, column_keys=list(columns)))


def prepare(dialect: Dialect, table: Table, rows: Sequence[dict[str, Any]]) -> Prepared:
    """Rows for a table; each names the same columns, the others stay empty."""
    columns = [each for each in table.columns if not rows or each.name in rows[0]]
    processors = [each.type.dialect_impl(dialect).bind_processor(dialect) for each in columns]
    pairs = [(each.name, process) for each, process in zip(columns, processors, strict=True)]
    return Prepared(
        statement(dialect, table, (each.name for each in columns)),
        [tuple(process(row[name]) if process else row[name] for name, process in pairs)
         for row in rows],
    )  # fmt: skip


def write(db: Connection, prepared: Prepared) -> None:
    """Write the rows, to a database like the one they are prepared for."""
    if prepared.rows:
        db.exec_driver_sql(prepared.statement, list(prepared.rows))
