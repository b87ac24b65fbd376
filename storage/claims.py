"""Claims and the ladder on which they are asked about.

A claim is put to the school's principal, after two working days to the officers of the commune
(or former district), then to those of the Sở. A rung on which nobody can be reached is passed
over at once. Whoever holds a rung may answer at any time, also before and after its turn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from storage import outbox, reach, roles, worktime
from storage.claimants import Claim, get, known, open_of, phone_of
from storage.models import Claim as Row
from storage.models import ClaimKind, ClaimState, Person, RoleKind, Rung

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = [
    "Claim",
    "answerers",
    "ask_principal",
    "begin",
    "climb",
    "get",
    "holders",
    "known",
    "open_of",
    "phone_of",
    "right",
]

# Working days on each rung; where nobody is left to be asked we look again after one.
PATIENCE = 2
LOOK_AGAIN = 1
LADDER = (
    (Rung.PRINCIPAL, RoleKind.PRINCIPAL),
    (Rung.COMMUNE, RoleKind.COMMUNE),
    (Rung.DEPARTMENT, RoleKind.DEPARTMENT),
)
RUNGS = tuple(rung for rung, _ in LADDER)


def holders(db: Connection, claim: Claim, rung: Rung, now: datetime) -> list[int]:
    """The people on a rung of this claim's ladder; nobody answers for themselves."""
    # A claim from nowhere we know is for any officer of the Sở, and for nobody below.
    path = None if rung is Rung.DEPARTMENT and not claim.path else claim.path
    found = roles.holders(
        db, dict(LADDER)[rung], day=now.date(), school_id=claim.school_id, path=path
    )
    return [person_id for person_id in found if person_id != claim.person_id]


def answerers(db: Connection, claim: Claim, now: datetime) -> list[int]:
    """Who is asked now: those on the claim's rung who can be reached."""
    found = holders(db, claim, claim.rung, now)
    return [person_id for person_id in found if reach.reachable(db, person_id, "claim", now)]


def right(db: Connection, claim: Claim, person_id: int, now: datetime) -> Rung | None:
    """As what a person may answer this claim; None where they may not."""
    return next((rung for rung in RUNGS if person_id in holders(db, claim, rung, now)), None)


def begin(
    db: Connection,
    kind: ClaimKind,
    account_id: int,
    person_id: int,
    now: datetime,
    *,
    school: str = "",
    unit_id: int | None = None,
    to_school_id: int | None = None,
) -> Claim:
    """Ask whoever knows the person; a claim that is open already is returned as it is.

    `school` and `unit_id` are what was said of a school that our list does not have;
    `to_school_id` is where somebody moves.
    """
    same = select(Row.id).where(
        Row.kind == kind,
        Row.account_id == account_id,
        Row.person_id == person_id,
        Row.state == ClaimState.OPEN,
        Row.to_school_id.is_(None) if to_school_id is None else Row.to_school_id == to_school_id,
    )
    if (claim_id := db.execute(same).scalar_one_or_none()) is not None:
        return known(db, claim_id)
    claim_id = db.execute(
        insert(Row)
        .values(
            kind=kind, account_id=account_id, person_id=person_id, state=ClaimState.OPEN,
            rung=Rung.PRINCIPAL, asked_at=now, school=school, unit_id=unit_id,
            to_school_id=to_school_id,
        )
        .returning(Row.id)
    ).scalar_one()  # fmt: skip
    _ask(db, known(db, claim_id), RUNGS, now)
    return known(db, claim_id)


def climb(db: Connection, now: datetime, limit: int = 50) -> int:
    """Take claims nobody answered in time to the next rung; returns how many were looked at.

    Doing it twice at the same moment changes nothing the second time.
    """
    due = db.execute(
        select(Row.id)
        .where(Row.state == ClaimState.OPEN, Row.climbs_at <= now)
        .order_by(Row.climbs_at, Row.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(due.scalars())
    for claim_id in ids:
        claim = known(db, claim_id)
        asked = answerers(db, claim, now)
        # Where nobody could be asked so far, somebody below may have come in meanwhile.
        left = RUNGS[RUNGS.index(claim.rung) + 1 :] if asked else RUNGS
        _ask(db, claim, left, now)
    return len(ids)


def ask_principal(db: Connection, school_id: int, person_id: int, now: datetime) -> int:
    """Put a school's open claims to somebody who has just become its principal; says how many."""
    found = db.execute(
        select(Row.id)
        .join(Person, Person.id == Row.person_id)
        .where(
            Row.state == ClaimState.OPEN,
            func.coalesce(Row.to_school_id, Person.school_id) == school_id,
        )
        .order_by(Row.id)
    )
    mine = [claim for claim in (known(db, claim_id) for claim_id in found.scalars().all())
            if right(db, claim, person_id, now)]  # fmt: skip
    for claim in mine:
        _owe(db, claim, person_id, now)
    return len(mine)


def _ask(db: Connection, claim: Claim, rungs: tuple[Rung, ...], now: datetime) -> None:
    """Ask on the first of these rungs where somebody can be reached."""
    for rung in rungs:
        here = replace(claim, rung=rung)
        if asked := answerers(db, here, now):
            last = rung is RUNGS[-1]
            until = None if last else worktime.after_working_days(now, PATIENCE)
            _stand(db, here, until)
            for person_id in asked:
                _owe(db, here, person_id, now)
            return
    nobody = not answerers(db, claim, now)
    here = replace(claim, rung=RUNGS[-1]) if nobody else claim
    _stand(db, here, worktime.after_working_days(now, LOOK_AGAIN))


def _stand(db: Connection, claim: Claim, climbs_at: datetime | None) -> None:
    db.execute(update(Row).where(Row.id == claim.id).values(rung=claim.rung, climbs_at=climbs_at))


def _owe(db: Connection, claim: Claim, person_id: int, now: datetime) -> None:
    outbox.owe(
        db, "claim", key=f"claim:{claim.id}:{person_id}", subject_id=claim.id,
        person_id=person_id, due_at=worktime.next_waking(now),
    )  # fmt: skip
