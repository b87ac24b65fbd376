"""What officers and the clock do with trainings, once through on either database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import (
    completion,
    course_rows,
    courses,
    offers,
    scopes,
    seat_quotas,
    second_chances,
    session_codes,
)
from storage.course_drafts import Draft
from storage.models import (
    Completion,
    Course,
    CourseQuota,
    Notice,
    Person,
    Position,
    Registration,
    RegistrationEvent,
    Standing,
)
from storage.pasts import again, undoing, writing
from storage.rosters import consequences, judging, staging
from storage.rosters.entries import Skipped
from storage.rosters.swap import Outcome
from storage.seat_quotas import Done
from tests import halls, lists, rows
from tests.halls import START, TRAINER
from tests.storage import test_pasts as pasts
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database

EVERYWHERE = scopes.everywhere(MONDAY.date())
HELD, MEANT, STAYED = 1, 2, 61


async def test_past_courses_are_carried_written_and_taken_back(
    either: Database, tmp_path: Path
) -> None:
    path = pasts.book(tmp_path)

    def work(db: Connection) -> None:
        lists.world(db)
        pasts.known(db)
        before = pasts.meaning(db)
        old = pasts.stage(db, path)
        entries = list(judging.entries_again(db, EVERYWHERE, old))
        found = again.compare(db, EVERYWHERE, entries, None)
        new = staging.begin(
            db, EVERYWHERE, file_name="kq.xlsx", digest="0", on=found.on, now=MONDAY
        )
        staging.stage(db, new, 0, found.judged)
        again.carry(db, old, new)
        staging.ready(db, new, found.judged, Skipped(), len(pasts.LINES))
        done = writing.write(db, EVERYWHERE, new, MONDAY, add=True)
        assert (done.outcome, done.courses, done.rows) == (Outcome.WRITTEN, 2, 6)
        # Whoever has left since took part all the same.
        db.execute(update(Person).where(Person.id == 10).values(left_on=MONDAY.date()))
        assert consequences.free_seats(db, MONDAY) == 0
        standings = select(Registration.standing).where(Registration.person_id == 10)
        assert set(db.execute(standings).scalars()) == {Standing.SEATED}
        db.execute(update(Person).where(Person.id == 10).values(left_on=None))
        undone = undoing.undo(db, EVERYWHERE, new, MONDAY)
        assert (undone.outcome, undone.courses, undone.people) == (Outcome.UNDONE, 2, 3)
        assert pasts.meaning(db) == before

    await either.turn(work)


async def test_two_who_draft_courses_at_once_get_two_numbers(either: Database) -> None:
    await either.turn(rows.school)
    draft = Draft(title="Sơ cứu", unit_id=rows.COMMUNE)
    made = (
        either.turn(lambda db: course_rows.insert_draft(db, EVERYWHERE, draft, MONDAY))
        for _ in range(5)
    )
    await asyncio.gather(*made)
    numbers = await either.read(lambda db: list(db.execute(select(Course.number)).scalars()))
    assert sorted(numbers) == [1, 2, 3, 4, 5]


async def test_codes_quotas_and_completions_on_either_database(either: Database) -> None:
    def work(db: Connection) -> None:
        session = halls.hall(db, 5, seated=2)
        code = halls.opened(db, session)
        assert [one.session_id for one in session_codes.found(db, code.digits, START)] == [session]
        assert session_codes.elsewhen(db, code.digits, START + timedelta(hours=20))
        later = rows.course(db, 13, seats=3, closes_at=MONDAY + timedelta(days=9))
        assert seat_quotas.put(db, EVERYWHERE, later, {rows.COMMUNE: 2}, MONDAY) is Done.DONE
        queue = {"course_id": later, "person_id": 5, "standing": Standing.WAITING, "turn": 1,
                 "provisional": False, "changed_at": MONDAY}  # fmt: skip
        db.execute(insert(Registration), queue)
        # Whoever waits is of no quota's unit until it returns.
        db.execute(update(CourseQuota).values(seats=3))
        db.execute(update(Person).where(Person.id == 5).values(school_id=None))
        assert offers.give_back(db, MONDAY) == 0
        back = courses.get(db, later)
        assert back
        assert back.quotas_until
        assert offers.give_back(db, back.quotas_until.astimezone(MONDAY.tzinfo)) == 1
        over = START + timedelta(days=8)
        stale = completion.stale(db, over)
        assert stale == {halls.COURSE: [1, 2]}
        completion.settle(db, halls.COURSE, stale[halls.COURSE], over)
        assert not completion.stale(db, over)
        assert len(db.execute(select(Completion.state)).all()) == 2
        assert TRAINER not in db.execute(select(Completion.person_id)).scalars()

    await either.turn(work)


def stayed_behind(db: Connection) -> None:
    """Sixty teachers and one principal stayed; what comes again is for principals alone."""
    rows.school(db)
    people = rows.people(db, STAYED)
    head = Person.id == STAYED
    db.execute(update(Person).where(head).values(position=Position.PRINCIPAL))
    rows.course(db, HELD, seats=9, starts_at=MONDAY - timedelta(days=30), block="02")
    rows.course(db, MEANT, seats=9, block="02")
    rule = {"positions": [str(Position.PRINCIPAL)]}
    db.execute(update(Course).where(Course.id == MEANT).values(audience=rule))
    for each in people:
        made = db.execute(
            insert(Registration)
            .values(course_id=HELD, person_id=each, standing=Standing.REFUSED, turn=each,
                    provisional=False, changed_at=MONDAY - timedelta(days=40))
            .returning(Registration.id)
        ).scalar_one()  # fmt: skip
        db.execute(
            insert(RegistrationEvent).values(
                registration_id=made, at=MONDAY, standing=Standing.REFUSED,
                reason=second_chances.REASON,
            )
        )  # fmt: skip


async def test_whom_a_course_is_not_meant_for_keeps_nobody_from_a_second_chance(
    either: Database,
) -> None:
    await either.turn(stayed_behind)
    found = await either.read(lambda db: second_chances.due(db, MONDAY))
    assert found == [(MEANT, STAYED)]
    # Two clocks may have found the same.
    for _ in range(2):
        await either.turn(lambda db: second_chances.owe(db, found, MONDAY))
    owed = select(Notice.person_id).where(Notice.kind == second_chances.KIND)
    assert await either.read(lambda db: db.execute(owed).scalars().all()) == [STAYED]
    assert await either.read(lambda db: second_chances.due(db, MONDAY)) == []
