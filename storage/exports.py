"""Files made for one person: asked for in a turn, made after it, within their rights then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from storage.models import Export

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# Older requests are forgotten; their links are long dead.
KEPT = timedelta(days=7)
# What they were asked with is more than ids, and goes when the file can be had no more.
INVITATIONS = "invitations"
BRIEF = {INVITATIONS: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: `kind` names who makes it, `asked` are its arguments."""

    id: int
    person_id: int
    kind: str
    asked: dict[str, Any]


ONE = select(Export.id, Export.person_id, Export.kind, Export.asked).where(
    Export.id == bindparam("export_id")
)


def ask(db: Connection, person_id: int, kind: str, now: datetime, **asked: Any) -> int:
    """Note what file somebody asked for; the id is the subject of its document.

    Whoever makes the file looks at the person's rights again: this gives none.
    """
    made = db.execute(
        insert(Export)
        .values(person_id=person_id, kind=kind, asked=asked, at=now)
        .returning(Export.id)
    )
    return made.scalar_one()


def get(db: Connection, export_id: int) -> Request | None:
    """The request with this id."""
    row = db.execute(ONE, {"export_id": export_id}).one_or_none()
    return Request(*row) if row else None


def forget(db: Connection, now: datetime) -> int:
    """Forget requests that are older than a week, and what lies in those of `BRIEF`; how many."""
    for kind, kept in BRIEF.items():
        old = update(Export).where(Export.kind == kind, Export.at < now - kept)
        db.execute(old.values(asked={}))
    return db.execute(delete(Export).where(Export.at < now - KEPT)).rowcount
