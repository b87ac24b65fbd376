"""Totals somebody states for a school without a list ("số khai"); never counted as verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from storage import audit
from storage.figures import days, extents
from storage.models import Declaration, Figure, FigureDay, Person, School

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.scopes import Scope
    from storage.statistics import Within

# More people than any school has; whoever types more has typed something else.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Stated:
    """What stands as declared for a school: how many should, how many have, who said so, when.

    `counts` is False where a list has come since: then the list counts, and this is only kept.
    """

    school_id: int
    school: str
    expected: int
    completed: int
    by: str
    at: datetime
    counts: bool


def state(
    db: Connection,
    scope: Scope,
    subject_id: int,
    school_id: int,
    *,
    expected: int,
    completed: int,
    now: datetime,
) -> None:
    """Declare a total for a school of the scope; it takes the place of what stood for it before.

    Raises:
        LookupError: the school is not the officer's, or there is none.
        ValueError: the numbers cannot be: negative, more done than expected, more than any school.
    """
    if not 0 <= completed <= expected <= MOST:
        raise ValueError(f"{completed} of {expected}")
    unit_id = _unit_of(db, scope, school_id)
    _end(db, subject_id, school_id, now)
    db.execute(
        insert(Declaration),
        {
            "subject_id": subject_id, "school_id": school_id, "expected": expected,
            "completed": completed, "by_id": scope.actor_id, "at": now,
        },
    )  # fmt: skip
    audit.note(
        db, actor_id=scope.actor_id, action="total declared", subject="school",
        subject_id=school_id, unit_id=unit_id, now=now, of=subject_id, expected=expected,
        completed=completed,
    )  # fmt: skip


def withdraw(db: Connection, scope: Scope, subject_id: int, school_id: int, now: datetime) -> bool:
    """Take back what stands as declared for a school; False where nothing does.

    Raises:
        LookupError: the school is not the officer's, or there is none.
    """
    unit_id = _unit_of(db, scope, school_id)
    if not _end(db, subject_id, school_id, now):
        return False
    audit.note(
        db, actor_id=scope.actor_id, action="declared total withdrawn", subject="school",
        subject_id=school_id, unit_id=unit_id, now=now, of=subject_id,
    )  # fmt: skip
    return True


def of(db: Connection, scope: Scope, subject_id: int, within: Within | None = None) -> list[Stated]:
    """What stands as declared for schools of the scope, or of a part of it, in their order."""
    keys = extents.OF_SCHOOLS
    counts = without_list(scope, subject_id, None).label("counts")
    found = (
        select(
            School.id, School.name, Declaration.expected, Declaration.completed,
            func.coalesce(Person.full_name, ""), Declaration.at, counts,
        )
        .join_from(Declaration, School, School.id == Declaration.school_id)
        .outerjoin(Person, Person.id == Declaration.by_id)
    )  # fmt: skip
    rows = db.execute(
        extents.with_old(found)
        .where(
            Declaration.id.in_(standing(subject_id, None)),
            *extents.conditions(keys, scope, within),
        )
        .order_by(School.folded, School.id)
    )
    return [Stated(*row[:-1], counts=bool(row.counts)) for row in rows]


def candidates(
    db: Connection,
    scope: Scope,
    subject_id: int,
    within: Within | None = None,
    *,
    limit: int,
    offset: int = 0,
) -> list[tuple[int, str]]:
    """(id, name) of open schools of the scope where nobody is on a list for a subject, in order.

    These are the schools for which a total can be declared; those that have one are among them.
    """
    found = extents.with_old(select(School.id, School.name).select_from(School)).where(
        or_(School.closed_on.is_(None), School.closed_on > scope.day),
        without_list(scope, subject_id, None),
        *extents.conditions(extents.OF_SCHOOLS, scope, within),
    )
    rows = db.execute(found.order_by(School.folded, School.id).limit(limit).offset(offset))
    return [(row.id, row.name) for row in rows]


def any_stated(db: Connection, subject_id: int) -> bool:
    """True where anything was ever declared for a subject: mostly nothing was."""
    found = select(Declaration.id).where(Declaration.subject_id == subject_id).limit(1)
    return db.execute(found).first() is not None


def standing(subject_id: int, day: date | None) -> Select[int]:
    """The id of the last declaration of each school, as of now or of the end of a day."""
    found = (
        select(func.max(Declaration.id))
        .where(Declaration.subject_id == subject_id)
        .group_by(Declaration.school_id)
    )
    if day is None:
        return found.where(Declaration.withdrawn_at.is_(None))
    moment = days.end(day)
    return found.where(
        Declaration.at < moment,
        or_(Declaration.withdrawn_at.is_(None), Declaration.withdrawn_at >= moment),
    )


def without_list(scope: Scope, subject_id: int, day: date | None) -> ColumnElement[bool]:
    """True of a school where nobody is expected, or was that day: there a declaration counts."""
    expected: ColumnElement[Any] = Figure.expected.expression
    if day is not None:
        since = (
            select(func.sum(FigureDay.expected))
            .where(
                FigureDay.subject_id == subject_id,
                FigureDay.school_id == Figure.school_id,
                FigureDay.day > day,
            )
            .correlate(Figure)
            .scalar_subquery()
        )
        expected = expected - func.coalesce(since, 0)
    listed = select(Figure.school_id).where(
        Figure.subject_id == subject_id,
        expected > 0,
        *extents.conditions(extents.OF_FIGURES, scope, None),
    )
    return School.id.not_in(listed)


def _unit_of(db: Connection, scope: Scope, school_id: int) -> int:
    """The commune of a school of the scope."""
    found = select(School.unit_id).where(
        School.id == school_id, School.unit_id.in_(extents.communes(scope))
    )
    unit_id = db.execute(found).scalar_one_or_none()
    if unit_id is None:
        raise LookupError(school_id)
    return unit_id


def _end(db: Connection, subject_id: int, school_id: int, now: datetime) -> bool:
    ended = (
        update(Declaration)
        .where(
            Declaration.subject_id == subject_id,
            Declaration.school_id == school_id,
            Declaration.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )
    return db.execute(ended).rowcount > 0
