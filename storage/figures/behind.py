"""Units to be seen to ("đơn vị cần đôn đốc"): told to the level above them, sorted by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.figures import rows, subjects
from storage.figures.nudge_rules import KINDS
from storage.models import Notice, NoticeState, Nudge, School
from storage.statistics import View

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.figures.counts import Count
    from storage.figures.subjects import Topic
    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit or school that has not reached what is asked; when anybody there was last asked."""

    view: View
    id: int
    name: str
    count: Count
    asked_at: datetime | None


def listed(db: Connection, scope: Scope, topic: Topic, now: datetime) -> list[Behind]:
    """Those directly below the officer: communes for the Sở, schools for a commune.

    With a target, those below it; without one, those where anybody is missing.
    """
    view = View.COMMUNE if scope.provincial else View.SCHOOL
    target = subjects.target(db, topic, now.date())
    found = [
        row
        for row in rows.by_unit(db, scope, topic.id, view)
        if row.id is not None
        and row.count.missing > 0
        and (target is None or row.count.completed < target * row.count.expected)
    ]
    asked = _asked(db, topic, view, [row.id or 0 for row in found])
    return [Behind(view, row.id or 0, row.name, row.count, asked.get(row.id or 0)) for row in found]


def _asked(db: Connection, topic: Topic, view: View, ids: list[int]) -> dict[int, datetime]:
    place = School.id if view is View.SCHOOL else School.unit_id
    sent = (
        select(place, func.max(Nudge.at))
        .join(School, School.id == Nudge.school_id)
        .join(Notice, (Notice.subject_id == Nudge.id) & Notice.kind.in_(KINDS.values()))
        .where(
            Nudge.subject_id == topic.id, place.in_(ids), Notice.state == NoticeState.SENT,
        )
        .group_by(place)
    )  # fmt: skip
    return {row[0]: row[1] for row in db.execute(sent)}
