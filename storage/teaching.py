"""Who may take attendance and write results of a course: trainers, its contact, its officers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage import courses, roles, scopes
from storage.models import (
    Course,
    CourseState,
    Person,
    Precision,
    Role,
    RoleKind,
    Session,
    Unit,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.courses import Meeting, Training

# A roll is corrected so long after its session, and made ready so long before.
CORRECTED, PREPARED = timedelta(days=7), timedelta(days=14)

COURSE = (
    select(Course.contact_id, Unit.path)
    .join(Unit, Unit.id == Course.unit_id)
    .where(Course.id == bindparam("course_id"))
)
TRAINS = (
    select(Role.id)
    .join(Person, Person.id == Role.person_id)
    .where(
        Role.person_id == bindparam("person_id"),
        Role.kind == RoleKind.TRAINER,
        Role.course_id == bindparam("course_id"),
        roles.holds(roles.DAY),
    )
    .limit(1)
)
TRAINERS = (
    select(Role.person_id)
    .join(Person, Person.id == Role.person_id)
    .where(
        Role.kind == RoleKind.TRAINER,
        Role.course_id == bindparam("course_id"),
        roles.holds(roles.DAY),
    )
    .order_by(Role.id)
)
# Courses somebody trains in or is the contact of, that are neither drafts, cancelled nor past.
OWN = (
    select(Course.id)
    .where(
        Course.state.in_((CourseState.OPEN, CourseState.CLOSED)),
        ~Course.past,
        (Course.contact_id == bindparam("person_id"))
        | Course.id.in_(
            select(Role.course_id)
            .join(Person, Person.id == Role.person_id)
            .where(
                Role.person_id == bindparam("person_id"),
                Role.kind == RoleKind.TRAINER,
                roles.holds(roles.DAY),
            )
        ),
    )
    .order_by(Course.id)
)
COURSE_OF = select(Session.course_id).where(Session.id == bindparam("session_id"))


def may_teach(db: Connection, person_id: int, course_id: int, day: date) -> bool:
    """Whether somebody may take attendance and write results of a course on a day.

    That is a trainer of the course within the dates of the right, the course's contact, and an
    officer whose area the course belongs to. Whoever has left may nothing.
    """
    course = db.execute(COURSE, {"course_id": course_id}).one_or_none()
    if course is None or not roles.works(db, person_id, day):
        return False
    if course.contact_id == person_id:
        return True
    asked = {"person_id": person_id, "course_id": course_id, "day": day}
    if db.execute(TRAINS, asked).one_or_none() is not None:
        return True
    scope = scopes.of(db, person_id, day)
    return scope is not None and scope.covers(course.path)


def must_teach(db: Connection, person_id: int, course_id: int, day: date) -> None:
    """Raise PermissionError where `may_teach` says no."""
    if not may_teach(db, person_id, course_id, day):
        raise PermissionError("Attendance is taken by trainers, the contact and officers.")


def meeting(db: Connection, session_id: int) -> tuple[Training, Meeting] | None:
    """A session with its course; None where there is none."""
    course_id = db.execute(COURSE_OF, {"session_id": session_id}).scalar_one_or_none()
    course = courses.get(db, course_id) if course_id is not None else None
    if course is None:
        return None
    found = next((one for one in course.sessions if one.id == session_id), None)
    return (course, found) if found else None


def held_on(meeting: Meeting, now: datetime) -> tuple[date, date] | None:
    """First and last day of a session, in the zone of `now`; None where no day is settled yet."""
    vague = meeting.precision in (Precision.MONTHS, Precision.UNSET)
    return None if vague else meeting.days(now)


def to_tell(db: Connection, course: Training, day: date) -> list[int]:
    """Who is told about a course's roll: its trainers, else its contact; leavers are not."""
    trainers = db.execute(TRAINERS, {"course_id": course.id, "day": day}).scalars()
    found = list(dict.fromkeys(trainers))
    if not found and course.contact_id is not None:
        found = [course.contact_id]
    return [each for each in found if roles.works(db, each, day)]


def own(db: Connection, person_id: int, day: date) -> list[Training]:
    """The courses somebody trains in or is the contact of, as far as they take place."""
    found = db.execute(OWN, {"person_id": person_id, "day": day}).scalars().all()
    return [course for each in found if (course := courses.get(db, each))]


def today(db: Connection, person_id: int, now: datetime) -> list[tuple[Training, Meeting]]:
    """The sessions of today of courses somebody trains in or is the contact of, in order."""
    found = near(db, person_id, now, before=timedelta(0), after=timedelta(0))
    return sorted(found, key=lambda pair: (str(pair[1].starts_at), pair[0].number))


def near(
    db: Connection,
    person_id: int,
    now: datetime,
    *,
    before: timedelta = CORRECTED,
    after: timedelta = PREPARED,
) -> list[tuple[Training, Meeting]]:
    """Such sessions that are held or were held lately or will be soon, those of today first."""
    day = now.date()
    found: list[tuple[timedelta, Training, Meeting]] = []
    for course in own(db, person_id, day):
        for one in course.sessions:
            days = held_on(one, now)
            if days and days[0] - after <= day <= days[1] + before:
                away = max(days[0] - day, day - days[1], timedelta(0))
                found.append((away, course, one))
    found.sort(key=lambda each: (each[0], each[1].number, each[2].number))
    return [(course, one) for _, course, one in found]
