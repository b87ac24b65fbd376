"""Counters after real turns: whoever writes a row changes the figures, and nobody has to say so."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from storage import conversations, course_rows, registrations, scopes
from storage.figures import books, engine, recount
from storage.figures.counts import COLUMNS, NOTHING, Count, total
from storage.figures.engine import Change, State
from storage.models import (
    Completed,
    Completion,
    Counted,
    Course,
    CourseProgramme,
    CourseState,
    Figure,
    FigureDay,
    FigureMark,
    Mode,
    Person,
    Position,
    Registration,
    School,
    SchoolPlace,
    Session,
    Standing,
    Subject,
    Unit,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()
DAY = timedelta(days=1)
ONE, TWO, OTHER = 12, 13, 2


def world(db: Connection) -> None:
    """A school of five teachers, another without any, and a course of two seats."""
    rows.school(db)
    school = dict(db.execute(select(School.__table__)).mappings().one())
    db.execute(
        insert(School).values(**school | {"id": OTHER, "name": "MN Sen", "folded": "mn sen"})
    )
    rows.people(db, 5)
    rows.course(db, ONE, seats=2)
    books.open_day(db, TODAY)


def course(db: Connection, course_id: int = ONE, school_id: int | None = None) -> Count:
    """The counters of a course, of one school or of all."""
    found = select(*(Figure.__table__.c[name] for name in COLUMNS)).join(
        Subject, Subject.id == Figure.subject_id
    )
    found = found.where(Subject.course_id == course_id)
    if school_id:
        found = found.where(Figure.school_id == school_id)
    return total([NOTHING, *(Count(*row) for row in db.execute(found))])


def person(person_id: int, **values: Any) -> Callable[[Connection], Any]:
    """A turn that changes somebody."""
    return lambda db: db.execute(update(Person).where(Person.id == person_id).values(**values))


def stands(person_id: int, standing: Standing) -> Callable[[Connection], Any]:
    """A turn after which somebody stands so in the course."""
    mine = (Registration.course_id == ONE, Registration.person_id == person_id)
    return lambda db: db.execute(update(Registration).where(*mine).values(standing=standing))


def ends(person_id: int, state: Completed, **values: Any) -> Callable[[Connection], Any]:
    """A turn after which the course has come to this for somebody."""
    row = {"course_id": ONE, "person_id": person_id, "state": state, "attended": 1, "held": 1}
    day = TODAY if state is Completed.COMPLETED else None
    return lambda db: db.execute(insert(Completion).values(**row, completed_on=day, **values))


async def test_a_course_from_the_first_seat_to_a_result_taken_back(database: Database):
    await database.turn(world)
    assert await database.read(course) == Count(expected=5)

    def ask(db: Connection, person_id: int) -> None:
        registrations.register(db, ONE, conversations.who(db, person_id), MONDAY)

    for each in (1, 2, 3):
        await database.turn(partial(ask, person_id=each))
    assert await database.read(course) == Count(expected=5, registered=2, waiting=1)
    await database.turn(lambda db: registrations.give_up(db, ONE, 1, MONDAY))
    assert await database.read(course) == Count(expected=5, registered=2, given_up=1)
    await database.turn(stands(2, Standing.EXCUSED))
    await database.turn(ends(1, Completed.COMPLETED, school_id=rows.SCHOOL))
    await database.turn(ends(2, Completed.NOT_COMPLETED, school_id=rows.SCHOOL))
    await database.turn(ends(3, Completed.OPEN))
    assert await database.read(course) == Count(
        expected=5, registered=1, given_up=1, excused=1, attended=3, completed=1, on_time=1,
        failed=1, unknown=1,
    )  # fmt: skip
    await database.turn(lambda db: db.execute(delete(Completion)))
    assert await database.read(course) == Count(expected=5, registered=1, given_up=1, excused=1)
    assert await database.read(recount.differences) == []
    assert await database.read(lambda db: db.execute(select(FigureMark.id)).first()) is None


async def test_a_turn_that_fails_counts_nothing(database: Database):
    await database.turn(world)

    def fail(db: Connection) -> None:
        db.execute(delete(Person).where(Person.id == 5))
        raise LookupError

    with pytest.raises(LookupError):
        await database.turn(fail)
    assert await database.read(course) == Count(expected=5)
    assert await database.read(recount.differences) == []


async def test_people_move_leave_and_are_entered_twice(database: Database):
    await database.turn(world)
    await database.turn(
        lambda db: db.execute(update(Course).values(audience={"positions": ["GV"]}))
    )
    await database.turn(person(1, school_id=OTHER))
    await database.turn(person(2, position=Position.PRINCIPAL))
    await database.turn(person(3, leave_from=TODAY + DAY, leave_to=TODAY + 2 * DAY))
    await database.turn(person(4, left_on=TODAY + 2 * DAY))
    assert await database.read(partial(course, school_id=OTHER)) == Count(expected=1)
    assert await database.read(partial(course, school_id=rows.SCHOOL)) == Count(expected=3)
    await database.turn(partial(books.open_day, today=TODAY + DAY))
    assert await database.read(course) == Count(expected=3, on_leave=1)
    await database.turn(partial(books.open_day, today=TODAY + 3 * DAY))
    assert await database.read(course) == Count(expected=3, left=1)
    # The clock never turns the books back.
    assert not await database.turn(partial(books.open_day, today=TODAY))
    await database.turn(person(5, merged_into_id=1))
    assert await database.read(course) == Count(expected=2, left=1)
    # Two schools become one.
    await database.turn(lambda db: db.execute(update(Person).values(school_id=OTHER)))
    assert await database.read(partial(course, school_id=rows.SCHOOL)) == NOTHING
    assert await database.read(partial(course, school_id=OTHER)) == Count(expected=2, left=1)
    # An import that is undone takes away whom it brought.
    await database.turn(lambda db: db.execute(delete(Person).where(Person.id == 3)))
    assert await database.read(course) == Count(expected=1, left=1)
    assert await database.read(recount.differences) == []


async def test_after_the_last_day_only_what_is_learnt_of_it_counts(database: Database):
    await database.turn(world)
    await database.turn(ends(1, Completed.OPEN))
    await database.turn(person(2, leave_from=TODAY, leave_to=None))
    await database.turn(partial(books.open_day, today=TODAY + 30 * DAY))
    await database.turn(person(1, school_id=OTHER))
    await database.turn(lambda db: rows.people(db, 1, first=6))
    await database.turn(person(2, leave_from=None))
    was = Count(expected=4, on_leave=1, attended=1, unknown=1)
    assert await database.read(partial(course, school_id=rows.SCHOOL)) == was
    finished = {"state": Completed.COMPLETED, "completed_on": TODAY, "school_id": OTHER}
    await database.turn(lambda db: db.execute(update(Completion).values(**finished)))
    done = Count(expected=4, on_leave=1, attended=1, completed=1, on_time=1)
    assert await database.read(partial(course, school_id=rows.SCHOOL)) == done
    assert await database.read(recount.differences) == []


async def test_a_course_is_moved_cancelled_opened_again_and_a_draft_thrown_away(
    database: Database,
):
    await database.turn(world)
    later = MONDAY + timedelta(days=40)
    moved = {"starts_at": later, "ends_at": later + timedelta(hours=9)}
    await database.turn(lambda db: db.execute(update(Session).values(**moved)))
    last = select(Subject.last_day).where(Subject.course_id == ONE)
    assert await database.read(lambda db: db.execute(last).scalar()) == later.date()

    def into(state: CourseState) -> Callable[[Connection], Any]:
        return lambda db: db.execute(update(Course).values(state=state))

    await database.turn(into(CourseState.CANCELLED))
    assert await database.read(course) == NOTHING
    await database.turn(into(CourseState.OPEN))
    assert await database.read(course) == Count(expected=5)

    def draft(db: Connection) -> None:
        rows.course(db, TWO, seats=None)
        db.execute(update(Course).where(Course.id == TWO).values(state=CourseState.DRAFT))

    await database.turn(draft)
    assert await database.read(lambda db: course(db, TWO)) == NOTHING
    await database.turn(lambda db: course_rows.discard(db, scopes.everywhere(TODAY), TWO, MONDAY))
    subjects = select(func.count()).select_from(Subject).where(Subject.course_id.is_not(None))
    assert await database.read(lambda db: db.execute(subjects).scalar()) == 1
    assert await database.read(recount.differences) == []


async def test_a_past_course_comes_with_an_import_and_goes_with_it(database: Database):
    await database.turn(world)
    before = MONDAY - timedelta(days=60)

    def bring(db: Connection) -> None:
        rows.course(db, TWO, seats=None, mode=Mode.NOMINATED, starts_at=before, past=True)
        place = {"course_id": TWO, "standing": Standing.SEATED, "provisional": False}
        for each in (1, 2):
            db.execute(insert(Registration).values(
                **place, person_id=each, turn=each, changed_at=MONDAY))  # fmt: skip
            db.execute(insert(Completion).values(
                course_id=TWO, person_id=each, state=Completed.COMPLETED, attended=1, held=1,
                completed_on=before.date(), school_id=rows.SCHOOL))  # fmt: skip

    def undo(db: Connection) -> None:
        for table in (Completion, Registration, CourseProgramme, Session):
            db.execute(delete(table).where(table.course_id == TWO))
        db.execute(delete(Course).where(Course.id == TWO))

    await database.turn(bring)
    done = Count(expected=2, registered=2, attended=2, completed=2, on_time=2)
    assert await database.read(lambda db: course(db, TWO)) == done
    days = select(FigureDay.day).join(Subject, Subject.id == FigureDay.subject_id)
    days = days.where(Subject.course_id == TWO).distinct()
    assert await database.read(lambda db: db.execute(days).scalars().all()) == [before.date()]
    await database.turn(undo)
    assert await database.read(lambda db: course(db, TWO)) == NOTHING
    assert await database.read(recount.differences) == []


async def test_counters_move_with_their_school_and_its_places_are_remembered(database: Database):
    await database.turn(world)
    await database.turn(
        lambda db: db.execute(insert(Unit), [
            {"id": 5, "code": "5", "name": "Huyện Tuy Đức", "kind": "DISTRICT", "path": "/5/",
             "parent_id": None},
            {"id": 6, "code": "6", "name": "Xã cũ", "kind": "COMMUNE", "path": "/5/6/",
             "parent_id": 5},
            {"id": 7, "code": "7", "name": "Xã mới", "kind": "COMMUNE", "path": "/7/",
             "parent_id": None},
        ])
    )  # fmt: skip
    await database.turn(partial(books.open_day, today=TODAY + DAY))
    moved = update(School).where(School.id == rows.SCHOOL).values(unit_id=7, old_unit_id=6)
    await database.turn(lambda db: db.execute(moved))
    stands_at = select(Figure.commune_id, Figure.district_id, Figure.expected)
    assert await database.read(lambda db: db.execute(stands_at).all()) == [(7, 5, 5)]
    places = select(SchoolPlace.first_day, SchoolPlace.unit_id).order_by(SchoolPlace.first_day)
    mine = places.where(SchoolPlace.school_id == rows.SCHOOL)
    found = await database.read(lambda db: db.execute(mine).all())
    assert [row.unit_id for row in found] == [rows.COMMUNE, 7]
    assert found[-1].first_day == TODAY + DAY


async def test_the_doctor_finds_and_mends_what_was_tampered_with(either: Database):
    await either.turn(world)
    assert await either.read(recount.differences) == []

    def tamper(db: Connection) -> None:
        db.execute(update(Figure).values(expected=7, commune_id=9))
        db.execute(update(Counted).where(Counted.person_id == 2).values(bits=0, school_id=None))
        db.execute(delete(Counted).where(Counted.person_id == 3))

    await either.turn(tamper)
    assert {one.kind for one in await either.read(recount.differences)} == set(recount.Kind)
    await either.turn(recount.repair)
    assert await either.read(recount.differences) == []
    assert await either.read(course) == Count(expected=5)


async def test_no_table_has_lost_its_triggers(either: Database):
    """SQLite loses them with a table that a later migration makes anew."""
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT trigger_name FROM information_schema.triggers",
    }
    query = text(names[either.url.get_backend_name()])
    found = await either.read(lambda db: set(db.execute(query).scalars()))
    watched = ("people", "registrations", "completions", "courses", "sessions",
               "course_programmes", "schools")  # fmt: skip
    wanted = {
        f"mark_{table}_{what}" for table in watched for what in ("insert", "update", "delete")
    }
    assert wanted <= found


def test_what_changes_by_day_and_school_comes_to_what_people_add():
    random = Random(6)

    def state() -> State:
        if random.random() < 0.3:
            return State(None, 0, None)
        bits = random.randrange(1, 1 << len(COLUMNS))
        day = TODAY - random.randrange(9) * DAY
        return State(random.randrange(1, 4), bits, day if bits & engine.DONE else None)

    for _ in range(200):
        changes = [Change(each, state(), state()) for each in range(random.randrange(6))]
        found = engine.effects(changes, TODAY)
        assert all(found.values())
        assert max((day for _, day in found), default=TODAY) <= TODAY
        for school_id in (1, 2, 3):
            new = [_adds(one.new) for one in changes if one.new.school_id == school_id]
            old = [_adds(one.old) for one in changes if one.old.school_id == school_id]
            mine = [count for (at, _), count in found.items() if at == school_id]
            assert total([NOTHING, *mine]) == total([NOTHING, *new]) - total([NOTHING, *old])


def _adds(state: State) -> Count:
    return Count(*(state.bits >> at & 1 for at in range(len(COLUMNS))))
