"""Announcements for those who were at a training, were not, completed it or did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from storage import barriers, conversations, recipients, registrations, scopes
from storage.audience_rules import About, Rule
from storage.models import (
    Attendance,
    Completed,
    Completion,
    Evidence,
    Mark,
    Person,
    Role,
    RoleKind,
    Session,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

COURSE, OFFICER = 12, 90
MARKS = {1: Mark.PRESENT, 2: Mark.LATE, 3: Mark.ABSENT, 6: Mark.PRESENT}


def world(db: Connection) -> None:
    """Five with a seat, of whom two came; one more came without a seat; two have nothing."""
    rows.school(db)
    rows.people(db, 8)
    rows.people(db, 1, first=OFFICER)
    rows.course(db, COURSE, seats=5)
    db.execute(insert(Role).values(person_id=OFFICER, kind=RoleKind.COMMUNE,
                                   unit_id=rows.COMMUNE, valid_from=MONDAY.date()))  # fmt: skip
    for person_id in range(1, 6):
        registrations.register(db, COURSE, conversations.who(db, person_id), MONDAY)
    session = db.execute(select(Session.id)).scalar_one()
    for person_id, mark in MARKS.items():
        db.execute(insert(Attendance).values(
            session_id=session, person_id=person_id, mark=mark, evidence=Evidence.TRAINER,
            at=MONDAY,
        ))  # fmt: skip
    for person_id, state in ((1, Completed.COMPLETED), (2, Completed.NOT_COMPLETED)):
        db.execute(insert(Completion).values(course_id=COURSE, person_id=person_id, state=state))


async def test_by_what_came_of_a_training(either: Database) -> None:
    await either.turn(world)

    def meant(db: Connection) -> dict[About, list[int]]:
        scope = scopes.of(db, OFFICER, MONDAY.date())
        assert scope
        return {
            about: sorted(
                db.execute(
                    recipients.people(db, Rule(course_id=COURSE, about=about), scope)
                ).scalars()
            )
            for about in (About.ATTENDED, About.ABSENT, About.COMPLETED, About.NOT_COMPLETED)
        }

    assert await either.read(meant) == {
        About.ATTENDED: [1, 2, 6], About.ABSENT: [3, 4, 5], About.COMPLETED: [1],
        About.NOT_COMPLETED: [2, 3, 4, 5, 6],
    }  # fmt: skip

    def still(db: Connection, about: About) -> list[int]:
        people = list(db.execute(select(Person.id).where(Person.id < OFFICER)).scalars())
        key = {"people": people, "course_id": COURSE, "unseen_of": 0}
        return sorted(db.execute(barriers.STILL[about], key).scalars())

    assert await either.read(lambda db: still(db, About.ABSENT)) == [3, 4, 5]
