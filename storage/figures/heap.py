"""What changes of many people at once, kept in the database: it never passes through Python.

A list of 50,000 people is half a million changes of ten courses. One heap is used at a time, and
only inside a turn.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

_HEAP: Final = Table(
    "figure_changes",
    MetaData(),
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("was_at", Integer),
    Column("was", Integer),
    Column("was_done", Date),
    Column("school_id", Integer),
    Column("bits", Integer),
    Column("done_on", Date),
    prefixes=["TEMPORARY"],
)
_STATES: Final = tuple(_HEAP.c)[1:]
_MAKE: Final = {
    name: text(
        "CREATE TEMPORARY TABLE IF NOT EXISTS figure_changes (person_id INTEGER PRIMARY KEY,"
        " was_at INTEGER, was INTEGER, was_done DATE, school_id INTEGER, bits INTEGER,"
        f" done_on DATE){end}"
    )
    for name, end in (("sqlite", ""), ("postgresql", " ON COMMIT DROP"))
}


def fill(db: Connection, found: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
    """Keep what these statements say, with their values, and nothing from before.

    Each selects person_id, then school, bits and day as they are and as they should be; nobody
    twice.
    """
    db.execute(_MAKE[db.dialect.name])
    db.execute(delete(_HEAP))
    for statement, values in found:
        db.execute(_into(statement), values)


@cache
def _alike() -> Any:
    return select(*_STATES, func.count()).group_by(*_STATES)


def _into(statement: Any) -> Any:
    return insert(_HEAP).from_select([column.name for column in _HEAP.c], statement)


def alike(db: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    """How many people change in the same way at the same school: the two states, and a number."""
    return db.execute(_alike()).all()


def write(db: Connection, subject_id: int) -> None:
    """Let everybody add to a subject what they should."""
    db.execute(_written(db.dialect.name), {"subject_id": subject_id})


@cache
def _written(dialect: str) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    heap = _HEAP.c
    rows = (
        select(bindparam("subject_id", type_=Integer), heap.person_id, heap.school_id, heap.bits,
               heap.done_on)
        .where(true())
        .order_by(heap.person_id)
    )  # fmt: skip
    keys, columns = ("subject_id", "person_id"), ("school_id", "bits", "done_on")
    statement = make(Counted).from_select([*keys, *columns], rows, include_defaults=False)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in columns}
    )


def changed(db: Connection, bits: int) -> set[int]:
    """Those of whom one of these bits changes, or where they count, or the day of completion."""
    heap = _HEAP.c
    mask = [column.bitwise_and(bits) for column in (heap.was, heap.bits)]
    return _people(
        db,
        or_(
            mask[0] != mask[1],
            heap.was_at.is_distinct_from(heap.school_id),
            heap.was_done.is_distinct_from(heap.done_on),
        ),
    )


def redated(db: Connection, done: int) -> set[int]:
    """Those who complete, whose completion is taken back, or of whom it has another day."""
    heap = _HEAP.c
    mask = [column.bitwise_and(done) for column in (heap.was, heap.bits)]
    return _people(db, or_(mask[0] != mask[1], heap.was_done.is_distinct_from(heap.done_on)))


def _people(db: Connection, condition: ColumnElement[bool]) -> set[int]:
    return set(db.execute(select(_HEAP.c.person_id).where(condition)).scalars())
