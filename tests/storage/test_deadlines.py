"""When officers are reminded of deadlines, which, and that each is owed once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from storage import deadlines, reminder_rules, roles
from storage.models import (
    Course,
    Mode,
    Notice,
    Period,
    PeriodKind,
    Person,
    RoleKind,
    Unit,
    UnitKind,
)
from tests import rows
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ("2026-12-14", ["2026-12-07", "2026-12-11"]),  # a Monday: the day before is a Sunday
        ("2026-12-10", ["2026-12-03", "2026-12-09"]),
        ("2027-02-12", ["2027-02-03", "2027-02-11"]),  # Tết: 4 to 10 February
        ("2026-09-03", ["2026-08-27", "2026-08-28"]),  # 29/8 to 2/9 are free
    ],
)
def test_each_is_on_a_working_day_and_never_late(last: str, wanted: list[str]) -> None:
    found = sorted(deadlines.moments(date.fromisoformat(last), ZONE, {}))
    assert [f"{one:%Y-%m-%d}" for one in found] == wanted
    assert {one.hour for one in found} == {8}


def test_a_corrected_calendar_counts() -> None:
    found = deadlines.moments(date(2026, 12, 10), ZONE, {date(2026, 12, 9): True})
    assert max(found).date() == date(2026, 12, 8)


def world(db: Connection) -> None:
    """A report before 15/12; officers of two communes, and one of the Sở."""
    rows.school(db)
    db.execute(
        insert(Unit).values(id=2, code="2", name="Xã Hai", kind=UnitKind.COMMUNE, path="/2/")
    )
    rows.people(db, 3)
    for person_id, kind, unit in (
        (1, RoleKind.COMMUNE, 1), (2, RoleKind.COMMUNE, 2), (3, RoleKind.DEPARTMENT, 1),
    ):  # fmt: skip
        roles.grant(db, person_id, kind, MONDAY.date(), unit_id=unit)
    db.execute(
        insert(Period).values(
            id=1, kind=PeriodKind.CALENDAR, title="Năm 2026", first_day=date(2026, 1, 1),
            last_day=date(2026, 12, 31), report_before=date(2026, 12, 15),
        )
    )  # fmt: skip


def told(db: Connection) -> list[int | None]:
    found = select(Notice.person_id).where(Notice.kind == deadlines.KIND)
    return sorted(db.execute(found).scalars())


async def test_officers_of_communes_are_told_once(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        assert deadlines.owe_due(db, at("2026-12-07T07:59")) == 0
        assert deadlines.owe_due(db, at("2026-12-07T08:00")) == 2
        assert deadlines.owe_due(db, at("2026-12-07T19:59")) == 0
        assert deadlines.owe_due(db, at("2026-12-07T20:00")) == 0
        assert deadlines.owe_due(db, at("2026-12-07T08:30")) == 0
        assert told(db) == [1, 2]
        deadlines.choose(db, 2, wanted=False)
        assert deadlines.owe_due(db, at("2026-12-11T08:00")) == 1
        assert deadlines.owe_due(db, at("2026-12-14T08:00")) == 0

    await either.turn(test)


async def test_what_is_said_is_still_true(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        data = {"at": at("2026-12-07T08:00").isoformat()}
        now = at("2026-12-07T08:01")
        (found,) = deadlines.items(db, 1, data, now)
        assert (found.last, found.before) == (date(2026, 12, 14), date(2026, 12, 15))
        assert deadlines.items(db, 3, data, now) == []
        db.execute(update(Person).where(Person.id == 1).values(left_on=MONDAY.date()))
        assert deadlines.items(db, 1, data, now) == []
        db.execute(delete(Period))
        assert deadlines.items(db, 2, data, now) == []

    await database.turn(test)


@pytest.mark.parametrize(
    ("audience", "unit", "wanted"),
    [({}, 1, [1]), ({"units": [2]}, 1, [2]), ({"units": [1, 2]}, 1, [1, 2])],
)
async def test_people_are_sent_by_the_communes_that_are_meant(
    database: Database, audience: dict[str, object], unit: int, wanted: list[int]
) -> None:
    def test(db: Connection) -> None:
        world(db)
        db.execute(delete(Period))
        rows.course(db, 12, seats=None, mode=Mode.NOMINATED, closes_at=at("2026-12-09T17:00"))
        db.execute(update(Course).values(audience=audience, unit_id=unit))
        assert deadlines.owe_due(db, at("2026-12-08T08:00")) == len(wanted)
        assert told(db) == wanted

    await database.turn(test)


async def test_what_closes_at_midnight_closes_the_day_before(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        db.execute(delete(Period))
        rows.course(db, 12, seats=None, mode=Mode.NOMINATED, closes_at=at("2026-12-10T00:00"))
        assert deadlines.owe_due(db, at("2026-12-08T08:00")) == 1
        reminder_rules.correct(db, date(2026, 12, 8), holiday=True)
        assert reminder_rules.corrections(db) == {date(2026, 12, 8): True}
        data = {"at": at("2026-12-08T08:00").isoformat()}
        assert deadlines.items(db, 1, data, at("2026-12-08T08:01")) == []
        assert deadlines.owe_due(db, at("2026-12-07T08:00")) == 1

    await database.turn(test)
