"""Accounts for people of the sample province, linked as identification would have left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import consents
from storage.models import Account, AccountPerson, ConsentPurpose, Person
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def known(town: Town, full_name: str, *, language: str = "vi") -> Phone:
    """A phone whose owner has agreed and is known by this name (the first of that name)."""
    phone = town.phone(full_name, language)
    await phone.say("menu")

    def link(db: Connection) -> None:
        person_id = db.execute(
            select(Person.id).where(Person.full_name == full_name).order_by(Person.id)
        ).scalars().first()  # fmt: skip
        account_id = db.execute(
            select(Account.id).where(Account.address == phone.address)
        ).scalar_one()
        db.execute(update(Account).where(Account.id == account_id).values(person_id=person_id))
        db.execute(
            insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=MONDAY)
        )
        consents.give(
            db, account_id, ConsentPurpose.REGISTRATION, MONDAY, channel="telegram",
            person_id=person_id,
        )  # fmt: skip

    await town.database.turn(link)
    phone.said.clear()
    return phone


async def joins(town: Town, phone: Phone, full_name: str) -> None:
    """Let a second person share a phone, and be the one it speaks for."""

    def link(db: Connection) -> None:
        person_id = db.execute(
            select(Person.id).where(Person.full_name == full_name).order_by(Person.id)
        ).scalars().first()  # fmt: skip
        account_id = db.execute(
            select(Account.id).where(Account.address == phone.address)
        ).scalar_one()
        db.execute(
            insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=MONDAY)
        )
        db.execute(update(Account).where(Account.id == account_id).values(person_id=person_id))

    await town.database.turn(link)
