"""Two officers may edit one course: each edit names the version it was shown, and locks the row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from storage import audit, course_rows
from storage.course_rows import SUBJECT
from storage.models import Course, CourseState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.scopes import Scope


class Outcome(StrEnum):
    """What became of an edit."""

    DONE = "done"
    STALE = "stale"  # somebody else has changed the course since it was shown
    OVER = "over"  # it was cancelled, is over, or was brought in from a file
    FEW = "few"  # fewer seats than are held
    ORDER = "order"  # the sessions would overlap or run backwards
    BEGUN = "begun"  # that session has begun, or people are on its roll
    UNREADY = "unready"  # it cannot be opened as it is
    FULL = "full"  # it has as many documents as it may have


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit, and the course as it is now; `people` were asked or told."""

    outcome: Outcome
    course: Training
    people: int = 0


def begin(
    db: Connection, scope: Scope, course_id: int, version: int, now: datetime, *, late: bool = False
) -> tuple[Training, Outcome]:
    """The course, locked, and whether this edit may go on; `late`: also when it is over."""
    found = course_rows.locked(db, scope, course_id)
    if found.version != version:
        return found, Outcome.STALE
    if found.state is CourseState.CANCELLED:
        return found, Outcome.OVER
    if not late and (found.past or (found.state is not CourseState.DRAFT and found.over(now))):
        return found, Outcome.OVER
    return found, Outcome.DONE


def write(
    db: Connection,
    scope: Scope,
    found: Training,
    now: datetime,
    action: str,
    /,
    *what: str,
    **values: Any,
) -> None:
    """Write an edit down, with one version more and an entry of what it was."""
    course_rows.find(db, scope, found.id)
    counted = {**values, "version": Course.version + 1}
    db.execute(update(Course).where(Course.id == found.id).values(counted))
    detail = {"fields": " ".join(sorted(what))} if what else {}
    audit.note(db, actor_id=scope.actor_id, action=action, subject=SUBJECT, subject_id=found.id,
               unit_id=found.unit_id, now=now, **detail)  # fmt: skip


def count(db: Connection, scope: Scope, course_id: int) -> None:
    """One edit more, by a step that wrote down itself what it did."""
    course_rows.find(db, scope, course_id)
    db.execute(update(Course).where(Course.id == course_id).values(version=Course.version + 1))


def ended(db: Connection, scope: Scope, found: Training, people: int = 0) -> Edited:
    """A course as it is after an edit; `people` were asked or told."""
    return Edited(Outcome.DONE, course_rows.find(db, scope, found.id), people)
