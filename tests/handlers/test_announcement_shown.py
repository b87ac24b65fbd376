"""A typed number and a yes are for what was shown, whoever changed it meanwhile; and only that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from handlers.message import File, Kind
from storage import roles
from storage.models import Broadcast, BroadcastState, Person, Role
from tests.handlers.announcing import TEXT, audience, officer, state, states, written
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

HANG, KHANH, BICH = "Đinh Thị Thu Hằng", "Phan Quốc Khánh", "Phạm Thị Bích"
OTHER = "Lời khác hẳn, không ai đã đọc."


async def colleague(town: Town) -> Phone:
    """A second officer of xã Tuy Đức."""

    def appoint(db: Connection) -> None:
        role = select(Role.kind, Role.unit_id).join(Person, Person.id == Role.person_id)
        kind, unit_id = db.execute(role.where(Person.full_name == "Lê Văn Tình")).one()
        bich = db.execute(select(Person.id).where(Person.full_name == BICH)).scalar_one()
        roles.grant(db, bich, kind, MONDAY.date(), unit_id=unit_id)

    await town.database.turn(appoint)
    return await known(town, BICH)


async def rewritten(town: Town, phone: Phone, broadcast_id: int = 141) -> None:
    """An officer gives the draft other words."""
    await phone.say("thông báo")
    await phone.press(f"announce-preview {broadcast_id}")
    await phone.press(f"announce-edit {broadcast_id}")
    await phone.press(f"announce-text {broadcast_id}")
    assert OTHER in await phone.say(OTHER)


async def asked(town: Town) -> tuple[Phone, Phone, Phone]:
    await audience(town, 60, 55)
    hang, khanh = await officer(town, HANG), await officer(town, KHANH)
    tinh = await written(town)
    await tinh.say("3")
    assert "chờ duyệt" in await tinh.say("gửi 55")
    await town.deliver()
    return tinh, hang, khanh


async def test_a_number_typed_for_other_words_sends_nothing(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)
    bich = await colleague(town)
    await rewritten(town, bich)

    said = await tinh.say("gửi 5")

    assert said.startswith("TB-0141 đã được sửa sau khi Anh/Chị xem, chưa gửi gì.")
    assert OTHER in said
    assert await state(town) is BroadcastState.DRAFT
    assert "sẽ gửi cho 5 người" in await tinh.say("gửi 5")


async def test_another_number_first_is_no_change(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)

    await tinh.say("gửi 7")

    assert "sẽ gửi cho 5 người" in await tinh.say("gửi 5")
    assert await states(town) == {"planned": 5}


async def test_a_yes_to_an_earlier_request_approves_no_other_words(town: Town) -> None:
    tinh, hang, khanh = await asked(town)
    await khanh.say("viec")
    shown = await khanh.press("announce-progress 141")
    assert TEXT in shown
    old = next(one.action for one in khanh.last.choices if one.action.startswith("approve "))
    await hang.say("12")
    await rewritten(town, tinh)
    assert "chờ duyệt" in await tinh.say("gửi 55")

    # The screen is still the newest on that phone, and its first line still says "approve".
    assert khanh.last.choices[0].action == old
    again = await khanh.say("1")

    assert "xin duyệt TB-0141" in again
    assert OTHER in again
    assert await state(town) is BroadcastState.ASKED
    assert "Đã duyệt: TB-0141" in await khanh.say("1")


async def test_a_request_that_waited_is_not_read_by_whoever_has_left(town: Town) -> None:
    await audience(town, 60, 55)
    hang = await officer(town, HANG)
    tinh = await written(town)
    await tinh.say("3")
    town.clock.advance(hours=14)  # at night nobody is asked
    assert "chờ duyệt" in await tinh.say("gửi 55")

    def end(db: Connection) -> None:
        me = select(Person.id).where(Person.full_name == HANG).scalar_subquery()
        db.execute(update(Role).where(Role.person_id == me).values(valid_to=MONDAY.date()))

    await town.database.turn(end)
    hang.said.clear()
    town.clock.advance(hours=9)
    await town.deliver()

    assert not any("TB-0141" in one.written() for one in hang.said)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Kế hoạch 26112025_signed.pdf", "Kế hoạch 26112025_signed.pdf"),
        ("Scan_20261122_153000.pdf", "Scan_20261122_153000.pdf"),
        ("Chuyển khoản STK 0123456789 Vietcombank.pdf", "tep.pdf"),
        ("chuyen_khoan_gap.docx", "tep.docx"),
        ("nhan-qua-dangky.sbs.pdf", "tep.pdf"),
    ],
)
async def test_a_files_name_says_nothing_that_a_text_may_not(
    town: Town, name: str, kept: str
) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)
    await tinh.press("announce-edit 141")
    await tinh.press("announce-file 141")

    shown = await tinh.send(Kind.FILE, file=File("f1", name, 1000))

    assert f"Kèm tệp {kept}, đang tải về" in shown


async def test_what_is_harmless_apart_is_read_together(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town, text="Thông tin liên hệ và STK của cô Hoa xem ở dưới.")

    def place(db: Connection) -> None:
        pin = {"title": "2345678", "address": "Nhà văn hoá"}
        db.execute(update(Broadcast).where(Broadcast.id == 141).values(place=pin))

    await town.database.turn(place)
    await tinh.press("announce-edit 141")
    await tinh.press("announce-preview 141")

    said = await tinh.say("gửi 5")

    assert said.startswith("Chưa gửi được: nội dung có số tài khoản.")
    assert await state(town) is BroadcastState.DRAFT
