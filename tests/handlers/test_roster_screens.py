"""An officer brings a list of staff into the chat, looks at what would change, and writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from bot import clock as bot_clock
from handlers import roster
from handlers.message import EXPORT, UPLOAD, File, Kind
from handlers.roster_judgments import named
from handlers.roster_words import Paper
from storage.models import (
    Person,
    Position,
    Role,
)
from storage.rosters.comparison import Doubt
from tests import lists
from tests.handlers.bringing import (
    OFFICER,
    assistant,
    book,
    brings,
    choose,
    fits,
    one,
    reads,
    row,
    send,
    small,
)
from tests.people import known
from tests.talk import Town

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database


@pytest.fixture
def office(database: Database) -> Town:
    """An assistant on an empty database."""
    return assistant(database)


async def test_columns_that_look_alike_are_asked_about_one_after_the_other(
    office: Town, tmp_path: Path
):
    phone = await small(office)
    await phone.say("/nhapds")
    await send(phone)
    heading = ("STT", "Họ và tên", "Trường", "SĐT", "Zalo", "Chức vụ", "Chức danh")
    people = [(name, "MN Hoa Cúc", f"09123456{at}8", f"09876543{at}9", "GV", "GV hạng III")
              for at, name in enumerate(("Thị Mai", "Thị Bưởi", "Điểu Nga"))]  # fmt: skip
    await reads(office, tmp_path, book(*people, heading=heading))
    asked = phone.last.written()
    fits(asked)
    assert "giống cột số điện thoại" in asked or "giống cột chức vụ" in asked
    assert "Sau câu này còn 1 câu hỏi" in asked
    assert "D · SĐT: 0912345608, 0912345618" in asked or "F · Chức vụ: GV" in asked
    second = await phone.say("11")
    fits(second)
    assert "Lấy cột nào?" in second
    assert "11" not in [choice.digit for choice in phone.last.choices]
    assert "tải" in await phone.say("1") or "đọc" in phone.last.written()
    await reads(office, tmp_path)
    assert "Người mới: 3" in phone.last.written()
    # The same answer again finds nothing to answer.
    assert "Người mới: 3" in await phone.say("11")


async def test_anything_but_a_table_gets_one_sentence_on_what_to_do(office: Town, tmp_path: Path):
    phone = await small(office)
    await phone.say("/nhapds")
    assert "không đọc được danh sách trong ảnh" in await phone.send(
        Kind.PHOTO, file=File("p", "", 9)
    )
    assert "không phải Excel hoặc CSV" in await send(phone, "ds.pdf")
    assert "quá lớn" in await send(phone, "ds.xlsx", 200_000_000)
    assert "Xin gửi tệp Excel" in await phone.say("gửi rồi đó")
    assert "Đã nhận tệp ds.xlsx" in await send(phone)
    await reads(office, tmp_path, b"no table at all, only words")
    refused = phone.last.written()
    fits(refused)
    assert "ds.xlsx" in refused
    assert "xin gửi tệp Excel" in await choose(phone, "Gửi tệp khác")
    assert "Hôm nay" in await phone.say("việc hôm nay")


async def test_a_kind_of_doubt_is_judged_at_once_and_the_rest_one_by_one(
    office: Town, tmp_path: Path
):
    names = ("Nguyễn Thị Hoa", "Lê Thị Út", "Trần Thị Nhàn", "Võ Thị Loan")

    def work(db: Connection) -> None:
        for at, name in enumerate(names):
            lists.person(db, 11 + at, name, birth_year=1980)
        lists.person(db, 20, names[0], birth_year=1970)

    phone = await small(office, work)
    told = await brings(office, tmp_path, phone, *(row(name, year=1988) for name in names))
    assert "Cần xem: 4" in told
    kind = await choose(phone, "chưa chắc: 4")
    fits(kind)
    many = await choose(phone, "Cả 4 dòng: cùng một người")
    assert "Đã áp dụng cho 3 dòng: cùng một người. Còn 1 dòng" in many
    assert "Nguyễn Thị Hoa" in many
    assert "Đã ghi nhận Nguyễn Thị Hoa: cùng một người." in await choose(phone, "1970")
    assert "Có thay đổi: 4" in phone.last.written()
    await choose(phone, "Ghi 4 thay đổi")
    born = select(Person.birth_year).where(Person.id.in_((12, 13, 14, 20))).distinct()
    assert await one(office, born) == 1988
    assert await one(office, select(Person.birth_year).where(Person.id == 11)) == 1980


def test_every_doubt_has_words() -> None:
    assert len({named(Paper(), why) for why in Doubt}) == len(Doubt)


async def test_undo_names_whom_it_would_touch_and_leaves_them_alone(office: Town, tmp_path: Path):
    phone = await small(office)
    await brings(office, tmp_path, phone, row("Thị Mai"), row("Điểu Thị Nga"))
    await choose(phone, "Ghi 2 người mới")
    await known(office, "Thị Mai")
    assert "Hoàn tác ds.xlsx? Xóa 2 người mới" in await choose(phone, "Hoàn tác")
    touched = await choose(phone, "Hoàn tác")
    fits(touched)
    assert "1 người" in touched
    assert "Thị Mai" in touched
    assert "1 người đã sửa sau đó giữ nguyên" in await choose(phone, "phần còn lại")
    left = select(Person.full_name).where(Person.position == Position.TEACHER)
    assert await one(office, left) == "Thị Mai"
    assert "đã hoàn tác" in await phone.say("nhapds") or "đã hoàn tác" in await choose(
        phone, "Các tệp đã nhập"
    )


async def test_what_was_compared_with_an_older_list_is_compared_again(office: Town, tmp_path: Path):
    def work(db: Connection) -> None:
        lists.person(db, 11, "Thị Mai", birth_year=1988)

    phone = await small(office, work)
    await brings(office, tmp_path, phone, row("Thị Mai", year=1988, phone="0912345678"))
    await office.database.turn(
        lambda db: db.execute(update(Person).where(Person.id == 11).values(birth_year=1987))
    )
    assert "danh sách đã thay đổi" in await choose(phone, "Ghi 1 thay đổi")
    await choose(phone, "So lại tệp")
    await reads(office, tmp_path)
    assert "Tệp ds.xlsx" in phone.last.written()


async def test_a_list_of_another_office_stays_closed(office: Town, tmp_path: Path):
    def work(db: Connection) -> None:
        lists.officer(db, 2)
        lists.person(db, 11, "Thị Mai")

    phone = await small(office, work)
    told = await brings(
        office, tmp_path, phone, row("Điểu Thị Nga"),
        row("Thị Bưởi", school="MN Hoa Mai", commune="Xã Nam Dong"),
    )  # fmt: skip
    assert "Không nhận: 1" in told
    assert "Trường chưa rõ" not in told
    other = await known(office, f"{OFFICER} 2")
    for action in ("roster-import 1", "roster-write 1", "roster-rows 1 new 0", "roster-row 1 0",
                   "roster-annotated 1", "roster-file 1", "roster-discarded 1",
                   "roster-open-all 1", "roster-all 1 NAMESAKE new", "roster-undone 1",
                   "roster-write 1 2 3", "roster-rows 1 x 0", "roster-judge 1 9"):  # fmt: skip
        await other.say("nhapds")
        for mark in ("s1", other.last.mark):
            said = await other.press_data(f"{mark}|{action}")
            assert "không còn dùng" in said, action
            assert "Điểu" not in said
    await phone.say("nhapds")
    assert "đang chờ ghi" in phone.last.written().lower()
    teacher = await known(office, "Thị Mai")
    assert "hiệu trưởng và cán bộ" in await teacher.say("/nhapds")
    assert await one(office, select(Person.id).where(Person.full_name == "Điểu Thị Nga")) is None


async def test_where_no_file_can_be_sent_a_page_takes_it(
    office: Town, monkeypatch: pytest.MonkeyPatch
):
    phone = await small(office)
    await phone.say("/nhapds")
    assert phone.last.document is None
    await choose(phone, "trang web")
    assert phone.last.document is not None
    assert phone.last.document.recipe == UPLOAD
    monkeypatch.setattr(roster, "WITH_FILES", ())
    fits(await phone.say("/nhapds"))
    assert phone.last.document is not None
    for what in ("mẫu", "hiện có"):
        await phone.say("/nhapds")
        await choose(phone, what)
        assert phone.last.document is not None
        assert phone.last.document.recipe == EXPORT


async def test_the_clock_frees_seats_and_forgets_old_rows(office: Town, tmp_path: Path):
    phone = await small(office)
    await brings(office, tmp_path, phone, row("Thị Mai"))
    await choose(phone, "Ghi 1 người mới")
    clock = bot_clock.Clock(office.database, office.inbox, office.sender)
    assert not await clock.leavers()
    assert not await clock.forget()
    office.clock.advance(days=91)
    assert await clock.forget()
    assert not await clock.forget()
    await phone.say("nhapds")
    await choose(phone, "đã nhập")
    await phone.say("1")
    assert [each.action for each in phone.last.choices] == ["roster", "roster-recent"]


async def test_a_list_is_thrown_away_after_one_question(office: Town, tmp_path: Path):
    phone = await small(office)
    await brings(office, tmp_path, phone, row("Thị Mai"))
    assert "Đang chờ ghi: ds.xlsx" in await phone.say("viec")
    await choose(phone, "Đang chờ ghi")
    assert "Bỏ tệp ds.xlsx?" in await choose(phone, "Bỏ tệp này")
    assert "danh sách không thay đổi" in await choose(phone, "Bỏ tệp")
    await office.database.turn(lambda db: db.execute(delete(Role)))
    assert "hiệu trưởng và cán bộ" in await phone.say("nhapds")
