"""The rungs of a nudge: who has not, who runs their school, who is in charge of the commune."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import meant, reminder_rules, roles, send_times
from storage.figures import extents, nudge_rules, reasons
from storage.figures.nudge_diary import Diary
from storage.figures.nudge_rules import SPACING
from storage.figures.reasons import Reason
from storage.models import NudgeRung, Person, Role, RoleKind, School

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.figures.nudge_rules import Concern
    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import Within


@dataclass(frozen=True, slots=True)
class Planned:
    """Somebody who will be asked; `missing` people have not, as far as it concerns them."""

    rung: NudgeRung
    person_id: int
    at: datetime
    missing: int
    school_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who has not, with what decides whether they are asked themselves."""

    person_id: int
    school_id: int
    unit_id: int
    reason: Reason
    agreed: bool
    lately: bool
    that_day: bool
    enough: bool


@dataclass(slots=True)
class Ladder:
    """Everybody whom one press of an officer may concern; `now` is in the local zone.

    `due` is the first good hour from now on.
    """

    db: Connection
    scope: Scope
    topic: Topic
    now: datetime
    due: datetime = field(init=False)
    _diary: Diary = field(init=False)

    def __post_init__(self) -> None:
        corrections = reminder_rules.corrections(self.db)
        self.due = send_times.preferred(self.now, corrections)
        self._diary = Diary(self.topic.id, corrections)

    def found(self, within: Within | None, concern: Concern) -> list[Row]:
        """Those who have not, as far as there is anything to ask or to tell of."""
        mine = extents.conditions(extents.OF_SCHOOLS, self.scope, within)
        unmet = reasons.statement(self.db, self.topic, mine, self.now)
        wanted = {*concern.school, Reason.CANNOT, Reason.ON_LEAVE}
        rows = self.db.execute(
            select(
                unmet.c.person_id, unmet.c.school_id, School.unit_id, unmet.c.reason,
                nudge_rules.agreed(),
                nudge_rules.any_(nudge_rules.lately(self.topic.id, self.due)),
                nudge_rules.any_(nudge_rules.that_day(self.due)), nudge_rules.enough(self.due),
            )
            .join(Person, Person.id == unmet.c.person_id)
            .join(School, School.id == unmet.c.school_id)
            .where(
                unmet.c.reason.in_(sorted(one.value for one in wanted)),
                Person.id != self.scope.person_id,
            )
            .order_by(Person.id)
        )  # fmt: skip
        return [Row(*row[:3], Reason(row[3]), *row[4:]) for row in rows]

    def heads(
        self, behind: Sequence[Row], waiting: Collection[int], asked: Sequence[Planned]
    ) -> list[Planned]:
        """Principals, each once for all their schools that are behind, after those `asked`.

        Those of schools that are `waiting` hear of it three days later.
        """
        for one in asked:
            self._diary.note(one.person_id, one.at)
        per_school = Counter(row.school_id for row in behind)
        units = {row.school_id: row.unit_id for row in behind}
        schools: defaultdict[int, list[int]] = defaultdict(list)
        for school_id, person_id in self._holders(RoleKind.PRINCIPAL, Role.school_id, per_school):
            schools[person_id].append(school_id)
        self._diary.read(self.db, schools, self.due)
        found: list[Planned] = []
        for person_id, theirs in schools.items():
            later = any(one in waiting for one in theirs)
            at = self._diary.slot(person_id, self.due + SPACING if later else self.due)
            missing = sum(per_school[one] for one in theirs)
            first = theirs[0]
            if at is not None:
                one = Planned(NudgeRung.PRINCIPAL, person_id, at, missing, first, units[first])
                found.append(one)
        return found

    def officers(self, behind: Sequence[Row], before: Sequence[Planned]) -> list[Planned]:
        """Officers of communes that are behind, but of those where one of them asks."""
        own = {one.unit_id for one in self.scope.reaches if one.kind is RoleKind.COMMUNE}
        per_unit = Counter(row.unit_id for row in behind if row.unit_id not in own)
        units = {row.school_id: row.unit_id for row in behind}
        last: dict[int, datetime] = {}
        for one in before:
            unit_id = units[one.school_id or 0]
            last[unit_id] = max(one.at, last.get(unit_id, one.at))
        holders = self._holders(RoleKind.COMMUNE, Role.unit_id, per_unit)
        self._diary.read(self.db, {person_id for _, person_id in holders}, self.due)
        found: list[Planned] = []
        for unit_id, person_id in holders:
            wanted = last[unit_id] + SPACING if unit_id in last else self.due
            at = self._diary.slot(person_id, wanted)
            if at is not None:
                missing = per_unit[unit_id]
                one = Planned(NudgeRung.COMMUNE, person_id, at, missing, None, unit_id)
                found.append(one)
        return found

    def _holders(
        self, kind: RoleKind, place: Any, places: Collection[int]
    ) -> list[tuple[int, int]]:
        """(place, person) of whoever holds a right there, is at work and can be written to.

        One of each place, who has held it longest; never the officer who asks.
        """
        day = self.now.date()
        rows = self.db.execute(
            select(place, Role.person_id)
            .join(Person, Person.id == Role.person_id)
            .where(
                Role.kind == kind, place.in_(sorted(places)), roles.holds(day), meant.at_work(day),
                ~nudge_rules.silent(self.now), Role.person_id != self.scope.person_id,
            )
            .order_by(Role.id.desc())
        )  # fmt: skip
        return sorted({row[0]: row[1] for row in rows}.items())
