"""Which schools' counters are meant: those of an officer's scope, and of a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import false, func, or_, select

from storage.meant import OLD
from storage.models import Figure, School, Unit, UnitKind
from storage.statistics import View

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from storage.scopes import Scope
    from storage.statistics import Within

EVERYTHING: Final = "/"


@dataclass(frozen=True, slots=True)
class Keys:
    """The columns by which counters are gathered; `district` is 0 where there is none.

    `here` is the commune of today, which decides about rights; `commune` the one rows are
    gathered by: the same, or that of a day in the past.
    """

    here: ColumnElement[Any]
    commune: ColumnElement[Any]
    district: ColumnElement[Any]
    school: ColumnElement[Any]


# A counter keeps its own: a whole country is summed up without a look at its schools.
OF_FIGURES: Final = Keys(
    Figure.commune_id.expression,
    Figure.commune_id.expression,
    Figure.district_id.expression,
    Figure.school_id.expression,
)
# Of a school joined with its old commune (`with_old`).
OF_SCHOOLS: Final = Keys(
    School.unit_id.expression,
    School.unit_id.expression,
    func.coalesce(OLD.parent_id, 0),
    School.id.expression,
)


def with_old(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """A statement about schools, with the old commune each of them keeps."""
    return statement.outerjoin(OLD, OLD.id == School.old_unit_id)


def all_of(scope: Scope) -> bool:
    """True where nothing at all lies outside."""
    return any(reach.path == EVERYTHING for reach in scope.reaches)


def communes(scope: Scope) -> Select[int]:
    """The ids of all units in the officer's subtrees."""
    return select(Unit.id).where(scope.where(Unit.path.expression))


def mine(keys: Keys, scope: Scope) -> list[ColumnElement[bool]]:
    """What restricts counters to the officer's; nothing has to where all units are theirs."""
    return [] if all_of(scope) else [keys.here.in_(communes(scope))]


def conditions(keys: Keys, scope: Scope, within: Within | None) -> list[ColumnElement[bool]]:
    """What restricts counters to a part of what is the officer's; never more than that."""
    return [*mine(keys, scope), _inside(keys, within)] if within else mine(keys, scope)


def _inside(keys: Keys, within: Within) -> ColumnElement[bool]:
    match within.view:
        case View.COMMUNE:
            return _of_commune(keys, within.id)
        case View.DISTRICT:
            return keys.district == (within.id or 0)
        case View.PROVINCE:
            return _of_province(keys, within.id)
        case View.SCHOOL:
            return keys.school == within.id if within.id is not None else false()


def _of_commune(keys: Keys, unit_id: int | None) -> ColumnElement[bool]:
    """A commune; of a province of today, all its communes."""
    if unit_id is None:
        return false()
    below = select(Unit.id).where(Unit.parent_id == unit_id, Unit.kind == UnitKind.COMMUNE)
    return or_(keys.commune == unit_id, keys.commune.in_(below))


def _of_province(keys: Keys, unit_id: int | None) -> ColumnElement[bool]:
    """The districts of a former province, or what has none."""
    districts = select(Unit.id).where(Unit.kind == UnitKind.DISTRICT)
    if unit_id is None:
        return keys.district.not_in(districts.where(Unit.parent_id.is_not(None)))
    return keys.district.in_(districts.where(Unit.parent_id == unit_id))
