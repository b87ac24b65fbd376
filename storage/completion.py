"""Who has completed what: kept up to date by whoever changes a mark, a result or a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import completion_rules, courses
from storage.completion_rules import THERE, Outcome
from storage.models import (
    Attendance,
    Completed,
    Completion,
    Course,
    CourseState,
    Evidence,
    Mark,
    Person,
    Registration,
    Result,
    Session,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.completion_rules import Why
    from storage.courses import Meeting, Training

# So long after the last session a roll may still be corrected: after that, whoever is on no roll
# that was called was not there.
ROLL_OPEN = timedelta(days=7)
# The clock looks at courses whose rolls closed at most so long ago.
LOOKED_BACK = timedelta(days=30)
# People in one statement.
CHUNK = 500
# Whoever holds one of these is expected to be there.
EXPECTED = (Standing.SEATED, Standing.NOMINATED)
# A draft and a cancelled course decide nothing.
RUNNING = (CourseState.OPEN, CourseState.CLOSED)


@dataclass(frozen=True, slots=True)
class Roll:
    """The sessions of a course: how many, how many are over, and what is known of who was there.

    `called` are the ids of those of which anybody has a mark; `closed`: nobody is added any more.
    """

    total: int
    over: int
    called: frozenset[int]
    closed: bool
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one person in one course."""

    marks: dict[int, Mark]
    outcome: Outcome | None = None
    result_on: date | None = None  # the day a person decided on it; None where a file says it
    expected: bool = False

    def __hash__(self) -> int:
        """Two people of whom the same is known are equal."""
        marks = frozenset(self.marks.items())
        return hash((marks, self.outcome, self.result_on, self.expected))


def settle(db: Connection, course_id: int, people: Collection[int], now: datetime) -> None:
    """Bring the completions of these people in a course up to date.

    To be called in the turn in which a mark, a result, a session or the rule changed. Whoever has
    neither a mark nor a result has a row only once the course is over and they were expected.
    """
    ordered = sorted(set(people))
    for start in range(0, len(ordered), CHUNK):
        _settle(db, course_id, ordered[start : start + CHUNK], now)


def settle_all(db: Connection, course_id: int, now: datetime) -> None:
    """Bring all completions of a course up to date: its sessions or its rule changed."""
    settle(db, course_id, involved(db, course_id), now)


def involved(db: Connection, course_id: int) -> set[int]:
    """Everybody who is expected in a course, or of whom anything is known there."""
    marked = select(Attendance.person_id).join(Session, Session.id == Attendance.session_id)
    statements = (
        marked.where(Session.course_id == course_id),
        select(Result.person_id).where(Result.course_id == course_id),
        select(Completion.person_id).where(Completion.course_id == course_id),
        select(Registration.person_id).where(
            Registration.course_id == course_id, Registration.standing.in_(EXPECTED)
        ),
    )
    return {each for one in statements for each in db.execute(one).scalars()}


def _settle(db: Connection, course_id: int, people: list[int], now: datetime) -> None:
    before = _locked(db, course_id, people)
    course = courses.get(db, course_id)
    if course is None:
        return
    roll = roll_of(db, course, now)
    known = known_of(db, course, people, now)
    found = db.execute(select(Person.id, Person.school_id).where(Person.id.in_(people)))
    schools = {row.id: row.school_id for row in found}
    kept: list[dict[str, Any]] = []
    # In a hall most people stand alike: what is known decides, and is thought about once.
    alike: dict[Known, dict[str, Any] | None] = {}
    for person_id in people:
        one = known[person_id]
        if one not in alike:
            alike[one] = derive(course, roll, one)
        derived = alike[one]
        if derived is None:
            continue
        row = dict(derived)
        was = before.get(person_id)
        # Results stay with the school of the day on which it was decided.
        school_id = was[1] if was and was[0] is not Completed.OPEN else schools[person_id]
        undecided = row["state"] is Completed.OPEN
        row |= {"school_id": None if undecided else school_id, "person": person_id}
        kept.append(row)
    gone = set(people) - {row["person"] for row in kept}
    of_course = Completion.course_id == course_id
    if gone:
        db.execute(delete(Completion).where(of_course, Completion.person_id.in_(gone)))
    if kept:
        mine = Completion.person_id == bindparam("person")
        db.execute(update(Completion).where(of_course, mine), kept)


def _locked(
    db: Connection, course_id: int, people: list[int]
) -> dict[int, tuple[Completed, int | None]]:
    """Make sure everybody has a row, and lock them in order; how each stood before, and where.

    Two turns that change marks of one person wait here for each other, so that the second sees
    what the first wrote.
    """
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    fresh = {"course_id": course_id, "state": Completed.OPEN, "hours": 0, "attended": 0, "held": 0}
    rows = [{**fresh, "person_id": each} for each in people]
    if rows:
        db.execute(insert(Completion).on_conflict_do_nothing(), rows)
    found = db.execute(
        select(Completion.person_id, Completion.state, Completion.school_id)
        .where(Completion.course_id == course_id, Completion.person_id.in_(people))
        .order_by(Completion.person_id)
        .with_for_update()
    )
    return {row.person_id: (row.state, row.school_id) for row in found}


def roll_of(db: Connection, course: Training, now: datetime) -> Roll:
    """How far a course's sessions are, and of which anybody said who was there."""
    ends = [ended(meeting, now) for meeting in course.sessions]
    known = [end for end in ends if end]
    last = max(known) if known and len(known) == len(ends) else None
    called = db.execute(
        select(Attendance.session_id)
        .join(Session, Session.id == Attendance.session_id)
        .where(Session.course_id == course.id)
        .distinct()
    )
    return Roll(
        total=len(ends),
        over=sum(end <= now for end in known),
        called=frozenset(called.scalars()),
        closed=last is not None and last + ROLL_OPEN <= now,
        last_day=last.astimezone(now.tzinfo).date() if last else None,
    )


def ended(meeting: Meeting, now: datetime) -> datetime | None:
    """When a session ends: to the minute, else with its last day; None where nothing is settled."""
    if end := meeting.ends_at or meeting.starts_at:
        return end
    if last := meeting.last_day or meeting.first_day:
        midnight = now.replace(
            year=last.year, month=last.month, day=last.day, hour=0, minute=0, second=0,
            microsecond=0,
        )  # fmt: skip
        # The last moment of that day: a session "on the 5th" is over with the 5th, not on the 6th.
        return midnight + timedelta(days=1) - timedelta(microseconds=1)
    return None


def known_of(
    db: Connection, course: Training, people: Sequence[int], now: datetime
) -> dict[int, Known]:
    """Marks, result and seat of each of these people (a few hundred at most) in a course."""
    marks: dict[int, dict[int, Mark]] = {each: {} for each in people}
    found = (
        select(Attendance.person_id, Attendance.session_id, Attendance.mark)
        .join(Session, Session.id == Attendance.session_id)
        .where(Session.course_id == course.id, Attendance.person_id.in_(people))
    )
    for person_id, session_id, mark in db.execute(found):
        marks[person_id][session_id] = mark
    results = {
        row.person_id: row
        for row in db.execute(
            select(Result).where(Result.course_id == course.id, Result.person_id.in_(people))
        )
    }
    seats = select(Registration.person_id).where(
        Registration.course_id == course.id,
        Registration.standing.in_(EXPECTED),
        Registration.person_id.in_(people),
    )
    expected = set(db.execute(seats).scalars())
    return {
        each: Known(marks[each], *_result(results.get(each), now), expected=each in expected)
        for each in people
    }


def _result(row: Any | None, now: datetime) -> tuple[Outcome | None, date | None]:
    if row is None:
        return None, None
    # A file says what came of it, on the day it was read; that is not the day of the deed.
    day = None if row.evidence is Evidence.IMPORT else row.at.astimezone(now.tzinfo).date()
    return Outcome(row.score, row.passed, row.assignment), day


def why(course: Training, roll: Roll, known: Known) -> list[Why]:
    """What keeps somebody from having completed a course, the weightiest first."""
    over = roll.over if course.state in RUNNING else min(roll.over, roll.total - 1)
    marks = list(known.marks.values())
    if roll.closed:
        marks += [Mark.ABSENT] * len(roll.called - known.marks.keys())
    return completion_rules.reasons(course.completion, over, roll.total, marks, known.outcome)


def derive(course: Training, roll: Roll, known: Known) -> dict[str, Any] | None:
    """The columns of somebody's completion, but for the school; None where there is no row."""
    over = roll.total > 0 and roll.over == roll.total
    if not (known.marks or known.outcome or (known.expected and over)):
        return None
    state = completion_rules.verdict(why(course, roll, known))
    done = state is Completed.COMPLETED
    return {
        "state": state,
        "completed_on": completed_on(course, roll, known) if done else None,
        "hours": course.hours if done else 0,
        "attended": sum(mark in THERE for mark in known.marks.values()),
        "held": roll.over,
    }


def completed_on(course: Training, roll: Roll, known: Known) -> date | None:
    """The day of the last session, or that of the result where the result decided later."""
    asks = completion_rules.rule(course.completion).asks
    days = [day for day in (roll.last_day, known.result_on if asks else None) if day]
    return max(days, default=None)


def stale(db: Connection, now: datetime) -> dict[int, list[int]]:
    """Whose completions time alone has changed, by course: the last session is over, a roll closed.

    Looks at courses that are over and whose rolls closed at most `LOOKED_BACK` ago. The clock
    settles what this finds.
    """
    since = now - ROLL_OPEN - LOOKED_BACK
    recent = or_(
        Session.starts_at.between(since, now),
        Session.starts_at.is_(None) & Session.last_day.between(since.date(), now.date()),
    )
    ids = db.execute(
        select(Session.course_id)
        .join(Course, Course.id == Session.course_id)
        .where(recent, Course.state.in_(RUNNING), ~Course.past)
        .distinct()
        .order_by(Session.course_id)
    )
    found: dict[int, list[int]] = {}
    for course_id in ids.scalars().all():
        course = courses.get(db, course_id)
        if course and (people := _stale(db, course, now)):
            found[course_id] = people
    return found


def _stale(db: Connection, course: Training, now: datetime) -> list[int]:
    roll = roll_of(db, course, now)
    if roll.over < roll.total:
        return []
    columns = (Completion.state, Completion.completed_on, Completion.hours, Completion.attended,
               Completion.held)  # fmt: skip
    rows = db.execute(
        select(Completion.person_id, *columns).where(Completion.course_id == course.id)
    )
    kept = {row[0]: tuple(row[1:]) for row in rows}
    people = sorted(involved(db, course.id))
    return [
        each
        for start in range(0, len(people), CHUNK)
        for each, known in known_of(db, course, people[start : start + CHUNK], now).items()
        if _columns(derive(course, roll, known)) != kept.get(each)
    ]


def _columns(row: dict[str, Any] | None) -> tuple[Any, ...] | None:
    return tuple(row.values()) if row else None
