"""Where the people of a rule are, counted: by commune, by former district, by school."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from storage import meant, recipients, statistics
from storage.models import Person, School

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from storage.recipients import Rule
    from storage.scopes import Scope


class Level(StrEnum):
    """How people are gathered."""

    COMMUNE = "commune"  # the communes of today
    DISTRICT = "district"  # the former districts, by the old commune each school keeps
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Locality:
    """A unit or a school, and how many of the people are there."""

    id: int
    name: str
    count: int


_COLUMNS: Final[dict[Level, tuple[ColumnElement[Any], ColumnElement[Any]]]] = {
    Level.COMMUNE: (meant.NOW.id.expression, meant.NOW.name.expression),
    Level.DISTRICT: (meant.DISTRICT.id.expression, meant.DISTRICT.name.expression),
    Level.SCHOOL: (School.id.expression, School.name.expression),
}


def of(db: Connection, rule: Rule, scope: Scope, level: Level) -> list[Locality]:
    """Where the people are whom a rule means within the officer's scope, sorted by name.

    Whoever has no such place, such as an officer or somebody at a school founded after the
    districts ended, is left out.
    """
    id_, name = _COLUMNS[level]
    found = recipients.people(db, rule, scope).subquery()
    statement = meant.with_units(
        select(id_, name, func.count())
        .select_from(Person)
        .join(School, School.id == Person.school_id),
        begun=True,
    )
    rows = db.execute(
        statement.where(Person.id.in_(select(found.c.id)), id_.is_not(None)).group_by(id_, name)
    )
    localities = (Locality(*row) for row in rows)
    return sorted(localities, key=lambda one: (statistics.order(one.name), one.id))
