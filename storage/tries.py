"""Wrong codes of every kind, counted by account and over all accounts: then a pause."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit
from storage.models import Account, WrongCodes

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Talk

# Every so many wrong codes bring a pause, a longer one each time: from the third on, five tries
# a day. Of nine million personal codes some two thousand are in use.
TRIES = 5
PAUSE = timedelta(minutes=30)
PAUSES = (PAUSE, timedelta(hours=2), timedelta(days=1))
# Wrong codes of all accounts together in one hour of the clock: many accounts guess no faster.
MOST = 200
HOUR = timedelta(hours=1)

COUNTED = select(Account.code_failures).where(Account.id == bindparam("account")).with_for_update()
WRITE = (
    update(Account)
    .where(Account.id == bindparam("account"))
    .values(code_failures=bindparam("failures"), code_pause_until=bindparam("until"))
)
OF_ALL = select(WrongCodes.wrong).where(WrongCodes.hour == bindparam("of"))


def failed(
    db: Connection, account_id: int, now: datetime, *, alone: bool = False
) -> datetime | None:
    """Count a wrong code; returns until when this account's codes are not read, where it is so.

    Counting goes on after a pause, so that the next one is longer. `alone`: a code that only this
    account could have been sent; it does not count against everybody.
    """
    failures = db.execute(COUNTED, {"account": account_id}).scalar_one() + 1
    until = None
    if failures % TRIES == 0:
        level = min(failures // TRIES, len(PAUSES))
        until = now + PAUSES[level - 1]
    db.execute(WRITE, {"account": account_id, "failures": failures, "until": until})
    everybody = None if alone else _count(db, now)
    return max(until, everybody) if until and everybody else until or everybody


def paused(db: Connection, talk: Talk, now: datetime, *, alone: bool = False) -> datetime | None:
    """Until when codes from this account are not read, in the zone of `now`; None: they are.

    After too many wrong codes of all accounts none is read until the hour is over, but those that
    were sent to one account alone.
    """
    until = talk.code_pause_until
    if until and until > now:
        return until.astimezone(now.tzinfo)
    if alone:
        return None
    hour = _hour(now)
    wrong = db.execute(OF_ALL, {"of": hour}).scalar_one_or_none() or 0
    return hour + HOUR if wrong >= MOST else None


def passed(db: Connection, account_id: int) -> None:
    """A code led to somebody or something new to this account: forget the wrong ones."""
    db.execute(WRITE, {"account": account_id, "failures": 0, "until": None})


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _count(db: Connection, now: datetime) -> datetime | None:
    """Count a wrong code of anybody; the one that is too many is noted, once an hour."""
    hour = _hour(now)
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    wrong = db.execute(
        insert(WrongCodes)
        .values(hour=hour, wrong=1)
        .on_conflict_do_update(index_elements=["hour"], set_={"wrong": WrongCodes.wrong + 1})
        .returning(WrongCodes.wrong)
    ).scalar_one()
    if wrong == MOST:
        audit.note(
            db, actor_id=None, action="codes paused", subject="codes", subject_id=0, now=now,
            wrong=wrong,
        )  # fmt: skip
    return hour + HOUR if wrong >= MOST else None
