"""How many answers each process speaks in a second: they ask nobody, and bulk makes room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import ReplyRate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

# Each process reports once a second; what is older than this is of a process that died.
FRESH = timedelta(seconds=3)
KEPT = timedelta(minutes=10)
# A clock that was set back must not let a report count until its time comes again.
RATE = select(func.coalesce(func.sum(ReplyRate.rate), 0.0)).where(
    ReplyRate.channel.in_(bindparam("names", expanding=True)),
    ReplyRate.at > bindparam("since"),
    ReplyRate.at < bindparam("until"),
)


def report(db: Connection, process: str, rates: Mapping[str, float], now: datetime) -> None:
    """Note how many messages a second a process speaks in answers, by channel."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    for channel in sorted(rates):
        values = {"rate": rates[channel], "at": now}
        db.execute(
            insert(ReplyRate)
            .values(channel=channel, process=process, **values)
            .on_conflict_do_update(
                index_elements=[ReplyRate.channel, ReplyRate.process], set_=values
            )
        )


def rate(db: Connection, names: Collection[str], now: datetime) -> float:
    """Messages a second that all processes speak in answers on these channels."""
    span = {"since": now - FRESH, "until": now + FRESH}
    return db.execute(RATE, {"names": list(names), **span}).scalar_one()


def forget(db: Connection, now: datetime) -> None:
    """Take away what processes that are long gone reported."""
    db.execute(delete(ReplyRate).where(ReplyRate.at < now - KEPT))
