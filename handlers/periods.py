"""Periods as people name them: weeks, months, quarters, school terms, years."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from typing import Final

from handlers import days
from handlers.days import ONE_DAY, SHIFT, YEAR

Period = tuple[dt.date, dt.date]

# "sau" is left out: "thang sau" is the next month.
_MONTH_NAMES: Final = {name: month for name, month in days.NUMBERS.items() if name != "sau"}
_MONTH: Final = rf"(\d{{1,2}}|{'|'.join(_MONTH_NAMES)})"
_MONTHS = re.compile(
    rf"\b(?:thang|thg) ?{_MONTH}"
    rf"(?:(?: ?~ ?| den (?:thang )?|(?: va| toi|,) thang ){_MONTH}(?!\w| ?h\b))?"
    rf"{YEAR}(?!\w| ?%)"
)
_MONTH_OF_YEAR = re.compile(r"(?<![\w/~])(\d{1,2}) ?[/~] ?(\d{4})(?![\d/~])")
_DAYS_OF_MONTH = re.compile(
    r"(?<![\w/~])(?<!thang )(\d{1,2}) ?(?:~|den) ?(\d{1,2}) ?/ ?(\d{1,2})"
    r"(?: ?/ ?(\d{4}))?(?![\d/~])"
)
_QUARTER = re.compile(rf"\bquy (?P<which>[1-4]|iv|i{{1,3}}){YEAR}(?!\w)")
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_TERM = re.compile(
    rf"\b(?:hoc k[iy]|hk) ?(?P<which>[12]|i{{1,2}})(?: nam hoc (?P<began>20\d\d)\b|{YEAR})(?!\w)"
)
_SHIFTED = re.compile(r"\b(?P<unit>cuoi tuan|tuan|thang|quy|nam) (?P<which>nay|sau|toi|truoc)\b")
_WEEKEND = re.compile(r"\bcuoi tuan\b")
_SCHOOL_YEAR = re.compile(r"\bnam hoc (20\d\d)\b")
_WHOLE_YEAR = re.compile(r"\bnam (20\d\d)\b")


def period(text: str, today: dt.date) -> Period | None:
    """The first and last day of the period named anywhere in `text`, or None.

    Reads a day as `days.date` does (but takes "2-3" in a sentence for a count), "7-8/12", weeks
    (Monday to Sunday), "cuối tuần", months ("tháng 12", "tháng 7-8/2027", "12/2026", "tháng
    sau"), quarters, school terms (I: 01/09-15/01, II: 16/01-31/05) and years, calendar or school
    (01/09-31/08). Without a year it is the next one that is not yet over.
    """
    words = days.said(text)
    several = _days_of_month(words, today)
    if several:
        return several
    figures = days.numeric(words)
    if figures and not _is_count(figures, words):
        day = days.written(figures, today)
        return (day, day) if day else None
    day = days.named(words, today)
    if day:
        return day, day
    for read in (_quarter, _term, _months, _shifted):
        found = read(words, today)
        if found:
            return found
    return _year(words)


def _is_count(figures: re.Match[str], words: str) -> bool:
    """Whether this is a number of things: "2-3 người", but not "ngày 2-3", "2-3-2027", "2-3"."""
    if figures["mark"] == "/" or figures["year"] or figures[0] == words:
        return False
    return not words[: figures.start()].endswith("ngay ")


def _whole(first_year: int, first: int, last_year: int, last: int) -> Period | None:
    """From the first day of one month to the last of another; None where there is none."""
    begins, ends = days.made(first_year, first, 1), days.made(last_year, last, 1)
    if not begins or not ends:
        return None
    return begins, ends.replace(day=monthrange(last_year, last)[1])


def _days_of_month(words: str, today: dt.date) -> Period | None:
    found = _DAYS_OF_MONTH.search(words)
    if not found:
        return None
    first, last, month = int(found[1]), int(found[2]), int(found[3])
    ends = days.made(int(found[4]), month, last) if found[4] else days.coming(last, month, today)
    begins = ends and days.made(ends.year, month, first)
    return (begins, ends) if begins and ends and begins <= ends else None


def _of_year(found: re.Match[str], first: int, last: int, today: dt.date) -> Period | None:
    """Whole months of the year named, of the next year, or the next that are not yet over.

    Where the last comes before the first they cross the turn of the year ("tháng 11-1/2027"),
    and a year named is the one they end in.
    """
    turn = int(last < first)
    if found["year"]:
        ends = int(found["year"])
    elif found["next"]:
        ends = today.year + 1 + turn
    else:
        ends = today.year + (last < today.month)
    return _whole(ends - turn, first, ends, last)


def _months(words: str, today: dt.date) -> Period | None:
    found = _MONTHS.search(words)
    if found:
        first, last = (
            _MONTH_NAMES.get(name) or int(name) for name in (found[1], found[2] or found[1])
        )
        return _of_year(found, first, last, today)
    found = _MONTH_OF_YEAR.search(words)
    return _whole(int(found[2]), int(found[1]), int(found[2]), int(found[1])) if found else None


def _quarter(words: str, today: dt.date) -> Period | None:
    found = _QUARTER.search(words)
    if not found:
        return None
    last = 3 * (_ROMAN.get(found["which"]) or int(found["which"]))
    return _of_year(found, last - 2, last, today)


def _term(words: str, today: dt.date) -> Period | None:
    """A school term; "học kì 2 năm 2027" is the one in 2027, "năm học 2026-2027" says it too."""
    found = _TERM.search(words)
    if not found:
        return None
    first = found["which"] in ("1", "i")
    if found["began"]:
        began = int(found["began"])
    elif found["year"]:
        began = int(found["year"]) - (not first)
    else:
        ends = (1, 15) if first else (5, 31)
        over = (today.month, today.day) > ends
        began = today.year - 1 + over + bool(found["next"])
    if first:
        return dt.date(began, 9, 1), dt.date(began + 1, 1, 15)
    return dt.date(began + 1, 1, 16), dt.date(began + 1, 5, 31)


def _shifted(words: str, today: dt.date) -> Period | None:
    """This, the next or the last week, weekend, month, quarter or year."""
    found = _SHIFTED.search(words)
    unit = found["unit"] if found else "cuoi tuan" if _WEEKEND.search(words) else ""
    steps = SHIFT[found["which"]] if found else 0
    if unit.endswith("tuan"):
        monday = today + (7 * steps - today.weekday()) * ONE_DAY
        return monday + (5 if unit == "cuoi tuan" else 0) * ONE_DAY, monday + 6 * ONE_DAY
    size = {"thang": 1, "quy": 3, "nam": 12}.get(unit)
    if size is None:
        return None
    start = (today.year * 12 + today.month - 1) // size * size + steps * size
    year, month = divmod(start, 12)
    return _whole(year, month + 1, year, month + size)


def _year(words: str) -> Period | None:
    school = _SCHOOL_YEAR.search(words)
    if school:
        return dt.date(int(school[1]), 9, 1), dt.date(int(school[1]) + 1, 8, 31)
    found = _WHOLE_YEAR.search(words)
    return _whole(int(found[1]), 1, int(found[1]), 12) if found else None
