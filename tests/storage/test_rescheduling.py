"""Moving a course of several sessions: they move together, and never run backwards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from storage import changes, courses
from storage.models import Precision, Session
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Meeting, Training
    from storage.database import Database

COURSE = 12
DAY = timedelta(days=1)
START = MONDAY + 19 * DAY
CLOSES = MONDAY + 15 * DAY


def world(db: Connection, **second: Any) -> None:
    """Two sessions, the second a week after the first unless `second` says otherwise."""
    rows.school(db)
    rows.course(db, COURSE, seats=5, starts_at=START, closes_at=CLOSES)
    start = START + 7 * DAY
    settled: dict[str, Any] = {
        "precision": Precision.MINUTE, "starts_at": start, "ends_at": start + timedelta(hours=3),
        "arrive_at": start - timedelta(minutes=30),
    }  # fmt: skip
    db.execute(insert(Session).values(course_id=COURSE, number=2, **(second or settled)))
    db.execute(
        update(Session)
        .where(Session.number == 1)
        .values(arrive_at=START - timedelta(minutes=15), first_day=START.date())
    )


def moved(db: Connection, starts_at: datetime, **to: Any) -> Training:
    course = changes.reschedule(db, COURSE, now=MONDAY, starts_at=starts_at, **to)
    assert course
    return course


def times(meeting: Meeting) -> tuple[Any, Any, Any]:
    return meeting.arrive_at, meeting.starts_at, meeting.ends_at


async def test_later_sessions_and_the_last_day_move_with_the_start(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        before = courses.get(db, COURSE)
        assert before
        span = timedelta(days=60, hours=2)

        course = moved(db, START + span)

        for was, is_ in zip(before.sessions, course.sessions, strict=True):
            assert times(is_) == tuple(each + span for each in times(was))
            days = is_.days(MONDAY)
            assert days == (is_.first_day, is_.last_day)
        assert course.closes_at == CLOSES + span

    await database.turn(test)


async def test_only_a_new_place_or_end_moves_nothing_else(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        before = courses.get(db, COURSE)
        assert before
        end = START + timedelta(hours=4)
        course = changes.reschedule(db, COURSE, now=MONDAY, ends_at=end, place="Nhà B")
        assert course
        assert course.sessions[1].starts_at == before.sessions[1].starts_at
        assert course.closes_at == before.closes_at
        assert course.first
        assert (course.first.ends_at, course.first.place) == (end, "Nhà B")

    await database.turn(test)


async def test_days_move_by_days_and_months_stay(database: Database) -> None:
    def test(db: Connection) -> None:
        day = (START + 7 * DAY).date()
        world(db, precision=Precision.DAY, first_day=day, last_day=day)
        assert moved(db, START + 5 * DAY).sessions[1].first_day == day + 5 * DAY
        db.execute(update(Session).where(Session.number == 2).values(precision=Precision.MONTHS))
        assert moved(db, START).sessions[1].first_day == day + 5 * DAY

    await database.turn(test)


@pytest.mark.parametrize(
    "to",
    [
        # The end of the first session runs into the second; an end before its start.
        {"starts_at": START, "ends_at": START + 8 * DAY},
        {"starts_at": START, "ends_at": START - DAY},
    ],
)
async def test_what_runs_backwards_is_refused(database: Database, to: dict[str, Any]) -> None:
    def test(db: Connection) -> None:
        world(db)
        before = courses.get(db, COURSE)
        with pytest.raises(ValueError, match=r"session 2 would begin|the end is not after"):
            moved(db, **to)
        assert courses.get(db, COURSE) == before

    await database.turn(test)


async def test_a_start_after_a_later_day_that_cannot_move_along_is_refused(
    database: Database,
) -> None:
    def test(db: Connection) -> None:
        day = (START + 7 * DAY).date()
        world(db, precision=Precision.DAY, first_day=day, last_day=day)
        unset = {"starts_at": None, "ends_at": None, "precision": Precision.UNSET,
                 "first_day": None}  # fmt: skip
        db.execute(update(Session).where(Session.number == 1).values(unset))
        with pytest.raises(ValueError, match="session 2 would begin"):
            moved(db, START + 9 * DAY)
        assert moved(db, START).starts_at == START

    await database.turn(test)
