"""Ways into an officer's role: a code is shown once, its digest kept, its uses counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, insert, or_, select, update

from storage import accounts, audit, codes, outbox, roles, spelling, tries, worktime
from storage.models import (
    Called,
    Invitation,
    Person,
    Position,
    Role,
    RoleKind,
    Source,
    Unit,
)
from storage.scopes import OFFICERS

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection


class Outcome(StrEnum):
    """What came of an invitation's code."""

    CLAIMED = "claimed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"
    ALREADY = "already"
    OTHERS = "others"  # it is in somebody else's name
    FULL = "full"  # the account serves as many people as it can
    OTHER_SCHOOL = "other school"  # the account serves people of a school


@dataclass(frozen=True, slots=True)
class Invited:
    """What a code opens: the role, the unit's name as it stands in a sentence, and for whom."""

    outcome: Outcome
    id: int = 0
    kind: RoleKind | None = None
    unit_id: int = 0
    unit: str = ""
    holder: str = ""
    person_id: int | None = None
    covers_id: int | None = None
    from_day: date | None = None
    to_day: date | None = None


class StandsIn(NamedTuple):
    """Whose role an invitation is for, and on which days; without a last day it passes on."""

    covers_id: int
    from_day: date
    to_day: date | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who took a role: full name, the role and its unit."""

    name: str
    kind: RoleKind
    unit: str


FOUND = (
    select(
        Invitation.id, Invitation.kind, Invitation.unit_id, Unit.name, Invitation.holder,
        Invitation.uses_left, Invitation.expires_at, Invitation.invited_by_id,
        Invitation.revoked_at, Invitation.covers_id, Invitation.from_day, Invitation.to_day,
        Role.valid_to.label("covered_to"),
    )
    .join_from(Invitation, Unit, Unit.id == Invitation.unit_id)
    .outerjoin(Role, Role.id == Invitation.covers_id)
    .where(Invitation.digest == bindparam("digest"))
)  # fmt: skip
# Counting down and looking whether there is something left is one statement: two people who
# claim the last use at once cannot both have it.
USE = (
    update(Invitation)
    .where(
        Invitation.id == bindparam("invitation_id"),
        Invitation.uses_left > 0,
        Invitation.revoked_at.is_(None),
    )
    .values(uses_left=Invitation.uses_left - 1)
    .returning(Invitation.invited_by_id)
)


def create(
    db: Connection,
    kind: RoleKind,
    unit_id: int,
    now: datetime,
    *,
    uses: int = 1,
    days: int = 14,
    holder: str = "",
    invited_by: int | None = None,
    stands_in: StandsIn | None = None,
) -> str:
    """Make an invitation into an officer's role of a unit and return its code, this once.

    `holder` is the full name of the one it is meant for, "" where anyone who has it may use it;
    `stands_in` says whose role it is for a time, or passes on.

    Raises:
        ValueError: the role is no officer's, or there is no use or no day.
    """
    if kind not in OFFICERS or uses < 1 or days < 1:
        raise ValueError("an invitation is for an officer, for one use and one day at least")
    code = codes.invitation()
    invitation_id = db.execute(
        insert(Invitation)
        .values(
            digest=codes.digest(code), kind=kind, unit_id=unit_id, holder=spelling.clean(holder),
            uses_left=uses, expires_at=now + timedelta(days=days), invited_by_id=invited_by,
            created_at=now, **(stands_in._asdict() if stands_in else {}),
        )
        .returning(Invitation.id)
    ).scalar_one()  # fmt: skip
    audit.note(
        db, actor_id=invited_by, action="invited", subject="invitation", subject_id=invitation_id,
        unit_id=unit_id, now=now, kind=kind.value, uses=uses,
    )  # fmt: skip
    return code


def look(db: Connection, digest: str, now: datetime) -> Invited:
    """What the code with this digest opens now; CLAIMED means that it can be claimed."""
    row = db.execute(FOUND, {"digest": digest}).one_or_none()
    if row is None:
        return Invited(Outcome.UNKNOWN)
    outcome = Outcome.CLAIMED
    # Nobody stands in for a role that has ended.
    over = row.covered_to is not None and row.covered_to < now.date()
    if row.revoked_at is not None or over:
        outcome = Outcome.REVOKED
    elif row.uses_left < 1:
        outcome = Outcome.USED
    elif row.expires_at <= now or (row.to_day is not None and row.to_day < now.date()):
        outcome = Outcome.EXPIRED
    unit = row.name[0].lower() + row.name[1:]
    return Invited(
        outcome, row.id, row.kind, row.unit_id, unit, row.holder, covers_id=row.covers_id,
        from_day=row.from_day, to_day=row.to_day,
    )  # fmt: skip


def claim(
    db: Connection, digest: str, *, account_id: int, person_id: int | None, name: str, now: datetime
) -> Invited:
    """Give the role behind a code to the account's person, from today on.

    An account without a person (`person_id` None) gets one: the officer on our list whom the
    invitation names, else a new officer of this full name. A code nobody gave out counts as a
    wrong try. The inviter is told, and so are other accounts of an officer on our list.
    `person_id` of the result is whose role it is.
    """
    found = look(db, digest, now)
    if found.outcome is Outcome.UNKNOWN:
        tries.failed(db, account_id, now)
    if found.outcome is not Outcome.CLAIMED:
        return found
    if found.holder and spelling.fold(found.holder) != spelling.fold(name):
        return replace(found, outcome=Outcome.OTHERS)
    if person_id is not None and _holds(db, person_id, found, now):
        return replace(found, outcome=Outcome.ALREADY, person_id=person_id)
    listed = _listed(db, found, now.date())
    if person_id is None and (crowded := _crowded(db, account_id, listed)):
        return replace(found, outcome=crowded)
    used = db.execute(USE, {"invitation_id": found.id}).one_or_none()
    if used is None:
        return replace(found, outcome=Outcome.USED)
    tries.passed(db, account_id)
    if person_id is None:
        person_id = listed or _add(db, name, now)
        _join(db, found, account_id, person_id, now)
    _give(db, found, person_id, now)
    if used.invited_by_id is not None:
        outbox.owe(
            db, "invitation claimed", key=f"invitation claimed:{found.id}:{person_id}",
            subject_id=found.id, person_id=used.invited_by_id, due_at=now,
            data={"person": person_id},
        )  # fmt: skip
    return replace(found, person_id=person_id)


def joined(db: Connection, invitation_id: int, person_id: int) -> Joined | None:
    """Who took which role with an invitation; None where that role has ended since."""
    row = db.execute(
        select(Person.full_name, Invitation.kind, Unit.name)
        .join_from(Invitation, Unit, Unit.id == Invitation.unit_id)
        .join(Role, (Role.unit_id == Invitation.unit_id) & (Role.kind == Invitation.kind))
        .join(Person, Person.id == Role.person_id)
        .where(
            Invitation.id == invitation_id,
            Person.id == person_id,
            or_(
                Role.valid_to.is_(None),
                (Role.covers_id == Invitation.covers_id) & (Role.valid_to == Invitation.to_day),
            ),
        )
        .limit(1)
    ).one_or_none()
    return Joined(row.full_name, row.kind, row.name[0].lower() + row.name[1:]) if row else None


def _holds(db: Connection, person_id: int, invited: Invited, now: datetime) -> bool:
    held = roles.of(db, person_id, now.date())
    there = any((role.kind, role.unit_id) == (invited.kind, invited.unit_id) for role in held)
    return there or (
        invited.covers_id is not None
        and roles.stands_in(db, invited.covers_id, person_id, now.date())
    )


def _give(db: Connection, invited: Invited, person_id: int, now: datetime) -> None:
    """The role from today on; officers are called by their own form of address."""
    if invited.covers_id is not None:
        first = max(invited.from_day or now.date(), now.date())
        roles.hand(db, invited.covers_id, person_id, first, invited.to_day)
    elif invited.kind is not None:
        roles.grant(db, person_id, invited.kind, now.date(), unit_id=invited.unit_id)
    db.execute(
        update(Person)
        .where(Person.id == person_id, Person.called == Called.TEACHER)
        .values(called=Called.ANH_CHI)
    )
    audit.note(
        db, actor_id=person_id, action="invitation claimed", subject="invitation",
        subject_id=invited.id, unit_id=invited.unit_id, now=now,
    )  # fmt: skip


def _crowded(db: Connection, account_id: int, listed: int | None) -> Outcome | None:
    """Why the account cannot serve the officer too; None where it can."""
    sharers = accounts.people(db, account_id)
    if len(sharers) >= accounts.MOST and all(sharer.id != listed for sharer in sharers):
        return Outcome.FULL
    # An officer is of no school, so that they share an account with nobody.
    return Outcome.OTHER_SCHOOL if any(sharer.id != listed for sharer in sharers) else None


def _join(db: Connection, invited: Invited, account_id: int, person_id: int, now: datetime) -> None:
    """Let the account speak for an officer with its consent, and tell the ones they had before.

    The code and the name may have come into somebody else's hands: the officer has to learn of it.
    """
    before = accounts.elsewhere(db, person_id, account_id)
    accounts.link(db, account_id, person_id, now)
    for other, _ in before:
        outbox.owe(
            db, "invitation used", key=f"invitation used:{invited.id}:{account_id}:{other}",
            subject_id=invited.id, account_id=other, due_at=worktime.after_quiet(now),
            data={"person": person_id},
        )  # fmt: skip


def _listed(db: Connection, invited: Invited, day: date) -> int | None:
    """The one officer on our list with the name of the holder and this role, or with no role."""
    if not invited.holder:
        return None  # a name that anybody may type proves nothing
    rows = db.execute(
        select(Person.id, Role.kind, Role.unit_id)
        .join_from(Person, Role, Role.person_id == Person.id, isouter=True)
        .where(
            Person.folded == spelling.fold(invited.holder),
            Person.position == Position.OFFICER,
            roles.present(day),
        )
    ).all()
    fitting = {
        row.id
        for row in rows
        if row.kind is None or (row.kind, row.unit_id) == (invited.kind, invited.unit_id)
    }
    return fitting.pop() if len(fitting) == 1 else None


def _add(db: Connection, name: str, now: datetime) -> int:
    full_name = spelling.clean(name)
    return db.execute(
        insert(Person)
        .values(
            full_name=full_name, sort_key=spelling.sort_key(full_name),
            folded=spelling.fold(full_name), called=Called.ANH_CHI, position=Position.OFFICER,
            source=Source.SELF, verified_at=now,
        )
        .returning(Person.id)
    ).scalar_one()  # fmt: skip
