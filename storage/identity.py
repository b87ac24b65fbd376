"""How an account comes to speak for a person: a code, the phone's own number, or a claim."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from storage import (
    accounts,
    claims,
    consents,
    merges,
    outbox,
    personal_codes,
    tries,
    verdicts,
    worktime,
)
from storage.accounts import Room
from storage.models import ClaimKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.claims import Claim
    from storage.conversations import Who


class Where(StrEnum):
    """Where a person is known already, seen from one account."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"


def where(db: Connection, account_id: int, person_id: int) -> Where:
    """Whether this account, another one or none speaks for the person."""
    if accounts.room(db, account_id, person_id) is Room.THERE:
        return Where.HERE
    return Where.ELSEWHERE if accounts.elsewhere(db, person_id, account_id) else Where.NOWHERE


def recognise(
    db: Connection, account_id: int, person_id: int, now: datetime, *, provisional: Who | None
) -> Room:
    """Let the account speak for a person who has proved to be one of the roster.

    `provisional` is who they only claimed to be so far on this account: both become one, and
    nobody has to vouch any more. The caller has asked `where`, and it was NOWHERE. Wrong codes
    are forgotten for somebody new to the account; not for who was here before and took their
    consent back, as one's own code would be a way round the pause.
    """
    new = not consents.ever(db, account_id, person_id)
    if provisional is not None and not provisional.verified:
        merges.lock_courses(db, provisional.id)
        verdicts.withdraw(db, account_id, provisional.id, now)
        merges.merge(db, provisional.id, person_id, now, actor_id=person_id)
    found = accounts.link(db, account_id, person_id, now)
    if found in (Room.FREE, Room.THERE):
        personal_codes.used(db, person_id, now)
        verdicts.verify(db, person_id, now)
    if new and found is Room.FREE:
        tries.passed(db, account_id)
    return found


def ask_to_move(db: Connection, account_id: int, person_id: int, now: datetime) -> Claim:
    """Ask whether a person known elsewhere has this account now, and tell the accounts they had.

    Nothing moves until somebody who knows them confirms it.
    """
    claim = claims.begin(db, ClaimKind.PHONE, account_id, person_id, now)
    for other, _ in accounts.elsewhere(db, person_id, account_id):
        outbox.owe(
            db, "phone asked", key=f"phone asked:{claim.id}:{other}", subject_id=claim.id,
            account_id=other, due_at=worktime.after_quiet(now), data={"person": person_id},
        )  # fmt: skip
    return claim


def introduce(
    db: Connection,
    account_id: int,
    person_id: int,
    now: datetime,
    *,
    school: str = "",
    unit_id: int | None = None,
) -> Claim:
    """Let an account speak provisionally for a newcomer, and ask whoever knows them.

    `school` and `unit_id` are what was said of a school that our list does not have.
    """
    accounts.link(db, account_id, person_id, now)
    return claims.begin(
        db, ClaimKind.IDENTITY, account_id, person_id, now, school=school, unit_id=unit_id
    )
