"""What was said about a claim by whoever may: confirmed, refused, and all that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import (
    accounts,
    audit,
    claims,
    merges,
    newcomers,
    outbox,
    places,
    registrations,
    staff_moves,
    worktime,
)
from storage.accounts import Room
from storage.models import Claim as Row
from storage.models import ClaimKind, ClaimState, Person, Rung, School, Source

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.claims import Claim


class Verdict(StrEnum):
    """What came of answering a claim."""

    DONE = "done"
    SETTLED = "settled"  # somebody was quicker
    NOT_YOURS = "not yours"
    UNKNOWN = "unknown"
    NO_ROOM = "no room"  # the account serves others meanwhile
    NOT_SAME = "not same"  # no colleague of the school


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to answering; `claim` as it is now, `rung` as what the person answered."""

    verdict: Verdict
    claim: Claim | None = None
    rung: Rung | None = None


def look(db: Connection, claim_id: int, by_id: int, now: datetime) -> Decision:
    """DONE where this person may answer this claim now; else why not. Changes nothing."""
    claim = claims.get(db, claim_id)
    if claim is None:
        return Decision(Verdict.UNKNOWN)
    rung = claims.right(db, claim, by_id, now)
    if rung is None:
        return Decision(Verdict.NOT_YOURS)
    open_ = claim.state is ClaimState.OPEN
    return Decision(Verdict.DONE if open_ else Verdict.SETTLED, claim, rung)


def confirm(
    db: Connection,
    claim_id: int,
    by_id: int,
    now: datetime,
    *,
    full_name: str = "",
    same_as: int | None = None,
) -> Decision:
    """Vouch for a claim: the person is who they say, seats become certain, phones move.

    `full_name` corrects the name (its caller has checked it). `same_as` is the colleague of the
    same school whom the claimant turned out to be; the two entries become one. Of claims about
    a phone the person's other accounts end. Everybody concerned is told.
    """
    found = _hold(db, claim_id, by_id, now)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return found
    if found.claim.kind is ClaimKind.PHONE:
        return _confirm_phone(db, found, found.claim, by_id, now)
    if found.claim.kind is ClaimKind.MOVE:
        return _confirm_move(db, found, found.claim, by_id, now)
    return _confirm_person(db, found, found.claim, by_id, now, full_name=full_name, same_as=same_as)


def _hold(db: Connection, claim_id: int, by_id: int, now: datetime) -> Decision:
    """Look, lock, and look again: two people may answer at once."""
    found = look(db, claim_id, by_id, now)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return found
    merges.lock_courses(db, found.claim.person_id)
    db.execute(select(Row.id).where(Row.id == claim_id).with_for_update())
    return look(db, claim_id, by_id, now)


def _confirm_phone(
    db: Connection, found: Decision, claim: Claim, by_id: int, now: datetime
) -> Decision:
    if accounts.room(db, claim.account_id, claim.person_id) in (Room.FULL, Room.OTHER_SCHOOL):
        return replace(found, verdict=Verdict.NO_ROOM)
    stopped = accounts.move(db, claim.person_id, claim.account_id, now)
    _settle(db, claim, ClaimState.CONFIRMED, by_id, now)
    _tell(db, claim, "confirmed", found, now, person_id=claim.person_id)
    for account_id in stopped:
        _tell(db, claim, "moved away", found, now, account_id=account_id)
    return replace(found, claim=claims.known(db, claim.id))


def _confirm_move(
    db: Connection, found: Decision, claim: Claim, by_id: int, now: datetime
) -> Decision:
    """Put the person on the list of the school they move to, and tell them."""
    if claim.school_id is None:
        return replace(found, verdict=Verdict.UNKNOWN)
    closed = select(School.closed_on).where(School.id == claim.school_id)
    if db.execute(closed).scalar_one() is not None:
        # Nobody moves to a school that was closed meanwhile: they stay, and hear of it.
        _settle(db, claim, ClaimState.REFUSED, by_id, now)
        _tell_of_move(db, claim, "move refused", now)
        return replace(found, verdict=Verdict.SETTLED, claim=claims.known(db, claim.id))
    moved = staff_moves.move(db, claim.person_id, claim.school_id, by_id=by_id, now=now)
    _settle(db, claim, ClaimState.CONFIRMED, by_id, now)
    outbox.withdraw(db, ("list changed",), moved.id, now)
    _tell_of_move(db, claim, "move confirmed", now)
    return replace(found, claim=claims.known(db, claim.id))


def _tell_of_move(db: Connection, claim: Claim, kind: str, now: datetime) -> None:
    """To whoever moves, to the account that asked it for them, and to those told of the asking."""
    due = worktime.after_quiet(now)
    for head in outbox.told(db, "colleague moves", claim.id):
        outbox.owe(db, kind, key=f"{kind}:{claim.id}:{head}", subject_id=claim.id, person_id=head,
                   due_at=due)  # fmt: skip
    outbox.withdraw(db, ("colleague moves",), claim.id, now)
    outbox.owe(db, kind, key=f"{kind}:{claim.id}", subject_id=claim.id, person_id=claim.person_id,
               due_at=due)  # fmt: skip
    if all(used.id != claim.account_id for used in accounts.of(db, claim.person_id)):
        outbox.owe(db, kind, key=f"{kind}:{claim.id}:asked", subject_id=claim.id,
                   account_id=claim.account_id, due_at=due)  # fmt: skip


def _confirm_person(
    db: Connection,
    found: Decision,
    claim: Claim,
    by_id: int,
    now: datetime,
    *,
    full_name: str,
    same_as: int | None,
) -> Decision:
    person_id = claim.person_id
    sure = [p.course_id for p in places.of_person(db, person_id) if p.provisional]
    also: list[int] = []
    if same_as is not None:
        if same_as == person_id or not newcomers.colleague(
            db, claim.school_id, same_as, now.date()
        ):
            return replace(found, verdict=Verdict.NOT_SAME)
        also = [account for account, _ in accounts.elsewhere(db, same_as, claim.account_id)]
        merges.merge(db, person_id, same_as, now, actor_id=by_id)
        person_id = same_as
    elif full_name:
        newcomers.rename(db, person_id, full_name)
    verify(db, person_id, now, by=found.rung)
    _settle(db, claim, ClaimState.CONFIRMED, by_id, now)
    _tell(db, claim, "confirmed", found, now, person_id=person_id, courses=sure)
    for account_id in also:
        _tell(db, claim, "also used", found, now, account_id=account_id, person=person_id)
    return replace(found, claim=claims.known(db, claim.id))


def verify(db: Connection, person_id: int, now: datetime, *, by: Rung | None = None) -> None:
    """Hold a person for who they say they are, from now on; their seats become certain."""
    db.execute(
        update(Person)
        .where(Person.id == person_id, Person.verified_at.is_(None))
        .values(verified_at=now)
    )
    if by is Rung.PRINCIPAL:
        db.execute(
            update(Person)
            .where(Person.id == person_id, Person.source == Source.SELF)
            .values(source=Source.PRINCIPAL)
        )
    registrations.confirm_person(db, person_id, now)


def refuse(db: Connection, claim_id: int, by_id: int, now: datetime) -> Decision:
    """Say that nobody knows this person: seats pass on, no account speaks for them any more.

    Of a claim about a phone only the new account learns of it; the person's own is untouched. Of
    a move nothing changes: the person stays on the list of the school they were at.
    """
    found = _hold(db, claim_id, by_id, now)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return found
    claim = found.claim
    if claim.kind is ClaimKind.IDENTITY:
        registrations.drop_person(db, claim.person_id, now, actor_id=by_id)
        for used in accounts.of(db, claim.person_id):
            accounts.unlink(db, used.id, claim.person_id)
        db.execute(update(Person).where(Person.id == claim.person_id).values(left_on=now.date()))
    _settle(db, claim, ClaimState.REFUSED, by_id, now)
    if claim.kind is ClaimKind.MOVE:
        _tell_of_move(db, claim, "move refused", now)
        return replace(found, claim=claims.known(db, claim.id))
    _tell(db, claim, "refused", found, now, by=by_id)
    return replace(found, claim=claims.known(db, claim.id))


def withdraw(db: Connection, account_id: int, person_id: int, now: datetime) -> None:
    """Nobody need answer for this person any more: they have shown who they are."""
    mine = db.execute(
        update(Row)
        .where(
            Row.account_id == account_id,
            Row.person_id == person_id,
            Row.state == ClaimState.OPEN,
        )
        .values(state=ClaimState.WITHDRAWN, decided_at=now)
        .returning(Row.id)
    )
    for claim_id in mine.scalars().all():
        outbox.withdraw(db, ("claim",), claim_id, now)


def _settle(db: Connection, claim: Claim, state: ClaimState, by_id: int, now: datetime) -> None:
    db.execute(
        update(Row)
        .where(Row.id == claim.id)
        .values(state=state, decided_by_id=by_id, decided_at=now)
    )
    outbox.withdraw(db, ("claim",), claim.id, now)
    audit.note(
        db, actor_id=by_id, action=f"claim {state.value}", subject="claim", subject_id=claim.id,
        unit_id=claim.unit_id, now=now, person=claim.person_id, kind=claim.kind.value,
    )  # fmt: skip


def _tell(
    db: Connection,
    claim: Claim,
    kind: str,
    found: Decision,
    now: datetime,
    *,
    account_id: int | None = None,
    person_id: int | None = None,
    **data: object,
) -> None:
    """Owe a message to the account the claim came from, or to another one."""
    to = account_id or claim.account_id
    rung = found.rung.value if found.rung else ""
    outbox.owe(
        db, kind, key=f"{kind}:{claim.id}:{to}", subject_id=claim.id, person_id=person_id,
        account_id=to, due_at=worktime.after_quiet(now), data={"rung": rung, **data},
    )  # fmt: skip
