"""Where each account stands in its conversation. Locking its row begins every turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Account, Conversation, Person, School, Unit
from storage.models.people import Called, Core, Position
from storage.models.units import Ownership, SchoolType

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy import Connection

# Ids of this many messages are kept to know a repeated one: more than Telegram delivers at once.
HEARD = 128
# Speaking an answer takes less than this: 20 s for the platform to reply, and the connecting.
LEASE = timedelta(seconds=45)
# An answer that could not be said for so long would only puzzle the one who gets it.
STALE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Who:
    """The person an account speaks for."""

    id: int
    full_name: str
    nickname: str
    called: Called
    position: Position
    core: Core | None
    verified: bool
    school_id: int | None
    school: str
    type: SchoolType | None
    ownership: Ownership | None
    unit_id: int | None
    unit: str
    path: str
    old_path: str


@dataclass(slots=True)
class Talk:
    """One account's conversation, changed by a turn and written back by `save`."""

    account_id: int
    channel: str
    address: str
    language: str
    reachable: bool
    code_failures: int
    code_pause_until: datetime | None
    person: Who | None
    screen: int
    step: str
    data: dict[str, Any]
    choices: dict[str, str]
    newest: bool
    asked_at: datetime | None
    seen_from: datetime | None
    heard: list[str]
    heard_at: datetime | None
    answering: str
    answer: dict[str, Any]
    unspoken_since: datetime | None
    thanked_on: date | None


_old = Unit.__table__.alias("old_units")

PERSON = (
    Person.id.label("p_id"),
    Person.full_name,
    Person.nickname,
    Person.called,
    Person.position,
    Person.core,
    Person.verified_at,
    Person.school_id,
    School.name.label("school"),
    School.type,
    School.ownership,
    School.unit_id,
    Unit.name.label("unit"),
    Unit.path,
    _old.c.path.label("old_path"),
)

WHO = (
    select(*PERSON)
    .join_from(Person, School, School.id == Person.school_id, isouter=True)
    .join(Unit, Unit.id == School.unit_id, isouter=True)
    .join(_old, _old.c.id == School.old_unit_id, isouter=True)
    .where(Person.id == bindparam("person_id"))
)

TALKS = (
    select(
        Account.id,
        Account.channel,
        Account.address,
        Account.language,
        Account.reachable,
        Account.code_failures,
        Account.code_pause_until,
        Conversation.screen,
        Conversation.step,
        Conversation.data,
        Conversation.choices,
        Conversation.newest,
        Conversation.asked_at,
        Conversation.seen_from,
        Conversation.heard,
        Conversation.heard_at,
        Conversation.answering,
        Conversation.answer,
        Conversation.unspoken_since,
        Conversation.thanked_on,
        *PERSON,
    )
    .join_from(Account, Conversation, Conversation.account_id == Account.id)
    .join(Person, Person.id == Account.person_id, isouter=True)
    .join(School, School.id == Person.school_id, isouter=True)
    .join(Unit, Unit.id == School.unit_id, isouter=True)
    .join(_old, _old.c.id == School.old_unit_id, isouter=True)
)
TALK = TALKS.where(Account.channel == bindparam("channel"), Account.address == bindparam("address"))
THESE_TALKS = TALKS.where(Account.id.in_(bindparam("accounts", expanding=True)))

# A statement of its own: while TALK waited for the row, PostgreSQL would keep the account and the
# person as they were before the turn it waited for.
LOCK = (
    select(Conversation.account_id)
    .join_from(Account, Conversation, Conversation.account_id == Account.id)
    .where(Account.channel == bindparam("channel"), Account.address == bindparam("address"))
    .with_for_update(of=Conversation)
)
LOCK_THESE = (
    select(Conversation.account_id)
    .where(Conversation.account_id.in_(bindparam("accounts", expanding=True)))
    .order_by(Conversation.account_id)
    .with_for_update()
)

SAVE = (
    update(Conversation)
    .where(Conversation.account_id == bindparam("id"))
    .values(
        {
            column: bindparam(f"new_{column}")
            for column in (
                "screen", "step", "data", "choices", "newest", "asked_at", "seen_from", "heard",
                "heard_at", "answering", "answer", "unspoken_since", "thanked_on",
            )
        }
    )
)  # fmt: skip

SPOKEN = (
    update(Conversation)
    .where(
        Conversation.account_id == bindparam("id"),
        Conversation.answering == bindparam("message_id"),
    )
    .values(unspoken_since=None, leased_until=None, seen_from=bindparam("at"))
)

FREE = (
    Conversation.unspoken_since < bindparam("before"),
    or_(Conversation.leased_until.is_(None), Conversation.leased_until < bindparam("now")),
)

UNSPOKEN = (
    select(Account.channel, Account.address, Conversation.account_id, Conversation.answering)
    .add_columns(Conversation.answer)
    .join_from(Conversation, Account, Account.id == Conversation.account_id)
    .where(*FREE, Account.reachable, Conversation.unspoken_since > bindparam("after"))
    .order_by(Conversation.unspoken_since)
    .limit(bindparam("limit"))
)

LEASED = (
    update(Conversation)
    .where(
        Conversation.account_id == bindparam("id"),
        Conversation.answering == bindparam("message_id"),
        *FREE,
    )
    .values(leased_until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Unspoken:
    """An answer that was committed and may not have been said."""

    account_id: int
    channel: str
    address: str
    message_id: str
    answer: dict[str, Any]


def enter(db: Connection, channel: str, address: str, *, language: str, now: datetime) -> Talk:
    """Lock and read the conversation of an address, beginning one for a stranger."""
    key = {"channel": channel, "address": address}
    if _locked(db, key) is None:
        _begin(db, channel, address, language, now)
        _locked(db, key)
    return _talk(db.execute(TALK, key).one())


def lock(db: Connection, accounts: Collection[int]) -> None:
    """Lock the conversations of these accounts, always in the same order; see `talks`."""
    if accounts:
        db.execute(LOCK_THESE, {"accounts": list(accounts)}).all()


def talks(db: Connection, accounts: Collection[int]) -> list[Talk]:
    """The conversations of these accounts, as far as they have begun; to be locked before."""
    if not accounts:
        return []
    return [_talk(row) for row in db.execute(THESE_TALKS, {"accounts": list(accounts)})]


def _locked(db: Connection, key: dict[str, str]) -> int | None:
    return db.execute(LOCK, key).scalar_one_or_none()


def save(db: Connection, *talks: Talk) -> None:
    """Write conversations back."""
    if talks:
        db.execute(SAVE, [_saved(talk) for talk in talks])


def _saved(talk: Talk) -> dict[str, Any]:
    return {
        "id": talk.account_id,
        "new_screen": talk.screen,
        "new_step": talk.step,
        "new_data": talk.data,
        "new_choices": talk.choices,
        "new_newest": talk.newest,
        "new_asked_at": talk.asked_at,
        "new_seen_from": talk.seen_from,
        "new_heard": talk.heard[-HEARD:],
        "new_heard_at": talk.heard_at,
        "new_answering": talk.answering,
        "new_answer": talk.answer,
        "new_unspoken_since": talk.unspoken_since,
        "new_thanked_on": talk.thanked_on,
    }


def spoken(db: Connection, account_id: int, message_id: str, at: datetime | None) -> None:
    """Note that the answer to a message was said, and from when it could be seen.

    `at` None: it will never be said (the platform refused it), so nothing more is tried.
    """
    db.execute(SPOKEN, {"id": account_id, "message_id": message_id, "at": at})


def unspoken(db: Connection, before: datetime, now: datetime, limit: int = 100) -> list[Unspoken]:
    """Answers committed before a moment, still not said, and in nobody's hands.

    One that is older than a day is said no more, but goes before the answer to whatever the
    person writes next.
    """
    key = {"before": before, "after": now - STALE, "now": now, "limit": limit}
    return [
        Unspoken(row.account_id, row.channel, row.address, row.answering, row.answer)
        for row in db.execute(UNSPOKEN, key)
    ]


def lease(db: Connection, late: Unspoken, before: datetime, now: datetime) -> bool:
    """Take a late answer in hand for as long as speaking takes; False where it is another's."""
    key = {"id": late.account_id, "message_id": late.message_id}
    taken = db.execute(LEASED, {**key, "before": before, "now": now, "until": now + LEASE})
    return taken.rowcount == 1


def who(db: Connection, person_id: int) -> Who:
    """A person as conversations see them."""
    row = db.execute(WHO, {"person_id": person_id}).one()
    return _who(row)


def _begin(db: Connection, channel: str, address: str, language: str, now: datetime) -> None:
    """Two first messages at once must not fight over the new rows."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(
        insert(Account)
        .values(
            channel=channel, address=address, language=language, reachable=True,
            code_failures=0, created_at=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    account_id = db.execute(
        select(Account.id).where(Account.channel == channel, Account.address == address)
    ).scalar_one()
    db.execute(
        insert(Conversation)
        .values(
            account_id=account_id, screen=0, step="", data={}, choices={}, newest=False,
            heard=[], answering="", answer={},
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


def _talk(row: Any) -> Talk:
    return Talk(
        account_id=row.id,
        channel=row.channel,
        address=row.address,
        language=row.language,
        reachable=row.reachable,
        code_failures=row.code_failures,
        code_pause_until=row.code_pause_until,
        person=_who(row) if row.p_id is not None else None,
        screen=row.screen,
        step=row.step,
        data=row.data,
        choices=row.choices,
        newest=row.newest,
        asked_at=row.asked_at,
        seen_from=row.seen_from,
        heard=row.heard,
        heard_at=row.heard_at,
        answering=row.answering,
        answer=row.answer,
        unspoken_since=row.unspoken_since,
        thanked_on=row.thanked_on,
    )


def _who(row: Any) -> Who:
    return Who(
        id=row.p_id,
        full_name=row.full_name,
        nickname=row.nickname,
        called=row.called,
        position=row.position,
        core=row.core,
        verified=row.verified_at is not None,
        school_id=row.school_id,
        school=row.school or "",
        type=row.type,
        ownership=row.ownership,
        unit_id=row.unit_id,
        unit=row.unit or "",
        path=row.path or "",
        old_path=row.old_path or "",
    )
