"""Units and schools figures can be asked for, by name, as far as an officer's scope reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import aliased

from storage.figures import extents
from storage.meant import OLD
from storage.models import School, SchoolPlace, Unit, UnitChange, UnitKind
from storage.statistics import View

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.scopes import Scope
    from storage.statistics import Within

_DISTRICT: Final = aliased(Unit)


def label(db: Connection, scope: Scope, within: Within) -> str | None:
    """The name of a unit or school of which anything lies, or lay, in the officer's scope.

    None for all else. The row of what has no former unit has the name "". A province of today is a
    `View.COMMUNE` as well: all its communes together.
    """
    if within.id is None:
        return _nameless(db, scope, within.view)
    statement = {
        View.COMMUNE: _commune, View.DISTRICT: _district, View.PROVINCE: _province,
        View.SCHOOL: _school,
    }[within.view](scope, within.id)  # fmt: skip
    return db.execute(statement).scalar_one_or_none()


def all_of(db: Connection, scope: Scope, view: View, day: date) -> list[tuple[int, str]]:
    """(id, name) of every commune of that day, or every former district, of the scope; unsorted.

    Former units are those that became communes of the scope, whole or in part.
    """
    before = (
        select(Unit.id.label("id"))
        .where(scope.where(Unit.path.expression))
        .cte("before", recursive=True)
    )
    step = select(UnitChange.from_id).join(before, UnitChange.to_id == before.c.id)
    ids = select(before.union(step).c.id)
    found = select(Unit.id, Unit.name)
    if view is View.COMMUNE:
        found = found.where(Unit.kind == UnitKind.COMMUNE, Unit.id.in_(ids), _stood(day))
    else:
        above = select(Unit.parent_id).where(Unit.id.in_(ids))
        found = found.where(Unit.kind == UnitKind.DISTRICT, Unit.id.in_(above))
    return [(row.id, row.name) for row in db.execute(found)]


def _stood(day: date) -> ColumnElement[bool]:
    begun = or_(Unit.valid_from.is_(None), Unit.valid_from <= day)
    return begun & or_(Unit.valid_to.is_(None), Unit.valid_to >= day)


def _commune(scope: Scope, unit_id: int) -> Select[str]:
    """A unit of the scope, or one in which a school of the scope once lay."""
    mine = _mine(scope)
    then = select(SchoolPlace.school_id).where(SchoolPlace.unit_id == unit_id)
    lay = mine.where(or_(School.old_unit_id == unit_id, School.id.in_(then)))
    return select(Unit.name).where(
        Unit.id == unit_id, or_(scope.where(Unit.path.expression), lay.exists())
    )


def _district(scope: Scope, unit_id: int) -> Select[str]:
    lay = _mine(scope).join(OLD, OLD.id == School.old_unit_id).where(OLD.parent_id == unit_id)
    return select(Unit.name).where(Unit.id == unit_id, Unit.kind == UnitKind.DISTRICT, lay.exists())


def _province(scope: Scope, unit_id: int) -> Select[str]:
    lay = (
        _mine(scope)
        .join(OLD, OLD.id == School.old_unit_id)
        .join(_DISTRICT, _DISTRICT.id == OLD.parent_id)
        .where(_DISTRICT.parent_id == unit_id)
    )
    return select(Unit.name).where(Unit.id == unit_id, Unit.kind == UnitKind.PROVINCE, lay.exists())


def _school(scope: Scope, school_id: int) -> Select[str]:
    mine = extents.mine(extents.OF_SCHOOLS, scope)
    return select(School.name).where(School.id == school_id, *mine)


def _mine(scope: Scope) -> Select[*tuple[Any, ...]]:
    return select(literal(1)).select_from(School).where(*extents.mine(extents.OF_SCHOOLS, scope))


def _nameless(db: Connection, scope: Scope, view: View) -> str | None:
    if view not in (View.DISTRICT, View.PROVINCE):
        return None
    without = extents.with_old(_mine(scope)).outerjoin(_DISTRICT, _DISTRICT.id == OLD.parent_id)
    end = OLD.parent_id if view is View.DISTRICT else _DISTRICT.parent_id
    found = db.execute(without.where(end.is_(None)).limit(1)).first()
    return "" if found else None
