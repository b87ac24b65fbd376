"""What one month cost, by channel and kind of message, and what no money was left for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import spending
from storage.models import Notice, NoticeState
from storage.reach import Why

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Cost:
    """Messages of one kind over one channel, and what they cost in đồng."""

    channel: str
    kind: str
    messages: int
    cost: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month's figures; `withheld` counts by kind the notices that a ceiling held back."""

    costs: list[Cost]
    withheld: dict[str, int]

    @property
    def total(self) -> int:
        """What the month cost, in đồng."""
        return sum(one.cost for one in self.costs)


def of_month(db: Connection, day: date, zone: ZoneInfo) -> Month:
    """The figures of the calendar month of a day, in local time."""
    costs = [
        Cost(channel, kind, spent.messages, spent.cost)
        for (channel, kind), spent in spending.by_kind(db, day).items()
    ]
    return Month(costs, _withheld(db, day.replace(day=1), zone))


def _withheld(db: Connection, first: date, zone: ZoneInfo) -> dict[str, int]:
    following = (first + timedelta(days=31)).replace(day=1)
    begin, end = (datetime.combine(day, time(), zone) for day in (first, following))
    found = db.execute(
        select(Notice.kind, func.count().label("number"))
        .where(
            Notice.state == NoticeState.SKIPPED,
            Notice.reason == Why.CEILING,
            Notice.due_at >= begin,
            Notice.due_at < end,
        )
        .group_by(Notice.kind)
        .order_by(Notice.kind)
    )
    return {row.kind: row.number for row in found}
