"""Officers send people; whoever is sent answers; a principal proposes somebody instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, insert, select, update

from storage import courses, roles
from storage.models import (
    AuditEntry,
    Course,
    CourseQuota,
    Mode,
    Person,
    Registration,
    RegistrationEvent,
    RoleKind,
    Standing,
    Unit,
)
from tests.people import known, standing
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Training
    from tests.talk import Phone, Town


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở."""
    return await known(town, "Đinh Thị Thu Hằng")


@pytest.fixture
async def tinh(town: Town) -> Phone:
    """The officer of xã Tuy Đức."""
    return await known(town, "Lê Văn Tình")


async def numbered(town: Town, number: int) -> Training:
    found = await town.database.read(lambda db: courses.numbered(db, number))
    assert found
    return found


async def open_(town: Town, phone: Phone, action: str, number: int = 12) -> str:
    """Choose an action for a course as a line of another screen would."""
    return await phone.press_data(f"s0|{action} {(await numbered(town, number)).id}")


async def head(town: Town) -> Phone:
    """The principal of MN Hoa Cúc, with the role."""
    phone = await known(town, "Nguyễn Thị Hoa")

    def grant(db: Connection) -> None:
        row = db.execute(
            select(Person.id, Person.school_id).where(Person.full_name == "Nguyễn Thị Hoa")
        ).first()
        assert row
        roles.grant(db, row.id, RoleKind.PRINCIPAL, MONDAY.date(), school_id=row.school_id)

    await town.database.turn(grant)
    return phone


async def test_names_without_accents_codes_and_unknown_ones(town: Town, hang: Phone) -> None:
    assert "Đã cử 0 người, còn 14 chỗ" in await open_(town, hang, "nominate")

    asked = await hang.say("le thi ut mn hoa cuc\n2. 77120465, nguyễn thị hương; Trần Văn Khoai")
    assert asked.startswith("“nguyễn thị hương” là ai?")
    assert "1 Nguyễn Thị Hương, 1985, Trường MN" in asked
    shown = await hang.say("2")
    assert shown.startswith("Cử 3 người dự L12 Sơ cứu, Thứ Bảy, 12/12/2026, 7h30")
    assert "Không tìm thấy: Trần Văn Khoai." in shown
    assert "Đã cử 3 người dự L12." in await hang.say("1")
    for name in ("Lê Thị Út", "Điểu Thị Nga"):
        assert await standing(town, 12, name) is Standing.NOMINATED

    def noted(db: Connection) -> list[tuple[str, dict[str, object]]]:
        rows = db.execute(select(AuditEntry.action, AuditEntry.detail))
        return [(row.action, row.detail) for row in rows]

    assert await town.database.read(noted) == [("nominated", {"people": 3})]


async def test_what_fits_nobody_beside_a_name_is_asked_about(town: Town, hang: Phone) -> None:
    await open_(town, hang, "nominate")

    assert (await hang.say("Lê Thị Út MN Ban Mai")).startswith("“Lê Thị Út MN Ban Mai” là ai?")


async def test_a_condition_in_words_and_no_more_than_there_are_seats(
    town: Town, hang: Phone
) -> None:
    await open_(town, hang, "nominate")

    shown = await hang.say("cả xã Tuy Đức")
    assert shown.startswith("Cử 14 người dự L12")
    assert "Hết chỗ: " in shown
    assert "Đã chọn" in await hang.say("2")
    await hang.say("0")
    assert "Đã cử 14 người dự L12." in await hang.say("1")
    assert "còn 0 chỗ" in await open_(town, hang, "nominate")


async def test_a_press_on_an_old_preview_sends_nobody(town: Town, hang: Phone) -> None:
    await open_(town, hang, "nominate")
    await hang.say("Lê Thị Út")
    old = hang.last
    await hang.say("menu")

    await hang.press("1", old)

    def sent(db: Connection) -> int:
        mine = Registration.standing == Standing.NOMINATED
        course = select(Course.id).where(Course.number == 12).scalar_subquery()
        return db.execute(
            select(func.count()).where(mine, Registration.course_id == course)
        ).scalar_one()

    assert await town.database.read(sent) == 0


async def test_nobody_beyond_the_officers_area_is_found(town: Town, tinh: Phone) -> None:
    await open_(town, tinh, "nominate")

    # She works at a group in Bắc Gia Nghĩa.
    said = await tinh.say("Võ Thị Loan")
    assert said.startswith("Trong địa bàn Anh/Chị phụ trách không có ai tên: Võ Thị Loan.")
    assert "Nút đó" in await open_(town, tinh, "nominate", 13)
    assert "Nút đó" in await open_(town, tinh, "nominees", 13)


async def test_a_commune_sends_to_the_departments_course_within_its_quota(
    town: Town, tinh: Phone
) -> None:
    assert "Nút đó" in await open_(town, tinh, "nominate", 15)

    def quota(db: Connection) -> None:
        unit = db.execute(
            select(Unit.id).where(Unit.name == "Xã Tuy Đức", Unit.valid_to.is_(None))
        ).scalar_one()
        course = db.execute(select(Course.id).where(Course.number == 15)).scalar_one()
        db.execute(update(Course).where(Course.id == course).values(mode=Mode.NOMINATED))
        mine = select(Person.id).where(Person.full_name.in_(("Lê Thị Út", "Điểu Thị Nga")))
        db.execute(
            delete(Registration).where(
                Registration.course_id == course, Registration.person_id.in_(mine)
            )
        )
        db.execute(insert(CourseQuota).values(course_id=course, unit_id=unit, seats=1000))

    def one_left(db: Connection) -> None:
        db.execute(update(CourseQuota).values(seats=1))

    await town.database.turn(quota)
    await open_(town, tinh, "nominate", 15)
    assert "Cử 2 người" in await tinh.say("le thi ut, dieu thi nga")
    await town.database.turn(one_left)
    shown = await tinh.say("1")
    assert "người dự L15" in shown
    assert "Hết chỗ" in shown


async def test_who_is_sent_says_yes_and_does_not_cancel_but_says_why(
    town: Town, hang: Phone
) -> None:
    mai = await known(town, "H'Mai Byă")
    await open_(town, hang, "nominate")
    await hang.say("h'mai bya")
    await hang.say("1")
    await town.deliver()

    assert mai.last.text == (
        "Sở GDĐT Lâm Đồng cử H'Mai Byă dự L12 Sơ cứu, Thứ Bảy, 12/12/2026, 7h30, Hội trường UBND"
        " xã Tuy Đức. Thầy/cô có đi được không ạ?"
    )
    assert "Đã đăng ký cho H'Mai Byă" in await mai.say("11")
    assert await standing(town, 12, "H'Mai Byă") is Standing.SEATED
    asked = await mai.say("hủy L12")
    assert "3 Không có người đứng lớp thay" in asked
    assert "Cơ quan cử đi thấy lý do này." in await mai.say("3")
    assert await standing(town, 12, "H'Mai Byă") is Standing.EXCUSED
    town.clock.advance(minutes=11)
    await town.deliver()
    assert hang.last.text.endswith("Lý do: không có người đứng lớp thay.")


async def test_a_reason_in_words_and_a_substitute_with_one_tap(town: Town, hang: Phone) -> None:
    mai, hoa = await known(town, "H'Mai Byă"), await head(town)
    await open_(town, hang, "nominate")
    await hang.say("h'mai bya, le thi ut")
    await hang.say("1")
    await town.deliver()
    await mai.say("12")
    assert "Xin nhắn ngắn gọn lý do" in await mai.say("5")
    await mai.say("con nhỏ đang ốm")
    town.clock.advance(minutes=11)
    await town.deliver()
    assert "không dự được L12" in hoa.last.text
    assert hoa.last.text.endswith("Lý do: con nhỏ đang ốm.")

    assert "Ai đi thay?" in await hoa.say("11")
    # Whoever was sent already is not offered.
    assert not any("Lê Thị Út" in choice.label for choice in hoa.last.choices)
    name = hoa.last.choices[0].label
    assert f"Đã đề xuất {name}." in await hoa.say("1")
    await town.deliver()
    assert hang.last.text.startswith(f"Trường MN Hoa Cúc đề xuất {name} dự L12")
    assert "Đề xuất người thay, chờ duyệt: 1" in await hang.say("viec")
    done = await hang.say(next(c.digit for c in hang.said[-2].choices if c.label == "Đồng ý"))
    assert f"Đã ghi: cử {name} dự L12." in done
    assert await standing(town, 12, name) is Standing.NOMINATED
    await town.deliver()
    assert hoa.last.text.startswith(f"{name} được cử thay H'Mai Byă dự L12")


async def test_a_substitute_who_is_not_agreed_to(town: Town, hang: Phone) -> None:
    mai, hoa = await known(town, "H'Mai Byă"), await head(town)
    await open_(town, hang, "nominate")
    await hang.say("h'mai bya")
    await hang.say("1")
    await town.deliver()
    await mai.say("12")
    await mai.say("2")
    assert "Được cử mà không đi được, cần người thay: 1" in await hoa.say("viec")
    await hoa.say("1")
    await hoa.say("1")
    await town.deliver()

    said = await hang.press("Không đồng ý")
    assert "Trợ lý báo hiệu trưởng." in said
    assert "đã được trả lời" in await hang.press("Đồng ý")
    await town.deliver()
    assert hoa.last.text.startswith("Đơn vị cử danh sách không đồng ý")
    # Nobody else answers for the school, or for the office.
    ut = await known(town, "Lê Thị Út")
    assert "đề xuất" not in await ut.press_data("s0|substitution 1")
    assert "Ai đi thay" not in await ut.press_data("s0|substitute 1")


async def test_the_list_reminds_once_a_day_and_takes_back(town: Town, hang: Phone) -> None:
    ut = await known(town, "Lê Thị Út")
    await open_(town, hang, "nominate")
    await hang.say("le thi ut")
    await hang.say("1")
    await town.deliver()
    shown = await hang.press("1")
    assert "Đã cử 1 người · đi được 0 · chưa trả lời 1 · không đi được 0" in shown
    assert "vừa hỏi trong vòng một ngày" in await hang.say("2")
    town.clock.advance(days=1)
    await hang.say("0")
    assert "Trợ lý hỏi lại 1 người" in await hang.say("2")
    await town.deliver()
    assert "có đi được không" in ut.last.text

    await hang.say("0")
    assert "Lê Thị Út, Trường MN Hoa Cúc, được cử dự L12" in await hang.say("1")
    assert "Đã ghi: không cử Lê Thị Út dự L12 nữa." in await hang.say("1")
    await town.deliver()
    assert ut.last.text.startswith("Lê Thị Út không còn trong danh sách cử dự L12")


async def test_reasons_are_kept_as_the_programs_words(town: Town, hang: Phone) -> None:
    ut = await known(town, "Lê Thị Út")
    await open_(town, hang, "nominate")
    await hang.say("le thi ut")
    await hang.say("1")
    await town.deliver()
    await ut.say("12")
    await ut.say("1")

    def reasons(db: Connection) -> list[str]:
        found = select(RegistrationEvent.reason).order_by(RegistrationEvent.id.desc()).limit(1)
        return list(db.execute(found).scalars())

    assert await town.database.read(reasons) == ["thai san"]


async def test_schools_are_asked_and_their_principals_choose(town: Town, tinh: Phone) -> None:
    hoa, bao = await head(town), await known(town, "Lương Ngọc Bảo")
    await open_(town, tinh, "nominate")
    assert "Đề nghị 4 trường, mỗi trường chọn 2 người" in await tinh.say("mỗi trường 2 người")
    assert "Có 3 trường chưa có hiệu trưởng dùng Trợ lý" in await tinh.say("1")
    await town.deliver()
    assert hoa.last.text.startswith("Trường MN Hoa Cúc được cử 2 người dự L12")
    assert "Lớp tập huấn trường cần chọn người: 1" in await hoa.say("viec")

    assert "trường còn chọn 2 người. Ai đi?" in await hoa.say("11")
    assert hoa.last.choices[0].label == "Lương Ngọc Bảo"
    assert "Đã cử Lương Ngọc Bảo dự L12." in await hoa.say("1")
    again = hoa.last
    assert "Trường đã chọn đủ 2 người dự L12." in await hoa.say("1")
    assert "Trường đã chọn đủ" in await hoa.press("2", again)
    await town.deliver()
    assert bao.last.text.startswith("Trường MN Hoa Cúc cử Lương Ngọc Bảo dự L12")
    # Nobody who runs no school that was asked names anybody.
    assert "Nút đó" in await tinh.press_data(f"s0|pick {(await numbered(town, 12)).id}")


async def test_a_place_beyond_the_area_is_said_to_be(town: Town, tinh: Phone) -> None:
    await open_(town, tinh, "nominate")
    assert "nằm ngoài địa bàn" in await tinh.say("giáo viên xã Quảng Tân")
