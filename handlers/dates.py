"""Dates in the house style, and what people mean by theirs (read in `days`, `periods`, `times`).

Moments are local: their own date and clock are written. `language` is "vi" or "en"; any other is
written as Vietnamese.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.days import date, past
from handlers.periods import period
from handlers.times import time

if TYPE_CHECKING:
    import datetime as dt

__all__ = [
    "clock", "date", "day", "moment", "months", "past", "period", "short_day", "span", "time",
]  # fmt: skip

_DAYS = (
    ("Thứ Hai", "Monday"),
    ("Thứ Ba", "Tuesday"),
    ("Thứ Tư", "Wednesday"),
    ("Thứ Năm", "Thursday"),
    ("Thứ Sáu", "Friday"),
    ("Thứ Bảy", "Saturday"),
    ("Chủ Nhật", "Sunday"),
)
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day(when: dt.date, language: str = "vi") -> str:
    """A date in full: "Thứ Bảy, 12/12/2026", "Saturday 12 December 2026"."""
    if language == "en":
        return f"{short_day(when, 'en')} {when.year}"
    return f"{_DAYS[when.weekday()][0]}, {when:%d/%m}/{when.year}"


def short_day(when: dt.date, language: str = "vi") -> str:
    """A date for a list, without its year: "Thứ Bảy 12/12", "Saturday 12 December"."""
    vietnamese, english = _DAYS[when.weekday()]
    if language == "en":
        return f"{english} {when.day} {_MONTHS[when.month - 1]}"
    return f"{vietnamese} {when:%d/%m}"


def clock(when: dt.time | dt.datetime, language: str = "vi") -> str:
    """A time of day: "7h30", "7h00", "19h00"; in English "7:30"."""
    return f"{when.hour}{':' if language == 'en' else 'h'}{when.minute:02}"


def moment(when: dt.datetime, language: str = "vi") -> str:
    """A date and its time: "Thứ Bảy, 12/12/2026, 7h30"."""
    return f"{day(when, language)}, {clock(when, language)}"


def span(start: dt.datetime, end: dt.datetime, language: str = "vi") -> str:
    """From one moment to another: "Thứ Bảy, 12/12/2026, 7h30–16h30"; over days, both in full."""
    if start.date() == end.date():
        return f"{moment(start, language)}–{clock(end, language)}"
    return f"{moment(start, language)} – {moment(end, language)}"


def months(first: dt.date, last: dt.date, language: str = "vi") -> str:
    """The months from one date to another: "tháng 12/2026", "tháng 7–8/2027", "July–August 2027".

    Over the turn of a year both years are written: "tháng 12/2026 – 1/2027".
    """
    one_year, one_month = first.year == last.year, first.month == last.month
    if language == "en":
        begins, ends = _MONTHS[first.month - 1], _MONTHS[last.month - 1]
    else:
        begins, ends = str(first.month), str(last.month)
    year = " " if language == "en" else "/"
    if one_year:
        written = ends if one_month else f"{begins}–{ends}"
    else:
        written = f"{begins}{year}{first.year} – {ends}"
    written = f"{written}{year}{last.year}"
    return written if language == "en" else f"tháng {written}"
