"""The numbers that answer notices: which message two digits mean on an account's screen.

A notice's choices are numbered 11-19, 21-29 … 91-99: its block is the tens digit. A block is
given to one live notice of an account at a time, the longest unused first, so that `11` can never
mean two things; when all nine are taken a notice goes out without numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from storage.models import Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

BLOCKS = range(1, 10)
# Choices of a notice can be answered this long.
LIVE_FOR = timedelta(days=14)
# A lost answer still leaves the message on the screen.
SEEN = (NoticeState.SENT, NoticeState.CLAIMED, NoticeState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice on somebody's screen, with the choices that answer it: digits -> action."""

    id: int
    kind: str
    person_id: int | None
    subject_id: int
    sent_at: datetime
    choices: dict[str, str]


USED = (
    select(Notice.sent_to_id, Notice.block, func.max(Notice.sent_at))
    .where(
        Notice.sent_to_id.in_(bindparam("accounts", expanding=True)),
        Notice.block > 0,
        Notice.sent_at.is_not(None),
    )
    .group_by(Notice.sent_to_id, Notice.block)
)


def used(db: Connection, accounts: Collection[int]) -> dict[int, dict[int, datetime]]:
    """The blocks that notices of these accounts ever had, and when last, by account."""
    found: dict[int, dict[int, datetime]] = {each: {} for each in accounts}
    for account_id, block, last in db.execute(USED, {"accounts": list(found)}):
        if account_id is not None and last is not None:
            found[account_id][block] = last
    return found


def free_block(
    db: Connection, account_id: int, now: datetime, known: dict[int, datetime] | None = None
) -> int:
    """The block no live notice of this account holds, the longest unused first; 0 = none free.

    `known` is what `used` says of the account, where that is known.
    """
    last = used(db, [account_id])[account_id] if known is None else known
    unused = [block for block in BLOCKS if block not in last]
    if unused:
        return unused[0]
    live = {
        row.block
        for row in db.execute(
            select(Notice.block).where(
                Notice.sent_to_id == account_id,
                Notice.block > 0,
                Notice.sent_at > now - LIVE_FOR,
                Notice.answered_at.is_(None),
            )
        )
    }
    idle = sorted((block for block in BLOCKS if block not in live), key=lambda block: last[block])
    return idle[0] if idle else 0


def answered(db: Connection, notice_id: int, now: datetime) -> None:
    """Free the notice's numbers: its question is settled."""
    db.execute(update(Notice).where(Notice.id == notice_id).values(answered_at=now))


def behind(db: Connection, account_id: int, digits: str) -> Sent | None:
    """The notice on this account's screen that was the last to be given these two digits.

    Whatever became of it since: an older one with the same digits is never meant.
    """
    found = (
        select(Notice.id, Notice.kind, Notice.person_id, Notice.subject_id, Notice.sent_at)
        .add_columns(Notice.choices)
        .where(
            Notice.sent_to_id == account_id,
            Notice.block == int(digits[0]),
            Notice.sent_at.is_not(None),
        )
        .order_by(Notice.sent_at.desc(), Notice.id.desc())
        .limit(1)
    )
    row = db.execute(found).one_or_none()
    return Sent(*row) if row else None


def worded(db: Connection, account_id: int, folded: str, now: datetime) -> list[tuple[Sent, str]]:
    """The open notices on an account's screen with this line, newest first, and its digits."""
    found = (
        select(Notice.id, Notice.kind, Notice.person_id, Notice.subject_id, Notice.sent_at)
        .add_columns(Notice.choices, Notice.labels)
        .where(
            Notice.sent_to_id == account_id,
            Notice.block > 0,
            Notice.sent_at > now - LIVE_FOR,
            Notice.answered_at.is_(None),
        )
        .order_by(Notice.sent_at.desc(), Notice.id.desc())
        .limit(len(BLOCKS))
    )
    return [
        (Sent(*sent), str(labels[folded]))
        for *sent, labels in db.execute(found)
        if folded in labels
    ]


def by_id(db: Connection, account_id: int, notice_id: int) -> Sent | None:
    """A notice that went to this account."""
    row = db.execute(
        select(Notice.id, Notice.kind, Notice.person_id, Notice.subject_id, Notice.sent_at)
        .add_columns(Notice.choices)
        .where(
            Notice.id == notice_id,
            Notice.sent_to_id == account_id,
            Notice.sent_at.is_not(None),
        )
    ).one_or_none()
    return Sent(*row) if row else None


def about(db: Connection, account_id: int, kind: str, subject_id: int) -> Sent | None:
    """The newest unanswered notice of a kind about a subject on this account's screen."""
    row = db.execute(
        select(Notice.id, Notice.kind, Notice.person_id, Notice.subject_id, Notice.sent_at)
        .add_columns(Notice.choices)
        .where(
            Notice.sent_to_id == account_id,
            Notice.kind == kind,
            Notice.subject_id == subject_id,
            Notice.state.in_(SEEN),
            Notice.answered_at.is_(None),
            Notice.block > 0,
        )
        .order_by(Notice.id.desc())
        .limit(1)
    ).one_or_none()
    return Sent(*row) if row else None
