"""An invented country for benchmarks: 705 former districts, 15,000 schools, 400,000 people.

4,000,000 registrations: half in five courses for everybody, which have a counter at every school,
half in courses of one former province each. Deterministic. Written by set-based statements, past
the triggers; the program then counts everything at the first opening of the books.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, case, cast, func, insert, literal, select, text

from storage import schema
from storage.models import (
    Called,
    Completed,
    Completion,
    Course,
    CourseKind,
    CourseProgramme,
    CourseState,
    Modality,
    Mode,
    Ownership,
    Period,
    PeriodKind,
    Person,
    Position,
    Precision,
    Programme,
    Registration,
    School,
    SchoolType,
    Session,
    Source,
    Standing,
    Unit,
    UnitKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

TODAY = date(2026, 11, 23)
LAST = date(2026, 11, 20)
OLD_PROVINCES, PROVINCES = 63, 34
OLD_COMMUNES, COMMUNES = 10_500, 3_321
EVERYBODY = 5  # courses for all people; their seats are half of all
OPEN = 10_000  # the number of one more that is for all people, and still without any seat taken
CHUNK = 5_000
REFORM = date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class Size:
    """How large the country is; smaller ones are for trying the benchmark out."""

    districts: int = 705
    schools: int = 15_000
    people: int = 400_000
    registrations: int = 4_000_000

    @property
    def local(self) -> int:
        """Courses of one former province each."""
        return OLD_PROVINCES * 10


def fill(db: Connection, size: Size) -> None:
    """Write the country into an empty database."""
    schema.upgrade(db)
    back = unwatched(db)
    units = list(_units(size))
    for first in range(0, len(units), CHUNK):
        db.execute(insert(Unit), units[first : first + CHUNK])
    communes = [unit["id"] for unit in units if unit["kind"] is UnitKind.COMMUNE]
    db.execute(insert(School), [_school(each, communes, size) for each in _ids(size.schools)])
    for first in range(1, size.people + 1, CHUNK):
        ids = range(first, min(first + CHUNK, size.people + 1))
        db.execute(insert(Person), [_person(each, size) for each in ids])
    _courses(db, size)
    _seats(db, size)
    watched(db, back)


def unwatched(db: Connection) -> list[str]:
    """Take the triggers away: what is written from here on is not counted by the turn.

    Returns the statements that bring them back.
    """
    if db.dialect.name == "postgresql":
        found = text(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        named = [f"ALTER TABLE {table} {{}} TRIGGER {name}" for name, table in db.execute(found)]
        for each in named:
            db.execute(text(each.format("DISABLE")))
        return [each.format("ENABLE") for each in named]
    triggers = db.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in triggers:
        db.execute(text(f"DROP TRIGGER {name}"))
    return [sql for _, sql in triggers]


def watched(db: Connection, statements: list[str]) -> None:
    """Bring the triggers back."""
    for each in statements:
        db.exec_driver_sql(each)


def _ids(count: int) -> range:
    return range(1, count + 1)


def _units(size: Size) -> Iterator[dict[str, Any]]:
    ids = iter(range(1, 10**6))

    def unit(kind: UnitKind, above: dict[str, Any] | None, *, old: bool) -> dict[str, Any]:
        number = next(ids)
        return {
            "id": number, "code": str(number), "name": f"Đơn vị {number}", "kind": kind,
            "parent_id": above["id"] if above else None,
            "path": f"{above['path'] if above else '/'}{number}/",
            "valid_from": None if old else REFORM,
            "valid_to": REFORM - timedelta(days=1) if old else None,
        }  # fmt: skip

    old = [unit(UnitKind.PROVINCE, None, old=True) for _ in range(OLD_PROVINCES)]
    today = [unit(UnitKind.PROVINCE, None, old=False) for _ in range(PROVINCES)]
    districts = [
        unit(UnitKind.DISTRICT, old[each % OLD_PROVINCES], old=True)
        for each in range(size.districts)
    ]
    yield from (*old, *today, *districts)
    for each in range(OLD_COMMUNES):
        yield unit(UnitKind.COMMUNE, districts[each % size.districts], old=True)
    for each in range(COMMUNES):
        yield unit(UnitKind.COMMUNE, today[each % PROVINCES], old=False)


def _school(number: int, communes: list[int], size: Size) -> dict[str, Any]:
    """Neighbours lie in the same old commune, which went into one of its own province of today."""
    at = number * OLD_COMMUNES // (size.schools + 1)
    province = at % size.districts % OLD_PROVINCES % PROVINCES
    commune = province + at * 7 % (COMMUNES // PROVINCES) * PROVINCES
    return {
        "id": number, "name": f"Trường MN {number}", "folded": str(number),
        "type": SchoolType.PRESCHOOL, "ownership": Ownership.PUBLIC, "old_unit_id": communes[at],
        "unit_id": communes[OLD_COMMUNES + commune],
    }  # fmt: skip


def _person(number: int, size: Size) -> dict[str, Any]:
    return {
        "id": number, "full_name": f"Người {number}", "sort_key": "", "folded": f"nguoi {number}",
        "nickname": "", "called": Called.TEACHER, "source": Source.ROSTER,
        "position": Position.TEACHER if number % 27 else Position.PRINCIPAL,
        "school_id": (number - 1) * size.schools // size.people + 1,
        "verified_at": datetime(2026, 1, 5, tzinfo=UTC),
    }  # fmt: skip


def _courses(db: Connection, size: Size) -> None:
    numbers = _ids(EVERYBODY + size.local)
    db.execute(insert(Programme).values(
        id=1, title="Đề án", letter="", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31),
    ))  # fmt: skip
    db.execute(insert(Period).values(
        id=1, kind=PeriodKind.CALENDAR, title="Năm 2026", first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31), report_before=date(2026, 12, 15),
    ))  # fmt: skip
    db.execute(insert(Course), [*(_course(each) for each in numbers), _course(OPEN)])
    db.execute(
        insert(Session),
        [
            {
                "course_id": each,
                "number": 1,
                "precision": Precision.DAY,
                "first_day": LAST,
                "last_day": LAST,
            }
            for each in numbers
        ],
    )
    later = LAST + timedelta(days=30)
    db.execute(insert(Session).values(
        course_id=OPEN, number=1, precision=Precision.DAY, first_day=later, last_day=later,
    ))  # fmt: skip
    everybody = [{"course_id": each, "programme_id": 1} for each in _ids(EVERYBODY)]
    db.execute(insert(CourseProgramme), everybody)


def _course(number: int) -> dict[str, Any]:
    return {
        "id": number, "number": number, "title": f"Lớp {number}", "short": f"Lớp {number}",
        "folded": f"lop {number}", "unit_id": OLD_PROVINCES + 1, "kind": CourseKind.TRAINING,
        "modality": Modality.IN_PERSON, "state": CourseState.OPEN, "audience": {},
        "completion": {},
        "mode": Mode.NOMINATED if EVERYBODY < number < OPEN else Mode.FREE,
    }  # fmt: skip


def _seats(db: Connection, size: Size) -> None:
    """Everybody has the same share of seats; nine in ten have completed."""
    share = size.registrations // 2 // EVERYBODY
    for course in _ids(EVERYBODY):
        _seat(db, course, Person.id <= share)
    each = size.registrations // 2 // size.local
    for at in range(size.local):
        first = at * each % max(size.people - each, 1)
        _seat(db, EVERYBODY + at + 1, Person.id.between(first + 1, first + each))


def _seat(db: Connection, course: int, who: Any) -> None:
    then = literal(datetime(2026, 11, 1, tzinfo=UTC), Registration.changed_at.type)
    seats = select(
        literal(course), Person.id, literal(Standing.SEATED, Registration.standing.type),
        Person.id, literal(value=False), then,
    ).where(who)  # fmt: skip
    columns = ["course_id", "person_id", "standing", "turn", "provisional", "changed_at"]
    db.execute(insert(Registration).from_select(columns, seats))
    done = cast(func.abs(Person.id * 7 + course) % 10, Integer) < literal(9)
    days = {n: literal(LAST - timedelta(days=n), Completion.completed_on.type) for n in range(5)}
    ended = select(
        literal(course), Person.id, literal(Completed.COMPLETED, Completion.state.type),
        case(days, value=Person.id % len(days)), literal(0), literal(1), literal(1),
        Person.school_id,
    ).where(who, done)  # fmt: skip
    columns = ["course_id", "person_id", "state", "completed_on", "hours", "attended", "held",
               "school_id"]  # fmt: skip
    db.execute(insert(Completion).from_select(columns, ended))
