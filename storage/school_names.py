"""Names of schools as they are written and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage import schools, spelling
from storage.models import School, SchoolType

if TYPE_CHECKING:
    from sqlalchemy import Connection

LENGTH = 120
WRITTEN = {
    SchoolType.PRESCHOOL: "Trường MN",
    SchoolType.KINDERGARTEN: "Trường MG",
    SchoolType.CRECHE: "Nhà trẻ",
    SchoolType.GROUP: "Nhóm trẻ",
    SchoolType.CLASS: "Lớp MG độc lập",
}
# A school that grew keeps its name ("MG Hoa Cúc" became "MN Hoa Cúc"); a small place beside it
# may bear it too.
_SMALL = frozenset((SchoolType.GROUP, SchoolType.CLASS))
HERE = (
    select(School.id, School.name, School.type)
    .where(
        School.unit_id == bindparam("unit_id"),
        School.folded == bindparam("folded"),
        School.closed_on.is_(None),
    )
    .order_by(School.id)
)


@dataclass(frozen=True, slots=True)
class There:
    """A school that is there already."""

    id: int
    name: str


def own(name: str) -> str:
    """What is the school's own in a name, folded: "hoa cuc"; "" where it only names a type."""
    return schools.fold_name(name)


def written(name: str, type: SchoolType) -> str:
    """The name with its word for the type, "MN Hoa Cúc" and "Hoa Cúc" as "Trường MN Hoa Cúc"."""
    cleaned = spelling.clean(name)[:LENGTH]
    folded = spelling.fold(cleaned)
    if own(cleaned) == folded:
        return f"{WRITTEN[type]} {cleaned}".strip()
    if folded.split(" ", 1)[0] in ("mn", "mg"):
        return f"Trường {cleaned}"
    return cleaned[:1].upper() + cleaned[1:]


def alike(
    db: Connection,
    name: str,
    type: SchoolType,
    unit_id: int,
    *,
    but: int | None = None,
) -> There | None:
    """An open school of this name and a like type in the commune, other than `but`."""
    rows = db.execute(HERE, {"unit_id": unit_id, "folded": own(name)})
    for row in rows:
        if row.id != but and (row.type in _SMALL) == (type in _SMALL):
            return There(row.id, row.name)
    return None
