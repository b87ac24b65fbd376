"""Whether a person wants announcements: their answer, and the consent that proves a yes.

Nobody who has not said yes is written to; silence is no answer (Luật 91/2025/QH15, Đ.9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select, update

from storage import consents
from storage.models import Announce, Consent, ConsentPurpose, Person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

PURPOSE = ConsentPurpose.ANNOUNCEMENTS


def agreed() -> ColumnElement[bool]:
    """The condition that a person's yes to announcements stands, with its proof."""
    proof = exists().where(
        Consent.person_id == Person.id,
        Consent.purpose == PURPOSE,
        Consent.withdrawn_at.is_(None),
    )
    return (Person.announcements == Announce.YES) & proof


def wish(db: Connection, person_id: int) -> Announce:
    """What the person said; UNASKED where the proof of a yes is gone."""
    row = db.execute(
        select(Person.announcements, agreed().label("agreed")).where(Person.id == person_id)
    ).one()
    stands = row.announcements is not Announce.YES or row.agreed
    return row.announcements if stands else Announce.UNASKED


def may_ask(db: Connection, person_id: int, now: datetime) -> bool:
    """True for whoever has never answered, from the day after their first talk with us on.

    `now` is in the local zone.
    """
    if wish(db, person_id) is not Announce.UNASKED:
        return False
    first = db.execute(
        select(func.min(Consent.given_at)).where(
            Consent.person_id == person_id,
            Consent.purpose == ConsentPurpose.REGISTRATION,
            Consent.withdrawn_at.is_(None),
        )
    ).scalar_one_or_none()
    return first is not None and first.astimezone(now.tzinfo).date() < now.date()


def choose(
    db: Connection, person_id: int, now: datetime, *, wanted: bool, account_id: int, channel: str
) -> None:
    """Keep the answer: a yes with its proof, a no with the last proof taken back."""
    answer = Announce.YES if wanted else Announce.NO
    if wish(db, person_id) is answer:
        return
    consents.withdraw(db, person_id, PURPOSE, now)
    if wanted:
        consents.give(db, account_id, PURPOSE, now, channel=channel, person_id=person_id)
    db.execute(update(Person).where(Person.id == person_id).values(announcements=answer))
