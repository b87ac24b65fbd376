"""The conditions of indicators' rules, as conditions on people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, true

from storage.models import (
    Completed,
    Completion,
    Course,
    CourseProgramme,
    CourseState,
    Person,
    Source,
)

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement

    from storage.figures.indicator_rules import Condition, Rule


@dataclass(frozen=True, slots=True)
class Definition:
    """What is counted on a day: the rule, and what its words mean in the period."""

    rule: Rule
    programme_id: int
    first_day: date
    last_day: date
    years: tuple[str, ...]


def holds(
    condition: Condition, definition: Definition, *, unknown: bool = False
) -> ColumnElement[bool]:
    """True of a person of whom a condition is known to be true; or with `unknown`, may be true."""
    asked: list[ColumnElement[bool]] = []
    if condition.positions:
        asked.append(Person.position.in_(condition.positions))
    if condition.core:
        asked.append(Person.core.is_not(None))
    if condition.trained:
        asked.append(_trained(definition))
    if condition.qualifications:
        has = Person.qualification.in_(condition.qualifications)
        asked.append(Person.qualification.is_(None) | has if unknown else has)
    if condition.rated or condition.ratings:
        rated = _rated(definition)
        if condition.rated:
            asked.append(rated)
        if condition.ratings:
            has = Person.rating.in_(condition.ratings)
            asked.append(~rated | has if unknown else rated & has)
    if condition.one_of:
        asked.append(or_(*(holds(one, definition, unknown=unknown) for one in condition.one_of)))
    return and_(true(), *asked)


def _rated(definition: Definition) -> ColumnElement[bool]:
    """True of whoever has a rating that counts: of a fitting school year, not from themselves.

    Never unknown to the database: its negation is true of everybody else.
    """
    return and_(
        Person.rating.is_not(None),
        Person.rating_year.is_not(None),
        Person.rating_year.in_(definition.years),
        Person.rating_source.is_distinct_from(Source.SELF),
    )


def _trained(definition: Definition) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Completion.person_id == Person.id,
            Completion.state == Completed.COMPLETED,
            Completion.completed_on.between(definition.first_day, definition.last_day),
            CourseProgramme.course_id == Completion.course_id,
            CourseProgramme.programme_id == definition.programme_id,
            Course.id == Completion.course_id,
            Course.state != CourseState.CANCELLED,
        )
        .correlate(Person)
    )
