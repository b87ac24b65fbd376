"""What a platform brought, kept until its turn is committed; then the row goes.

A row is in the hands of one process for as long as its lease, which that process renews.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Account, Conversation, InboxEvent

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as it is kept; `tries` counts the turns that failed by themselves."""

    id: int
    channel: str
    body: str
    tries: int


def keep(
    db: Connection, channel: str, key: str, body: str, *, now: datetime, until: datetime
) -> Kept | None:
    """Keep an event, in our hands until a moment; None where it is kept already."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    new = db.execute(
        insert(InboxEvent)
        .values(
            channel=channel, key=key, body=body, received_at=now, leased_until=until, tries=0
        )
        .on_conflict_do_nothing()
        .returning(InboxEvent.id)
    ).scalar_one_or_none()  # fmt: skip
    return None if new is None else Kept(new, channel, body, 0)


def take(
    db: Connection, channels: Collection[str], *, now: datetime, until: datetime, limit: int
) -> list[Kept]:
    """Take what is in nobody's hands any more, the oldest first; no two processes take one row."""
    free = (
        select(InboxEvent.id, InboxEvent.channel, InboxEvent.body, InboxEvent.tries)
        .where(
            InboxEvent.channel.in_(channels),
            or_(InboxEvent.leased_until.is_(None), InboxEvent.leased_until < now),
        )
        .order_by(InboxEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [Kept(row.id, row.channel, row.body, row.tries) for row in db.execute(free)]
    renew(db, [one.id for one in found], until)
    return found


def renew(db: Connection, ids: Collection[int], until: datetime | None) -> None:
    """Hold these until another moment; None gives them back at once."""
    if ids:
        db.execute(update(InboxEvent).where(InboxEvent.id.in_(ids)).values(leased_until=until))


def failed(db: Connection, event_id: int) -> None:
    """Count a turn that failed by itself."""
    db.execute(
        update(InboxEvent).where(InboxEvent.id == event_id).values(tries=InboxEvent.tries + 1)
    )


def done(db: Connection, event_id: int) -> None:
    """The event needs nothing more."""
    db.execute(delete(InboxEvent).where(InboxEvent.id == event_id))


def waiting(db: Connection, before: datetime) -> int:
    """How many events were kept before a moment and had no turn yet."""
    late = select(func.count()).select_from(InboxEvent).where(InboxEvent.received_at < before)
    return db.execute(late).scalar_one()


def last_heard(db: Connection, channel: str) -> datetime | None:
    """When anybody last said something on a channel."""
    found = select(func.max(Conversation.heard_at)).join(
        Account, Account.id == Conversation.account_id
    )
    return db.execute(found.where(Account.channel == channel)).scalar_one()
