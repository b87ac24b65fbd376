"""When a training takes place, in an officer's words: "sáng 3/12 và sáng 4/12", "tháng 1/2027".

Days are read before hours: a day without an hour stays a day, and nothing is guessed of it. What
"sáng" and "cả ngày" mean are the hours of an office day; every date is shown with its weekday and
year before anything is opened.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from handlers import days, periods, times
from handlers.course_text import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

# More sessions than this are typed one by one.
MOST: Final = 20
_HOURS: Final = {
    "sang": (dt.time(7, 30), dt.time(11, 30)),
    "chieu": (dt.time(13, 30), dt.time(16, 30)),
    "toi": (dt.time(19), dt.time(21)),
    "day": (dt.time(7, 30), dt.time(16, 30)),
}
_NOON, _EVENING = dt.time(11), dt.time(16)


class Doubt(StrEnum):
    """What is strange about the dates that were written."""

    PAST = "past"
    WEEKDAY = "weekday"  # "Thứ Bảy 3/12" where that is a Thursday
    COUNT = "count"  # "2 buổi", and not two of them are named
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Slot:
    """One session: a day with its hours, a day or several without, or whole months (`vague`)."""

    first: dt.date
    last: dt.date
    start: dt.time | None = None
    end: dt.time | None = None
    vague: bool = False


@dataclass(slots=True)
class _Group:
    """Days, and the hours or parts of the day that were said of them."""

    slots: list[Slot] = field(default_factory=list[Slot])
    parts: list[str] = field(default_factory=list[str])
    hours: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def timed(self) -> bool:
        return bool(self.parts or self.hours)


_N = r"(?<![\w/:.,])"
_SEP = r"\s?(?:,|va|&|\+|-|–|den|toi)\s?(?:ngay |het ngay |het )?"
_MONTH = (
    r"(?:\s?/\s?|\s?\.\s?| thang )(?P<{0}m>\d{{1,2}})(?:(?:\s?/\s?|\s?\.\s?| nam )"
    r"(?P<{0}y>\d{{4}}|\d{{2}}))?"
)
_END = r"(?![\w/%]|[.-]\d| ?(?:h|g|gio)\b)"
_DAY = rf"(?:ngay )?(?P<{{0}}d>\d{{{{1,2}}}}){_MONTH}"
_TIME = (
    r"\d{1,2}\s?(?:(?:h|g|gio)(?![a-z])(?:\s?\d{2}(?!\d|\s?/\s?\d|[.-]\d{1,2}"
    r"(?![\dhg: ]|\s?(?:h|g|gio|:))| ?thang))?(?: ?(?:phut|p)\b)?"
    r"|:\s?\d{2})(?: ruoi\b)?(?: (?:sang|trua|chieu|toi)\b)?"
)
_WEEKDAY = r"(?:thu ?(?:[2-7]|hai|ba|tu|nam|sau|bay)|t[2-7]|chu nhat|cn)"
_WEEK = r"(?: tuan (?:nay|sau|toi)(?: nua)?| nay| toi)?"
_TOKEN = re.compile(
    "|".join(
        (
            rf"(?P<hours>{_N}(?:tu )?(?:(?P<bare>\d{{1,2}})|(?P<begin>{_TIME}))\s?(?:-|–"
            rf"|~|den|toi)\s?"
            rf"(?P<until>{_TIME}))",
            rf"(?P<hour>{_N}{_TIME})",
            rf"(?P<range>{_N}{_DAY.format('a')}\s?(?:-|–|den|toi)\s?"
            rf"(?:het )?{_DAY.format('b')}{_END})",
            rf"(?P<list>{_N}(?:(?:cac )?ngay )?\d{{1,2}}"
            rf"(?:{_SEP}\d{{1,2}})+{_MONTH.format('l')}{_END})",
            rf"(?P<date>{_N}{_DAY.format('c')}{_END})",
            rf"(?P<hyphen>{_N}ngay (?P<hd>\d{{1,2}})-(?P<hm>\d{{1,2}})(?:-(?P<hy>\d{{4}}))?{_END})",
            rf"(?P<weekday>(?<!\w){_WEEKDAY}(?!\w){_WEEK}(?!\w))",
            r"(?P<near>(?<!\w)(?:ngay mai|ngay kia|ngay mot|hom nay|(?<=sang )mai|(?<=chieu )mai"
            r"|(?<=toi )mai|(?<=sang )nay|(?<=chieu )nay|(?<=toi )nay)(?!\w))",
            rf"(?P<lone>{_N}ngay \d{{1,2}}(?: thang (?:nay|sau|toi))?{_END}(?! ?(?:nguoi"
            rf"|buoi|tiet|lop)))",
            r"(?P<months>(?<!\w)(?:du kien )?(?:(?:dau|giua|cuoi|trong|vao) )?(?:thang (?:\d{1,2}"
            r"(?:\s?(?:-|–|den|va)\s?(?:thang )?\d{1,2})?(?:(?:\s?/\s?| nam )\d{4}| nam sau)?"
            r"|sau|toi|nay)|quy (?:[1-4]|i{1,3}|iv)(?:(?:\s?/\s?| nam )\d{4})?)(?!\w)"
            r"|(?<![\w/])\d{1,2}/\d{4}(?![\d/]))",
            r"(?P<part>(?<!\w)(?:buoi )?(?:sang va chieu|ca ngay|nguyen ngay|tron ngay"
            r"|mot ngay(?! kia)"
            r"|sang|chieu|toi)(?!\w))",
        )
    )
)
_COUNT = re.compile(
    r"(?<![\w/:.])(?<!gio )(?<!thu )(?<!thang )(?:trong |gom )?(?P<count>\d{1,2}) ?"
    r"(?P<what>buoi|ngay)"
    r"(?!\w| ?(?:kia|mai))(?: ?:)?"
)
_ACCENTED = {"sang": "sáng", "chieu": "chiều", "toi": "tối"}
_NOT_A_PART = re.compile(r" (?:tao|kien|loc|suot|ngoi|bang|cao)\b")
_EVENING_OF = re.compile(rf"(?:buoi )?toi (?:ngay|mai|nay|{_WEEKDAY}(?!\w)|\d{{1,2}}/)")


def sessions(line: Line, today: dt.date) -> tuple[list[Slot], list[Doubt]]:
    """Take the days and hours out of a line; what they mean, in order, and what is strange.

    A missing year is that of the next such day. Without an hour a slot has a day only.
    """
    counted = line.take(_COUNT)
    groups = list(_groups(_tokens(line, today)))
    found = [slot for group in groups for slot in _slots(group)]
    unique = sorted(set(found), key=lambda one: (one.first, one.start or dt.time(0), one.last))
    doubts: list[Doubt] = list(line.doubts)
    if any(slot.last < today for slot in unique):
        doubts.append(Doubt.PAST)
    if len(unique) > MOST:
        doubts.append(Doubt.MANY)
    if unique and counted and not _agrees(counted, unique):
        doubts.append(Doubt.COUNT)
    return unique[:MOST], list(dict.fromkeys(doubts))


def _agrees(counted: re.Match[str], slots: list[Slot]) -> bool:
    number = int(counted["count"])
    if counted["what"] == "buoi":
        return number == len(slots)
    return number == sum((slot.last - slot.first).days + 1 for slot in slots) or number == len(
        {slot.first for slot in slots}
    )


# (kind, slots of a day or days | part | hours)
_Token = tuple[str, "list[Slot] | str | tuple[str, str]"]


def _tokens(line: Line, today: dt.date) -> list[_Token]:
    """What is said of time, in the order of the line; its words are taken out."""
    found: list[_Token] = []
    matches = [each for each in _TOKEN.finditer(line.low) if _credible(line, each)]
    for at, each in enumerate(matches):
        following = matches[at + 1] if at + 1 < len(matches) else None
        if each["weekday"] and following and _same_day(line, each, following, today):
            line.blank(*each.span())
            continue
        week = _shared_week(line, each, following)
        read = _read(line, each, today, week)
        if read:
            found += read
            line.blank(*each.span())
    return found


def _credible(line: Line, each: re.Match[str]) -> bool:
    """False for words that only look like a part of the day once their accents are gone."""
    if not each["part"]:
        return True
    word = each["part"].removeprefix("buoi ")
    if word not in _ACCENTED:
        return True
    raw = line.raw[each.end() - len(word) : each.end()].lower()
    if raw != word and raw != _ACCENTED[word]:
        return False
    if raw == word and line.accented:
        return False
    rest = line.low[each.start() :]
    if word == "toi" and raw == word:
        return each["part"].startswith("buoi") or bool(_EVENING_OF.match(rest))
    return not _NOT_A_PART.match(line.low[each.end() :])


def _same_day(line: Line, weekday: re.Match[str], following: re.Match[str], today: dt.date) -> bool:
    """True where "Thứ Năm" only says which day the date after it is; a wrong one is doubted."""
    if not (following["date"] or following["hyphen"]):
        return False
    if re.sub(r"\bngay\b|[\s,(]", "", line.low[weekday.end() : following.start()]):
        return False
    said = days.date(line.raw[slice(*weekday.span())], today)
    meant = _date(following, today)
    if said and meant and said.weekday() != meant.weekday():
        line.doubts.append(Doubt.WEEKDAY)
    return True


def _shared_week(line: Line, each: re.Match[str], following: re.Match[str] | None) -> str:
    """The week said once for two days: "thứ 5 và thứ 6 tuần sau"."""
    if not (each["weekday"] and following and following["weekday"]) or "tuan" in each["weekday"]:
        return ""
    between = line.low[each.end() : following.start()]
    if not re.fullmatch(r"[\s,&-]*(?:va|den|sang|chieu)?[\s,]*", between):
        return ""
    found = re.search(r" tuan \w+", following["weekday"])
    return found[0] if found else ""


def _read(line: Line, each: re.Match[str], today: dt.date, week: str) -> list[_Token]:
    raw = line.raw[slice(*each.span())]
    if each["hours"]:
        begin = each["begin"] or f"{each['bare']}h"
        return [("hours", (begin, each["until"]))]
    if each["hour"]:
        return [("hours", (each["hour"], ""))] if times.time(each["hour"]) else []
    if each["part"]:
        return [("part", each["part"].removeprefix("buoi "))]
    slots = _days(each, raw, today, week)
    return [("days", slots)] if slots else []


def _days(each: re.Match[str], raw: str, today: dt.date, week: str) -> list[Slot]:
    if each["months"]:
        span = periods.period(raw, today)
        return [Slot(*span, vague=True)] if span else []
    if each["range"]:
        last = _made(each["bd"], each["bm"], each["by"], today)
        first = _made(each["ad"], each["am"], each["ay"], today)
        return [Slot(first, last)] if first and last and first <= last else []
    if each["list"]:
        return _listed(each, today)
    if each["weekday"]:
        again = 7 if each["weekday"].endswith(" nua") else 0
        day = (
            days.date(re.sub(r"\s(?:nay|nữa|nua|tới|toi)$", "", raw) + week, today)
            if not (each["weekday"].endswith("tuan nay") or each["weekday"].endswith("tuan toi"))
            else days.date(raw, today)
        )
        return [Slot(day + again * days.ONE_DAY, day + again * days.ONE_DAY)] if day else []
    day = _date(each, today) if each["date"] or each["hyphen"] else _near(each, raw, today)
    return [Slot(day, day)] if day else []


def _near(each: re.Match[str], raw: str, today: dt.date) -> dt.date | None:
    if each["near"] == "nay":
        return today
    return days.date(raw, today)


def _date(each: re.Match[str], today: dt.date) -> dt.date | None:
    if each["hyphen"]:
        return _made(each["hd"], each["hm"], each["hy"], today)
    return _made(each["cd"], each["cm"], each["cy"], today)


def _made(day: str, month: str, year: str | None, today: dt.date) -> dt.date | None:
    if year:
        return days.made(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    return days.coming(int(day), int(month), today)


def _listed(each: re.Match[str], today: dt.date) -> list[Slot]:
    """Days of one month: "ngày 3, 4 và 5/12", or "3-5/12" from the first to the last."""
    head = each["list"][: each.start("lm") - each.start("list")]
    numbers = [int(one) for one in re.findall(r"\d{1,2}", head)]
    last = _made(str(numbers[-1]), each["lm"], each["ly"], today)
    if last is None:
        return []
    found = [days.made(last.year, last.month, number) for number in numbers]
    if not all(found) or sorted(numbers) != numbers:
        return []
    if len(numbers) == 2 and re.search(r"-|–|den|toi", head):
        return [Slot(one, last) for one in found[:1] if one]
    return [Slot(one, one) for one in found if one]


def _groups(tokens: list[_Token]) -> Iterator[_Group]:
    """Days with the hours said before them, or after them: as the line begins, so it goes on."""
    before = bool(tokens) and tokens[0][0] != "days"
    groups: list[_Group] = [_Group()]
    for (kind, said), previous in zip(tokens, [None, *(one for one, _ in tokens)], strict=False):
        begins = (
            kind != "days" and previous == "days"
            if before
            else (kind == "days" and previous not in (None, "days"))
        )
        if begins:
            groups.append(_Group())
        _put(groups[-1], said)
    whole = [group for group in groups if group.slots]
    for loose in (group for group in groups if not group.slots):
        _refine(whole, loose)
    for one, following in pairwise(whole):
        if not following.timed:
            following.parts, following.hours = one.parts, one.hours
    yield from whole


def _put(group: _Group, said: list[Slot] | str | tuple[str, str]) -> None:
    if isinstance(said, str):
        group.parts += (
            ["sang", "chieu"] if said == "sang va chieu" else [said if said in _ACCENTED else "day"]
        )
    elif isinstance(said, tuple):
        group.hours.append(said)
    else:
        group.slots += said


def _refine(groups: list[_Group], loose: _Group) -> None:
    """Hours named last are those of every day that has none yet: "thứ 5, từ 8h đến 11h"."""
    for group in groups:
        if not group.hours:
            group.hours = list(loose.hours)
            group.parts = group.parts or list(loose.parts)


def _slots(group: _Group) -> Iterator[Slot]:
    clocks = list(_clocks(group))
    for slot in group.slots:
        if slot.vague or not clocks:
            yield slot
            continue
        for day in range(min((slot.last - slot.first).days + 1, MOST + 1)):
            on = slot.first + day * days.ONE_DAY
            for start, end in clocks:
                yield replace(slot, first=on, last=on, start=start, end=end)


def _clocks(group: _Group) -> Iterator[tuple[dt.time, dt.time]]:
    if not group.hours:
        yield from (_HOURS[part] for part in dict.fromkeys(group.parts))
        return
    parts = group.parts or [""]
    for at, (begin, until) in enumerate(dict.fromkeys(group.hours)):
        part = parts[at] if len(parts) == len(group.hours) else parts[0]
        start = _clock(begin, until, part)
        if start is not None:
            yield start, _until(start, until, part)


def _clock(said: str, until: str, part: str) -> dt.time | None:
    """An hour as an office means it: nobody holds a training at two in the night."""
    named = re.search(r"(sang|trua|chieu|toi)$", said) or re.search(
        r"(sang|trua|chieu|toi)$", until
    )
    shared = named and said == until
    plain = times.time(said)
    if plain is None:
        return None
    hint = "" if named and not shared else part
    if hint in ("chieu", "toi") and plain.hour < 12:
        return times.time(f"{plain.hour}h{plain.minute:02} {hint}") or plain
    spoken = re.search(r"(sang|dem)$", said)
    return plain.replace(hour=plain.hour + 12) if 1 <= plain.hour <= 5 and not spoken else plain


def _until(start: dt.time, said: str, part: str) -> dt.time:
    """The end that was named, else that of the half day, else two hours later."""
    end = times.time(said) if said else None
    if end is not None:
        if end <= start and end.hour < 12:
            end = end.replace(hour=end.hour + 12)
        if end > start:
            return end
    usual = _HOURS[part][1] if part else _HOURS["sang" if start < _NOON else "chieu"][1]
    if start < usual and (part or start < _EVENING):
        return usual
    return start.replace(
        hour=min(start.hour + 2, 23), minute=start.minute if start.hour < 22 else 59
    )
