"""Texts for the school's group: short, plain, and without anybody's name or number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from storage import mentions
from storage.models import Course
from tests.announced import OFFICER, TEXT, agree, announce, confirmed
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

MAI, HOA, HANG = "H'Mai Byă", "Nguyễn Thị Hoa", "Đinh Thị Thu Hằng"
NEVER = "Trợ lý không hỏi mật khẩu, OTP, CCCD hay tiền."


@pytest.fixture
async def tinh(town: Town) -> Phone:
    """The officer of Tuy Đức; a colleague gets the announcements."""
    await known(town, MAI)
    await agree(town, MAI)
    return await known(town, OFFICER)


def plain(phone: Phone) -> str:
    """The last message: words alone, short enough, none of them a choice."""
    assert phone.last.choices == ()
    assert len(phone.last.text) <= 300
    assert not any(line[:1].isdigit() for line in phone.last.text.splitlines())
    assert NEVER in phone.last.text
    return phone.last.text


async def test_an_announcement_for_the_group(town: Town, tinh: Phone) -> None:
    await announce(town)
    await tinh.say("bản gửi nhóm zalo TB-0001")
    assert plain(tinh) == (
        "THÔNG BÁO của Phòng VH-XH xã Tuy Đức (TB-0001, để thực hiện)\n"
        f"{TEXT}\n"
        "Đăng ký: nhắn L12 cho Trợ lý tập huấn.\n"
        "Kiểm tra tin thật: nhắn TB-0001 cho Trợ lý tập huấn.\n"
        f"{NEVER}"
    )


async def test_a_long_one_is_cut_and_says_where_the_rest_is(town: Town, tinh: Phone) -> None:
    await announce(town, text=f"12/12 họp với cô {MAI}, số 0912 345 678. {TEXT * 5}")
    await tinh.press_data("s0|announce-copy 1")
    text = plain(tinh)
    assert "\n– 12/12 họp với cô …, số …. Đề nghị" in text
    assert "…\nĐăng ký: nhắn L12" in text
    assert "Đọc đủ: nhắn TB-0001 cho Trợ lý tập huấn." in text


async def test_it_is_for_those_who_cover_it(town: Town, tinh: Phone) -> None:
    await announce(town)
    for name in (MAI, "Võ Thị Loan"):
        other = await known(town, name)
        await other.say("bản gửi nhóm TB-0001")
        assert TEXT not in other.last.text
    hang = await known(town, HANG)
    await hang.say("ban gui nhom tb1")
    assert TEXT in plain(hang)


async def test_nothing_goes_to_groups_before_it_is_sent(town: Town, tinh: Phone) -> None:
    await confirmed(town)
    assert "TB-0001 chưa được gửi cho ai." in await tinh.press_data("s0|announce-copy 1")


async def test_a_course_for_the_group(town: Town, tinh: Phone) -> None:
    assert "Bản gửi nhóm Zalo" in await tinh.say("L12")
    await tinh.press("Bản gửi nhóm Zalo")
    assert plain(tinh) == (
        "L12 · Sơ cứu, phòng tránh tai nạn cho trẻ\n"
        "Thứ Bảy, 12/12/2026, 7h30–16h30\n"
        "Nơi học: Hội trường UBND xã Tuy Đức\n"
        "Hạn đăng ký Thứ Tư 09/12\n"
        "Không thu tiền, có hỗ trợ ăn trưa\n"
        "Đăng ký: nhắn L12 cho Trợ lý tập huấn.\n"
        f"{NEVER}"
    )
    mai = await known(town, "Lê Thị Út")
    assert "Bản gửi nhóm" not in await mai.say("L12")
    await mai.say("ban gui nhom L12")
    assert plain(mai) == plain(tinh)


async def test_a_course_with_long_names_still_fits(town: Town, tinh: Phone) -> None:
    def lengthen(db: Connection) -> None:
        db.execute(
            update(Course)
            .where(Course.number == 12)
            .values(title="Sơ cứu " * 40, note="ăn trưa " * 30)
        )

    await town.database.turn(lengthen)
    await tinh.say("ban gui nhom L12")
    assert plain(tinh).startswith("L12 · Sơ cứu\nThứ Bảy")


async def test_the_words_alone_ask_which_training(town: Town, tinh: Phone) -> None:
    assert "về lớp tập huấn nào?" in await tinh.say("bản gửi nhóm")
    await tinh.say("1")
    plain(tinh)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Liên hệ Lê Thị Út, 0912.345.678", "Liên hệ …, …"),
        ("lien he le thi ut nhe", "lien he … nhe"),
        ("hỏi cô Lan (SĐT +84 912 345 678)", "hỏi cô … (SĐT …)"),
        ("Mời thầy cô và bà Hiệu trưởng", "Mời thầy cô và bà Hiệu trưởng"),
        ("gặp thầy Y Thức. Đúng 7h30", "gặp thầy …. Đúng 7h30"),
        ("H'Mai Byă và “Điểu Thị Nga” dự", "… và “…” dự"),
        ("đợt 2, 12/12/2026, 200.000 người", "đợt 2, 12/12/2026, 200.000 người"),
        ("Phòng VH-XH xã Tuy Đức", "Phòng VH-XH xã Tuy Đức"),
    ],
)
async def test_names_and_numbers_are_left_out(town: Town, text: str, left: str) -> None:
    assert await town.database.read(lambda db: mentions.left_out(db, text)) == left
