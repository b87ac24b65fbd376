"""Whom something is meant for: conditions on people, their schools, and units then and now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, true
from sqlalchemy.orm import aliased

from storage.models import (
    CourseState,
    Mode,
    Person,
    Registration,
    School,
    Source,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select

    from storage.courses import Training

# A school's units: the commune of today; the old commune it keeps, with what that belonged to.
NOW = aliased(Unit)
OLD = aliased(Unit)
DISTRICT = aliased(Unit)
FORMER = aliased(Unit)


def with_units(
    statement: Select[*tuple[Any, ...]], *, begun: bool = False
) -> Select[*tuple[Any, ...]]:
    """Schools with their units of today and of before."""
    schools_ = statement if begun else statement.select_from(School)
    return (
        schools_.join(NOW, NOW.id == School.unit_id)
        .outerjoin(OLD, OLD.id == School.old_unit_id)
        .outerjoin(DISTRICT, DISTRICT.id == OLD.parent_id)
        .outerjoin(FORMER, FORMER.id == DISTRICT.parent_id)
    )


def is_for(course: Training) -> ColumnElement[bool]:
    """True of a person whom a course is meant for; their registration in it has to be joined."""
    if course.mode is Mode.NOMINATED:
        # Whose nomination was taken back was never meant; with a course, everybody's ends.
        ended = Registration.standing == Standing.ENDED
        sent = Registration.id.is_not(None)
        return sent if course.state is CourseState.CANCELLED else and_(sent, ~ended)
    return is_meant(course.audience)


def at_work(day: Any) -> ColumnElement[bool]:
    """True of a person who works that day, and is on the staff list or confirmed.

    `day` is a date or a parameter of a statement. Neither leavers, nor people on long leave, nor
    second entries.
    """
    return and_(~gone(day), ~away(day), known(), Person.merged_into_id.is_(None))


def known() -> ColumnElement[bool]:
    """True of a person on a staff list, or confirmed by whoever answers for the school."""
    return (Person.source != Source.SELF) | Person.verified_at.is_not(None)


def gone(day: Any) -> ColumnElement[bool]:
    """True of a person who has left by that day."""
    return Person.left_on.is_not(None) & (Person.left_on <= day)


def away(day: Any) -> ColumnElement[bool]:
    """True of a person who is on long leave that day."""
    return (
        Person.leave_from.is_not(None)
        & (Person.leave_from <= day)
        & (Person.leave_to.is_(None) | (Person.leave_to >= day))
    )


def is_meant(rule: dict[str, Any]) -> ColumnElement[bool]:
    """`audience.admits`, as a condition."""
    conditions: list[ColumnElement[bool]] = [true()]
    for key, column in (
        ("positions", Person.position),
        ("types", School.type),
        ("ownership", School.ownership),
    ):
        if allowed := rule.get(key):
            conditions.append(column.in_(allowed))
    if rule.get("core"):
        conditions.append(Person.core.is_not(None))
    if units := rule.get("units"):
        conditions.append(below(units, NOW.path, func.coalesce(OLD.path, "")))
    return and_(*conditions)


def below(units: Collection[int], *paths: Any) -> ColumnElement[bool]:
    """True where one of the units, or what lies below it, is on one of the paths."""
    return or_(*(path.contains(f"/{unit}/") for unit in units for path in paths))
