"""All courses of a programme in a period: what its courses have counted, each person once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from storage.figures import books, gatherings
from storage.figures.counts import Bit
from storage.models import (
    Counted,
    CourseProgramme,
    Figure,
    Ownership,
    Period,
    PeriodKind,
    Programme,
    School,
    SchoolType,
    Session,
    Subject,
    SubjectKind,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

YEAR, NEXT = 1, 2
FIRST, SECOND, OTHER, LATER = 1, 2, 3, 4
LAST = {FIRST: date(2026, 3, 1), SECOND: date(2026, 12, 31), OTHER: date(2026, 5, 1),
        LATER: date(2027, 1, 1)}  # fmt: skip
E, DONE = Bit.EXPECTED, Bit.EXPECTED | Bit.COMPLETED


def world(db: Connection) -> None:
    """Four courses: two of a programme, one of none, one of the year after; two schools."""
    rows.school(db)
    db.execute(
        insert(School).values(id=2, name="Trường MN Sơn Ca", folded="son ca", unit_id=rows.COMMUNE,
                              type=SchoolType.PRESCHOOL, ownership=Ownership.PUBLIC)
    )  # fmt: skip
    for at, title in ((YEAR, "Năm 2026"), (NEXT, "Năm 2027")):
        days = {"first_day": date(2025 + at, 1, 1), "last_day": date(2025 + at, 12, 31)}
        db.execute(insert(Period).values(id=at, kind=PeriodKind.CALENDAR, title=title, **days))
        db.execute(insert(Programme).values(id=at, title=f"KH {title}", letter="", **days))
    for course, last in LAST.items():
        rows.course(db, course, seats=None)
        db.execute(
            insert(Subject).values(id=course, key=f"course:{course}", kind=SubjectKind.COURSE,
                                   course_id=course, opened_on=date(2026, 1, 1), last_day=last)
        )  # fmt: skip
        if course != OTHER:
            db.execute(insert(CourseProgramme).values(course_id=course, programme_id=YEAR))


def count(db: Connection, person_id: int, **courses: Any) -> None:
    """What somebody adds to courses: bits, school and the day they completed it."""
    for name, (bits, school, *day) in courses.items():
        db.execute(
            insert(Counted).values(subject_id=globals()[name], person_id=person_id, bits=int(bits),
                                   school_id=school, done_on=day[0] if day else None)
        )  # fmt: skip


def told(db: Connection, key: str) -> dict[int, tuple[int, int, date | None]]:
    topics = {one.key: one for one in gatherings.around(db, [date(2026, 6, 1), None])}
    found = db.execute(gatherings.fresh(db, topics[key], date(2026, 11, 23)))
    return {row.person_id: (row.school_id, row.bits, row.done_on) for row in found}


def test_who_is_counted_how(db: Connection) -> None:
    world(db)
    march, may = date(2026, 3, 1), date(2026, 5, 1)
    leave, left = Bit.ON_LEAVE, Bit.LEFT
    count(db, 1, FIRST=(E | Bit.FAILED | Bit.ATTENDED, 1), SECOND=(DONE | Bit.ON_TIME, 2, may))
    count(db, 2, FIRST=(leave, 1), SECOND=(E | Bit.REGISTERED, 2))
    count(db, 3, FIRST=(left, 1), LATER=(E, 2))
    count(db, 4, FIRST=(DONE, 2, march), SECOND=(DONE, 1, march), OTHER=(DONE, 1, may))
    count(db, 5, FIRST=(Bit.OTHERS | Bit.OTHERS_DONE, 1, march), SECOND=(E | Bit.UNKNOWN, 2))
    count(db, 6, FIRST=(E | Bit.EXCUSED, 1), OTHER=(E | Bit.ATTENDED, 2))
    count(db, 7, FIRST=(0, 1), LATER=(E, 1))
    both = E | Bit.UNKNOWN | Bit.OTHERS | Bit.OTHERS_DONE
    of_programme = {
        1: (2, DONE | Bit.ON_TIME | Bit.ATTENDED, may),
        2: (2, E, None),
        3: (1, left, None),
        4: (2, DONE, march),
        5: (1, both, march),
        6: (1, E | Bit.EXCUSED, None),
    }
    assert told(db, "gathering:1:1") == of_programme
    # The course of no programme counts with all of the year: who was there was not excused.
    assert told(db, "gathering:0:1") == {**of_programme, 6: (2, E | Bit.ATTENDED, None)}


def test_they_are_made_once_where_a_day_lies(db: Connection) -> None:
    world(db)
    assert gatherings.around(db, []) == gatherings.around(db, [None, date(2031, 1, 1)]) == []
    made = gatherings.around(db, [date(2026, 12, 31), date(2027, 1, 1)])
    assert [one.key for one in made] == [
        "gathering:0:1", "gathering:0:2", "gathering:1:1", "gathering:2:2"
    ]  # fmt: skip
    assert [one.title for one in made] == ["", "", "KH Năm 2026", "KH Năm 2027"]
    assert gatherings.around(db, [date(2027, 1, 1)]) == made[1::2]


async def test_a_course_that_changes_changes_what_it_is_part_of(database: Database) -> None:
    def begin(db: Connection) -> None:
        world(db)
        db.execute(Subject.__table__.delete())
        rows.people(db, 3)
        books.open_day(db, MONDAY.date())

    def counters(db: Connection) -> dict[str, int]:
        found = select(Subject.key, func.sum(Figure.expected)).group_by(Subject.key)
        told = db.execute(found.join(Figure, Figure.subject_id == Subject.id)).all()
        return {key: count for key, count in told if key.startswith("gathering")}

    await database.turn(begin)
    year = {"gathering:0:1": 3, "gathering:1:1": 3}
    assert await database.read(counters) == year
    moved = update(Session).where(Session.course_id != OTHER)
    later = {"starts_at": MONDAY + timedelta(days=60), "ends_at": None}
    await database.turn(lambda db: db.execute(moved.values(later)))
    # Three of the four are of next year now, when their programme does not run any more.
    now = {**year, "gathering:1:1": 0, "gathering:0:2": 3}
    assert await database.read(counters) == now
