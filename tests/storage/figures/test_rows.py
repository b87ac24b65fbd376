"""Figures by unit: as a plain sum over schools would have it, for every view, part and day."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING

import pytest

from storage.figures import counts, rows, subjects
from storage.figures.counts import COLUMNS, NOTHING, Count
from storage.statistics import View, Within
from tests.storage.figures import small
from tests.storage.figures.small import (
    COURSE,
    GATHERING,
    HIGHLAND,
    INDICATOR,
    LOWLAND,
    NORTH,
    OLD_A,
    PROVINCE,
    SCHOOLS,
    STRADDLING,
    TODAY,
    UPPER,
    WHOLE,
    ZONE,
)  # fmt: skip

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.scopes import Scope

DAYS = (None, TODAY, date(2026, 11, 20), date(2026, 11, 1), date(2025, 6, 1))
PARTS = (
    None, Within(View.COMMUNE, STRADDLING), Within(View.COMMUNE, PROVINCE),
    Within(View.COMMUNE, OLD_A), Within(View.DISTRICT, HIGHLAND), Within(View.DISTRICT, None),
    Within(View.PROVINCE, small.BEFORE), Within(View.PROVINCE, None), Within(View.SCHOOL, 5),
    Within(View.SCHOOL, None), Within(View.COMMUNE, None),
)  # fmt: skip
Ledger = dict[tuple[int, date], dict[str, int]]


def unit_of(view: View, school: int, day: date | None) -> int | None:
    above = small.district(school) or None
    return {
        View.COMMUNE: small.commune(school, day), View.DISTRICT: above,
        View.PROVINCE: above and small.BEFORE, View.SCHOOL: school,
    }[view]  # fmt: skip


def meant(within: Within | None, school: int, day: date | None) -> bool:
    if within is None:
        return True
    unit = unit_of(within.view, school, day)
    if within == Within(View.COMMUNE, PROVINCE):
        return unit in (STRADDLING, UPPER)
    return unit == within.id


def plain(
    now: dict[int, Count], ledger: Ledger, scope: Scope, view: View, within: Within | None,
    day: date | None,
) -> dict[int | None, Count]:  # fmt: skip
    """The rows, school by school."""
    found: dict[int | None, Count] = {}
    for school, count in now.items():
        if scope is NORTH and small.commune(school) != STRADDLING:
            continue
        if not meant(within, school, day):
            continue
        later = [Count(**sums) for (at, on), sums in ledger.items() if at == school and day
                 and on > day]  # fmt: skip
        unit = unit_of(view, school, day)
        found[unit] = found.get(unit, NOTHING) + count - counts.total(later)
    return {unit: count for unit, count in found.items() if count}


def cases(rng: Random) -> list[tuple[Scope, View, Within | None, date | None]]:
    """Every view on every day, every part of both scopes on a day of its own."""
    every = [(WHOLE, view, None, DAYS[at]) for at, view in enumerate((*View, View.COMMUNE))]
    parts = [(scope, rng.choice(tuple(View)), within, rng.choice(DAYS))
             for scope in (WHOLE, NORTH) for within in PARTS]  # fmt: skip
    return [*every, *parts]


async def test_every_view_of_every_part_on_every_day_is_the_plain_sum(either: Database) -> None:
    rng = Random(7)
    now = {school: Count(**small.anything(rng)) for school in SCHOOLS if school != 6}
    ledger: Ledger = {
        (school, day): small.anything(rng)
        for school in now
        for day in (date(2025, 5, 1), date(2026, 11, 5), date(2026, 11, 20), date(2026, 11, 21))
    }

    def work(db: Connection) -> None:
        small.build(db)
        for school, count in now.items():
            sums = {name: getattr(count, name) for name in COLUMNS}
            small.counters(db, COURSE, school, **sums)
            small.counters(db, INDICATOR, school, expected=77)
        for (school, day), sums in ledger.items():
            small.changed(db, COURSE, school, day, **sums)
        for scope, view, within, day in cases(rng):
            case = (scope.person_id, view, within, day)
            expected = plain(now, ledger, scope, view, within, day)
            found = rows.by_unit(db, scope, COURSE, view, within, day)
            assert {row.id: row.count for row in found} == expected, case
            whole = counts.total(expected.values())
            assert rows.total(db, scope, COURSE, within, day).count == whole, case

    await either.turn(work)


def test_units_stand_in_order_and_what_has_none_comes_last(db: Connection) -> None:
    small.build(db)
    for school in SCHOOLS:
        small.counters(db, COURSE, school, expected=2, completed=1)
        small.changed(db, COURSE, school, date(2025, 5, 1), expected=2, completed=1)

    def told(view: View, scope: Scope = WHOLE, **more: date) -> list[tuple[str, int]]:
        found = rows.by_unit(db, scope, COURSE, view, **more)
        return [(row.name, row.count.expected) for row in found]

    assert told(View.DISTRICT) == [("Huyện Cao", 8), ("Huyện Thấp", 2), ("", 2)]
    assert told(View.COMMUNE) == [("Xã Ấm", 6), ("Xã Bắc", 6)]
    assert told(View.PROVINCE) == [("Tỉnh Cũ", 10), ("", 2)]
    # Of a former district an officer of a commune is told their own part.
    assert told(View.DISTRICT, NORTH) == [("Huyện Cao", 4), ("Huyện Thấp", 2)]
    # A school that moved stood where it lay that day.
    assert told(View.COMMUNE, day=date(2026, 11, 9)) == [("Xã Ấm", 4), ("Xã Bắc", 8)]
    assert told(View.COMMUNE, day=date(2025, 6, 30)) == [
        ("Xã A", 2), ("Xã Ấm", 2), ("Xã B", 6), ("Xã C", 2),
    ]  # fmt: skip
    assert told(View.COMMUNE, day=date(2025, 4, 30)) == []


def test_empty_units_of_the_scope_are_there_where_they_are_asked_for(db: Connection) -> None:
    small.build(db)
    small.counters(db, COURSE, 1, expected=2)

    def names(view: View, scope: Scope, day: date | None = None) -> list[str]:
        return [row.name for row in rows.by_unit(db, scope, COURSE, view, day=day, empty=True)]

    assert names(View.COMMUNE, WHOLE) == ["Xã Ấm", "Xã Bắc"]
    assert names(View.COMMUNE, WHOLE, date(2025, 1, 1)) == ["Xã A", "Xã B", "Xã C"]
    assert names(View.DISTRICT, WHOLE) == ["Huyện Cao", "Huyện Thấp"]
    assert names(View.COMMUNE, NORTH) == ["Xã Bắc"]
    assert [row.name for row in rows.by_unit(db, WHOLE, COURSE, View.COMMUNE)] == ["Xã Bắc"]


@pytest.mark.parametrize(
    ("view", "id_", "whole", "north"),
    [
        (View.COMMUNE, STRADDLING, "Xã Bắc", "Xã Bắc"),
        (View.COMMUNE, UPPER, "Xã Ấm", None),
        (View.COMMUNE, PROVINCE, "Tỉnh Mới", None),
        (View.COMMUNE, small.OLD_C, "Xã C", None),
        (View.COMMUNE, OLD_A, "Xã A", "Xã A"),
        (View.DISTRICT, LOWLAND, "Huyện Thấp", "Huyện Thấp"),
        (View.DISTRICT, None, "", None),
        (View.DISTRICT, PROVINCE, None, None),
        (View.PROVINCE, small.BEFORE, "Tỉnh Cũ", "Tỉnh Cũ"),
        (View.PROVINCE, None, "", None),
        (View.SCHOOL, 3, "Trường MN Số 3", None),
        (View.SCHOOL, None, None, None),
        (View.SCHOOL, 99, None, None),
    ],
)
def test_only_what_reaches_into_the_scope_has_a_name(
    db: Connection, view: View, id_: int | None, whole: str | None, north: str | None
) -> None:
    small.build(db)

    assert rows.label(db, WHOLE, Within(view, id_)) == whole
    assert rows.label(db, NORTH, Within(view, id_)) == north


def test_turns_are_the_sums_of_the_courses_of_the_period(db: Connection) -> None:
    small.build(db)
    small.counters(db, GATHERING, 1, attended=5)
    small.counters(db, COURSE, 1, attended=4)
    small.counters(db, COURSE, 3, attended=4)
    topic = subjects.get(db, GATHERING)
    assert topic

    assert rows.turns(db, WHOLE, topic, None, None).attended == 8
    assert rows.turns(db, NORTH, topic, None, TODAY).attended == 4


def test_what_is_due_next_comes_first_where_anybody_is_counted(db: Connection) -> None:
    small.build(db)
    nearest = subjects.nearest(db, WHOLE, small.NOW)
    assert nearest is None
    small.counters(db, GATHERING, 3, expected=1)
    small.counters(db, COURSE, 3, expected=1)
    listed = subjects.listed(db, TODAY)
    found = subjects.nearest(db, WHOLE, small.NOW)

    assert [topic.id for topic in listed] == [COURSE, GATHERING, INDICATOR, 3, 5]
    assert (listed[0].code, listed[0].title, listed[2].code) == ("L12", "Sơ cứu", "KPI1")
    assert found
    assert found.id == COURSE
    assert subjects.nearest(db, NORTH, small.NOW) is None
    # Ten days after its last day it is nearer than the end of the year.
    later = subjects.nearest(db, WHOLE, datetime(2026, 12, 15, 9, tzinfo=ZONE))
    assert later
    assert later.id == COURSE


@pytest.mark.parametrize(
    ("day", "target"),
    [
        (date(2026, 6, 30), "17/20"), (date(2026, 7, 1), "9/10"), (date(2027, 3, 1), "9/10"),
        (date(2025, 12, 31), None),
    ],
)  # fmt: skip
def test_the_target_is_the_one_valid_that_day(
    db: Connection, day: date, target: str | None
) -> None:
    small.build(db)
    topic, course = subjects.get(db, INDICATOR), subjects.of_course(db, 12)
    assert topic
    assert course

    found = subjects.target(db, topic, day)
    assert (found and str(found)) == target
    assert subjects.target(db, course, day) is None
