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
    from collections.abc import Collection, Hashable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as it is kept; `tries` counts the turns that failed by themselves.

    `free` is true where it is in nobody's hands.
    """

    id: int
    channel: str
    body: str
    tries: int = 0
    free: bool = False


def keep(
    db: Connection, channel: str, key: str, body: str, *, now: datetime, until: datetime | None
) -> Kept | None:
    """Keep an event, in our hands until a moment or in nobody's; None where it is kept already."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    new = db.execute(
        insert(InboxEvent)
        .values(
            channel=channel, key=key, body=body, received_at=now, leased_until=until, tries=0
        )
        .on_conflict_do_nothing()
        .returning(InboxEvent.id)
    ).scalar_one_or_none()  # fmt: skip
    return None if new is None else Kept(new, channel, body, free=until is None)


def heard(db: Connection, channel: str, address: str, message_id: str) -> bool:
    """True where a message had its turn; its answer is said, or will be by whoever owes it."""
    found = (
        select(Conversation.heard)
        .join(Account, Account.id == Conversation.account_id)
        .where(Account.channel == channel, Account.address == address)
    )
    return message_id in (db.execute(found).scalar_one_or_none() or ())


def mentioning(db: Connection, channel: str, words: str, limit: int) -> list[Kept]:
    """Events of a channel in whose body these words stand, the newest first."""
    found = (
        select(InboxEvent.id, InboxEvent.body)
        .where(InboxEvent.channel == channel, InboxEvent.body.contains(words, autoescape=True))
        .order_by(InboxEvent.id.desc())
        .limit(limit)
    )
    return [Kept(row.id, channel, row.body) for row in db.execute(found)]


def oldest(db: Connection, channels: Collection[str], now: datetime, limit: int) -> list[Kept]:
    """Everything that is kept, in whosever hands, the oldest first."""
    found = (
        select(
            InboxEvent.id, InboxEvent.channel, InboxEvent.body, InboxEvent.tries,
            _free(now).label("free"),
        )
        .where(InboxEvent.channel.in_(channels))
        .order_by(InboxEvent.id)
        .limit(limit)
    )  # fmt: skip
    return [Kept(*row) for row in db.execute(found)]


def take(
    db: Connection, wanted: Mapping[int, Hashable], *, now: datetime, until: datetime
) -> list[int]:
    """Take what is in nobody's hands; no two processes take one row.

    `wanted` says of each event whose it is, the oldest first. Behind an event that another process
    was quicker to take, nothing of the same person is taken.
    """
    free = (
        select(InboxEvent.id)
        .where(InboxEvent.id.in_(wanted), _free(now))
        .order_by(InboxEvent.id)
        .with_for_update(skip_locked=True)
    )
    locked = set(db.execute(free).scalars())
    behind: set[Hashable] = set()
    taken: list[int] = []
    for one, person in wanted.items():
        if one not in locked:
            behind.add(person)
        elif person not in behind:
            taken.append(one)
    renew(db, taken, until)
    return taken


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(InboxEvent.leased_until.is_(None), InboxEvent.leased_until < now)


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
