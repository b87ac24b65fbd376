"""Substitutes that principals propose: decided by who sent the colleague, or runs the course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from storage import audit, courses, nominations, nominees, outbox
from storage.models import (
    Course,
    Person,
    Registration,
    School,
    Substitution,
    SubstitutionState,
    Unit,
)
from storage.nominees import Nominated, Sent
from storage.proposals import KIND

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope

ANSWERED = "substitute answered"

_who, _instead = aliased(Person), aliased(Person)
_of_course, _of_school = aliased(Unit), aliased(Unit)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who is proposed in whose place, at which course, by whom."""

    id: int
    state: SubstitutionState
    course_id: int
    registration_id: int
    absent: str
    person_id: int
    substitute: str
    school: str
    proposed_by_id: int | None
    unit_id: int


_PROPOSALS = (
    select(
        Substitution.id, Substitution.state, Registration.course_id, Registration.id,
        _who.full_name, _instead.id, _instead.full_name, School.name,
        Substitution.proposed_by_id, Course.unit_id,
    )
    .select_from(Substitution)
    .join(Registration, Registration.id == Substitution.registration_id)
    .join(Course, Course.id == Registration.course_id)
    .join(_of_course, _of_course.id == Course.unit_id)
    .join(_who, _who.id == Registration.person_id)
    .join(_instead, _instead.id == Substitution.person_id)
    .join(School, School.id == _instead.school_id)
    .join(_of_school, _of_school.id == School.unit_id)
)  # fmt: skip


def get(db: Connection, scope: Scope, proposal_id: int) -> Proposal | None:
    """A proposal the officer may decide on: they cover the course, or sent the colleague."""
    sent = (Registration.nominated_by_id == scope.person_id) & scope.where(_of_school.path)
    mine = or_(scope.where(_of_course.path), sent)
    row = db.execute(_PROPOSALS.where(Substitution.id == proposal_id, mine)).one_or_none()
    return Proposal(*row) if row else None


def waiting(db: Connection, scope: Scope) -> list[int]:
    """Proposals that wait for this officer, the oldest first."""
    sent = (Registration.nominated_by_id == scope.person_id) & scope.where(_of_school.path)
    rows = db.execute(
        _PROPOSALS.where(
            Substitution.state == SubstitutionState.PROPOSED,
            or_(scope.where(_of_course.path), sent),
        ).order_by(Substitution.at, Substitution.id)
    )
    return [row[0] for row in rows]


def approve(db: Connection, scope: Scope, proposal_id: int, now: datetime) -> Nominated | None:
    """Send the substitute; what came of it. None: not the officer's, or decided already.

    Whoever does not run the course sends within the seats set apart for their units, as ever.
    Where there is no seat any more, nothing is decided.
    """
    found = _open(db, scope, proposal_id)
    if found is None:
        return None
    may = nominations.right(db, scope, found.course_id)
    if may is None:
        return Nominated(found.person_id, Sent.OUTSIDE)
    done = nominees.seat(db, may.course, [found.person_id], now, actor_id=scope.actor_id,
                         only=may.units)[0]  # fmt: skip
    if done.outcome is Sent.NOMINATED:
        _decide(db, scope, found, SubstitutionState.APPROVED, now)
    return done


def refuse(db: Connection, scope: Scope, proposal_id: int, now: datetime) -> bool:
    """Not this substitute; whoever proposed them is told. False: not theirs, or decided already."""
    found = _open(db, scope, proposal_id)
    if found is None:
        return False
    _decide(db, scope, found, SubstitutionState.REFUSED, now)
    return True


def _open(db: Connection, scope: Scope, proposal_id: int) -> Proposal | None:
    """The proposal with its course locked, while it is not decided."""
    before = get(db, scope, proposal_id)
    if before is None or courses.locked(db, before.course_id) is None:
        return None
    found = get(db, scope, proposal_id)
    return found if found and found.state is SubstitutionState.PROPOSED else None


def _decide(
    db: Connection, scope: Scope, found: Proposal, state: SubstitutionState, now: datetime
) -> None:
    db.execute(
        update(Substitution)
        .where(Substitution.id == found.id)
        .values(state=state, decided_by_id=scope.actor_id, decided_at=now)
    )
    outbox.withdraw(db, (KIND,), found.id, now)
    if found.proposed_by_id is not None:
        outbox.owe(db, ANSWERED, key=f"{ANSWERED}:{found.id}", subject_id=found.id,
                   person_id=found.proposed_by_id, due_at=now)  # fmt: skip
    audit.note(db, actor_id=scope.actor_id, action=f"substitute {state.value}",
               subject="registration", subject_id=found.registration_id, unit_id=found.unit_id,
               now=now, person=found.person_id)  # fmt: skip
