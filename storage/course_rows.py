"""Courses of an officer's office: found, drafted, copied and thrown away, within their scope."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from storage import audit, courses, meant, spelling
from storage.course_drafts import Draft, Meet, placed, short
from storage.models import (
    LIVE,
    AuditEntry,
    Course,
    CourseDocument,
    CourseQuota,
    CourseReminder,
    CourseState,
    Person,
    Registration,
    School,
    Session,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.scopes import Scope

SUBJECT = "course"
_PATH = select(Unit.path).join(Course, Course.unit_id == Unit.id).where(
    Course.id == bindparam("course_id")
)  # fmt: skip


def find(db: Connection, scope: Scope, course_id: int) -> Training:
    """A course the officer runs; raises PermissionError for anybody else's, or for none."""
    return _within(db, scope, course_id, courses.get(db, course_id))


def locked(db: Connection, scope: Scope, course_id: int) -> Training:
    """`find`, with the course locked for the rest of the turn."""
    return _within(db, scope, course_id, courses.locked(db, course_id))


def covered(db: Connection, scope: Scope, course_id: int) -> bool:
    """True for a course the officer runs."""
    path = db.execute(_PATH, {"course_id": course_id}).scalar_one_or_none()
    return path is not None and scope.covers(path)


def _within(db: Connection, scope: Scope, course_id: int, found: Training | None) -> Training:
    path = db.execute(_PATH, {"course_id": course_id}).scalar_one_or_none()
    if found is None or path is None or not scope.covers(path):
        raise PermissionError(course_id)
    return found


def page(
    db: Connection, scope: Scope, now: datetime, start: int, count: int
) -> tuple[list[Training], int]:
    """Courses the scope covers, and how many there are.

    Drafts come first, then what is still to come by its first day, then the past, the last first.
    """
    ends = func.max(func.coalesce(Session.ends_at, Session.starts_at)).label("ends")
    day = func.max(Session.last_day).label("day")
    rows = db.execute(
        select(Course.id, Course.state, Course.past, Course.number, ends, day)
        .add_columns(
            func.min(Session.starts_at).label("begins"),
            func.min(Session.first_day).label("from_day"),
        )
        .join(Unit, Unit.id == Course.unit_id)
        .outerjoin(Session, Session.course_id == Course.id)
        .where(scope.where(Unit.path))
        .group_by(Course.id, Course.state, Course.past, Course.number)
    ).all()
    ids = [row.id for row in sorted(rows, key=lambda row: _order(row, now))]
    shown = ids[start : start + count]
    found = db.execute(select(*courses.FIELDS).where(Course.id.in_(shown))).all()
    known = {course.id: course for course in courses.with_sessions(db, found)}
    return [known[one] for one in shown], len(ids)


def _order(row: Any, now: datetime) -> tuple[int, float, int]:
    """Drafts, then open and coming ones the next first, then the past ones the last first."""
    if row.state is CourseState.DRAFT:
        return 0, 0, -row.number
    ends = row.ends
    over = (
        row.past
        or row.state is CourseState.CANCELLED
        or (ends <= now if ends is not None else row.day is not None and row.day < now.date())
    )
    moment = _seconds(row.begins, row.from_day)
    if over:
        return 2, -(moment or 0), -row.number
    return 1, moment if moment is not None else float("inf"), row.number


def _seconds(starts_at: datetime | None, day: date | None) -> float | None:
    if starts_at is not None:
        return starts_at.timestamp()
    return day.toordinal() * 86400 - 62135683200 if day is not None else None


def home(db: Connection, scope: Scope, unit_ids: list[int]) -> int:
    """The narrowest of the officer's units that holds all of these, else the widest."""
    paths = db.execute(select(Unit.path).where(Unit.id.in_(unit_ids))).scalars().all()
    wide_first = sorted(scope.reaches, key=lambda reach: reach.path.count("/"))
    holding = [
        reach
        for reach in wide_first
        if paths and all(path.startswith(reach.path) for path in paths)
    ]
    return (holding[-1] if holding else wide_first[0]).unit_id


def insert_draft(db: Connection, scope: Scope, draft: Draft, now: datetime) -> int:
    """Write a draft with the next number down; returns its id.

    Raises:
        PermissionError: its unit is not the officer's.
    """
    path = db.execute(select(Unit.path).where(Unit.id == draft.unit_id)).scalar_one_or_none()
    if path is None or not scope.covers(path):
        raise PermissionError(draft.unit_id)
    values = {key: value for key, value in asdict(draft).items() if key != "sessions"}
    values |= {
        "number": courses.next_number(db), "short": draft.short or short(draft.title),
        "state": CourseState.DRAFT,
        "audience": dict(draft.audience), "completion": dict(draft.completion),
        "made_by_id": scope.actor_id,
    }  # fmt: skip
    values["folded"] = spelling.fold(f"{draft.title} {values['short']}")
    course_id = db.execute(insert(Course).values(values).returning(Course.id)).scalar_one()
    write_sessions(db, scope, course_id, draft.sessions)
    audit.note(db, actor_id=scope.actor_id, action="course drafted", subject=SUBJECT,
               subject_id=course_id, unit_id=draft.unit_id, now=now)  # fmt: skip
    return course_id


def write_sessions(
    db: Connection, scope: Scope, course_id: int, sessions: tuple[Meet, ...]
) -> None:
    """Write the sessions of a draft down, in place of those it had."""
    find(db, scope, course_id)
    db.execute(delete(Session).where(Session.course_id == course_id))
    for number, meet in enumerate(sessions, start=1):
        db.execute(insert(Session).values(course_id=course_id, number=number, **asdict(meet)))


def clone(
    db: Connection, scope: Scope, course_id: int, sessions: tuple[Meet, ...], now: datetime
) -> int:
    """A draft with all of another course but its dates and places taken; returns its id.

    A session without a place gets that of the same session of the other course, or of its last.
    """
    was = find(db, scope, course_id)
    old = list(meets(db, scope, was.id).values())
    held = tuple(
        placed(meet, old[min(at, len(old) - 1)]) if old else meet
        for at, meet in enumerate(sessions)
    )
    kept = {
        each.name: getattr(was, each.name)
        for each in fields(Draft)
        if each.name not in ("sessions", "closes_at")
    }
    made = insert_draft(db, scope, Draft(**kept, sessions=held), now)
    documents = select(CourseDocument.attachment_id, CourseDocument.number).where(
        CourseDocument.course_id == was.id
    )
    for attachment_id, number in db.execute(documents).all():
        db.execute(
            insert(CourseDocument).values(
                course_id=made, attachment_id=attachment_id, number=number
            )
        )
    return made


def meets(db: Connection, scope: Scope, course_id: int) -> dict[int, Meet]:
    """The sessions of a course as they are written down, by their ids, in their order."""
    find(db, scope, course_id)
    columns = [getattr(Session, each.name) for each in fields(Meet)]
    rows = db.execute(
        select(Session.id, *columns).where(Session.course_id == course_id).order_by(Session.number)
    )
    return {row[0]: Meet(*row[1:]) for row in rows}


def discard(db: Connection, scope: Scope, course_id: int, now: datetime) -> bool:
    """Throw a draft away; False where it is none any more."""
    found = locked(db, scope, course_id)
    if found.state is not CourseState.DRAFT or people(db, scope, course_id):
        return False
    try:
        with db.begin_nested():
            for table in (Session, CourseDocument, CourseQuota, CourseReminder):
                db.execute(delete(table).where(table.course_id == course_id))
            db.execute(delete(Course).where(Course.id == course_id))
    except IntegrityError:  # an announcement is about it, or somebody is its trainer
        return False
    audit.note(db, actor_id=scope.actor_id, action="course discarded", subject=SUBJECT,
               subject_id=course_id, unit_id=found.unit_id, now=now)  # fmt: skip
    return True


def people(db: Connection, scope: Scope, course_id: int) -> int:
    """How many have a seat or a turn: whom a change of date or place concerns."""
    find(db, scope, course_id)
    held = select(func.count()).where(
        Registration.course_id == course_id, Registration.standing.in_(LIVE)
    )
    return db.execute(held).scalar_one()


def meant_now(db: Connection, scope: Scope, unit_id: int, rule: Mapping[str, Any]) -> int:
    """How many a rule means today within a unit of the officer, by today's units and old ones."""
    path = db.execute(select(Unit.path).where(Unit.id == unit_id)).scalar_one()
    return db.execute(
        meant.with_units(
            select(func.count(Person.id))
            .select_from(Person)
            .join(School, School.id == Person.school_id),
            begun=True,
        ).where(
            scope.where(meant.NOW.path.expression), meant.NOW.path.startswith(path),
            meant.is_meant(dict(rule)), meant.at_work(scope.day),
        )
    ).scalar_one()  # fmt: skip


def meant_no_more(db: Connection, scope: Scope, course_id: int, rule: Mapping[str, Any]) -> int:
    """How many with a seat or a turn a new rule would not mean; they keep what they have."""
    find(db, scope, course_id)
    return db.execute(
        meant.with_units(
            select(func.count(Registration.id))
            .select_from(Registration)
            .join(Person, Person.id == Registration.person_id)
            .join(School, School.id == Person.school_id),
            begun=True,
        ).where(
            Registration.course_id == course_id, Registration.standing.in_(LIVE),
            ~meant.is_meant(dict(rule)),
        )
    ).scalar_one()  # fmt: skip


def editor(db: Connection, scope: Scope, course_id: int) -> str:
    """The full name of whoever changed a course last; "" for the command line."""
    found = find(db, scope, course_id)
    name = db.execute(
        select(Person.full_name)
        .join(AuditEntry, AuditEntry.actor_id == Person.id)
        .where(AuditEntry.subject == SUBJECT, AuditEntry.subject_id == found.id)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return name or ""
