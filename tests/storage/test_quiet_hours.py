"""Between 21:00 and 6:00 nobody's phone rings, unless a course near in time has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import TryLater
from handlers.message import Reply
from handlers.routes import router
from storage import changes, courses, outbox
from storage.models import Account, Notice, Session
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

NIGHT, MORNING = MONDAY.replace(hour=23), MONDAY.replace(hour=6) + timedelta(days=1)


@pytest.fixture
async def phone(town: Town, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """A seat in the course of 12/12, and the clock at eleven in the evening."""
    monkeypatch.setitem(router.notices, "test", lambda _chat, _owed: Reply("a notice"))
    phone = await known(town, "H'Mai Byă")
    await phone.say("L12")
    await phone.say("1")
    phone.said.clear()
    town.clock.now = NIGHT
    return phone


async def owe(town: Town, phone: Phone, **more: Any) -> None:
    def write(db: Connection) -> None:
        account = db.execute(select(Account.id).where(Account.address == phone.address))
        outbox.owe(
            db, "test", key="k", subject_id=1, account_id=account.scalar_one(),
            due_at=town.inbox.now(), **more,
        )  # fmt: skip

    await town.database.turn(write)


async def heard(town: Town, phone: Phone) -> int:
    await town.deliver()
    return len(phone.said)


async def test_a_notice_waits_for_the_morning(town: Town, phone: Phone):
    await owe(town, phone)
    due = await town.database.read(lambda db: db.execute(select(Notice.due_at)).scalars().all())
    assert due == [MORNING]
    assert await heard(town, phone) == 0
    town.clock.now = MORNING
    assert await heard(town, phone) == 1


async def test_an_urgent_one_does_not(town: Town, phone: Phone):
    await owe(town, phone, urgent=True)
    assert await heard(town, phone) == 1


@pytest.mark.parametrize("urgent", [False, True])
async def test_what_was_due_in_the_evening_and_could_not_be_sent_then(
    town: Town, phone: Phone, urgent: bool
):
    town.clock.now = MONDAY.replace(hour=20, minute=59, second=50)
    await owe(town, phone, urgent=urgent)
    town.channel.fails = [TryLater()]
    assert await heard(town, phone) == 0
    town.clock.now = NIGHT
    assert await heard(town, phone) == urgent
    town.clock.now = MORNING
    assert await heard(town, phone) == 1


async def test_a_program_that_was_down_in_the_evening_is_silent_at_night(town: Town, phone: Phone):
    town.clock.now = MONDAY.replace(hour=20)
    await owe(town, phone)
    town.clock.now = NIGHT
    assert await heard(town, phone) == 0
    town.clock.now = MORNING
    assert await heard(town, phone) == 1


def change(db: Connection, course_id: int, *, cancelled: bool) -> None:
    if cancelled:
        changes.cancel(db, course_id, "", NIGHT)
    else:
        changes.reschedule(db, course_id, place="X", now=NIGHT)


@pytest.mark.parametrize("cancelled", [False, True], ids=["moved", "cancelled"])
@pytest.mark.parametrize(("hours", "told"), [(47, 1), (49, 0)])
async def test_a_change_within_two_days_of_the_course_is_told_at_once(
    town: Town, phone: Phone, hours: int, told: int, cancelled: bool
):
    def write(db: Connection) -> None:
        course = courses.numbered(db, 12)
        assert course
        starts = NIGHT + timedelta(hours=hours)
        db.execute(
            update(Session)
            .where(Session.course_id == course.id)
            .values(starts_at=starts, ends_at=starts + timedelta(hours=2), arrive_at=None)
        )
        change(db, course.id, cancelled=cancelled)

    await town.database.turn(write)
    assert await heard(town, phone) == told
    town.clock.now = MORNING
    assert await heard(town, phone) == 1


async def test_a_course_moved_to_tomorrow_is_told_at_once(town: Town, phone: Phone):
    def write(db: Connection) -> None:
        course = courses.numbered(db, 12)
        assert course
        changes.reschedule(db, course.id, starts_at=NIGHT + timedelta(hours=10), now=NIGHT)

    await town.database.turn(write)
    assert await heard(town, phone) == 1
