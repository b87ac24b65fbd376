"""Figures of a subject by unit: who is expected and who has done what, summed up from schools.

Every function tells of the officer's scope and of nothing else: who asks for a former district, or
for any unit that reaches beyond, is told of their own part; of what lies outside nothing at all,
not even a name. Whose school it is today sees its past, wherever it lay then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from storage import statistics
from storage.figures import days, declared, extents, gatherings, parts, sources
from storage.figures.counts import NOTHING, Count
from storage.models import SubjectKind
from storage.statistics import View, Within

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection, Select

    from storage.figures.sources import Source
    from storage.figures.subjects import Topic
    from storage.scopes import Scope

label = parts.label
# Whoever asks once for a country asks again, and names seldom change.
_order = lru_cache(maxsize=32_768)(statistics.order)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of a unit or a school; `id` is None, `name` "", for all that has no unit.

    `declared` holds what is stated for schools without a list, in `expected` and `completed`; it is
    never part of `count`.
    """

    id: int | None
    name: str
    count: Count
    declared: Count = NOTHING


def by_unit(
    db: Connection,
    scope: Scope,
    subject_id: int,
    view: View,
    within: Within | None = None,
    day: date | None = None,
    *,
    empty: bool = False,
) -> list[Row]:
    """The figures of a subject, a row for each unit of the view, sorted as Vietnamese sorts.

    `day` None, or any day that is not past: as of now. Communes, of rows and of `within`, are those
    of that day; before 01/07/2025 the old ones. Schools without an old commune come last in the
    views of former units, in one row without a name. Units with nobody and nothing are left out;
    `empty` asks for all communes, or all former districts, of the whole scope.
    """
    past = day if days.is_past(scope, day) else None
    found: dict[int | None, Row] = {}
    if empty and within is None and view in (View.COMMUNE, View.DISTRICT):
        names = parts.all_of(db, scope, view, past or scope.day)
        found = {id_: Row(id_, name, NOTHING) for id_, name in names}
    all_units = set(found)
    at_once = (view, within.view) if within else (view,)
    for source, sign in _counted(db, scope, subject_id, within, past, at_once):
        for id_, name, *values in db.execute(source.by(view)).all():
            _add(found, id_, name, _count(values, sign), NOTHING)
    for source in _stated(db, scope, subject_id, within, past):
        for id_, name, *values in db.execute(source.by(view)).all():
            _add(found, id_, name, NOTHING, _count(values))
    rows = (row for row in found.values() if row.count or row.declared or row.id in all_units)
    return sorted(rows, key=lambda row: (row.id is None, _order(row.name), row.id or 0))


def total(
    db: Connection,
    scope: Scope,
    subject_id: int,
    within: Within | None = None,
    day: date | None = None,
) -> Row:
    """The figures of a subject for all of the scope, or for a part of it, as of a day, in one row.

    Its `name` is "". It equals the sum of the rows of any view.
    """
    past = day if days.is_past(scope, day) else None
    counted = _whole(db, _counted(db, scope, subject_id, within, past))
    stated = _whole(db, [(one, 1) for one in _stated(db, scope, subject_id, within, past)])
    return Row(None, "", counted, stated)


def turns(
    db: Connection, scope: Scope, topic: Topic, within: Within | None, day: date | None
) -> Count:
    """The sums over all courses of a gathering ("lượt"): who came to two counts twice.

    For a course or an indicator, whose people count once, its own figures.
    """
    past = day if days.is_past(scope, day) else None
    subjects = gatherings.courses(topic) if topic.kind is SubjectKind.GATHERING else topic.id
    return _whole(db, _counted(db, scope, subjects, within, past))


def _counted(
    db: Connection,
    scope: Scope,
    subjects: Select[int] | int,
    within: Within | None,
    past: date | None,
    views: Sequence[View] | None = None,
) -> list[tuple[Source, int]]:
    """What is summed up, and with which sign: the counters, less what changed after the day."""
    if past is None:
        return [(sources.now(scope, subjects, within), 1)]
    if isinstance(subjects, int) and not days.anything_by(db, subjects, past):
        return []
    keys = extents.OF_SCHOOLS
    if View.COMMUNE in (views or ((within.view,) if within else ())):
        keys = days.keys(db, past)
    moved = keys is not extents.OF_SCHOOLS
    counters = (
        sources.then(scope, subjects, within, keys)
        if moved
        else sources.now(scope, subjects, within)
    )
    return [(counters, 1), (sources.since(scope, subjects, within, keys, past), -1)]


def _stated(
    db: Connection, scope: Scope, subject_id: int, within: Within | None, past: date | None
) -> list[Source]:
    """What is declared, where anything is."""
    if not declared.any_stated(db, subject_id):
        return []
    return [sources.stated(scope, subject_id, within, days.keys(db, past), past)]


def _whole(db: Connection, sources: Sequence[tuple[Source, int]]) -> Count:
    found = NOTHING
    for source, sign in sources:
        found += _count(db.execute(source.whole()).one(), sign)
    return found


def _add(
    found: dict[int | None, Row], id_: int | None, name: str | None, count: Count, declared: Count
) -> None:
    known = found.get(id_)
    if known:
        count, declared = known.count + count, known.declared + declared
    found[id_] = Row(id_, name or "", count, declared)


def _count(values: Sequence[Any], sign: int = 1) -> Count:
    """Sums as a statement gives them; two of them are what is declared."""
    numbers = [sign * (value or 0) for value in values]
    if len(numbers) == 2:
        return Count(expected=numbers[0], completed=numbers[1])
    return Count(*numbers)
