"""Ways out and on: what officers, teachers and principals do beside the straight path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import approvals, broadcasts, scopes
from storage.models import BroadcastState, Registration
from tests.announced import principal
from tests.handlers.announcing import (
    ASK,
    TEXT,
    audience,
    deal,
    got,
    officer,
    state,
    written,
)
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

HANG, HOA, MAI = "Đinh Thị Thu Hằng", "Nguyễn Thị Hoa", "H'Mai Byă"


async def sent(town: Town, text: str = TEXT) -> Phone:
    """The officer's phone, after TB-0141 went to five people and missed two."""
    tinh = await written(town, text=text)
    await tinh.say("3")
    await tinh.say("gửi 5")
    town.clock.advance(seconds=61)
    await deal(town)
    return tinh


async def test_a_teacher_who_would_announce_hears_who_may(town: Town) -> None:
    mai = await known(town, MAI)

    assert await mai.say("gửi thông báo cho giáo viên xã Tuy Đức: mai họp") == (
        "Thông báo do cán bộ xã và Sở gửi.\n1 Nhận thông báo chung\n0 Quay lại"
    )
    assert "Thông báo do cán bộ xã" not in await mai.say("thông báo cho em khi có lịch mới")


async def test_a_teacher_who_asks_for_announcements_can_read_the_last(town: Town) -> None:
    people = await audience(town, 5, 5)
    await sent(town)
    phone = town.phone("GV")
    phone.address = f"gv{people[0]}"

    assert "1 Đọc lại TB-0141" in await phone.say("thông báo")
    assert TEXT in await phone.say("1")


async def test_a_draft_without_words_is_listed_by_its_people(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await officer(town)
    await tinh.say(ASK)
    await tinh.say("menu")

    assert "2 TB-0141 · nháp · Giáo viên xã Tuy Đức ch…" in await tinh.say("thông báo")


async def test_a_number_alone_is_no_text(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await officer(town)
    await tinh.say(ASK)

    assert "Xin nhắn bằng chữ" in await tinh.say("2")
    assert "Xem trước TB-0141" in await tinh.say("2 buổi tối đều học.")


async def test_a_command_leads_away_from_a_preview(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)

    assert "2 TB-0141 · nháp · " in await tinh.say("thông báo")
    assert "Xem trước TB-0141" in await tinh.say("2")
    assert "xã Tuy Đức không có việc nào đang chờ" in await tinh.say("viec")
    assert await state(town) is BroadcastState.DRAFT


async def test_a_test_registers_nobody(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)
    count = select(func.count()).select_from(Registration)
    before = await town.database.read(lambda db: db.execute(count).scalar_one())
    await tinh.say("1")
    await town.deliver()

    letter = tinh.last
    assert "Đây là tin gửi thử của TB-0141." in await tinh.press("Đăng ký L12")
    assert "1 Soạn tiếp TB-0141" in tinh.last.written()
    await tinh.say("1")
    await tinh.say("gửi 5")
    # It is no draft any more.
    assert "1 Xem TB-0141" in await tinh.press("Đăng ký L12", letter)
    assert await town.database.read(lambda db: db.execute(count).scalar_one()) == before


async def test_its_code_leads_whoever_covers_it_to_the_progress(town: Town) -> None:
    await audience(town, 5, 5)
    await sent(town)
    hang = await officer(town, HANG)

    assert (await hang.say("TB-0141")).endswith("1 Đọc lại tin\n2 Xem tiến độ\n0 Xong")
    assert await hang.say("1") == (
        f"THÔNG BÁO của Phòng VH-XH xã Tuy Đức (TB-0141, để thực hiện)\n{TEXT}\n0 Xong"
    )
    await hang.say("TB-0141")
    assert (await hang.say("2")).startswith("TB-0141: đã gửi 5/5.")


async def test_the_people_of_what_was_refused_are_those_of_the_draft(town: Town) -> None:
    await audience(town, 60, 55)
    khanh = await officer(town, "Phan Quốc Khánh")
    tinh = await written(town)
    await tinh.say("gửi 55")
    await town.deliver()

    def refuse(db: Connection) -> bool:
        scope = scopes.of(db, khanh_id(db), town.inbox.now().date())
        assert scope is not None
        return approvals.refuse(db, scope, 141, town.inbox.now())

    def khanh_id(db: Connection) -> int:
        found = broadcasts.get(db, 141)
        assert found is not None
        able = approvals.approvers(db, found.path, found.author_id, town.inbox.now())
        return able[0].person_id

    assert await town.database.turn(refuse)
    assert await state(town) is BroadcastState.DRAFT
    assert (await khanh.press("announce-audience 141")).startswith("Xem trước TB-0141")


async def test_what_was_corrected_is_not_passed_on_as_it_was(town: Town) -> None:
    people = await audience(town, 60, 5)
    hoa = await known(town, HOA)
    await principal(town, HOA)
    tinh = await sent(town, "Mai họp lúc 8h.")
    assert "Nhắc người chưa xem · 5" in await tinh.press_data("s0|announce-report 141")
    await tinh.press("Đính chính")
    await tinh.say("Xin lỗi, mai họp lúc 9h.")
    await tinh.say("gửi 5")
    town.clock.advance(seconds=61)
    await deal(town)
    assert got(town, people[0])[-1].startswith("ĐÍNH CHÍNH TB-0141")

    report = await tinh.press_data("s0|announce-report 141")
    assert "Tin này đã có đính chính: TB-0142." in report
    assert "Nhắc người chưa xem" not in report
    # The principal tells those it did not reach what is right.
    assert "1 Đọc thông báo\n2 Xem TB-0142" in await hoa.say("TB-0141")
    told = await hoa.say("1")
    assert told.index("8h") < told.index("Tin này đã có đính chính: TB-0142.") < told.index("9h")
    copy = await hoa.say("bản gửi nhóm TB-0141")
    assert "Tin này đã có đính chính: TB-0142." in copy
    assert len(copy) <= 300
