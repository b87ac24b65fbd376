"""Accounts for people of the sample province, linked as identification would have left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import consents
from storage.models import (
    Account,
    AccountPerson,
    ConsentPurpose,
    Course,
    Person,
    Registration,
)
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.models import Standing
    from tests.talk import Phone, Town


async def known(town: Town, full_name: str, *, language: str = "vi") -> Phone:
    """A phone whose owner has agreed and is known by this name (the first of that name)."""
    phone = town.phone(full_name, language)
    await phone.say("menu")

    def link(db: Connection) -> None:
        account_id, person_id = _served(db, phone, full_name)
        consents.give(
            db, account_id, ConsentPurpose.REGISTRATION, MONDAY, channel="telegram",
            person_id=person_id,
        )  # fmt: skip

    await town.database.turn(link)
    phone.said.clear()
    return phone


async def joins(town: Town, phone: Phone, full_name: str) -> None:
    """Let a second person share a phone, and be the one it speaks for."""

    await town.database.turn(lambda db: _served(db, phone, full_name))


async def standing(town: Town, number: int, full_name: str) -> Standing:
    """How somebody stands in the course of this number."""
    found = (
        select(Registration.standing)
        .join(Course, Course.id == Registration.course_id)
        .join(Person, Person.id == Registration.person_id)
        .where(Course.number == number, Person.full_name == full_name)
    )
    return await town.database.read(lambda db: db.execute(found).scalar_one())


def _served(db: Connection, phone: Phone, full_name: str) -> tuple[int, int]:
    """Let the account serve the person and speak for them; the ids of both."""
    person_id = db.execute(
        select(Person.id).where(Person.full_name == full_name).order_by(Person.id).limit(1)
    ).scalar_one()
    account_id = db.execute(select(Account.id).where(Account.address == phone.address)).scalar_one()
    db.execute(update(Account).where(Account.id == account_id).values(person_id=person_id))
    db.execute(
        insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=MONDAY)
    )
    return account_id, person_id
