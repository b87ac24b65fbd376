"""A small random province through time: people, courses and units change from turn to turn.

Rows are written as they are, past the functions that usually write them: figures may depend on
nothing but the rows. Two former provinces, four former districts; the commune "Giữa" straddles two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from storage import models
from storage.models import (
    Completed,
    Core,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    Ownership,
    Position,
    Precision,
    Qualification,
    Rating,
    SchoolType,
    Source,
    Standing,
    UnitKind,
)
from storage.sample import plans
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sqlalchemy import Connection

FIRST = date(2026, 9, 1)
PROVINCE, ALL_COMMUNES = 1, (2, 3, 4, 5)
OLD_PROVINCES, DISTRICTS = (10, 20), (11, 12, 21, 22)
PEOPLE, SCHOOLS, COURSES = 14, 7, 4
REFORM = date(2025, 7, 1)


def _units() -> list[dict[str, Any]]:
    def unit(id_: int, name: str, kind: UnitKind, path: str, old: bool) -> dict[str, Any]:
        parent = [int(part) for part in path.strip("/").split("/")][-2:-1]
        return {
            "id": id_, "code": str(id_), "name": name, "kind": kind, "path": path,
            "parent_id": parent[0] if parent else None, "latitude": None, "longitude": None,
            "valid_from": None if old else REFORM,
            "valid_to": REFORM - timedelta(days=1) if old else None,
        }  # fmt: skip

    rows = [unit(PROVINCE, "Tỉnh Nay", UnitKind.PROVINCE, "/1/", old=False)]
    rows += [
        unit(each, f"Xã Nay {each}", UnitKind.COMMUNE, f"/1/{each}/", old=False)
        for each in ALL_COMMUNES
    ]
    for province in OLD_PROVINCES:
        path = f"/{province}/"
        rows.append(unit(province, f"Tỉnh {province}", UnitKind.PROVINCE, path, old=True))
    for district in DISTRICTS:
        path = f"/{district // 10 * 10}/{district}/"
        rows.append(unit(district, f"Huyện {district}", UnitKind.DISTRICT, path, old=True))
        for commune in (district * 10 + 1, district * 10 + 2):
            name = f"Xã Xưa {commune}"
            rows.append(unit(commune, name, UnitKind.COMMUNE, f"{path}{commune}/", old=True))
    return rows


def begin(db: Connection, random: Random) -> None:
    """Write the province as it is on the first day."""
    db.execute(insert(models.Unit), _units())
    db.execute(insert(models.School), [_school(random, each) for each in range(1, SCHOOLS + 1)])
    db.execute(insert(models.Programme), plans.programmes(2026, 2026))
    db.execute(insert(models.Indicator), plans.indicators())
    db.execute(insert(models.IndicatorVersion), plans.versions(2026))
    db.execute(insert(models.Period), plans.periods(2026, FIRST))
    versions = select(models.IndicatorVersion.id).order_by(models.IndicatorVersion.id.desc())
    newest = db.execute(versions.limit(1)).scalar_one()
    # Something that comes into force while the world turns.
    db.execute(
        insert(models.IndicatorVersion).values(
            id=newest + 1, indicator_id=1, valid_from=FIRST + timedelta(days=9), target=0.9,
            rule={
                "numerator": {"positions": ["GV", "PHT"], "qualifications": ["dai hoc"]},
                "denominator": {"positions": ["GV", "PHT"]},
            },
        )
    )  # fmt: skip
    for _ in range(PEOPLE // 2):
        _add_person(db, random, FIRST)
    for each in range(1, COURSES + 1):
        _add_course(db, random, each)


def _school(random: Random, id_: int) -> dict[str, Any]:
    old = random.choice([*(d * 10 + n for d in DISTRICTS for n in (1, 2)), None])
    return {
        "id": id_, "name": f"Trường MN {id_}", "folded": str(id_),
        "type": random.choice([SchoolType.PRESCHOOL, SchoolType.GROUP]),
        "ownership": random.choice([*Ownership]), "unit_id": random.choice(ALL_COMMUNES),
        "old_unit_id": old, "external_id": None, "closed_on": None,
    }  # fmt: skip


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(8), tzinfo=ZONE).astimezone(UTC)


def _one(db: Connection, random: Random, table: Any) -> Any | None:
    rows = db.execute(select(table.__table__).order_by(*table.__table__.primary_key)).all()
    return random.choice(rows) if rows else None


def _add_person(db: Connection, random: Random, day: date) -> None:
    known = random.random() < 0.8
    name = f"Người {random.randrange(10**6)}"
    db.execute(
        insert(models.Person).values(
            full_name=name, sort_key=name, folded=name,
            position=random.choice([Position.TEACHER, Position.TEACHER, Position.PRINCIPAL]),
            core=random.choice([None, Core.SCHOOL]),
            qualification=random.choice([None, *Qualification]),
            rating=random.choice([None, *Rating]), rating_source=random.choice([*Source]),
            rating_year=random.choice(["2025-2026", "2024-2025", "2022-2023"]),
            school_id=random.choice([None, *range(1, SCHOOLS + 1), *range(1, SCHOOLS + 1)]),
            source=Source.ROSTER if known else Source.SELF,
        )
    )  # fmt: skip


def _change_person(db: Connection, random: Random, day: date) -> None:
    found = _one(db, random, models.Person)
    if found is None:
        return
    near = [day + timedelta(days=n) for n in (-3, -1, 0, 1, 2, 6)]
    changes: list[dict[str, Any]] = [
        {"school_id": random.choice([None, *range(1, SCHOOLS + 1)])},
        {"left_on": random.choice([None, *near])},
        {"leave_from": random.choice(near), "leave_to": random.choice([None, *near])},
        {"leave_from": None, "leave_to": None},
        {"position": random.choice([Position.TEACHER, Position.DEPUTY, Position.PRINCIPAL])},
        {"core": random.choice([None, Core.MINISTRY])},
        {"verified_at": random.choice([None, _moment(day)])},
        {"qualification": random.choice([None, *Qualification])},
        {"rating": random.choice([None, *Rating]), "rating_source": random.choice([*Source])},
        {"merged_into_id": random.choice([None, None, found.id])},
    ]
    changed = update(models.Person).where(models.Person.id == found.id)
    db.execute(changed.values(random.choice(changes)))


def _add_course(db: Connection, random: Random, number: int) -> None:
    units = random.choice([[], [PROVINCE], [random.choice(ALL_COMMUNES)], [11], [20]])
    rule = {"positions": random.choice([["GV"], ["GV", "HT"], []]), "units": units}
    db.execute(
        insert(models.Course).values(
            id=number, number=number, title=f"Lớp {number}", short=f"Lớp {number}",
            folded=f"lop {number}", kind=CourseKind.TRAINING, modality=Modality.IN_PERSON,
            mode=random.choice([*Mode]), unit_id=PROVINCE, completion={},
            state=random.choice([CourseState.DRAFT, CourseState.OPEN, CourseState.OPEN]),
            audience={key: value for key, value in rule.items() if value},
        )
    )  # fmt: skip
    _add_session(db, random, number, FIRST)
    if random.random() < 0.7:
        db.execute(insert(models.CourseProgramme).values(course_id=number, programme_id=1))


def _add_session(db: Connection, random: Random, course_id: int, day: date) -> None:
    first = day + timedelta(days=random.choice([1, 4, 8, 130]))
    exact = random.random() < 0.5
    db.execute(
        insert(models.Session).values(
            course_id=course_id, number=random.randrange(1000),
            precision=Precision.MINUTE if exact else Precision.DAY,
            starts_at=_moment(first) if exact else None,
            first_day=first if not exact and random.random() < 0.8 else None,
        )
    )  # fmt: skip


def _change_course(db: Connection, random: Random, day: date) -> None:
    found = _one(db, random, models.Course)
    assert found is not None
    course = update(models.Course).where(models.Course.id == found.id)
    if found.state is CourseState.DRAFT:
        db.execute(course.values(state=CourseState.OPEN))
        return
    match random.randrange(6):
        case 0:
            states = [CourseState.OPEN, CourseState.CLOSED, CourseState.CANCELLED]
            db.execute(course.values(state=random.choice(states)))
        case 1:
            db.execute(course.values(audience=random.choice([{}, {"positions": ["HT"]}])))
        case 2:
            mine = models.Session.course_id == found.id
            db.execute(delete(models.Session).where(mine))
            _add_session(db, random, found.id, day)
        case 3:
            _add_session(db, random, found.id, day)
        case 4:
            _link(db, random, found.id)
        case _:
            db.execute(course.values(mode=random.choice([*Mode])))


def _link(db: Connection, random: Random, course_id: int) -> None:
    link = {"course_id": course_id, "programme_id": random.choice([1, 2, 3])}
    of = models.CourseProgramme
    gone = delete(of).where(of.course_id == course_id, of.programme_id == link["programme_id"])
    if not db.execute(gone).rowcount:
        db.execute(insert(of).values(link))


def _pair(db: Connection, random: Random) -> tuple[int, int] | None:
    course, person = _one(db, random, models.Course), _one(db, random, models.Person)
    if course is None or person is None or course.state is CourseState.DRAFT:
        return None
    return course.id, person.id


def _register(db: Connection, random: Random, day: date) -> None:
    pair = _pair(db, random)
    if pair is None:
        return
    of = models.Registration
    mine = (of.course_id == pair[0]) & (of.person_id == pair[1])
    standing = random.choice([*Standing])
    values = {"standing": standing, "changed_at": _moment(day)}
    if random.random() < 0.1:
        db.execute(delete(of).where(mine))
    elif not db.execute(update(of).where(mine).values(values)).rowcount:
        keys = {"course_id": pair[0], "person_id": pair[1], "turn": 1, "provisional": False}
        db.execute(insert(of).values(**keys, **values))


def _complete(db: Connection, random: Random, day: date) -> None:
    pair = _pair(db, random)
    if pair is None:
        return
    of = models.Completion
    db.execute(delete(of).where(of.course_id == pair[0], of.person_id == pair[1]))
    if random.random() < 0.15:
        return
    state = random.choice([*Completed, Completed.COMPLETED])
    done = state is Completed.COMPLETED
    school = select(models.Person.school_id).where(models.Person.id == pair[1])
    db.execute(
        insert(of).values(
            course_id=pair[0], person_id=pair[1], state=state,
            completed_on=day - timedelta(days=random.choice([0, 0, 1, 4])) if done else None,
            hours=0, attended=random.choice([0, 1]), held=random.choice([0, 1, 2]),
            school_id=None if state is Completed.OPEN else db.execute(school).scalar_one(),
        )
    )  # fmt: skip


def _move_school(db: Connection, random: Random, day: date) -> None:
    found = _one(db, random, models.School)
    assert found is not None
    changes = [
        {"unit_id": random.choice(ALL_COMMUNES)},
        {"type": random.choice([*SchoolType])},
        {"ownership": random.choice([*Ownership])},
        {"old_unit_id": random.choice([None, 111, 112, 221])},
    ]
    moved = update(models.School).where(models.School.id == found.id)
    db.execute(moved.values(random.choice(changes)))


def _merge_school(db: Connection, random: Random, day: date) -> None:
    one, other = random.sample(range(1, SCHOOLS + 1), 2)
    people = update(models.Person).where(models.Person.school_id == one)
    db.execute(people.values(school_id=other))


MOVES: tuple[Callable[[Connection, Random, date], None], ...] = (
    _register, _register, _register, _complete, _complete, _change_person, _change_person,
    _change_course, _add_person, _move_school, _merge_school,
)  # fmt: skip


def go_on(db: Connection, random: Random, day: date) -> None:
    """What happens in one turn: one to three changes at once."""
    for _ in range(random.choice([1, 1, 1, 3])):
        random.choice(MOVES)(db, random, day)


def next_day(random: Random, day: date) -> date:
    """Mostly the next one; sometimes the program was down, or the year is over."""
    return day + timedelta(days=random.choice([1, 1, 1, 2, 5, 40]))
