"""Messages nobody asked for: owed once, claimed, sent, settled; and the numbers that answer them.

A notice's choices are numbered 11-19, 21-29 … 91-99: its block is the tens digit. A block is
given to one live notice of an account at a time, the longest unused first, so that `11` can never
mean two things; when all nine are taken a notice goes out without numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import worktime
from storage.models import Account, AccountPerson, Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

BLOCKS = range(1, 10)
# Choices of a notice can be answered this long.
LIVE_FOR = timedelta(days=14)
# A lost answer still leaves the message on the screen.
SEEN = (NoticeState.SENT, NoticeState.CLAIMED, NoticeState.UNCERTAIN)
# A claimed notice whose process died comes back after this long: longer than the slowest send.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed notice and the account it goes to (None: the person cannot be reached)."""

    id: int
    key: str
    kind: str
    person_id: int | None
    subject_id: int
    data: dict[str, Any]
    account_id: int | None
    channel: str
    address: str
    language: str
    again: bool
    block: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice on somebody's screen, with the choices that answer it: digits -> action."""

    id: int
    kind: str
    person_id: int | None
    subject_id: int
    sent_at: datetime
    choices: dict[str, str]


def owe(
    db: Connection,
    kind: str,
    *,
    key: str,
    subject_id: int,
    due_at: datetime,
    person_id: int | None = None,
    account_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    urgent: bool = False,
) -> None:
    """Owe a message to a person, or to one account. The same key owes nothing a second time.

    `due_at` is in the local zone: what is due between 21:00 and 6:00 waits for the morning, unless
    it is `urgent`. A moment in UTC comes from the database and has been through this before.
    """
    if not urgent and due_at.tzinfo is not UTC:
        due_at = worktime.after_quiet(due_at)
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(
        insert(Notice)
        .values(
            key=key, kind=kind, person_id=person_id, account_id=account_id, subject_id=subject_id,
            data=dict(data or {}), due_at=due_at, urgent=urgent, state=NoticeState.OWED, reason="",
            block=0, choices={},
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


def claim(db: Connection, now: datetime, limit: int = 50) -> list[Owed]:
    """Take due notices for sending, each for the length of a lease; at night urgent ones only.

    What a dead process had claimed comes back: at least once, and flagged `again`.
    """
    awake = [Notice.urgent] if worktime.is_quiet(now) else []
    due = (
        select(Notice.id)
        .where(
            or_(
                (Notice.state == NoticeState.OWED) & (Notice.due_at <= now),
                (Notice.state == NoticeState.CLAIMED) & (Notice.leased_until < now),
            ),
            *awake,
        )
        .order_by(Notice.due_at, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.execute(due).scalars())
    if not ids:
        return []
    owed = [_owed(db, notice_id) for notice_id in ids]
    db.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(state=NoticeState.CLAIMED, leased_until=now + LEASE, tried=True)
    )
    return owed


def _owed(db: Connection, notice_id: int) -> Owed:
    notice = db.execute(select(Notice.__table__).where(Notice.id == notice_id)).one()
    account = _account(db, notice.account_id, notice.person_id)
    return Owed(
        id=notice.id,
        key=notice.key,
        kind=notice.kind,
        person_id=notice.person_id,
        subject_id=notice.subject_id,
        data=notice.data,
        account_id=account.id if account else None,
        channel=account.channel if account else "",
        address=account.address if account else "",
        language=account.language if account else "vi",
        again=notice.tried,
        block=notice.block if account and notice.sent_to_id == account.id else 0,
    )


def _account(db: Connection, account_id: int | None, person_id: int | None) -> Any:
    """The account a notice goes to: the given one, else the person's newest reachable one."""
    found = select(Account.id, Account.channel, Account.address, Account.language)
    if account_id is not None:
        return db.execute(found.where(Account.id == account_id, Account.reachable)).one_or_none()
    return db.execute(
        found.join(AccountPerson, AccountPerson.account_id == Account.id)
        .where(AccountPerson.person_id == person_id, Account.reachable)
        .order_by(AccountPerson.since.desc(), Account.id.desc())
        .limit(1)
    ).one_or_none()


def reachable(db: Connection, person_id: int) -> bool:
    """True where the person has an account that can be written to."""
    return bool(
        db.execute(
            select(
                exists()
                .where(AccountPerson.person_id == person_id)
                .where(Account.id == AccountPerson.account_id, Account.reachable)
            )
        ).scalar()
    )


def free_block(db: Connection, account_id: int, now: datetime) -> int:
    """The block no live notice of this account holds, the longest unused first; 0 = none free."""
    rows = db.execute(
        select(Notice.block, func.max(Notice.sent_at).label("last"))
        .where(Notice.sent_to_id == account_id, Notice.block > 0, Notice.sent_at.is_not(None))
        .group_by(Notice.block)
    ).all()
    last = {row.block: row.last for row in rows}
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


def address_to(
    db: Connection,
    notice_id: int,
    *,
    account_id: int,
    block: int,
    choices: Mapping[str, str],
    now: datetime,
) -> None:
    """Note, before it is sent, where a notice goes and which numbers will answer it."""
    db.execute(
        update(Notice)
        .where(Notice.id == notice_id)
        .values(sent_to_id=account_id, block=block, choices=dict(choices), sent_at=now)
    )


# How a notice is kept that nobody can have seen.
UNSENT: dict[str, Any] = {
    "tried": False, "sent_to_id": None, "sent_at": None, "block": 0, "choices": {},
}  # fmt: skip

SETTLE = (
    update(Notice)
    .where(Notice.id == bindparam("notice_id"))
    .values(state=bindparam("new_state"), reason=bindparam("why"), sent_at=bindparam("at"))
)
# What is skipped may have been sent before, and the answer lost: its numbers stay its own.
SKIP = (
    update(Notice)
    .where(Notice.id == bindparam("notice_id"))
    .values(state=NoticeState.SKIPPED, reason=bindparam("why"))
)


def settle(
    db: Connection, notice_id: int, state: NoticeState, *, at: datetime | None, reason: str = ""
) -> None:
    """Write how a send ended; `at` is the platform's time from which it could be seen."""
    if state is NoticeState.SKIPPED:
        db.execute(SKIP, {"notice_id": notice_id, "why": reason})
        return
    db.execute(SETTLE, {"notice_id": notice_id, "new_state": state, "why": reason, "at": at})


def postpone(db: Connection, notice_id: int, until: datetime, *, maybe_sent: bool = True) -> None:
    """Owe it again, later, and not at night unless it is urgent.

    The numbers of what may have been sent stay: a second copy, if there is one, means the same.
    What surely was not sent gives them back: nobody can have seen them.
    """
    morning = literal(worktime.after_quiet(until), Notice.due_at.type)
    awake = case((Notice.urgent, literal(until, Notice.due_at.type)), else_=morning)
    unsent = {} if maybe_sent else UNSENT
    db.execute(
        update(Notice)
        .where(Notice.id == notice_id)
        .values(state=NoticeState.OWED, due_at=awake, **unsent)
    )


def answered(db: Connection, notice_id: int, now: datetime) -> None:
    """Free the notice's numbers: its question is settled."""
    db.execute(update(Notice).where(Notice.id == notice_id).values(answered_at=now))


def withdraw(
    db: Connection,
    kinds: Sequence[str],
    subject_id: int,
    now: datetime,
    *,
    person_id: int | None = None,
) -> None:
    """Skip what is still owed about a subject that is settled, and free the numbers of the rest."""
    mine = [Notice.kind.in_(kinds), Notice.subject_id == subject_id]
    if person_id is not None:
        mine.append(Notice.person_id == person_id)
    db.execute(
        update(Notice)
        .where(*mine, Notice.state == NoticeState.OWED)
        .values(state=NoticeState.SKIPPED, reason="settled")
    )
    db.execute(update(Notice).where(*mine, Notice.answered_at.is_(None)).values(answered_at=now))


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


def reach(db: Connection, account_id: int, *, reachable: bool) -> None:
    """Note whether an account can be written to."""
    db.execute(update(Account).where(Account.id == account_id).values(reachable=reachable))
