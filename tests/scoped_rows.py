"""The rows of a random world, in which every id and every name says whose it is.

Ids of each table have a range of their own and names contain them ("Người Ng1300007"), so that any
number or name in an answer can be traced to a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, insert, select

from storage.models.base import Base
from tests.talk import MONDAY

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy import Column, Connection


TODAY = MONDAY.date()
TABLES = {table.name: table for table in Base.metadata.sorted_tables}
INSERTS = {name: insert(table) for name, table in TABLES.items()}
SELECTS = {name: select(table) for name, table in TABLES.items()}
# The first id of each table that has ids of its own, in steps no test fills.
FIRST = {
    name: 1_100_000 + 10_000 * at
    for at, name in enumerate(
        ("units", "schools", "people", "courses", "sessions", "registrations", "broadcasts",
         "roles", "invitations", "roster_imports", "intakes", "attachments", "claims",
         "questions", "substitutions", "accounts", "audit", "notices", "exports", "staff_changes",
         "school_changes", "consents", "session_codes", "walk_ins", "papers", "periods",
         "signing_keys", "subjects", "declarations", "collections", "reports")
    )
}  # fmt: skip
MARKS = {"units": "dv", "schools": "tr", "people": "ng", "courses": "kh", "broadcasts": "tb"}


def table_of(id_: int) -> str | None:
    """The table an id belongs to by its range."""
    at, rest = divmod(id_ - 1_100_000, 10_000)
    names = list(FIRST)
    return names[at] if 0 <= at < len(names) and rest < 5_000 else None


def filler(column: Column[Any]) -> Any:
    """Something for a column that has to have a value."""
    kind = column.type.python_type if column.type.__class__.__name__ != "Instant" else datetime
    members = getattr(column.type, "enum_class", None)
    if members is not None:
        return next(iter(members))
    if isinstance(column.type, JSON):
        return [] if column.name in LISTS else {}
    values = {str: "", int: 0, float: 0.0, bool: False, datetime: MONDAY, date: TODAY}
    return values[kind]


LISTS = {"questions", "answers", "changed", "remarks", "offers", "heard", "people", "ended"}


@dataclass
class World:
    """The rows, and the ids of each table in the order they were made."""

    db: Connection
    rng: Random
    ids: dict[str, list[int]] = field(default_factory=dict)

    def add(self, table: str, **given: Any) -> int:
        """A row with the next id of its table; what has to be there and is not given is filled."""
        known = self.ids.setdefault(table, [])
        made = FIRST[table] + len(known) if table in FIRST else 0
        if table in FIRST:
            given["id"] = made
            known.append(made)
        for column in TABLES[table].columns:
            own = column.primary_key and not column.foreign_keys and column.name == "id"
            needed = not column.nullable and column.default is None and not own
            if needed and column.server_default is None and column.name not in given:
                given[column.name] = filler(column)
        self.db.execute(INSERTS[table], given)
        return made

    def any(self, table: str) -> int:
        return self.rng.choice(self.ids[table])

    def maybe(self, table: str) -> int | None:
        return self.rng.choice((None, self.any(table)))
