"""What officers change of their courses, each edit against the version they were shown.

Title and notes change silently; seats never fall below those that are held; of a cancellation
everybody with a place is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sqlalchemy import delete, func, insert, select

from storage import changes, completion, course_documents, course_rows, courses, offers, spelling
from storage.course_versions import Edited, Outcome, begin, count, ended, write
from storage.models import CourseDocument, CourseState, Modality, Mode
from storage.models.courses import CourseKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope


class Fields(TypedDict, total=False):
    """What is changed silently."""

    title: str
    short: str
    note: str
    bring: str
    letter: str
    kind: CourseKind
    modality: Modality
    mode: Mode
    audience: dict[str, Any]
    fee: int
    school_limit: int | None
    closes_at: datetime | None
    block: str
    hours: int
    completion: dict[str, Any]
    paper_title: str
    contact_id: int | None
    contact_name: str
    contact_office: str
    contact_phone: str


def change(
    db: Connection,
    scope: Scope,
    course_id: int,
    version: int,
    now: datetime,
    **said: Unpack[Fields],
) -> Edited:
    """Change what concerns nobody's place; a new rule of completion is applied at once."""
    found, outcome = begin(db, scope, course_id, version, now, late=True)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    values: dict[str, Any] = dict(said)
    if "title" in values or "short" in values:
        title, short = values.get("title", found.title), values.get("short", found.short)
        values["folded"] = spelling.fold(f"{title} {short}")
    write(db, scope, found, now, "course changed", *said, **values)
    if "completion" in said and found.state is not CourseState.DRAFT:
        completion.settle_all(db, course_id, now)
    return ended(db, scope, found)


def resize(
    db: Connection, scope: Scope, course_id: int, version: int, seats: int | None, now: datetime
) -> Edited:
    """So many seats, None without a limit; new ones are offered to the queue at once."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    held = courses.held(db, [course_id]).get(course_id, 0)
    if seats is not None and seats < held:
        return Edited(Outcome.FEW, found, held)
    write(db, scope, found, now, "course changed", "seats", seats=seats)
    larger = courses.get(db, course_id)
    if larger is not None and found.state is not CourseState.DRAFT:
        offers.pass_on(db, larger, now)
    return ended(db, scope, found)


def open_(db: Connection, scope: Scope, course_id: int, version: int, now: datetime) -> Edited:
    """Let people register: of a draft, or of a course that was closed.

    A deadline that has passed is taken off: people can register until it begins.
    """
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE or found.state is CourseState.OPEN:
        return Edited(outcome, found)
    first = found.first
    days = first.days(now) if first else None
    late = days is not None and days[1] < now.date()
    if not found.title or first is None or late or found.begun(now):
        return Edited(Outcome.UNREADY, found)
    late = found.closes_at is not None and found.closes_at <= now
    values: dict[str, Any] = {"state": CourseState.OPEN} | ({"closes_at": None} if late else {})
    write(db, scope, found, now, "course opened", **values)
    opened = ended(db, scope, found)
    offers.pass_on(db, opened.course, now)
    return opened


def close(db: Connection, scope: Scope, course_id: int, version: int, now: datetime) -> Edited:
    """Let nobody register any more; who has a place keeps it, and the queue moves on."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    if found.state is not CourseState.OPEN:
        return Edited(Outcome.UNREADY, found)
    write(db, scope, found, now, "course closed", state=CourseState.CLOSED)
    return ended(db, scope, found)


def cancel(
    db: Connection, scope: Scope, course_id: int, version: int, why: str, now: datetime
) -> Edited:
    """Cancel a course and tell everybody with a seat or a turn."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    told = course_rows.people(db, scope, course_id)
    changes.cancel(db, course_id, why, now, actor_id=scope.actor_id)
    count(db, scope, course_id)
    return ended(db, scope, found, told)


# Documents


def attach(
    db: Connection, scope: Scope, course_id: int, version: int, attachment_id: int, now: datetime
) -> Edited:
    """Hang a document on a course."""
    found, outcome = begin(db, scope, course_id, version, now, late=True)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    if len(course_documents.of(db, course_id)) >= course_documents.MOST:
        return Edited(Outcome.FULL, found)
    mine = CourseDocument.course_id == course_id
    last = db.execute(select(func.max(CourseDocument.number)).where(mine)).scalar() or 0
    db.execute(
        insert(CourseDocument).values(
            course_id=course_id, attachment_id=attachment_id, number=last + 1
        )
    )
    write(db, scope, found, now, "course changed", "documents")
    return ended(db, scope, found)


def detach(
    db: Connection, scope: Scope, course_id: int, version: int, attachment_id: int, now: datetime
) -> Edited:
    """Take a document off a course again."""
    found, outcome = begin(db, scope, course_id, version, now, late=True)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    gone = db.execute(
        delete(CourseDocument).where(
            CourseDocument.course_id == course_id, CourseDocument.attachment_id == attachment_id
        )
    )
    if gone.rowcount:
        write(db, scope, found, now, "course changed", "documents")
    return ended(db, scope, found)
