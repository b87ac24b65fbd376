"""Where a figure gets to if it goes on like this: the rule, and what it is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from storage.figures import forecast, subjects
from storage.figures.forecast import Measure
from tests.storage.figures import small
from tests.storage.figures.small import COURSE, INDICATOR, NORTH, NOW, TODAY, WHOLE

if TYPE_CHECKING:
    from sqlalchemy import Connection


@given(
    expected=st.integers(1, 5000), share=st.floats(0, 1), have=st.integers(0, 5000),
    gained=st.integers(-20, 900), days=st.integers(1, 28), left=st.integers(0, 400),
)  # fmt: skip
def test_it_goes_on_evenly_and_never_beyond_all(
    expected: int, share: float, have: int, gained: int, days: int, left: int
) -> None:
    have, goal = min(have, expected), max(1, round(expected * share))
    found = forecast.ahead(
        Measure.COMPLETED, have=have, gained=gained, days=days, expected=expected, goal=goal,
        today=TODAY, deadline=TODAY + timedelta(days=left),
    )  # fmt: skip
    if have >= goal or gained < 5 or days < 14:
        assert found is None
        return
    assert found
    assert have <= found.at_deadline <= expected
    assert found.at_deadline == min(expected, have + gained * left // days)
    if found.reached_on is None:
        assert (goal - have) * days > gained * 3660
        return
    # Reached on that day and not on the day before, and so by the deadline or not.
    needs = (found.reached_on - TODAY).days
    assert have + gained * needs / days >= goal - 1e-6
    assert have + gained * (needs - 1) / days < goal
    assert found.in_time == (needs <= left)


def test_an_indicator_goes_on_as_in_the_last_four_weeks(db: Connection) -> None:
    small.build(db)
    small.counters(db, INDICATOR, 1, expected=100, completed=34)
    small.changed(db, INDICATOR, 1, TODAY - timedelta(days=20), completed=28)
    small.changed(db, INDICATOR, 1, TODAY - timedelta(days=28), completed=6)
    topic = subjects.get(db, INDICATOR)
    assert topic

    found = forecast.line(db, NORTH, topic, None, NOW)
    assert found
    assert (found.expected, found.goal, found.deadline) == (100, 90, date(2026, 12, 14))
    assert (found.at_deadline, found.in_time) == (55, False)
    assert found.reached_on == TODAY + timedelta(days=56)
    small.counters(db, INDICATOR, 3, expected=10, completed=10)
    assert forecast.line(db, WHOLE, topic, None, NOW) != found
    # A year that is over has no deadline to come.
    assert forecast.line(db, NORTH, topic, None, NOW.replace(year=2027)) is None


def test_what_stood_there_when_the_books_were_opened_was_not_gained(db: Connection) -> None:
    small.build(db)
    small.counters(db, INDICATOR, 1, expected=100, completed=34)
    small.changed(db, INDICATOR, 1, TODAY - timedelta(days=20), completed=24)
    topic = subjects.get(db, INDICATOR)
    assert topic
    assert forecast.line(db, NORTH, topic, None, NOW) is None

    small.changed(db, INDICATOR, 1, TODAY - timedelta(days=10), completed=10)
    found = forecast.line(db, NORTH, topic, None, NOW)
    assert found
    assert found.at_deadline == 34 + 10 * 21 // 20


def test_a_course_is_forecast_while_people_register(db: Connection) -> None:
    small.build(db)
    small.counters(db, COURSE, 1, expected=40, registered=28, completed=1)
    small.changed(db, COURSE, 1, TODAY - timedelta(days=28), expected=40)
    small.changed(db, COURSE, 1, TODAY - timedelta(days=7), registered=28)
    topic = subjects.get(db, COURSE)
    assert topic

    found = forecast.line(db, NORTH, topic, None, NOW)
    assert found
    assert (found.measure, found.goal, found.deadline) == ("registered", 40, date(2026, 12, 1))
    assert found.at_deadline == 36
    assert forecast.line(db, NORTH, topic, None, NOW + timedelta(days=9)) is None
