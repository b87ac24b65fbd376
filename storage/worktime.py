"""Working days, waking hours, and the clocks that stop outside them.

Every moment is aware and in the local zone (Asia/Ho_Chi_Minh): its own date and clock decide.
`overrides` corrects the calendar of public holidays, whose swapped days for coming years are
estimates until the Government's notice: True makes a day a holiday, False an ordinary day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from collections.abc import Mapping

_WAKE, _SLEEP, _LAST = time(6), time(21), time(20, 59)
# Giờ hành chính; the noon break is not taken out.
_OPEN, _CLOSE = time(7, 30), time(17)
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@lru_cache(maxsize=64)
def _official(year: int) -> frozenset[date]:
    """Public holidays of one year in Vietnam, with their substitutes and swapped days off."""
    return frozenset(holidays.country_holidays("VN", years=year))


def is_holiday(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    """Whether the day is a public holiday (Tết and swapped days included)."""
    if overrides and day in overrides:
        return overrides[day]
    return day in _official(day.year)


def is_working(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    """Whether offices work: Monday to Friday and not a holiday.

    A Saturday worked in exchange for a swapped day off is not counted, which only gives people
    a little more time.
    """
    return day.weekday() < _SATURDAY and not is_holiday(day, overrides)


def after_working_days(
    start: datetime, days: int, overrides: Mapping[date, bool] | None = None
) -> datetime:
    """The same clock time `days` working days later, counted from the first working moment.

    A start outside office hours (working days, 7:30 to 17:00) counts from the next opening, so
    the result is always inside them.

    Raises:
        ValueError: `days` is negative.
    """
    if days < 0:
        raise ValueError("Working days are counted forwards.")
    moment = _opening(start, overrides)
    while days:
        moment += _ONE_DAY
        days -= is_working(moment.date(), overrides)
    return moment


def _opening(now: datetime, overrides: Mapping[date, bool] | None) -> datetime:
    """`now` where offices are open, otherwise the moment they open next."""
    day, clock = now.date(), now.time()
    if clock >= _CLOSE:
        day, clock = day + _ONE_DAY, _OPEN
    while not is_working(day, overrides):
        day, clock = day + _ONE_DAY, _OPEN
    return datetime.combine(day, max(clock, _OPEN), tzinfo=now.tzinfo)


def is_quiet(now: datetime) -> bool:
    """Whether it is between 21:00 (included) and 6:00 (not included), on any day."""
    return not _WAKE <= now.time() < _SLEEP


def after_quiet(now: datetime) -> datetime:
    """`now`, or 6:00 where it is quiet; holidays do not matter."""
    if not is_quiet(now):
        return now
    day = now.date() + _ONE_DAY if now.time() >= _SLEEP else now.date()
    return datetime.combine(day, _WAKE, tzinfo=now.tzinfo)


def before_quiet(now: datetime, evening: time) -> datetime:
    """`now`, or, where it is quiet, the evening before that night at this local time.

    An `evening` that is quiet itself gives the last minute before 21:00.
    """
    if not is_quiet(now):
        return now
    day = now.date() if now.time() >= _SLEEP else now.date() - _ONE_DAY
    clock = evening if _WAKE <= evening < _SLEEP else _LAST
    return datetime.combine(day, clock, tzinfo=now.tzinfo)


def on_working_day(now: datetime, overrides: Mapping[date, bool] | None = None) -> datetime:
    """`now`, or the same clock time of the last working day before it."""
    moment = now
    while not is_working(moment.date(), overrides):
        moment -= _ONE_DAY
    return moment


def next_waking(now: datetime, overrides: Mapping[date, bool] | None = None) -> datetime:
    """`now`, or the next moment that is neither quiet nor on a holiday; weekends are awake."""
    moment = after_quiet(now)
    while is_holiday(moment.date(), overrides):
        moment = datetime.combine(moment.date() + _ONE_DAY, _WAKE, tzinfo=now.tzinfo)
    return moment


def after_waking_hours(
    start: datetime, hours: float, overrides: Mapping[date, bool] | None = None
) -> datetime:
    """When `hours` waking hours have passed: the clock of an offer, which sleeps as people do.

    Only 6:00 to 21:00 counts, on every day that is no holiday. The result is never quiet: hours
    that run out at 21:00 run out at 6:00 of the next waking day.

    Raises:
        ValueError: `hours` is negative.
    """
    if hours < 0:
        raise ValueError("Waking hours are counted forwards.")
    left = timedelta(hours=hours)
    moment = next_waking(start, overrides)
    while left >= (today := datetime.combine(moment.date(), _SLEEP, moment.tzinfo) - moment):
        left -= today
        moment = next_waking(moment + today, overrides)
    return moment + left
