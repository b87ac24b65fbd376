"""Schools that an officer asks to name so many of their people for a course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from storage import audit, courses, meant, nominations, outbox, roles, worktime
from storage.models import CourseState, Person, RoleKind, School, SchoolCall

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.scopes import Scope

KIND = "name people"


@dataclass(frozen=True, slots=True)
class Called:
    """How many schools are asked, and how many of them have nobody the assistant could ask."""

    schools: int
    silent: int


def schools(db: Connection, scope: Scope, course_id: int) -> list[int]:
    """Open schools of the officer's with anybody the course is meant for, who is at work."""
    may = nominations.right(db, scope, course_id)
    if may is None or may.units is not None:
        return []
    return list(db.execute(_schools(scope, may.course.audience)).scalars())


def _schools(scope: Scope, audience: dict[str, object]) -> Select[int]:
    return (
        meant.with_units(
            select(School.id)
            .select_from(Person)
            .join(School, School.id == Person.school_id),
            begun=True,
        )
        .where(
            scope.where(meant.NOW.path.expression), School.closed_on.is_(None),
            meant.is_meant(audience), meant.at_work(scope.day),
        )
        .group_by(School.id)
        .order_by(School.id)
    )  # fmt: skip


def call(db: Connection, scope: Scope, course_id: int, each: int, now: datetime) -> Called | None:
    """Ask every school for so many; their principals are written to.

    What they were asked for before is replaced. None where the officer may not, or the course
    takes nobody any more.
    """
    course = courses.locked(db, course_id)
    found = schools(db, scope, course_id)
    open_ = course and course.state in (CourseState.OPEN, CourseState.CLOSED)
    if course is None or not open_ or course.begun(now) or not found or each < 1:
        return None
    db.execute(
        delete(SchoolCall).where(SchoolCall.course_id == course_id, SchoolCall.school_id.in_(found))
    )
    db.execute(
        insert(SchoolCall),
        [{"course_id": course_id, "school_id": school_id, "seats": each,
          "asked_by_id": scope.actor_id, "at": now} for school_id in found],
    )  # fmt: skip
    silent = sum(not _tell(db, course_id, school_id, now) for school_id in found)
    audit.note(db, actor_id=scope.actor_id, action="schools asked", subject="course",
               subject_id=course_id, unit_id=course.unit_id, now=now, each=each,
               schools=len(found))  # fmt: skip
    return Called(len(found), silent)


def _tell(db: Connection, course_id: int, school_id: int, now: datetime) -> bool:
    heads = roles.holders(db, RoleKind.PRINCIPAL, day=now.date(), school_id=school_id)
    for person_id in heads:
        outbox.owe(
            db, KIND, key=f"{KIND}:{course_id}:{school_id}:{person_id}:{now.isoformat()}",
            subject_id=course_id, person_id=person_id, due_at=worktime.next_waking(now),
        )  # fmt: skip
    return bool(heads)
