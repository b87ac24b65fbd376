"""As of when, or of which year, figures are asked for."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from handlers.days import made

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A day without a year that lies so far ahead is one of the last year.
AHEAD: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Times:
    """`day`: figures as they were at its end. `span`: those of a year, by its first and last day.

    `ahead` is a day that was said and has not come yet.
    """

    day: date | None = None
    span: tuple[date, date] | None = None
    ahead: date | None = None

    @property
    def said(self) -> bool:
        """True where any time was said."""
        return self != NOW


NOW: Final = Times()

_TO: Final = r"(?:\b(?:tinh|cap nhat)? ?(?:den|toi|vao|truoc|cua)?(?: het)?(?: cuoi)? ?)"
_DAY = re.compile(
    rf"{_TO}(?P<named>(?:ngay|mung|hom) )?(?P<day>\d{{1,2}})(?P<word> thang)? (?P<month>\d{{1,2}})"
    r"(?: (?:nam )?(?P<year>20\d\d))?(?!\S)"
)
_MONTH = re.compile(rf"{_TO}thang (?P<month>\d{{1,2}})(?: (?:nam )?(?P<year>20\d\d))?(?!\S)")
_LAST = re.compile(rf"{_TO}(?P<unit>tuan|thang|quy) truoc(?!\S)")
_YESTERDAY = re.compile(rf"{_TO}(?P<which>hom qua|hom kia)(?!\S)")
_QUARTER = re.compile(
    rf"{_TO}quy (?P<which>[1-4]|i{{1,3}}|iv)(?: (?:nam )?(?P<year>20\d\d))?(?!\S)"
)
_SCHOOL_YEAR = re.compile(
    r"\bnam hoc (?:(?P<year>20\d\d)(?: (?:den )?20\d\d)?|(?P<last>truoc|ngoai|nay))(?!\S)"
)
_YEAR = re.compile(r"\b(?:ca |cua |trong )?nam (?:(?P<year>20\d\d)|(?P<last>truoc|ngoai))(?!\S)")
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def read(words: Sequence[str], today: date, *, marked: bool) -> tuple[Times, set[int]]:
    """The time that folded words say, and the places of the words that say it.

    `marked`: days may be written with "/" or "-", so that "30 11" is one without "ngày".
    """
    line = " ".join(words)
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Times | None]], ...] = (
        (_SCHOOL_YEAR, _school_year), (_DAY, _day), (_LAST, _last), (_YESTERDAY, _yesterday),
        (_QUARTER, _quarter), (_MONTH, _month), (_YEAR, _year),
    )  # fmt: skip
    for pattern, meaning in readers:
        for found in pattern.finditer(line):
            bare = pattern is _DAY and not (marked or found["named"] or found["word"])
            if not bare and (times := meaning(found, today)):
                return times, _taken(words, found)
    return NOW, set()


def _taken(words: Sequence[str], found: re.Match[str]) -> set[int]:
    taken: set[int] = set()
    at = 0
    for number, word in enumerate(words):
        if found.start() <= at and at + len(word) <= found.end():
            taken.add(number)
        at += len(word) + 1
    return taken


def _as_of(day: date | None, today: date) -> Times | None:
    if day is None:
        return None
    if day > today:
        return Times(ahead=day)
    return Times(day=day) if day < today else NOW


def _day(found: re.Match[str], today: date) -> Times | None:
    day, month = int(found["day"]), int(found["month"])
    if found["year"]:
        return _as_of(made(int(found["year"]), month, day), today)
    this = made(today.year, month, day)
    if this and this - today > AHEAD:
        this = made(today.year - 1, month, day)
    coming = made(today.year + 1, month, day)
    if this and coming and this < today and coming - today <= AHEAD:
        return _as_of(coming, today)
    return _as_of(this, today)


def _end(year: int, month: int) -> date | None:
    first = made(year, month, 1)
    return first and first.replace(day=monthrange(year, month)[1])


def _month(found: re.Match[str], today: date) -> Times | None:
    month = int(found["month"])
    year = int(found["year"]) if found["year"] else today.year - (month > today.month)
    end = _end(year, month)
    # The month that runs is asked for as it stands.
    return NOW if end and (year, month) == (today.year, today.month) else _as_of(end, today)


def _quarter(found: re.Match[str], today: date) -> Times | None:
    quarter = _ROMAN.get(found["which"]) or int(found["which"])
    this = (today.month + 2) // 3
    year = int(found["year"]) if found["year"] else today.year - (quarter > this)
    return NOW if (year, quarter) == (today.year, this) else _as_of(_end(year, 3 * quarter), today)


def _last(found: re.Match[str], today: date) -> Times | None:
    first = {
        "tuan": today - timedelta(days=today.weekday()),
        "thang": today.replace(day=1),
        "quy": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
    }[found["unit"]]
    return Times(day=first - timedelta(days=1))


def _yesterday(found: re.Match[str], today: date) -> Times:
    return Times(day=today - timedelta(days=1 + (found["which"] == "hom kia")))


def _year(found: re.Match[str], today: date) -> Times:
    year = int(found["year"]) if found["year"] else today.year - 1
    return NOW if year == today.year else Times(span=(date(year, 1, 1), date(year, 12, 31)))


def _school_year(found: re.Match[str], today: date) -> Times:
    this = today.year - (today.month < 9)
    year = int(found["year"]) if found["year"] else this - (found["last"] != "nay")
    return Times(span=(date(year, 9, 1), date(year + 1, 8, 31)))
