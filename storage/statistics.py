"""Who has registered for a course, counted by unit as far as an officer's scope reaches.

One row of `Figures` counts people, each once. `expected` are those the course is meant for (for a
course by nomination: those who were nominated) without leavers and without people on long leave
that day; `held`, `waiting` and `given_up` are of them. `others` hold a seat without being
expected: not confirmed yet, on leave since, or no longer meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, or_, select

from storage import schools, spelling, unit_words
from storage.meant import DISTRICT, FORMER, NOW, expected, with_units
from storage.models import HOLDING, Person, Registration, School, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.courses import Training
    from storage.scopes import Scope


class View(StrEnum):
    """How schools are gathered into rows."""

    COMMUNE = "commune"  # the communes of today
    DISTRICT = "district"  # the former districts, by the old commune each school keeps
    PROVINCE = "province"  # the former provinces
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of people, and what they are counted for; `id` is None for all that has no unit."""

    id: int | None
    name: str
    expected: int
    held: int
    waiting: int
    given_up: int
    others: int


@dataclass(frozen=True, slots=True)
class Within:
    """A part of what is counted: one row of a view; `id` None for all that has no unit."""

    view: View
    id: int | None


GIVEN_UP: Final = (Standing.GIVEN_UP, Standing.LAPSED, Standing.REFUSED, Standing.EXCUSED)

_ROWS: Final[dict[View, tuple[ColumnElement[Any], ColumnElement[Any]]]] = {
    View.COMMUNE: (NOW.id.expression, NOW.name.expression),
    View.DISTRICT: (DISTRICT.id.expression, DISTRICT.name.expression),
    View.PROVINCE: (FORMER.id.expression, FORMER.name.expression),
    View.SCHOOL: (School.id.expression, School.name.expression),
}


def registered(
    db: Connection, scope: Scope, course: Training, view: View, within: Within | None = None
) -> list[Figures]:
    """The figures of a course on the scope's day, a row for each unit of the view with anybody.

    Rows are sorted by their names as Vietnamese sorts them; schools without an old commune come
    last, in one row without a name.
    """
    unit_id, name = _ROWS[view]
    statement = _counted(scope, course, within).add_columns(unit_id, name).group_by(unit_id, name)
    rows = db.execute(statement).all()
    figures = [Figures(row[-2], row[-1] or "", *(count or 0 for count in row[:5])) for row in rows]
    shown = (row for row in figures if row.expected or row.held or row.others)
    return sorted(shown, key=lambda row: (row.id is None, order(row.name), row.id or 0))


def total(rows: Iterable[Figures]) -> Figures:
    """The sum of rows of one view."""
    rows = list(rows)
    return Figures(
        None,
        "",
        expected=sum(row.expected for row in rows),
        held=sum(row.held for row in rows),
        waiting=sum(row.waiting for row in rows),
        given_up=sum(row.given_up for row in rows),
        others=sum(row.others for row in rows),
    )


def missing(
    db: Connection, scope: Scope, course: Training, school_id: int
) -> list[tuple[str, int | None]]:
    """Full name and year of birth of each expected person of a school without seat or turn."""
    rows = db.execute(
        _joined(select(Person.full_name, Person.birth_year, Person.sort_key), course)
        .where(
            scope.where(NOW.path.expression),
            School.id == school_id,
            expected(course, scope.day),
            or_(
                Registration.standing.is_(None),
                Registration.standing.not_in((*HOLDING, Standing.WAITING)),
            ),
        )
        .order_by(Person.sort_key, Person.id)
    ).all()
    return [(row.full_name, row.birth_year) for row in rows]


def label(db: Connection, scope: Scope, within: Within) -> str | None:
    """The name of a row where anything of it lies in the officer's scope, else None.

    The row of what has no unit has the name "".
    """
    unit_id, name = _ROWS[within.view]
    found = with_units(select(func.coalesce(name, ""))).where(
        unit_id.is_not_distinct_from(within.id), scope.where(NOW.path.expression)
    )
    return db.execute(found.limit(1)).scalar_one_or_none()


def order(name: str) -> str:
    """The key by which names of units and schools are sorted: word by word, numbers by value.

    Words for the kind ("Xã", "Trường MN") do not count.
    """
    words = own_name(unit_words.bare(name)).split()
    return " ".join(
        word.zfill(6) if word.isdecimal() else spelling.sort_key(word) for word in words
    )


def own_name(school: str) -> str:
    """A school's name without the words for its type: "Hoa Cúc"; what is no school stays whole."""
    words, own = school.split(), schools.fold_name(school)
    tails = (" ".join(words[start:]) for start in range(len(words)))
    return next((tail for tail in tails if spelling.fold(tail) == own), school)


def _counted(scope: Scope, course: Training, within: Within | None) -> Select[*tuple[Any, ...]]:
    due = expected(course, scope.day)
    held = Registration.standing.in_(HOLDING)
    counts = (
        _sum(due),
        _sum(due & held),
        _sum(due & (Registration.standing == Standing.WAITING)),
        _sum(due & Registration.standing.in_(GIVEN_UP)),
        _sum(~due & held),
    )
    statement = _joined(select(*counts), course).where(scope.where(NOW.path.expression))
    if within:
        statement = statement.where(_ROWS[within.view][0].is_not_distinct_from(within.id))
    return statement


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _joined(statement: Select[*tuple[Any, ...]], course: Training) -> Select[*tuple[Any, ...]]:
    """People with their schools and units, and what they asked of this course."""
    return with_units(
        statement.select_from(Person)
        .join(School, School.id == Person.school_id)
        .outerjoin(
            Registration,
            (Registration.person_id == Person.id) & (Registration.course_id == course.id),
        ),
        begun=True,
    )
