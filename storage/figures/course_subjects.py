"""The subjects of courses: made when people can see the course, dated by its sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from storage import reminder_rules
from storage.figures import courses, opening
from storage.figures.courses import Counting
from storage.figures.subjects import VIETNAM
from storage.models import (
    Counted,
    Course,
    Declaration,
    Figure,
    FigureDay,
    Nudge,
    Period,
    PeriodKind,
    ReportFigure,
    Session,
    Subject,
    SubjectKind,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection, Row

# Courses in one statement.
CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A course whose subject is up to date; `was_last_day` is what it was until now.

    `new`: nobody was ever counted in it.
    """

    course: Counting
    was_last_day: date | None
    new: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """A course that was deleted: until when it was, and whom it counted."""

    course_id: int
    last_day: date | None
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Dates:
    """What follows from a course's sessions, and from the calendar."""

    opened_on: date
    last_day: date | None
    due_on: date | None


def keep(db: Connection, course_ids: Collection[int], day: date) -> list[Kept | Gone]:
    """Make or date the subjects of these courses; of one that was deleted, take it away.

    A draft that nobody has seen gets none.
    """
    ordered = sorted(course_ids)
    due = _Due(db)
    return [
        kept
        for start in range(0, len(ordered), CHUNK)
        for kept in _keep(db, ordered[start : start + CHUNK], day, due)
    ]


def _keep(db: Connection, course_ids: Sequence[int], day: date, due: _Due) -> Iterator[Kept | Gone]:
    there = select(Course.id, Course.state, Course.past).where(Course.id.in_(course_ids))
    found = {row.id: row for row in db.execute(there)}
    states = {course_id: row.state for course_id, row in found.items()}
    past = {course_id for course_id, row in found.items() if row.past}
    columns = (Subject.id, Subject.course_id, Subject.last_day, Subject.due_on)
    known = db.execute(select(*columns).where(Subject.course_id.in_(course_ids)))
    was = {row.course_id: row for row in known}
    for course_id in sorted(was.keys() - states.keys()):
        yield _forget(db, was[course_id])
    seen = [each for each in sorted(states) if states[each] in courses.RUNNING or each in was]
    dates = _dates(db, seen, day, past, due)
    for course_id in seen:
        _date(db, course_id, was.get(course_id), dates[course_id])
    for course in courses.of_courses(db, seen) if seen else ():
        before = was.get(course.course_id)
        yield Kept(course, before.last_day if before else None, new=before is None)


def _date(db: Connection, course_id: int, was: Row[*tuple[Any, ...]] | None, dates: Dates) -> None:
    if was is None:
        db.execute(
            insert(Subject).values(
                key=f"course:{course_id}", kind=SubjectKind.COURSE, course_id=course_id,
                opened_on=dates.opened_on, last_day=dates.last_day, due_on=dates.due_on,
            )
        )  # fmt: skip
    elif (was.last_day, was.due_on) != (dates.last_day, dates.due_on):
        db.execute(
            update(Subject)
            .where(Subject.id == was.id)
            .values(last_day=dates.last_day, due_on=dates.due_on)
        )


def _dates(
    db: Connection, course_ids: Collection[int], day: date, past: set[int], due: _Due
) -> dict[int, Dates]:
    spans: dict[int, list[tuple[date, date] | None]] = {each: [] for each in course_ids}
    rows = db.execute(
        select(
            Session.course_id, Session.first_day, Session.last_day, Session.starts_at,
            Session.ends_at,
        ).where(Session.course_id.in_(course_ids))
    )  # fmt: skip
    for row in rows:
        spans[row.course_id].append(_days(row))
    return {each: _dated(spans[each], day, due, past=each in past) for each in course_ids}


def _dated(spans: Sequence[tuple[date, date] | None], day: date, due: _Due, *, past: bool) -> Dates:
    known = [span for span in spans if span]
    last = max(span[1] for span in known) if known and len(known) == len(spans) else None
    opened = min([day, *(first for first, _ in known)]) if past else day
    return Dates(opened, last, due.day(last) if last else None)


def _days(row: Row[*tuple[Any, ...]]) -> tuple[date, date] | None:
    """First and last possible day of a session; None where nothing is settled."""
    if row.starts_at:
        end = row.ends_at or row.starts_at
        return row.starts_at.astimezone(VIETNAM).date(), end.astimezone(VIETNAM).date()
    if row.first_day:
        return row.first_day, row.last_day or row.first_day
    return None


class _Due:
    """The last safe day of the calendar year's report, by the day of what is reported."""

    def __init__(self, db: Connection) -> None:
        self._overrides = reminder_rules.corrections(db)
        self._periods = db.execute(
            select(Period.first_day, Period.last_day, Period.report_before)
            .where(Period.kind == PeriodKind.CALENDAR)
            .order_by(Period.first_day, Period.id)
        ).all()

    def day(self, last_day: date) -> date | None:
        """Of what ends on a day: the last working day before the report is due."""
        for first, last, before in self._periods:
            if first <= last_day <= last:
                return opening.last_safe_day(before, self._overrides) if before else last
        return None


def _forget(db: Connection, subject: Row[*tuple[Any, ...]]) -> Gone:
    """Take the counters of a deleted course away, and all that hangs on them.

    What a report says of it stays; then the subject stays as well, and counts nobody.
    """
    here = (Counted.subject_id == subject.id, Counted.bits != 0)
    people = frozenset(db.execute(select(Counted.person_id).where(*here)).scalars())
    for table in (Counted, Figure, FigureDay, Declaration, Nudge):
        db.execute(delete(table).where(table.subject_id == subject.id))
    reported = select(ReportFigure.report_id).where(ReportFigure.subject_id == subject.id)
    if db.execute(reported.limit(1)).first() is None:
        db.execute(delete(Subject).where(Subject.id == subject.id))
    return Gone(subject.course_id, subject.last_day, people)
