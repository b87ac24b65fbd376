"""When an announcement goes out, and how long that takes.

Never at night, never on a holiday; what nobody chose a time for goes when people like to read.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from storage import channels, paces, worktime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection

    from storage.estimates import Estimate

# When people like to read what is not urgent: over noon and in the evening, the ends not included.
WINDOWS: Final = ((time(11, 30), time(13)), (time(17, 30), time(20)))
# Messages a second by channel, where no program has noted its terms yet.
RATES: Final[Mapping[str, float]] = {
    channels.TELEGRAM: 30, channels.ZALO_BOT: 1, channels.ZALO_OA: 60,
}  # fmt: skip
_ONE_DAY: Final = timedelta(days=1)


def begins(
    now: datetime, due_at: datetime | None, corrections: Mapping[date, bool] | None = None
) -> datetime:
    """When an announcement goes out, in the zone of `now`: never at night or on a holiday.

    At the first waking moment from `due_at` on; None, or a moment that is past, is at once.
    """
    due = now if due_at is None else max(now, due_at.astimezone(now.tzinfo))
    return worktime.next_waking(due, corrections)


def preferred(now: datetime, corrections: Mapping[date, bool] | None = None) -> datetime:
    """When an announcement goes out by itself, that is where the officer says nothing else.

    Now, where people like to read at this hour, else when they do next; never on a holiday.
    """
    day = now.date()
    while True:
        for opens, closes in () if worktime.is_holiday(day, corrections) else WINDOWS:
            if now < datetime.combine(day, closes, tzinfo=now.tzinfo):
                return max(now, datetime.combine(day, opens, tzinfo=now.tzinfo))
        day += _ONE_DAY


def rates(db: Connection, now: datetime) -> dict[str, float]:
    """How many messages a second each channel takes here; 0 for any number."""
    noted = channels.ways(db, now)
    return {**RATES, **{name: way.terms.rate for name, way in noted.items()}}


def ends(
    first: datetime,
    estimate: Estimate,
    corrections: Mapping[date, bool] | None = None,
    rates: Mapping[str, float] = RATES,
) -> datetime | None:
    """When the last message of an estimate has been sent, where the first goes out at `first`.

    Nights and holidays lie between; None where nothing can be sent. `rates` are messages a
    second by channel; one without a rate takes any number.
    """
    if not estimate.ways:
        return None
    messages: dict[str, int] = {}
    for name, one in estimate.ways.items():
        account = paces.account(name)
        messages[account] = messages.get(account, 0) + one.messages
    seconds = max(
        number / rates[account] if rates.get(account) else 0 for account, number in messages.items()
    )
    return worktime.after_waking_hours(first, seconds / 3600, corrections)
