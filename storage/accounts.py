"""Accounts and the people who share them: at most three, of one school."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update

from storage import consents, returns, roles
from storage.models import Account, AccountPerson, Consent, ConsentPurpose, Person, Source

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

MOST = 3


class Room(StrEnum):
    """Whether an account can serve one more person."""

    FREE = "free"
    THERE = "there"
    FULL = "full"
    OTHER_SCHOOL = "other school"


@dataclass(frozen=True, slots=True)
class Sharer:
    """One of the people of an account; `active` is the one it speaks for now."""

    id: int
    full_name: str
    school_id: int | None
    active: bool


def people(db: Connection, account_id: int) -> list[Sharer]:
    """Those who share the account, the first one first."""
    rows = db.execute(
        select(Person.id, Person.full_name, Person.school_id, Account.person_id == Person.id)
        .join_from(AccountPerson, Person, Person.id == AccountPerson.person_id)
        .join(Account, Account.id == AccountPerson.account_id)
        .where(AccountPerson.account_id == account_id)
        .order_by(AccountPerson.since, Person.id)
    )
    return [Sharer(row[0], row[1], row[2], bool(row[3])) for row in rows]


def room(db: Connection, account_id: int, person_id: int) -> Room:
    """Whether this person fits on the account beside those who use it already."""
    sharers = people(db, account_id)
    if any(sharer.id == person_id for sharer in sharers):
        return Room.THERE
    if len(sharers) >= MOST:
        return Room.FULL
    school_id = db.execute(select(Person.school_id).where(Person.id == person_id)).scalar_one()
    if sharers and (school_id is None or any(s.school_id != school_id for s in sharers)):
        return Room.OTHER_SCHOOL
    return Room.FREE


def link(db: Connection, account_id: int, person_id: int, now: datetime) -> Room:
    """Let the account speak for a person from now on; FULL and OTHER_SCHOOL change nothing.

    A yes that the account gave while nobody was known becomes the person's own. What could not be
    brought to the person before is owed again.
    """
    found = room(db, account_id, person_id)
    if found in (Room.FULL, Room.OTHER_SCHOOL):
        return found
    if found is Room.FREE:
        db.execute(
            insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=now)
        )
        returns.owe_missed(db, (person_id,), now)
    consents.adopt(db, account_id, person_id)
    _speak_for(db, account_id, person_id)
    return found


def unlink(db: Connection, account_id: int, person_id: int) -> None:
    """End the account's use by a person; it goes on speaking for the next of those who share it."""
    db.execute(
        delete(AccountPerson).where(
            AccountPerson.account_id == account_id, AccountPerson.person_id == person_id
        )
    )
    rest = people(db, account_id)
    if not any(sharer.active for sharer in rest):
        _speak_for(db, account_id, rest[0].id if rest else None)


def switch(db: Connection, account_id: int, person_id: int) -> bool:
    """Let the account speak for another of those who share it; False where it is not shared so."""
    if not any(sharer.id == person_id for sharer in people(db, account_id)):
        return False
    _speak_for(db, account_id, person_id)
    return True


def _speak_for(db: Connection, account_id: int, person_id: int | None) -> None:
    db.execute(update(Account).where(Account.id == account_id).values(person_id=person_id))


def elsewhere(db: Connection, person_id: int, account_id: int) -> list[tuple[int, str]]:
    """Other accounts of the person, (id, channel) each, the newest first."""
    rows = db.execute(
        select(Account.id, Account.channel)
        .join(AccountPerson, AccountPerson.account_id == Account.id)
        .where(AccountPerson.person_id == person_id, Account.id != account_id)
        .order_by(AccountPerson.since.desc(), Account.id.desc())
    )
    return [(row.id, row.channel) for row in rows]


@dataclass(frozen=True, slots=True)
class Used:
    """An account that serves a person, and since when."""

    id: int
    channel: str
    since: datetime


def of(db: Connection, person_id: int) -> list[Used]:
    """The accounts that serve a person, the oldest first."""
    rows = db.execute(
        select(Account.id, Account.channel, AccountPerson.since)
        .join(AccountPerson, AccountPerson.account_id == Account.id)
        .where(AccountPerson.person_id == person_id)
        .order_by(AccountPerson.since, Account.id)
    )
    return [Used(*row) for row in rows]


def add(db: Connection, account_id: int, person_id: int, now: datetime) -> Room:
    """Let one more account serve a person, beside those they have; as `link` otherwise.

    What the person agreed to on the others was their own yes, and holds here too.
    """
    found = link(db, account_id, person_id, now)
    if found in (Room.FREE, Room.THERE):
        others = [other for other, _ in elsewhere(db, person_id, account_id)]
        _carry_consents(db, person_id, account_id, others)
    return found


def move(db: Connection, person_id: int, account_id: int, now: datetime) -> list[int]:
    """Make this the person's only account; returns the ids of those that served them before.

    What the person agreed to elsewhere was their own yes, and goes with them. The caller has
    asked `room`.
    """
    old = [other for other, _ in elsewhere(db, person_id, account_id)]
    _carry_consents(db, person_id, account_id, old)
    for other in old:
        unlink(db, other, person_id)
    link(db, account_id, person_id, now)
    return old


def _carry_consents(db: Connection, person_id: int, account_id: int, old: list[int]) -> None:
    standing = db.execute(
        select(Consent.purpose, Consent.version, Consent.channel, Consent.given_at)
        .where(
            Consent.person_id == person_id,
            Consent.account_id.in_(old),
            Consent.withdrawn_at.is_(None),
        )
        .distinct()
    ).all()
    for row in standing:
        if not consents.given(db, account_id, row.purpose, person_id=person_id):
            db.execute(
                insert(Consent).values(
                    account_id=account_id, person_id=person_id, purpose=row.purpose,
                    version=row.version, channel=row.channel, given_at=row.given_at,
                )
            )  # fmt: skip


def agreed(db: Connection, person_id: int) -> bool:
    """True where the person has agreed to registration, on whatever account."""
    return (
        db.execute(
            select(Consent.id)
            .where(
                Consent.person_id == person_id,
                Consent.purpose == ConsentPurpose.REGISTRATION,
                Consent.withdrawn_at.is_(None),
            )
            .limit(1)
        ).first()
        is not None
    )


def with_phone(db: Connection, phone: str, day: date) -> list[int]:
    """People of the roster, or confirmed ones, who have this number (E.164).

    A number somebody only told us about themselves identifies nobody.
    """
    return list(
        db.execute(
            select(Person.id)
            .where(
                Person.phone == phone,
                roles.present(day),
                or_(Person.source != Source.SELF, Person.verified_at.is_not(None)),
            )
            .order_by(Person.id)
        ).scalars()
    )
