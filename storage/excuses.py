"""Whoever was sent and cannot come: the reason, and who is told.

They do not cancel. The officer who sent them and their principal are told together, of all who
said so within a few minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import courses, outbox, places, principals, registrations, roles, scopes, worktime
from storage.models import (
    Cannot,
    Course,
    Mode,
    Person,
    Registration,
    RegistrationEvent,
    RoleKind,
    School,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.places import Place

KIND = "excused"
# What is said within so long is told in one message.
GATHERING = timedelta(minutes=10)
# Characters of a reason in the person's own words.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Excuse:
    """Somebody who cannot come. `reason` is a `Cannot`, or what they wrote."""

    registration_id: int
    person_id: int
    full_name: str
    school_id: int | None
    school: str
    reason: str


def was_sent(db: Connection, place: Place) -> bool:
    """True for whoever was nominated and has not said no, also after a yes."""
    if place.standing is Standing.NOMINATED:
        return True
    sent = select(Registration.nominated_by_id).where(Registration.id == place.id)
    if place.live and db.execute(sent).scalar_one() is not None:
        return True
    course = courses.get(db, place.course_id)
    return place.live and course is not None and course.mode is Mode.NOMINATED


def excuse(
    db: Connection, place: Place, reason: Cannot, now: datetime, *, words: str = ""
) -> Place | None:
    """Keep why the person of this place cannot come, and free the seat; None: not sent, or begun.

    `words` stand in the place of `Cannot.OTHER`. Who sent them and who runs their school are told.
    """
    course = courses.locked(db, place.course_id)
    if course is None or course.begun(now) or not was_sent(db, place):
        return None
    said = words[:LONGEST].strip() if reason is Cannot.OTHER else ""
    ended = registrations.give_up(db, course.id, place.person_id, now, standing=Standing.EXCUSED,
                                  reason=said or reason.value)  # fmt: skip
    if ended is None:
        return None
    slot = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    for reader in _readers(db, place.id, now):
        outbox.owe(
            db, KIND, key=f"{KIND}:{course.id}:{reader}:{slot.isoformat()}", subject_id=course.id,
            person_id=reader, due_at=worktime.next_waking(slot + GATHERING),
            data={"since": slot.isoformat()},
        )  # fmt: skip
    return ended


def _readers(db: Connection, registration_id: int, now: datetime) -> list[int]:
    """Who is told: the officer who sent the person, else those of the course; the principal."""
    row = db.execute(
        select(
            Registration.nominated_by_id, Registration.course_id, Registration.person_id,
            Person.school_id,
        )
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.id == registration_id)
    ).one()  # fmt: skip
    day = now.date()
    found = deciders(db, row.course_id, row.nominated_by_id, now)
    found += roles.holders(db, RoleKind.PRINCIPAL, day=day, school_id=row.school_id)
    return [one for one in dict.fromkeys(found) if one != row.person_id]


def deciders(
    db: Connection, course_id: int, nominated_by_id: int | None, now: datetime
) -> list[int]:
    """The officer who sent somebody, while they are one; else those nearest above the course."""
    day = now.date()
    if nominated_by_id is not None and scopes.of(db, nominated_by_id, day):
        return [nominated_by_id]
    path = db.execute(
        select(Unit.path).join(Course, Course.unit_id == Unit.id).where(Course.id == course_id)
    ).scalar_one()
    for kind in (RoleKind.COMMUNE, RoleKind.DEPARTMENT):
        if found := roles.holders(db, kind, day=day, path=path):
            return found
    return []


_EXCUSED = (
    select(
        Registration.id, Person.id.label("person_id"), Person.full_name, School.id, School.name,
        RegistrationEvent.reason,
    )
    .select_from(Registration)
    .join(Person, Person.id == Registration.person_id)
    .join(School, School.id == Person.school_id)
    .join(Unit, Unit.id == School.unit_id)
    .join(RegistrationEvent, RegistrationEvent.registration_id == Registration.id)
    .where(
        Registration.standing == Standing.EXCUSED, RegistrationEvent.standing == Standing.EXCUSED
    )
)  # fmt: skip


def told(
    db: Connection, course_id: int, reader_id: int, now: datetime, since: datetime | None = None
) -> list[Excuse]:
    """Those sent to a course who cannot come, of a reader's schools and subtree, by name.

    With `since`, those who said so within the few minutes from then on. Empty for anybody without
    a right.
    """
    scope = scopes.of(db, reader_id, now.date())
    schools = principals.schools(db, reader_id, now.date())
    mine = Person.school_id.in_(schools)
    if scope is not None:
        mine |= scope.where(Unit.path)
    statement = _EXCUSED.where(
        Registration.course_id == course_id, Person.id != reader_id, mine
    ).order_by(Person.sort_key, Person.id, RegistrationEvent.id)
    if since is not None:
        at = RegistrationEvent.at
        statement = statement.where(at >= since, at < since + GATHERING)
    newest = {row[0]: Excuse(*row) for row in db.execute(statement)}
    return list(newest.values())


def one(db: Connection, registration_id: int, reader_id: int, now: datetime) -> Excuse | None:
    """One of those a reader may know of."""
    place = places.by_id(db, registration_id)
    found = told(db, place.course_id, reader_id, now) if place else []
    return next((each for each in found if each.registration_id == registration_id), None)
