"""Which way a notice goes: the cheapest that is open, where the person can be reached at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, bindparam, or_, select

from storage import channels, roles
from storage.models import Account, AccountPerson, Conversation, Person, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import BindParameter, Connection

    from storage.channels import Terms, Way
    from storage.outbox import Owed

# What proves a number goes to that number, whatever accounts the person has.
ONLY_BY_PHONE = ("phone_code",)
LANGUAGE = "vi"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
ACCOUNTS = (
    select(Account.id, Account.channel, Account.address, Account.language, Account.reachable)
    .outerjoin(Conversation, Conversation.account_id == Account.id)
    .add_columns(Conversation.heard_at)
)
OF_PEOPLE = ACCOUNTS.join(AccountPerson, AccountPerson.account_id == Account.id)
OF_PERSON = OF_PEOPLE.where(AccountPerson.person_id == bindparam("person_id"))
OF_THESE = OF_PEOPLE.add_columns(AccountPerson.person_id).where(
    AccountPerson.person_id.in_(bindparam("people", expanding=True))
)
THE_ACCOUNT = ACCOUNTS.where(Account.id == bindparam("account_id"))
# The number of the roster, or one that somebody vouched for, that Zalo has not refused.
NUMBER = (
    Person.phone.is_not(None),
    or_(Person.source != Source.SELF, Person.verified_at.is_not(None)),
    or_(Person.deaf_phone.is_(None), Person.deaf_phone != Person.phone),
)
DAY: BindParameter[date] = bindparam("day", type_=Date())
PHONE = select(Person.phone).where(Person.id == bindparam("person_id"), roles.present(DAY), *NUMBER)


class Why(StrEnum):
    """Why a notice goes nowhere now."""

    UNREACHABLE = "unreachable"
    CLOSED = "closed"  # there is a way, but its channel carries nothing at present
    CEILING = "ceiling"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to a person: an account, or (`account_id` None) a template to a phone number.

    `price` is in đồng; None where the channel takes nothing so long after the person's last word.
    """

    channel: str
    address: str
    account_id: int | None
    language: str
    reachable: bool
    open: bool
    price: int | None
    heard_at: datetime | None
    terms: Terms

    @property
    def possible(self) -> bool:
        """True where a message would arrive, once the channel is open."""
        return self.reachable and self.price is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """The open ways, the best first; the closed ones that might be waited for; and the lapsed.

    `lapsed` are accounts that cannot be written to until their owner writes.
    """

    ways: tuple[Candidate, ...]
    closed: tuple[Candidate, ...]
    lapsed: tuple[int, ...]

    @property
    def best(self) -> Candidate | None:
        """The way to take, if any is open."""
        return self.ways[0] if self.ways else None

    @property
    def why(self) -> Why | None:
        """Why there is no open way; None where there is one."""
        if self.ways:
            return None
        return Why.CLOSED if self.closed else Why.UNREACHABLE

    def worth_waiting(self, *, at_ceiling: bool) -> bool:
        """Whether a closed way may yet take it; at the ceiling only one that costs nothing may."""
        return any(not (one.price and at_ceiling) for one in self.closed)


def price(terms: Terms, heard_at: datetime | None, now: datetime) -> int | None:
    """What a message costs now, in đồng: nothing within the free hours; None: it cannot be sent."""
    if terms.free_hours is None:
        return 0
    if heard_at is None:
        return None
    silent = now - heard_at
    if silent < timedelta(hours=terms.free_hours):
        return 0
    if terms.paid_hours is None or silent < timedelta(hours=terms.paid_hours):
        return terms.price
    return None


def rank(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The ways that can be taken now: the cheapest first, then whom we heard from last."""
    usable = [one for one in candidates if one.possible and one.open]
    return tuple(sorted(usable, key=_order))


def _order(one: Candidate) -> tuple[int, timedelta, int]:
    heard = one.heard_at or LONG_AGO
    return one.price or 0, LONG_AGO - heard, -(one.account_id or 0)


def choose(db: Connection, owed: Owed, now: datetime, standing: Standing | None = None) -> Choice:
    """The ways a notice can take; `standing` is how the channels stand, where that is known.

    What is owed to one account goes there; where that channel takes nothing any more so long
    after the last word, to the person's phone. What may have arrived on one way stays on it as
    long as it can be reached there.
    """
    candidates = _candidates(db, owed, standing or Standing.now(db, now))
    if owed.again and (tried := _tried(owed, candidates)):
        candidates = [tried]
    return weigh(candidates)


def weigh(candidates: Sequence[Candidate]) -> Choice:
    """What these ways come to."""
    return Choice(
        ways=rank(candidates),
        closed=tuple(one for one in candidates if one.possible and not one.open),
        lapsed=tuple(
            one.account_id
            for one in candidates
            if one.account_id is not None and one.reachable and one.price is None
        ),
    )


def _tried(owed: Owed, candidates: list[Candidate]) -> Candidate | None:
    """The way on which a notice may have arrived, where it still leads to the person."""
    for one in candidates:
        same = one.account_id == owed.sent_to_id
        if same and one.possible and (one.account_id or one.channel == owed.channel):
            return one
    return None


def silent(db: Connection, people: Collection[int], now: datetime) -> set[int]:
    """Those of these people who have no account that a message would reach."""
    found = Standing.now(db, now)
    wanted = OF_PEOPLE.add_columns(AccountPerson.person_id).where(
        AccountPerson.person_id.in_(people), Account.reachable
    )
    heard: set[int] = set()
    for row in db.execute(wanted):
        one = found.account(row)
        if one and one.possible:
            heard.add(row.person_id)
    return set(people) - heard


def reachable(db: Connection, person_id: int, kind: str, now: datetime) -> bool:
    """True where a message of a kind would arrive somewhere, if its channel is open.

    `now` is in the local zone. Whoever was silent for too long on their only account counts only
    where there is a template of the kind, and a number for it.
    """
    found = Standing.now(db, now)
    accounts = (found.account(row) for row in db.execute(OF_PERSON, {"person_id": person_id}))
    if any(one and one.possible for one in accounts):
        return True
    return found.phone(db, person_id, kind) is not None


def _candidates(db: Connection, owed: Owed, found: Standing) -> list[Candidate]:
    accounts = [] if owed.kind in ONLY_BY_PHONE else _accounts(db, owed, found)
    lapsed = any(one.reachable and one.price is None for one in accounts)
    if owed.person_id is None or (owed.account_id is not None and not lapsed):
        return accounts
    by_phone = found.phone(db, owed.person_id, owed.kind)
    return [*accounts, by_phone] if by_phone else accounts


def likely(owed: Owed, standing: Standing) -> int | None:
    """The account a notice will go to, where that is known beforehand, and costs nothing."""
    rows = () if owed.account_id is not None else standing.people.get(owed.person_id or 0, ())
    found = [one for row in rows if (one := standing.account(row))]
    tried = _tried(owed, found) if owed.again else None
    best = next(iter(rank([tried] if tried else found)), None)
    return best.account_id if best and not best.price else None


def _accounts(db: Connection, owed: Owed, found: Standing) -> list[Candidate]:
    rows: Iterable[Any]
    if owed.account_id is not None:
        rows = db.execute(THE_ACCOUNT, {"account_id": owed.account_id})
    elif owed.person_id in found.people:
        rows = found.people[owed.person_id]
    else:
        rows = db.execute(OF_PERSON, {"person_id": owed.person_id})
    return [one for row in rows if (one := found.account(row))]


@dataclass(frozen=True, slots=True)
class Standing:
    """The channels as they stand at one moment; and the accounts of some people, by person."""

    ways: dict[str, Way]
    at: datetime
    people: dict[int, list[Any]] = field(default_factory=dict[int, "list[Any]"])

    @classmethod
    def now(cls, db: Connection, now: datetime, owed: Collection[Owed] = ()) -> Standing:
        """As they stand in the database; with the accounts of those to whom this is owed."""
        people: dict[int, list[Any]] = {each.person_id: [] for each in owed if each.person_id}
        if people:
            for row in db.execute(OF_THESE, {"people": list(people)}):
                people[row.person_id].append(row)
        return cls(channels.ways(db, now), now, people)

    def account(self, row: Any) -> Candidate | None:
        """The way to an account; None where nothing goes over its channel any more."""
        way = channels.way(self.ways, row.channel)
        # A channel this installation gave up is not closed for a while: nothing waits for it.
        if not way.running:
            return None
        return Candidate(
            row.channel, row.address, row.id, row.language, row.reachable, way.open,
            price(way.terms, row.heard_at, self.at), row.heard_at, way.terms,
        )  # fmt: skip

    def phone(self, db: Connection, person_id: int, kind: str) -> Candidate | None:
        """The template to the number of the roster, or to one that somebody vouched for."""
        name = channels.ZALO_TEMPLATE
        way = channels.way(self.ways, name)
        if not way.running or kind not in way.terms.templates:
            return None
        key = {"person_id": person_id, "day": self.at.date()}
        number = db.execute(PHONE, key).scalar_one_or_none()
        if not number:
            return None
        cost, carries = way.terms.templates[kind], way.carries(kind)
        return Candidate(name, number, None, LANGUAGE, True, carries, cost, None, way.terms)
