"""Codes and marks at once, on both databases: nobody is there twice, and people's word stands."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import arrivals, attendance, places, session_codes, sheet_lines, walk_ins
from storage.arrivals import Outcome
from storage.models import (
    HOLDING,
    Attendance,
    Completion,
    Evidence,
    Mark,
    Registration,
    SheetLine,
    Standing,
    WalkIn,
)
from tests import halls
from tests.halls import COURSE, START, TRAINER

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

PEOPLE, SEATED = 24, 20


async def test_everything_at_once_in_one_hall(either: Database):
    """Two channels of each person, a trainer who marks and accepts, two who print and open."""
    session = await either.turn(lambda db: halls.hall(db, PEOPLE, seated=SEATED))

    def open_(db: Connection) -> str:
        code = session_codes.start(db, session, TRAINER, START)
        assert code
        return code.digits

    digits = await asyncio.gather(either.turn(open_), either.turn(open_))
    assert len(set(digits)) == 1

    def come(db: Connection, person: int, seconds: int) -> Outcome:
        at = START + timedelta(seconds=seconds)
        course, meeting = halls.taught(db, session)
        return arrivals.arrive(db, course, meeting, person, at, START).outcome

    marked = dict.fromkeys(range(1, SEATED + 1, 4), Mark.ABSENT)

    def trainer(db: Connection) -> object:
        return attendance.mark(db, session, marked, TRAINER, START)

    def take(db: Connection) -> int:
        return walk_ins.accept_all(db, session, TRAINER, START)

    def sheet(db: Connection) -> int:
        return sheet_lines.give(db, session, TRAINER, START)

    turns = [
        either.turn(lambda db, one=one, later=later: come(db, one, one + later))
        for later in (0, 1)
        for one in range(1, PEOPLE + 1)
    ]
    await asyncio.gather(
        *turns, either.turn(trainer), either.turn(take), either.turn(sheet), either.turn(sheet)
    )
    # Whoever came after the trainer had looked.
    await asyncio.gather(either.turn(take), either.turn(take))

    def kept(db: Connection) -> None:
        rows = db.execute(select(Attendance).order_by(Attendance.person_id)).all()
        assert [row.person_id for row in rows] == list(range(1, PEOPLE + 1))
        for row in rows:
            if row.person_id in marked:
                assert (row.mark, row.evidence) == (Mark.ABSENT, Evidence.TRAINER)
            else:
                assert (row.mark, row.evidence) == (Mark.PRESENT, Evidence.CODE)
                # The earlier of the two messages, in whatever order they were taken.
                assert row.at == START + timedelta(seconds=row.person_id)
        seats = select(func.count()).where(
            Registration.course_id == COURSE, Registration.standing.in_(HOLDING)
        )
        assert db.execute(seats).scalar_one() == PEOPLE
        assert len(db.execute(select(WalkIn.id)).all()) == PEOPLE - SEATED
        numbers = db.execute(select(SheetLine.number)).scalars().all()
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        settled = db.execute(select(Completion.person_id, Completion.attended)).all()
        assert {row.person_id: row.attended for row in settled} == {
            each: int(each not in marked) for each in range(1, PEOPLE + 1)
        }
        last = places.find(db, COURSE, PEOPLE)
        assert last
        assert last.standing is Standing.SEATED

    await either.read(kept)
