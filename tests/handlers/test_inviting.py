"""Officers invite officers: one, many, a list; what stands can be seen and taken back."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from bot.files import Files
from handlers.message import File, Kind
from storage import attachments, channels, workbooks
from storage.channels import Terms
from storage.file_kinds import Known
from storage.models import AuditEntry, Export, Invitation
from storage.workbooks import Table
from tests.people import known
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

CODE = re.compile(r"MOI-\w{4}-\w{4}")


async def sheets(town: Town, phone: Phone) -> list[list[list[Any]]]:
    """The tables of the file that hangs on the newest answer."""
    document = phone.last.document
    assert document
    content = await Files(town.database, ZONE, town.clock)(document.recipe, document.subject)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


async def kept(town: Town) -> int:
    count = select(func.count()).select_from(Invitation)
    return await town.database.read(lambda db: db.execute(count).scalar_one())


async def invited(phone: Phone, unit: str, name: str) -> str:
    """The code of an invitation made in the chat."""
    await phone.say("/moi")
    await phone.say("1")
    await phone.say(unit)
    await phone.say(name)
    found = CODE.search(await phone.say("1"))
    assert found
    return found[0]


async def test_an_officer_of_the_department_invites_for_a_commune(town: Town) -> None:
    def named(db: Connection) -> None:
        channels.open_channel(db, "telegram", Terms(contact="@taphuan_bot"), MONDAY)

    await town.database.turn(named)
    hang = await known(town, "Đinh Thị Thu Hằng")
    code = await invited(hang, "quảng tân", "Nguyễn Văn Bình")

    assert f"https://t.me/taphuan_bot?start={code}" in hang.last.text
    assert "không hỏi mật khẩu" in hang.last.text
    assert len(hang.last.text) <= 300
    binh = town.phone("Bình")
    assert "xã Quảng Tân" in await binh.start(code)
    await binh.say("1")
    assert "Kính chào Nguyễn Văn Bình, cán bộ phụ trách xã Quảng Tân." in await binh.say("1")
    await town.deliver()
    assert "Nguyễn Văn Bình đã nhận lời mời" in hang.last.text


async def test_a_near_or_former_name_is_offered_and_never_taken(town: Town) -> None:
    hang = await known(town, "Đinh Thị Thu Hằng")
    await hang.say("moi can bo")
    await hang.say("1")

    assert "1 Xã Tuy Đức" in await hang.say("quang tam")
    assert "Không có đơn vị nào tên như vậy" in await hang.say("xyz abc")
    assert "họ tên đầy đủ" in await hang.say("1")


async def test_a_code_that_was_taken_back_says_so(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    await tinh.say("moi")
    await tinh.say("1")
    await tinh.say("Điểu Văn Tú")
    found = CODE.search(await tinh.say("1"))
    assert found
    await tinh.say("loi moi")
    assert "1 Xã Tuy Đức · Điểu Văn Tú" in await tinh.say("2")
    assert "Thu hồi lời mời này?" in await tinh.say("1")
    assert "Đã thu hồi" in await tinh.say("1")

    assert "đã được thu hồi" in await town.phone().say(found[0])


async def test_a_commune_invites_for_itself_alone(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    hang = await known(town, "Đinh Thị Thu Hằng")
    await invited(hang, "quảng tân", "Nguyễn Văn Bình")
    before = await kept(town)
    await tinh.say("moi")

    assert "mời cho nhiều" not in tinh.last.written().lower()
    forged = ["invite-for 9", "invitation 3", "officer 1"]
    for action in forged:
        await tinh.press_data(f"s0|{action}")
    assert await kept(town) == before
    refused = select(AuditEntry.detail).where(AuditEntry.action == "refused")
    rows = await town.database.read(lambda db: db.execute(refused).scalars().all())
    assert [row["asked"] for row in rows] == [each.split()[0] for each in forged]


async def test_a_flood_of_forged_presses_fills_no_journal(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    await tinh.say("moi")
    for at in range(13):
        await tinh.press_data(f"s0|invitation {9000 + at}")
    count = select(func.count()).where(AuditEntry.action == "refused")
    assert await town.database.read(lambda db: db.execute(count).scalar_one()) == 10


async def test_a_typed_list_makes_a_file_of_codes(town: Town) -> None:
    hang = await known(town, "Đinh Thị Thu Hằng")
    await hang.say("moi")
    await hang.say("2")
    said = await hang.say(
        "Xã Quảng Tân, Trần Văn A\nquang tam\nxyz\nTuy Đức; H'Mai Byă\nTuy Đức; H'Mai Byă"
    )
    assert "Tạo 2 lời mời" in said
    refused = await hang.say("2")
    assert "Dòng 2, quang tam: đơn vị cũ, nay thuộc: Xã Tuy Đức" in refused
    assert "Dòng 3, xyz: không có đơn vị này" in refused
    assert "Dòng 5, Tuy Đức: trùng dòng khác" in refused
    await hang.say("0")
    await hang.say("1")
    made, left = await sheets(town, hang)

    assert {tuple(row[:2]) for row in made[1:]} == {
        ("Xã Quảng Tân", "Trần Văn A"), ("Xã Tuy Đức", "H'Mai Byă"),
    }  # fmt: skip
    assert len(left) == 4
    assert "Kính chào" not in await town.phone().say(str(made[1][2]))
    town.clock.advance(hours=2)
    with pytest.raises(LookupError):
        await sheets(town, hang)
    await hang.say("moi")
    await hang.say("2")
    asked = await town.database.read(lambda db: db.execute(select(Export.asked)).scalars().all())
    assert asked == [{}]


async def test_all_communes_without_an_officer_at_once(town: Town) -> None:
    hang = await known(town, "Đinh Thị Thu Hằng")
    before = await kept(town)
    await hang.say("moi")
    await hang.say("2")
    await hang.say("1")
    await hang.say("1")
    (made,) = await sheets(town, hang)

    assert len(made) - 1 == await kept(town) - before > 90
    assert "chưa có lời mời: 0" in await hang.say("moi")


async def test_a_file_of_units_is_read(town: Town) -> None:
    hang = await known(town, "Đinh Thị Thu Hằng")
    await hang.say("moi")
    await hang.say("2")
    await hang.send(Kind.FILE, file=File("f1", "xa.xlsx", 9000))
    assert "Đọc tệp" in hang.last.written()
    assert "đang nhận tệp" in await hang.say("1")
    rows = [("DANH SÁCH", ""), ("Đơn vị", "Họ và tên"), ("Xã Quảng Tân", "Trần Văn A"), ("lạ", "")]
    content = workbooks.xlsx([Table("1", ("Sở GDĐT", ""), rows)])

    def fetched(db: Connection) -> None:
        attachments.ready(db, 1, Known("xa.xlsx", "xlsx"), content)

    await town.database.turn(fetched)
    assert "Tạo 1 lời mời" in await hang.say("1")
    assert "Dòng 5, lạ: không có đơn vị này" in await hang.say("2")
