"""The communes that report to a province, and who answers for one that has merged meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from storage import meant, roles
from storage.models import Person, RoleKind, School, Unit, UnitChange, UnitKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of a day. `schools` are open ones, `unlisted` those without anybody on a list."""

    id: int
    name: str
    path: str
    schools: int
    unlisted: int


def under(db: Connection, path: str, day: date) -> list[Commune]:
    """The communes below a unit on a day, those without any school left out."""
    return _counted(db, day, Unit.path.startswith(path), _stands(day))


def one(db: Connection, unit_id: int, day: date) -> Commune:
    """A commune, whether it stands or not; LookupError for what is none."""
    found = _counted(db, day, Unit.id == unit_id, empty=True)
    if not found:
        raise LookupError(unit_id)
    return found[0]


def of(db: Connection, scope: Scope) -> list[Commune]:
    """The communes an officer answers for by a role of the commune, those of today."""
    here = scope.where(Unit.path, RoleKind.COMMUNE)
    return _counted(db, scope.day, here, _stands(scope.day), empty=True)


def stands(db: Connection, unit_id: int, day: date) -> bool:
    """False for a unit that has been merged or split before that day."""
    return db.execute(select(Unit.id).where(Unit.id == unit_id, _stands(day))).first() is not None


def heirs(db: Connection, unit_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The paths of a unit and of all it became since, however often it merged, by its id.

    What stands on answers for itself: whoever took a part of it over answers for nothing of it.
    """
    known = {each: {each} for each in unit_ids}
    open_ = set(known)
    while open_:
        rows = db.execute(
            select(UnitChange.from_id, UnitChange.to_id)
            .join(Unit, Unit.id == UnitChange.from_id)
            .where(UnitChange.from_id.in_(open_), Unit.valid_to.is_not(None))
        ).all()
        open_ = set[int]()
        for row in rows:
            for mine in known.values():
                if row.from_id in mine and row.to_id not in mine:
                    mine.add(row.to_id)
                    open_.add(row.to_id)
    every = {each for mine in known.values() for each in mine}
    rows = db.execute(select(Unit.id, Unit.path).where(Unit.id.in_(every)))
    paths = {row.id: row.path for row in rows}
    return {each: frozenset(paths[one] for one in mine) for each, mine in known.items()}


def covered(scope: Scope, paths: Collection[str]) -> bool:
    """True where one of the paths lies in the officer's subtrees."""
    return any(scope.covers(path) for path in paths)


def as_commune(scope: Scope, paths: Collection[str]) -> bool:
    """True where that is so by a role of the commune itself."""
    mine = [one.path for one in scope.reaches if one.kind is RoleKind.COMMUNE]
    return any(path.startswith(top) for path in paths for top in mine)


def _stands(day: date) -> ColumnElement[bool]:
    return and_(
        or_(Unit.valid_from.is_(None), Unit.valid_from <= day),
        or_(Unit.valid_to.is_(None), Unit.valid_to >= day),
    )


def _counted(
    db: Connection, day: date, *where: ColumnElement[bool], empty: bool = False
) -> list[Commune]:
    there = and_(School.unit_id == Unit.id, or_(School.closed_on.is_(None), School.closed_on > day))
    somebody = exists().where(Person.school_id == School.id, meant.known(), roles.present(day))
    schools, unlisted = func.count(School.id), func.count(School.id).filter(~somebody)
    found = (
        select(Unit.id, Unit.name, Unit.path, schools.label("schools"), unlisted.label("unlisted"))
        .outerjoin(School, there)
        .where(Unit.kind == UnitKind.COMMUNE, *where)
        .group_by(Unit.id, Unit.name, Unit.path)
        .order_by(Unit.id)
    )
    if not empty:
        found = found.having(schools > 0)
    return [Commune(*row) for row in db.execute(found)]
