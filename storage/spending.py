"""What passes over each channel and what it costs: counted by day, bounded by day and month.

Both paid channels of Zalo draw on the money of one Official Account, so one ceiling bounds them
together: they are one purse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import channels
from storage.models import Spending

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from storage.channels import Terms

# What people lose by not hearing: it goes whatever it costs.
CRITICAL = ("moved", "cancelled", "offer", "agree", "claim", "phone_code", "digest")
PURSES = ((channels.ZALO_OA, channels.ZALO_TEMPLATE),)
# The kind of the row that is locked while a month is added up; it counts nothing.
LOCK = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """Messages sent and đồng spent."""

    messages: int
    cost: int


def note(db: Connection, channel: str, day: date, kind: str, messages: int, cost: int) -> None:
    """Add to what passed over a channel on a day (local); negative figures take back.

    Whoever notes several in one turn does so in the order of channel, day and kind.
    """
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(
        insert(Spending)
        .values(channel=channel, day=day, kind=kind, messages=messages, cost=cost)
        .on_conflict_do_update(
            index_elements=[Spending.channel, Spending.day, Spending.kind],
            set_={"messages": Spending.messages + messages, "cost": Spending.cost + cost},
        )
    )


def reserve(
    db: Connection, channel: str, day: date, kind: str, cost: int, terms: Terms, *, critical: bool
) -> bool:
    """Count one message and its cost before it is sent; False where a ceiling forbids it.

    What is `critical` is counted in any case. However many processes ask at once, together they
    never go past a ceiling: whoever asks locks the month until the turn ends.
    """
    if not critical and not _fits(db, channel, day, cost, terms):
        return False
    note(db, channel, day, kind, 1, cost)
    return True


def _fits(db: Connection, channel: str, day: date, cost: int, terms: Terms) -> bool:
    if not terms.day_ceiling and not terms.month_ceiling:
        return True
    purse = _purse(channel)
    _lock(db, purse, day)
    if terms.day_ceiling and _sum(db, purse, Spending.day == day) + cost > terms.day_ceiling:
        return False
    spent = _sum(db, purse, _month(day))
    return not terms.month_ceiling or spent + cost <= terms.month_ceiling


def _lock(db: Connection, purse: tuple[str, ...], day: date) -> None:
    """Let nobody else add up this purse's month before the turn ends."""
    note(db, purse[0], day.replace(day=1), LOCK, 0, 0)


def refund(db: Connection, channel: str, day: date, kind: str, cost: int) -> None:
    """Take back a reservation, of the day on which it was made, of what was surely not sent."""
    note(db, channel, day, kind, -1, -cost)


def of_day(db: Connection, channel: str, day: date) -> Spent:
    """What passed over one channel on a day."""
    return _spent(db, channel, Spending.day == day)


def of_month(db: Connection, channel: str, day: date) -> Spent:
    """What passed over one channel in the calendar month of a day."""
    return _spent(db, channel, _month(day))


def by_kind(db: Connection, day: date) -> dict[tuple[str, str], Spent]:
    """What passed in the calendar month of a day, by channel and kind of message, in order."""
    found = db.execute(
        select(
            Spending.channel, Spending.kind, func.sum(Spending.messages), func.sum(Spending.cost)
        )
        .where(_month(day), Spending.kind != LOCK)
        .group_by(Spending.channel, Spending.kind)
        .order_by(Spending.channel, Spending.kind)
    )
    return {(channel, kind): Spent(messages, cost) for channel, kind, messages, cost in found}


def _purse(channel: str) -> tuple[str, ...]:
    return next((purse for purse in PURSES if channel in purse), (channel,))


def _month(day: date) -> ColumnElement[bool]:
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return (Spending.day >= first) & (Spending.day < following)


def _sum(db: Connection, purse: tuple[str, ...], span: ColumnElement[bool]) -> int:
    found = select(func.coalesce(func.sum(Spending.cost), 0))
    return db.execute(found.where(Spending.channel.in_(purse), span)).scalar_one()


def _spent(db: Connection, channel: str, span: ColumnElement[bool]) -> Spent:
    found = select(
        func.coalesce(func.sum(Spending.messages), 0), func.coalesce(func.sum(Spending.cost), 0)
    ).where(Spending.channel == channel, span)
    return Spent(*db.execute(found).one())
