"""Results of a course: written by its trainers, its contact and its officers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit, completion, courses, teaching
from storage.completion_rules import NOTHING, THERE, Outcome, Why
from storage.models import Attendance, Evidence, Mark, Person, Result, School, Session, SheetLine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.courses import Training


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody of a course: their number on its sheet, what is known of them, and what is missing.

    `there` counts sessions they were at; `why` is empty for whoever has completed the course.
    """

    person_id: int
    number: int | None
    full_name: str
    birth_year: int | None
    school: str
    there: int
    outcome: Outcome
    why: tuple[Why, ...]


def participants(db: Connection, by_id: int, course_id: int, now: datetime) -> list[Participant]:
    """Everybody expected in a course or marked there, by number on the sheet, then by name.

    Raises PermissionError for whoever may not take its results.
    """
    teaching.must_teach(db, by_id, course_id, now.date())
    course = courses.get(db, course_id)
    return listed(db, course, now) if course else []


def listed(db: Connection, course: Training, now: datetime) -> list[Participant]:
    """The same, for whoever has looked at the rights already."""
    roll = completion.roll_of(db, course, now)
    people = sorted(completion.involved(db, course.id))
    known = {
        each: found
        for start in range(0, len(people), completion.CHUNK)
        for each, found in completion.known_of(
            db, course, people[start : start + completion.CHUNK], now
        ).items()
    }
    rows = db.execute(_named(course.id, people)).all()
    return [
        Participant(
            person_id=row.id, number=row.number, full_name=row.full_name,
            birth_year=row.birth_year, school=row.school or "",
            there=sum(mark in THERE for mark in known[row.id].marks.values()),
            outcome=known[row.id].outcome or NOTHING,
            why=tuple(completion.why(course, roll, known[row.id])),
        )
        for row in rows
    ]  # fmt: skip


def _named(course_id: int, people: list[int]) -> Select[int, int, str, int | None, str]:
    return (
        select(
            Person.id, SheetLine.number, Person.full_name, Person.birth_year,
            School.name.label("school"),
        )
        .join(School, School.id == Person.school_id, isouter=True)
        .join(
            SheetLine,
            (SheetLine.person_id == Person.id) & (SheetLine.course_id == course_id),
            isouter=True,
        )
        .where(Person.id.in_(people))
        .order_by(SheetLine.number.is_(None), SheetLine.number, Person.sort_key, Person.id)
    )  # fmt: skip


def record(
    db: Connection,
    by_id: int,
    course_id: int,
    outcomes: Mapping[int, Outcome],
    now: datetime,
    *,
    evidence: Evidence = Evidence.TRAINER,
) -> int:
    """Write results, by person, and settle who has completed the course; returns how many.

    What an outcome leaves open stays as it was, but a score and a word for passing replace each
    other. People who are not of the course are left out. Raises PermissionError for whoever may
    not take its results.
    """
    teaching.must_teach(db, by_id, course_id, now.date())
    course = courses.locked(db, course_id)
    mine = sorted(outcomes.keys() & completion.involved(db, course_id))
    if course is None or not mine:
        return 0
    held = db.execute(
        select(Result.person_id, Result.score, Result.passed, Result.assignment)
        .where(Result.course_id == course_id, Result.person_id.in_(mine))
        .with_for_update()
    )
    before = {row[0]: Outcome(row[1], row[2], row[3]) for row in held}
    rows = [
        {
            "course_id": course_id, "person_id": each, "evidence": evidence, "at": now,
            "by_id": by_id, **_merged(before.get(each, NOTHING), outcomes[each]),
        }
        for each in mine
    ]  # fmt: skip
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    statement = insert(Result)
    replaced = {
        name: statement.excluded[name]
        for name in ("score", "passed", "assignment", "evidence", "at", "by_id")
    }
    keys = [Result.course_id, Result.person_id]
    db.execute(statement.on_conflict_do_update(index_elements=keys, set_=replaced), rows)
    completion.settle(db, course_id, mine, now)
    audit.note(
        db, actor_id=by_id, action="results written", subject="course", subject_id=course_id,
        unit_id=course.unit_id, now=now, people=len(mine),
    )  # fmt: skip
    return len(mine)


def _merged(before: Outcome, said: Outcome) -> dict[str, int | bool | None]:
    graded = said.score is not None or said.passed is not None
    return {
        "score": said.score if graded else before.score,
        "passed": said.passed if graded else before.passed,
        "assignment": before.assignment if said.assignment is None else said.assignment,
    }


def present(db: Connection, course_id: int) -> set[int]:
    """Who was at any session of a course."""
    found = (
        select(Attendance.person_id)
        .join(Session, Session.id == Attendance.session_id)
        .where(Session.course_id == course_id, Attendance.mark.in_((Mark.PRESENT, Mark.LATE)))
    )
    return set(db.execute(found).scalars())
