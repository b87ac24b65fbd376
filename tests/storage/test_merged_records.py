"""Two entries of one person: the better mark and result stay, and completions follow."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from storage import completion, merged_records
from storage.models import (
    Attendance,
    Completed,
    Completion,
    Evidence,
    Mark,
    Result,
    Session,
    SheetLine,
    WalkIn,
    WalkInState,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

OLD, LASTING = 1, 2
AFTER = MONDAY + timedelta(days=30)
SAID = {"evidence": Evidence.TRAINER, "at": MONDAY}


def world(db: Connection) -> int:
    rows.school(db)
    rows.people(db, 2)
    rows.course(db, 1, seats=5, hours=40)
    return db.execute(select(Session.id)).scalar_one()


@pytest.mark.parametrize(
    ("theirs", "mine", "kept"),
    [
        (Mark.PRESENT, Mark.ABSENT, Mark.PRESENT),
        (Mark.ABSENT, Mark.LATE, Mark.LATE),
        (Mark.EXCUSED, Mark.ABSENT, Mark.EXCUSED),
        (Mark.LATE, Mark.EXCUSED, Mark.LATE),
        (Mark.LATE, None, Mark.LATE),
    ],
)
def test_the_better_mark_stays(db: Connection, theirs: Mark, mine: Mark | None, kept: Mark) -> None:
    session = world(db)
    for person_id, mark in ((OLD, theirs), (LASTING, mine)):
        if mark:
            values = {"session_id": session, "person_id": person_id, "mark": mark, **SAID}
            db.execute(insert(Attendance).values(values))
            completion.settle(db, 1, [person_id], AFTER)
    merged_records.take(db, OLD, LASTING, AFTER)

    found = db.execute(select(Attendance.person_id, Attendance.mark)).all()
    assert [tuple(row) for row in found] == [(LASTING, kept)]
    done = Completed.COMPLETED if kept in (Mark.PRESENT, Mark.LATE) else Completed.NOT_COMPLETED
    states = db.execute(select(Completion.person_id, Completion.state)).all()
    assert [tuple(row) for row in states] == [(LASTING, done)]


@pytest.mark.parametrize(
    ("theirs", "mine", "kept"),
    [
        ({"score": 800}, {"score": 700}, (800, None, None)),
        ({"score": 300}, {"score": 700}, (700, None, None)),
        ({"passed": True}, {"score": 900}, (None, True, None)),
        ({"passed": False}, {"score": 100}, (100, None, None)),
        ({"assignment": True}, {"passed": True}, (None, True, True)),
        ({"score": 500, "assignment": False}, {"assignment": True}, (500, None, True)),
    ],
)
def test_the_better_result_stays(
    db: Connection, theirs: dict[str, Any], mine: dict[str, Any], kept: tuple[Any, ...]
) -> None:
    world(db)
    for person_id, said in ((OLD, theirs), (LASTING, mine)):
        db.execute(insert(Result).values(course_id=1, person_id=person_id, **SAID, **said))
    merged_records.take(db, OLD, LASTING, AFTER)

    found = select(Result.person_id, Result.score, Result.passed, Result.assignment)
    assert [tuple(row) for row in db.execute(found)] == [(LASTING, *kept)]


def test_who_was_let_in_once_is_in_and_keeps_the_own_number(db: Connection) -> None:
    session = world(db)
    states = ((OLD, WalkInState.ACCEPTED), (LASTING, WalkInState.REFUSED))
    for person_id, state in states:
        values = {"session_id": session, "person_id": person_id, "state": state, "at": MONDAY}
        db.execute(insert(WalkIn).values(values))
        db.execute(insert(SheetLine).values(course_id=1, number=person_id, person_id=person_id))
    merged_records.take(db, OLD, LASTING, AFTER)

    assert db.execute(select(WalkIn.state)).scalars().all() == [WalkInState.ACCEPTED]
    assert db.execute(select(SheetLine.number)).scalars().all() == [LASTING]
