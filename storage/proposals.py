"""A principal proposes a colleague in the place of one who was sent and cannot come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import aliased

from storage import audit, courses, excuses, meant, nominees, outbox, places, principals
from storage.models import (
    Course,
    CourseState,
    Person,
    Registration,
    Session,
    Standing,
    Substitution,
    SubstitutionState,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.places import Place

KIND = "substitute"


@dataclass(frozen=True, slots=True)
class Mine:
    """What somebody proposed, as it stands."""

    registration_id: int
    course_id: int
    absent: str
    substitute: str
    state: SubstitutionState


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the school who could go instead."""

    id: int
    full_name: str
    birth_year: int | None


def may_propose(
    db: Connection, person_id: int, registration_id: int, now: datetime
) -> tuple[Place, Training] | None:
    """The place and its course, where this person runs the school of whoever cannot come."""
    place = places.by_id(db, registration_id)
    course = courses.get(db, place.course_id) if place else None
    if place is None or course is None or place.standing is not Standing.EXCUSED:
        return None
    school = db.execute(
        select(Person.school_id).where(Person.id == place.person_id)
    ).scalar_one_or_none()
    mine = principals.schools(db, person_id, now.date())
    open_ = course.state in (CourseState.OPEN, CourseState.CLOSED) and not course.begun(now)
    return (place, course) if open_ and school in mine else None


def colleagues(
    db: Connection, registration_id: int, reader_id: int, now: datetime
) -> list[Colleague]:
    """Those of the same school whom the course is meant for and who have no place in it."""
    found = may_propose(db, reader_id, registration_id, now)
    if found is None:
        return []
    place, course = found
    school = select(Person.school_id).where(Person.id == place.person_id).scalar_subquery()
    day = course.starts_at.astimezone(now.tzinfo).date() if course.starts_at else now.date()
    proposed = exists().where(
        Substitution.person_id == Person.id,
        Substitution.registration_id == place.id,
        Substitution.state == SubstitutionState.PROPOSED,
    )
    rows = db.execute(
        nominees.eligible(course, now.date())
        .where(Person.school_id == school, meant.at_work(day), ~proposed)
        .order_by(Person.sort_key, Person.id)
    )
    return [Colleague(*row) for row in rows]


def propose(
    db: Connection, registration_id: int, person_id: int, by_id: int, now: datetime
) -> int | None:
    """Propose a colleague; whoever decides is asked. None: not theirs to propose, or not free.

    A proposal that stood before is withdrawn. Returns the id of the proposal.
    """
    if places.locked(db, registration_id) is None:
        return None
    found = may_propose(db, by_id, registration_id, now)
    if found is None or person_id not in {one.id for one in colleagues(db, registration_id, by_id,
                                                                        now)}:  # fmt: skip
        return None
    place, course = found
    _withdraw(db, place.id, now, by_id)
    proposal_id = db.execute(
        insert(Substitution)
        .values(registration_id=place.id, person_id=person_id, state=SubstitutionState.PROPOSED,
                proposed_by_id=by_id, at=now)
        .returning(Substitution.id)
    ).scalar_one()  # fmt: skip
    sender = select(Registration.nominated_by_id).where(Registration.id == place.id)
    for officer in excuses.deciders(db, course.id, db.execute(sender).scalar_one(), now):
        outbox.owe(db, KIND, key=f"{KIND}:{proposal_id}:{officer}", subject_id=proposal_id,
                   person_id=officer, due_at=now)  # fmt: skip
    audit.note(db, actor_id=by_id, action="substitute proposed", subject="registration",
               subject_id=place.id, unit_id=course.unit_id, now=now, person=person_id)  # fmt: skip
    return proposal_id


def proposal(db: Connection, proposal_id: int, reader_id: int) -> Mine | None:
    """One of the proposals this person made."""
    absent, substitute = aliased(Person), aliased(Person)
    row = db.execute(
        select(Registration.id, Registration.course_id, absent.full_name, substitute.full_name,
               Substitution.state)
        .select_from(Substitution)
        .join(Registration, Registration.id == Substitution.registration_id)
        .join(absent, absent.id == Registration.person_id)
        .join(substitute, substitute.id == Substitution.person_id)
        .where(Substitution.id == proposal_id, Substitution.proposed_by_id == reader_id)
    ).one_or_none()  # fmt: skip
    return Mine(*row) if row else None


def _withdraw(db: Connection, registration_id: int, now: datetime, by_id: int) -> None:
    """Take back what was proposed for a place and is not decided."""
    ended = db.execute(
        update(Substitution)
        .where(Substitution.registration_id == registration_id,
               Substitution.state == SubstitutionState.PROPOSED)
        .values(state=SubstitutionState.WITHDRAWN, decided_by_id=by_id, decided_at=now)
        .returning(Substitution.id)
    ).scalars().all()  # fmt: skip
    for proposal_id in ended:
        outbox.withdraw(db, (KIND,), proposal_id, now)


def open_places(db: Connection, reader_id: int, now: datetime) -> list[int]:
    """Registrations of a principal's colleagues who cannot come and have no substitute yet."""
    schools = principals.schools(db, reader_id, now.date())
    if not schools:
        return []
    begun = exists().where(Session.course_id == Course.id, Session.starts_at <= now)
    settled = exists().where(
        Substitution.registration_id == Registration.id,
        Substitution.state.in_((SubstitutionState.PROPOSED, SubstitutionState.APPROVED)),
    )
    rows: Any = db.execute(
        select(Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .join(Course, Course.id == Registration.course_id)
        .where(
            Person.school_id.in_(schools), Person.id != reader_id,
            Registration.standing == Standing.EXCUSED,
            Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
            ~begun, ~settled,
        )
        .order_by(Registration.changed_at, Registration.id)
    ).scalars()  # fmt: skip
    return list(rows)
