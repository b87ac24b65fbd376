"""The calendar file, read back by a parser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar
from sqlalchemy import update

from bot.files import Files, calendar
from storage import changes, courses
from storage.models import Course, CourseState
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from storage.courses import Training
    from storage.database import Database


async def course(province: Database, number: int) -> Training:
    found = await province.read(lambda db: courses.numbered(db, number))
    assert found
    return found


async def read(province: Database, number: int) -> Calendar:
    files = Files(province, ZONE, lambda: MONDAY)
    return parsed(await files("calendar", (await course(province, number)).id))


def parsed(content: bytes) -> Calendar:
    made = Calendar.from_ical(content)
    assert isinstance(made, Calendar)
    return made


def event_of(made: Calendar) -> Any:
    (event,) = made.walk("VEVENT")
    return event


async def test_a_course_with_a_time_and_a_place(province: Database):
    made = await read(province, 12)
    event = event_of(made)
    l12 = await course(province, 12)

    assert made["METHOD"] == "PUBLISH"
    assert event["UID"] == "L12-1@taphuan"
    assert event["SEQUENCE"] == 0
    assert event["SUMMARY"] == f"L12 · {l12.title}"
    assert event["DTSTART"].dt == l12.starts_at
    assert event["DTSTART"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert "Hội trường UBND xã Tuy Đức, " in event["LOCATION"]
    assert l12.first
    assert event["GEO"].latitude == pytest.approx(l12.first.latitude)
    assert "Có mặt từ 7h00" in event["DESCRIPTION"]
    assert "L12" in event["DESCRIPTION"]
    assert event["DTSTAMP"].dt == MONDAY


async def test_the_zone_is_described_in_the_file(province: Database):
    (zone,) = (await read(province, 12)).walk("VTIMEZONE")

    assert zone["TZID"] == "Asia/Ho_Chi_Minh"


async def test_the_alarm_rings_at_19h00_the_evening_before(province: Database):
    event = event_of(await read(province, 12))
    (alarm,) = event.walk("VALARM")

    rings = alarm["TRIGGER"].dt.astimezone(ZONE)
    assert (rings.hour, rings.minute) == (19, 0)
    assert rings.date() == event["DTSTART"].dt.date() - timedelta(days=1)
    assert alarm["DESCRIPTION"].startswith("Ngày mai, Thứ Bảy, ")


async def test_days_without_a_time_are_whole_days(province: Database):
    event = event_of(await read(province, 17))
    first = (await course(province, 17)).first
    assert first
    assert first.first_day
    assert first.last_day

    start = event["DTSTART"].dt
    assert type(start) is date
    assert (start, event["DTEND"].dt) == (first.first_day, first.last_day + timedelta(days=1))


@pytest.mark.parametrize("number", [14, 18])
async def test_a_session_without_a_date_is_left_out(number: int, province: Database):
    assert not (await read(province, number)).walk("VEVENT")


async def test_a_moved_course_keeps_its_event_and_counts_up(province: Database):
    before = event_of(await read(province, 12))
    l12 = await course(province, 12)
    assert l12.starts_at
    day_later = l12.starts_at + timedelta(days=1)
    sequences = [before["SEQUENCE"]]
    for moment in (MONDAY, MONDAY + timedelta(seconds=5)):
        await province.turn(
            lambda db, at=moment: changes.reschedule(db, l12.id, now=at, starts_at=day_later)
        )
        after = event_of(await read(province, 12))
        sequences.append(after["SEQUENCE"])

    assert after["UID"] == before["UID"]
    assert after["DTSTART"].dt == day_later
    assert sequences == sorted(set(sequences))
    assert sequences[-1] < 2**31


async def test_a_cancelled_course_says_so_and_rings_no_more(province: Database):
    l12 = await course(province, 12)

    made = parsed(calendar(replace(l12, state=CourseState.CANCELLED), ZONE, datetime.now(UTC)))

    assert event_of(made)["STATUS"] == "CANCELLED"
    assert not made.walk("VALARM")


async def test_lines_are_folded_without_breaking_a_letter(province: Database):
    l12 = await course(province, 12)
    long = replace(l12, title="Phòng tránh tai nạn thương tích, ữ ặ ệ; H'Mông " * 6)

    content = calendar(long, ZONE, MONDAY)

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert event_of(parsed(content))["SUMMARY"] == f"L12 · {long.title}"


async def test_an_unknown_recipe_or_course_is_refused(province: Database):
    files = Files(province, ZONE)

    with pytest.raises(LookupError):
        await files("poem", 1)
    with pytest.raises(LookupError):
        await files("calendar", 999_999)


async def test_a_draft_is_not_handed_out(province: Database):
    """A link made before the course went back to being a draft opens nothing."""
    l12 = await course(province, 12)
    draft = update(Course).where(Course.id == l12.id).values(state=CourseState.DRAFT)
    await province.turn(lambda db: db.execute(draft))
    with pytest.raises(LookupError):
        await Files(province, ZONE, lambda: MONDAY)("calendar", l12.id)
