"""Days a past course was held on, as lists write them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from storage import spelling
from storage.models.courses import Precision

_WORD = re.compile(r"[^\W\d_]+")
_DAY = r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(20\d\d|\d\d)"
_FULL = re.compile(rf"(?<!\d){_DAY}(?!\d)")
# "12-13/10/2025", "12, 13 và 14/10/2025", "12/10 - 14/10/2025"
_SHORT = re.compile(
    r"(?<![\d/])(\d{1,2})(?:\s*[/.]\s*(\d{1,2}))?\s*(?:[-–,&]|va|den|den ngay)\s*(?:ngay\s*)?"
    rf"(?:\d{{1,2}}\s*(?:,|va)\s*)*{_DAY}(?!\d)"
)
_WORDS = re.compile(
    r"(?:ngay\s*)?(\d{1,2})\s*(?:(?:[-–,]|va|den)\s*(\d{1,2})\s*)?thang\s*(\d{1,2})\s*"
    r"(?:nam|[/\-])\s*(20\d\d)"
)
_MONTH = re.compile(r"(?:thang\s*)?(?<![\d/])(\d{1,2})\s*(?:[/\-]|nam)\s*(20\d\d)(?!\d)")
_YEAR = re.compile(r"(?<![\d/\-])(20\d\d)(?!\s*[-–/]\s*20\d\d)(?![\d/])")


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day, both in; MONTHS where only a month or a year is written."""

    first: date
    last: date
    precision: Precision = Precision.DAY


def read(written: str) -> Span | None:
    """The days a text names: "12/10/2025", "12-14/10/2025", "tháng 10/2025", "năm 2025"."""
    # Folding as a whole would lose the signs between figures.
    text = _WORD.sub(lambda word: spelling.fold(word[0]), spelling.clean(written))
    for found in (_short(text), _full(text), _worded(text), _months(text)):
        if found is not None:
            return found
    return None


def joined(first: Span, last: Span | None) -> Span | None:
    """From the one to the other, as two columns say; None where they run backwards."""
    if last is None:
        return first
    if last.last < first.first:
        return None
    precise = Precision.DAY in {first.precision} & {last.precision}
    return Span(first.first, last.last, Precision.DAY if precise else Precision.MONTHS)


def _short(text: str) -> Span | None:
    found = _SHORT.search(text)
    if found is None:
        return None
    day, month, last_day, last_month, year = found.groups()
    last = _date(last_day, last_month, year)
    first = _date(day, month or last_month, year)
    if last is None or first is None:
        return None
    return Span(first, last) if first <= last else None


def _full(text: str) -> Span | None:
    days = [day for one in _FULL.findall(text) if (day := _date(*one))]
    return Span(min(days), max(days)) if days else None


def _worded(text: str) -> Span | None:
    found = _WORDS.search(text)
    if found is None:
        return None
    day, until, month, year = found.groups()
    first, last = _date(day, month, year), _date(until or day, month, year)
    return Span(first, last) if first and last and first <= last else None


def _months(text: str) -> Span | None:
    if found := _MONTH.search(text):
        month, year = int(found[1]), int(found[2])
        if 1 <= month <= 12:
            last = monthrange(year, month)[1]
            return Span(date(year, month, 1), date(year, month, last), Precision.MONTHS)
    if found := _YEAR.search(text):
        year = int(found[1])
        return Span(date(year, 1, 1), date(year, 12, 31), Precision.MONTHS)
    return None


def _date(day: str, month: str, year: str) -> date | None:
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        return date(whole, int(month), int(day))
    except ValueError:
        return None
