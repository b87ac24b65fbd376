"""Seats set apart for units, from an officer's phone, and what a teacher sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from storage import courses
from storage.models import Course, Person, Registration, RegistrationEvent
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở."""
    return await known(town, "Đinh Thị Thu Hằng")


async def open_(town: Town, phone: Phone, action: str, number: int = 12) -> str:
    found = await town.database.read(lambda db: courses.numbered(db, number))
    assert found
    return await phone.press_data(f"s0|{action} {found.id}")


async def test_units_with_numbers_changed_and_taken_away(town: Town, hang: Phone) -> None:
    assert "L12 có 40 chỗ." in await open_(town, hang, "course-quotas")

    shown = await hang.say("tuy duc 10, Quảng Tân: 5 chỗ")
    assert "Dành riêng 15/40 chỗ cho 2 đơn vị, đến hết Thứ Hai 07/12." in shown
    assert [c.label for c in hang.last.choices[:2]] == ["Quảng Tân 2/5", "Tuy Đức 3/10"]
    assert "Xã Tuy Đức: dành riêng 10 chỗ ở L12, đã có 3 người." in await hang.say("2")
    assert "Xin nhắn một số" in await hang.say("mười")
    assert "Tuy Đức 3/12" in await hang.say("12")
    await hang.say("1")
    assert "Quảng Tân" not in await hang.say("1")


async def test_more_than_there_are_and_unknown_units_change_nothing(
    town: Town, hang: Phone
) -> None:
    await open_(town, hang, "course-quotas")

    assert "Chưa hiểu: Atlantis 3." in await hang.say("Atlantis 3")
    assert "nhiều hơn 40 chỗ của L12. Chưa có gì thay đổi." in await hang.say("Tuy Đức 41")
    await hang.say("1")
    assert "đơn vị nào?" in await hang.say("dak mil cu 2")
    assert "L12 chỉ có 40 chỗ." in await hang.press_data(
        f"s0|course-quota-divide {(await l12(town))} even 41"
    )
    assert "L12 có 40 chỗ." in await open_(town, hang, "course-quotas")


async def l12(town: Town) -> int:
    found = await town.database.read(lambda db: courses.numbered(db, 12))
    assert found
    return found.id


async def test_divided_among_the_communes_evenly_or_by_their_people(
    town: Town, hang: Phone
) -> None:
    await open_(town, hang, "course-quotas")
    assert "Chia 30 chỗ của L12 cho 28 xã, phường, mỗi nơi từ 1 đến 2 chỗ?" in await hang.say(
        "chia đều 30"
    )
    assert "Dành riêng 30/40 chỗ cho 28 đơn vị" in await hang.say("1")
    await open_(town, hang, "course-quota-add")
    await hang.say("theo số giáo viên 20")
    assert "Dành riêng 20/40 chỗ" in await hang.say("1")


async def test_the_day_of_return(town: Town, hang: Phone) -> None:
    await open_(town, hang, "course-quotas")
    await hang.say("Tuy Đức 10")
    assert "giữ đến hết ngày nào?" in await hang.say("3")
    assert "Ngày đó đã qua" in await hang.say("20/12")
    assert "đến hết Thứ Ba 08/12" in await hang.say("8/12")
    await hang.say("3")
    assert "đến sát giờ học" in await hang.say("1")


async def test_a_teacher_sees_only_what_is_not_set_apart(town: Town, hang: Phone) -> None:
    mai, loan = await known(town, "H'Mai Byă"), await known(town, "Võ Thị Loan")
    assert "Còn 14/40 chỗ" in await loan.say("L12")
    await open_(town, hang, "course-quotas")
    await hang.say("Tuy Đức 13")

    assert "Còn 14/40 chỗ" in await mai.say("L12")
    assert "Còn 4/40 chỗ" in await loan.say("L12")
    await hang.press("1")
    await hang.say("17")
    assert "Chỗ còn lại đang dành cho đơn vị khác" in await loan.say("L12")
    assert "đứng thứ 1" in await loan.say("1")
    assert "Đã đăng ký cho H'Mai Byă" in await mai.say("1")


async def test_quotas_are_only_for_whoever_runs_the_course(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    for action in ("course-quotas", "course-quota-add", "course-quota-day"):
        assert "Nút đó" in await open_(town, tinh, action, 15)


async def test_a_school_that_has_sent_enough_is_told_whom_to_ask(town: Town) -> None:
    mai, ut = await known(town, "H'Mai Byă"), await known(town, "Lê Thị Út")

    def limit(db: Connection) -> None:
        db.execute(update(Course).where(Course.number == 12).values(school_limit=1))
        of_school = select(Person.id).where(Person.school_id == 1)
        db.execute(delete(RegistrationEvent))
        db.execute(delete(Registration).where(Registration.person_id.in_(of_school)))

    await town.database.turn(limit)
    await mai.say("L12")
    assert "Đã đăng ký cho H'Mai Byă" in await mai.say("1")
    shown = await ut.say("L12")
    assert "Trường MN Hoa Cúc đã có 1 người đi tập huấn ngày đó" in shown
    assert "hiệu trưởng" in shown
    assert not any(choice.action.startswith("register") for choice in ut.last.choices)
