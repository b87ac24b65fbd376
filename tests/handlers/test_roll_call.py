"""The roll of a session in chat: taps, the end, the paper list typed back, and who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from handlers.message import BOARD, EXPORT
from storage import attendance
from storage.models import (
    Attendance,
    AuditEntry,
    Evidence,
    Export,
    Mark,
    Person,
    Role,
    RoleKind,
    School,
    Standing,
    Unit,
)
from tests import halls, rows
from tests.halls import START, TRAINER
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from tests.talk import Phone, Town

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def hall(database: Database) -> Town:
    """Nine people with seats; a trainer who writes from an account."""

    def build(db: Connection) -> None:
        halls.hall(db, 9)
        halls.accounts(db, range(1, 3))
        halls.accounts(db, range(TRAINER, TRAINER + 1))

    await database.turn(build)
    town = halls.town(database, START + 10 * MINUTE)
    await halls.speaks_vietnamese(town)
    return town


async def marks(town: Town) -> dict[int, str]:
    found = select(Attendance.person_id, Attendance.mark).order_by(Attendance.person_id)
    rows = await town.database.read(lambda db: db.execute(found).all())
    return {row.person_id: row.mark.value for row in rows}


async def act(phone: Phone, action: str) -> str:
    """Choose the line that does this."""
    found = [one for one in phone.last.choices if one.action.startswith(action)]
    assert found, f"{action} is not in {phone.last.choices}"
    return await phone.press(found[0].action)


async def roll(phone: Phone) -> str:
    await phone.say("diem danh")
    return await act(phone, "roll ")


async def test_people_are_marked_by_taps(hall: Town):
    phone = halls.phone(hall, TRAINER)
    assert "L12, buổi 1: 0/9 có mặt, 9 chưa rõ." in await roll(phone)
    await act(phone, "roll-list 1 u")
    listed = phone.last
    said = await phone.say("1")
    assert "1/9 có mặt, 8 chưa rõ" in said
    assert "Điểu Thị Nga 1," not in said
    # The same tap once more, on the message that is no longer the newest, changes nothing.
    await phone.press("1", listed)
    assert await marks(hall) == {1: "present"}
    await roll(phone)
    await act(phone, "roll-list 1 u")
    await act(phone, "roll-list 1 u l")
    assert "đi muộn" in phone.last.text
    await phone.say("1")
    assert await marks(hall) == {1: "present", 2: "late"}
    await act(phone, "roll ")
    assert "2/9 có mặt, 1 muộn, 7 chưa rõ" in phone.last.text
    await act(phone, "roll-list 1 a")
    await act(phone, "roll-person 1 2")
    await phone.press("Vắng có phép")
    assert await marks(hall) == {1: "present", 2: "excused"}
    await act(phone, "roll-person 1 2")
    await phone.press("Chưa điểm danh")
    assert await marks(hall) == {1: "present"}


async def test_the_end_is_asked_about_with_its_number(hall: Town):
    phone = halls.phone(hall, TRAINER)
    await hall.database.turn(lambda db: halls.opened(db, 1))
    code = await hall.database.read(lambda db: halls.code(db, 1))
    await roll(phone)
    await act(phone, "roll-end")
    assert "9 người chưa rõ sẽ ghi vắng không phép" in phone.last.text
    asked = phone.last
    # Somebody comes between the question and the answer.
    await halls.phone(hall, 2).say(code.digits)
    assert "8 người chưa rõ" in await phone.press("1", asked)
    said = await phone.press("1")
    assert "Đã kết thúc điểm danh. L12, buổi 1: 1/9 có mặt, 8 vắng không phép." in said
    late = await halls.phone(hall, 1).say(code.digits)
    assert "Đã điểm danh" not in late
    assert (await marks(hall))[1] == "absent"


async def test_the_code_is_made_changed_shown_and_closed(hall: Town):
    phone = halls.phone(hall, TRAINER)
    await roll(phone)
    assert "chưa có mã điểm danh" in await act(phone, "roll-code")
    assert "Từ 9h15 ghi đi muộn." in await act(phone, "roll-open")
    assert "Từ 9h30 ghi đi muộn." in await act(phone, "roll-late")
    assert "đến 19h00" in await act(phone, "roll-longer")
    assert "đổi 30 giây một lần" in await act(phone, "roll-changing")
    assert "máy nối màn hình" in await act(phone, "roll-board")
    document = phone.last.document
    assert document
    assert document.recipe == BOARD
    asked = await hall.database.read(lambda db: db.execute(select(Export.asked)).scalar_one())
    assert asked == {"session": 1}
    await act(phone, "roll-code")
    assert "đã đóng" in await act(phone, "roll-shut")
    assert "đến 9h4" in await act(phone, "roll-longer")


async def test_a_paper_list_is_read_out_before_it_is_written(hall: Town):
    phone = halls.phone(hall, TRAINER)
    await hall.database.turn(
        lambda db: attendance.mark(db, 1, {6: Mark.LATE, 7: Mark.PRESENT}, TRAINER, START)
    )
    await roll(phone)
    await act(phone, "sheet")
    await act(phone, "sheet-pdf")
    document = phone.last.document
    assert document
    assert (document.recipe, document.name) == (EXPORT, "L12 buoi 1.pdf")
    await act(phone, "sheet")
    await act(phone, "sheet-type")
    assert "không có số 12, 14" in await phone.say("1-6 trừ 12,14")
    assert "chưa hiểu “bo”" in await phone.say("1-6 bỏ 2")
    assert "Nga 7 (7, đã điểm danh trước đó)" in await phone.say("cả lớp trừ 7")
    await act(phone, "sheet-type")
    said = await phone.say("1-6 trừ 2, muộn 4, phép 9")
    for words in (
        "có mặt 6, vắng 3.",
        "Đi muộn: Điểu Thị Nga 4 (4) và 1 người nữa.",
        "Vắng có phép: Điểu Thị Nga 9 (9).",
        "Vắng không phép: Điểu Thị Nga 2 (2) và 1 người nữa.",
        "Chưa ký nhưng đã nhắn mã, giữ có mặt: Điểu Thị Nga 7 (7).",
    ):
        assert words in said
    assert "Điểu Thị Nga 8 (8): vắng không phép" in (await phone.press("2")) + (
        await phone.say("9")
    )
    assert await marks(hall) == {6: "late", 7: "present"}
    await act(phone, "sheet-write")
    assert list((await marks(hall)).values()) == [
        "present", "absent", "present", "late", "present", "late", "present", "absent", "excused",
    ]  # fmt: skip
    evidence = select(Attendance.person_id).where(Attendance.evidence == Evidence.SHEET)
    written = await hall.database.read(lambda db: db.execute(evidence).scalars().all())
    # What was known already stays as it came to be known.
    assert sorted(written) == [1, 2, 3, 4, 5, 8, 9]


async def test_what_changed_meanwhile_is_read_out_anew(hall: Town):
    phone = halls.phone(hall, TRAINER)
    await roll(phone)
    await act(phone, "sheet")
    await act(phone, "sheet-pdf")
    await act(phone, "sheet")
    await act(phone, "sheet-type")
    await phone.say("1-8")
    await hall.database.turn(lambda db: attendance.mark(db, 1, {9: Mark.EXCUSED}, TRAINER, START))
    assert "Vắng có phép: Điểu Thị Nga 9 (9)." in await act(phone, "sheet-write")
    await act(phone, "sheet-write")
    assert (await marks(hall))[9] == "excused"


async def test_who_said_no_is_excused_only_by_the_trainer(hall: Town):
    def said_no(db: Connection) -> None:
        rows.people(db, 1, first=10)
        halls.seat(db, range(10, 11), Standing.EXCUSED)

    await hall.database.turn(said_no)
    phone = halls.phone(hall, TRAINER)
    assert "0/9 có mặt" in await roll(phone)
    assert "Điểu Thị Nga 10" in await act(phone, "roll-excused")
    assert "0/10 có mặt, 9 chưa rõ, 1 vắng có phép" in await act(phone, "roll-excuse")


async def test_every_message_is_short(hall: Town):
    """Long names of ninety people, on every screen of the roll."""

    def crowd(db: Connection) -> None:
        rows.people(db, 90, first=100)
        halls.seat(db, range(100, 190))
        name = Person.full_name + " Nguyễn Hoàng Phương Thảo Nguyên"
        db.execute(update(Person).values(full_name=name))
        db.execute(update(School).values(name="Trường Mẫu giáo dân lập Họa Mi xã Quảng Trực"))

    await hall.database.turn(crowd)
    phone = halls.phone(hall, TRAINER)
    await hall.database.turn(lambda db: attendance.mark(db, 1, {150: Mark.PRESENT}, TRAINER, START))
    await roll(phone)
    for action in ("roll-list 1 u", "roll-end 1", "roll 1", "roll-list 1 a", "roll-person", "roll-",
                   "roll 1", "roll-code", "roll-open", "roll-board", "roll-code", "roll 1", "sheet",
                   "sheet-pdf", "sheet", "sheet-type"):  # fmt: skip
        await act(phone, action)
    await phone.say("1-40 trừ 20-30, muộn 5-9, phép 10-14")
    await act(phone, "sheet-names")
    assert len(phone.said) > 15
    for reply in phone.said:
        assert len(reply.text) <= 300, reply.text
        assert all(len(one.label) <= 56 for one in reply.choices)
        assert len(reply.choices) <= 10
        assert not any(line[:1].isdigit() for line in reply.text.splitlines())


async def test_nobody_else_reaches_a_roll(hall: Town):
    """Not by a forged press, and an officer's attempt is kept."""

    def others(db: Connection) -> None:
        rows.people(db, 1, first=700)
        halls.accounts(db, range(700, 701))
        db.execute(
            insert(Unit).values(id=77, code="77", name="Xã khác", kind="commune", path="/77/")
        )
        db.execute(
            insert(Role).values(
                person_id=700, kind=RoleKind.COMMUNE, unit_id=77, valid_from=MONDAY.date()
            )
        )
        db.execute(update(halls.Account).values(language="vi"))

    await hall.database.turn(others)
    for person in (1, 700):
        phone = halls.phone(hall, person)
        await phone.say("menu")
        screen = phone.last.mark
        for action in ("roll 1", "roll-of 12", "roll-list 1 u p 0", "roll-person 1 2",
                       "roll-mark 1 2 p 0", "roll-end 1", "roll-end-yes 1 9", "roll-code 1",
                       "roll-open 1", "roll-board 1", "sheet 1", "sheet-pdf 1", "sheet-write 1",
                       "walk-ins 1", "walk-ins-take 1", "trainers 12",
                       "trainer-new 12"):  # fmt: skip
            said = await phone.press_data(f"{screen}|{action}")
            assert "L12" not in said, action
            assert phone.last.document is None
    assert await marks(hall) == {}
    refused = select(AuditEntry.actor_id).where(AuditEntry.action == "refused")
    actors = await hall.database.read(lambda db: db.execute(refused).scalars().all())
    assert set(actors) == {700}


async def test_before_the_day_only_the_code_and_the_list_are_made_ready(hall: Town):
    await hall.database.turn(lambda db: halls.moved(db, 1, START + timedelta(days=1)))
    phone = halls.phone(hall, TRAINER)
    assert "1 Điểm danh L12, buổi 1, Thứ Ba 24/11" in await phone.say("diem danh")
    assert "Trước ngày đó chưa điểm danh được." in await phone.say("1")
    assert {one.action.split()[0] for one in phone.last.choices} == {"roll-code", "sheet", "work"}


async def test_the_work_of_the_day_names_the_roll(town: Town):
    phone = await known(town, "Lê Văn Tình")
    assert "Điểm danh" not in await phone.say("viec")
    town.clock.now = town.clock.now.replace(month=12, day=12)
    assert "1 Điểm danh L12, buổi 1, Sơ cứu" in await phone.say("viec")
