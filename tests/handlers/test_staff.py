"""A school's list in the chat: read, added to, changed, taken back; codes; moving by oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage import roles
from storage.models import AuditEntry, Export, Person, PersonalCode, RoleKind, School, StaffChange
from tests.people import known, standing
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

OFFICER, DEPARTMENT = "MOI-VHXH-2739", "MOI-SGGT-2739"


async def head(town: Town, name: str = "Phạm Thị Bích") -> Phone:
    phone = await known(town, name)

    def grant(db: Connection) -> None:
        row = db.execute(select(Person.id, Person.school_id).where(Person.full_name == name)).one()
        roles.grant(db, row.id, RoleKind.PRINCIPAL, MONDAY.date(), school_id=row.school_id)

    await town.database.turn(grant)
    return phone


async def officer(town: Town, code: str = OFFICER) -> Phone:
    phone = town.phone("Cán bộ")
    for said in (code, "1", "1"):
        await phone.say(said)
    return phone


async def says(phone: Phone, *lines: str) -> str:
    said = ""
    for line in lines:
        said = await phone.say(line)
    return said


async def person(town: Town, name: str) -> int:
    found = select(Person.id).where(Person.full_name == name).order_by(Person.id.desc())
    return await town.database.read(lambda db: db.execute(found).scalars().first() or 0)


async def test_teachers_have_no_list(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    assert "dành cho hiệu trưởng" in await mai.say("danh sách")
    nhan = await person(town, "Trần Thị Nhàn")
    await mai.say("menu")
    for action in (f"member {nhan}", f"left {nhan}", f"code-of {nhan}", "school-codes 3",
                   "staff 3", "school 1", "school-close-yes 1", "unit-slips 1"):  # fmt: skip
        mark = mai.last.mark
        await mai.press_data(f"{mark}|{action}")
        await mai.press_data(f"s0|{action}")
        assert "Nhàn" not in mai.last.text, action
    changes = select(func.count()).select_from(StaffChange)
    assert await town.database.read(lambda db: db.execute(changes).scalar_one()) == 0


async def test_a_principal_of_another_school_reaches_nobody_here(town: Town) -> None:
    hoa = await head(town, "Nguyễn Thị Hoa")
    nhan = await person(town, "Trần Thị Nhàn")
    await hoa.say("danh sách")
    for action in (f"member {nhan}", f"left-ask {nhan}", f"code-of {nhan}", "staff 3"):
        await hoa.press_data(f"s0|{action}")
        assert "Nhàn" not in hoa.last.text, action


async def test_somebody_new_gets_a_code_and_a_name_without_a_surname_is_asked_again(
    town: Town,
) -> None:
    bich = await head(town)
    assert "chưa phải" in await says(bich, "ds", "7", "Tèo")
    assert "chưa phải" in await bich.say("danh sách"), "a command is nobody's name"
    assert "K'Brêu giữ chức vụ nào?" in await bich.say("K'Brêu")
    assert "nào?" in await says(bich, "0", "ds", "7", "H'Bia Êban")
    assert "không phải số điện thoại" in await says(bich, "1", "123")
    added = await bich.say("0912 345 678")
    assert "Mã cá nhân: " in added
    assert "5 người" in await bich.say("ds")
    code = added.split("Mã cá nhân: ")[1][:9]
    new = town.phone("H'Bia Êban")
    await new.say("menu")
    await new.say("1")
    assert "H'Bia Êban, giáo viên, Nhóm trẻ Nắng Mai" in await new.say(code)


async def test_two_of_one_name_are_told_apart_when_one_is_restored(town: Town) -> None:
    bich = await head(town)
    await says(bich, "ds", "7", "Võ Thị Loan", "1", "1", "2001")
    for label in ("sinh 1994", "Võ Thị Loan"):
        await says(bich, "ds", "8")
        choice = next(one for one in bich.last.choices if label in one.label)
        await says(bich, choice.digit, "1", "1")
    asked = await bich.say("khoi phuc vo thi loan")
    assert asked.startswith("Khôi phục thay đổi nào?")
    assert "sinh 1994" in asked
    assert "sinh 2001" in asked
    assert "trở lại danh sách" in await says(bich, "1", "1")
    assert "không có thay đổi nào" in await bich.say("khôi phục Trần Văn Ất")


async def test_the_commune_hears_once_a_day_and_the_person_at_once(town: Town) -> None:
    hoa, tinh, ut = await head(town, "Nguyễn Thị Hoa"), await officer(town), await known(
        town, "Lê Thị Út"
    )  # fmt: skip
    for name in ("Lê Thị Út", "Điểu Thị Nga"):
        await says(hoa, "ds", "8")
        choice = next(one for one in hoa.last.choices if one.label == name)
        await says(hoa, choice.digit, "1", "1")
    await town.deliver()
    assert "Lê Thị Út được ghi là nghỉ việc" in ut.last.text
    before = len(tinh.said)
    town.clock.advance(hours=10)
    await town.deliver()
    assert len(tinh.said) == before + 1
    assert tinh.last.text.startswith("Trường MN Hoa Cúc, xã Tuy Đức: 2 thay đổi")
    assert "Điểu Thị Nga" in tinh.last.text
    assert "22 người" in await tinh.press("Xem danh sách")


async def test_a_lost_code_dies_and_a_used_one_is_not_shown(town: Town) -> None:
    hoa, mai = await head(town, "Nguyễn Thị Hoa"), await known(town, "H'Mai Byă")
    listed = await hoa.say("mã cá nhân")
    pages = [listed] + [await hoa.say("9") for _ in range(4)]
    assert not any("H'Mai Byă" in page for page in pages)
    assert sum(page.count("Lê Thị Út") for page in pages) == 1
    ut = await person(town, "Lê Thị Út")
    await hoa.press_data(f"s0|code-new-ask {ut}")
    assert "Mã mới của Lê Thị Út" in await hoa.press("Cấp mã mới")
    codes = select(PersonalCode.code).where(PersonalCode.person_id == ut)
    assert await town.database.read(lambda db: len(db.execute(codes).all())) == 1
    stranger = town.phone()
    await stranger.say("menu")
    await stranger.say("1")
    assert "chưa đúng hoặc không còn dùng" in await stranger.say("3305 8816")
    assert mai.said == []


async def test_slips_are_asked_for_within_the_area_only(town: Town) -> None:
    tinh = await officer(town)
    await says(tinh, "mã cá nhân", "1")
    assert tinh.last.document
    assert tinh.last.document.name == "phieu-ma-xa-tuy-duc.pdf"
    await tinh.press_data("s0|school-slips 3")
    await tinh.press_data("s0|school-codes 3")
    asked = select(Export.asked)
    found = await town.database.read(lambda db: db.execute(asked).scalars().all())
    assert len(found) == 1
    noted = select(AuditEntry.action).where(AuditEntry.action == "slips printed")
    assert len(await town.database.read(lambda db: db.execute(noted).all())) == 1


@pytest.mark.parametrize(
    ("answer", "closed", "moved"),
    [("Đúng", False, True), ("Không phải", False, False), ("Đúng", True, False)],
)
async def test_a_teacher_says_where_she_works_now_and_both_schools_hear_of_it(
    town: Town, answer: str, closed: bool, moved: bool
) -> None:
    hoa, bich = await head(town, "Nguyễn Thị Hoa"), await head(town)
    nhan = await known(town, "Trần Thị Nhàn")
    await says(nhan, "L15", "1")
    assert "Trợ lý sẽ hỏi trường đó" in await says(nhan, "chuyển trường", "hoa cuc tuy duc", "1")
    assert "Đã hỏi Trường MN Hoa Cúc" in await nhan.say("1")
    await town.deliver()
    assert "vẫn ở danh sách trường mình" in bich.last.text
    if closed:
        theirs = update(School).where(School.name == "Trường MN Hoa Cúc")
        await town.database.turn(lambda db: db.execute(theirs.values(closed_on=MONDAY.date())))
    await hoa.press(answer)
    if not moved and not closed:
        await hoa.say("1")
    await town.deliver()
    for phone in (nhan, bich):
        word = "nay ở danh sách Trường MN Hoa Cúc" if moved else "không xác nhận"
        assert word in phone.last.text
    assert await standing(town, 15, "Trần Thị Nhàn") == "seated"
    listed = await bich.say("ds")
    assert ("Trần Thị Nhàn" in listed) is not moved


async def test_an_officer_opens_renames_and_closes_schools_by_words(town: Town) -> None:
    tinh = await officer(town)
    assert "Mở Trường MN Hoa Sen, công lập" in await says(tinh, "mở trường", "MN Hoa Sen", "1")
    assert "Đã mở" in await tinh.say("1")
    await says(tinh, "đổi tên trường", "hoa sen", "Trường MN Sen Hồng")
    assert "Tên mới dùng từ hôm nay" in await tinh.say("1")
    assert await tinh.say("trường hoa sen") == await tinh.say("trường sen hồng")
    assert "Đóng Trường MN Sen Hồng?" in await says(tinh, "menu", "đóng trường", "sen hong")
    assert "đóng từ hôm nay" in await tinh.say("1")
    assert "không có trường tên này" in await tinh.say("trường sen hồng")
    assert "không có trường tên này" in await tinh.say("trường nắng mai"), "it lies elsewhere"


async def test_schools_are_merged_with_one_principal_and_their_people_are_told(town: Town) -> None:
    tinh, mai = await officer(town), await known(town, "H'Mai Byă")
    await head(town, "Nguyễn Thị Hoa")
    asked = await says(tinh, "sáp nhập trường", "hoa cuc", "ngoi sao", "1")
    assert asked.startswith("Sau sáp nhập, ai là hiệu trưởng")
    assert "24 người chuyển theo" in await tinh.say("1")
    assert "Đã sáp nhập" in await tinh.say("1")
    await town.deliver()
    assert "Trường MN Hoa Cúc sáp nhập vào Trường MG Ngôi Sao" in mai.last.text
    assert "38 người" in await tinh.say("trường hoa cúc")
