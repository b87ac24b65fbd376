"""Papers issued at the same time get numbers of their own."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from storage import completion, paper_desk, scopes
from storage.models import Attendance, Evidence, Mark, Paper, Session
from storage.paper_desk import Outcome
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

AFTER = MONDAY + timedelta(days=30)
COURSES, PEOPLE = (1, 2, 3, 4), 5


def completed(db: Connection) -> None:
    """Some courses that all of these people have completed."""
    rows.school(db)
    rows.people(db, PEOPLE)
    for course_id in COURSES:
        rows.course(db, course_id, seats=9, hours=40, paper_title="Giấy xác nhận")
        session = select(Session.id).where(Session.course_id == course_id)
        session_id = db.execute(session).scalar_one()
        said = {"mark": Mark.PRESENT, "evidence": Evidence.TRAINER, "at": MONDAY}
        marks = [
            {"session_id": session_id, "person_id": each, **said} for each in range(1, PEOPLE + 1)
        ]
        db.execute(insert(Attendance), marks)
        completion.settle_all(db, course_id, AFTER)


async def test_no_number_is_given_twice(either: Database) -> None:
    await either.turn(completed)
    scope = scopes.everywhere(AFTER.date())

    def issue(db: Connection, course_id: int) -> tuple[Outcome, int]:
        return paper_desk.issue(db, scope, course_id, AFTER, issuer="Phòng")

    deeds = (either.turn(lambda db, each=each: issue(db, each)) for each in COURSES)
    assert await asyncio.gather(*deeds) == [(Outcome.DONE, PEOPLE)] * len(COURSES)

    found = await either.read(lambda db: list(db.execute(select(Paper.number)).scalars()))
    assert sorted(found) == [f"GXN-2026-{n:06}" for n in range(1, PEOPLE * len(COURSES) + 1)]
    again = await either.turn(lambda db: issue(db, 1))
    assert again == (Outcome.NOBODY, 0)


async def test_many_papers_are_issued_some_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_desk, "MOST", 3)

    def work(db: Connection) -> None:
        completed(db)
        scope = scopes.everywhere(AFTER.date())
        done = [paper_desk.issue(db, scope, 1, AFTER, issuer="Phòng") for _ in range(3)]
        assert done == [(Outcome.DONE, 3), (Outcome.DONE, 2), (Outcome.NOBODY, 0)]

    await database.turn(work)
