"""The people an announcement is for: what a rule means within an officer's reach.

Nobody outside the officer's scope is ever found, whatever the rule says. Leavers, people on long
leave, second entries, newcomers nobody has confirmed, and the officer themself are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from storage import barriers, courses, meant, roles, scopes
from storage.audience_rules import About, Rule
from storage.barriers import KIND, NO_LONGER_MEANT, WEEKLY, Barrier, barrier_now
from storage.models import Notice, NoticeState, Person, Registration, Role, School, Unit, UnitChange

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.scopes import Scope

__all__ = [
    "KIND",
    "NO_LONGER_MEANT",
    "WEEKLY",
    "About",
    "Barrier",
    "Rule",
    "Tally",
    "barred",
    "barrier_now",
    "count",
    "people",
    "plan",
    "reachable",
    "tally",
]

PLANNED = select(func.count()).where(
    Notice.subject_id == bindparam("broadcast_id"),
    Notice.kind == KIND,
    Notice.state == NoticeState.PLANNED,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many a rule means, and how many of them are not written to, by the reason."""

    meant: int
    barred: dict[Barrier, int]

    @property
    def reachable(self) -> int:
        """How many are written to."""
        return self.meant - sum(self.barred.values())


def people(db: Connection, rule: Rule, scope: Scope) -> Select[int]:
    """The ids of those a rule means within the officer's scope, on its day, each once."""
    wide = rule.officers or rule.by_announcement
    found = (
        select(Person.id)
        .join(School, School.id == Person.school_id, isouter=wide)
        .join(meant.NOW, meant.NOW.id == School.unit_id, isouter=wide)
        .outerjoin(meant.OLD, meant.OLD.id == School.old_unit_id)
        .where(_within(rule, scope), *_alike(rule))
        .where(meant.at_work(scope.day), Person.id != scope.person_id)
    )
    if rule.course_id is None:
        return found
    mine = Registration.course_id == rule.course_id
    return found.outerjoin(Registration, (Registration.person_id == Person.id) & mine).where(
        _concerned(db, rule.course_id, rule.about)
    )


def reachable(
    db: Connection, rule: Rule, scope: Scope, now: datetime, *, exempt: bool
) -> Select[int]:
    """The ids of those of them who are written to, in their order; corrections are `exempt`."""
    found = people(db, rule, scope).where(barriers.barrier(now, exempt=exempt) == "")
    return found.order_by(Person.id)


def count(db: Connection, rule: Rule, scope: Scope) -> int:
    """How many a rule means within the officer's scope."""
    found = people(db, rule, scope).subquery()
    return db.execute(select(func.count()).select_from(found)).scalar_one()


def tally(db: Connection, rule: Rule, scope: Scope, now: datetime, *, exempt: bool) -> Tally:
    """How many are meant and how many barred, at one moment; corrections are `exempt`."""
    barrier = barriers.barrier(now, exempt=exempt)
    found = people(db, rule, scope).add_columns(barrier).subquery()
    numbers = select(found.c.barrier, func.count().label("number")).group_by(found.c.barrier)
    counts = {row.barrier: row.number for row in db.execute(numbers)}
    return Tally(sum(counts.values()), {one: counts[one] for one in Barrier if one in counts})


def barred(
    db: Connection, rule: Rule, scope: Scope, now: datetime, *, exempt: bool
) -> dict[Barrier, int]:
    """How many of those meant are not written to, by the reason; only reasons with anybody."""
    return tally(db, rule, scope, now, exempt=exempt).barred


def plan(
    db: Connection, broadcast_id: int, rule: Rule, scope: Scope, now: datetime, *, exempt: bool
) -> int:
    """Make a notice for everybody meant, in one statement; how many of them are planned now.

    Whoever is barred is skipped at once, with the reason. Who has a notice of this broadcast
    already keeps it as it is.
    """
    barrier = barriers.barrier(now, exempt=exempt)
    # Materialized: each barrier is looked for once, not for every column that asks.
    found = people(db, rule, scope).add_columns(barrier).cte("found").prefix_with("MATERIALIZED")
    states = Notice.state.type
    state = case(
        (found.c.barrier == "", literal(NoticeState.PLANNED, states)),
        else_=literal(NoticeState.SKIPPED, states),
    )
    values = {
        "key": literal(f"{KIND}:{broadcast_id}:") + cast(found.c.id, String),
        "kind": literal(KIND), "person_id": found.c.id, "subject_id": literal(broadcast_id),
        "data": literal({}, Notice.data.type), "due_at": literal(now, Notice.due_at.type),
        "state": state, "reason": found.c.barrier, "choices": literal({}, Notice.choices.type),
        "labels": literal({}, Notice.labels.type),
    }  # fmt: skip
    # Without a WHERE before it SQLite takes ON CONFLICT for the condition of a join.
    rows = select(*values.values()).where(true()).order_by(found.c.id)
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(insert(Notice).from_select(list(values), rows).on_conflict_do_nothing())
    return db.execute(PLANNED, {"broadcast_id": broadcast_id}).scalar_one()


def _alike(rule: Rule) -> list[ColumnElement[bool]]:
    """What a rule says of people themselves, and of what they got."""
    found = [
        meant.is_meant(
            {
                "positions": rule.positions, "types": rule.types, "ownership": rule.ownership,
                "core": rule.core,
            }
        )
    ]  # fmt: skip
    if rule.schools:
        found.append(Person.school_id.in_(rule.schools))
    if rule.reached_by is not None:
        found.append(barriers.got(rule.reached_by))
    if rule.unseen_of is not None:
        found += [barriers.got(rule.unseen_of), ~barriers.seen(rule.unseen_of)]
    return found


def _within(rule: Rule, scope: Scope) -> ColumnElement[bool]:
    """The scope and the units, by the place of the school or of an office."""
    if rule.officers:
        return _in_office(rule.units, scope)
    staff = scope.where(meant.NOW.path.expression)
    if rule.units:
        old = func.coalesce(meant.OLD.path, "")
        staff &= meant.below(rule.units, meant.NOW.path, old)
    return or_(staff, _in_office(rule.units, scope)) if rule.by_announcement else staff


def _in_office(units: Collection[int], scope: Scope) -> ColumnElement[bool]:
    """True of whoever holds an office within the scope that day, of one of the units if any."""
    place = aliased(Unit)
    held = (
        select(Role.id)
        .join(place, place.id == Role.unit_id)
        .where(
            Role.person_id == Person.id, Role.kind.in_(scopes.OFFICERS), roles.holds(scope.day),
            scope.where(place.path.expression),
        )
        .correlate(Person)
    )  # fmt: skip
    if not units:
        return held.exists()
    before = aliased(Unit)
    became = (
        select(UnitChange.id)
        .join(before, before.id == UnitChange.from_id)
        .where(UnitChange.to_id == place.id, meant.below(units, before.path))
        .correlate(place)
    )
    return held.where(or_(meant.below(units, place.path), became.exists())).exists()


def _concerned(db: Connection, course_id: int, about: About | None) -> ColumnElement[bool]:
    """True of those a course is about; of nobody where there is no such course."""
    course = courses.get(db, course_id)
    if course is None:
        return false()
    match about:
        case None:
            return meant.is_for(course)
        case About.MISSING:
            return and_(meant.is_for(course), barriers.stands(about, course_id))
        case _:
            return barriers.stands(about, course_id)
