"""How the channels of this installation stand: running or not, at what price, with what limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Account, Channel, ChannelState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

TELEGRAM, ZALO_BOT, ZALO_OA, ZALO_TEMPLATE = "telegram", "zalo_bot", "zalo_oa", "zalo_template"
# After this long a channel that carried nothing is tried again.
PROBE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices in đồng and limits of a channel; the defaults are those of a free, open one.

    A message is free for `free_hours` after the person's last word (None: always), costs `price`
    until `paid_hours`, and cannot be sent after that. `templates` are the prices of approved
    templates by their kind. `day_ceiling` and `month_ceiling` bound what is spent (0: no bound).
    `most_people` and `most_messages` (a calendar month) are the platform's quotas (0: none).
    `shared`: the account is the office's own too, so strangers' ordinary words get no answer.
    `rate` is how many messages a second the platform takes of the whole account, `per_chat` of
    one chat (0: any number). `contact` is what a person looks for to find us there.
    """

    free_hours: int | None = None
    paid_hours: int | None = None
    price: int = 0
    templates: dict[str, int] = field(default_factory=dict[str, int])
    day_ceiling: int = 0
    month_ceiling: int = 0
    most_people: int = 0
    most_messages: int = 0
    shared: bool = False
    rate: float = 0
    per_chat: float = 0
    contact: str = ""

    def to_json(self) -> dict[str, Any]:
        """A form that JSON keeps."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as it stands. `open` is False where nothing can be sent over it now.

    `running` is False where this installation gave it up: nothing waits for it. `shut` are the
    kinds of message that it does not carry now, while it carries others.
    """

    name: str
    open: bool
    state: ChannelState
    reason: str
    terms: Terms
    running: bool = True
    shut: frozenset[str] = frozenset()

    def carries(self, kind: str) -> bool:
        """True where a message of a kind can be sent over it now."""
        return self.open and kind not in self.shut


FREE = Terms()


# A row of its own says why one kind of message is not carried: "zalo_template/moved".
PART = "/"
# The whole channel before its parts.
WAYS = select(
    Channel.name, Channel.running, Channel.state, Channel.reason, Channel.since, Channel.terms
).order_by(Channel.name)
RECOVER = (
    update(Channel)
    .where(
        Channel.name.in_(bindparam("names", expanding=True)), Channel.state != ChannelState.READY
    )
    .values(state=ChannelState.READY, reason="", since=bindparam("at"))
)


def open_channel(db: Connection, name: str, terms: Terms, now: datetime) -> None:
    """Note that a channel runs, on these terms; how it stood before is kept."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    values = {"running": True, "terms": terms.to_json()}
    db.execute(
        insert(Channel)
        .values(name=name, state=ChannelState.READY, reason="", since=now, **values)
        .on_conflict_do_update(index_elements=[Channel.name], set_=values)
    )


def close_others(db: Connection, running: Collection[str], now: datetime) -> None:
    """Note that every other channel does not run here any more, also one without a row so far."""
    known = select(Channel.name)
    used = select(Account.channel).where(Account.channel.not_in(known)).distinct()
    for name in db.execute(used).scalars().all():
        open_channel(db, name, FREE, now)
    db.execute(update(Channel).where(Channel.name.not_in(running)).values(running=False))


def mark(db: Connection, name: str, state: ChannelState, reason: str, now: datetime) -> bool:
    """Note how a channel stands; True where that is news. `since` moves with every note."""
    before = db.execute(select(Channel.state).where(Channel.name == name)).scalar_one_or_none()
    db.execute(
        update(Channel).where(Channel.name == name).values(state=state, reason=reason, since=now)
    )
    return before is not None and before is not state


def stop_kind(
    db: Connection, name: str, kind: str, state: ChannelState, reason: str, now: datetime
) -> bool:
    """Note why a channel does not carry one kind of message; True where that is news."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    part = f"{name}{PART}{kind}"
    db.execute(
        insert(Channel)
        .values(name=part, running=True, state=ChannelState.READY, reason="", since=now, terms={})
        .on_conflict_do_nothing()
    )
    return mark(db, part, state, reason, now)


def recover(db: Connection, name: str, kind: str, now: datetime) -> None:
    """Note that a channel carries messages, and this kind of them, where it was held not to."""
    db.execute(RECOVER, {"names": [name, f"{name}{PART}{kind}"], "at": now})


def polled(db: Connection, name: str, at: datetime) -> None:
    """Note when a channel was last listened to."""
    db.execute(update(Channel).where(Channel.name == name).values(polled_at=at))


def last_polled(db: Connection, name: str) -> datetime | None:
    """When a channel was last listened to."""
    return db.execute(select(Channel.polled_at).where(Channel.name == name)).scalar_one_or_none()


def ways(db: Connection, now: datetime) -> dict[str, Way]:
    """Every channel with a row, by name. One without a row is open and free: see `way`."""
    found: dict[str, Way] = {}
    for row in db.execute(WAYS):
        name, _, kind = row.name.partition(PART)
        carries = row.state is ChannelState.READY or now - row.since >= PROBE
        if not kind:
            found[name] = Way(
                name, row.running and carries, row.state, row.reason, Terms(**row.terms),
                row.running,
            )  # fmt: skip
        elif name in found:
            found[name] = _without(found[name], kind, row, carries=carries)
    return found


def _without(whole: Way, kind: str, row: Any, *, carries: bool) -> Way:
    """The channel with what is known of one kind; a whole channel that is closed says so itself."""
    shut = whole.shut if carries else whole.shut | {kind}
    if whole.state is not ChannelState.READY or row.state is ChannelState.READY:
        return replace(whole, shut=shut)
    return replace(whole, state=row.state, reason=f"{kind}: {row.reason}", shut=shut)


def way(found: dict[str, Way], name: str) -> Way:
    """One of the channels; a template cannot be sent where nobody said how."""
    known = name != ZALO_TEMPLATE
    return found.get(name) or Way(name, known, ChannelState.READY, "", FREE, known)


def terms(db: Connection, name: str) -> Terms:
    """The terms of a channel."""
    kept = db.execute(select(Channel.terms).where(Channel.name == name)).scalar_one_or_none()
    return Terms(**kept) if kept else FREE


def people(db: Connection, name: str) -> int:
    """How many accounts have written to us on a channel."""
    found = select(func.count()).select_from(Account).where(Account.channel == name)
    return db.execute(found).scalar_one()


def account(db: Connection, name: str, address: str) -> int | None:
    """The account of an address on a channel."""
    found = select(Account.id).where(Account.channel == name, Account.address == address)
    return db.execute(found).scalar_one_or_none()


def rank(db: Connection, name: str, account_id: int) -> int:
    """The how-manieth account of a channel this one is, by order of arrival, counted from 1."""
    found = select(func.count()).select_from(Account)
    return db.execute(found.where(Account.channel == name, Account.id <= account_id)).scalar_one()


def contacts(db: Connection, now: datetime, *, besides: str = "") -> list[tuple[str, str]]:
    """Where people find us on the other channels that run, (channel, what to look for) each."""
    found = ways(db, now)
    return [
        (name, found[name].terms.contact)
        for name in (ZALO_OA, ZALO_BOT, TELEGRAM)
        if name in found and name != besides and found[name].open and found[name].terms.contact
    ]
