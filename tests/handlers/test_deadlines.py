"""Deadlines of officers, as they read them: which day is the last, and how to be left alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage import reminders
from storage.models import Course, Mode, Notice
from tests.people import known
from tests.talk import ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

MORNING = datetime(2026, 12, 7, 8, 0, 1, tzinfo=ZONE)  # a week before the 14th, a Monday


@pytest.fixture
async def tinh(town: Town) -> Phone:
    return await known(town, "Lê Văn Tình")


async def tick(town: Town, now: datetime) -> None:
    town.clock.now = now
    await town.database.turn(lambda db: reminders.owe_due(db, town.inbox.now()))
    await town.deliver()


async def test_before_the_fifteenth_leaves_the_fourteenth(town: Town, tinh: Phone) -> None:
    await tick(town, MORNING)
    assert tinh.last.written().startswith(
        "Báo cáo “Năm 2026” phải nộp trước ngày 15/12: ngày cuối cùng là Thứ Hai, 14/12/2026.\n11 "
    )
    said = len(tinh.said)
    await tick(town, MORNING + timedelta(hours=1))
    assert len(tinh.said) == said
    # The 13th is a Sunday: the last working day before it.
    await tick(town, datetime(2026, 12, 11, 8, 0, 5, tzinfo=ZONE))
    assert len(tinh.said) == said + 1


async def test_several_of_one_morning_are_one_message(town: Town, tinh: Phone) -> None:
    def nominated(db: Connection) -> None:
        closes = datetime(2026, 12, 14, 17, 0, tzinfo=ZONE)
        db.execute(
            update(Course).where(Course.number == 12).values(
                mode=Mode.NOMINATED, closes_at=closes)
        )  # fmt: skip

    await town.database.turn(nominated)
    said = len(tinh.said)
    await tick(town, MORNING)
    assert len(tinh.said) == said + 1
    assert "phải nộp trước ngày 15/12" in tinh.last.text
    assert "\nHạn cử người dự L12 Sơ cứu: chậm nhất Thứ Hai, 14/12/2026." in tinh.last.text
    assert len(tinh.last.text) <= 300


async def test_an_officer_can_switch_them_off(town: Town, tinh: Phone) -> None:
    await tinh.say("nhắc")
    answer = await tinh.press("Không nhắc hạn báo cáo, hạn cử người")
    assert "Trợ lý không nhắc Anh/Chị về hạn báo cáo, hạn cử người nữa." in answer
    before = len(tinh.said)
    await tick(town, MORNING)
    assert len(tinh.said) == before
    await tinh.say("nhắc")
    await tinh.press("Nhắc hạn báo cáo, hạn cử người")
    await tick(town, MORNING + timedelta(minutes=1))
    assert "phải nộp trước ngày 15/12" in tinh.last.text


async def test_a_teacher_has_none(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    await mai.say("nhắc")
    assert not any("hạn" in choice.label for choice in mai.last.choices)
    before = len(mai.said)
    await tick(town, MORNING)
    assert len(mai.said) == before

    def count(db: Connection) -> int:
        mine = select(func.count()).where(Notice.kind == "deadline")
        return db.execute(mine).scalar_one()

    assert await town.database.read(count) > 0
