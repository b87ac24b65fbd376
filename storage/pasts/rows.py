"""The rows of a list of results: who, which course, when, and what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage import spelling
from storage.models.attendance import Mark
from storage.pasts import outcomes, spans
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from storage.models.courses import Precision
    from storage.pasts.spans import Span
    from storage.rosters.entries import Entry

TITLE_LENGTH = 200
_COURSE = re.compile(
    r"(?:(?:lớp|khóa|khoá|đợt)\s+)?(?:tập huấn|bồi dưỡng|hội thảo|hội nghị|chuyên đề|sinh hoạt"
    r" chuyên môn|tham quan)\b.*",
    re.IGNORECASE,
)
# What follows a title in the same line is the day, the place and the like.
_TAIL = re.compile(
    r"[\s,;:(–-]*\b(?:(?:từ )?ngày\s*\d|tháng\s*\d|năm\s*\d|năm học|thời gian|tại\b|địa điểm).*$"
    r"|[\s,;:(–-]+\d{1,2}\s*[/.-]\s*\d.*$",
    re.IGNORECASE,
)
_HOURS = re.compile(r"(\d{1,3})(?:[.,](\d))?\s*(?:tiết|giờ)?")


class Trouble(StrEnum):
    """Why a row of results is not taken, whoever it is about."""

    NO_COURSE = "no course"  # neither a column nor a line above the list names one
    NO_DAY = "no day"
    FUTURE = "future"
    RESULT_UNCLEAR = "result unclear"
    CONTRADICTS = "contradicts"  # another row says otherwise of the same person and course


@dataclass(frozen=True, slots=True)
class Given:
    """A course as the file names it. `hours` in tenths of a tiết; None: the file says none."""

    title: str
    first: date
    last: date
    precision: Precision
    hours: int | None

    @property
    def key(self) -> tuple[str, date, date]:
        """What makes it the same course in another row."""
        return spelling.fold(self.title), self.first, self.last


@dataclass(slots=True)
class Row:
    """One row. Without a `given` there is a `trouble` that says why."""

    entry: Entry
    given: Given | None
    mark: Mark
    score: int | None
    passed: bool | None
    trouble: Trouble | None = None


def read(entries: Iterable[Entry], today: date) -> list[Row]:
    """The rows of all sheets, in their order."""
    return [_row(entry, today) for entry in entries]


def _row(entry: Entry, today: date) -> Row:
    row = Row(entry, None, Mark.PRESENT, None, None)
    cells = entry.cells
    try:
        outcome = outcomes.read(
            cells.get(Field.RESULT, ""), cells.get(Field.SCORE, ""), cells.get(Field.PRESENCE, "")
        )
        row.mark, row.score, row.passed = outcome.mark, outcome.score, outcome.passed
    except outcomes.Unclear:
        row.trouble = Trouble.RESULT_UNCLEAR
    title, days = _title(entry), _days(entry)
    if not title:
        row.trouble = Trouble.NO_COURSE
    elif days is None:
        row.trouble = Trouble.NO_DAY
    elif days.first > today:
        row.trouble = Trouble.FUTURE
    else:
        hours = _hours(cells.get(Field.HOURS, ""))
        row.given = Given(title, days.first, days.last, days.precision, hours)
    return row


def _title(entry: Entry) -> str:
    """The course a column names; else the nearest line above the list that speaks of one."""
    if written := entry.cells.get(Field.COURSE, ""):
        return _plain(written)
    found = (_COURSE.search(line) for line in entry.places)
    return next((_plain(_TAIL.sub("", each[0])) for each in found if each), "")


def _plain(title: str) -> str:
    text = spelling.clean(title).strip(' .,;:-–"“”')[:TITLE_LENGTH]
    # A title in capitals is read as a sentence; names in it keep no capitals, which is no loss.
    text = text.lower() if text.isupper() else text
    return text[:1].upper() + text[1:]


def _days(entry: Entry) -> Span | None:
    if written := entry.cells.get(Field.FIRST_DAY, ""):
        first = spans.read(written)
        last = entry.cells.get(Field.LAST_DAY, "")
        return spans.joined(first, spans.read(last) if last else None) if first else None
    if written := entry.cells.get(Field.LAST_DAY, ""):
        return spans.read(written)
    inside = spans.read(entry.cells.get(Field.COURSE, ""))
    return inside or next((days for line in entry.places if (days := spans.read(line))), None)


def _hours(written: str) -> int | None:
    found = _HOURS.fullmatch(spelling.clean(written).lower())
    return int(found[1]) * 10 + int(found[2] or 0) if found else None
