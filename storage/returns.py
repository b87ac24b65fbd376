"""Notices that could not be delivered: owed again elsewhere, or when somebody comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select, update

from storage import outbox, reach, worktime
from storage.models import (
    Account,
    AccountPerson,
    Notice,
    NoticeState,
    Person,
    Registration,
    Session,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.reach import Choice

LOST = reach.Why.UNREACHABLE.value
# The platform will never take these words.
REJECTED = "rejected"
# What is still worth hearing later, about a registration; and about a claim.
ABOUT_A_PLACE = ("offer", "moved", "cancelled", "agree", "nominated")
KINDS = (*ABOUT_A_PLACE, "claim")


def lost(
    db: Connection, notice_id: int, account_id: int | None, now: datetime, *, number: str = ""
) -> bool:
    """The account, or the number, cannot be reached: the notice is owed anew, or has failed.

    What is owed to one account alone goes nowhere else. True where it has failed.
    """
    owed = replace(outbox.one(db, notice_id), again=False)
    if account_id is not None:
        outbox.reach(db, account_id, reachable=False)
    elif owed.person_id is not None:
        db.execute(update(Person).where(Person.id == owed.person_id).values(deaf_phone=number))
    choice = reach.choose(db, owed, now)
    if choice.why is reach.Why.UNREACHABLE:
        fail(db, notice_id, choice)
        return True
    db.execute(
        update(Notice)
        .where(Notice.id == notice_id)
        .values(state=NoticeState.OWED, due_at=now, **outbox.UNSENT)
    )
    return False


def fail(db: Connection, notice_id: int, choice: Choice) -> None:
    """Nobody can be reached. Accounts silent for too long are so until their owner writes."""
    outbox.settle(db, notice_id, NoticeState.FAILED, at=None, reason=LOST)
    if choice.lapsed:
        db.execute(update(Account).where(Account.id.in_(choice.lapsed)).values(reachable=False))


def come_back(db: Connection, account_id: int, now: datetime) -> None:
    """The account can be reached again: owe its people what they missed and what still matters."""
    outbox.reach(db, account_id, reachable=True)
    people = select(AccountPerson.person_id).where(AccountPerson.account_id == account_id)
    owe_missed(db, people, now)


def owe_missed(db: Connection, people: Select[int] | Collection[int], now: datetime) -> None:
    """Owe people who can be reached now what failed because they could not.

    Only the newest notice of a kind about a subject, while its question is open and its course
    has not begun. Whether it is true is asked again when its words are made.
    """
    newest = (
        select(func.max(Notice.id))
        .where(Notice.kind.in_(KINDS), Notice.person_id.in_(people))
        .group_by(Notice.kind, Notice.subject_id, Notice.person_id)
    )
    begun = exists(
        select(Session.id)
        .join(Registration, Registration.course_id == Session.course_id)
        .where(Registration.id == Notice.subject_id, Session.starts_at <= now)
        .correlate(Notice)
    )
    db.execute(
        update(Notice)
        .where(
            Notice.id.in_(newest),
            Notice.state == NoticeState.FAILED,
            Notice.reason == LOST,
            Notice.answered_at.is_(None),
            or_(Notice.kind.not_in(ABOUT_A_PLACE), ~begun),
        )
        .values(
            state=NoticeState.OWED, reason="", due_at=worktime.after_quiet(now), **outbox.UNSENT
        )
    )
