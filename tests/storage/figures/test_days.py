"""Where schools lay on a day, what a day is, and what is asked beside the figures of one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage.figures import comparison, days, declared, extents, forecast, names, rows, subjects
from storage.figures.counts import NOTHING
from storage.models import School
from tests.storage.figures import small, test_names
from tests.storage.figures.small import (
    COURSE,
    INDICATOR,
    INDICATOR_BEFORE,
    MOVED,
    NORTH,
    NOW,
    OLD_A,
    OLD_B,
    SCHOOLS,
    STRADDLING,
    TODAY,
    UPPER,
    WHOLE,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


@pytest.mark.parametrize(
    ("day", "places"),
    [
        (date(2025, 6, 30), {1: OLD_A, 4: UPPER, 5: OLD_B}),
        (date(2025, 7, 1), {1: STRADDLING, 4: UPPER, 5: STRADDLING}),
        (MOVED - timedelta(days=1), {1: STRADDLING, 4: UPPER, 5: STRADDLING}),
        (MOVED, {1: STRADDLING, 4: UPPER, 5: UPPER}),
        (None, {1: STRADDLING, 4: UPPER, 5: UPPER}),
    ],
)
def test_a_school_is_found_where_it_lay(
    db: Connection, day: date | None, places: dict[int, int]
) -> None:
    small.build(db)
    keys = days.keys(db, day)
    found = db.execute(
        extents.with_old(select(School.id, keys.commune, keys.here, keys.district)
                         .select_from(School))
    ).all()  # fmt: skip

    assert {id_: unit for id_, unit, _, _ in found if id_ in places} == places
    # Rights and former districts do not move with the day.
    assert {id_: unit for id_, _, unit, _ in found} == {
        id_: now for id_, (now, _) in SCHOOLS.items()
    }
    assert {id_: unit for id_, _, _, unit in found} == {id_: small.district(id_) for id_ in SCHOOLS}
    assert (keys is extents.OF_SCHOOLS) == (day in (None, MOVED))


def test_a_school_nothing_is_noted_of_lay_where_its_register_says(db: Connection) -> None:
    small.build(db)
    db.execute(small.models.SchoolPlace.__table__.delete())
    keys = days.keys(db, date(2025, 6, 30))
    found = db.execute(extents.with_old(select(School.id, keys.commune).select_from(School))).all()

    assert dict(found) == {id_: old or now for id_, (now, old) in SCHOOLS.items()}


def test_a_day_ends_at_midnight_in_vietnam_and_today_is_not_past() -> None:
    assert days.end(date(2026, 11, 23)) == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert days.is_past(WHOLE, TODAY - timedelta(days=1))
    assert not days.is_past(WHOLE, TODAY)
    assert not days.is_past(WHOLE, None)


async def test_what_is_asked_beside_the_figures_is_asked_on_both(either: Database) -> None:
    def work(db: Connection) -> None:
        test_names.build(db)
        for subject, year, done in ((INDICATOR, 2026, 6), (INDICATOR_BEFORE, 2025, 34)):
            small.counters(db, subject, 1, expected=100, completed=34)
            small.changed(db, subject, 1, date(year, 1, 5), expected=100, completed=done)
        small.changed(db, INDICATOR, 1, TODAY - timedelta(days=20), completed=28)
        declared.state(db, WHOLE, INDICATOR, 3, expected=9, completed=5, now=NOW)
        topic = subjects.get(db, INDICATOR)
        assert topic

        north = names.people(db, NORTH, COURSE, **test_names.MISSING, limit=9)
        assert sorted(one.full_name for one in north) == ["An", "Ánh"]
        compared = comparison.periods(db, WHOLE, topic, None, TODAY)
        assert compared
        assert (compared.this, compared.before) == (compared.before, compared.this)
        ahead = forecast.line(db, WHOLE, topic, None, NOW)
        assert ahead
        assert ahead.at_deadline == 55
        past = rows.total(db, WHOLE, INDICATOR, day=TODAY - timedelta(days=21))
        assert (past.count.completed, past.declared) == (6, NOTHING)
        assert [one.school_id for one in declared.of(db, WHOLE, INDICATOR)] == [3]
        assert declared.candidates(db, NORTH, INDICATOR, limit=1) == [(2, "Trường MN Số 2")]
        assert declared.withdraw(db, WHOLE, INDICATOR, 3, NOW)

    await either.turn(work)
