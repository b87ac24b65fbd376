"""The people who are on the lists of an officer's schools, as a list is brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import or_, select

from storage.models import Person, Position, School, Unit
from storage.rosters.matching import LISTED

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.models import Core, Qualification, Rating
    from storage.scopes import Scope

# Officers and trainers are on no list of a school.
STAFF = (Position.TEACHER, Position.PRINCIPAL, Position.DEPUTY)


class Listed(NamedTuple):
    """Somebody on a list, with the names of the school and of its commune."""

    full_name: str
    birth_year: int | None
    position: Position
    qualification: Qualification | None
    rating: Rating | None
    core: Core | None
    phone: str | None
    external_id: str | None
    school: str
    commune: str


def people(db: Connection, scope: Scope) -> list[Listed]:
    """Who works at an open school of the area on the scope's day, school by school."""
    found = (
        select(
            Person.full_name, Person.birth_year, Person.position, Person.qualification,
            Person.rating, Person.core, Person.phone, Person.external_id, School.name, Unit.name,
        )
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(
            LISTED,
            Person.position.in_(STAFF),
            or_(Person.left_on.is_(None), Person.left_on > scope.day),
            or_(School.closed_on.is_(None), School.closed_on > scope.day),
            scope.where(Unit.path.expression),
        )
        .order_by(Unit.path, School.folded, School.id, Person.sort_key, Person.id)
    )  # fmt: skip
    return [Listed(*row) for row in db.execute(found)]
