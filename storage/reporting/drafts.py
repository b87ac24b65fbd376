"""A commune's report while it is made: figures filled in beforehand, each of them answered.

Whatever is written locks the report first, so that of two officers the second sees what the first
has done.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit
from storage.models import Report, ReportState, Stated
from storage.reporting import communes, lines, prefilled, records

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.reporting.lines import Line
    from storage.reporting.records import Record
    from storage.scopes import Scope

# More people than this has no commune.
MOST = 99_999


class Outcome(StrEnum):
    """What came of stating something."""

    DONE = "done"
    CLOSED = "closed"  # it is handed in, or the collection has ended
    MOVED = "moved"  # the figure is no longer the one that was shown
    GONE = "gone"  # the report has no such figure any more


@dataclass(frozen=True, slots=True)
class Draft:
    """A report with its figures."""

    record: Record
    lines: tuple[Line, ...]

    @property
    def unseen(self) -> list[Line]:
        """Figures nobody has said anything about."""
        return [line for line in self.lines if line.stated is Stated.UNSEEN]

    @property
    def complete(self) -> bool:
        """True where it can be handed in."""
        return not self.unseen and bool(self.record.difficulties and self.record.proposals)

    @property
    def mark(self) -> str:
        """Eight characters that change with anything an officer has seen of it."""
        mine = self.record
        said = "\n".join(
            [str(mine.version), mine.state, mine.difficulties, mine.proposals, mine.why_back]
            + [
                f"{each.subject_id} {each.stated} {each.completed}/{each.expected} {each.reason}"
                for each in self.lines
            ]
        )
        return hashlib.sha256(said.encode()).hexdigest()[:8]

    def line(self, subject_id: int) -> Line | None:
        """The figure of a subject."""
        return next((each for each in self.lines if each.subject_id == subject_id), None)


def begin(
    db: Connection, scope: Scope, collection_id: int, unit_id: int, now: datetime
) -> int | None:
    """Begin the report of a commune, or find the one that is begun; its id.

    None where the collection has ended, or the commune is no more. PermissionError where it is not
    theirs.
    """
    there = records.of_unit(db, scope, collection_id, unit_id)
    if there is not None:
        return there.id
    round_, commune = records.place(db, scope, collection_id, unit_id)
    if round_.closed_at is not None or not communes.stands(db, unit_id, now.date()):
        return None
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    made = db.execute(
        dialect.insert(Report)
        .values(
            collection_id=collection_id, unit_id=unit_id, state=ReportState.BEGUN, begun_at=now,
            on_behalf=not communes.as_commune(scope, [commune.path]),
        )
        .on_conflict_do_nothing()
        .returning(Report.id)
    ).scalar()  # fmt: skip
    mine = select(Report.id).where(Report.collection_id == collection_id, Report.unit_id == unit_id)
    report_id = made if made is not None else db.execute(mine).scalar_one()
    if made is not None:
        audit.note(db, actor_id=scope.actor_id, action="report begun", subject="report",
                   subject_id=made, unit_id=unit_id, now=now)  # fmt: skip
    return report_id


def open_(db: Connection, scope: Scope, report_id: int) -> Draft:
    """A report as it stands; while it is made, with what is counted now.

    Figures nobody has looked at follow what is counted; new courses come in, cancelled ones go.
    What is handed in is read from its snapshot. PermissionError where it is not theirs.
    """
    record = records.get(db, scope, report_id, lock=True)
    if not record.editable:
        return Draft(record, tuple(lines.frozen(db, record)))
    if record.former:
        # Its schools count elsewhere by now: what was counted while it stood is all there is.
        return Draft(record, tuple(lines.of(db, record.id)))
    seen = lines.answered(db, record.id)
    counted = prefilled.of(db, scope, record.round, record.unit_id, seen)
    lines.refresh(db, record.id, counted)
    return Draft(record, tuple(lines.of(db, record.id, counted)))


def state(
    db: Connection,
    scope: Scope,
    report_id: int,
    subject_id: int,
    stated: Stated,
    now: datetime,
    *,
    expected: int,
    completed: int,
    reason: str = "",
) -> Outcome:
    """State a figure: right as it was shown, corrected with a reason, or declared.

    `expected` and `completed` of a right one are those that were shown: where they are counted
    otherwise by now, it is MOVED. Raises ValueError for numbers that cannot be, a correction
    without a reason, and for `UNSEEN`.
    """
    if stated is Stated.UNSEEN or not 0 <= completed <= expected <= MOST:
        raise ValueError(stated)
    if stated is Stated.CORRECTED and not reason.strip():
        raise ValueError(reason)
    draft = open_(db, scope, report_id)
    line = draft.line(subject_id)
    if not draft.record.editable:
        return Outcome.CLOSED
    if line is None:
        return Outcome.GONE
    if stated is Stated.RIGHT and line.counted != (expected, completed):
        return Outcome.MOVED
    lines.write(db, report_id, line, now, by_id=scope.actor_id, stated=stated, expected=expected,
                completed=completed, reason=reason.strip())  # fmt: skip
    return Outcome.DONE


def all_right(db: Connection, scope: Scope, report_id: int, now: datetime, mark: str) -> Outcome:
    """Call all figures right that nobody has looked at; MOVED where the draft has changed."""
    draft = open_(db, scope, report_id)
    if not draft.record.editable:
        return Outcome.CLOSED
    if draft.mark != mark:
        return Outcome.MOVED
    for line in draft.unseen:
        expected, completed = line.counted
        lines.write(db, report_id, line, now, by_id=scope.actor_id, stated=Stated.RIGHT,
                    expected=expected, completed=completed)  # fmt: skip
    return Outcome.DONE
