"""Asking those who have not: first the people themselves, then their principal, then the commune.

An officer presses once for a subject and a part of their scope. All three rungs are planned then,
three days apart, and each looks again at the facts when it is sent (`storage.figures.nudged`):
whoever has done it meanwhile, and a school or commune where everybody has, hears nothing.

Nobody on long leave is asked, nobody who cannot come, and nobody more often than
`storage.figures.nudge_rules` allows. All of it goes when people like to read, never at night or on
a holiday. Principals and officers are asked in their work, which needs no consent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit
from storage.figures import nudge_rules
from storage.figures.nudge_ladder import Ladder, Planned, Row
from storage.figures.nudge_rules import KINDS, Concern
from storage.figures.reasons import Reason
from storage.models import Notice, NoticeState, Nudge, NudgeRung

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import Within

# From so many people on, the number is typed back.
TYPED: Final = 50
# Two officers who press at once plan one after the other; nothing else locks this one.
_LOCK: Final = 7_310_060


class Skip(StrEnum):
    """Why somebody who has not is not asked, in the order in which it is said."""

    NOT_ON_BOT = "not on the bot"
    NO_CONSENT = "no consent"
    LATELY = "lately"  # asked about this less than three days before or after
    SAME_DAY = "same day"  # asked about something else that day
    WEEKLY = "weekly"
    CANNOT = "cannot come"
    ON_LEAVE = "on leave"
    OTHERS = "others"  # it is not for them to act


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom one press asks, and whom it does not; `closed`: there is nothing left to be done."""

    planned: tuple[Planned, ...] = ()
    skipped: Mapping[Skip, int] = field(default_factory=dict[Skip, int])
    closed: bool = False

    def count(self, rung: NudgeRung) -> int:
        """How many are asked on a rung."""
        return sum(one.rung is rung for one in self.planned)

    def first(self, rung: NudgeRung) -> datetime | None:
        """When the first of a rung is asked, in the local zone."""
        return min((one.at for one in self.planned if one.rung is rung), default=None)


def plan(db: Connection, scope: Scope, topic: Topic, within: Within | None, now: datetime) -> Plan:
    """Whom a press would ask now; nothing is written. `now` is in the local zone."""
    ladder = Ladder(db, scope, topic, now)
    concern = nudge_rules.concern(db, topic, ladder.due)
    if not concern.school:
        return Plan(closed=True)
    found = ladder.found(within, concern)
    skips = {row.person_id: _skip(row, concern) for row in found}
    people = [
        Planned(NudgeRung.PERSON, row.person_id, ladder.due, 1, row.school_id)
        for row in found
        if skips[row.person_id] is None
    ]
    behind = [row for row in found if row.reason in concern.school]
    # Whoever was asked, now or lately, has three days before anybody else hears of it.
    waiting = {row.school_id for row in behind if skips[row.person_id] in (None, Skip.LATELY)}
    heads = ladder.heads(behind, waiting, people)
    officers = ladder.officers(behind, [*people, *heads])
    counted = Counter(skips.values())
    order = {skip: counted[skip] for skip in Skip if counted[skip]}
    return Plan((*people, *_in_time(db, topic, [*heads, *officers])), order)


def _in_time(db: Connection, topic: Topic, planned: Sequence[Planned]) -> list[Planned]:
    """Those who will hear of it while there is still something to be done."""
    concerns = {at: nudge_rules.concern(db, topic, at) for at in {one.at for one in planned}}
    return [one for one in planned if concerns[one.at].school]


def start(db: Connection, scope: Scope, topic: Topic, within: Within | None, now: datetime) -> Plan:
    """Ask: what was planned, empty where there is nobody to be asked any more.

    Two officers who press at once ask everybody once.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found = plan(db, scope, topic, within, now)
    if not found.planned:
        return found
    _write(db, scope, topic, found.planned)
    counted = {f"{rung.value}s": found.count(rung) for rung in NudgeRung}
    about = ("course", topic.course_id) if topic.course_id else ("figures", topic.id)
    audit.note(
        db, actor_id=scope.actor_id, action="nudged", subject=about[0], subject_id=about[1],
        unit_id=scope.reaches[0].unit_id or None, now=now, figures=topic.id,
        view=within.view.value if within else None, part=within.id if within else None, **counted,
    )  # fmt: skip
    return found


def _write(db: Connection, scope: Scope, topic: Topic, planned: Sequence[Planned]) -> None:
    made = [
        {
            "subject_id": topic.id, "person_id": one.person_id, "school_id": one.school_id,
            "unit_id": one.unit_id, "rung": one.rung, "missing": one.missing,
            "by_id": scope.actor_id, "at": one.at,
        }
        for one in planned
    ]  # fmt: skip
    statement = insert(Nudge).returning(Nudge.id, sort_by_parameter_order=True)
    ids = db.execute(statement, made).scalars().all()
    upsert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(
        upsert(Notice).on_conflict_do_nothing(),
        [
            {
                "key": f"nudge:{topic.id}:{one.person_id}:{one.at.date().isoformat()}:{id_}",
                "kind": KINDS[one.rung], "person_id": one.person_id, "account_id": None,
                "subject_id": id_, "data": {}, "due_at": one.at, "urgent": False,
                "state": NoticeState.OWED, "reason": "", "block": 0, "choices": {},
            }
            for id_, one in zip(ids, planned, strict=True)
        ],
    )  # fmt: skip


def _skip(row: Row, concern: Concern) -> Skip | None:
    """Why somebody is not asked themselves; None: they are."""
    by_reason = {
        Reason.NOT_ON_BOT: Skip.NOT_ON_BOT, Reason.CANNOT: Skip.CANNOT,
        Reason.ON_LEAVE: Skip.ON_LEAVE,
    }  # fmt: skip
    if row.reason in by_reason:
        return by_reason[row.reason]
    if row.reason not in concern.own:
        return Skip.OTHERS
    facts = (
        (not row.agreed, Skip.NO_CONSENT),
        (row.lately, Skip.LATELY),
        (row.that_day, Skip.SAME_DAY),
        (row.enough, Skip.WEEKLY),
    )
    return next((skip for fact, skip in facts if fact), None)
