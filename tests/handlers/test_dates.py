from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import dates
from storage.spelling import fold

# Thứ Hai, as in the written conversations.
TODAY = dt.date(2026, 11, 23)
days = st.dates(dt.date(2020, 1, 1), dt.date(2060, 12, 31))
noise = st.text(
    st.sampled_from("0123456789/-.:~hgt ngày thángtuầnsaunaymaiquýhọckì"), max_size=30
) | st.text(max_size=30)


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text + "+07:00")


@pytest.mark.parametrize(
    ("written", "vietnamese", "english"),
    [
        (dates.day, "Thứ Bảy, 12/12/2026", "Saturday 12 December 2026"),
        (dates.short_day, "Thứ Bảy 12/12", "Saturday 12 December"),
        (dates.clock, "7h30", "7:30"),
        (dates.moment, "Thứ Bảy, 12/12/2026, 7h30", "Saturday 12 December 2026, 7:30"),
    ],
)
def test_moments_in_the_house_style(written, vietnamese: str, english: str) -> None:
    moment = at("2026-12-12T07:30")

    assert written(moment) == written(moment, "vi") == vietnamese
    assert written(moment, "en") == english


def test_small_numbers_in_dates() -> None:
    assert dates.short_day(on("2026-12-09")) == "Thứ Tư 09/12"
    assert dates.day(on("2027-02-07"), "en") == "Sunday 7 February 2027"
    assert dates.clock(dt.time(7, 0)) == "7h00"
    assert dates.clock(dt.time(19, 5), "en") == "19:05"


@pytest.mark.parametrize(
    ("start", "end", "vietnamese", "english"),
    [
        (
            "2026-12-12T07:30",
            "2026-12-12T16:30",
            "Thứ Bảy, 12/12/2026, 7h30–16h30",
            "Saturday 12 December 2026, 7:30–16:30",
        ),
        (
            "2026-12-12T07:30",
            "2026-12-13T16:30",
            "Thứ Bảy, 12/12/2026, 7h30 – Chủ Nhật, 13/12/2026, 16h30",
            "Saturday 12 December 2026, 7:30 – Sunday 13 December 2026, 16:30",
        ),
    ],
)
def test_spans(start: str, end: str, vietnamese: str, english: str) -> None:
    assert dates.span(at(start), at(end)) == vietnamese
    assert dates.span(at(start), at(end), "en") == english


@pytest.mark.parametrize(
    ("first", "last", "vietnamese", "english"),
    [
        ("2026-12-01", "2026-12-31", "tháng 12/2026", "December 2026"),
        ("2027-07-01", "2027-08-31", "tháng 7–8/2027", "July–August 2027"),
        ("2026-12-01", "2027-01-31", "tháng 12/2026 – 1/2027", "December 2026 – January 2027"),
    ],
)
def test_months(first: str, last: str, vietnamese: str, english: str) -> None:
    assert dates.months(on(first), on(last)) == vietnamese
    assert dates.months(on(first), on(last), "en") == english


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("15/12/2026", "2026-12-15"),
        ("15/12", "2026-12-15"),
        ("15-12", "2026-12-15"),
        ("15.12", "2026-12-15"),
        ("15.12.2026", "2026-12-15"),
        ("15 - 12 - 2026", "2026-12-15"),
        ("5/1", "2027-01-05"),
        ("05/01/27", "2027-01-05"),
        ("23/11", "2026-11-23"),
        ("22/11", "2027-11-22"),
        ("29/2", "2028-02-29"),
        ("ngày 15 tháng 12", "2026-12-15"),
        ("ngay 15 thang 12 nam 2027", "2027-12-15"),
        ("15 tháng 12/2027", "2027-12-15"),
        ("ngày 3 tháng 2 sang năm", "2027-02-03"),
        ("mùng 5 tháng 12", "2026-12-05"),
        ("ngày 30", "2026-11-30"),
        ("ngày 5", "2026-12-05"),
        ("ngày 31", "2026-12-31"),
        ("ngày 5 tháng sau", "2026-12-05"),
        ("ngày 31 tháng này", None),
        ("hôm nay", "2026-11-23"),
        ("chieu nay", "2026-11-23"),
        ("mai", "2026-11-24"),
        ("ngày mai", "2026-11-24"),
        ("sáng mai", "2026-11-24"),
        ("ngày kia", "2026-11-25"),
        ("mốt", "2026-11-25"),
        ("mot", "2026-11-25"),
        ("hôm qua", "2026-11-22"),
        ("thứ 5", "2026-11-26"),
        ("thứ năm", "2026-11-26"),
        ("Thứ Hai", "2026-11-30"),
        ("thứ hai tuần này", "2026-11-23"),
        ("thứ 5 tuần sau", "2026-12-03"),
        ("t7", "2026-11-28"),
        ("T7 tuan toi", "2026-12-05"),
        ("chủ nhật", "2026-11-29"),
        ("cn tuan sau", "2026-12-06"),
        ("thứ sáu tuần trước", "2026-11-20"),
        ("Thứ Bảy, 12/12/2026, 7h30", "2026-12-12"),
        ("lúc 7h 15/12", "2026-12-15"),
        ("dời sang 18/12 nhé", "2026-12-18"),
        ("31/2", None),
        ("31/02/2027", None),
        ("29/02/2027", None),
        ("0/12", None),
        ("12/13", None),
        ("12/15/2026", None),
        ("2026/12/15", None),
        ("2026-12-15", None),
        ("15/12/202", None),
        ("31/2 thứ 5", None),
        ("7h30", None),
        ("7-11h", None),
        ("85.7%", None),
        ("0912.345.678", None),
        ("1.234", None),
        ("một", None),
        ("mãi", None),
        ("Huỳnh Thị Mai", None),
        ("cô mai", None),
        ("H'Mai Byă", None),
        ("h'mai", None),
        ("HỌC NGÀY MAI", "2026-11-24"),
        ("15 người", None),
        ("người thứ 2", None),
        ("3 ngày 15 phút", None),
        ("L12", None),
        ("", None),
    ],
)
def test_days_as_people_say_them(said: str, meant: str | None) -> None:
    expected = None if meant is None else on(meant)

    assert dates.date(said, TODAY) == expected
    assert dates.date(unicodedata.normalize("NFD", said), TODAY) == expected


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("thang 12", "2026-12-01", "2026-12-31"),
        ("thang 12 co lop nao o tuy duc ko", "2026-12-01", "2026-12-31"),
        ("tháng 11", "2026-11-01", "2026-11-30"),
        ("tháng 2", "2027-02-01", "2027-02-28"),
        ("thang 2/2028", "2028-02-01", "2028-02-29"),
        ("tháng 12.2027", "2027-12-01", "2027-12-31"),
        ("tháng 5 năm 2027", "2027-05-01", "2027-05-31"),
        ("tháng 12 năm sau", "2027-12-01", "2027-12-31"),
        ("tháng mười hai", "2026-12-01", "2026-12-31"),
        ("thang muoi", "2027-10-01", "2027-10-31"),
        ("tháng sáu", "2027-06-01", "2027-06-30"),
        ("thang nam", "2027-05-01", "2027-05-31"),
        ("tháng 7-8/2027", "2027-07-01", "2027-08-31"),
        ("tháng 7–8", "2027-07-01", "2027-08-31"),
        ("từ tháng 7 đến tháng 8", "2027-07-01", "2027-08-31"),
        ("thang 11 den thang 1", "2026-11-01", "2027-01-31"),
        ("tháng 12-1/2028", "2027-12-01", "2028-01-31"),
        ("12/2026", "2026-12-01", "2026-12-31"),
        ("thang sau", "2026-12-01", "2026-12-31"),
        ("tháng này", "2026-11-01", "2026-11-30"),
        ("tháng tới có gì", "2026-12-01", "2026-12-31"),
        ("thang truoc", "2026-10-01", "2026-10-31"),
        ("tuan sau", "2026-11-30", "2026-12-06"),
        ("tuần này", "2026-11-23", "2026-11-29"),
        ("cuối tuần", "2026-11-28", "2026-11-29"),
        ("cuoi tuan sau", "2026-12-05", "2026-12-06"),
        ("hom nay", "2026-11-23", "2026-11-23"),
        ("mai", "2026-11-24", "2026-11-24"),
        ("mai co lop ko", "2026-11-24", "2026-11-24"),
        ("ngay kia", "2026-11-25", "2026-11-25"),
        ("mot", "2026-11-25", "2026-11-25"),
        ("thứ 7 có lớp không", "2026-11-28", "2026-11-28"),
        ("15/12 có lớp không", "2026-12-15", "2026-12-15"),
        ("15-12", "2026-12-15", "2026-12-15"),
        ("lịch ngày 15-12", "2026-12-15", "2026-12-15"),
        ("7-8/12", "2026-12-07", "2026-12-08"),
        ("quy 1", "2027-01-01", "2027-03-31"),
        ("quý IV", "2026-10-01", "2026-12-31"),
        ("quý 2/2027", "2027-04-01", "2027-06-30"),
        ("quý này", "2026-10-01", "2026-12-31"),
        ("quý sau", "2027-01-01", "2027-03-31"),
        ("hoc ki 2", "2027-01-16", "2027-05-31"),
        ("học kỳ 1", "2026-09-01", "2027-01-15"),
        ("hk2 năm học 2027-2028", "2028-01-16", "2028-05-31"),
        ("học kì 2 năm 2027", "2027-01-16", "2027-05-31"),
        ("năm 2027", "2027-01-01", "2027-12-31"),
        ("năm nay", "2026-01-01", "2026-12-31"),
        ("năm học 2026-2027", "2026-09-01", "2027-08-31"),
        ("ngày 31/2", None, None),
        ("tháng 13", None, None),
        ("tháng 0", None, None),
        ("quý 5", None, None),
        ("quý thầy cô", None, None),
        ("2-3 người đi được không", None, None),
        ("cô Mai có lớp không", None, None),
        ("Tuấn sau có đi không", None, None),
        ("co lop nao o tuy duc ko", None, None),
        ("", None, None),
    ],
)
def test_periods_as_people_say_them(said: str, first: str | None, last: str | None) -> None:
    expected = (on(first), on(last)) if first and last else None

    assert dates.period(said, TODAY) == expected
    assert dates.period(unicodedata.normalize("NFD", said), TODAY) == expected


@pytest.mark.parametrize(
    ("today", "said", "first", "last"),
    [
        ("2027-01-10", "học kì 1", "2026-09-01", "2027-01-15"),
        ("2027-01-16", "học kì 1", "2027-09-01", "2028-01-15"),
        ("2027-03-01", "học kì 2", "2027-01-16", "2027-05-31"),
        ("2027-06-01", "học kì 2", "2028-01-16", "2028-05-31"),
        ("2027-01-10", "tháng 12-1", "2026-12-01", "2027-01-31"),
        ("2026-12-31", "tháng sau", "2027-01-01", "2027-01-31"),
        ("2027-01-01", "tháng trước", "2026-12-01", "2026-12-31"),
        ("2026-11-29", "cuối tuần", "2026-11-28", "2026-11-29"),
        ("2026-11-29", "tuần sau", "2026-11-30", "2026-12-06"),
    ],
)
def test_periods_around_their_edges(today: str, said: str, first: str, last: str) -> None:
    assert dates.period(said, on(today)) == (on(first), on(last))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("7h30", "07:30"),
        ("7g30", "07:30"),
        ("7:30", "07:30"),
        ("07h30'", "07:30"),
        ("7 giờ 30", "07:30"),
        ("7 gio 30 phut", "07:30"),
        ("7 rưỡi", "07:30"),
        ("7h rưỡi", "07:30"),
        ("7 gio ruoi toi", "19:30"),
        ("7h", "07:00"),
        ("19h", "19:00"),
        ("8h tối", "20:00"),
        ("8h toi", "20:00"),
        ("8 giờ sáng", "08:00"),
        ("2h chiều", "14:00"),
        ("1h30 trưa", "13:30"),
        ("12h trưa", "12:00"),
        ("12h đêm", "00:00"),
        ("19h tối", "19:00"),
        ("8h kém 15", "07:45"),
        ("2h kém 10 chiều", "13:50"),
        ("đầu giờ chiều", "13:30"),
        ("dau gio sang", "07:30"),
        ("Thứ Bảy, 12/12/2026, 7h30–16h30", "07:30"),
        ("7h-9h", "07:00"),
        ("7h rưỡi tối", "19:30"),
        ("8h30 tối mai", "20:30"),
        ("11h khuya", "23:00"),
        ("7h 15/12", "07:00"),
        ("7h 15-12", "07:00"),
        ("7h ngày 15 tháng 12", "07:00"),
        ("7h 15 tháng 12", "07:00"),
        ("0h", "00:00"),
        ("24h", None),
        ("25h", None),
        ("7h60", None),
        ("13h sáng", None),
        ("7 học viên", None),
        ("15/12", None),
        ("7", None),
        ("L12", None),
        ("buổi chiều", None),
        ("", None),
    ],
)
def test_times_as_people_say_them(said: str, meant: str | None) -> None:
    expected = None if meant is None else dt.time.fromisoformat(meant)

    assert dates.time(said) == expected
    assert dates.time(unicodedata.normalize("NFD", said)) == expected


@given(days, days)
def test_a_written_day_is_understood_again(day: dt.date, today: dt.date) -> None:
    assert dates.date(dates.day(day), today) == day
    assert dates.period(dates.day(day), today) == (day, day)
    assert dates.date(fold(dates.day(day)), today) == day


@given(days, days)
def test_a_day_without_its_year_is_the_next_one(day: dt.date, today: dt.date) -> None:
    found = dates.date(dates.short_day(day), today)

    assert found is not None
    assert found >= today
    assert (found.day, found.month) == (day.day, day.month)
    assert (found - today).days <= 366 or (day.day, day.month) == (29, 2)


@given(days, days)
def test_written_months_are_understood_again(first: dt.date, today: dt.date) -> None:
    for last in (first, first.replace(day=1) + dt.timedelta(days=45)):
        if last.year == first.year:
            found = dates.period(dates.months(first, last), today)
            assert found is not None
            assert found[0] == first.replace(day=1)
            assert found[1].month == last.month
            assert (found[1] + dt.timedelta(days=1)).day == 1


@given(st.times(), days)
def test_a_written_time_is_understood_again(time: dt.time, day: dt.date) -> None:
    exact = time.replace(second=0, microsecond=0)

    assert dates.time(dates.clock(time)) == exact
    assert dates.time(dates.clock(time, "en")) == exact
    assert dates.time(f"{dates.day(day)}, {dates.clock(time)}") == exact


@given(st.sampled_from(["thu 2", "thứ ba", "t4", "thứ 5", "thu sau", "thứ bảy", "cn"]), days)
def test_a_bare_weekday_is_within_the_coming_week(said: str, today: dt.date) -> None:
    found = dates.date(said, today)

    assert found is not None
    assert 1 <= (found - today).days <= 7


@given(noise, days)
def test_any_text_is_understood_or_not_but_never_fails(text: str, today: dt.date) -> None:
    period = dates.period(text, today)

    assert period is None or period[0] <= period[1]
    dates.date(text, today)
    dates.time(text)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("30/6", "2026-06-30"), ("30/6/2025", "2025-06-30"), ("23/11", "2026-11-23"),
        ("31/12", "2025-12-31"), ("1/12/2026", "2026-12-01"), ("hôm qua", "2026-11-22"),
        ("ngày 30", "2026-10-30"), ("mai", "2026-11-24"), ("thứ 5", "2026-11-26"),
    ],
)  # fmt: skip
def test_of_days_that_are_over_the_last_such_one_is_meant(said: str, day: str) -> None:
    assert dates.past(said, TODAY) == on(day)


@given(noise, days)
def test_a_past_day_is_never_further_ahead_than_the_next(said: str, today: dt.date) -> None:
    coming, past = dates.date(said, today), dates.past(said, today)

    assert (past is None) == (coming is None)
    assert past is None or coming is None or past <= coming
