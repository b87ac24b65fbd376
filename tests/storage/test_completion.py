"""Completions are what marks, results and rules come to, whatever happened in what order."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from storage import completion
from storage.database import address, sqlite
from storage.models import (
    Attendance,
    Completed,
    Completion,
    Course,
    Evidence,
    Mark,
    Person,
    Precision,
    Registration,
    Result,
    School,
    Session,
    Standing,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from storage.database import Database

PEOPLE, SESSIONS = (1, 2, 3), (1, 2)
START = MONDAY + timedelta(days=19)
AFTER = START + timedelta(days=2)
COLUMNS = (
    Completion.person_id, Completion.state, Completion.completed_on, Completion.hours,
    Completion.attended, Completion.held, Completion.school_id,
)  # fmt: skip


def world(db: Connection, **course: Any) -> None:
    """A course of two sessions, a day apart, in which the first two of three people have seats."""
    rows.school(db)
    rows.people(db, len(PEOPLE))
    rows.course(db, 1, seats=9, starts_at=START, hours=75, **course)
    meet = {"course_id": 1, "precision": Precision.MINUTE}
    second = START + timedelta(days=1)
    ends = second + timedelta(hours=9)
    db.execute(insert(Session).values(id=2, number=2, starts_at=second, ends_at=ends, **meet))
    for person_id in PEOPLE[:2]:
        seat(db, person_id)


def seat(db: Connection, person_id: int) -> None:
    held = {"turn": 1, "provisional": False, "changed_at": MONDAY, "standing": Standing.SEATED}
    db.execute(insert(Registration).values(course_id=1, person_id=person_id, **held))


def mark(db: Connection, person_id: int, session_id: int, what: Mark | None) -> None:
    here = (Attendance.person_id == person_id, Attendance.session_id == session_id)
    db.execute(delete(Attendance).where(*here))
    if what:
        db.execute(
            insert(Attendance).values(
                person_id=person_id, session_id=session_id, mark=what, at=START,
                evidence=Evidence.TRAINER,
            )
        )  # fmt: skip


def result(db: Connection, person_id: int, at: datetime = AFTER, **said: Any) -> None:
    db.execute(delete(Result).where(Result.person_id == person_id))
    said.setdefault("evidence", Evidence.TRAINER)
    db.execute(insert(Result).values(course_id=1, person_id=person_id, at=at, **said))


def kept(db: Connection) -> list[tuple[Any, ...]]:
    found = db.execute(select(*COLUMNS).order_by(Completion.person_id))
    return [tuple(row) for row in found]


def state(db: Connection, person_id: int) -> Completed | None:
    found = select(Completion.state).where(Completion.person_id == person_id)
    return db.execute(found).scalar_one_or_none()


@pytest.fixture(scope="module")
def engine(empty_file: Path) -> Iterator[Engine]:
    engine = sqlite(address(f"sqlite:///{empty_file}"))
    yield engine
    engine.dispose()


WHO = st.sampled_from(PEOPLE)
STEPS = st.one_of(
    st.tuples(st.just("mark"), WHO, st.sampled_from(SESSIONS), st.none() | st.sampled_from(Mark)),
    st.tuples(st.just("result"), WHO, st.sampled_from((None, 300, 700)),
              st.sampled_from((None, True, False))),
    st.tuples(st.just("rule"), st.sampled_from(
        ({}, {"share": 1}, {"result": "passed"}, {"result": "score", "assignment": True}))),
    st.tuples(st.just("time"), st.sampled_from((0.2, 1.0, 8.0))),
    st.tuples(st.just("move"), st.sampled_from((-20, 1, 5))),
    st.tuples(st.just("seat"), WHO, st.booleans()),
)  # fmt: skip


def play(db: Connection, step: tuple[Any, ...], now: datetime) -> datetime:
    """One change, and what whoever makes it has to settle."""
    match step:
        case ("mark", person_id, session_id, what):
            mark(db, person_id, session_id, what)
            completion.settle(db, 1, [person_id], now)
        case ("result", person_id, score, passed):
            result(db, person_id, now, score=score, passed=passed)
            completion.settle(db, 1, [person_id], now)
        case ("rule", rule):
            db.execute(update(Course).values(completion=rule))
            completion.settle_all(db, 1, now)
        case ("time", days):
            now += timedelta(days=days)
        case ("move", days):
            moved = START + timedelta(days=days)
            ends = moved + timedelta(hours=3)
            db.execute(update(Session).where(Session.id == 2).values(starts_at=moved, ends_at=ends))
            completion.settle_all(db, 1, now)
        case _:
            _, person_id, seated = step
            db.execute(delete(Registration).where(Registration.person_id == person_id))
            if seated:
                seat(db, person_id)
            completion.settle(db, 1, [person_id], now)
    return now


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, max_size=14))
def test_rows_are_what_can_be_derived_from_scratch(
    engine: Engine, steps: list[tuple[Any, ...]]
) -> None:
    with engine.connect() as db:
        world(db)
        now = START - timedelta(days=1)
        for step in steps:
            now = play(db, step, now)
        for course_id, people in completion.stale(db, now).items():
            completion.settle(db, course_id, people, now)
        assert completion.stale(db, now) == {}
        found = kept(db)
        db.execute(delete(Completion))
        completion.settle_all(db, 1, now)
        over = [row.ends_at for row in db.execute(select(Session.ends_at)) if row.ends_at]
        # Before the end the clock has nothing to do with it: what changed was settled.
        if max(over) <= now:
            assert found == kept(db)
        db.rollback()


def test_a_course_that_is_over_is_settled_by_the_clock(db: Connection) -> None:
    world(db)
    for session_id in SESSIONS:
        mark(db, 1, session_id, Mark.PRESENT)
    completion.settle(db, 1, [1], START)
    assert state(db, 1) is Completed.OPEN
    assert state(db, 2) is None

    assert completion.stale(db, AFTER) == {1: [1, 2]}
    completion.settle(db, 1, [1, 2], AFTER)

    assert state(db, 1) is Completed.COMPLETED
    assert state(db, 2) is Completed.OPEN  # a roll may still be corrected
    assert completion.stale(db, AFTER) == {}
    closed = AFTER + completion.ROLL_OPEN
    assert completion.stale(db, closed) == {1: [2]}
    completion.settle(db, 1, [2], closed)
    assert state(db, 2) is Completed.NOT_COMPLETED


def test_nobody_is_absent_where_no_roll_was_called(db: Connection) -> None:
    world(db)
    mark(db, 1, 1, Mark.PRESENT)
    late = AFTER + completion.ROLL_OPEN
    completion.settle_all(db, 1, late)

    assert state(db, 1) is Completed.OPEN


def test_a_cancelled_course_completes_nobody(db: Connection) -> None:
    world(db)
    for session_id in SESSIONS:
        mark(db, 1, session_id, Mark.PRESENT)
    db.execute(update(Course).values(state="cancelled"))
    completion.settle_all(db, 1, AFTER)

    assert state(db, 1) is Completed.OPEN


def test_the_day_is_that_of_the_last_session_or_of_the_deciding_result(db: Connection) -> None:
    world(db)
    for session_id in SESSIONS:
        mark(db, 1, session_id, Mark.PRESENT)
    last = (START + timedelta(days=1)).date()
    graded = AFTER + timedelta(days=3)
    result(db, 1, graded, passed=True)
    day = select(Completion.completed_on)

    completion.settle(db, 1, [1], graded)
    assert db.execute(day).scalar_one() == last
    db.execute(update(Course).values(completion={"result": "passed"}))
    completion.settle(db, 1, [1], graded)
    assert db.execute(day).scalar_one() == graded.date()
    db.execute(update(Result).values(evidence=Evidence.IMPORT))
    completion.settle(db, 1, [1], graded)
    assert db.execute(day).scalar_one() == last


def test_what_was_decided_stays_with_the_school_of_that_day(db: Connection) -> None:
    world(db)
    db.execute(
        insert(School).from_select(
            ["name", "folded", "type", "ownership", "unit_id"],
            select(School.name, School.folded, School.type, School.ownership, School.unit_id),
        )
    )
    for session_id in SESSIONS:
        mark(db, 1, session_id, Mark.PRESENT)
    completion.settle(db, 1, [1], AFTER)
    db.execute(update(Person).values(school_id=2))
    result(db, 1, passed=True)
    completion.settle(db, 1, [1], AFTER)
    where = select(Completion.school_id, Completion.hours)

    assert tuple(db.execute(where).one()) == (rows.SCHOOL, 75)


async def test_two_marks_at_once_are_both_counted(either: Database) -> None:
    """Each turn sees its own mark only, until the first has ended: the second waits for it."""
    await either.turn(world)

    def here(session_id: int) -> Any:
        def work(db: Connection) -> None:
            mark(db, 1, session_id, Mark.PRESENT)
            completion.settle(db, 1, [1], AFTER)

        return work

    await asyncio.gather(*(either.turn(here(each)) for each in SESSIONS))
    assert await either.read(lambda db: state(db, 1)) is Completed.COMPLETED
