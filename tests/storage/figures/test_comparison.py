"""Figures beside those of a year ago, and beside the target."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from storage.figures import comparison, subjects
from storage.figures.counts import Count
from tests.storage.figures import small
from tests.storage.figures.small import (
    COURSE,
    GATHERING,
    GATHERING_BEFORE,
    INDICATOR,
    INDICATOR_BEFORE,
    NORTH,
    TODAY,
    WHOLE,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection


@pytest.mark.parametrize(
    ("this", "before"), [(GATHERING, GATHERING_BEFORE), (INDICATOR, INDICATOR_BEFORE)]
)
def test_the_same_day_of_the_period_before(db: Connection, this: int, before: int) -> None:
    small.build(db)
    small.counters(db, this, 1, expected=9, completed=4)
    for school in (1, 3):
        small.counters(db, before, school, expected=8, completed=7)
        small.changed(db, before, school, date(2025, 11, 24), completed=2)
        small.changed(db, before, school, date(2025, 11, 23), completed=3)
    topic, course = subjects.get(db, this), subjects.get(db, COURSE)
    assert topic
    assert course

    found = comparison.periods(db, WHOLE, topic, None, TODAY)
    north = comparison.periods(db, NORTH, topic, None, TODAY)
    assert found
    assert north
    assert (found.this.completed, found.before) == (4, Count(expected=16, completed=10))
    assert (found.day_before, found.period_before.title) == (date(2025, 11, 23), "Năm 2025")
    assert north.before == Count(expected=8, completed=5)
    assert comparison.periods(db, WHOLE, course, None, TODAY) is None
    oldest = subjects.get(db, before)
    assert oldest
    assert comparison.periods(db, WHOLE, oldest, None, TODAY) is None


@pytest.mark.parametrize(
    ("expected", "completed", "target", "missing"),
    [
        (14, 11, "17/20", 1),
        (14, 12, "17/20", 0),
        (20, 17, "17/20", 0),
        (0, 0, "17/20", 0),
        (3, 0, "1", 3),
    ],
)
def test_how_many_more_are_needed(expected: int, completed: int, target: str, missing: int) -> None:
    count = Count(expected=expected, completed=completed)

    assert comparison.against(count, Fraction(target)) == missing


@pytest.mark.parametrize(
    ("day", "first", "before", "last", "then"),
    [
        ("2026-11-23", "2026-01-01", "2025-01-01", "2025-12-31", "2025-11-23"),
        ("2028-02-29", "2028-01-01", "2027-01-01", "2027-12-31", "2027-02-28"),
        ("2027-02-03", "2026-09-01", "2025-09-01", "2026-08-31", "2026-02-03"),
        ("2026-08-31", "2025-09-01", "2024-09-05", "2025-05-31", "2025-05-31"),
        ("2025-09-01", "2025-09-01", "2024-09-05", "2025-05-31", "2024-09-05"),
    ],
)
def test_the_same_day_of_an_earlier_period(
    day: str, first: str, before: str, last: str, then: str
) -> None:
    found = comparison.same_day(*map(date.fromisoformat, (day, first, before, last)))

    assert found.isoformat() == then
