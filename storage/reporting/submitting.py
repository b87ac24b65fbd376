"""From a draft to the official number: handed in, accepted or sent back, numbered.

What is handed in is frozen. A report that was sent back is handed in again as the next version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from storage import audit
from storage.models import Report, ReportState
from storage.reporting import (
    collections,
    communes,
    drafts,
    freezing,
    lines,
    news,
    records,
    snapshot,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.reporting.records import Record
    from storage.reporting.snapshot import Snapshot
    from storage.scopes import Scope

# "12/BC-UBND": a number, the kind of paper, who issued it.
_NUMBER = re.compile(r"(?:SO:? ?)?([1-9]\d{0,4})/BC-([A-ZĐ]{2,12}(?:-[A-ZĐ]{2,12})*)")


class Outcome(StrEnum):
    """What came of a step."""

    DONE = "done"
    NOT_NOW = "not now"  # its state does not allow it (any more)
    CHANGED = "changed"  # it is not what was shown
    UNANSWERED = "unanswered"  # figures or texts are missing
    MOVED = "moved"  # figures that were right are counted otherwise; they have to be looked at
    NUMBERED = "numbered"  # it has its official number: nothing is sent back any more


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of handing in; `moved` figures have to be looked at again."""

    outcome: Outcome
    version: int = 0
    moved: int = 0


def submit(db: Connection, scope: Scope, report_id: int, mark: str, now: datetime) -> Submitted:
    """Hand in the draft with this `Draft.mark`, frozen as it is.

    Figures that were called right and are counted otherwise by now are asked for again.
    """
    draft = drafts.open_(db, scope, report_id)
    record = draft.record
    if not record.editable:
        return Submitted(Outcome.NOT_NOW, record.version)
    moved = [line for line in draft.lines if line.moved]
    for line in moved:
        lines.unsay(db, record.id, line)
    if moved:
        return Submitted(Outcome.MOVED, record.version, len(moved))
    if not draft.complete:
        return Submitted(Outcome.UNANSWERED, record.version)
    if draft.mark != mark:
        return Submitted(Outcome.CHANGED, record.version)
    version = record.version + 1
    own = communes.as_commune(scope, record.paths)
    frozen_ = freezing.freeze(db, scope, draft, version, now, on_behalf=not own)
    kept = snapshot.to_json(frozen_)
    _change(
        db, scope, record, "report submitted", now, version=version, state=ReportState.SUBMITTED,
        submitted_at=now, submitted_by_id=scope.actor_id, on_behalf=not own, decided_at=None,
        decided_by_id=None, why_back="", snapshot=kept, digest=snapshot.digest(kept),
    )  # fmt: skip
    news.submitted(db, record.round.id, record.id, news.officers(db, record.paths, now), now)
    return Submitted(Outcome.DONE, version)


def accept(db: Connection, scope: Scope, report_id: int, version: int, now: datetime) -> Outcome:
    """The Sở takes the version it has seen."""
    record = _led(db, scope, report_id)
    if record.state is not ReportState.SUBMITTED:
        return Outcome.NOT_NOW
    if record.version != version:
        return Outcome.CHANGED
    _decide(db, scope, record, "report accepted", now, state=ReportState.ACCEPTED)
    news.decided(db, news.ACCEPTED, record.id, version, record.paths, now, by_id=scope.actor_id)
    return Outcome.DONE


def send_back(
    db: Connection, scope: Scope, report_id: int, version: int, why: str, now: datetime
) -> Outcome:
    """The Sở sends a version back with a reason, before it has its number and the collection ends.

    Raises ValueError without a reason.
    """
    if not why.strip():
        raise ValueError(why)
    record = _led(db, scope, report_id)
    if record.state is ReportState.NUMBERED:
        return Outcome.NUMBERED
    handed_in = record.state in (ReportState.SUBMITTED, ReportState.ACCEPTED)
    if not handed_in or record.round.closed_at is not None:
        return Outcome.NOT_NOW
    if record.version != version:
        return Outcome.CHANGED
    _decide(db, scope, record, "report sent back", now, state=ReportState.SENT_BACK,
            why_back=why.strip())  # fmt: skip
    news.decided(db, news.SENT_BACK, record.id, version, record.paths, now, by_id=scope.actor_id)
    return Outcome.DONE


def enter_number(
    db: Connection, scope: Scope, report_id: int, number: str, day: date, now: datetime
) -> Outcome:
    """Note the number and date of the signed paper of an accepted report; a slip can be mended.

    Raises ValueError for what is no such number (`official`), or a day to come.
    """
    if official(number) != number or day > now.date():
        raise ValueError(number)
    record = records.get(db, scope, report_id, lock=True)
    if record.state not in (ReportState.ACCEPTED, ReportState.NUMBERED):
        return Outcome.NOT_NOW
    news.submitted(db, record.round.id, record.id, (), now)
    _change(db, scope, record, "report numbered", now, state=ReportState.NUMBERED, number=number,
            numbered_on=day)  # fmt: skip
    return Outcome.DONE


def official(text: str) -> str | None:
    """The number of an official report as it is written, "12/BC-UBND"; None where it is none."""
    plain = re.sub(r"\s*([/-])\s*", r"\1", text.strip(" .,").upper().replace("–", "-"))
    found = _NUMBER.fullmatch(plain.replace("SỐ", "SO"))
    return f"{found[1]}/BC-{found[2]}" if found else None


def frozen(db: Connection, scope: Scope, report_id: int, version: int) -> Snapshot:
    """What was handed in as this version; LookupError where it is not theirs, or no longer kept.

    Raises `snapshot.DamagedError` where it is no longer what was handed in.
    """
    try:
        record = records.get(db, scope, report_id)
    except PermissionError as error:
        raise LookupError(report_id) from error
    if record.snapshot is None or record.version != version:
        raise LookupError(report_id)
    return snapshot.checked(record.snapshot, record.digest)


def _led(db: Connection, scope: Scope, report_id: int) -> Record:
    record = records.get(db, scope, report_id, lock=True)
    if not collections.leads(scope, record.round.path):
        raise PermissionError(report_id)
    return record


def _decide(
    db: Connection, scope: Scope, record: Record, action: str, now: datetime, **values: Any
) -> None:
    _change(db, scope, record, action, now, decided_at=now, decided_by_id=scope.actor_id, **values)


def _change(
    db: Connection, scope: Scope, record: Record, action: str, now: datetime, **values: Any
) -> None:
    db.execute(update(Report).where(Report.id == record.id).values(values))
    audit.note(db, actor_id=scope.actor_id, action=action, subject="report",
               subject_id=record.id, unit_id=record.unit_id, now=now)  # fmt: skip
