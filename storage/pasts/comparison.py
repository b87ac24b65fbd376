"""Whom and which course the rows of a list of results mean, against what is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage import spelling
from storage.models import Course, CourseState, Session, Unit, Verdict
from storage.pasts.rows import Trouble
from storage.rosters import comparison, matching, staging
from storage.rosters.comparison import Doubt, Refusal
from storage.rosters.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from storage.pasts.rows import Given, Row
    from storage.rosters.comparison import Judged
    from storage.rosters.entries import Entry
    from storage.rosters.staging import Basis
    from storage.scopes import Scope


@dataclass(slots=True)
class Held:
    """A course of the file; `course_id` where it is one of ours already."""

    given: Given
    hours: int | None
    judged: bool
    course_id: int | None


@dataclass(slots=True)
class Attended:
    """A row: its course and its person, by their places in the lists beside it."""

    row: Row
    course_at: int | None
    person_at: int
    reason: str


@dataclass(slots=True)
class Difference:
    """What a list of results says: its people as a roster's, its courses, its rows."""

    people: list[Judged]
    courses: list[Held]
    rows: list[Attended]
    on: Basis
    repeated: int = field(default=0)  # rows that say what another one says


def compare(
    db: Connection, scope: Scope, rows: Sequence[Row], settled: dict[str, int] | None = None
) -> Difference:
    """Judge the rows against one moment of the database. Only reads.

    Nobody who is known is changed by a list of results, and nobody missing from it has left.
    """
    on = staging.basis(db)
    keys: dict[tuple[Any, ...], int] = {}
    entries: list[Entry] = []
    places: list[int] = []
    for row in rows:
        key = _who(row.entry)
        if key not in keys:
            keys[key] = len(entries)
            entries.append(row.entry)
        places.append(keys[key])
    people, one = judge(db, scope, entries, settled)
    found = Difference(people, [], [], on)
    _attend(found, rows, [one[at] for at in places], _ours(db, scope))
    return found


def _who(entry: Entry) -> tuple[Any, ...]:
    """What rows about the same person agree in."""
    where = entry.school or (entry.places[0] if entry.places else "")
    return (
        spelling.fold(entry.full_name), spelling.fold(where), spelling.fold(entry.commune),
        entry.birth_year, entry.external_id, entry.phone,
    )  # fmt: skip


def judge(
    db: Connection, scope: Scope, entries: Sequence[Entry], settled: dict[str, int] | None
) -> tuple[list[Judged], list[int]]:
    """Who the people of a list are; and for each the place of the one they repeat, or their own."""
    judged = comparison.compare(entries, Directory(db, scope, settled), matching.people(db), scope)
    people = judged[: len(entries)]
    for row in people:
        leave_as_is(row)
    one = _twins(people)
    for row in people:
        if row.reason == Refusal.REPEATED:  # two rows about one person are what such lists are
            row.verdict, row.reason = Verdict.SKIPPED, ""
    return people, one


def leave_as_is(row: Judged) -> None:
    """Let a row that knows its person say nothing of them beyond that."""
    known = row.verdict in (Verdict.CHANGED, Verdict.MOVED)
    # Whoever has left since, or is otherwise known by the principal, took part all the same.
    certain = row.reason in (Doubt.LEFT, Doubt.PRINCIPAL) and row.person_id is not None
    if known or certain:
        row.verdict, row.reason, row.changed = Verdict.UNCHANGED, "", ()
        row.before = row.after = None


def _twins(people: Sequence[Judged]) -> list[int]:
    """For each person the place of the one they repeat, else their own."""
    at = {(row.entry.sheet, row.entry.line): place for place, row in enumerate(people) if row.entry}
    return [
        at.get(row.twin, place) if row.reason == Refusal.REPEATED and row.twin else place
        for place, row in enumerate(people)
    ]


def _ours(db: Connection, scope: Scope) -> dict[tuple[str, date, date], int]:
    """Courses of the officer's area by title and days."""
    first, last = func.min(Session.first_day), func.max(Session.last_day)
    rows: Sequence[Any] = db.execute(
        select(Course.id, Course.title, first, last)
        .join(Session, Session.course_id == Course.id)
        .join(Unit, Unit.id == Course.unit_id)
        .where(Course.state != CourseState.CANCELLED, scope.where(Unit.path.expression))
        .group_by(Course.id, Course.title)
        .order_by(Course.id.desc())
    ).all()
    return {(spelling.fold(row.title), row[2], row[3]): row.id for row in rows if row[2]}


def _attend(
    found: Difference,
    rows: Sequence[Row],
    people: Sequence[int],
    ours: dict[tuple[str, date, date], int],
) -> None:
    numbers: dict[tuple[str, date, date], int] = {}
    said: dict[tuple[int, int], Attended] = {}
    for row, person_at in zip(rows, people, strict=True):
        course_at = None
        if row.given is not None:
            course_at = numbers.setdefault(row.given.key, len(found.courses))
            if course_at == len(found.courses):
                found.courses.append(Held(row.given, None, judged=False,
                                          course_id=ours.get(row.given.key)))  # fmt: skip
            _learn(found.courses[course_at], row)
        attended = Attended(row, course_at, person_at, str(row.trouble or ""))
        earlier = said.get((course_at, person_at)) if course_at is not None else None
        if earlier is not None and _same(earlier.row, row):
            found.repeated += 1
            continue
        if earlier is not None:
            earlier.reason = attended.reason = Trouble.CONTRADICTS
        elif course_at is not None:
            said[course_at, person_at] = attended
        found.rows.append(attended)


def _learn(course: Held, row: Row) -> None:
    course.judged = course.judged or row.passed is not None
    if row.given and row.given.hours:
        course.hours = max(course.hours or 0, row.given.hours)


def _same(one: Row, other: Row) -> bool:
    return (one.mark, one.score, one.passed) == (other.mark, other.score, other.passed)
