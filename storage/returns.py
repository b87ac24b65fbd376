"""Notices that could not be delivered: owed again elsewhere, or when somebody comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select, update

from storage import outbox, worktime
from storage.models import AccountPerson, Notice, NoticeState, Registration, Session

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

LOST = "unreachable"
# What is still worth hearing later, about a registration; and about a claim.
ABOUT_A_PLACE = ("offer", "moved", "cancelled", "agree")
KINDS = (*ABOUT_A_PLACE, "claim")


def lost(db: Connection, notice_id: int, account_id: int, now: datetime) -> None:
    """The account cannot be reached: the notice goes to the person's next one, or has failed.

    What is owed to one account alone goes nowhere else.
    """
    outbox.reach(db, account_id, reachable=False)
    notice = db.execute(
        select(Notice.account_id, Notice.person_id).where(Notice.id == notice_id)
    ).one()
    if (
        notice.account_id is None
        and notice.person_id is not None
        and outbox.reachable(db, notice.person_id)
    ):
        db.execute(
            update(Notice)
            .where(Notice.id == notice_id)
            .values(state=NoticeState.OWED, due_at=now, **outbox.UNSENT)
        )
        return
    outbox.settle(db, notice_id, NoticeState.FAILED, at=None, reason=LOST)


def come_back(db: Connection, account_id: int, now: datetime) -> None:
    """The account can be reached again: owe its people what they missed and what still matters.

    Only the newest notice of a kind about a subject, while its question is open and its course
    has not begun. Whether it is true is asked again when its words are made.
    """
    outbox.reach(db, account_id, reachable=True)
    people = select(AccountPerson.person_id).where(AccountPerson.account_id == account_id)
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
