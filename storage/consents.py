"""Proof of consent, purpose by purpose (Luật 91/2025/QH15, NĐ 356/2025/NĐ-CP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, or_, select, update

from storage.models import Announce, Consent, ConsentPurpose, Person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# Changes with the words people agree to.
VERSION = "2026-11.3"


def give(
    db: Connection,
    account_id: int,
    purpose: ConsentPurpose,
    now: datetime,
    *,
    channel: str,
    person_id: int | None = None,
) -> None:
    """Keep a yes: who, to what, in which version of the words, where and when."""
    db.execute(
        insert(Consent).values(
            account_id=account_id, person_id=person_id, purpose=purpose, version=VERSION,
            channel=channel, given_at=now,
        )
    )  # fmt: skip


def given(
    db: Connection, account_id: int, purpose: ConsentPurpose, *, person_id: int | None = None
) -> bool:
    """True where this account's yes for the person (or before a person was known) still stands."""
    mine = Consent.person_id.is_(None)
    if person_id is not None:
        mine = or_(mine, Consent.person_id == person_id)
    return bool(
        db.execute(
            select(
                exists().where(
                    Consent.account_id == account_id,
                    Consent.purpose == purpose,
                    Consent.withdrawn_at.is_(None),
                    mine,
                )
            )
        ).scalar()
    )


def ever(db: Connection, account_id: int, person_id: int) -> bool:
    """True where the person has once agreed on this account, whether the yes stands or not."""
    asked = exists().where(Consent.account_id == account_id, Consent.person_id == person_id)
    return bool(db.execute(select(asked)).scalar())


def take_back(db: Connection, account_id: int, now: datetime) -> None:
    """Take back what an account agreed to before anybody was known on it."""
    db.execute(
        update(Consent)
        .where(
            Consent.account_id == account_id,
            Consent.person_id.is_(None),
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def adopt(db: Connection, account_id: int, person_id: int) -> None:
    """Give the yes of a so far unknown account to the person it turned out to be."""
    db.execute(
        update(Consent)
        .where(Consent.account_id == account_id, Consent.person_id.is_(None))
        .values(person_id=person_id)
    )


def withdraw(db: Connection, person_id: int, purpose: ConsentPurpose, now: datetime) -> None:
    """Take a yes back, from now on.

    Of a yes to announcements nothing is left on the person either: whoever comes back is asked.
    """
    db.execute(
        update(Consent)
        .where(
            Consent.person_id == person_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )
    if purpose is ConsentPurpose.ANNOUNCEMENTS:
        db.execute(
            update(Person)
            .where(Person.id == person_id, Person.announcements == Announce.YES)
            .values(announcements=Announce.UNASKED)
        )
