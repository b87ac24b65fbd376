"""Schools and their lists as an officer sees them: everything in the area, and nothing beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, or_, select

from storage import roles, schools, unit_words
from storage.models import AccountPerson, Person, School, Source, Unit, UnitKind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.schools import SchoolFound
    from storage.scopes import Scope

# Where an officer covers more schools than this, a name is asked for.
LISTED = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """A school of the area, with how many work there and how many of them use no assistant yet."""

    id: int
    name: str
    unit_id: int
    commune: str
    people: int
    unused: int


_there = (
    Person.school_id == School.id,
    roles.present(roles.DAY),
    or_(Person.source != Source.SELF, Person.verified_at.is_not(None)),
)
_people = select(func.count()).select_from(Person).where(*_there).scalar_subquery()
_unused = (
    select(func.count())
    .select_from(Person)
    .where(*_there, ~exists().where(AccountPerson.person_id == Person.id))
    .scalar_subquery()
)
DESKS = (
    select(
        School.id, School.name, School.unit_id, Unit.name.label("commune"),
        _people.label("people"), _unused.label("unused"),
    )
    .join(Unit, Unit.id == School.unit_id)
    .where(School.closed_on.is_(None))
)  # fmt: skip


def count(db: Connection, scope: Scope) -> int:
    """How many open schools lie in the area."""
    found = select(func.count()).select_from(School).join(Unit, Unit.id == School.unit_id)
    mine = (School.closed_on.is_(None), scope.where(Unit.path))
    return db.execute(found.where(*mine)).scalar_one()


def schools_of(db: Connection, scope: Scope, *, start: int, limit: int) -> list[Desk]:
    """Open schools of the area, by commune and name."""
    mine = DESKS.where(scope.where(Unit.path)).order_by(Unit.name, School.folded, School.id)
    rows = db.execute(mine.offset(start).limit(limit), {"day": scope.day})
    return [Desk(*row) for row in rows]


def get(db: Connection, scope: Scope, school_id: int) -> Desk | None:
    """One open school of the area; None for any other."""
    mine = DESKS.where(scope.where(Unit.path), School.id == bindparam("school_id"))
    row = db.execute(mine, {"day": scope.day, "school_id": school_id}).one_or_none()
    return Desk(*row) if row else None


def find(db: Connection, scope: Scope, text: str) -> list[SchoolFound]:
    """Schools of the area that a text may mean; others are not even named."""
    # The names of the area put its own schools first: only the likeliest are found.
    here = "" if scope.provincial else " ".join(reach.unit for reach in scope.reaches)
    found = schools.search(db, f"{text} {here}")
    paths = select(School.id, Unit.path).join(Unit, Unit.id == School.unit_id)
    rows = db.execute(paths.where(School.id.in_([each.id for each in found])))
    known = {row.id: row.path for row in rows}
    return [each for each in found if scope.covers(known[each.id])]


def communes(db: Connection, scope: Scope, text: str = "") -> list[tuple[int, str]]:
    """Communes of today in the area, (id, name) by name; those of a name where one is given."""
    mine = select(Unit.id, Unit.name).where(
        scope.where(Unit.path), Unit.kind == UnitKind.COMMUNE, Unit.valid_to.is_(None)
    )
    rows = [(row.id, row.name) for row in db.execute(mine.order_by(Unit.name, Unit.id))]
    wanted = unit_words.key(unit_words.bare(text)) if text else ""
    if not wanted:
        return rows
    return [row for row in rows if wanted in unit_words.key(unit_words.bare(row[1]))]
