"""Messages nobody asked for: owed once, claimed, addressed, settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import worktime
from storage.models import Account, Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection

# A claimed notice whose process died comes back after this long: longer than the slowest send.
LEASE = timedelta(minutes=2)
# Why it is not known whether a notice arrived.
NO_ANSWER = "no answer"
# A send whose answer was lost is tried again after these pauses, and then no more.
PAUSES = (timedelta(seconds=30), timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed notice. `account_id` is set where it must go to that account.

    `again`: it may have arrived already, where `sent_to_id` and `channel` say ("" for nowhere),
    with the numbers of `block` and `cost` đồng counted for it. Whoever claimed it has it in hand
    until `leased_until`.
    """

    id: int
    key: str
    kind: str
    person_id: int | None
    account_id: int | None
    subject_id: int
    data: dict[str, Any]
    urgent: bool
    again: bool
    sent_to_id: int | None
    channel: str
    block: int
    cost: int
    leased_until: datetime | None


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


OWED = select(
    Notice.id, Notice.key, Notice.kind, Notice.person_id, Notice.account_id, Notice.subject_id,
    Notice.data, Notice.urgent, Notice.tried, Notice.sent_to_id, Notice.channel, Notice.block,
    Notice.cost, Notice.leased_until,
).where(Notice.id == bindparam("notice_id"))  # fmt: skip


def lapsed(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """What tells notices whose process died while it had them."""
    return (Notice.state == NoticeState.CLAIMED) & (Notice.leased_until < now)


def due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """What tells notices whose time has come."""
    return (Notice.state == NoticeState.OWED) & (Notice.due_at <= now)


def claim(
    db: Connection,
    now: datetime,
    limit: int = 50,
    route: str | None = None,
    *,
    dead: bool = True,
) -> list[Owed]:
    """Take due notices for sending, each for the length of a lease; at night urgent ones only.

    What a dead process had claimed comes back: at least once, and flagged `again`; not where `dead`
    is false. With a `route`, those only that are expected to take it.
    """
    owed: list[Owed] = []
    until = now + LEASE
    also = [*([Notice.urgent] if worktime.is_quiet(now) else []),
            *([] if route is None else [Notice.route == route])]  # fmt: skip
    # One after the other: each follows an index, and a backlog of any length costs nothing.
    for wanted in (*([lapsed(now)] if dead else []), due(now)):
        rows = db.execute(
            select(*OWED.selected_columns)
            .where(wanted, *also)
            .order_by(Notice.due_at, Notice.id)
            .limit(limit - len(owed))
            .with_for_update(skip_locked=True)
        )
        owed += [replace(Owed(*row), leased_until=until) for row in rows]
    ids = [one.id for one in owed]
    if not ids:
        return []
    # Should whoever had it live and settle it after all, it is known that it was sent twice.
    db.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(
            state=NoticeState.CLAIMED, leased_until=until, tried=True,
            reason=case((Notice.state == NoticeState.CLAIMED, NO_ANSWER), else_=Notice.reason),
        )
    )  # fmt: skip
    return owed


def one(db: Connection, notice_id: int) -> Owed:
    """A notice, as whoever sends it needs it."""
    return Owed(*db.execute(OWED, {"notice_id": notice_id}).one())


IN_HAND = (
    select(*OWED.selected_columns, Notice.route)
    .where(Notice.id.in_(bindparam("ids", expanding=True)), Notice.state == NoticeState.CLAIMED)
    .order_by(Notice.id)
    .with_for_update()
)


def in_hand(db: Connection, owed: Sequence[Owed]) -> list[tuple[Owed, str]]:
    """What was claimed, as it stands now, locked; each with the account it was to draw on.

    Without those whose lease ended and which another one has, or which the one before has settled
    meanwhile. Their people may have become one with other entries since.
    """
    claimed = {one.id: one for one in owed}
    found = ((Owed(*row), route) for *row, route in db.execute(IN_HAND, {"ids": list(claimed)}))
    return [
        (replace(one, again=claimed[one.id].again), route)
        for one, route in found
        if one.leased_until == claimed[one.id].leased_until
    ]


ADDRESS = (
    update(Notice)
    .where(Notice.id == bindparam("notice_id"))
    .values(
        sent_to_id=bindparam("to_id"), channel=bindparam("over"), cost=bindparam("price"),
        block=bindparam("tens"), choices=bindparam("actions"), labels=bindparam("words"),
        sent_at=bindparam("at"), written_at=bindparam("at"), leased_until=bindparam("until"),
    )
)  # fmt: skip


def addressed(
    notice_id: int,
    *,
    account_id: int | None,
    channel: str,
    cost: int,
    block: int,
    choices: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
    now: datetime,
) -> dict[str, Any]:
    """Where a notice goes, at what cost, and what will answer it: to be noted by `address`.

    `account_id` None: to a phone number. `labels` are the digits by the folded words behind them.
    The time to send it begins now.
    """
    return {
        "notice_id": notice_id, "to_id": account_id, "over": channel, "price": cost,
        "tens": block, "actions": dict(choices), "words": dict(labels or {}), "at": now,
        "until": now + LEASE,
    }  # fmt: skip


def address(db: Connection, notices: Sequence[dict[str, Any]]) -> None:
    """Note, before they are sent, where notices go that the caller has in hand."""
    if notices:
        db.execute(ADDRESS, list(notices))


# How a notice is kept that nobody can have seen.
UNSENT: dict[str, Any] = {
    "tried": False, "sent_to_id": None, "sent_at": None, "block": 0, "choices": {}, "labels": {},
    "channel": "", "cost": 0,
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
COST = update(Notice).where(Notice.id == bindparam("notice_id")).values(cost=bindparam("new_cost"))


def settle(
    db: Connection,
    notice_id: int,
    state: NoticeState,
    *,
    at: datetime | None,
    reason: str = "",
    cost: int | None = None,
) -> None:
    """Write how a send ended; `at` is the platform's time from which it could be seen.

    `cost` is what it cost in the end, where that is known.
    """
    if state is NoticeState.SKIPPED:
        db.execute(SKIP, {"notice_id": notice_id, "why": reason})
        return
    db.execute(SETTLE, {"notice_id": notice_id, "new_state": state, "why": reason, "at": at})
    if cost is not None:
        charge(db, notice_id, cost)


def charge(db: Connection, notice_id: int, cost: int) -> None:
    """Write what is counted for a notice, in đồng."""
    db.execute(COST, {"notice_id": notice_id, "new_cost": cost})


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
        .values(state=NoticeState.OWED, due_at=awake, route="", **unsent)
    )


def doubt(db: Connection, notice_id: int, now: datetime) -> None:
    """Nobody knows whether it arrived: owe it again after a while, but not for ever.

    After the last try it stays uncertain; more copies would only annoy whoever got the first.
    """
    before = db.execute(select(Notice.doubts).where(Notice.id == notice_id)).scalar_one()
    mine = update(Notice).where(Notice.id == notice_id)
    if before < len(PAUSES):
        db.execute(mine.values(doubts=before + 1))
        postpone(db, notice_id, now + PAUSES[before])
    else:
        db.execute(mine.values(state=NoticeState.UNCERTAIN, reason=NO_ANSWER, doubts=before + 1))


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


def told(db: Connection, kind: str, subject_id: int) -> list[int]:
    """The people to whom a notice of a kind about a subject was owed, whatever became of it."""
    mine = (Notice.kind == kind, Notice.subject_id == subject_id, Notice.person_id.is_not(None))
    found = select(Notice.person_id).where(*mine).distinct().order_by(Notice.person_id)
    return [person_id for person_id in db.execute(found).scalars() if person_id is not None]


def reach(db: Connection, account_id: int, *, reachable: bool) -> None:
    """Note whether an account can be written to."""
    db.execute(update(Account).where(Account.id == account_id).values(reachable=reachable))
