"""Six digits on a board: their window, how they change, and whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from storage import changes, session_codes
from storage.models import Attendance, AuditEntry, Evidence, Mark, Precision, Session
from tests import halls, rows
from tests.halls import START, TRAINER
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

MINUTE = timedelta(minutes=1)


async def test_a_code_is_good_from_an_hour_before_to_half_an_hour_after(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 1)
        code = session_codes.start(db, session, TRAINER, MONDAY)
        assert code
        assert len(code.digits) == 6
        assert (code.opens_at, code.closes_at) == (START - 60 * MINUTE, START + 570 * MINUTE)
        assert code.late_from == START + 15 * MINUTE
        for moment, good in (
            (START - 61 * MINUTE, False), (START - 60 * MINUTE, True), (START, True),
            (START + 570 * MINUTE, True), (START + 571 * MINUTE, False),
        ):  # fmt: skip
            found = session_codes.found(db, code.digits, moment)
            assert [one.session_id for one in found] == ([session] if good else []), moment
        assert session_codes.start(db, session, TRAINER, MONDAY) == code

    await database.turn(work)


async def test_a_session_that_is_dropped_takes_its_code_along_but_no_roll(database: Database):
    def work(db: Connection) -> None:
        halls.hall(db, 1)
        later = START + timedelta(days=1)
        second = db.execute(
            insert(Session)
            .values(course_id=halls.COURSE, number=2, precision=Precision.MINUTE, starts_at=later,
                    ends_at=later + timedelta(hours=3))
            .returning(Session.id)
        ).scalar_one()  # fmt: skip
        assert session_codes.start(db, second, TRAINER, MONDAY)
        course, meeting = halls.taught(db, second)
        said = {"session_id": second, "person_id": 1, "at": later}
        marked = insert(Attendance).values(**said, mark=Mark.PRESENT, evidence=Evidence.TRAINER)
        with db.begin_nested() as nested:
            db.execute(marked)
            assert not changes.remove(db, course, meeting, MONDAY)
            assert session_codes.get(db, second)
            nested.rollback()
        assert changes.remove(db, course, meeting, MONDAY)
        assert session_codes.get(db, second) is None

    await database.turn(work)


async def test_changing_digits_are_good_one_step_more_or_less(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 1)
        code = halls.opened(db, session, changing=True)
        shown = code.at(START)
        assert shown != code.at(START + MINUTE)
        steps = {
            seconds: bool(session_codes.found(db, shown, START + timedelta(seconds=seconds)))
            for seconds in (-31, -30, 0, 30, 59, 60)
        }
        assert steps == {-31: False, -30: True, 0: True, 30: True, 59: True, 60: False}
        assert not session_codes.found(db, code.digits, START)
        assert session_codes.old(db, shown, START + 2 * MINUTE)
        assert not session_codes.old(db, shown, START + 6 * MINUTE)

    await database.turn(work)


async def test_two_sessions_at_once_never_have_the_same_digits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = iter((111111, 111111, 222222, 111111))

    def drawn(_: int) -> int:
        return next(digits)

    monkeypatch.setattr("storage.session_codes.secrets.randbelow", drawn)

    def work(db: Connection) -> None:
        first = halls.hall(db, 1)
        others = [rows.course(db, each, seats=9, starts_at=START, contact_id=TRAINER)
                  for each in (13, 14)]  # fmt: skip
        second, third = (
            db.execute(select(halls.Session.id).where(halls.Session.course_id == each)).scalar_one()
            for each in others
        )
        halls.moved(db, third, START + timedelta(days=3))
        made = [session_codes.start(db, one, TRAINER, MONDAY) for one in (first, second, third)]
        assert [one and one.digits for one in made] == ["111111", "222222", "111111"]
        found = session_codes.elsewhen(db, "111111", START + timedelta(days=1))
        assert [one.session_id for one in found] == [first]

    await database.turn(work)


async def test_a_session_that_moved_gets_new_digits_when_it_is_opened(database: Database):
    def work(db: Connection) -> None:
        session = halls.hall(db, 1)
        code = halls.opened(db, session)
        halls.moved(db, session, START + timedelta(days=7))
        later = session_codes.start(db, session, TRAINER, MONDAY)
        assert later
        assert later.opens_at == code.opens_at + timedelta(days=7)
        halls.cancelled(db)
        assert session_codes.start(db, session, TRAINER, MONDAY) is None
        actions = db.execute(select(AuditEntry.action, AuditEntry.actor_id)).all()
        assert set(actions) == {("code opened", TRAINER), ("code changed", TRAINER)}

    await database.turn(work)
