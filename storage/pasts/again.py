"""A list of results compared anew, without its file: schools were opened, or named, meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, select

from storage.models import PastCourse, PastRow
from storage.pasts import comparison
from storage.rosters import staging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.rosters.comparison import Judged
    from storage.rosters.entries import Entry
    from storage.rosters.staging import Basis
    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class People:
    """Who the people of a list are by now, and what that rests on."""

    judged: list[Judged]
    on: Basis


def compare(
    db: Connection, scope: Scope, entries: Sequence[Entry], settled: dict[str, int] | None
) -> People:
    """Judge the people of an import anew, as `judging.entries_again` gives them. Only reads.

    They are the same people in the same order, so that rows go on pointing to them.
    """
    on = staging.basis(db)
    return People(comparison.judge(db, scope, entries, settled)[0], on)


def carry(db: Connection, from_id: int, into_id: int) -> None:
    """Give an import the courses, the rows and the figures of the one it replaces."""
    for table in (PastCourse, PastRow):
        columns = table.__table__.c
        names = [column.name for column in columns if column.name != "import_id"]
        shown: list[Any] = [literal(into_id), *(columns[name] for name in names)]
        kept = select(*shown).where(columns["import_id"] == from_id)
        db.execute(insert(table).from_select(["import_id", *names], kept))
