"""Free text leads to a screen that names its object, and changes nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from storage.models import Registration
from tests.people import known

if TYPE_CHECKING:
    from tests.talk import Phone, Town


@pytest.fixture
async def ut(town: Town) -> Phone:
    return await known(town, "Lê Thị Út")


ASKED = {
    "thang 12 co lop nao o tuy duc ko": "Tháng 12/2026, Tuy Đức: 3 lớp tập huấn thầy/cô dự được:",
    "tháng 12 có lớp nào không ạ": "Tháng 12/2026: 3 lớp",
    "lich": "lớp tập huấn thầy/cô dự được:",
    "LỊCH TẬP HUẤN": "lớp tập huấn thầy/cô dự được:",
    "cho toi xem lich thang 1": "Tháng 1/2027:",
    "đăk mil có lớp gì": "Đắk Mil:",
    "dk lop so cuu nha": "Đăng ký L12 cho Lê Thị Út?",
    "ddawng kys L15": "Đăng ký L15 cho Lê Thị Út?",
    "dang9 ky1 L15": "Đăng ký L15 cho Lê Thị Út?",
    "dangky l12": "Đăng ký L12 cho Lê Thị Út?",
    "em muon dang ki lop cntt a": "Đăng ký L15 cho Lê Thị Út?",
    "so cuu o dau vay": "L12: Hội trường UBND xã Tuy Đức",
    "lop so cuu": "L12 · Sơ cứu",
    "l 12": "L12 · Sơ cứu",
    "huy oi mai di som nhe": "chưa đăng ký lớp tập huấn nào",
    "hủy L12": "chưa đăng ký L12. Chưa có gì thay đổi.",
    "ko di dc l12": "chưa đăng ký L12",
    "cua toi": "chưa đăng ký lớp tập huấn nào",
    "lop cua em dang ky roi": "chưa đăng ký lớp tập huấn nào",
    "L999": "Không có lớp tập huấn L999.",
    "asdf qwer": "Trợ lý chưa hiểu ý này.",
    "/lich": "lớp tập huấn thầy/cô dự được:",
    "/schedule": "lớp tập huấn thầy/cô dự được:",
    "/khongco": "Trợ lý tập huấn xin nghe",
    "/": "Trợ lý tập huấn xin nghe",
    "menu": "Trợ lý tập huấn xin nghe",
    "Menu": "Trợ lý tập huấn xin nghe",
}


@pytest.mark.parametrize(("said", "answer"), ASKED.items())
async def test_what_is_meant(ut: Phone, said: str, answer: str) -> None:
    assert answer in await ut.say(said)


async def test_nothing_that_is_only_understood_changes_anything(town: Town, ut: Phone) -> None:
    def count(db: object) -> int:
        return db.execute(select(func.count()).select_from(Registration)).scalar_one()

    before = await town.database.read(count)
    for said in ASKED:
        await ut.say(said)
        await ut.say("0")
    assert await town.database.read(count) == before


async def test_decomposed_text_and_invisible_marks_read_the_same(ut: Phone) -> None:
    import unicodedata

    decomposed = unicodedata.normalize("NFD", "\u200f\u202eđăng ký\u200b lớp sơ cứu\x00")
    assert "Đăng ký L12 cho Lê Thị Út?" in await ut.say(decomposed)


async def test_huge_empty_and_strange_texts_get_one_line(ut: Phone) -> None:
    assert "Tin này dài quá" in await ut.say("a" * 5000)
    assert await ut.say("\u200b\u200f") != ""
    assert await ut.say("؟؟؟ مرحبا") != ""


async def test_a_flood_that_is_not_understood_gets_two_answers(ut: Phone) -> None:
    answers = [await ut.say(f"asdf {word}") for word in ("a", "b", "c", "d")]
    assert [bool(answer) for answer in answers] == [True, True, False, False]


async def test_the_words_of_a_numbered_line_choose_it(ut: Phone) -> None:
    await ut.say("L12")
    assert "Mang theo: giấy bút" in await ut.say("duong di, can mang gi, hoi ai")
    await ut.say("L12")
    assert "Đã đăng ký cho Lê Thị Út" in await ut.say("1 Đăng ký")


async def test_english_is_complete(town: Town) -> None:
    phone = await known(town, "Lê Thị Út", language="en-GB")
    assert "trainings you can attend" in await phone.say("/schedule")
    assert "Saturday 12 December 2026, 7:30" in await phone.say("L12")


async def test_in_a_group_only_a_command_is_answered(town: Town) -> None:
    phone = town.phone()
    assert await phone.say("chào cả nhà", group=True) == ""
    assert "tin nhắn riêng" in await phone.say("/lich", group=True)


async def test_the_next_page_and_the_way_back(ut: Phone) -> None:
    first = await ut.say("lich")
    assert "9 Xem tiếp" in first
    second = await ut.say("9")
    assert second != first
    assert "L18" in second
    assert "Trợ lý tập huấn xin nghe" in await ut.say("0")


async def test_the_pin_and_the_calendar_hang_on_the_second_level(ut: Phone) -> None:
    await ut.say("L12")
    await ut.say("2")
    place = ut.last.place
    assert place is not None
    assert place.title == "Hội trường UBND xã Tuy Đức"
    await ut.press("Thêm vào lịch của điện thoại")
    document = ut.last.document
    assert document is not None
    assert document.name == "lịch L12.ics"
    await ut.say("L18")
    await ut.say("2")
    assert "chưa có ngày" in await ut.press("Thêm vào lịch của điện thoại")
