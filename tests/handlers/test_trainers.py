"""Trainers of a course: named by name or code, told, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.models import AuditEntry, PersonalCode, Role, RoleKind
from tests.people import known

if TYPE_CHECKING:
    from tests.talk import Phone, Town


async def new(town: Town, phone: Phone, number: int) -> str:
    """Ask for the trainers of a course, as its card does."""
    await phone.say(f"L{number}")
    course = next(one.action.split()[1] for one in phone.last.choices if "figures" in one.action)
    await phone.press_data(f"s0|trainers {course}")
    return await phone.press("Thêm báo cáo viên")


async def roles(town: Town) -> list[tuple[int, bool]]:
    found = select(Role.valid_from, Role.valid_to).where(Role.kind == RoleKind.TRAINER)
    rows = await town.database.read(lambda db: db.execute(found).all())
    return [(row.valid_from.day, row.valid_to is None) for row in rows]


async def test_a_trainer_is_named_told_and_ended(town: Town):
    officer, teacher = await known(town, "Lê Văn Tình"), await known(town, "H'Mai Byă")
    assert "Xin nhắn họ và tên" in await new(town, officer, 12)
    assert "không có ai tên" in await officer.say("Không Có Ai")
    assert "1 H'Mai Byă, Trường MN Hoa Cúc" in await officer.say("hmai bya")
    assert "là báo cáo viên L12 từ hôm nay" in await officer.press("1")
    await town.deliver()
    assert "H'Mai Byă là báo cáo viên của L12" in teacher.last.text
    assert "chưa điểm danh được" in await teacher.say("11")
    await officer.press("1")
    assert "1 người" in officer.last.text
    await officer.press("1")
    assert "chưa có báo cáo viên" in await officer.press("1")
    assert await roles(town) == [(23, False)]
    assert "L12" not in await teacher.press_data("s0|roll-of 10")
    noted = select(AuditEntry.action).where(AuditEntry.subject == "course")
    actions = await town.database.read(lambda db: db.execute(noted).scalars().all())
    assert actions == ["trainer named", "trainer removed"]


async def test_somebody_of_another_area_is_named_by_the_code(town: Town):
    officer = await known(town, "Lê Văn Tình")
    other = select(PersonalCode.code).where(PersonalCode.person_id == 60)
    code = await town.database.read(lambda db: db.execute(other).scalars().first())
    assert code
    await new(town, officer, 12)
    assert "chưa đúng" in await officer.say("12345678")
    assert "làm báo cáo viên L12?" in await officer.say(code)
    assert "từ hôm nay" in await officer.press("1")


async def test_an_officer_names_no_trainer_of_another_area(town: Town):
    officer = await known(town, "Lê Văn Tình")
    await officer.say("L15")
    said = await officer.press_data("s0|trainers 13")
    assert "Báo cáo viên" not in said
    assert await roles(town) == []
