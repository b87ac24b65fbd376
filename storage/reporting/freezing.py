"""A draft made into a snapshot: what is counted, what is stated, and the names of that day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING

from storage.figures import rows, subjects
from storage.reporting import communes
from storage.reporting.snapshot import Figure, Part, Snapshot
from storage.statistics import View, Within

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.reporting.drafts import Draft
    from storage.reporting.lines import Line
    from storage.scopes import Scope

_WHOLE = 10_000


def freeze(
    db: Connection, scope: Scope, draft: Draft, version: int, now: datetime, *, on_behalf: bool
) -> Snapshot:
    """The report as it is handed in at this moment."""
    record, round_ = draft.record, draft.record.round
    commune = communes.one(db, record.unit_id, now.date())
    return Snapshot(
        report_id=record.id, version=version, collection_id=round_.id, title=round_.title,
        before=round_.before.isoformat(), last=round_.last.isoformat(), period=round_.period,
        first_day=round_.first_day.isoformat(), last_day=round_.last_day.isoformat(),
        programme=round_.programme, letter=round_.letter, unit_id=record.unit_id, unit=record.unit,
        province=round_.unit, day=now.date().isoformat(),
        submitted_at=now.astimezone(UTC).isoformat(timespec="seconds"), on_behalf=on_behalf,
        schools=commune.schools, unlisted=commune.unlisted, difficulties=record.difficulties,
        proposals=record.proposals,
        figures=tuple(_figure(db, scope, draft, line) for line in draft.lines),
    )  # fmt: skip


def _figure(db: Connection, scope: Scope, draft: Draft, line: Line) -> Figure:
    topic = subjects.get(db, line.subject_id)
    target = subjects.target(db, topic, scope.day) if topic else None
    last, due = (topic.last_day, topic.due_on) if topic else (None, None)
    return Figure(
        subject_id=line.subject_id, kind=line.kind, code=line.code, title=line.title,
        stated=line.stated, expected=line.expected, completed=line.completed,
        counted_expected=line.counted_expected, counted_completed=line.counted_completed,
        declared_expected=line.declared.expected, declared_completed=line.declared.completed,
        reason=line.reason, target=round(target * _WHOLE) if target is not None else None,
        last=last.isoformat() if last else "", due=due.isoformat() if due else "",
        count=asdict(line.now) if line.now else {},
        parts=() if draft.record.former else tuple(_parts(db, scope, draft, line)),
    )  # fmt: skip


def _parts(db: Connection, scope: Scope, draft: Draft, line: Line) -> list[Part]:
    within = Within(View.COMMUNE, draft.record.unit_id)
    return [
        Part(row.name, row.count.expected, row.count.completed)
        for row in rows.by_unit(db, scope, line.subject_id, View.DISTRICT, within)
    ]
