"""What an announcement would come to: the number to type, the hour, and the end of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update

from storage import (
    announcements,
    broadcasts,
    channels,
    estimates,
    recipients,
    rehearsals,
    reminder_rules,
    send_times,
    worktime,
)
from storage.estimates import Estimate, Sum
from storage.models import Account, Announce, Person
from storage.recipients import Barrier, Rule
from tests import offices
from tests.offices import AUTHOR, COLLEAGUE, DEPARTMENT, scope_of
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

HOUR = timedelta(hours=1)
TET = {date(2027, 2, day): True for day in range(5, 11)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23 08:00", "2026-11-23 11:30"),
        ("2026-11-23 05:00", "2026-11-23 11:30"),
        ("2026-11-23 11:30", "2026-11-23 11:30"),
        ("2026-11-23 12:59:59", "2026-11-23 12:59:59"),
        ("2026-11-23 13:00", "2026-11-23 17:30"),
        ("2026-11-23 18:45", "2026-11-23 18:45"),
        ("2026-11-23 20:00", "2026-11-25 11:30"),  # the 24th is a holiday
        ("2026-11-25 23:00", "2026-11-26 11:30"),
        ("2026-11-28 08:00", "2026-11-28 11:30"),  # a Saturday
        ("2026-12-31 21:00", "2027-01-02 11:30"),
        ("2027-02-05 12:00", "2027-02-11 11:30"),
    ],
)
def test_by_itself_it_goes_when_people_like_to_read(now: str, then: str) -> None:
    assert send_times.preferred(at(now), TET) == at(then)


@pytest.mark.parametrize(
    ("now", "due", "then"),
    [
        ("2026-11-23 08:00", None, "2026-11-23 08:00"),
        ("2026-11-25 21:00", None, "2026-11-26 06:00"),
        ("2026-11-23 05:59", None, "2026-11-23 06:00"),
        ("2027-01-01 09:00", None, "2027-01-02 06:00"),
        ("2026-11-23 08:00", "2026-11-23 07:00", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-25 14:00", "2026-11-25 14:00"),
        ("2026-11-23 08:00", "2026-11-25 22:00", "2026-11-26 06:00"),
        ("2026-11-23 08:00", "2027-02-07 10:00", "2027-02-11 06:00"),
    ],
)
def test_scheduled_or_at_once_it_keeps_off_nights_and_holidays(
    now: str, due: str | None, then: str
) -> None:
    assert send_times.begins(at(now), at(due) if due else None, TET) == at(then)
    kept = at(due).astimezone(UTC) if due else None  # as the database gives it back
    assert send_times.begins(at(now), kept, TET) == at(then)


@given(minute=st.integers(0, 2 * 365 * 24 * 60), due=st.integers(-99, 999))
def test_it_never_begins_at_night_on_a_holiday_or_in_the_past(minute: int, due: int) -> None:
    here = at("2026-01-01") + timedelta(minutes=minute)
    for found in (
        send_times.preferred(here, TET),
        send_times.begins(here, here + due * HOUR, TET),
        send_times.begins(here, None, TET),
    ):
        assert found >= here
        assert not worktime.is_quiet(found)
        assert not worktime.is_holiday(found.date(), TET)
    by_itself = send_times.preferred(here, TET)
    assert any(opens <= by_itself.time() < closes for opens, closes in send_times.WINDOWS)


@pytest.mark.parametrize(
    ("ways", "then"),
    [
        ({}, None),
        ({"telegram": 9000}, "2026-11-26 18:05"),
        ({"telegram": 9000, "zalo_bot": 3600}, "2026-11-26 19:00"),
        ({"zalo_bot": 4 * 3600}, "2026-11-27 07:00"),
        ({"zalo_oa": 3600, "zalo_template": 3600}, "2026-11-26 18:02"),
        ({"simulated": 9000}, "2026-11-26 18:00"),
    ],
)
def test_it_ends_with_the_slowest_channel_and_sleeps_at_night(
    ways: dict[str, int], then: str | None
) -> None:
    estimate = Estimate({name: Sum(count) for name, count in ways.items()}, waiting=3)
    found = send_times.ends(at("2026-11-26 18:00"), estimate)
    assert found == (at(then) if then else None)


async def test_a_rehearsal_tells_the_number_that_sends_it(either: Database) -> None:
    def work(db: Connection) -> None:
        offices.build(db, 60)
        offices.officer(db, AUTHOR, offices.COMMUNE)
        offices.officer(db, DEPARTMENT, offices.PROVINCE)
        db.execute(update(Person).where(Person.id < 4).values(announcements=Announce.NO))
        db.execute(update(Account).where(Account.address.in_(("t3", "t4"))).values(reachable=False))
        one, scope = offices.drafted(db), scope_of(db, AUTHOR)
        announcements.write(db, one, MONDAY, due_at=MONDAY - HOUR)
        found = rehearsals.rehearse(db, scope, one, MONDAY)
        assert found
        assert (found.meant, found.reachable) == (60, 56)
        assert found.barred == {Barrier.NO_ACCOUNT: 2, Barrier.NO_CONSENT: 2}
        assert found.estimate == Estimate({"telegram": Sum(56)})
        assert found.begins == MONDAY
        assert found.ends == MONDAY + timedelta(seconds=56 / 30)
        assert found.needs_approval
        assert [approver.person_id for approver in found.approvers] == [DEPARTMENT]
        assert broadcasts.confirm(db, scope, one, found.reachable, MONDAY).count == 56

    await either.turn(work)


def test_below_the_threshold_nobody_is_looked_for(db: Connection) -> None:
    offices.build(db, 50)
    offices.officer(db, AUTHOR, offices.COMMUNE)
    offices.officer(db, COLLEAGUE, offices.COMMUNE)
    reminder_rules.correct(db, MONDAY.date(), holiday=True)
    found = rehearsals.rehearse(db, scope_of(db, AUTHOR), offices.drafted(db), MONDAY)
    assert found
    assert (found.reachable, found.needs_approval, found.approvers) == (50, False, [])
    assert found.begins == MONDAY + 46 * HOUR  # six in the morning after two holidays


def test_whoever_may_not_send_it_hears_nothing(db: Connection) -> None:
    offices.build(db, 3)
    offices.officer(db, AUTHOR, offices.COMMUNE)
    offices.unit(db, 5, "/2/5/")
    offices.officer(db, COLLEAGUE, 5)
    one = offices.drafted(db)
    assert rehearsals.rehearse(db, scope_of(db, COLLEAGUE), one, MONDAY) is None
    assert rehearsals.rehearse(db, scope_of(db, AUTHOR), one + 1, MONDAY) is None


def test_a_wider_officer_reaches_with_it_only_whom_it_was_written_for(db: Connection) -> None:
    offices.build(db, 3)
    offices.officer(db, AUTHOR, offices.COMMUNE)
    offices.officer(db, DEPARTMENT, offices.PROVINCE)
    one = offices.drafted(db)
    announcements.write(db, one, MONDAY, audience=Rule(officers=True).to_json())
    found = rehearsals.rehearse(db, scope_of(db, DEPARTMENT), one, MONDAY)
    assert found
    assert (found.meant, found.barred) == (1, {Barrier.NO_CONSENT: 1})
    assert (found.ends, found.estimate) == (None, Estimate())


def test_the_silent_are_counted_as_what_they_are(db: Connection) -> None:
    offices.build(db, 2)
    offices.officer(db, AUTHOR, offices.COMMUNE)
    paid = channels.Terms(free_hours=48, paid_hours=168, price=55)
    channels.open_channel(db, channels.ZALO_OA, paid, MONDAY)
    db.execute(update(Account).where(Account.address == "t1").values(channel="zalo_oa"))
    found = rehearsals.rehearse(db, scope_of(db, AUTHOR), offices.drafted(db), MONDAY)
    assert found
    assert (found.reachable, found.estimate.unreachable) == (2, 1)


def test_the_end_is_counted_at_the_speed_of_this_installation(db: Connection) -> None:
    assert send_times.rates(db, MONDAY) == send_times.RATES
    channels.open_channel(db, channels.TELEGRAM, channels.Terms(rate=1000), MONDAY)
    channels.open_channel(db, "simulated", channels.FREE, MONDAY)
    found = send_times.rates(db, MONDAY)
    assert found == {**send_times.RATES, "telegram": 1000, "simulated": 0}
    thousands = Estimate({"telegram": Sum(3000), "simulated": Sum(9000)})
    assert send_times.ends(MONDAY, thousands, None, found) == MONDAY + timedelta(seconds=3)


async def test_people_are_weighed_a_few_at_a_time(
    either: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "BATCH", 7)

    def work(db: Connection) -> None:
        offices.build(db, 20)
        offices.officer(db, AUTHOR, offices.COMMUNE)
        scope = scope_of(db, AUTHOR)
        asked: list[int] = []
        event.listen(db, "before_cursor_execute", lambda *told: asked.append(len(told[3])))
        people = recipients.reachable(db, Rule(), scope, MONDAY, exempt=False)
        found = estimates.of_people(db, people, recipients.KIND, MONDAY)
        assert found == Estimate({"telegram": Sum(20)})
        assert [count for count in asked if count <= 7][-3:] == [7, 7, 6]

    await either.turn(work)
