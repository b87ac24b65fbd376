"""A teacher's own word that they work at another school now: the new school is asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import claims, outbox, roles, worktime
from storage.models import Claim as Row
from storage.models import ClaimKind, ClaimState, Person, RoleKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.claims import Claim
    from storage.conversations import Who


def ask(db: Connection, account_id: int, who: Who, to_school_id: int, now: datetime) -> Claim:
    """Ask the school somebody says they moved to, and tell the one they are at.

    Until it is confirmed they stay on the old list, with all seats; asking again about another
    school takes the question back. Whoever is not confirmed yet has nothing to move: they are
    asked about at the other school instead.
    """
    _take_back(db, who, now)
    if not who.verified:
        db.execute(update(Person).where(Person.id == who.id).values(school_id=to_school_id))
        return claims.begin(db, ClaimKind.IDENTITY, account_id, who.id, now)
    claim = claims.begin(db, ClaimKind.MOVE, account_id, who.id, now, to_school_id=to_school_id)
    for head in roles.holders(db, RoleKind.PRINCIPAL, day=now.date(), school_id=who.school_id):
        if head != who.id:
            outbox.owe(
                db, "colleague moves", key=f"colleague moves:{claim.id}:{head}",
                subject_id=claim.id, person_id=head, due_at=worktime.next_waking(now),
            )  # fmt: skip
    return claim


def waiting(db: Connection, person_id: int) -> int | None:
    """The id of the open question about a move of this person, if there is one."""
    mine = select(Row.id).where(
        Row.person_id == person_id, Row.kind == ClaimKind.MOVE, Row.state == ClaimState.OPEN
    )
    return db.execute(mine.order_by(Row.id.desc())).scalars().first()


def _take_back(db: Connection, who: Who, now: datetime) -> None:
    kind = ClaimKind.MOVE if who.verified else ClaimKind.IDENTITY
    open_ones = db.execute(
        update(Row)
        .where(Row.person_id == who.id, Row.kind == kind, Row.state == ClaimState.OPEN)
        .values(state=ClaimState.WITHDRAWN, decided_at=now)
        .returning(Row.id)
    )
    for claim_id in open_ones.scalars().all():
        outbox.withdraw(db, ("claim", "colleague moves"), claim_id, now)
