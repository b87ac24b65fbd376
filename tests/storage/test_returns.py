"""What is owed again to somebody who can be reached again, and what has had its time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.channels.base import Unreachable
from handlers.message import Kind
from storage import changes, courses
from storage.models import Account, Notice, NoticeState
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def missed(town: Town) -> Phone:
    """Somebody with a seat, who blocked us when the course moved to another place."""
    phone = await known(town, "H'Mai Byă")
    await phone.say("L12")
    await phone.say("1")
    phone.said.clear()
    await town.database.turn(lambda db: move(db, "Trường A"))
    town.channel.fails = [Unreachable("blocked")]
    await town.deliver()
    return phone


def move(db: Connection, place: str, now: datetime = MONDAY) -> None:
    changes.reschedule(db, course_id(db), place=place, now=now)


async def test_a_move_is_asked_about_again_with_its_choices(town: Town, missed: Phone):
    await missed.send(Kind.BACK)
    await town.deliver()

    assert [choice.digit for choice in missed.last.choices[:2]] == ["11", "12"]
    assert "Trường A" in missed.last.text


async def test_only_the_newest_move_counts(town: Town, missed: Phone):
    later = town.clock.now = MONDAY + timedelta(hours=1)
    await town.database.turn(lambda db: move(db, "Trường B", later))
    await town.deliver()
    await missed.send(Kind.BACK)
    await town.deliver()

    assert len(missed.said) == 1
    assert "Trường B" in missed.last.text


async def test_a_course_that_has_begun_is_past(town: Town, missed: Phone):
    town.clock.now = MONDAY + timedelta(days=30)
    await missed.send(Kind.BACK)
    await town.deliver()

    assert not missed.said
    mine = select(Notice.state).join(Account, Account.person_id == Notice.person_id)
    state = await town.database.read(
        lambda db: db.execute(mine.where(Account.address == missed.address)).scalar_one()
    )
    assert state is NoticeState.FAILED


async def test_who_comes_back_at_night_hears_it_in_the_morning(town: Town, missed: Phone):
    town.clock.now = MONDAY.replace(hour=22)
    await missed.send(Kind.BACK)
    await town.deliver()
    assert not missed.said

    town.clock.now = MONDAY.replace(hour=6) + timedelta(days=1)
    await town.deliver()
    assert len(missed.said) == 1


def course_id(db: Connection) -> int:
    course = courses.numbered(db, 12)
    assert course
    return course.id
