"""A person's place in a course: read, found, moved. The course is locked by whoever moves one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from storage import courses
from storage.models import (
    HOLDING,
    LIVE,
    CourseQuota,
    Registration,
    RegistrationEvent,
    Standing,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.models import Rung


@dataclass(frozen=True, slots=True)
class Place:
    """A registration: where it stands, who was asked to agree; in the queue, which place from 1."""

    id: int
    course_id: int
    person_id: int
    standing: Standing
    turn: int
    provisional: bool
    offered_until: datetime | None
    unanswered_since: datetime | None
    asked_rung: Rung | None = None
    position: int = 0

    @property
    def live(self) -> bool:
        """True while the person has a seat or a turn."""
        return self.standing in LIVE

    @property
    def holds(self) -> bool:
        """True while the person has a seat."""
        return self.standing in HOLDING


FIELDS = (
    Registration.id, Registration.course_id, Registration.person_id, Registration.standing,
    Registration.turn, Registration.provisional, Registration.offered_until,
    Registration.unanswered_since, Registration.asked_rung,
)  # fmt: skip
MINE = select(*FIELDS).where(
    Registration.course_id == bindparam("course_id"),
    Registration.person_id == bindparam("person_id"),
)
COUNTS = select(
    func.count().filter(Registration.standing.in_(HOLDING)).label("held"),
    func.count().filter(Registration.standing == Standing.WAITING).label("waiting"),
    select(func.count())
    .select_from(CourseQuota)
    .where(CourseQuota.course_id == bindparam("course_id"))
    .scalar_subquery()
    .label("quotas"),
).where(Registration.course_id == bindparam("course_id"))
AHEAD = select(func.count()).where(
    Registration.course_id == bindparam("course_id"),
    Registration.standing == Standing.WAITING,
    Registration.turn < bindparam("turn"),
)
NEXT = (
    select(*FIELDS)
    .where(
        Registration.course_id == bindparam("course_id"),
        Registration.standing == Standing.WAITING,
    )
    .order_by(Registration.turn)
    .limit(bindparam("limit"))
)
ADD = insert(Registration).returning(Registration.id)
CHANGE = (
    update(Registration)
    .where(Registration.id == bindparam("registration_id"))
    .values(
        standing=bindparam("new_standing"),
        turn=bindparam("new_turn"),
        offered_until=bindparam("until"),
        unanswered_since=bindparam("unanswered"),
        changed_at=bindparam("now"),
    )
)
# Apart from CHANGE: whoever moves a place may not know that the person was confirmed meanwhile.
# It is for who asks anew, of their own accord.
VOUCH = (
    update(Registration)
    .where(Registration.id == bindparam("registration_id"))
    .values(provisional=bindparam("new_provisional"), nominated_by_id=None)
)
TELL = insert(RegistrationEvent)


def find(db: Connection, course_id: int, person_id: int) -> Place | None:
    """The person's registration in a course, whatever became of it, with the place in the queue."""
    row = db.execute(MINE, {"course_id": course_id, "person_id": person_id}).one_or_none()
    if row is None:
        return None
    place = Place(*row)
    return with_position(db, place) if place.standing is Standing.WAITING else place


def move(
    db: Connection,
    place: Place,
    standing: Standing,
    now: datetime,
    *,
    actor_id: int | None,
    reason: str = "",
    offered_until: datetime | None = None,
    unanswered_since: datetime | None = None,
) -> Place:
    """Write a new standing and its line of history. The course must be locked."""
    moved = replace(
        place, standing=standing, offered_until=offered_until, unanswered_since=unanswered_since
    )
    db.execute(
        CHANGE,
        {
            "registration_id": place.id, "new_standing": standing, "new_turn": moved.turn,
            "until": offered_until, "unanswered": unanswered_since, "now": now,
        },
    )  # fmt: skip
    tell(db, place.id, standing, now, actor_id=actor_id, reason=reason)
    return moved


def tell(
    db: Connection,
    registration_id: int,
    standing: Standing,
    now: datetime,
    *,
    actor_id: int | None,
    reason: str = "",
) -> None:
    """Add a line to the history of a registration."""
    db.execute(
        TELL,
        {
            "registration_id": registration_id, "at": now, "standing": standing,
            "reason": reason, "actor_id": actor_id,
        },
    )  # fmt: skip


def with_position(db: Connection, place: Place) -> Place:
    """The place with its position in the queue, where it is in one."""
    if place.standing is not Standing.WAITING:
        return place
    ahead = db.execute(AHEAD, {"course_id": place.course_id, "turn": place.turn}).scalar_one()
    return replace(place, position=ahead + 1)


def locked(db: Connection, registration_id: int) -> Place | None:
    """Lock the registration's course first, then read the registration anew."""
    course_id = db.execute(
        select(Registration.course_id).where(Registration.id == registration_id)
    ).scalar_one_or_none()
    if course_id is None or courses.locked(db, course_id) is None:
        return None
    row = db.execute(select(*FIELDS).where(Registration.id == registration_id)).one()
    return Place(*row)


def by_id(db: Connection, registration_id: int) -> Place | None:
    """A registration by its id."""
    row = db.execute(select(*FIELDS).where(Registration.id == registration_id)).one_or_none()
    return with_position(db, Place(*row)) if row else None


def of_person(db: Connection, person_id: int) -> list[Place]:
    """The person's live registrations, oldest first."""
    rows = db.execute(
        select(*FIELDS)
        .where(Registration.person_id == person_id, Registration.standing.in_(LIVE))
        .order_by(Registration.id)
    ).all()
    return [with_position(db, Place(*row)) for row in rows]
