"""Past courses: made where a list names one we do not have, removed when it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from storage import courses as trainings
from storage import spelling, units
from storage.models import (
    Course,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    PastCourse,
    Precision,
    Registration,
    Session,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope

SHORT = 24  # characters of a course's name in a list
# Whoever was there without results counts where the list says of nobody whether they passed.
ATTENDED = {"share": 0.5, "result": "none"}
PASSED = {"share": 0.5, "result": "passed"}
_KINDS = {
    "hoi thao": CourseKind.WORKSHOP, "boi duong": CourseKind.FOSTERING,
    "tham quan": CourseKind.VISIT, "sinh hoat": CourseKind.EXCHANGE,
}  # fmt: skip


def courses(db: Connection, scope: Scope, import_id: int, now: datetime) -> dict[int, int]:
    """The id of each course of the list, made where we had none."""
    found: dict[int, int] = {}
    rows = db.execute(
        select(PastCourse).where(PastCourse.import_id == import_id).order_by(PastCourse.at)
        .with_only_columns(*PastCourse.__table__.c)
    ).all()  # fmt: skip
    for row in rows:
        course_id = row.course_id
        if course_id is None:
            course_id = _make(db, scope, row, now)
            db.execute(
                update(PastCourse)
                .where(PastCourse.import_id == import_id, PastCourse.at == row.at)
                .values(course_id=course_id, made=True)
            )
        found[row.at] = course_id
    return found


def _make(db: Connection, scope: Scope, row: Any, now: datetime) -> int:
    folded = spelling.fold(row.title)
    kind = next((kind for words, kind in _KINDS.items() if words in folded), CourseKind.TRAINING)
    course_id = db.execute(
        insert(Course)
        .values(
            number=trainings.next_number(db), title=row.title, short=_short(row.title),
            folded=folded, kind=kind,
            modality=Modality.IN_PERSON, mode=Mode.NOMINATED, state=CourseState.CLOSED,
            unit_id=scope.reaches[0].unit_id or _root(db), audience={}, seats=None,
            made_by_id=scope.actor_id, past=True, hours=row.hours or 0,
            completion=PASSED if row.judged else ATTENDED, closes_at=now,
        )
        .returning(Course.id)
    ).scalar_one()  # fmt: skip
    months = (row.last_day - row.first_day).days > 26 and row.first_day.day == 1
    db.execute(
        insert(Session).values(
            course_id=course_id,
            number=1,
            first_day=row.first_day,
            last_day=row.last_day,
            precision=Precision.MONTHS if months else Precision.DAY,
        )
    )
    return course_id


def _root(db: Connection) -> int:
    """The province, for a list that the command line brings."""
    return units.roots(db)[0].id


def _short(title: str) -> str:
    return title if len(title) <= SHORT else title[: SHORT - 1].rsplit(" ", 1)[0] + "…"


def made(db: Connection, import_id: int) -> list[int]:
    """Ids of the courses an import made."""
    return [
        course_id
        for course_id in db.execute(
            select(PastCourse.course_id).where(PastCourse.import_id == import_id, PastCourse.made)
        ).scalars()
        if course_id is not None
    ]


def unmake(db: Connection, import_id: int) -> int:
    """Remove the courses the import made that nobody has a place in; returns how many."""
    removed = 0
    for course_id in made(db, import_id):
        used = select(Registration.id).where(Registration.course_id == course_id).limit(1)
        if db.execute(used).first():
            continue
        db.execute(
            update(PastCourse)
            .where(PastCourse.course_id == course_id)
            .values(course_id=None, made=False)
        )
        db.execute(delete(Session).where(Session.course_id == course_id))
        db.execute(delete(Course).where(Course.id == course_id))
        removed += 1
    return removed
