"""How people stand in one past course before a list is written or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from storage import courses
from storage.models import (
    Attendance,
    Course,
    PastCourse,
    PastRow,
    Registration,
    Result,
    RosterRow,
    RosterState,
    Session,
    Side,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from storage.rosters.swap import Outcome


# Rows of people of whom it is known who they are, once the list is written.
CLEAR = (Verdict.NEW, Verdict.UNCHANGED)
# As many ids as one statement takes on any database.
CHUNK = 500


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids in portions that fit one statement."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: courses made, rows written, people added or taken away again."""

    outcome: Outcome
    courses: int = 0
    rows: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """Places, marks and results of one course, by person; its first session; its turns."""

    session_id: int
    turns: int
    places: dict[int, int]
    marks: dict[int, Any]
    results: dict[int, Any]


def lock(db: Connection, import_id: int) -> None:
    """Lock the courses of a list that we have already, by their ids, before anything else."""
    found = select(PastCourse.course_id).where(PastCourse.import_id == import_id)
    ids = {each for each in db.execute(found).scalars() if each is not None}
    for course_id in sorted(ids):
        courses.locked(db, course_id)


def of(db: Connection, course_id: int) -> CourseStanding:
    """What is known of everybody in a course, which is locked from here on."""
    session_id = db.execute(
        select(Session.id).where(Session.course_id == course_id).order_by(Session.number).limit(1)
    ).scalar_one()
    turns = db.execute(select(Course.turns).where(Course.id == course_id).with_for_update())
    places = select(Registration.person_id, Registration.id).where(
        Registration.course_id == course_id
    )
    marks = select(Attendance.__table__).where(Attendance.session_id == session_id)
    results = select(Result.__table__).where(Result.course_id == course_id)
    return CourseStanding(
        session_id, turns.scalar_one(),
        {row[0]: row[1] for row in db.execute(places)},
        {row.person_id: row for row in db.execute(marks)},
        {row.person_id: row for row in db.execute(results)},
    )  # fmt: skip


def rows(db: Connection, import_id: int, at: int) -> list[Any]:
    """The rows of one course of a list that are taken, in their order."""
    taken = (PastRow.import_id == import_id, PastRow.course_at == at, PastRow.reason == "")
    return list(db.execute(select(PastRow.__table__).where(*taken).order_by(PastRow.at)))


def people(db: Connection, import_id: int) -> dict[int, int]:
    """Who each row of people is, by its place; doubtful and refused ones are nobody."""
    state = and_(
        RosterState.import_id == RosterRow.import_id,
        RosterState.at == RosterRow.at,
        RosterState.side == Side.AFTER,
    )
    who = func.coalesce(RosterState.person_id, RosterRow.person_id)
    rows = db.execute(
        select(RosterRow.at, who)
        .outerjoin(RosterState, state)
        .where(
            RosterRow.import_id == import_id,
            RosterRow.verdict.in_(CLEAR),
            who.is_not(None),
        )
    )
    return {row[0]: row[1] for row in rows}
