"""What is kept about a person, and what they can do about it: be called, correct, withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from storage import (
    accounts,
    agreement,
    audit,
    consents,
    conversations,
    outbox,
    places,
    reach,
    registrations,
    roles,
    verdicts,
)
from storage.masking import masked
from storage.models import (
    Account,
    AccountPerson,
    Called,
    Consent,
    ConsentPurpose,
    Person,
    PersonalCode,
    Registration,
    RoleKind,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.conversations import Who

# Characters of a correction and of the answer to it.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored beside name, school and position; `phone` is E.164."""

    phone: str | None
    birth_year: int | None
    consents: dict[ConsentPurpose, datetime]
    registrations: int
    accounts: int


def kept(db: Connection, person_id: int) -> Kept:
    """What a person is shown of their own data; consents that stand, with the day they were given.

    Raises LookupError for a person who does not exist.
    """
    person = db.execute(
        select(Person.phone, Person.birth_year).where(Person.id == person_id)
    ).one_or_none()
    if person is None:
        raise LookupError(person_id)
    given = db.execute(
        select(Consent.purpose, func.min(Consent.given_at).label("since"))
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        .group_by(Consent.purpose)
        .order_by(Consent.purpose)
    )
    return Kept(
        phone=person.phone,
        birth_year=person.birth_year,
        consents={row.purpose: row.since for row in given},
        registrations=_count(db, Registration.person_id == person_id),
        accounts=_count(db, AccountPerson.person_id == person_id),
    )


def _count(db: Connection, condition: ColumnElement[bool]) -> int:
    return db.execute(select(func.count()).where(condition)).scalar_one()


def find(db: Connection, person_id: int) -> Who | None:
    """The person with this id, where there is one."""
    known = db.execute(select(Person.id).where(Person.id == person_id)).one_or_none()
    return conversations.who(db, person_id) if known else None


def call(db: Connection, person_id: int, called: Called) -> None:
    """Address the person in the form they chose."""
    db.execute(update(Person).where(Person.id == person_id).values(called=called))


def speak(db: Connection, account_id: int, language: str) -> None:
    """Write to an account in a language from now on."""
    db.execute(update(Account).where(Account.id == account_id).values(language=language))


def keepers(db: Connection, who: Who, now: datetime) -> list[int]:
    """Who can correct a person's data: others at the first rung where anybody can be reached.

    The principals of the school, else the officers of the commune, else the Sở.
    """
    day = now.date()
    rungs = (
        roles.holders(db, RoleKind.PRINCIPAL, school_id=who.school_id, day=day),
        roles.holders(db, RoleKind.COMMUNE, path=who.path, day=day),
        roles.holders(db, RoleKind.DEPARTMENT, path=who.path, day=day)
        if who.path
        else roles.holders(db, RoleKind.DEPARTMENT, day=day),
    )
    for rung in rungs:
        others = (one for one in rung if one != who.id)
        if found := [one for one in others if reach.reachable(db, one, "correction", now)]:
            return found
    return []


def may_respond(db: Connection, person_id: int, who: Who, now: datetime) -> bool:
    """True for whoever holds a role over the person's school, or keeps the list by `keepers`."""
    if agreement.may_answer(db, person_id, who, now):
        return True
    return person_id in keepers(db, who, now)


def correct(db: Connection, who: Who, words: str, *, message_id: str, now: datetime) -> bool:
    """Owe what should be corrected to those who can; False where nobody can be reached.

    Long numbers are left out of the words.
    """
    found = keepers(db, who, now)
    for keeper_id in found:
        outbox.owe(
            db, "correction", key=f"correction:{who.id}:{message_id}:{keeper_id}",
            subject_id=who.id, person_id=keeper_id, due_at=now,
            data={"words": masked(words)[:LONGEST]},
        )  # fmt: skip
    return bool(found)


def respond(
    db: Connection, who: Who, words: str, *, by: int, message_id: str, now: datetime
) -> None:
    """Owe the answer about a correction to the person who asked, and settle the question.

    Raises PermissionError for whoever may not answer (`may_respond`).
    """
    if not may_respond(db, by, who, now):
        raise PermissionError(who.id)
    outbox.withdraw(db, ("correction",), who.id, now)
    outbox.owe(
        db, "corrected", key=f"corrected:{who.id}:{message_id}", subject_id=by, person_id=who.id,
        due_at=now, data={"words": masked(words)[:LONGEST]},
    )  # fmt: skip
    audit.note(
        db, actor_id=by, action="answered a correction", subject="person", subject_id=who.id,
        unit_id=who.unit_id, now=now,
    )  # fmt: skip


def withdraw(db: Connection, who: Who, now: datetime) -> int:
    """Take every consent of a person back: seats pass on, accounts no longer speak for them.

    What took part in figures stays; the personal code can be used anew. Returns how many
    registrations ended.
    """
    live = sorted(places.of_person(db, who.id), key=lambda place: place.course_id)
    for place in live:
        registrations.give_up(db, place.course_id, who.id, now, reason="consent withdrawn")
    for purpose in ConsentPurpose:
        consents.withdraw(db, who.id, purpose, now)
    db.execute(update(PersonalCode).where(PersonalCode.person_id == who.id).values(used_at=None))
    mine = select(AccountPerson.account_id).where(AccountPerson.person_id == who.id)
    for account_id in db.execute(mine.order_by(AccountPerson.account_id)).scalars().all():
        verdicts.withdraw(db, account_id, who.id, now)
        accounts.unlink(db, account_id, who.id)
    audit.note(
        db, actor_id=who.id, action="consent withdrawn", subject="person", subject_id=who.id,
        unit_id=who.unit_id, now=now, registrations=len(live),
    )  # fmt: skip
    return len(live)
