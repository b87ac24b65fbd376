"""A roster from the file to the difference, in the order whoever runs it has to keep.

`read` and `compare` are seconds of work: they belong into a process of their own, with its own
`Database`, as does staging the pieces. Only `swap.write` and `swap.undo` are a turn of the program
that answers people.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.rosters import books, comparison, entries, layouts, matching, staging, swap
from storage.rosters.directory import Directory
from storage.rosters.entries import Skipped
from storage.rosters.files import FileTrouble
from storage.rosters.layouts import Answers, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.rosters.comparison import Judged
    from storage.rosters.entries import Entry
    from storage.rosters.staging import Basis
    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that was read: its layout, its people, what was no person, how many rows it has.

    While the layout has questions there are no entries.
    """

    digest: str
    layout: Layout
    entries: list[Entry]
    skipped: Skipped
    lines: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The verdicts, and what they rest on."""

    judged: list[Judged]
    on: Basis


def read(path: Path, today: date, answers: Answers | None = None) -> Reading | FileTrouble:
    """Read a file, or say why it cannot be. Slow, and needs no database: run it aside."""
    sheets = books.read(path)
    if isinstance(sheets, FileTrouble):
        return sheets
    layout = layouts.find(sheets, answers)
    skipped = Skipped()
    people = [] if layout.questions else list(entries.read(sheets, layout, today, skipped))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Reading(digest, layout, people, skipped, sum(len(sheet.rows) for sheet in sheets))


def compare(
    db: Connection,
    scope: Scope,
    people: Iterable[Entry],
    settled: dict[str, int] | None = None,
) -> Difference:
    """Judge the rows against one moment of the database. Only reads."""
    on = staging.basis(db)
    judged = comparison.compare(
        people, Directory(db, scope, settled), matching.people(db), scope,
        left_by_roster=swap.left_by_roster(db),
    )  # fmt: skip
    return Difference(judged, on)
