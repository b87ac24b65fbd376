"""What schools were called before they were renamed or merged: people go on saying it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from storage.models import School, SchoolChange, SchoolMove

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

CHANGED = (
    select(SchoolChange.school_id, SchoolChange.into_id, SchoolChange.before, School.folded)
    .join(School, School.id == SchoolChange.school_id)
    .where(
        SchoolChange.kind.in_((SchoolMove.RENAMED, SchoolMove.MERGED)),
        SchoolChange.undone_at.is_(None),
    )
    .order_by(SchoolChange.id)
)

_into = aliased(School)
MERGER = (
    select(School.name, _into.name.label("into"), SchoolChange.day)
    .join(School, School.id == SchoolChange.school_id)
    .join(_into, _into.id == SchoolChange.into_id)
    .where(SchoolChange.id == bindparam("change_id"), SchoolChange.undone_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Merger:
    """A school that became part of another one on a day."""

    name: str
    into: str
    day: date


def merger(db: Connection, change_id: int) -> Merger | None:
    """A merger that still stands; None for any other change."""
    row = db.execute(MERGER, {"change_id": change_id}).one_or_none()
    return Merger(*row) if row else None


def former(db: Connection) -> list[tuple[str, int]]:
    """(former folded name, id of the school it is today) for what was renamed or merged."""
    rows = db.execute(CHANGED).all()
    became = {row.school_id: row.into_id for row in rows if row.into_id is not None}
    found: list[tuple[str, int]] = []
    for row in rows:
        names = {str(row.before.get("folded", "")), row.folded} - {""}
        today = row.school_id
        while today in became:
            today = became[today]
        found += [(name, today) for name in sorted(names)]
    return found
