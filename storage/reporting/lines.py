"""The figures of a report: what was counted, what is counted now, and what the commune states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from storage.figures import subjects
from storage.figures.counts import NOTHING, Count
from storage.models import ReportFigure, Stated
from storage.reporting import prefilled, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row, Update

    from storage.figures.subjects import Topic
    from storage.models import SubjectKind
    from storage.reporting.prefilled import Counted
    from storage.reporting.records import Record


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a report. `now` is what is counted at this moment, None once it is frozen.

    `counted_*` are as they were when the commune stated it; `declared` are totals from schools
    without a list, which stand beside.
    """

    subject_id: int
    kind: SubjectKind
    code: str
    title: str
    stated: Stated
    expected: int
    completed: int
    counted_expected: int
    counted_completed: int
    reason: str
    declared: Count = NOTHING
    now: Count | None = None

    @property
    def counted(self) -> tuple[int, int]:
        """(expected, completed) as counted now; once it is frozen, as counted then."""
        if self.now is None:
            return self.counted_expected, self.counted_completed
        return self.now.expected, self.now.completed

    @property
    def moved(self) -> bool:
        """True of a figure that was called right and is counted otherwise by now."""
        return self.stated is Stated.RIGHT and self.counted != (self.expected, self.completed)


def of(db: Connection, report_id: int, counted: Iterable[Counted] | None = None) -> list[Line]:
    """The figures of a report: indicators by code, the whole, then courses by date."""
    rows = db.execute(select(ReportFigure.__table__).where(ReportFigure.report_id == report_id))
    kept = {row.subject_id: row for row in rows}
    if counted is not None:
        return [_line(kept[each.topic.id], each.topic, each) for each in counted]
    found = [(row, topic) for each, row in kept.items() if (topic := subjects.get(db, each))]
    found.sort(key=lambda one: (prefilled.KINDS.index(one[1].kind), one[1].code, one[1].id))
    return [_line(row, topic) for row, topic in found]


def frozen(db: Connection, record: Record) -> list[Line]:
    """The figures as they were handed in; of a draft whose collection has ended, as they are."""
    if record.snapshot is None:
        return of(db, record.id)
    return [
        Line(
            each.subject_id, each.kind, each.code, each.title, each.stated, each.expected,
            each.completed, each.counted_expected, each.counted_completed, each.reason,
            Count(expected=each.declared_expected, completed=each.declared_completed),
        )
        for each in snapshot.from_json(record.snapshot).figures
    ]  # fmt: skip


def answered(db: Connection, report_id: int) -> set[int]:
    """The subjects about whose figures the commune has said something."""
    found = select(ReportFigure.subject_id).where(
        ReportFigure.report_id == report_id, ReportFigure.stated != Stated.UNSEEN
    )
    return set(db.execute(found).scalars())


def refresh(db: Connection, report_id: int, counted: Iterable[Counted]) -> None:
    """Let figures nobody has looked at follow what is counted; add new ones, drop those gone."""
    rows = db.execute(select(ReportFigure.__table__).where(ReportFigure.report_id == report_id))
    kept = {row.subject_id: row for row in rows}
    for each in counted:
        row = kept.pop(each.topic.id, None)
        now = _fresh(each.count.expected, each.count.completed)
        if row is None:
            db.execute(
                insert(ReportFigure).values(
                    report_id=report_id, subject_id=each.topic.id, reason="", **now
                )
            )
        elif row.stated is Stated.UNSEEN and (row.expected, row.completed) != (
            each.count.expected, each.count.completed,
        ):  # fmt: skip
            db.execute(_mine(report_id, row.subject_id).values(now))
    if kept:
        db.execute(
            delete(ReportFigure).where(
                ReportFigure.report_id == report_id, ReportFigure.subject_id.in_(kept)
            )
        )


def write(
    db: Connection,
    report_id: int,
    line: Line,
    now: datetime,
    *,
    by_id: int | None,
    stated: Stated,
    expected: int,
    completed: int,
    reason: str = "",
) -> None:
    """Keep what somebody states of a figure, and what was counted then; rights are looked at."""
    counted_expected, counted_completed = line.counted
    db.execute(
        _mine(report_id, line.subject_id).values(
            stated=stated, expected=expected, completed=completed, reason=reason,
            counted_expected=counted_expected, counted_completed=counted_completed,
            by_id=by_id, at=now,
        )
    )  # fmt: skip


def unsay(db: Connection, report_id: int, line: Line) -> None:
    """What was called right is counted otherwise: it has to be looked at again."""
    db.execute(
        _mine(report_id, line.subject_id).values(
            **_fresh(*line.counted), reason="", by_id=None, at=None
        )
    )


def _fresh(expected: int, completed: int) -> dict[str, object]:
    return {
        "stated": Stated.UNSEEN, "expected": expected, "completed": completed,
        "counted_expected": expected, "counted_completed": completed,
    }  # fmt: skip


def _mine(report_id: int, subject_id: int) -> Update:
    return update(ReportFigure).where(
        ReportFigure.report_id == report_id, ReportFigure.subject_id == subject_id
    )


def _line(row: Row[*tuple[object, ...]], topic: Topic, counted: Counted | None = None) -> Line:
    return Line(
        topic.id, topic.kind, topic.code, topic.title, row.stated, row.expected, row.completed,
        row.counted_expected, row.counted_completed, row.reason,
        counted.declared if counted else NOTHING, counted.count if counted else None,
    )  # fmt: skip
