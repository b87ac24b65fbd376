"""Who lacks how many hours, for officers: by commune, by school, and the people of one school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from storage import hour_rules, hours
from storage.models import Completed, Completion, Course, Person, Position, School, Unit

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from storage.hours import Span
    from storage.scopes import Scope

# Whose regular training is counted (TT 12/2019, TT 11/2019: teachers and those who lead schools).
COUNTED = (Position.TEACHER, Position.PRINCIPAL, Position.DEPUTY)


@dataclass(frozen=True, slots=True)
class Row:
    """A commune or a school: `lacking` of its `people` have less than is asked for."""

    id: int
    name: str
    people: int
    lacking: int


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person of a school: what they have, and what is missing (tenths of a tiết)."""

    id: int
    full_name: str
    birth_year: int | None
    have: int
    missing: int


@dataclass(frozen=True, slots=True)
class _One:
    person: Somebody
    school_id: int
    school: str
    unit_id: int
    unit: str


def communes(db: Connection, scope: Scope, span: Span) -> list[Row]:
    """The communes of the officer's area, in order of their names."""
    return _grouped([(one.unit_id, one.unit, one) for one in _everybody(db, scope, span)])


def schools(db: Connection, scope: Scope, span: Span, unit_id: int) -> list[Row]:
    """The schools of one commune, as far as it is the officer's."""
    people = _everybody(db, scope, span, School.unit_id == unit_id)
    return _grouped([(one.school_id, one.school, one) for one in people])


def people(db: Connection, scope: Scope, span: Span, school_id: int) -> list[Somebody]:
    """The people of one school, as far as it is the officer's: whoever lacks most first."""
    found = _everybody(db, scope, span, School.id == school_id)
    # Sorting keeps the order of names within the same number of hours.
    return sorted((one.person for one in found), key=lambda person: -person.missing)


def _grouped(ones: list[tuple[int, str, _One]]) -> list[Row]:
    rows: dict[int, Row] = {}
    for key, name, one in ones:
        before = rows.get(key, Row(key, name, 0, 0))
        lacks = one.person.missing > 0
        rows[key] = Row(key, name, before.people + 1, before.lacking + lacks)
    return sorted(rows.values(), key=lambda row: row.name)


def _everybody(db: Connection, scope: Scope, span: Span, *more: ColumnElement[bool]) -> list[_One]:
    """People who work in the officer's area on its day, with their hours of the period."""
    targets = hours.targets(db, span)
    here = (
        scope.where(Unit.path),
        Person.position.in_(COUNTED),
        Person.merged_into_id.is_(None),
        or_(Person.left_on.is_(None), Person.left_on > bindparam("day")),
        *more,
    )
    asked = {"day": scope.day, "first_day": span.first_day, "last_day": span.last_day}
    joined = select(Person.id).join(School, School.id == Person.school_id)
    joined = joined.join(Unit, Unit.id == School.unit_id).where(*here)
    have: dict[int, dict[str, int]] = {}
    counted = (
        select(Completion.person_id, Course.block, func.sum(Completion.hours))
        .join(Course, Course.id == Completion.course_id)
        .where(
            Completion.state == Completed.COMPLETED,
            Completion.completed_on.between(bindparam("first_day"), bindparam("last_day")),
            Completion.person_id.in_(joined),
        )
        .group_by(Completion.person_id, Course.block)
    )
    for person_id, block, total in db.execute(counted, asked):
        have.setdefault(person_id, {})[block] = total
    listed = (
        select(
            Person.id, Person.full_name, Person.birth_year, School.id.label("school_id"),
            School.name.label("school"), Unit.id.label("unit_id"), Unit.name.label("unit"),
        )
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(*here)
        .order_by(Person.sort_key, Person.id)
    )  # fmt: skip
    found: list[_One] = []
    for row in db.execute(listed, asked):
        total = hour_rules.together(have.get(row.id, {}), targets)
        person = Somebody(row.id, row.full_name, row.birth_year, total.have, total.missing)
        found.append(_One(person, row.school_id, row.school, row.unit_id, row.unit))
    return found
