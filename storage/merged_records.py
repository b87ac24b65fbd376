"""Two entries become one: what is known of their attendance and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from storage import completion
from storage.models import (
    Attendance,
    Completion,
    Mark,
    Result,
    Session,
    SheetLine,
    WalkIn,
    WalkInState,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.orm import InstrumentedAttribute

# The better first.
MARKS = (Mark.PRESENT, Mark.LATE, Mark.EXCUSED, Mark.ABSENT)
WALK_INS = (WalkInState.ACCEPTED, WalkInState.ASKED, WalkInState.REFUSED)
# How good an outright word is on the scale of scores, in hundredths: only a score beats "không
# đạt", and nothing beats "đạt".
PASSED, FAILED, NOTHING = 1001, -1, -2


def take(db: Connection, from_id: int, into_id: int, now: datetime) -> None:
    """Give the lasting entry the other's marks, results and numbers, and settle its courses.

    Where both have one, the better stays; of two numbers on a sheet, its own.
    """
    concerned = (
        select(Session.course_id)
        .join(Attendance, Attendance.session_id == Session.id)
        .where(Attendance.person_id == from_id),
        select(Result.course_id).where(Result.person_id == from_id),
        select(Completion.course_id).where(Completion.person_id == from_id),
    )
    course_ids = sorted({each for one in concerned for each in db.execute(one).scalars()})
    _move(db, Attendance.session_id, from_id, into_id, _better_mark)
    _move(db, Result.course_id, from_id, into_id, _better_result)
    _move(db, WalkIn.session_id, from_id, into_id, _better_walk_in)
    _move(db, SheetLine.course_id, from_id, into_id)
    # A row of a decided course keeps the school of that day.
    _move(db, Completion.course_id, from_id, into_id)
    for course_id in course_ids:
        completion.settle(db, course_id, [into_id], now)


def _move(
    db: Connection,
    key: InstrumentedAttribute[int],
    from_id: int,
    into_id: int,
    better: Callable[[Any, Any], dict[str, Any]] | None = None,
) -> None:
    """Move rows to another person; where that one has a row, it takes over what is better."""
    table = key.class_.__table__
    rows = select(key.label("key"), table).order_by(key)
    mine = {row.key: row for row in db.execute(rows.where(table.c.person_id == into_id))}
    for theirs in db.execute(rows.where(table.c.person_id == from_id)).all():
        here = (key == theirs.key, table.c.person_id == from_id)
        if theirs.key not in mine:
            db.execute(update(table).where(*here).values(person_id=into_id))
            continue
        db.execute(delete(table).where(*here))
        taken = better(theirs, mine[theirs.key]) if better else {}
        if taken:
            there = (key == theirs.key, table.c.person_id == into_id)
            db.execute(update(table).where(*there).values(taken))


def _better_mark(theirs: Any, mine: Any) -> dict[str, Any]:
    if MARKS.index(theirs.mark) >= MARKS.index(mine.mark):
        return {}
    return {"mark": theirs.mark, "evidence": theirs.evidence, "at": theirs.at,
            "by_id": theirs.by_id}  # fmt: skip


def _better_walk_in(theirs: Any, mine: Any) -> dict[str, Any]:
    if WALK_INS.index(theirs.state) >= WALK_INS.index(mine.state):
        return {}
    return {"state": theirs.state, "at": theirs.at, "decided_by_id": theirs.decided_by_id,
            "decided_at": theirs.decided_at}  # fmt: skip


def _better_result(theirs: Any, mine: Any) -> dict[str, Any]:
    handed = max((theirs.assignment, mine.assignment), key=(False, None, True).index)
    if _worth(theirs) <= _worth(mine):
        return {"assignment": handed}
    return {
        "score": theirs.score, "passed": theirs.passed, "assignment": handed,
        "evidence": theirs.evidence, "at": theirs.at, "by_id": theirs.by_id,
    }  # fmt: skip


def _worth(row: Any) -> int:
    if row.passed is not None:
        return PASSED if row.passed else FAILED
    return NOTHING if row.score is None else row.score
