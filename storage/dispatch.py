"""Which notices go out next: as many of each channel account as its pace grants, and no more.

What one turn claims is sent at once by whoever claimed it, so nothing sits claimed and unsent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, exists, func, literal, or_, select, true, update

from storage import channels, outbox, paces, worktime
from storage.models import Account, AccountPerson, Channel, Conversation, Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, ScalarSelect

    from storage.channels import Way
    from storage.outbox import Owed

# What nobody has looked at; and what is for somebody without any way: it waits for no pace.
FRESH, NOWHERE = "", "-"
ACCOUNTS = (channels.TELEGRAM, channels.ZALO_BOT, channels.ZALO_OA)
ROUTES = (FRESH, NOWHERE, *ACCOUNTS)
# So many are looked at in one turn: a few milliseconds.
ROUTED = 200


def _some(name: str, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether anything may be sent on a route; what was claimed once has been looked at."""
    now = bindparam("now", type_=Notice.due_at.type)
    wanted = (outbox.due(now), outbox.lapsed(now))
    return or_(*(exists().where(one, Notice.route == name, *also) for one in wanted))


AWAKE = select(*(_some(name) for name in ROUTES))
QUIET = select(*(_some(name, Notice.urgent == true()) for name in ROUTES))


_moment = {name: bindparam(name, type_=Notice.due_at.type) for name in ("now", "since", "until")}
_flying = (Notice.state == NoticeState.CLAIMED) & (Notice.leased_until > _moment["now"])
WRITTEN = (
    select(Notice.sent_to_id, func.max(Notice.written_at), func.max(case((_flying, 1), else_=0)))
    .where(
        Notice.sent_to_id.in_(bindparam("accounts", expanding=True)),
        Notice.id.not_in(bindparam("mine", expanding=True)),
        _flying | Notice.written_at.between(_moment["since"], _moment["until"]),
    )
    .group_by(Notice.sent_to_id)
)


SOONEST = select(func.min(Notice.due_at)).where(
    Notice.state == NoticeState.OWED, Notice.due_at > _moment["now"]
)


@dataclass(frozen=True, slots=True)
class Look:
    """What was claimed, and `after` how long more may be, or is due; None where nothing waits.

    `full` where there may be more that only waits for room.
    """

    owed: tuple[Owed, ...]
    after: timedelta | None
    full: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a notice goes whose words are made; `route` is the account it was expected to use."""

    notice_id: int
    account_id: int | None
    channel: str
    route: str


def look(db: Connection, now: datetime, room: int, *, dead: bool = True) -> Look:
    """Claim what may be sent now, `room` notices at most; of one account the longest due first.

    A channel that carries nothing holds up no other, and neither does one that is slow. What dead
    processes had in hand is left where `dead` is false.
    """
    pending = _pending(db, now)
    if FRESH in pending and (fresh := route(db, now)):
        pending = _pending(db, now)
    else:
        fresh = 0
    owed: list[Owed] = []
    waits: list[timedelta] = []
    full = fresh == ROUTED
    ways = channels.ways(db, now) if pending else {}
    # In one order everywhere: two processes never wait for each other's rows crosswise.
    for name in sorted(pending - {FRESH}):
        left = room - len(owed)
        if not left:
            full = True
            break
        claimed, after = _claim(db, name, now, left, ways, dead=dead)
        owed += claimed
        full = full or len(claimed) == left
        waits += [after] if after is not None else []
    if not full and (soonest := db.execute(SOONEST, {"now": now}).scalar_one()):
        waits.append(soonest - now)
    return Look(tuple(owed), min(waits, default=None), full)


def _claim(
    db: Connection, name: str, now: datetime, room: int, ways: dict[str, Way], *, dead: bool
) -> tuple[list[Owed], timedelta | None]:
    """Claim as many as the pace grants; how long more have to wait, None where none does."""
    if name == NOWHERE:
        return outbox.claim(db, now, room, name, dead=dead), None
    gate = paces.locked(db, name, now, rate(ways, name))
    granted = min(room, gate.free)
    owed = outbox.claim(db, now, granted, name, dead=dead) if granted else []
    if owed or not granted:  # where nothing passes the row is moved as well: time begins to count
        gate.spend(db, len(owed))
    paced = len(owed) == granted < room
    return owed, gate.after(room - granted) if paced else None


def _pending(db: Connection, now: datetime) -> set[str]:
    """On which routes something may be sent now."""
    statement = QUIET if worktime.is_quiet(now) else AWAKE
    found = db.execute(statement, {"now": now}).one()
    return {name for name, waits in zip(ROUTES, found, strict=True) if waits}


def rate(ways: dict[str, Way], name: str) -> float:
    """Messages a second that an account's platform takes; 0: any number."""
    limits = [ways[one].terms.rate for one in paces.family(name) if one in ways]
    return min((one for one in limits if one), default=0.0)


def route(db: Connection, now: datetime) -> int:
    """Guess for what is newly due which account it will draw on; returns for how many.

    A guess only: the way is chosen when the words are made, and charged to the account it takes.
    """
    fresh = (
        select(Notice.id)
        .where(or_(outbox.due(now), outbox.lapsed(now)), Notice.route == FRESH)
        .order_by(Notice.due_at, Notice.id)
        .limit(ROUTED)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.execute(fresh).scalars())
    if ids:
        db.execute(update(Notice).where(Notice.id.in_(ids)).values(route=expected()))
    return len(ids)


def expected() -> ColumnElement[str]:
    """The account a notice is expected to draw on, by what is known at this moment."""
    guess = func.coalesce(_of_account(), _of_person(), _of_phone())
    return case((guess.in_(ACCOUNTS), guess), else_=NOWHERE)


def _of_account() -> ScalarSelect[str]:
    """The channel of the account it has to go to, or where it may have arrived."""
    return (
        select(Account.channel)
        .where(Account.id == func.coalesce(Notice.account_id, Notice.sent_to_id))
        .scalar_subquery()
    )


def _of_person() -> ScalarSelect[str]:
    """The channel on which its person was heard from last, of those that run."""
    stopped = exists().where(Channel.name == Account.channel, ~Channel.running)
    return (
        select(Account.channel)
        .join(AccountPerson, AccountPerson.account_id == Account.id)
        .outerjoin(Conversation, Conversation.account_id == Account.id)
        .where(AccountPerson.person_id == Notice.person_id, Account.reachable, ~stopped)
        .order_by(Conversation.heard_at.desc().nulls_last(), Account.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _of_phone() -> ScalarSelect[str]:
    """The account that pays for templates, where they are sent."""
    owner = paces.account(channels.ZALO_TEMPLATE)
    return (
        select(case((Channel.running, literal(owner))))
        .where(Channel.name == channels.ZALO_TEMPLATE)
        .scalar_subquery()
    )


def admit(
    db: Connection, bound: Sequence[Bound], ways: dict[str, Way], now: datetime
) -> dict[int, timedelta]:
    """Which of these prepared notices have to wait after all, and for how long.

    One that draws on another account than was expected has to be granted there; and one chat is
    not written to faster than its platform takes it. Their conversations are locked by this turn.
    """
    late: dict[int, timedelta] = {}
    for one in bound:
        name = paces.account(one.channel)
        if name == one.route or name not in ways:
            continue
        grant = paces.take(db, name, now, 1, rate(ways, name))
        if not grant.count:
            late[one.notice_id] = grant.after
    return late | _crowded(db, [one for one in bound if one.notice_id not in late], ways, now)


def _crowded(
    db: Connection, bound: Sequence[Bound], ways: dict[str, Way], now: datetime
) -> dict[int, timedelta]:
    """Those whose chat was written to a moment ago, each after the one before it."""
    gaps = {
        one.notice_id: timedelta(seconds=1 / ways[one.channel].terms.per_chat)
        for one in bound
        if one.account_id and one.channel in ways and ways[one.channel].terms.per_chat
    }
    if not gaps:
        return {}
    longest = max(gaps.values())
    mine = [one for one in bound if one.notice_id in gaps]
    before = _written(db, mine, now, longest)
    late: dict[int, timedelta] = {}
    for one in mine:
        free = before.get(one.account_id or 0, now - longest) + gaps[one.notice_id]
        if free > now:
            late[one.notice_id] = free - now
        before[one.account_id or 0] = max(free, now)
    return late


def _written(
    db: Connection, bound: Sequence[Bound], now: datetime, span: timedelta
) -> dict[int, datetime]:
    """When other notices last went to these accounts; now, where one is still on its way.

    By our own clock: a platform's tells whole seconds. One that was set is not waited for.
    """
    found = db.execute(
        WRITTEN,
        {
            "accounts": list({one.account_id for one in bound}),
            "mine": [one.notice_id for one in bound],
            "now": now, "since": now - span, "until": now + span,
        },
    )  # fmt: skip
    return {
        account: now if flying or at is None else at
        for account, at, flying in found
        if account is not None
    }
