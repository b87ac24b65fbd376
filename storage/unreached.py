"""People whom a message about a training could not reach, for those who can tell them in person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from storage import audit, digests, principals, reach, returns, roles, scopes
from storage.models import (
    LIVE,
    Course,
    Notice,
    NoticeState,
    Person,
    Registration,
    School,
    Session,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

# What failed before is no longer of use to anybody.
SINCE = timedelta(days=30)
TOLD = "told"
# Kinds of notice whose subject is a registration, by where it must stand for them to matter.
ANYWAY = ("cancelled", "agreed", "not agreed", "lapsed")
WHILE_LIVE = ("moved", "reminder")
KINDS = (*ANYWAY, *WHILE_LIVE, "offer", "agree", "nominated")


@dataclass(frozen=True, slots=True)
class Unreached:
    """One person, and the newest message about one course that did not arrive."""

    notice_id: int
    kind: str
    reason: str
    person_id: int
    full_name: str
    school: str
    unit_id: int | None
    registration_id: int
    course_id: int
    code: str


def listed(db: Connection, reader_id: int, now: datetime) -> list[Unreached]:
    """Who could not be reached of the reader's schools and subtrees, in the order of names.

    Those to whom something failed in the last 30 days: for want of an account, if there is still
    none that can be written to; because the platform would not take it, or for want of money and of
    anybody else to say it, if nothing of the kind has been sent since. Each once for a course, as
    long as the course has not begun and the message matters. Empty for whoever is neither principal
    nor officer today.
    """
    theirs = _theirs(db, reader_id, now)
    failed = [] if theirs is None else _failed(db, theirs, reader_id, now)
    silent = reach.silent(db, {one.person_id for one in failed}, now)
    # Those of later notices take the place of earlier ones.
    newest = {
        (one.person_id, one.course_id): one
        for one in failed
        if one.person_id in silent or one.reason != returns.LOST
    }
    return list(newest.values())


def one(db: Connection, reader_id: int, notice_id: int, now: datetime) -> Unreached | None:
    """One of those in the reader's list; None where it is no longer, or was never, in it."""
    found = listed(db, reader_id, now)
    return next((each for each in found if each.notice_id == notice_id), None)


def told(db: Connection, reader_id: int, notice_id: int, now: datetime) -> Unreached | None:
    """Note that somebody in the reader's list has been told in person; None where not in it.

    Whatever failed to reach this person about the course is settled by it.
    """
    found = one(db, reader_id, notice_id, now)
    if found is None:
        return None
    about = select(Registration.id).where(Registration.course_id == found.course_id)
    db.execute(
        update(Notice)
        .where(
            Notice.person_id == found.person_id,
            Notice.kind.in_(KINDS),
            Notice.subject_id.in_(about),
            _LOST,
        )
        .values(state=NoticeState.SKIPPED, reason=TOLD)
    )
    audit.note(
        db, actor_id=reader_id, action="told in person", subject="person",
        subject_id=found.person_id, unit_id=found.unit_id, now=now, course=found.course_id,
    )  # fmt: skip
    return found


# What was sent after all, or later, has been heard.
_LATER = aliased(Notice)
_SINCE = exists().where(
    _LATER.person_id == Notice.person_id,
    _LATER.kind == Notice.kind,
    _LATER.subject_id == Notice.subject_id,
    _LATER.id > Notice.id,
    _LATER.state == NoticeState.SENT,
)
_REJECTED = and_(Notice.state == NoticeState.FAILED, Notice.reason == returns.REJECTED)
_WITHHELD = and_(
    Notice.state == NoticeState.SKIPPED,
    Notice.reason == reach.Why.CEILING,
    Notice.data[digests.KIND].as_string().is_(None),
)
_LOST = or_(
    and_(Notice.state == NoticeState.FAILED, Notice.reason == returns.LOST),
    or_(_REJECTED, _WITHHELD) & ~_SINCE,
)


def _theirs(db: Connection, reader_id: int, now: datetime) -> ColumnElement[bool] | None:
    """The condition on a person's school or unit; None where the reader has no right at all."""
    scope = scopes.of(db, reader_id, now.date())
    schools = principals.schools(db, reader_id, now.date())
    if scope is None:
        return Person.school_id.in_(schools) if schools else None
    mine = scope.where(Unit.path) | Person.school_id.in_(schools)
    # People of no school are nobody's but the Department's.
    return mine | Person.school_id.is_(None) if scope.provincial else mine


def _failed(
    db: Connection, theirs: ColumnElement[bool], reader_id: int, now: datetime
) -> list[Unreached]:
    begun = exists().where(Session.course_id == Course.id, Session.starts_at <= now)
    matters = or_(
        Notice.kind.in_(ANYWAY),
        and_(Notice.kind.in_(WHILE_LIVE), Registration.standing.in_(LIVE)),
        and_(Notice.kind == "offer", Registration.standing == Standing.OFFERED),
        and_(Notice.kind == "agree", Registration.standing == Standing.ASKED),
        and_(Notice.kind == "nominated", Registration.standing == Standing.NOMINATED),
    )
    found = (
        select(
            Notice.id, Notice.kind, Notice.reason, Person.id.label("person_id"), Person.full_name,
            School.name.label("school"), School.unit_id,
            Registration.id.label("registration_id"), Course.id.label("course_id"), Course.number,
        )
        .join_from(Notice, Person, Person.id == Notice.person_id)
        .join(Registration, Registration.id == Notice.subject_id)
        .join(Course, Course.id == Registration.course_id)
        .outerjoin(School, School.id == Person.school_id)
        .outerjoin(Unit, Unit.id == School.unit_id)
        .where(
            _LOST,
            Notice.kind.in_(KINDS),
            Notice.due_at >= now - SINCE,
            Person.id != reader_id,
            roles.present(now.date()),
            matters,
            theirs,
            ~begun,
        )
        .order_by(Person.sort_key, Person.id, Course.number, Notice.id)
    )  # fmt: skip
    return [
        Unreached(
            row.id, row.kind, row.reason, row.person_id, row.full_name, row.school or "",
            row.unit_id, row.registration_id, row.course_id, f"L{row.number}",
        )
        for row in db.execute(found)
    ]  # fmt: skip
