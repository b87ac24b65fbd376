"""Somebody on no channel any more: the principal and the officer are asked to tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from bot.channels.base import Unreachable
from storage import accounts, changes, conversations, courses, registrations, roles
from storage.models import (
    Account,
    Notice,
    NoticeState,
    Person,
    RoleKind,
)
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

TEACHER, PRINCIPAL, OFFICER = "H'Mai Byă", "Nguyễn Thị Hoa", "Lê Văn Tình"


@pytest.fixture
async def principal(town: Town) -> Phone:
    phone = await known(town, PRINCIPAL)

    def appoint(db: Connection) -> None:
        me = db.execute(select(Person.id, Person.school_id).where(Person.full_name == PRINCIPAL))
        row = me.first()
        assert row
        roles.grant(db, row.id, RoleKind.PRINCIPAL, MONDAY.date(), school_id=row.school_id)

    await town.database.turn(appoint)
    return phone


@pytest.fixture
async def silent(town: Town) -> list[Phone]:
    """A teacher with a seat and two accounts, who blocked both when the course moved.

    Those of the sample province who have seats and no account are left out of it.
    """
    first = await known(town, TEACHER)
    await first.say("L12")
    await first.say("1")
    second = town.phone(TEACHER, channel="zalo_bot")
    await second.say("menu")

    def link(db: Connection) -> None:
        mine = db.execute(select(Account.id).where(Account.address == second.address)).scalar_one()
        accounts.link(db, mine, teacher(db), town.inbox.now())

    await town.database.turn(link)
    await town.database.turn(lambda db: move(db, town))
    teacher_id = await town.database.read(teacher)
    for phone in (first, second):
        phone.said.clear()
        phone.channel.fails = [Unreachable("blocked")]
    await town.deliver()
    others = delete(Notice).where(Notice.person_id != teacher_id)
    await town.database.turn(lambda db: db.execute(others))
    return [first, second]


def teacher(db: Connection) -> int:
    found = select(Person.id).where(Person.full_name == TEACHER).order_by(Person.id)
    return db.execute(found.limit(1)).scalar_one()


def move(db: Connection, town: Town) -> None:
    course = courses.numbered(db, 12)
    assert course
    changes.reschedule(db, course.id, place="Trường A", now=town.inbox.now())


async def test_all_silent_is_listed_for_the_principal_and_the_officer(
    town: Town, principal: Phone, silent: list[Phone]
):
    officer = await known(town, OFFICER)
    assert all(phone.said == [] for phone in silent)

    for reader in (principal, officer):
        assert "Chưa gửi được tin cho 1 người" in await reader.say("viec")
        listed = await reader.press("unreached")
        assert f"1 {TEACHER}, L12" in listed
        shown = await reader.say("1")
        assert f"{TEACHER}, Trường MN Hoa Cúc, chưa biết lớp tập huấn đã đổi" in shown
        assert "Trường A" in shown
        assert "Xin gọi điện" in shown


async def test_who_was_told_is_off_the_list_of_both(
    town: Town, principal: Phone, silent: list[Phone]
):
    officer = await known(town, OFFICER)
    for reader in (principal, officer):
        await reader.say("viec")
        await reader.press("unreached")
        await reader.say("1")
    noted = await principal.say("1")
    assert f"Đã ghi nhận: {TEACHER} đã được báo về L12." in noted
    assert "Không còn ai cần báo lại" in noted
    assert "Chưa gửi" not in await principal.say("viec")

    assert "vừa được giải quyết" in await officer.say("1"), "the other was quicker"
    assert "Chưa gửi" not in await officer.say("viec")


async def test_an_old_press_shows_and_does_not_settle(
    town: Town, principal: Phone, silent: list[Phone]
):
    await principal.say("viec")
    await principal.press("unreached")
    await principal.say("1")
    asked = principal.last
    await principal.say("menu")
    assert "Xin gọi điện" in await principal.press(
        "told " + asked.choices[0].action.split()[1], asked
    )
    assert "Chưa gửi được tin cho 1 người" in await principal.say("viec")


@pytest.mark.parametrize("action", ["untold", "told"])
async def test_nobody_else_sees_or_settles_it(town: Town, silent: list[Phone], action: str):
    other = await known(town, "Lê Thị Út")
    failed = select(Notice.id).where(Notice.state == NoticeState.FAILED)
    notice_id = await town.database.read(lambda db: db.execute(failed).scalars().first())
    said = await other.press_data(f"s0|{action} {notice_id}")
    assert TEACHER not in said
    await other.press_data(f"s0|{action} 99999")
    await other.press_data(f"s0|{action} x")
    assert await town.database.read(lambda db: db.execute(failed).scalars().first()) == notice_id


async def test_a_long_list_has_pages(town: Town, principal: Phone):
    """Nine colleagues who never had an account."""

    def fill(db: Connection) -> None:
        course = courses.numbered(db, 12)
        assert course
        people = select(Person.id).where(Person.school_id == 1).order_by(Person.id).limit(9)
        for person_id in db.execute(people).scalars().all():
            registrations.register(db, course.id, conversations.who(db, person_id), MONDAY)

    await town.database.turn(fill)
    await town.database.turn(lambda db: move(db, town))
    await town.deliver()
    await principal.say("viec")
    first = await principal.press("unreached")
    second = await principal.say("9")
    assert first != second
    names = [
        choice.label for reply in principal.said[-2:] for choice in reply.choices
        if choice.action.startswith("untold")
    ]  # fmt: skip
    assert len(names) == len(set(names)) > 6
    assert all(len(name) <= 56 for name in names)
    beyond = await principal.press_data("s0|unreached 7")
    assert "1 " in beyond
