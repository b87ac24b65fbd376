"""Corners of asking for a seat: who agrees, lost questions, the last hours, leavers, commands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import Unreachable
from storage import agreement, changes, courses, roles
from storage.models import (
    Course,
    Notice,
    Person,
    Position,
    Registration,
    RoleKind,
    School,
    Session,
    Standing,
    Unit,
)
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

MAI = "H'Mai Byă"


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, MAI)


async def person_id(town: Town, name: str) -> int:
    found = select(Person.id).where(Person.full_name == name).order_by(Person.id).limit(1)
    return await town.database.read(lambda db: db.execute(found).scalar_one())


async def sets(town: Town, name: str, **values: Any) -> None:
    number = await person_id(town, name)
    await town.database.turn(
        lambda db: db.execute(update(Person).where(Person.id == number).values(values))
    )


async def stands(town: Town, number: int, name: str) -> Standing | None:
    found = (
        select(Registration.standing)
        .join(Course, Course.id == Registration.course_id)
        .join(Person, Person.id == Registration.person_id)
        .where(Course.number == number, Person.full_name == name)
    )
    return await town.database.read(lambda db: db.execute(found).scalar_one_or_none())


async def numbered(town: Town, number: int) -> courses.Training:
    course = await town.database.read(lambda db: courses.numbered(db, number))
    assert course
    return course


async def moves(town: Town) -> None:
    course = await numbered(town, 12)
    await town.database.turn(
        lambda db: changes.reschedule(db, course.id, place="Nhà B", now=town.inbox.now())
    )


# Who agrees


async def holder(town: Town, name: str, kind: RoleKind) -> Phone:
    """A phone of somebody who holds the right over Mai's school by a role of this kind."""
    mai_id, number = await person_id(town, MAI), await person_id(town, name)

    def grant(db: Connection) -> None:
        row = db.execute(
            select(School.id, School.unit_id, Unit.path)
            .join(Person, Person.school_id == School.id)
            .join(Unit, Unit.id == School.unit_id)
            .where(Person.id == mai_id)
        ).one()
        reach = {
            RoleKind.COMMUNE: {"unit_id": row.unit_id},
            RoleKind.DEPARTMENT: {"unit_id": int(row.path.split("/")[1])},
        }
        roles.grant(db, number, kind, date(2026, 1, 1), **reach[kind])
        db.execute(update(Person).where(Person.id == number).values(position=Position.OFFICER))

    await town.database.turn(grant)
    return await known(town, name)


async def test_with_nobody_to_ask_the_screen_says_so_and_somebody_is_asked_later(
    town: Town, mai: Phone
) -> None:
    await mai.say("L9")
    said = await mai.say("1")

    assert "Trợ lý sẽ hỏi ngay khi có người" in said
    assert "đã hỏi" not in said
    assert "Trợ lý sẽ hỏi ngay khi có người" in await mai.say("L9")

    officer = await holder(town, "Lê Thị Út", RoleKind.COMMUNE)
    town.clock.advance(days=3)
    assert await town.database.turn(lambda db: agreement.climb(db, town.inbox.now())) > 0
    await town.deliver()

    asked = next(each for each in officer.said if MAI in each.text)
    assert "nên Trợ lý hỏi cán bộ phụ trách của xã" in asked.text
    assert "cán bộ phụ trách của xã chưa trả lời" in await mai.say("L9")


@pytest.mark.parametrize(
    ("kind", "asked", "agreed", "refused"),
    [
        (RoleKind.COMMUNE, "đã hỏi cán bộ phụ trách của xã",
         "Cán bộ phụ trách của xã đã đồng ý", "Cán bộ phụ trách của xã chưa đồng ý"),
        (RoleKind.DEPARTMENT, "đã hỏi Sở GDĐT", "Sở GDĐT đã đồng ý", "Sở GDĐT chưa đồng ý"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("yes", [True, False])
async def test_the_answer_says_whose_it_is(
    town: Town, mai: Phone, *, kind: RoleKind, asked: str, agreed: str, refused: str, yes: bool
) -> None:
    officer = await holder(town, "Lê Thị Út", kind)
    await mai.say("L9")
    assert asked in await mai.say("1")
    await town.deliver()

    await officer.say("viec")
    assert any(each.action.startswith("asks ") for each in officer.last.choices)
    await officer.say("11" if yes else "12")
    await town.deliver()

    assert mai.last.text.startswith(f"{agreed if yes else refused}: {MAI}")


# A question about a new date that never arrived


async def test_a_lost_question_is_asked_on_the_card(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    await moves(town)
    town.channel.fails = [Unreachable("blocked")]
    await town.deliver()

    card = await mai.say("L12")

    assert "1 Đi được\n2 Không đi được" in card
    assert "Trả lại chỗ" in await mai.say("2")
    await mai.say("0")
    await mai.say("L12")
    assert f"Đã ghi: {MAI} dự L12" in await mai.say("1")
    assert "Đi được\n" not in (await mai.say("L12")).replace("Không đi được", "")


async def test_a_question_without_numbers_is_asked_on_the_card(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    await moves(town)
    await town.deliver()
    assert "11 Đi được" in await mai.say("L12")
    await town.database.turn(
        lambda db: db.execute(update(Notice).where(Notice.kind == "moved").values(block=0))
    )

    assert "1 Đi được\n2 Không đi được" in await mai.say("L12")


# The last hours


async def test_so_near_the_beginning_the_first_to_ask_has_the_seat(town: Town, mai: Phone) -> None:
    ut, bich = await known(town, "Lê Thị Út"), await known(town, "Phạm Thị Bích")
    course = await numbered(town, 12)

    def near(db: Connection) -> None:
        seats = courses.held(db, [course.id])[course.id] + 1
        db.execute(update(Course).where(Course.id == course.id).values(seats=seats, closes_at=None))
        start = MONDAY + timedelta(hours=1, minutes=30)
        db.execute(
            update(Session)
            .where(Session.course_id == course.id)
            .values(starts_at=start, ends_at=start + timedelta(hours=6))
        )

    await town.database.turn(near)
    for phone in (mai, ut, bich):
        await phone.say("dk L12")
        said = await phone.say("1")
    assert "ai nhận trước được trước" in said
    assert "Nhận chỗ" not in await ut.say("L12")

    await mai.say("huy L12")
    await mai.say("1")
    card = await bich.say("L12")
    assert "Đang có chỗ trống" in card
    await ut.say("L12")
    assert "1 Nhận chỗ\n" in ut.last.written()
    assert "Đã đăng ký cho Phạm Thị Bích" in await bich.say("1")
    assert "đã có người nhận. Lê Thị Út vẫn đứng thứ 1" in await ut.say("1")
    await bich.say("huy L12")
    await bich.say("1")
    assert "1 Đăng ký" in await mai.say("L12")
    assert f"Đã đăng ký cho {MAI}" in await mai.say("1")


# Leavers and long leave


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ({"left_on": date(2026, 11, 23)}, "không còn làm việc"),
        ({"leave_from": date(2026, 12, 1)}, "nghỉ trong thời gian có L12"),
        (
            {"leave_from": date(2026, 12, 12), "leave_to": date(2026, 12, 12)},
            "nghỉ trong thời gian",
        ),
    ],
)
async def test_whoever_does_not_work_then_cannot_register(
    town: Town, mai: Phone, gone: dict[str, date], words: str
) -> None:
    await mai.say("L12")
    await sets(town, MAI, **gone)

    assert words in await mai.say("1")
    assert await stands(town, 12, MAI) is None
    card = await mai.say("L12")
    assert words in card
    assert "Đăng ký" not in card


async def test_leave_that_ends_before_is_no_hindrance(town: Town, mai: Phone) -> None:
    await sets(town, MAI, leave_from=date(2026, 11, 1), leave_to=date(2026, 12, 11))
    await mai.say("L12")
    assert "Đã đăng ký" in await mai.say("1")


# Commands with their objects


@pytest.mark.parametrize(
    ("slash", "plain", "words"),
    [
        ("/huy L12", "huy L12", "Trả lại chỗ"),
        ("/dangky L15", "dangky L15", "Đăng ký L15 cho"),
        ("/L12", "L12", "L12 ·"),
        ("/l 12", "l 12", "L12 ·"),
        ("/cuatoi", "cuatoi", "Lớp tập huấn của"),
    ],
)
async def test_a_command_with_its_object_does_what_the_words_do(
    mai: Phone, slash: str, plain: str, words: str
) -> None:
    await mai.say("dk L12")
    await mai.say("1")

    typed = await mai.say(slash)

    assert words in typed or slash == "/cuatoi"
    assert typed == await mai.say(plain)


async def test_figures_by_a_command(town: Town) -> None:
    officer = await holder(town, "Lê Thị Út", RoleKind.DEPARTMENT)

    shown = await officer.say("/thongke L12 theo huyện cũ")

    assert "Theo huyện cũ" in shown
    assert shown == await officer.say("thống kê L12 theo huyện cũ")
    assert shown == await officer.say("statistics L12 by former district")


async def test_a_command_leaves_an_open_step(mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    await mai.say("hoi")

    assert "Trả lại chỗ" in await mai.say("/huy L12")
    menu = await mai.say("menu")
    assert await mai.say("/khongco") == menu


# On the way screen


async def test_who_holds_it_together_with_whom(town: Town, mai: Phone) -> None:
    course = await numbered(town, 12)
    await mai.say("L12")
    assert "phối hợp" not in await mai.press(f"way {course.id}")
    await town.database.turn(
        lambda db: db.execute(
            update(Course)
            .where(Course.id == course.id)
            .values(lead="Sở GDĐT", cooperating="Sở Y tế")
        )
    )
    await mai.say("L12")

    way = await mai.press(f"way {course.id}")

    assert "Đơn vị chủ trì: Sở GDĐT; đơn vị phối hợp: Sở Y tế" in way


async def test_the_menu_greets_by_the_name_somebody_is_called(town: Town, mai: Phone) -> None:
    assert MAI in await mai.say("menu")
    await sets(town, MAI, nickname="cô Mai")
    assert "xin nghe, cô Mai." in await mai.say("menu")
