"""Invented schools on the real communes of the former Đắk Nông."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from storage import schools
from storage.models import Unit, UnitChange
from storage.models.units import Ownership, SchoolType, UnitKind
from storage.sample.names import Names

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy import Connection

DAK_NONG = "/2/"
WRITTEN = {
    SchoolType.PRESCHOOL: "Trường MN",
    SchoolType.KINDERGARTEN: "Trường MG",
    SchoolType.CRECHE: "Nhà trẻ",
    SchoolType.GROUP: "Nhóm trẻ",
    SchoolType.CLASS: "Lớp MG độc lập",
}
# With the public ones (a preschool in each of the 71 communes, a kindergarten in every third):
# 123 places, as many as the province counted in 2017-2018.
_PRIVATE = (
    *[SchoolType.PRESCHOOL] * 8,
    *[SchoolType.GROUP] * 13,
    *[SchoolType.CLASS] * 3,
    *[SchoolType.CRECHE] * 2,
)


@dataclass(frozen=True, slots=True)
class Commune:
    """A former commune and the one it lies in today."""

    old_id: int
    old_name: str
    id: int
    name: str


def communes(db: Connection) -> list[Commune]:
    """The 71 former communes of Đắk Nông; none of them was divided."""
    new = aliased(Unit)
    rows = db.execute(
        select(Unit.id, Unit.name, new.id, new.name)
        .join_from(Unit, UnitChange, UnitChange.from_id == Unit.id)
        .join(new, new.id == UnitChange.to_id)
        .where(Unit.path.startswith(DAK_NONG), Unit.kind == UnitKind.COMMUNE)
        .order_by(Unit.id)
    )
    return [Commune(*row) for row in rows]


def build(found: list[Commune], rng: Random) -> list[dict[str, Any]]:
    """Rows for the table of schools, ids from 1; the first three are those of `NAMED`."""
    by_name = {commune.old_name: commune for commune in found}
    rows: list[dict[str, Any]] = []
    names = Names(rng)
    taken: defaultdict[int, set[str]] = defaultdict(set)
    for old, kind, name, ownership in NAMED:
        rows.append(_row(len(rows) + 1, by_name[old], kind, name, ownership))
    for commune, kind, ownership in _wanted(found, rng):
        name = names.school(taken[commune.id])
        rows.append(_row(len(rows) + 1, commune, kind, name, ownership))
    # Founded after the reform: these never lay in a former commune.
    for row in rows[-2:]:
        row["old_unit_id"] = None
    return rows


# The places of the conversations people try; nothing else is called Hoa Cúc or Nắng Mai.
NAMED = (
    ("Xã Đắk Búk So", SchoolType.PRESCHOOL, "Hoa Cúc", Ownership.PUBLIC),
    ("Xã Quảng Tân", SchoolType.CLASS, "Hoa Cúc", Ownership.PRIVATE),
    ("Xã Đắk Ha", SchoolType.GROUP, "Nắng Mai", Ownership.PRIVATE),
)


def _wanted(found: list[Commune], rng: Random) -> list[tuple[Commune, SchoolType, Ownership]]:
    towns = [c for c in found if not c.old_name.startswith("Xã ")]
    first = [c for c in found if c.old_name != NAMED[0][0]]
    public = [(commune, SchoolType.PRESCHOOL, Ownership.PUBLIC) for commune in first]
    public += [(commune, SchoolType.KINDERGARTEN, Ownership.PUBLIC) for commune in found[::3]]
    private = [(rng.choice((*towns, *towns, *found)), kind, Ownership.PRIVATE) for kind in _PRIVATE]
    return [*public, *private]


def _row(
    school_id: int, commune: Commune, kind: SchoolType, name: str, ownership: Ownership
) -> dict[str, Any]:
    full = f"{WRITTEN[kind]} {name}"
    return {
        "id": school_id,
        "name": full,
        "folded": schools.fold_name(full),
        "type": kind,
        "ownership": ownership,
        "unit_id": commune.id,
        "old_unit_id": commune.old_id,
        "external_id": f"67{school_id:06d}",
        "closed_on": None,
    }
