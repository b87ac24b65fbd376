"""Who was there: what a code says, what a person says, and which of them stands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage import (
    arrivals,
    attendance,
    outbox,
    places,
    session_codes,
    sheet_lines,
    walk_ins,
)
from storage.arrivals import Outcome
from storage.attendance import Why
from storage.models import (
    AuditEntry,
    Completion,
    Evidence,
    Mark,
    Notice,
    Precision,
    Session,
    Standing,
    WalkInState,
)
from tests import halls
from tests.halls import COURSE, START, TRAINER
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database

MINUTE = timedelta(minutes=1)


def come(db: Connection, session: int, person: int, at: datetime) -> arrivals.Arrival:
    return arrivals.arrive(db, *halls.taught(db, session), person, at, max(at, MONDAY))


async def test_a_code_notes_once_and_the_earlier_message_counts(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 3)
        halls.opened(db, session)
        late = come(db, session, 1, START + 20 * MINUTE)
        assert (late.outcome, late.known and late.known.mark) == (Outcome.NOTED, Mark.LATE)
        # A message of before, which a bad network brought later.
        early = come(db, session, 1, START - 5 * MINUTE)
        assert early.outcome is Outcome.ALREADY
        assert early.known == attendance.Known(Mark.PRESENT, Evidence.CODE, START - 5 * MINUTE)
        assert come(db, session, 1, START + 30 * MINUTE).known == early.known
        assert attendance.figures(db, COURSE, session) == (3, 1)
        assert db.execute(select(Completion.attended)).scalars().all() == [1]

    await database.turn(work)


@pytest.mark.parametrize("mark", [Mark.ABSENT, Mark.EXCUSED, Mark.LATE])
async def test_a_code_never_changes_what_a_person_said(database: Database, mark: Mark):
    def work(db: Connection) -> None:
        session = halls.hall(db, 2)
        halls.opened(db, session)
        assert attendance.mark(db, session, {1: mark}, TRAINER, START) == 1
        came = come(db, session, 1, START - MINUTE)
        assert came.known
        assert came.known.mark is mark
        assert came.outcome is (Outcome.ALREADY if mark is Mark.LATE else Outcome.STANDS)
        come(db, session, 2, START)
        attendance.mark(db, session, {2: mark, 77: Mark.PRESENT}, TRAINER, START + MINUTE)
        assert {each.person_id: each.mark for each in attendance.roll(db, session, TRAINER, START)
                } == {1: mark, 2: mark}  # fmt: skip
        attendance.mark(db, session, {2: None}, TRAINER, START + MINUTE)
        assert attendance.known(db, session, 2) is None
        noted = db.execute(select(AuditEntry.detail).where(AuditEntry.action == "attendance"))
        assert noted.scalars().all()[-1] == {
            "course": COURSE, "evidence": "trainer", "none": "2",
        }  # fmt: skip

    await database.turn(work)


async def test_nobody_is_marked_before_the_day_or_at_what_does_not_take_place(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 1)
        halls.moved(db, session, START + timedelta(days=1))
        marks = {1: Mark.PRESENT}
        assert attendance.mark(db, session, marks, TRAINER, START) is Why.EARLY
        assert attendance.close(db, session, TRAINER, START) is Why.EARLY
        assert attendance.mark(db, session, marks, TRAINER, START + timedelta(hours=16)) == 1
        halls.cancelled(db)
        later = START + timedelta(days=2)
        assert attendance.mark(db, session, marks, TRAINER, later) is Why.CANCELLED

    await database.turn(work)


async def test_a_session_of_some_month_has_neither_roll_nor_code(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 1)
        vague = {
            "precision": Precision.MONTHS, "starts_at": None, "ends_at": None,
            "first_day": MONDAY.date(), "last_day": MONDAY.date() + timedelta(days=30),
        }  # fmt: skip
        db.execute(update(Session).values(vague))
        assert attendance.mark(db, session, {1: Mark.PRESENT}, TRAINER, START) is Why.UNSETTLED
        assert session_codes.start(db, session, TRAINER, START) is None
        db.execute(update(Session).values(precision=Precision.DAY, last_day=MONDAY.date()))
        code = session_codes.start(db, session, TRAINER, START)
        assert code
        hours = [each.astimezone(ZONE).hour for each in (code.opens_at, code.closes_at)]
        assert (hours, code.late_from) == ([6, 19], None)

    await database.turn(work)


async def test_ending_the_roll_makes_the_rest_absent(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 5, seated=4)
        halls.seat(db, range(5, 6), Standing.EXCUSED)
        halls.opened(db, session)
        come(db, session, 1, START)
        attendance.mark(db, session, {2: Mark.EXCUSED}, TRAINER, START)
        lines = attendance.roll(db, session, TRAINER, START)
        assert [each.person_id for each in lines if each.excused] == [5]
        assert attendance.counted(lines) == attendance.Counts(4, 1, 0, 1, 0)
        assert attendance.close(db, session, TRAINER, START + MINUTE) == 2
        lines = attendance.roll(db, session, TRAINER, START)
        assert attendance.counted(lines) == attendance.Counts(4, 1, 0, 1, 2)
        assert not halls.code(db, session).good(START + 2 * MINUTE)
        # Who was nominated and said no is nobody's absence until the trainer says so.
        assert attendance.known(db, session, 5) is None

    await database.turn(work)


@pytest.mark.parametrize("standing", [Standing.NOMINATED, Standing.OFFERED])
async def test_whoever_comes_takes_the_seat_that_waited_for_an_answer(
    database: Database, standing: Standing
):
    def work(db: Connection) -> None:
        session = halls.hall(db, 1, seated=0)
        halls.seat(db, range(1, 2), standing)
        halls.opened(db, session)
        assert come(db, session, 1, START).outcome is Outcome.NOTED
        place = places.find(db, COURSE, 1)
        assert place
        assert place.standing is Standing.SEATED

    await database.turn(work)


async def test_whoever_has_no_seat_waits_for_the_trainer(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 4, seated=1)
        halls.seat(db, range(2, 3), Standing.WAITING)
        halls.opened(db, session)
        for person in (2, 3, 4, 3):
            assert come(db, session, person, START + person * MINUTE).outcome is Outcome.ASKED
        waiting = walk_ins.waiting(db, session, TRAINER, START)
        assert [one.person_id for one in waiting] == [2, 3, 4]
        told = select(Notice.person_id, Notice.subject_id).where(Notice.kind == "walk-ins")
        # Three came in two slots of two minutes; the trainer hears of each slot once.
        assert set(db.execute(told)) == {(TRAINER, session)}
        later = START + 90 * MINUTE
        assert walk_ins.refuse(db, waiting[2].id, TRAINER, later)
        assert walk_ins.accept(db, waiting[2].id, TRAINER, later) is None
        assert walk_ins.accept_all(db, session, TRAINER, later) == 2
        known = [attendance.known(db, session, each) for each in (2, 3, 4)]
        assert known[0]
        assert known[0].at == START + 2 * MINUTE
        assert [one and one.mark for one in known] == [Mark.PRESENT, Mark.PRESENT, None]
        standing = [place and place.standing for each in (2, 3, 4)
                    for place in [places.find(db, COURSE, each)]]  # fmt: skip
        assert standing == [Standing.SEATED, Standing.SEATED, None]
        assert come(db, session, 4, START).outcome is Outcome.REFUSED
        assert come(db, session, 3, later).outcome is Outcome.ALREADY
        refused = walk_ins.one(db, waiting[2].id)
        assert refused
        assert refused.state is WalkInState.REFUSED
        heard = select(Notice.person_id).where(Notice.kind == "walk-in answered")
        assert set(db.execute(heard).scalars()) == {2, 3, 4}

    await database.turn(work)


async def test_a_number_on_the_sheet_is_given_once(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 5, seated=3)
        assert sheet_lines.give(db, session, TRAINER, MONDAY) == 3
        first = {number: line.person_id for number, line in
                 sheet_lines.of(db, session, TRAINER, MONDAY).items()}  # fmt: skip
        gone = places.find(db, COURSE, first[2])
        assert gone
        places.move(db, gone, Standing.GIVEN_UP, MONDAY, actor_id=None)
        halls.seat(db, range(4, 6))
        assert sheet_lines.give(db, session, TRAINER, MONDAY) == 2
        assert sheet_lines.give(db, session, TRAINER, MONDAY) == 0
        now = {number: line.person_id for number, line in
               sheet_lines.of(db, session, TRAINER, MONDAY).items()}  # fmt: skip
        assert now == {1: first[1], 3: first[3], 4: 4, 5: 5}

    await database.turn(work)


async def test_the_trainer_hears_nothing_that_is_not_due(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 2, seated=0)
        halls.opened(db, session)
        come(db, session, 1, START)
        assert outbox.claim(db, START) == []
        assert [one.kind for one in outbox.claim(db, START + 2 * MINUTE)] == ["walk-ins"]

    await database.turn(work)
