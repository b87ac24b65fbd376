"""Figures of one school for its own principal, who has no scope of units.

Each function looks at the right itself, and raises PermissionError for whoever does not head the
school on that day, whatever the caller did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from storage import principals
from storage.figures.counts import COLUMNS, NOTHING, Bit, Count
from storage.models import Counted, Declaration, Figure, FigureDay, Person

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

NOW = select(*(getattr(Figure, each) for each in COLUMNS)).where(
    Figure.subject_id == bindparam("subject_id"), Figure.school_id == bindparam("school_id")
)
SINCE = select(*(func.coalesce(func.sum(getattr(FigureDay, each)), 0) for each in COLUMNS)).where(
    FigureDay.subject_id == bindparam("subject_id"),
    FigureDay.school_id == bindparam("school_id"),
    FigureDay.day > bindparam("day"),
)
STATED = (
    select(Declaration.expected, Declaration.completed)
    .where(
        Declaration.subject_id == bindparam("subject_id"),
        Declaration.school_id == bindparam("school_id"),
        Declaration.withdrawn_at.is_(None),
    )
    .order_by(Declaration.id.desc())
    .limit(1)
)
PEOPLE = (
    select(Person.full_name, Person.birth_year, Counted.bits)
    .join_from(Counted, Person, Person.id == Counted.person_id)
    .where(
        Counted.subject_id == bindparam("subject_id"),
        Counted.school_id == bindparam("school_id"),
        Counted.bits > 0,
        or_(Person.school_id.is_(None), Person.school_id == Counted.school_id),
    )
    .order_by(Person.sort_key, Person.id)
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a school's figures are made of, by full name as written, and what they add."""

    full_name: str
    birth_year: int | None
    bits: Bit


def counted_in(db: Connection, principal_id: int, now: datetime) -> set[int]:
    """The ids of the subjects that count anybody of a principal's schools."""
    mine = principals.schools(db, principal_id, now.date())
    if not mine:
        raise PermissionError(principal_id)
    found = select(Figure.subject_id).where(
        Figure.school_id.in_(mine), or_(Figure.expected > 0, Figure.others > 0)
    )
    return set(db.execute(found.distinct()).scalars())


def count(
    db: Connection,
    principal_id: int,
    school_id: int,
    subject_id: int,
    now: datetime,
    *,
    day: date | None = None,
) -> Count:
    """The figures of one school now, or as they were at the end of a day."""
    _look(db, principal_id, school_id, now)
    which = {"subject_id": subject_id, "school_id": school_id}
    row = db.execute(NOW, which).one_or_none()
    found = Count(*row) if row else NOTHING
    if day is None:
        return found
    return found - Count(*(int(each) for each in db.execute(SINCE, {**which, "day": day}).one()))


def declared(
    db: Connection, principal_id: int, school_id: int, subject_id: int, now: datetime
) -> Count:
    """The total that stands as stated for the school, in `expected` and `completed`."""
    _look(db, principal_id, school_id, now)
    row = db.execute(STATED, {"subject_id": subject_id, "school_id": school_id}).one_or_none()
    return Count(expected=row.expected, completed=row.completed) if row else NOTHING


def people(
    db: Connection, principal_id: int, school_id: int, subject_id: int, now: datetime
) -> list[Colleague]:
    """Everybody who adds anything to the figures of the school now, by name.

    The names of those who work elsewhere by now are left out.
    """
    _look(db, principal_id, school_id, now)
    rows = db.execute(PEOPLE, {"subject_id": subject_id, "school_id": school_id})
    return [Colleague(row.full_name, row.birth_year, Bit(row.bits)) for row in rows]


def _look(db: Connection, principal_id: int, school_id: int, now: datetime) -> None:
    if school_id not in principals.schools(db, principal_id, now.date()):
        raise PermissionError(school_id)
