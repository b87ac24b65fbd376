"""How fast a channel account is written to unasked: one row an account, shared by all processes.

A leaking bucket (GCRA) that is filled by permission, not by sending: a row is moved once for a
whole batch, so the pace costs two statements however many messages it lets through.

The row never holds a moment to come. It keeps when it was last moved, by whose clock ever, and how
far ahead of that it is, so that a clock which is set by an hour neither opens the bucket nor
shuts it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import channels, replies
from storage.models import Pace

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

SECOND = 1_000_000  # all spans here are whole microseconds
# Bulk fills half a second of the limit at most. Platforms allow a second's worth at once; the
# rest is for replies, which ask nobody, and for what the network bunches together.
BURST = SECOND // 2
# Two clocks differ: a platform's second may be longer than ours.
SHARE = 0.995
# What replies leave to bulk at least, so that nothing starves.
FLOOR = 0.1
# A look at the database is worth it from so many seconds' messages on, or so many messages.
HANDFUL, MOST = 0.2, 50
# A row that was not moved for longer than this and its own wait tells nothing of the time since:
# the clock may have been set. It then goes on as it stands, which costs half a second's messages.
REST = 10 * SECOND
# More than anybody asks for: what a channel without a limit lets through.
EVERYTHING = 1_000_000_000
# Both channels of one Official Account app draw on its one limit.
ACCOUNTS = {channels.ZALO_TEMPLATE: channels.ZALO_OA}

OF_ACCOUNT = select(Pace.at, Pace.ahead, Pace.hold).where(Pace.account == bindparam("name"))
LOCKED = OF_ACCOUNT.with_for_update()
MOVE = (
    update(Pace)
    .where(Pace.account == bindparam("name"))
    .values(at=bindparam("moved"), ahead=bindparam("full"), hold=bindparam("held"))
)


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may be sent now, and in how long there is something to be had again."""

    count: int
    after: timedelta


@dataclass(frozen=True, slots=True)
class Gauge:
    """How full the bucket is: microseconds `ahead` of what may be, and `hold` until it opens."""

    ahead: int = 0
    hold: int = 0

    def later(self, gap: int, rate: float) -> Gauge:
        """The same after a clock went on by so many microseconds; what is no rest counts not."""
        if gap <= 0:
            return self
        plausible = gap <= REST + self.hold + 2 * math.ceil(SECOND / rate)
        drained = max(0, self.ahead - gap) if plausible else self.ahead
        return Gauge(drained, max(0, self.hold - gap))

    def free(self, rate: float) -> int:
        """How many messages there is room for."""
        if self.hold:
            return 0
        room = _burst(rate) - self.ahead
        count = max(0, math.floor(room * rate / SECOND))
        while count and _cost(count, rate) > room:
            count -= 1
        return count

    def filled(self, count: int, rate: float) -> Gauge:
        """The same with so many messages more."""
        return replace(self, ahead=self.ahead + _cost(count, rate)) if count else self

    def wait(self, count: int, rate: float) -> int:
        """In how many microseconds there will be room for so many."""
        return max(0, self.hold, self.ahead + _cost(count, rate) - _burst(rate))


def _burst(rate: float) -> int:
    """What fits at once; one message always does."""
    return max(BURST, _cost(1, rate))


def _cost(count: int, rate: float) -> int:
    return math.ceil(count * SECOND / rate)


def take(db: Connection, channel: str, now: datetime, wanted: int, limit: float) -> Grant:
    """Let up to so many messages through, and move the row; `limit` is in messages a second.

    What replies took lately is subtracted from the limit. A limit of 0 lets everything through.
    Locks the account's row until the turn ends.
    """
    gate = locked(db, channel, now, limit)
    count = min(wanted, gate.free)
    gate.spend(db, count)
    return Grant(count, gate.after(wanted - count))


def hold(db: Connection, channel: str, now: datetime, after: timedelta) -> None:
    """Let nobody send on a channel for so long: its platform has had too much.

    A longer wait that runs already stays.
    """
    gate = locked(db, channel, now, 1)
    wait = after // timedelta(microseconds=1)
    gate.gauge = replace(gate.gauge, hold=max(gate.gauge.hold, wait))
    gate.spend(db, 0)


def locked(db: Connection, channel: str, now: datetime, limit: float) -> Gate:
    """The gate of a channel's account as it stands, locked until the turn ends."""
    name = account(channel)
    row = db.execute(LOCKED, {"name": name}).one_or_none()
    if row is None:
        insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
        db.execute(insert(Pace).values(account=name, at=now, ahead=0, hold=0)
                   .on_conflict_do_nothing())  # fmt: skip
        row = db.execute(LOCKED, {"name": name}).one()
    rate = bulk(limit, replies.rate(db, family(name), now)) if limit else 0.0
    gap = (now - row.at) // timedelta(microseconds=1)
    gauge = Gauge(row.ahead, row.hold)
    # Clocks of several machines differ a little: the row stays with the one that is ahead.
    behind = -REST <= gap < 0
    return Gate(
        name, row.at if behind else now, rate, gauge.later(gap, rate or 1.0), -gap if behind else 0,
    )  # fmt: skip


def bulk(limit: float, taken: float) -> float:
    """Messages a second that replies leave of a limit."""
    return max(limit * FLOOR, limit * SHARE - taken)


def account(channel: str) -> str:
    """Whose limit a channel draws on."""
    return ACCOUNTS.get(channel, channel)


def family(name: str) -> tuple[str, ...]:
    """The channels that draw on an account's limit."""
    return (name, *(channel for channel, owner in ACCOUNTS.items() if owner == name))


class Gate:
    """An account's bucket while its row is locked; without a `rate` it is always open.

    `behind` are the microseconds by which our clock is behind the row's.
    """

    def __init__(self, name: str, at: datetime, rate: float, gauge: Gauge, behind: int) -> None:
        self._name = name
        self._at = at
        self._rate = rate
        self._behind = behind
        self.gauge = gauge

    @property
    def free(self) -> int:
        """How many messages may pass now."""
        if not self._rate:
            return 0 if self.gauge.hold else EVERYTHING
        return self.gauge.free(self._rate)

    def spend(self, db: Connection, count: int) -> None:
        """Let so many through, and move the row."""
        if self._rate:
            self.gauge = self.gauge.filled(count, self._rate)
        db.execute(
            MOVE,
            {"name": self._name, "moved": self._at, "full": self.gauge.ahead,
             "held": self.gauge.hold},
        )  # fmt: skip

    def after(self, wanted: int) -> timedelta:
        """In how long a handful of what is still wanted may pass; no time where nothing is."""
        if not wanted or not self._rate:
            return timedelta(microseconds=self.gauge.hold if wanted else 0)
        handful = min(wanted, max(1, min(MOST, round(self._rate * HANDFUL))))
        wait = self.gauge.wait(handful, self._rate)
        return timedelta(microseconds=wait + self._behind if wait else 0)
