"""Difficulties and proposals of a report, message by message; what one officer wrote stays."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import update

from storage.models import Report
from storage.reporting import records

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.reporting.records import Record
    from storage.scopes import Scope

# Characters of one text: six pages of a paper.
MOST = 12_000
# Kept where somebody says that there is nothing; whoever shows it puts it into words.
NONE = "–"


class Section(StrEnum):
    """The two texts of a report."""

    DIFFICULTIES = "difficulties"
    PROPOSALS = "proposals"


class Outcome(StrEnum):
    """What came of writing."""

    DONE = "done"
    FULL = "full"  # nothing was added
    CHANGED = "changed"  # somebody else has written meanwhile, nothing was replaced
    CLOSED = "closed"


def of(record: Record, section: Section) -> str:
    """The text as it stands, "" where nothing has been said."""
    match section:
        case Section.DIFFICULTIES:
            return record.difficulties
        case Section.PROPOSALS:
            return record.proposals


def add(db: Connection, scope: Scope, report_id: int, section: Section, text: str) -> Outcome:
    """Add a paragraph at the end, after whatever another officer may have added meanwhile."""
    record = records.get(db, scope, report_id, lock=True)
    before = of(record, section)
    kept = "" if before == NONE else before
    return _put(db, record, section, f"{kept}\n{text.strip()}".strip())


def nothing(db: Connection, scope: Scope, report_id: int, section: Section) -> Outcome:
    """Say that there is nothing; what has been written stays."""
    record = records.get(db, scope, report_id, lock=True)
    if of(record, section):
        return Outcome.DONE if record.editable else Outcome.CLOSED
    return _put(db, record, section, NONE)


def reword(
    db: Connection,
    scope: Scope,
    report_id: int,
    section: Section,
    text: str,
    *,
    seen: str,
) -> Outcome:
    """Put a text in place of the one with the mark `seen` (of `mark`)."""
    record = records.get(db, scope, report_id, lock=True)
    if mark(of(record, section)) != seen:
        return Outcome.CHANGED
    return _put(db, record, section, text.strip())


def mark(text: str) -> str:
    """Eight characters that change with the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _put(db: Connection, record: Record, section: Section, text: str) -> Outcome:
    if not record.editable:
        return Outcome.CLOSED
    if len(text) > MOST:
        return Outcome.FULL
    db.execute(update(Report).where(Report.id == record.id).values({section.value: text}))
    return Outcome.DONE
