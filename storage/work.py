"""What waits for an officer today, as far as the officer's scope reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from storage import courses
from storage.models import (
    Broadcast,
    BroadcastState,
    Claim,
    ClaimState,
    Course,
    Person,
    Question,
    Registration,
    RoleKind,
    Rung,
    School,
    Session,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.scopes import Scope

RUNGS = {RoleKind.COMMUNE: Rung.COMMUNE, RoleKind.DEPARTMENT: Rung.DEPARTMENT}
# Officers see this far ahead on their first screen.
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Filling:
    """A course that comes soon, with its seats taken and its queue."""

    course: Training
    held: int
    waiting: int


def claims(db: Connection, scope: Scope) -> list[int]:
    """Ids of the open claims that wait at the officer's own rung, the oldest first."""
    rungs = {RUNGS[reach.kind]: reach.kind for reach in scope.reaches}
    mine = or_(
        *((Claim.rung == rung) & scope.where(Unit.path, kind) for rung, kind in rungs.items())
    )
    # A claim from nowhere we know is for any officer of the Sở.
    nowhere = Unit.path.is_(None) & (Claim.rung == Rung.DEPARTMENT)
    if Rung.DEPARTMENT in rungs:
        mine |= nowhere
    found = (
        select(Claim.id)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(School, School.id == func.coalesce(Claim.to_school_id, Person.school_id))
        # A school that is not on our list has no row to join: its unit is what was said.
        .outerjoin(Unit, Unit.id == func.coalesce(School.unit_id, Claim.unit_id))
        .where(Claim.state == ClaimState.OPEN, mine)
        .order_by(Claim.asked_at, Claim.id)
    )
    return list(db.execute(found).scalars())


def requests(db: Connection, scope: Scope) -> list[int]:
    """Ids of the registrations somebody on the officer's own rung has to agree to, oldest first."""
    rungs = {RUNGS[reach.kind]: reach.kind for reach in scope.reaches}
    mine = or_(
        *(
            (Registration.asked_rung == rung) & scope.where(Unit.path, kind)
            for rung, kind in rungs.items()
        )
    )
    if Rung.DEPARTMENT in rungs:
        # What nobody could be asked about yet, and people of no school we know, are for the Sở.
        mine |= Registration.asked_rung.is_(None) & scope.where(Unit.path, RoleKind.DEPARTMENT)
        mine |= Unit.path.is_(None)
    found = (
        select(Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(School, School.id == Person.school_id)
        .outerjoin(Unit, Unit.id == School.unit_id)
        .where(
            Registration.standing == Standing.ASKED,
            Registration.person_id != scope.person_id,
            mine,
        )
        .order_by(Registration.changed_at, Registration.id)
    )
    return list(db.execute(found).scalars())


def questions(db: Connection, scope: Scope) -> list[int]:
    """Ids of unanswered questions about courses in the scope or for the officer, oldest first."""
    found = (
        select(Question.id)
        .join(Course, Course.id == Question.course_id)
        .join(Unit, Unit.id == Course.unit_id)
        .where(
            Question.answered_at.is_(None),
            or_(scope.where(Unit.path), Course.contact_id == scope.person_id),
        )
        .order_by(Question.asked_at, Question.id)
    )
    return list(db.execute(found).scalars())


def announcements(db: Connection, scope: Scope) -> list[int]:
    """Ids of the announcements of others that wait for this officer's approval, oldest first."""
    found = (
        select(Broadcast.id)
        .join(Unit, Unit.id == Broadcast.unit_id)
        .where(
            Broadcast.state == BroadcastState.ASKED,
            Broadcast.author_id != scope.person_id,
            scope.where(Unit.path),
        )
        .order_by(Broadcast.confirmed_at, Broadcast.id)
    )
    return list(db.execute(found).scalars())


def coming(db: Connection, scope: Scope, now: datetime) -> list[Filling]:
    """Courses of the next 14 days that the scope owns or that meet in it, by their first day."""
    near = [course for course in courses.listed(db, now) if _near(course, now)]
    mine = _in_scope(db, scope, [course.id for course in near])
    shown = [course for course in near if course.id in mine]
    ids = [course.id for course in shown]
    held, waiting = courses.held(db, ids), courses.waiting(db, ids)
    return [Filling(course, held.get(course.id, 0), waiting.get(course.id, 0)) for course in shown]


def _near(course: Training, now: datetime) -> bool:
    """True where a session can be within the next 14 days; "July to August" is not near in May."""
    today = now.date()
    spans = [days for meeting in course.sessions if (days := meeting.days(now))]
    return any(first <= today + AHEAD and last >= today for first, last in spans)


def _in_scope(db: Connection, scope: Scope, course_ids: list[int]) -> set[int]:
    owns = (
        select(Course.id)
        .join(Unit, Unit.id == Course.unit_id)
        .where(Course.id.in_(course_ids), scope.where(Unit.path))
    )
    meets = (
        select(Session.course_id)
        .join(Unit, Unit.id == Session.unit_id)
        .where(Session.course_id.in_(course_ids), scope.where(Unit.path))
    )
    return {*db.execute(owns).scalars(), *db.execute(meets).scalars()}


def staffed(db: Connection, scope: Scope) -> bool:
    """True where anybody is on the list of a school in the officer's area."""
    found = (
        select(Person.id)
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(scope.where(Unit.path.expression))
        .limit(1)
    )
    return db.execute(found).first() is not None
