"""People an officer sends to a course, and how they stand with it.

Whoever covers the course's unit sends anybody of their subtree. For a course of a unit above them,
by nomination, an officer sends their own people within the seats set apart for their units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, or_, select

from storage import audit, courses, meant, nominees, outbox, places, registrations, rooms
from storage.models import (
    LIVE,
    Course,
    CourseQuota,
    CourseState,
    Mode,
    Notice,
    NoticeState,
    Person,
    Registration,
    RegistrationEvent,
    School,
    Session,
    Standing,
    Unit,
)
from storage.nominees import Nominated, Sent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.courses import Training
    from storage.scopes import Scope

# Whoever has been asked is asked again at most once in so long.
PATIENCE = timedelta(hours=20)
SENT_STANDINGS = (Standing.NOMINATED, Standing.EXCUSED)


@dataclass(frozen=True, slots=True)
class Right:
    """A course an officer may send people to; `units` whose quotas they have, None: all of it."""

    course: Training
    units: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Nominee:
    """Somebody who was sent: where they stand, and why they cannot come, as it is kept."""

    registration_id: int
    person_id: int
    full_name: str
    birth_year: int | None
    school: str
    standing: Standing
    reason: str


def right(db: Connection, scope: Scope, course_id: int) -> Right | None:
    """Whether and how the officer may send people to a course; drafts too, for the screens."""
    course = courses.get(db, course_id)
    if course is None:
        return None
    path = db.execute(select(Unit.path).where(Unit.id == course.unit_id)).scalar_one()
    if scope.covers(path):
        return Right(course, None)
    if course.mode is not Mode.NOMINATED or course.state is CourseState.DRAFT:
        return None
    kept = select(CourseQuota.unit_id).join(Unit, Unit.id == CourseQuota.unit_id)
    mine = kept.where(CourseQuota.course_id == course_id, scope.where(Unit.path))
    units = tuple(db.execute(mine.order_by(CourseQuota.unit_id)).scalars())
    return Right(course, units) if units else None


def nominate(
    db: Connection, scope: Scope, course_id: int, people: Sequence[int], now: datetime
) -> list[Nominated]:
    """Send people to a course; for each, in the same order, what came of it.

    Whoever is not in the officer's subtree is refused, and everybody where the course is not
    theirs to send to.
    """
    may = right(db, scope, course_id)
    course = courses.locked(db, course_id) if may else None
    if may is None or course is None:
        return [Nominated(one, Sent.OUTSIDE) for one in people]
    mine = set(db.execute(_within(scope, people)).scalars())
    done = nominees.seat(db, course, [one for one in people if one in mine], now,
                         actor_id=scope.actor_id, only=may.units)  # fmt: skip
    by_id = {one.person_id: one for one in done}
    sent = sum(one.outcome is Sent.NOMINATED for one in done)
    audit.note(db, actor_id=scope.actor_id, action="nominated", subject="course",
               subject_id=course_id, unit_id=course.unit_id, now=now, people=sent)  # fmt: skip
    return [by_id.get(one) or Nominated(one, Sent.OUTSIDE) for one in people]


def look(
    db: Connection, scope: Scope, course_id: int, people: Sequence[int], now: datetime
) -> list[Nominated]:
    """What would come of sending these people now; nothing is written."""
    may = right(db, scope, course_id)
    if may is None:
        return [Nominated(one, Sent.OUTSIDE) for one in people]
    mine = set(db.execute(_within(scope, people)).scalars())
    here = [one for one in people if one in mine]
    by_id = {one.person_id: one for one in nominees.look(db, may.course, here, now, only=may.units)}
    return [by_id.get(one) or Nominated(one, Sent.OUTSIDE) for one in people]


def left(db: Connection, scope: Scope, course_id: int, now: datetime) -> int | None:
    """How many more the officer can send; None where as many as they like."""
    may = right(db, scope, course_id)
    if may is None or may.course.seats is None:
        return None if may else 0
    apart = rooms.quotas(db, may.course, now)
    room = rooms.free(db, may.course, apart)
    own = sum(number for unit, number in room.apart.items() if _covered(db, scope, unit))
    if may.units is not None:
        return min(own, max(0, room.free or 0))
    return max(0, min(room.free or 0, (room.left(None) or 0) + own))


def _covered(db: Connection, scope: Scope, unit_id: int) -> bool:
    path = db.execute(select(Unit.path).where(Unit.id == unit_id)).scalar_one()
    return scope.covers(path)


def _within(scope: Scope, people: Sequence[int]) -> Select[int]:
    return (
        select(Person.id)
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(Person.id.in_(people), scope.where(Unit.path))
    )


_reason = (
    select(RegistrationEvent.reason)
    .where(
        RegistrationEvent.registration_id == Registration.id,
        RegistrationEvent.standing == Standing.EXCUSED,
    )
    .order_by(RegistrationEvent.id.desc())
    .limit(1)
    .correlate(Registration)
    .scalar_subquery()
)
_own_unit = select(Unit.path).where(Unit.id == Course.unit_id).correlate(Course).scalar_subquery()


def _sent(scope: Scope, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Those who were sent, of the officer's subtree."""
    return (
        select(*columns)
        .select_from(Registration)
        .join(Course, Course.id == Registration.course_id)
        .join(Person, Person.id == Registration.person_id)
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(
            scope.where(Unit.path),
            or_(
                Registration.nominated_by_id.is_not(None) & Registration.standing.in_(LIVE),
                Registration.standing.in_(SENT_STANDINGS),
                (Course.mode == Mode.NOMINATED) & Registration.standing.in_(LIVE),
            ),
        )
    )


def nominated(db: Connection, scope: Scope, course_id: int) -> list[Nominee]:
    """Everybody sent to a course, who has not answered first, then by name."""
    rows = db.execute(
        _sent(
            scope, Registration.id, Person.id.label("person_id"), Person.full_name,
            Person.birth_year, School.name, Registration.standing, _reason.label("reason"),
        )
        .where(Registration.course_id == course_id)
        .order_by(Registration.standing != Standing.NOMINATED, Person.sort_key, Person.id)
    )  # fmt: skip
    return [
        Nominee(row.id, row.person_id, row.full_name, row.birth_year, row.name, row.standing,
                row.reason or "" if row.standing is Standing.EXCUSED else "")
        for row in rows
    ]  # fmt: skip


def nominee(db: Connection, scope: Scope, registration_id: int) -> tuple[int, Nominee] | None:
    """The course and one who was sent to it, where the officer may see them."""
    course_id = db.execute(
        select(Registration.course_id).where(Registration.id == registration_id)
    ).scalar_one_or_none()
    if course_id is None:
        return None
    mine = nominated(db, scope, course_id)
    found = next((one for one in mine if one.registration_id == registration_id), None)
    return (course_id, found) if found else None


def unanswered(db: Connection, scope: Scope, now: datetime) -> dict[int, int]:
    """Courses to come with people of the officer's who have not answered, and how many.

    Those the officer sent, and those of courses the officer covers; the soonest course first.
    """
    starts = (
        select(func.min(Session.starts_at))
        .where(Session.course_id == Course.id)
        .correlate(Course)
        .scalar_subquery()
    )
    rows = db.execute(
        _sent(scope, Course.id, func.count())
        .where(
            Registration.standing == Standing.NOMINATED,
            or_(Registration.nominated_by_id == scope.person_id, _covers(scope)),
            Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
            or_(starts.is_(None), starts > now),
        )
        .group_by(Course.id, starts)
        .order_by(starts.is_(None), starts, Course.id)
    )
    return {row[0]: row[1] for row in rows}


def _covers(scope: Scope) -> ColumnElement[bool]:
    return scope.where(_own_unit)


def remind(db: Connection, scope: Scope, course_id: int, now: datetime) -> int:
    """Ask those who have not answered once more; returns how many. At most once a day each."""
    course = courses.get(db, course_id)
    if course is None or course.begun(now) or right(db, scope, course_id) is None:
        return 0
    lately = exists().where(
        Notice.kind == nominees.KIND,
        Notice.subject_id == Registration.id,
        or_(Notice.due_at > now - PATIENCE, Notice.state == NoticeState.OWED),
    )
    rows = db.execute(
        _sent(scope, Registration.id, Registration.person_id, Registration.turn)
        .where(
            Registration.course_id == course_id,
            Registration.standing == Standing.NOMINATED,
            ~lately,
        )
        .order_by(Registration.id)
    ).all()
    for row in rows:
        key = f"{nominees.KIND}:{row.id}:{row.turn}:{now.date().isoformat()}"
        nominees.ask(db, row.id, row.person_id, now, key=key)
    return len(rows)


def revoke(db: Connection, scope: Scope, registration_id: int, now: datetime) -> bool:
    """Take a nomination back: the seat is free again and the person is told; False: not theirs."""
    found = nominee(db, scope, registration_id)
    if found is None or found[1].standing not in LIVE:
        return False
    course_id, mine = found
    may = right(db, scope, course_id)
    if may is None or may.course.begun(now):
        return False
    before = places.by_id(db, registration_id)
    ended = registrations.give_up(db, course_id, mine.person_id, now, standing=Standing.ENDED,
                                  actor_id=scope.actor_id, reason="revoked")  # fmt: skip
    if ended is None or before is None:
        return False
    outbox.owe(db, "not nominated", key=f"not nominated:{ended.id}:{ended.turn}",
               subject_id=ended.id, person_id=ended.person_id, due_at=now)  # fmt: skip
    audit.note(db, actor_id=scope.actor_id, action="nomination revoked", subject="registration",
               subject_id=ended.id, unit_id=may.course.unit_id, now=now)  # fmt: skip
    return True


def candidates(db: Connection, scope: Scope, course_id: int, people: Select[int]) -> list[int]:
    """Of these people, those whom the course is meant for and who have no place in it yet.

    Whoever has said that they cannot come is left out; in the order of schools and names.
    """
    may = right(db, scope, course_id)
    if may is None:
        return []
    rows = db.execute(
        nominees.eligible(may.course, scope.day)
        .where(Person.id.in_(people), scope.where(meant.NOW.path.expression))
        .order_by(School.name, School.id, Person.sort_key, Person.id)
    )
    return [row[0] for row in rows]
