from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.worktime import (
    after_quiet,
    after_waking_hours,
    after_working_days,
    is_holiday,
    is_quiet,
    is_working,
    next_waking,
)

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2032, 12, 31), timezones=st.just(HERE))  # noqa: DTZ001 - bounds carry no zone here
# Quarters of an hour are exact in binary, so sums of them are too.
hours = st.integers(0, 400).map(lambda quarters: quarters / 4)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2026-09-02", True),
        ("2026-11-24", True),
        ("2026-11-23", False),
        ("2026-12-12", False),
        ("2027-02-03", False),
        *[(f"2027-02-{day:02}", True) for day in range(4, 11)],
        ("2027-02-11", False),
        ("2027-04-30", True),
        ("2027-05-03", True),
    ],
)
def test_public_holidays(day: str, holiday: bool) -> None:
    assert is_holiday(date.fromisoformat(day)) is holiday


def test_the_calendar_of_holidays_can_be_corrected() -> None:
    monday, national = date(2026, 11, 23), date(2026, 9, 2)
    overrides = {monday: True, national: False}

    assert is_holiday(monday, overrides)
    assert not is_working(monday, overrides)
    assert not is_holiday(national, overrides)
    assert is_working(national, overrides)
    assert is_holiday(date(2026, 11, 24), overrides)
    assert after_working_days(at("2026-11-20T09:00"), 1, overrides) == at("2026-11-25T09:00")
    assert next_waking(at("2026-11-23T09:00"), overrides) == at("2026-11-25T06:00")


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-25T09:15", 2, "2026-11-27T09:15"),
        ("2026-11-26T09:15", 2, "2026-11-30T09:15"),
        ("2026-11-23T09:15", 2, "2026-11-26T09:15"),  # 24/11 is a holiday
        ("2026-11-25T05:00", 2, "2026-11-27T07:30"),
        ("2026-11-25T19:40", 2, "2026-11-30T07:30"),
        ("2026-11-28T10:00", 2, "2026-12-02T07:30"),
        ("2026-11-25T09:15", 0, "2026-11-25T09:15"),
        ("2026-11-25T17:00", 0, "2026-11-26T07:30"),
        ("2027-02-03T16:59", 2, "2027-02-12T16:59"),  # Tết 2027: 4 to 10 February
    ],
)
def test_working_days(start: str, days: int, end: str) -> None:
    assert after_working_days(at(start), days) == at(end)


@pytest.mark.parametrize(
    ("start", "passing", "end"),
    [
        ("2026-11-25T08:00", 4, "2026-11-25T12:00"),
        ("2026-11-25T20:00", 4, "2026-11-26T09:00"),
        ("2026-11-25T23:30", 1, "2026-11-26T07:00"),
        ("2026-11-25T02:00", 1, "2026-11-25T07:00"),
        ("2026-11-25T20:00", 1, "2026-11-26T06:00"),
        ("2026-11-25T06:00", 15, "2026-11-26T06:00"),
        ("2026-11-25T08:00", 24, "2026-11-26T17:00"),
        ("2026-11-28T20:00", 2, "2026-11-29T07:00"),  # weekends count
        ("2026-11-23T20:00", 2, "2026-11-25T07:00"),  # 24/11 does not
        ("2027-02-03T20:00", 2, "2027-02-11T07:00"),  # nor does Tết
        ("2027-02-06T10:00", 0, "2027-02-11T06:00"),
        ("2026-11-25T08:00", 0.5, "2026-11-25T08:30"),
    ],
)
def test_an_offers_clock_sleeps_at_night_and_on_holidays(
    start: str, passing: float, end: str
) -> None:
    assert after_waking_hours(at(start), passing) == at(end)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("20:59:59", False), ("21:00", True), ("00:00", True), ("05:59:59", True), ("06:00", False)],
)
def test_quiet_hours(clock: str, quiet: bool) -> None:
    assert is_quiet(at(f"2026-11-25T{clock}")) is quiet


def test_a_holiday_is_not_quiet_but_not_waking_either() -> None:
    tet = at("2027-02-06T22:00")

    assert after_quiet(tet) == at("2027-02-07T06:00")
    assert next_waking(tet) == at("2027-02-11T06:00")


@pytest.mark.parametrize("clock", [after_working_days, after_waking_hours])
def test_clocks_only_run_forwards(clock: object) -> None:
    assert callable(clock)
    with pytest.raises(ValueError, match="forwards"):
        clock(at("2026-11-25T08:00"), -1)


def test_the_zone_is_that_of_the_moment() -> None:
    assert is_quiet(datetime(2026, 11, 25, 15, tzinfo=UTC).astimezone(HERE))
    assert after_waking_hours(at("2026-11-25T08:00"), 4).tzinfo is HERE
    assert after_working_days(at("2026-11-28T08:00"), 4).tzinfo is HERE


@given(moments, hours, hours)
@example(at("2027-02-03T20:59"), 0.25, 15.0)
def test_waking_hours_add_up(start: datetime, first: float, second: float) -> None:
    together = after_waking_hours(start, first + second)

    assert after_waking_hours(after_waking_hours(start, first), second) == together


@given(moments, hours)
def test_waking_hours_never_end_in_a_quiet_moment(start: datetime, passing: float) -> None:
    end = after_waking_hours(start, passing)

    assert not is_quiet(end)
    assert not is_holiday(end.date())
    assert next_waking(end) == end
    assert end >= start + timedelta(hours=passing)


@given(moments, moments, hours, hours)
def test_waking_hours_keep_the_order(
    one: datetime, other: datetime, less: float, more: float
) -> None:
    early, late = sorted([one, other])

    assert after_waking_hours(early, less) <= after_waking_hours(late, less)
    assert after_waking_hours(early, min(less, more)) <= after_waking_hours(early, max(less, more))


@given(moments, st.integers(0, 15), st.integers(0, 15))
def test_working_days_add_up(start: datetime, first: int, second: int) -> None:
    end = after_working_days(start, first + second)

    assert after_working_days(after_working_days(start, first), second) == end
    assert is_working(end.date())
    assert end >= start
    assert after_working_days(start + timedelta(hours=3), first) >= after_working_days(start, first)


@given(moments)
def test_the_next_waking_moment_is_the_first(now: datetime) -> None:
    found = next_waking(now)
    step = now

    while step < found:
        assert is_quiet(step) or is_holiday(step.date())
        step += timedelta(minutes=37)
    assert after_quiet(now) <= found
