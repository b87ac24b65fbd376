"""Figures against a plain recount of all rows, by every view and for every reach."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from storage import courses, roles, sample, scopes, statistics
from storage.audience import admits
from storage.models import (
    HOLDING,
    Mode,
    Person,
    Registration,
    RoleKind,
    School,
    Source,
    Standing,
    Unit,
)
from storage.statistics import GIVEN_UP, View, Within
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.database import Database
    from storage.scopes import Scope
    from storage.statistics import Figures

TODAY = MONDAY.date()
DAY = timedelta(days=1)
# Everybody; by old district; core staff; school types and ownership; nominated only.
COURSES = (12, 6, 11, 20, 14)


def table(db: Connection, model: Any) -> dict[int, Any]:
    return {row.id: row for row in db.execute(select(model.__table__))}


def disturb(db: Connection) -> None:
    """Leavers, long leave, unconfirmed newcomers, merged twins, schools without an old unit."""
    draw = random.Random(7)
    changes: list[dict[str, Any]] = [
        {"left_on": TODAY}, {"left_on": TODAY + DAY}, {"leave_from": TODAY, "leave_to": TODAY},
        {"leave_from": TODAY - 9 * DAY, "leave_to": TODAY - DAY}, {"leave_from": TODAY},
        {"leave_from": TODAY + DAY}, {"source": Source.SELF, "verified_at": None},
        {"source": Source.SELF, "verified_at": MONDAY}, {"merged_into_id": 1},
    ]  # fmt: skip
    people = sorted(table(db, Person))
    for change in changes:
        picked = draw.sample(people[1:], 60)
        db.execute(update(Person).where(Person.id.in_(picked)).values(change))
    db.execute(update(School).where(School.id.in_((4, 40))).values(old_unit_id=None))
    for number in COURSES:
        course = courses.numbered(db, number)
        assert course
        taken = set(db.execute(
            select(Registration.person_id).where(Registration.course_id == course.id)
        ).scalars())  # fmt: skip
        db.execute(
            insert(Registration),
            [
                {
                    "course_id": course.id, "person_id": person_id, "turn": 1000 + place,
                    "standing": draw.choice(list(Standing)), "provisional": False,
                    "changed_at": MONDAY,
                }
                for place, person_id in enumerate(draw.sample(people, 150))
                if person_id not in taken
            ],
        )  # fmt: skip


def expected(person: Any, course: Training, registered: Any, places: Any) -> bool:
    away = (
        person.leave_from is not None
        and person.leave_from <= TODAY
        and (person.leave_to is None or person.leave_to >= TODAY)
    )
    if away or person.merged_into_id or (person.left_on and person.left_on < TODAY + DAY):
        return False
    if person.source is Source.SELF and person.verified_at is None:
        return False
    if course.mode is Mode.NOMINATED:
        # Whose nomination was taken back was never meant.
        return registered not in (None, Standing.ENDED)
    who = SimpleNamespace(
        position=person.position, core=person.core, type=places.school.type,
        ownership=places.school.ownership, path=places.now.path,
        old_path=places.old.path if places.old else "",
    )  # fmt: skip
    return admits(course.audience, who)


def places_of(school: Any, units: dict[int, Any]) -> Any:
    old = units.get(school.old_unit_id)
    district = units.get(old.parent_id) if old else None
    former = units.get(district.parent_id) if district else None
    return SimpleNamespace(
        school=school, now=units[school.unit_id], old=old, district=district, former=former
    )


class Rows:
    """All that is counted, read once: nothing changes between two counts."""

    def __init__(self, db: Connection) -> None:
        units = table(db, Unit)
        self.places = {school.id: places_of(school, units) for school in table(db, School).values()}
        self.people = list(table(db, Person).values())
        self.registrations = list(table(db, Registration).values())


def recount(rows: Rows, scope: Scope, course: Training, view: View) -> dict[Any, list[int]]:
    """Row id -> [expected, held, waiting, given up, others], in plain Python."""
    mine = {row.person_id: row.standing for row in rows.registrations if row.course_id == course.id}
    counts: dict[Any, list[int]] = defaultdict(lambda: [0] * 5)
    for person in rows.people:
        if person.school_id is None:
            continue
        places = rows.places[person.school_id]
        if not scope.covers(places.now.path):
            continue
        standing = mine.get(person.id)
        row = {
            View.COMMUNE: places.now, View.DISTRICT: places.district, View.PROVINCE: places.former,
            View.SCHOOL: places.school,
        }[view]  # fmt: skip
        tally = counts[row.id if row else None]
        if expected(person, course, standing, places):
            tally[0] += 1
            tally[1] += standing in HOLDING
            tally[2] += standing is Standing.WAITING
            tally[3] += standing in GIVEN_UP
        else:
            tally[4] += standing in HOLDING
    return {row: tally for row, tally in counts.items() if tally[0] or tally[1] or tally[4]}


def told(rows: list[Figures]) -> dict[Any, list[int]]:
    return {row.id: [row.expected, row.held, row.waiting, row.given_up, row.others] for row in rows}


def scope_of(db: Connection, name: str) -> Scope:
    person_id = db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()
    scope = scopes.of(db, person_id, TODAY)
    assert scope
    return scope


def training(db: Connection, number: int = 12) -> Training:
    course = courses.numbered(db, number)
    assert course
    return course


async def test_figures_equal_a_plain_recount_by_every_view(either: Database) -> None:
    def work(db: Connection) -> None:
        sample.load(db, MONDAY)
        disturb(db)
        straddling = db.execute(
            select(Unit.id).where(Unit.name == "Phường Bắc Gia Nghĩa", Unit.valid_to.is_(None))
        ).scalar_one()
        roles.grant(db, 1, RoleKind.COMMUNE, TODAY, unit_id=straddling)
        two_districts = scopes.of(db, 1, TODAY)
        assert two_districts
        reaches = scope_of(db, "Phan Quốc Khánh"), scope_of(db, "Lê Văn Tình"), two_districts
        rows = Rows(db)
        for course in (training(db, number) for number in COURSES):
            for scope in reaches:
                for view in View:
                    figures = told(statistics.registered(db, scope, course, view))
                    assert figures == recount(rows, scope, course, view), (course.code, view)

    await either.turn(work)


async def test_the_parts_of_a_row_add_up_to_it(province: Database) -> None:
    def work(db: Connection) -> None:
        disturb(db)
        scope, course = scope_of(db, "Phan Quốc Khánh"), training(db)
        whole = statistics.total(statistics.registered(db, scope, course, View.SCHOOL))
        for view in (View.COMMUNE, View.DISTRICT, View.PROVINCE):
            rows = statistics.registered(db, scope, course, view)
            assert statistics.total(rows) == whole
            for row in rows:
                below = statistics.registered(db, scope, course, View.SCHOOL, Within(view, row.id))
                sums = told([statistics.total(below)])[None]
                assert sums == told([row])[row.id]

    await province.turn(work)


async def test_a_commune_that_straddles_two_districts_counts_in_both(province: Database) -> None:
    def work(db: Connection) -> None:
        scope, course = scope_of(db, "Phan Quốc Khánh"), training(db)
        commune = db.execute(
            select(Unit.id).where(Unit.name == "Phường Bắc Gia Nghĩa", Unit.valid_to.is_(None))
        ).scalar_one()
        rows = statistics.registered(
            db, scope, course, View.DISTRICT, Within(View.COMMUNE, commune)
        )

        assert [row.name for row in rows] == ["Huyện Đăk Glong", "Thành phố Gia Nghĩa"]

    await province.read(work)


async def test_rows_stand_in_the_order_of_the_vietnamese_alphabet(province: Database) -> None:
    def work(db: Connection) -> list[str]:
        scope = scope_of(db, "Phan Quốc Khánh")
        rows = statistics.registered(db, scope, training(db), View.DISTRICT)
        return [row.name for row in rows]

    assert await province.read(work) == [
        "Huyện Cư Jút", "Huyện Đăk Glong", "Huyện Đắk Mil", "Huyện Đắk R'Lấp", "Huyện Đắk Song",
        "Thành phố Gia Nghĩa", "Huyện Krông Nô", "Huyện Tuy Đức", "",
    ]  # fmt: skip


def test_numbers_in_names_are_ordered_by_value_and_kinds_do_not_count() -> None:
    names = ["Phường 10", "Trường MN Hoa Mai", "Phường 2", "Trường MG Bằng Lăng", "Xã Đạ Huoai"]

    assert sorted(names, key=statistics.order) == [
        "Trường MG Bằng Lăng", "Xã Đạ Huoai", "Trường MN Hoa Mai", "Phường 2", "Phường 10",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("school", "own"),
    [
        ("Trường MN Hoa Cúc", "Hoa Cúc"),
        ("Lớp MG độc lập Hoa Cúc", "Hoa Cúc"),
        ("Nhóm trẻ Nắng Mai", "Nắng Mai"),
        ("Đắk R'Lấp", "Đắk R'Lấp"),
    ],
)
def test_the_own_name_of_a_school(school: str, own: str) -> None:
    assert statistics.own_name(school) == own


async def test_the_missing_are_the_expected_without_seat_or_turn(province: Database) -> None:
    def work(db: Connection) -> None:
        disturb(db)
        scope, course = scope_of(db, "Phan Quốc Khánh"), training(db)
        for row in statistics.registered(db, scope, course, View.SCHOOL):
            assert row.id is not None
            people = statistics.missing(db, scope, course, row.id)
            assert len(people) == row.expected - row.held - row.waiting

    await province.turn(work)


async def test_what_lies_outside_a_scope_has_no_name_and_no_people(province: Database) -> None:
    def work(db: Connection) -> None:
        commune, whole = scope_of(db, "Lê Văn Tình"), scope_of(db, "Phan Quốc Khánh")
        outside = db.execute(
            select(School.id)
            .join(Unit, Unit.id == School.unit_id)
            .where(Unit.name == "Xã Quảng Tân")
            .limit(1)
        ).scalar_one()
        within = Within(View.SCHOOL, outside)

        assert statistics.label(db, commune, within) is None
        assert statistics.missing(db, commune, training(db), outside) == []
        assert statistics.label(db, whole, within)
        assert statistics.missing(db, whole, training(db), outside)

    await province.read(work)
