"""Who gets a seat: pure rules, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from storage import worktime
from storage.models import Mode, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# An offer waits this many waking hours (6h-21h, no holidays) before it passes on ...
OFFER_HOURS = 15
# ... and never longer than until this much before the course begins.
LAST_CALL = timedelta(hours=2)


@dataclass(slots=True)
class Room:
    """The free seats of one course, while they are given out one by one.

    `free` are all that nobody holds, None where as many come as like. `apart` are those kept for
    the people of a unit and not taken by them yet: they may be more than are free, where others
    had their seats first.
    """

    free: int | None
    apart: dict[int, int] = field(default_factory=dict[int, int])

    def left(self, unit_id: int | None) -> int | None:
        """How many seats people of this unit's quota, or of none, could have; None: any number."""
        if self.free is None:
            return None
        own = self.apart.get(unit_id, 0) if unit_id is not None else 0
        others = sum(self.apart.values()) - own
        return max(min(self.free, own), self.free - others, 0)

    def take(self, unit_id: int | None) -> bool:
        """Give somebody a seat: of their unit's quota first, then of the open ones; False: none."""
        left = self.left(unit_id)
        if left == 0:
            return False
        if unit_id is not None and self.apart.get(unit_id):
            self.apart[unit_id] -= 1
        if self.free is not None:
            self.free -= 1
        return True


def set_apart(quotas: Mapping[int, int], held: Mapping[int | None, int]) -> dict[int, int]:
    """What is left of each quota, by unit, where its people hold so many seats."""
    return {unit: max(0, seats - held.get(unit, 0)) for unit, seats in quotas.items()}


def quota_of(quotas: Mapping[int, int], *paths: str) -> int | None:
    """The unit whose quota counts for somebody at a place: the nearest above; None: none.

    `paths` are the units of the school: those of today, then the former ones, which count only
    where none of today's has a quota.
    """
    for path in paths:
        above = [int(part) for part in path.split("/") if part]
        if found := next((unit for unit in reversed(above) if unit in quotas), None):
            return found
    return None


def in_proportion(seats: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Divide seats among units by their weights, by the largest remainder; all are given out.

    Of equal remainders the greater weight comes first, then the smaller id. Nothing to nobody.
    """
    total = sum(weights.values())
    if total <= 0:
        return {}
    shares = {unit: divmod(seats * weight, total) for unit, weight in weights.items()}
    left = seats - sum(whole for whole, _ in shares.values())
    first = sorted(shares, key=lambda unit: (-shares[unit][1], -weights[unit], unit))
    return {unit: whole + (unit in first[:left]) for unit, (whole, _) in shares.items()}


def standing_for(
    *,
    seats: int | None,
    held: int,
    waiting: int,
    mode: Mode,
    agreed: bool,
    first_come: bool = False,
    room: bool | None = None,
) -> Standing:
    """Where a newcomer stands. A free seat belongs to whoever already waits.

    Not so for `first_come`: what nobody can be offered any more is for whoever asks first. `room`:
    whether a seat is left for them, where quotas or a limit per school decide about it.
    """
    if room is None:
        room = seats is None or (held < seats and (not waiting or first_come))
    if not room:
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
