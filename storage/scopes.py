"""The one door for the rights of officers: which part of the tree of units is theirs today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from storage import roles
from storage.models import Person, Role, RoleKind, Unit

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import InstrumentedAttribute

OFFICERS = (RoleKind.COMMUNE, RoleKind.DEPARTMENT)

ROLES = (
    select(Role.kind, Unit.id, Unit.name, Unit.path)
    .join_from(Role, Unit, Unit.id == Role.unit_id)
    .join(Person, Person.id == Role.person_id)
    .where(
        Role.person_id == bindparam("person_id"),
        Role.kind.in_(OFFICERS),
        roles.holds(roles.DAY),
    )
    .order_by(Unit.path, Role.id)
)


@dataclass(frozen=True, slots=True)
class Reach:
    """One role of an officer: the unit at the top of what it covers."""

    kind: RoleKind
    unit_id: int
    unit: str
    path: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What one officer may see and decide on one day. Only `of` and `everywhere` make one."""

    person_id: int
    day: date
    reaches: tuple[Reach, ...]

    @property
    def actor_id(self) -> int | None:
        """Who acts, as the audit names them; None for the command line."""
        return self.person_id or None

    @property
    def provincial(self) -> bool:
        """True for an officer of the Sở."""
        return any(reach.kind is RoleKind.DEPARTMENT for reach in self.reaches)

    def covers(self, path: str) -> bool:
        """True where a unit, by its path, lies in the officer's subtrees."""
        return any(path.startswith(reach.path) for reach in self.reaches)

    def where(
        self, path: InstrumentedAttribute[str] | ColumnElement[Any], *kinds: RoleKind
    ) -> ColumnElement[bool]:
        """The condition that restricts a statement to the officer's subtrees, by a unit's path.

        `kinds` restricts it further to what is theirs by roles of these kinds; nothing is left
        where they hold none.
        """
        mine = [reach.path for reach in self.reaches if not kinds or reach.kind in kinds]
        # An OR of nothing is dropped from a statement: it has to say "none" itself.
        return or_(*(path.startswith(one) for one in mine)) if mine else path.in_(())


def of(db: Connection, person_id: int, day: date) -> Scope | None:
    """The scope of the officer's roles valid that day; None for whoever is no officer."""
    rows = db.execute(ROLES, {"person_id": person_id, "day": day}).all()
    reaches = tuple(Reach(row.kind, row.id, row.name, row.path) for row in rows)
    return Scope(person_id, day, reaches) if reaches else None


def everywhere(day: date) -> Scope:
    """The scope of the command line: all units. Never for anybody who writes in a chat."""
    return Scope(0, day, (Reach(RoleKind.DEPARTMENT, 0, "", "/"),))
