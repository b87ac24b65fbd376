"""Days as people name them, with or without accents."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from storage.spelling import clean, fold

ONE_DAY: Final = dt.timedelta(days=1)
NUMBERS: Final = {
    "muoi hai": 12, "muoi mot": 11, "muoi": 10, "mot": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
# A year after a month: "/2027", "năm 2027", "năm sau".
YEAR: Final = r"(?:(?: ?[/~] ?| nam )(?P<year>\d{4})\b|(?P<next> nam sau| nam toi| sang nam))?"
SHIFT: Final = {"nay": 0, "sau": 1, "toi": 1, "truoc": -1}

# Accents are evidence: these words fold to ones that name a day, and do not name it.
_MISLEADING = re.compile(r"\b(?:mãi|mái|mài|mại|mải|tuấn|tuân|từ|tự|tủ)\b|^một$")
# These name one only with their accents: "thang sau" is the next month, "tháng sáu" is June.
_TELLING: Final = (("mốt", "ngày kia"), ("tháng sáu", "tháng 6"))
# Mai is also a name: after these words, and where a capital stands inside a sentence.
_NAME_MAI = re.compile(r"\b(?:h|thi|co|chi|thay|be|ten|xuan|ngoc|quynh|tuyet|phuong|thanh) mai\b")
_CAPITAL_MAI = re.compile(
    r"(?<=[\w,] )(?<!gày )(?<!gay )(?<!áng )(?<!ang )(?<!iều )(?<!ieu )(?<!ối )Mai\b"
)

_NUMERIC = re.compile(
    r"(?<![\w/~:])(?<!thang )(?<!quy )(?P<day>\d{1,2}) ?(?P<mark>[/~]) ?(?P<month>\d{1,2})"
    r"(?: ?(?P=mark) ?(?P<year>\d{4}|\d{2}))?(?!\d| ?[/~:%]| ?(?:h|g|gio)(?![a-z]))"
)
_SPELT = re.compile(rf"(?<![\w/~])(?P<day>\d{{1,2}}) thang (?P<month>\d{{1,2}}){YEAR}(?![\d/~])")
_DAY_ALONE = re.compile(
    r"\bngay (?P<day>\d{1,2})(?![\d/~:%]| ?(?:h|g|gio|nguoi|buoi|lan|lop|tiet|phut)\b)"
    r"(?: thang (?P<month>nay|sau|toi)\b)?(?! thang\b)"
)
_WEEKDAY = re.compile(
    r"\b(?<!lan )(?<!nguoi )"
    r"(?:thu ?(?P<name>[2-7]|hai|ba|tu|nam|sau|bay)|t(?P<short>[2-7])|(?P<sunday>chu nhat|cn))"
    r"(?: (?P<week>tuan (?:nay|sau|toi|truoc)))?(?![\w/~])"
)
_RELATIVE: Final = (
    (re.compile(r"\b(?:ngay kia|ngay mot|mot kia)\b|^mot$"), 2),
    (re.compile(r"\bmai\b"), 1),
    (re.compile(r"\b(?:hom|bua|sang|trua|chieu|toi) nay\b"), 0),
    (re.compile(r"\b(?:hom|bua) qua\b"), -1),
)


def date(text: str, today: dt.date) -> dt.date | None:
    """The one day said in `text`, or None where none is said or it does not exist.

    Reads 15/12/2026, 15/12, 15-12, 15.12.26, "ngày 15 tháng 12", "ngày 15", "thứ 5 tuần sau",
    "chủ nhật", "mai", "ngày kia" or "mốt". Day before month, never the other way, never
    year-first. A missing year or month is that of the next such day, today included; a bare
    weekday is the next one after today.
    """
    words = said(text)
    found = numeric(words)
    return written(found, today) if found else named(words, today)


def past(text: str, today: dt.date) -> dt.date | None:
    """The same of days that are over: a missing year or month is that of the last such day.

    What can only be said of a day to come, such as one with its year or "mai", stays to come.
    """
    found = date(text, today)
    if found is None or found <= today:
        return found
    months = 12 * found.year + found.month - 1
    for back in range(1, 13):
        year, month = divmod(months - back, 12)
        day = made(year, month + 1, found.day)
        # Of that day, and of the one before it, the words say the same only where they mean it.
        if day and day <= today and date(text, day) == date(text, day - ONE_DAY) == day:
            return day
    return found


def said(text: str) -> str:
    """The folded text to look for days in: "~" where a dot or a hyphen joined two numbers."""
    typed = clean(text)
    if not typed.isupper():
        typed = _CAPITAL_MAI.sub("·", typed)
    typed = _MISLEADING.sub("·", typed.casefold())
    for telling, plain in _TELLING:
        typed = typed.replace(telling, plain)
    folded = fold(re.sub(r"(?<=\d)\s?[-–—.]\s?(?=\d)", "~", typed))
    return _NAME_MAI.sub("·", folded)


def numeric(words: str) -> re.Match[str] | None:
    """The first day in figures, with its groups day, mark ("/" or "~"), month and year."""
    return _NUMERIC.search(words)


def written(found: re.Match[str], today: dt.date) -> dt.date | None:
    """The day of a match that has the groups day, month, year and perhaps next."""
    day, month = int(found["day"]), int(found["month"])
    if found["year"]:
        year = int(found["year"])
        return made(year + 2000 if year < 100 else year, month, day)
    if "next" in found.re.groupindex and found["next"]:
        return made(today.year + 1, month, day)
    return coming(day, month, today)


def named(words: str, today: dt.date) -> dt.date | None:
    """The day said in words: "15 tháng 12", "thứ 5", "mai", "ngày 15"."""
    spelt = _SPELT.search(words)
    if spelt:
        return written(spelt, today)
    weekday = _WEEKDAY.search(words)
    if weekday:
        return _weekday(weekday, today)
    for word, days in _RELATIVE:
        if word.search(words):
            return today + days * ONE_DAY
    alone = _DAY_ALONE.search(words)
    return _day_alone(int(alone["day"]), alone["month"], today) if alone else None


def made(year: int, month: int, day: int) -> dt.date | None:
    """The date, or None where there is no such date."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def coming(day: int, month: int, today: dt.date) -> dt.date | None:
    """The next such day, today included; 29/02 waits for its leap year."""
    candidates = (made(year, month, day) for year in range(today.year, today.year + 9))
    return next((found for found in candidates if found and found >= today), None)


def _weekday(found: re.Match[str], today: dt.date) -> dt.date:
    name: str = found["name"] or found["short"] or ""
    # Thứ Hai is Monday: the week is counted from 2, and Sunday ends it.
    place = 6 if found["sunday"] else (NUMBERS.get(name) or int(name)) - 2
    day = today + (place - today.weekday()) * ONE_DAY
    if found["week"]:
        return day + 7 * SHIFT[found["week"].split()[1]] * ONE_DAY
    return day if day > today else day + 7 * ONE_DAY


def _day_alone(day: int, which: str | None, today: dt.date) -> dt.date | None:
    """The next month that has such a day, or the month named; no two in a row lack it."""
    months = [divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(3)]
    if which:
        year, month = months[SHIFT[which]]
        return made(year, month + 1, day)
    candidates = (made(year, month + 1, day) for year, month in months)
    return next((found for found in candidates if found and found >= today), None)
