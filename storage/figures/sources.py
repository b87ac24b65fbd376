"""Counters summed up by unit, as statements: those of now, what changed since, what is declared.

Rows are gathered by the ids that counters keep themselves, and only the few that come of it get
their names: a country of 15,000 schools is summed up in milliseconds that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from storage.figures import declared, extents
from storage.figures.counts import COLUMNS
from storage.models import Declaration, Figure, FigureDay, School, Unit
from storage.statistics import View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Select

    from storage.figures.extents import Keys
    from storage.scopes import Scope
    from storage.statistics import Within

_ABOVE: Final = aliased(Unit)


@dataclass(frozen=True, slots=True)
class Source:
    """Numbers by school: a statement without columns, what it is gathered by, what is summed up."""

    statement: Select[*tuple[Any, ...]]
    keys: Keys
    values: Sequence[ColumnElement[int]]

    def whole(self) -> Select[*tuple[Any, ...]]:
        """All of it in one row of sums, None for the sum of nothing."""
        return self.statement.add_columns(*self._sums())

    def by(self, view: View) -> Select[*tuple[Any, ...]]:
        """(id, name, sums) of each unit of a view; id and name are None for what has none."""
        key = {
            View.COMMUNE: self.keys.commune,
            View.DISTRICT: self.keys.district,
            View.PROVINCE: self.keys.district,
            View.SCHOOL: self.keys.school,
        }[view]
        found = self.statement.add_columns(key.label("unit"), *self._sums()).group_by(key)
        unit, *sums = found.subquery().columns
        if view is View.SCHOOL:
            return select(School.id, School.name, *sums).join(School, School.id == unit)
        if view is not View.PROVINCE:
            return select(Unit.id, Unit.name, *sums).outerjoin(Unit, Unit.id == unit)
        return (
            select(_ABOVE.id, _ABOVE.name, *sums)
            .outerjoin(Unit, Unit.id == unit)
            .outerjoin(_ABOVE, _ABOVE.id == Unit.parent_id)
        )

    def _sums(self) -> list[ColumnElement[int]]:
        return [func.sum(value).label(f"sum{at}") for at, value in enumerate(self.values)]


def now(scope: Scope, subjects: Select[int] | int, within: Within | None) -> Source:
    """The counters as they are, by the commune of today."""
    keys = extents.OF_FIGURES
    statement = select().select_from(Figure).where(_of(Figure.subject_id, subjects))
    return Source(statement.where(*extents.conditions(keys, scope, within)), keys, _columns(Figure))


def then(scope: Scope, subjects: Select[int] | int, within: Within | None, keys: Keys) -> Source:
    """The counters as they are, by where each school lay on another day."""
    meant = _of(Figure.subject_id, subjects)
    return _by_school(scope, within, keys, Figure, meant, _columns(Figure))


def since(
    scope: Scope, subjects: Select[int] | int, within: Within | None, keys: Keys, day: date
) -> Source:
    """By how much counters have changed after a day."""
    later = _of(FigureDay.subject_id, subjects) & (FigureDay.day > day)
    values = _columns(FigureDay)
    if keys is not extents.OF_SCHOOLS:
        return _by_school(scope, within, keys, FigureDay, later, values)
    # Whatever changed has a counter, which knows where it lies: no school has to be looked at.
    same = (FigureDay.subject_id == Figure.subject_id) & (FigureDay.school_id == Figure.school_id)
    statement = select().select_from(Figure).join(FigureDay, same)
    parts = extents.conditions(extents.OF_FIGURES, scope, within)
    meant = _of(Figure.subject_id, subjects) & later
    return Source(statement.where(meant, *parts), extents.OF_FIGURES, values)


def stated(
    scope: Scope, subject_id: int, within: Within | None, keys: Keys, day: date | None
) -> Source:
    """What is declared, (expected, completed), for schools where nobody is on a list."""
    last = Declaration.id.in_(declared.standing(subject_id, day))
    meant = last & declared.without_list(scope, subject_id, day)
    values = (Declaration.expected.expression, Declaration.completed.expression)
    return _by_school(scope, within, keys, Declaration, meant, values)


def _by_school(
    scope: Scope,
    within: Within | None,
    keys: Keys,
    table: type[Figure | FigureDay | Declaration],
    meant: ColumnElement[bool],
    values: Sequence[ColumnElement[int]],
) -> Source:
    statement = select().select_from(School).join(table, table.school_id == School.id)
    statement = extents.with_old(statement).where(meant)
    return Source(statement.where(*extents.conditions(keys, scope, within)), keys, values)


def _of(column: Any, subjects: Select[int] | int) -> ColumnElement[bool]:
    return column == subjects if isinstance(subjects, int) else column.in_(subjects)


def _columns(table: type[Figure | FigureDay]) -> list[ColumnElement[int]]:
    return [getattr(table, name).expression for name in COLUMNS]
