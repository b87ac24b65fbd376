"""An officer writes an announcement: to whom, what, when, with what; and sees it beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from handlers.message import File, Kind
from storage.models import Attachment, AttachmentState, Broadcast, BroadcastState, Session
from tests.handlers.announcing import (
    ASK,
    TEXT,
    audience,
    deal,
    got,
    officer,
    state,
    states,
    written,
)
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def kept(town: Town, broadcast_id: int = 141) -> Broadcast:
    """The row of a draft."""

    def work(db: Connection) -> Broadcast:
        return db.execute(select(Broadcast.__table__).where(Broadcast.id == broadcast_id)).one()

    return await town.database.read(work)


async def test_the_golden_announcement_of_a_commune(town: Town) -> None:
    people = await audience(town, 13, 9, refusing=1)
    tinh = await officer(town)

    assert await tinh.say(ASK) == (
        "Người nhận: 13 giáo viên xã Tuy Đức chưa đăng ký L12.\n"
        "Nhắn được 9 người; 3 chưa dùng Trợ lý; 1 không nhận tin chung.\n"
        "Xin nhắn nội dung, tối đa 600 ký tự.\n"
        "0 Thôi, giữ nháp"
    )
    refused = await tinh.say(
        "Hủy lịch trực trưa để chị em dự L12. Ai dự chuyển 50.000đ tiền nước vào STK 0123456789"
    )
    assert refused == (
        "Chưa gửi được: nội dung có số tài khoản và lời đề nghị chuyển tiền. Trợ lý không gửi tin"
        " như vậy, để mọi người tin được Trợ lý.\n"
        "1 Sửa nội dung\n"
        "0 Thôi, giữ nháp"
    )
    assert await tinh.say("1") == "Xin nhắn lại nội dung.\n0 Thôi, giữ nháp"
    assert await tinh.say(TEXT) == (
        "Xem trước TB-0141, để thực hiện:\n"
        "THÔNG BÁO của Phòng VH-XH xã Tuy Đức (TB-0141, để thực hiện)\n"
        f"{TEXT}\n"
        "11 Đăng ký L12\n"
        "12 Đã xem\n"
        "Gửi lúc 11h30 hôm nay.\n"
        "Để gửi, nhắn: GỬI 9\n"
        "1 Gửi thử cho tôi\n"
        "2 Sửa\n"
        "3 Gửi ngay\n"
        "0 Thôi, giữ nháp"
    )
    assert len(tinh.last.text) <= 300
    assert await tinh.say("gui 9") == (
        "TB-0141 sẽ gửi cho 9 người lúc 11h30. Dưới 50 người nên không cần người thứ hai duyệt; Sở"
        " thấy được và dừng được.\n"
        "1 Dừng\n"
        "2 Xem tiến độ"
    )
    town.clock.advance(hours=3, minutes=29)
    await deal(town)
    assert got(town, people[0]) == []
    town.clock.advance(minutes=2)
    await deal(town)
    assert tinh.last.written() == (
        "TB-0141: đã gửi 9/9. 3 người chưa dùng Trợ lý.\n"
        "11 Bản gửi nhóm Zalo\n"
        "12 Danh sách 3 người\n"
        "13 Đính chính"
    )
    assert all(TEXT in got(town, each)[0] for each in people)
    names = await tinh.say("12")
    assert names.startswith("TB-0141, những người chưa dùng Trợ lý:\n")
    assert len(names.split("\n")) == 5


async def test_a_draft_is_kept_and_gone_on_with(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await officer(town)
    await tinh.say(ASK)
    assert "TB-0141 được giữ làm nháp" in await tinh.say("0")
    assert "Xin nhắn nội dung" in await tinh.say("1")
    assert "Xem trước TB-0141" in await tinh.say("Mời xem L12")
    assert "được giữ làm nháp" in await tinh.say("0")
    await tinh.say("thông báo")
    await tinh.press("announce-preview 141")

    # Whoever comes back is told again to whom it goes.
    assert "Người nhận: 5 giáo viên xã Tuy Đức" in tinh.last.text
    assert await state(town) is BroadcastState.DRAFT


async def test_a_text_that_is_too_long_says_by_how_much_and_changes_nothing(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await written(town)
    await tinh.press("announce-edit 141")
    await tinh.say("1")

    said = await tinh.say("rất dài " * 80)

    assert "Nội dung dài quá 39 ký tự" in said
    assert "0 Thôi, giữ nháp" in said
    assert (await kept(town)).text == TEXT
    assert "Xem trước" in await tinh.say("Ngắn gọn")
    assert (await kept(town)).text == "Ngắn gọn"


async def test_line_breaks_stay_and_marks_that_do_not_show_go(town: Town) -> None:
    await audience(town, 3, 3)
    await written(town, text="Kính gửi:\r\n  thầy\u200b cô  trường.\n\n2 giờ chiều họp")

    assert (await kept(town)).text == "Kính gửi:\nthầy cô trường.\n\n2 giờ chiều họp"


async def test_commands_pasted_into_the_text_are_text(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await written(town, text="Hủy đăng ký L12 thì nhắn: hủy L12")

    assert "Hủy đăng ký L12 thì nhắn: hủy L12" in tinh.last.text
    assert "Xem trước" in tinh.last.text


async def test_a_test_goes_to_the_officer_alone(town: Town) -> None:
    people = await audience(town, 3, 3)
    tinh = await written(town)

    shown = await tinh.say("1")
    assert "Tin gửi thử tới ngay" in shown
    assert "Để gửi, nhắn: GỬI 3" in shown
    await town.deliver()

    assert tinh.last.text.startswith("THÔNG BÁO của Phòng VH-XH xã Tuy Đức (TB-0141")
    assert [choice.digit for choice in tinh.last.choices] == ["11", "12"]
    assert "tin gửi thử" in await tinh.press("12")
    assert got(town, people[0]) == []
    assert await states(town) == {}


async def test_a_time_is_typed(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await written(town)
    for typed, shown in (
        ("7h", "Thứ Hai, 23/11/2026, 7h00 đã qua hoặc còn quá 90 ngày nữa. Xin nhắn giờ khác."),
        ("20/11 8h", "Thứ Bảy, 20/11/2027, 8h00 đã qua hoặc còn quá 90 ngày nữa."),
        ("rằm 19h", "Xin nhắn ngày dương lịch"),
        ("mùng 5 Tết 7h30", "Xin nhắn ngày dương lịch"),
        ("thứ năm", "Xin nhắn cả giờ"),
        ("14h thứ năm", "Gửi lúc 14h00 Thứ Năm 26/11."),
        ("18/12 7h30", "Gửi lúc 7h30 Thứ Sáu 18/12."),
        # The night, and 24 November, which is a holiday.
        ("23h", "Đêm và ngày lễ không gửi tin chung (23h00 hôm nay), nên gửi lúc 6h00 Thứ Tư"),
        ("mai 7h30", "(7h30 Thứ Ba 24/11), nên gửi lúc 6h00 Thứ Tư 25/11."),
    ):
        assert "Gửi TB-0141 lúc nào?" in await tinh.press_data("s0|announce-time 141")
        assert shown in await tinh.say(typed)


async def test_at_once_and_back(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await written(town)

    assert "Gửi ngay khi Anh/Chị xác nhận." in await tinh.say("3")
    assert "3 Chờ đến 11h30 hôm nay" in tinh.last.written()
    assert "Gửi lúc 11h30 hôm nay." in await tinh.say("3")
    await tinh.say("3")
    assert "lúc 8h01." in await tinh.say("gửi 3")


async def test_everything_else_can_be_changed(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await written(town)
    await tinh.press("announce-edit 141")
    await tinh.say("3")
    assert "Xem trước TB-0141, để biết:" in await tinh.press("announce-purpose 141 know")
    await tinh.press("announce-edit 141")
    await tinh.say("7")
    assert "12/12/2026" in await tinh.press("announce-course 141 card")
    await tinh.press("announce-edit 141")
    await tinh.say("7")
    assert "Đăng ký L12" not in await tinh.press("announce-course 141 none")
    await tinh.press("announce-edit 141")
    await tinh.say("7")
    assert "Đăng ký L" in await tinh.say("1")
    await tinh.press("announce-edit 141")
    await tinh.say("5")
    assert "số tài khoản" in await tinh.say("STK 0123456789012")
    await tinh.say("Hội trường UBND xã\nBon Bu Prâng")
    place = (await kept(town)).place
    assert (place["title"], place["address"]) == ("Hội trường UBND xã", "Bon Bu Prâng")
    await tinh.press("announce-edit 141")
    await tinh.say("5")
    await tinh.press("announce-place 141 none")
    assert "title" not in (await kept(town)).place


async def test_the_trainings_own_place_comes_with_its_pin(town: Town) -> None:
    await audience(town, 3, 3)
    await town.database.turn(
        lambda db: db.execute(update(Session).values(latitude=12.2, longitude=107.4))
    )
    tinh = await written(town)
    await tinh.press("announce-edit 141")
    assert "1 Hội trường UBND xã Tuy Đức" in await tinh.say("5")

    assert "Kèm bản đồ: Hội trường UBND xã Tuy Đức" in await tinh.say("1")


async def sends(phone: Phone, kind: Kind, name: str, text: str = "") -> str:
    return await phone.send(kind, text=text, file=File("f1", name, 1000))


async def test_a_photo_with_words_below_it_is_the_announcement(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await officer(town)
    await tinh.say(ASK)

    shown = await sends(tinh, Kind.PHOTO, "", "Xem lịch trong ảnh")

    assert "Xem lịch trong ảnh" in shown
    assert "Kèm ảnh, đang tải về" in shown
    assert "đang được tải về" in await tinh.say("GỬI 3")
    assert await state(town) is BroadcastState.DRAFT
    await town.database.turn(
        lambda db: db.execute(update(Attachment).values(state=AttachmentState.READY, content=b"x"))
    )
    assert "sẽ gửi cho 3 người" in await tinh.say("GỬI 3")


async def test_files_are_asked_for_refused_and_taken_off(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await officer(town)
    await tinh.say(ASK)
    assert "là chương trình" in await sends(tinh, Kind.FILE, "lich.exe")
    assert "Đã giữ tệp. Xin nhắn nội dung" in await sends(tinh, Kind.FILE, "lich.pdf")
    assert "Kèm tệp lich.pdf" in await tinh.say("Xem lịch kèm theo")
    await tinh.press("announce-edit 141")
    assert "6 Ảnh hoặc tệp: lich.pdf" in tinh.last.written()
    await tinh.say("6")
    assert "Xin gửi ảnh hoặc tệp" in await tinh.say("tệp đây")
    assert "Kèm tệp lich2.docx" in await sends(tinh, Kind.FILE, "lich2.docx")
    await tinh.press("announce-edit 141")
    await tinh.say("6")
    assert "Kèm tệp" not in await tinh.say("1")


async def test_a_draft_is_deleted_after_one_question(town: Town) -> None:
    await audience(town, 3, 3)
    tinh = await written(town)
    await tinh.press("announce-edit 141")
    assert "Xóa nháp TB-0141?" in await tinh.say("8")
    mark = tinh.last.mark
    assert "Đã xóa nháp TB-0141" in await tinh.say("1")
    assert await state(town) is None
    assert "nút" in (await tinh.press_data(f"{mark}|announce-deleted 141")).lower()


async def test_forged_actions_change_nothing(town: Town) -> None:
    await audience(town, 3, 3)
    await written(town)
    ut = await known(town, "Lê Thị Út")
    await ut.say("menu")
    other = await officer(town, await _neighbour(town))
    await other.say("menu")
    actions = (
        "announce-text 141", "announce-preview 141", "announce-edit 141", "announce-now 141",
        "announce-purpose 141 know", "announce-time 141", "announce-place 141 none",
        "announce-file 141", "announce-course 141 none", "announce-delete 141",
        "announce-deleted 141", "announce-test 141", "announce-tested 141", "announce-keep 141",
        "announce-preview 99999999999", "announce-edit x", "announce-preview 2147483648",
    )  # fmt: skip

    for phone in (ut, other):
        for action in actions:
            said = await phone.press_data(f"s0|{action}")
            assert "141" not in said.replace("TB-0141 · ", ""), action
    assert (await kept(town)).text == TEXT


async def _neighbour(town: Town) -> str:
    """The officer of another commune."""
    from storage.models import Person, Role, Unit

    found = (
        select(Person.full_name)
        .join(Role, Role.person_id == Person.id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Unit.name == "Xã Quảng Tân")
    )
    return await town.database.read(lambda db: db.execute(found).scalars().first())


async def test_in_english(town: Town) -> None:
    await audience(town, 13, 9, refusing=1)
    phone = await officer(town, language="en")
    await phone.say("/language")
    await phone.press("2")
    shown = await phone.say(ASK)
    assert "Can be written to: 9 people; 3 without the assistant" in shown

    shown = await phone.say("Please answer by 9 December.")

    assert shown.startswith("Preview of TB-0141, to be acted on:")
    assert "It goes out at 11:30 today.\nTo send it, write: SEND 9" in shown
    assert "TB-0141 goes to 9 people at 11:30." in await phone.say("send 9")
