"""Where schools lay through time, and where their counters stand by that."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import aliased

from storage.figures.days import REFORM
from storage.meant import OLD
from storage.models import Figure, School, SchoolPlace

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row

# Schools in one statement.
CHUNK: Final = 1_000
# Where a school lay from the beginning.
BEFORE: Final = date(1, 1, 1)

_last = aliased(SchoolPlace)
_latest = (
    select(func.max(_last.first_day))
    .where(_last.school_id == SchoolPlace.school_id)
    .correlate(SchoolPlace)
    .scalar_subquery()
)
_MOVED: Final = (
    select(
        School.id, School.unit_id, School.old_unit_id, SchoolPlace.first_day,
        SchoolPlace.unit_id.label("was"),
    )
    .outerjoin(
        SchoolPlace, (SchoolPlace.school_id == School.id) & (SchoolPlace.first_day == _latest)
    )
    .where(School.id.in_(bindparam("ids", expanding=True)))
    .order_by(School.id)
)  # fmt: skip
_DISTRICT: Final = func.coalesce(OLD.parent_id, 0)
_MISPLACED: Final = (
    select(School.id, School.unit_id, _DISTRICT.label("district_id"))
    .join(Figure, Figure.school_id == School.id)
    .outerjoin(OLD, OLD.id == School.old_unit_id)
    .where((Figure.commune_id != School.unit_id) | (Figure.district_id != _DISTRICT))
    .distinct()
    .order_by(School.id)
)


def keep(db: Connection, school_ids: Collection[int], day: date) -> None:
    """Note where these schools lie from a day on, and move their counters there.

    A school that is new had its old commune until the reform of 2025, and has its own since; one
    without an old commune always had its own.
    """
    ordered = sorted(school_ids)
    for start in range(0, len(ordered), CHUNK):
        some = ordered[start : start + CHUNK]
        _note(db, db.execute(_MOVED, {"ids": some}).all(), day)
        move(db, db.execute(_MISPLACED.where(School.id.in_(some))).all())


def misplaced(db: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """Schools whose counters do not stand where the school lies: id, commune, former district."""
    return db.execute(_MISPLACED).all()


def move(db: Connection, schools: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Let the counters of these schools stand where they lie."""
    for school_id, commune_id, district_id in schools:
        db.execute(
            update(Figure)
            .where(Figure.school_id == school_id)
            .values(commune_id=commune_id, district_id=district_id)
        )


def _note(db: Connection, schools: Sequence[Row[*tuple[Any, ...]]], day: date) -> None:
    new = [row for row in schools if row.was is None]
    moved = [row for row in schools if row.was not in (None, row.unit_id)]
    rows = [each for row in new for each in _first(row)]
    for row in moved:
        if row.first_day >= day:  # moved twice in a day, or before the first place began
            here = (SchoolPlace.school_id == row.id, SchoolPlace.first_day == row.first_day)
            db.execute(update(SchoolPlace).where(*here).values(unit_id=row.unit_id))
        else:
            rows.append({"school_id": row.id, "first_day": day, "unit_id": row.unit_id})
    if rows:
        db.execute(insert(SchoolPlace), rows)


def _first(row: Row[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    old = row.old_unit_id or row.unit_id
    rows = [{"school_id": row.id, "first_day": BEFORE, "unit_id": old}]
    if old != row.unit_id:
        rows.append({"school_id": row.id, "first_day": REFORM, "unit_id": row.unit_id})
    return rows
