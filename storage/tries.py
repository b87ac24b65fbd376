"""Wrong codes of every kind, counted by account: five, then a pause."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from storage.models import Account

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Talk

# 240 tries a day: of nine million personal codes some two thousand are in use.
TRIES = 5
PAUSE = timedelta(minutes=30)

COUNTED = select(Account.code_failures).where(Account.id == bindparam("account")).with_for_update()
WRITE = (
    update(Account)
    .where(Account.id == bindparam("account"))
    .values(code_failures=bindparam("failures"), code_pause_until=bindparam("until"))
)


def failed(db: Connection, account_id: int, now: datetime) -> datetime | None:
    """Count a wrong code; returns until when no code is read, where this was the fifth.

    After the pause counting begins anew.
    """
    failures = db.execute(COUNTED, {"account": account_id}).scalar_one() + 1
    until = now + PAUSE if failures >= TRIES else None
    db.execute(WRITE, {"account": account_id, "failures": 0 if until else failures, "until": until})
    return until


def paused(talk: Talk, now: datetime) -> datetime | None:
    """Until when codes from this account are not read, in the zone of `now`; None: they are."""
    until = talk.code_pause_until
    return until.astimezone(now.tzinfo) if until and until > now else None


def passed(db: Connection, account_id: int) -> None:
    """A right code: forget the wrong ones."""
    db.execute(WRITE, {"account": account_id, "failures": 0, "until": None})
