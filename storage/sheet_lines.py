"""The numbers of people on the printed sheet of a course: given once, never to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select

from storage import attendance, courses, teaching
from storage.models import SheetLine

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.attendance import Line

LAST = select(func.max(SheetLine.number)).where(SheetLine.course_id == bindparam("course_id"))


def give(db: Connection, session_id: int, by_id: int, now: datetime) -> int:
    """Give everybody on the roll of a session who has none a number, by name; how many are new.

    Raises PermissionError where `by_id` takes no attendance of the course.
    """
    found = teaching.meeting(db, session_id)
    if found is None:
        raise PermissionError("There is no such session.")
    # Two who print at once would give one number twice.
    courses.locked(db, found[0].id)
    lines = attendance.expected(attendance.roll(db, session_id, by_id, now))
    fresh = [line for line in lines if line.number is None]
    last = db.execute(LAST, {"course_id": found[0].id}).scalar_one() or 0
    rows = [
        {"course_id": found[0].id, "person_id": line.person_id, "number": last + place}
        for place, line in enumerate(fresh, start=1)
    ]
    if rows:
        db.execute(insert(SheetLine), rows)
    return len(rows)


def of(db: Connection, session_id: int, by_id: int, now: datetime) -> dict[int, Line]:
    """The sheet of a session as it is printed: its people by their numbers, in order.

    Who has left the course is left out, and the number stays free. Raises as `give` does.
    """
    lines = attendance.expected(attendance.roll(db, session_id, by_id, now))
    numbered = {line.number: line for line in lines if line.number is not None}
    return dict(sorted(numbered.items()))
