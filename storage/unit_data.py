"""The units that are shipped with the program, see `storage/data/README.md`."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage import numbering
from storage.models import Unit, UnitAlias, UnitChange
from storage.models.units import ChangeKind, UnitKind
from storage.unit_words import bare, key

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent / "data"


def load(db: Connection) -> int:
    """Write the shipped units, changes and names that are not there yet; returns how many units.

    Loading again adds only what a newer release brought. Rows that are there are left as they
    are, since somebody may have corrected them.
    """
    units = _units()
    known = set(db.execute(select(Unit.id)).scalars())
    missing = [unit for unit in units if unit["id"] not in known]
    if missing:
        db.execute(insert(Unit), missing)
    _load_changes(db)
    _load_aliases(db, units)
    numbering.go_on(db, Unit, UnitChange, UnitAlias)
    return len(missing)


def _load_changes(db: Connection) -> None:
    known = {tuple(row) for row in db.execute(select(UnitChange.from_id, UnitChange.to_id))}
    changes = [
        {
            "from_id": int(row["from_id"]),
            "to_id": int(row["to_id"]),
            "kind": ChangeKind(row["kind"]),
            "day": date.fromisoformat(row["day"]),
            "legal_basis": row["legal_basis"],
        }
        for row in _rows("unit_changes.csv")
    ]
    missing = [row for row in changes if (row["from_id"], row["to_id"]) not in known]
    if missing:
        db.execute(insert(UnitChange), missing)


def _load_aliases(db: Connection, units: list[dict[str, Any]]) -> None:
    known = {tuple(row) for row in db.execute(select(UnitAlias.unit_id, UnitAlias.folded))}
    names = [(unit["id"], key(bare(unit["name"]))) for unit in units]
    names += [(int(row["unit_id"]), key(row["alias"])) for row in _rows("aliases.csv")]
    missing = [
        {"unit_id": unit_id, "folded": folded}
        for unit_id, folded in dict.fromkeys(names)
        if (unit_id, folded) not in known
    ]
    if missing:
        db.execute(insert(UnitAlias), missing)


def _units() -> list[dict[str, Any]]:
    """Rows for the table, parents first, each with its path."""
    paths: dict[int | None, str] = {None: "/"}
    units: list[dict[str, Any]] = []
    for row in _rows("units.csv"):
        unit_id, parent_id = int(row["id"]), int(row["parent_id"]) if row["parent_id"] else None
        paths[unit_id] = f"{paths[parent_id]}{unit_id}/"
        units.append(
            {
                "id": unit_id,
                "code": row["code"],
                "name": row["name"],
                "kind": UnitKind(row["kind"]),
                "parent_id": parent_id,
                "path": paths[unit_id],
                "valid_from": _day(row["valid_from"]),
                "valid_to": _day(row["valid_to"]),
                "latitude": _degrees(row["latitude"]),
                "longitude": _degrees(row["longitude"]),
            }
        )
    return units


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _degrees(text: str) -> float | None:
    return float(text) if text else None


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
