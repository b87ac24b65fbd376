"""Times in which nobody listened to a channel that forgets what nobody hears."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import outbox
from storage.models import Account, Conversation

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

KIND = "again"
# Whoever wrote so shortly before was probably still writing.
ACTIVE = timedelta(minutes=30)
# After this long nobody remembers what they wrote.
WORTH = timedelta(hours=2)


def owe(db: Connection, channel: str, since: datetime, now: datetime) -> int:
    """Owe a word to everybody who may have written between `since` and `now` in vain.

    Those are the accounts heard from in the thirty minutes before, or meanwhile. Once for each
    interruption, however often it is called. Returns how many accounts that concerns.
    """
    found = db.execute(
        select(Account.id)
        .join(Conversation, Conversation.account_id == Account.id)
        .where(
            Account.channel == channel,
            Account.reachable,
            # No end: these are stamps of the platform, whose clock may be ahead of ours.
            Conversation.heard_at >= since - ACTIVE,
        )
        .order_by(Account.id)
    )
    ids = list(found.scalars())
    moment = since.astimezone(UTC).isoformat(timespec="seconds")
    for account_id in ids:
        outbox.owe(
            db, KIND, key=f"{KIND}:{account_id}:{moment}", subject_id=account_id,
            account_id=account_id, due_at=now, urgent=True, data={"at": now.isoformat()},
        )  # fmt: skip
    return len(ids)
