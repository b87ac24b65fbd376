"""A list of results from the file to the difference; see `storage.rosters.runs`, its elder."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from storage.models import PastCourse, PastRow
from storage.pasts import headings
from storage.rosters import books, entries, layouts
from storage.rosters.entries import Skipped
from storage.rosters.files import FileTrouble
from storage.rosters.runs import Reading

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.pasts.comparison import Attended, Difference
    from storage.rosters.layouts import Answers

# Rows written in one turn; others wait for no more than these.
PIECE = 500
ADD_COURSES = insert(PastCourse)
ADD_ROWS = insert(PastRow)


def read(path: Path, today: date, answers: Answers | None = None) -> Reading | FileTrouble:
    """Read a file, or say why it cannot be. Slow, and needs no database: run it aside.

    `pasts.rows.read(reading.entries, today)` are its rows.
    """
    sheets = books.read(path)
    if isinstance(sheets, FileTrouble):
        return sheets
    layout = layouts.find(sheets, answers, headings.meaning)
    skipped = Skipped()
    people = [] if layout.questions else list(entries.read(sheets, layout, today, skipped))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Reading(digest, layout, people, skipped, sum(len(sheet.rows) for sheet in sheets))


def stage_courses(db: Connection, import_id: int, found: Difference) -> None:
    """Write the courses of a list."""
    kept = [
        {
            "import_id": import_id, "at": at, "title": course.given.title,
            "first_day": course.given.first, "last_day": course.given.last, "hours": course.hours,
            "judged": course.judged, "course_id": course.course_id, "made": False,
        }
        for at, course in enumerate(found.courses)
    ]  # fmt: skip
    if kept:
        db.execute(ADD_COURSES, kept)


def stage_rows(db: Connection, import_id: int, start: int, found: Difference) -> None:
    """Write one piece of the rows, those from the place `start` on."""
    piece = found.rows[start : start + PIECE]
    if piece:
        db.execute(ADD_ROWS, [_row(import_id, start + at, one) for at, one in enumerate(piece)])


def _row(import_id: int, at: int, one: Attended) -> dict[str, Any]:
    row = one.row
    return {
        "import_id": import_id, "at": at, "sheet": row.entry.sheet, "line": row.entry.line,
        "course_at": one.course_at, "person_at": one.person_at, "mark": row.mark,
        "score": row.score, "passed": row.passed, "reason": one.reason, "before": None,
    }  # fmt: skip
