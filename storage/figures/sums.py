"""The tables of sums: how changes are added to counters, to their ledger, and to who is counted."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Date, Integer, bindparam, func, select, true
from sqlalchemy.dialects import postgresql, sqlite

from storage.figures.counts import COLUMNS, Count, values
from storage.meant import OLD
from storage.models import Counted, Figure, FigureDay, School

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection

    from storage.models import Base


def add(db: Connection, subject_id: int, effects: Mapping[tuple[int, date], Count]) -> None:
    """Add changes to the counters of a subject, by school, and to the days of its ledger."""
    if not effects:
        return
    schools: dict[int, Count] = {}
    for (school_id, _), count in effects.items():
        known = schools.get(school_id)
        schools[school_id] = known + count if known else count
    add_figures(db, subject_id, schools)
    add_days(db, subject_id, effects)


def add_figures(db: Connection, subject_id: int, schools: Mapping[int, Count]) -> None:
    """Add to the counters of schools alone."""
    # In one order by all who change them, so that nobody waits in a circle.
    rows = [(school_id, values(schools[school_id])) for school_id in sorted(schools)]
    used = _used(changes for _, changes in rows)
    if used:
        db.execute(
            _figures(db.dialect.name, used),
            [
                {"of_subject": subject_id, "at_school": school_id, **_named(changes, used)}
                for school_id, changes in rows
            ],
        )


def add_days(db: Connection, subject_id: int, effects: Mapping[tuple[int, date], Count]) -> None:
    """Add to the days of schools alone."""
    rows = [(*key, values(effects[key])) for key in sorted(effects)]
    used = _used(changes for _, _, changes in rows)
    if used:
        db.execute(
            _ledger(db.dialect.name, used),
            [
                {"of_subject": subject_id, "at_school": school_id, "on_day": day,
                 **_named(changes, used)}
                for school_id, day, changes in rows
            ],
        )  # fmt: skip


def _used(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The columns in which any of these differs from 0: most changes are of one or two."""
    columns = {at for row in rows for at, value in enumerate(row) if value}
    return tuple(sorted(columns))


_NAMES: Final = tuple(f"by_{name}" for name in COLUMNS)


def _named(changes: tuple[int, ...], used: tuple[int, ...]) -> dict[str, int]:
    return {_NAMES[at]: changes[at] for at in used}


def counted(db: Connection) -> Any:
    """The statement that writes what people add."""
    return _counted(db.dialect.name)


def _insert(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


@cache
def _counted(dialect: str) -> Any:
    insert = _insert(dialect)(Counted)
    columns = ("school_id", "bits", "done_on")
    return insert.on_conflict_do_update(
        index_elements=["subject_id", "person_id"],
        set_={name: insert.excluded[name] for name in columns},
    )


@lru_cache(maxsize=256)
def _figures(dialect: str, used: tuple[int, ...]) -> Any:
    """Add to the counters of a school; where that lies is looked up."""
    place = (
        select(
            bindparam("of_subject", type_=Integer), func.coalesce(OLD.parent_id, 0), School.id,
            School.unit_id, *_changes(used),
        )
        .select_from(School)
        .outerjoin(OLD, OLD.id == School.old_unit_id)
        .where(School.id == bindparam("at_school", type_=Integer))
    )  # fmt: skip
    keys = ("subject_id", "district_id", "school_id")
    columns = (*keys, "commune_id", *(COLUMNS[at] for at in used))
    insert = _insert(dialect)(Figure).from_select(columns, place, include_defaults=False)
    return _adding(insert, Figure, keys, used)


@lru_cache(maxsize=256)
def _ledger(dialect: str, used: tuple[int, ...]) -> Any:
    """Add to a day of a school."""
    keys = ("subject_id", "school_id", "day")
    row = select(
        bindparam("of_subject", type_=Integer),
        bindparam("at_school", type_=Integer),
        bindparam("on_day", type_=Date),
        *_changes(used),
    ).where(true())  # fmt: skip - SQLite reads ON CONFLICT after it as a join otherwise
    columns = (*keys, *(COLUMNS[at] for at in used))
    insert = _insert(dialect)(FigureDay).from_select(columns, row, include_defaults=False)
    return _adding(insert, FigureDay, keys, used)


def _changes(used: tuple[int, ...]) -> list[Any]:
    return [bindparam(_NAMES[at], type_=Integer) for at in used]


def _adding(insert: Any, table: type[Base], keys: tuple[str, ...], used: tuple[int, ...]) -> Any:
    columns = table.__table__.c
    names = [COLUMNS[at] for at in used]
    return insert.on_conflict_do_update(
        index_elements=list(keys),
        set_={name: columns[name] + insert.excluded[name] for name in names},
    )
