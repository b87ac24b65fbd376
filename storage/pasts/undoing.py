"""A written list of results is taken back: what stood there before stands there again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, null, select, update

from storage import completion
from storage.models import (
    Attendance,
    Completion,
    Evidence,
    ImportState,
    PastCourse,
    PastRow,
    Registration,
    RegistrationEvent,
    Result,
    Session,
)
from storage.pasts import making
from storage.pasts import standing as standings
from storage.pasts.standing import CourseStanding, Done, chunks
from storage.rosters import staging, swap
from storage.rosters.swap import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope


def undo(db: Connection, scope: Scope, import_id: int, now: datetime) -> Done:
    """Take a written list back: what stood there before stands there again.

    Courses and people it added are no more, but for those of whom something else speaks by now.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.WRITTEN:
        return Done(Outcome.NOT_OPEN)
    standings.lock(db, import_id)
    who = standings.people(db, import_id)
    restored = 0
    courses = db.execute(
        select(PastCourse.at, PastCourse.course_id)
        .where(PastCourse.import_id == import_id, PastCourse.course_id.is_not(None))
        .order_by(PastCourse.at)
    ).all()
    for row in courses:
        restored += _restore(db, import_id, row.at, row.course_id, who, now)
    removed = making.unmake(db, import_id)
    people = swap.undo(db, scope, import_id, now, but_touched=True)
    return Done(people.outcome, removed, restored, people.people)


def _restore(
    db: Connection, import_id: int, at: int, course_id: int, who: dict[int, int], now: datetime
) -> int:
    """Put back what stood there before, and take away the places that were new."""
    standing = standings.of(db, course_id)
    new: list[int] = []
    people: list[int] = []
    for row in standings.rows(db, import_id, at):
        person_id = who.get(row.person_at)
        if person_id is None or row.before is None:
            continue
        people.append(person_id)
        if row.before["mark"] is None and row.before["result"] is None:
            new.append(person_id)
        else:
            _put_back(db, course_id, standing, person_id, row.before)
        if not row.before["place"]:
            standing.places.pop(person_id, None)
    dropped: set[int] = set()
    for some in chunks(new):
        _take_away(db, course_id, standing, some)
    for some in chunks(people):
        dropped |= _drop_places(db, course_id, standing, some)
    db.execute(
        update(PastRow)
        .where(PastRow.import_id == import_id, PastRow.course_at == at)
        .values(before=null())
    )
    completion.settle(db, course_id, set(people) - dropped, now)
    return len(people)


def _take_away(
    db: Connection, course_id: int, standing: CourseStanding, people: Sequence[int]
) -> None:
    """Take away the marks and results that the list gave where nothing stood before."""
    db.execute(
        delete(Attendance).where(
            Attendance.session_id == standing.session_id,
            Attendance.evidence == Evidence.IMPORT,
            Attendance.person_id.in_(people),
        )
    )
    db.execute(
        delete(Result).where(
            Result.course_id == course_id,
            Result.evidence == Evidence.IMPORT,
            Result.person_id.in_(people),
        )
    )


def _put_back(
    db: Connection, course_id: int, standing: CourseStanding, person_id: int, before: dict[str, Any]
) -> None:
    mark, result = standing.marks.get(person_id), standing.results.get(person_id)
    if mark and mark.evidence is Evidence.IMPORT:
        mine = (
            Attendance.session_id == standing.session_id, Attendance.person_id == person_id,
        )  # fmt: skip
        if before["mark"] is None:
            db.execute(delete(Attendance).where(*mine))
        else:
            db.execute(update(Attendance).where(*mine).values(mark=before["mark"][0]))
    if result and result.evidence is Evidence.IMPORT:
        theirs = (Result.course_id == course_id, Result.person_id == person_id)
        if before["result"] is None:
            db.execute(delete(Result).where(*theirs))
        else:
            score, passed = before["result"]
            db.execute(update(Result).where(*theirs).values(score=score, passed=passed))


def _drop_places(
    db: Connection, course_id: int, standing: CourseStanding, people: Sequence[int]
) -> set[int]:
    """Take places away where nothing is marked or achieved; returns whose."""
    of_course = select(Session.id).where(Session.course_id == course_id)
    kept: set[int] = set()
    marked = select(Attendance.person_id).where(
        Attendance.session_id.in_(of_course), Attendance.person_id.in_(people)
    )
    achieved = select(Result.person_id).where(
        Result.course_id == course_id, Result.person_id.in_(people)
    )
    for used in (marked, achieved):
        kept |= set(db.execute(used).scalars())
    gone = [one for one in people if one in standing.places and one not in kept]
    ids = [standing.places[one] for one in gone]
    theirs = (Completion.course_id == course_id, Completion.person_id.in_(gone))
    db.execute(delete(Completion).where(*theirs))
    db.execute(delete(RegistrationEvent).where(RegistrationEvent.registration_id.in_(ids)))
    db.execute(delete(Registration).where(Registration.id.in_(ids)))
    return set(gone)
