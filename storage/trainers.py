"""The trainers (báo cáo viên) of a course: an officer names them and takes the right back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Date, bindparam, func, insert, or_, select, update

from storage import audit, outbox, roles, spelling
from storage.models import Course, Person, Role, RoleKind, School, Unit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope

# Names that are alike beyond this many are no choice: more of the name has to be written.
MOST = 6

_PERSON = (
    select(Person.id, Person.full_name, School.name.label("school"), Person.birth_year)
    .join(School, School.id == Person.school_id, isouter=True)
    .join(Unit, Unit.id == School.unit_id, isouter=True)
)
OF = (
    _PERSON.join(Role, Role.person_id == Person.id)
    .where(
        Role.kind == RoleKind.TRAINER,
        Role.course_id == bindparam("course_id"),
        roles.holds(roles.DAY),
    )
    .order_by(Role.id)
)
UNIT = (
    select(Course.unit_id, Unit.path)
    .join(Unit, Unit.id == Course.unit_id)
    .where(Course.id == bindparam("course_id"))
)


class Granted(StrEnum):
    """What came of naming or removing a trainer."""

    DONE = "done"
    ALREADY = "already"  # nothing to change
    GONE = "gone"  # that person works here no more


@dataclass(frozen=True, slots=True)
class Trainer:
    """Somebody who trains, or could: `school` is "" for whoever works at none."""

    id: int
    full_name: str
    school: str
    birth_year: int | None


def of(db: Connection, scope: Scope, course_id: int) -> list[Trainer]:
    """The trainers of a course in the officer's area, the first one first.

    Raises PermissionError for a course elsewhere.
    """
    _unit(db, scope, course_id)
    rows = db.execute(OF, {"course_id": course_id, "day": scope.day})
    return [Trainer(row[0], row[1], row[2] or "", row[3]) for row in rows]


def named(db: Connection, scope: Scope, name: str) -> list[Trainer]:
    """People of the officer's area by a typed name, at most one more than `MOST`.

    Whoever bears exactly this name, however it is spaced ("hmai bya"), else everybody whose name
    has these words one after the other; officers of the area are found as well. People elsewhere
    are found by their code only.
    """
    folded = spelling.fold(name)
    if len(folded) < len("an"):
        return []
    holds = (
        select(Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(scope.where(Unit.path), Role.valid_from <= roles.DAY)
        .where(or_(Role.valid_to.is_(None), Role.valid_to >= roles.DAY))
    )
    mine = _PERSON.where(
        roles.present(roles.DAY), or_(scope.where(Unit.path), Person.id.in_(holds))
    ).order_by(Person.sort_key, Person.id)
    stuck = func.replace(Person.folded, " ", "") == spelling.squeeze(name)
    for condition in (stuck, Person.folded.contains(folded, autoescape=True)):
        rows = db.execute(mine.where(condition).limit(MOST + 1), {"day": scope.day}).all()
        if rows:
            return [Trainer(row[0], row[1], row[2] or "", row[3]) for row in rows]
    return []


def grant(db: Connection, scope: Scope, course_id: int, person_id: int, now: datetime) -> Granted:
    """Let somebody take attendance and write results of a course from today on; they are told.

    Raises PermissionError for a course outside the officer's area.
    """
    unit_id = _unit(db, scope, course_id)
    if not roles.works(db, person_id, scope.day):
        return Granted.GONE
    if any(one.id == person_id for one in of(db, scope, course_id)):
        return Granted.ALREADY
    role_id = db.execute(
        insert(Role)
        .values(
            person_id=person_id, kind=RoleKind.TRAINER, course_id=course_id,
            valid_from=scope.day, given_by_id=scope.actor_id,
        )
        .returning(Role.id)
    ).scalar_one()  # fmt: skip
    audit.note(
        db, actor_id=scope.actor_id, action="trainer named", subject="course",
        subject_id=course_id, unit_id=unit_id, now=now, person=person_id,
    )  # fmt: skip
    outbox.owe(
        db, "trainer", key=f"trainer:{role_id}", subject_id=course_id, person_id=person_id,
        due_at=now,
    )  # fmt: skip
    return Granted.DONE


def revoke(db: Connection, scope: Scope, course_id: int, person_id: int, now: datetime) -> Granted:
    """End a trainer's right over a course at once; what they marked stays.

    Raises PermissionError for a course outside the officer's area.
    """
    unit_id = _unit(db, scope, course_id)
    ended = db.execute(
        update(Role)
        .where(
            Role.person_id == person_id,
            Role.kind == RoleKind.TRAINER,
            Role.course_id == course_id,
            or_(Role.valid_to.is_(None), Role.valid_to >= bindparam("day", type_=Date())),
        )
        .values(valid_to=scope.day - timedelta(days=1)),
        {"day": scope.day},
    )
    if not ended.rowcount:
        return Granted.ALREADY
    audit.note(
        db, actor_id=scope.actor_id, action="trainer removed", subject="course",
        subject_id=course_id, unit_id=unit_id, now=now, person=person_id,
    )  # fmt: skip
    return Granted.DONE


def _unit(db: Connection, scope: Scope, course_id: int) -> int:
    """The unit a course belongs to; PermissionError where that is not the officer's."""
    row = db.execute(UNIT, {"course_id": course_id}).one_or_none()
    if row is None or not scope.covers(row.path):
        raise PermissionError("The course belongs to another area.")
    return row.unit_id
