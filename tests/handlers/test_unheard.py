"""Announcements that did not reach people: the principal sees whom, and says when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.channels.base import Unreachable
from storage import broadcasts, digests, unheard
from storage.models import AuditEntry, NoticeState
from tests.announced import (
    OFFICER,
    TEXT,
    agree,
    announce,
    confirmed,
    deal,
    ends,
    person,
    principal,
    scope_of,
    tried,
)
from tests.people import known

if TYPE_CHECKING:
    from tests.talk import Phone, Town

MAI, HOA, UT = "H'Mai Byă", "Nguyễn Thị Hoa", "Lê Thị Út"
LINE = "Thông báo còn người chưa nhận: 1"


@pytest.fixture
async def hoa(town: Town) -> Phone:
    """The principal of Hoa Cúc; H'Mai has an account and has agreed, all others have none."""
    await known(town, MAI)
    await agree(town, MAI)
    phone = await known(town, HOA)
    await principal(town, HOA)
    return phone


async def test_the_principal_sees_whom_and_what_it_says(town: Town, hoa: Phone) -> None:
    await announce(town)
    assert LINE in await hoa.say("viec")
    assert "1 TB-0001: " in await hoa.press("unheard")
    shown = await hoa.say("1")
    assert shown.startswith("TB-0001 của Phòng VH-XH xã Tuy Đức chưa gửi được cho ")
    assert MAI not in shown
    assert TEXT in await hoa.press("Đọc thông báo")
    await hoa.press("Bản gửi nhóm Zalo")
    assert TEXT in hoa.last.text
    assert len(hoa.last.text) <= 300


async def test_whoever_was_told_is_on_nobodys_list_any_more(town: Town, hoa: Phone) -> None:
    await announce(town)
    waiting = await town.database.read(
        lambda db: len(unheard.people(db, person(db, HOA), 1, town.inbox.now()))
    )
    await hoa.say("viec")
    await hoa.press("unheard")
    await hoa.say("1")
    asked = hoa.last
    said = await hoa.press("Đã báo hết")
    assert f"Đã ghi nhận: {waiting} người đã được báo về TB-0001." in said
    assert LINE not in await hoa.say("viec")
    assert await ends(town, 1, UT) == (NoticeState.SKIPPED, "told")
    assert "vừa được giải quyết" in await hoa.press("Đã báo hết", asked)
    counted = select(func.count()).where(AuditEntry.action == "told in person")
    assert await town.database.read(lambda db: db.execute(counted).scalar_one()) == 1


async def test_whoever_blocked_us_is_listed_and_whoever_said_no_is_not(
    town: Town, hoa: Phone
) -> None:
    ut = await known(town, UT)
    one = await confirmed(town)
    await deal(town)
    hoa.channel.fails = [Unreachable("blocked")]
    await town.deliver()
    assert await ends(town, one, MAI) == (NoticeState.FAILED, "unreachable")
    assert await ends(town, one, UT) == (NoticeState.SKIPPED, "no consent")
    assert ut.said == []
    names = await town.database.read(
        lambda db: [
            one.full_name for one in unheard.people(db, person(db, HOA), one, town.inbox.now())
        ]
    )
    assert MAI in names
    assert UT not in names


async def test_what_was_stopped_is_nobodys_to_pass_on(town: Town, hoa: Phone) -> None:
    one = await confirmed(town)
    await deal(town)
    scope = await scope_of(town)
    await town.database.turn(lambda db: broadcasts.stop(db, scope, one, town.inbox.now()))
    assert LINE not in await hoa.say("viec")


@pytest.mark.parametrize("action", ["missed 1", "tell 1", "told-all 1"])
async def test_it_is_no_business_of_others(town: Town, hoa: Phone, action: str) -> None:
    await announce(town)
    for name in (UT, "Phạm Thị Bích"):
        other = await known(town, name)
        if name != UT:
            await principal(town, name, school_id=3)
        said = await other.press_data(f"s0|{action}")
        assert TEXT not in said
        assert "Đã báo hết" not in said
        assert LINE not in await other.say("viec")
    officer = await known(town, OFFICER)
    assert LINE not in await officer.say("viec"), "officers have the report"
    assert (await ends(town, 1, UT))[1] == "no account"


async def test_a_digest_names_an_announcement_by_its_code(town: Town, hoa: Phone) -> None:
    """One that was not sent for want of money."""
    await announce(town)
    key = "digest:1:2026-11-23"
    await tried(town, 1, state=NoticeState.SKIPPED, reason="ceiling", data={digests.KIND: key})
    found = await town.database.read(lambda db: digests.withheld(db, key, town.inbox.now()))
    mai = next(one for one in found if one.full_name == MAI)
    assert mai.about == (digests.About("TB-0001", None),)
    names = await town.database.read(
        lambda db: unheard.people(db, person(db, HOA), 1, town.inbox.now())
    )
    assert names == [], "each is in one list only"
