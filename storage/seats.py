"""Who gets a seat: pure rules, without a database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage import worktime
from storage.models import Mode, Standing

if TYPE_CHECKING:
    from datetime import datetime

# An offer waits this many waking hours (6h-21h, no holidays) before it passes on ...
OFFER_HOURS = 15
# ... and never longer than until this much before the course begins.
LAST_CALL = timedelta(hours=2)


def standing_for(
    *,
    seats: int | None,
    held: int,
    waiting: int,
    mode: Mode,
    agreed: bool,
    first_come: bool = False,
) -> Standing:
    """Where a newcomer stands. A free seat belongs to whoever already waits.

    Not so for `first_come`: what nobody can be offered any more is for whoever asks first.
    """
    if seats is not None and (held >= seats or (waiting and not first_come)):
        return Standing.WAITING
    return Standing.ASKED if mode is Mode.PRINCIPAL and not agreed else Standing.SEATED


def to_offer(*, seats: int | None, held: int, waiting: int) -> int:
    """How many of those who wait can be offered a seat now."""
    return waiting if seats is None else max(0, min(waiting, seats - held))


def offer_ends(now: datetime, starts_at: datetime | None) -> datetime | None:
    """When an offer made now lapses; None where the course is too near to make one.

    It is too near where the last call comes before the offer could be said (at night).
    """
    ends = worktime.after_waking_hours(now, OFFER_HOURS)
    if starts_at is None:
        return ends
    last = starts_at.astimezone(now.tzinfo) - LAST_CALL
    return min(ends, last) if last > when_to_offer(now) else None


def first_come(now: datetime, starts_at: datetime | None) -> bool:
    """True so near the beginning that a free seat is for whoever asks first."""
    return offer_ends(now, starts_at) is None


def shortened(now: datetime, starts_at: datetime) -> datetime:
    """The latest end of an offer that was made before the course moved to `starts_at`.

    That is the last call, or the beginning where the last call has passed already.
    """
    last = starts_at.astimezone(now.tzinfo) - LAST_CALL
    return last if last > now else starts_at


def when_to_offer(now: datetime) -> datetime:
    """Offers are not urgent at night or on holidays: they go out at the next waking moment."""
    return worktime.next_waking(now)
