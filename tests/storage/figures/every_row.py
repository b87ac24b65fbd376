"""Every row of every table that figures are made of, as plain dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import models

if TYPE_CHECKING:
    from sqlalchemy import Connection

# By the names the oracle calls them.
TABLES = (
    models.Person, models.School, models.Unit, models.Course, models.Session, models.Registration,
    models.Completion, models.CourseProgramme, models.Programme, models.Period, models.Indicator,
    models.IndicatorVersion,
)  # fmt: skip


class Rows:
    """Every row of every table that matters, as dictionaries."""

    def __init__(self, db: Connection) -> None:
        self.of = {
            table.__name__: [dict(row._mapping) for row in db.execute(select(table.__table__))]
            for table in TABLES
        }

    def __getattr__(self, name: str) -> list[dict[str, Any]]:
        return self.of[name]

    def by_id(self, name: str) -> dict[int, dict[str, Any]]:
        return {row["id"]: row for row in self.of[name]}
