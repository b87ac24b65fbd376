"""Times of day as people type them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from storage.spelling import clean, fold

# "7h 15/12", "7h 15-12" and "7h 15 tháng 12" end in a date, "7h-9h" in another time.
# "7h30", "7g30", "7 giờ 30", "7 rưỡi", "8h kém 15", "7:30", each with a part of the day behind it.
_TIME = re.compile(
    r"(?<![\w/:])(?P<hour>\d{1,2})"
    r"(?: ?(?:h|g|gio)(?![a-z])"
    r"(?: ?(?P<minute>\d{1,2})(?!\d|/|~\d{1,2}(?![\dhg:])| ?(?:h|g|gio|thang)(?![a-z]))"
    r"(?: ?(?:p|ph|phut)\b)?"
    r"| (?P<half>ruoi)\b| kem (?P<less>\d{1,2})\b)?"
    r"| ?: ?(?P<colon>\d{2})\b| (?P<alone>ruoi)\b)"
    r"(?: (?:buoi )?(?P<part>sang|trua|chieu|toi|dem|khuya)\b)?"
)
# Named times of an office day: assumed, and echoed to the person like every other time.
_NAMED: Final = {
    "dau gio sang": dt.time(7, 30),
    "cuoi gio sang": dt.time(11, 0),
    "dau gio chieu": dt.time(13, 30),
    "cuoi gio chieu": dt.time(16, 30),
    "giua trua": dt.time(12, 0),
    "nua dem": dt.time(0, 0),
}
# The hours of a 12-hour clock that each part of the day can mean, and what they are on ours.
_PARTS: Final = {
    "sang": {hour: hour for hour in range(1, 12)},
    "trua": {10: 10, 11: 11, 12: 12, 1: 13, 2: 14},
    "chieu": {12: 12} | {hour: hour + 12 for hour in range(1, 7)},
    "toi": {hour: hour + 12 for hour in range(5, 12)},
    "dem": {12: 0} | {hour: hour for hour in range(1, 5)} | {h: h + 12 for h in range(7, 12)},
}
# What a 24-hour clock may say beside each part of the day.
_LATE: Final = {
    "sang": range(0),
    "trua": range(13, 15),
    "chieu": range(12, 19),
    "toi": range(17, 24),
    "dem": range(19, 24),
}


def time(text: str) -> dt.time | None:
    """The time of day said in `text`, or None where there is none or it does not exist.

    Reads 7h30, 7g30, 7:30, 7 giờ 30, 7 rưỡi, 8h kém 15, 19h, "8h tối" (20:00), "2h chiều"
    (14:00), "đầu giờ chiều" (13:30), with or without accents. An hour without a part of the day
    is taken as written: "2h" is 2:00.
    """
    said = fold(re.sub(r"(?<=\d)\s?[-–.]\s?(?=\d)", "~", clean(text)))
    found = _TIME.search(said)
    if found is None:
        named = (at for words, at in _NAMED.items() if re.search(rf"\b{words}\b", said))
        return next(named, None)
    hour = _hour(int(found["hour"]), "dem" if found["part"] == "khuya" else found["part"])
    minute = 30 if found["half"] or found["alone"] else int(found["minute"] or found["colon"] or 0)
    if hour is None or hour > 23 or minute > 59:
        return None
    if found["less"]:
        earlier = (hour * 60 - int(found["less"])) % (24 * 60)
        return dt.time(*divmod(earlier, 60)) if 0 < int(found["less"]) < 60 else None
    return dt.time(hour, minute)


def _hour(typed: int, part: str | None) -> int | None:
    """The hour on a 24-hour clock; None where it contradicts the part of the day."""
    if part is None or typed in _LATE[part]:
        return typed
    return _PARTS[part].get(typed)
