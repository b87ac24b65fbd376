"""Personal codes as people try them: five wrong ones, then a pause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, select, update

from storage import codes, roles, tries
from storage.models import AccountPerson, Person, PersonalCode

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.conversations import Talk


class Tried(StrEnum):
    """What came of trying a code."""

    FOUND = "found"
    WRONG = "wrong"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Attempt:
    """FOUND has a `person_id`, PAUSED `until` when no code is read (local)."""

    outcome: Tried
    person_id: int | None = None
    until: datetime | None = None


def attempt(db: Connection, talk: Talk, code: str, now: datetime) -> Attempt:
    """Whose code this is, asked in a conversation that is locked.

    Every fifth wrong code pauses the account (`tries`); until then even a right one is not
    looked at. A code that fails its check digit counts as a try like any other. A right code
    alone forgets nothing: one's own would be a way round the pause (`identity.recognise`).
    """
    if until := tries.paused(db, talk, now):
        return Attempt(Tried.PAUSED, until=until)
    person_id = owner(db, code, now.date()) if codes.valid(code) else None
    if person_id is not None:
        return Attempt(Tried.FOUND, person_id)
    until = tries.failed(db, talk.account_id, now)
    return Attempt(Tried.PAUSED if until else Tried.WRONG, until=until)


def owner(db: Connection, code: str, day: date) -> int | None:
    """The person whose code this is; nobody's where that person has left."""
    return db.execute(
        select(Person.id)
        .join(PersonalCode, PersonalCode.person_id == Person.id)
        .where(PersonalCode.code == code, roles.present(day))
    ).scalar_one_or_none()


def used(db: Connection, person_id: int, now: datetime) -> None:
    """Note when the person's code was first used."""
    db.execute(
        update(PersonalCode)
        .where(PersonalCode.person_id == person_id, PersonalCode.used_at.is_(None))
        .values(used_at=now)
    )


def give(db: Connection, person_id: int) -> str:
    """Make a personal code for somebody who has none, and return it."""
    while True:
        code = codes.personal()
        taken = select(PersonalCode.code).where(PersonalCode.code == code)
        if db.execute(taken).first() is None:
            break
    db.execute(insert(PersonalCode).values(code=code, person_id=person_id, used_at=None))
    return code


def renew(db: Connection, person_id: int) -> str:
    """Make a new code for somebody; every other one of theirs opens nothing any more."""
    db.execute(delete(PersonalCode).where(PersonalCode.person_id == person_id))
    return give(db, person_id)


def in_use(db: Connection, person_id: int) -> bool:
    """True for whoever uses the assistant: an account speaks for them."""
    used = select(exists().where(AccountPerson.person_id == person_id))
    return bool(db.execute(used).scalar_one())


def unused(db: Connection, person_id: int) -> str | None:
    """The code somebody has not used yet; None where there is none."""
    mine = select(PersonalCode.code).where(
        PersonalCode.person_id == person_id, PersonalCode.used_at.is_(None)
    )
    return db.execute(mine.order_by(PersonalCode.code)).scalars().first()
