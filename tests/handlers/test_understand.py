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
    # A line that is no choice never begins with a digit, in English either.
    assert (await phone.say("/schedule")).startswith("Trainings you can attend: 7\n1 L12")
    assert "Saturday 12 December 2026, 7:30" in await phone.say("L12")
    assert "\nSeats free: 14 of 40, register until" in phone.last.text
    assert "write: cancel L12" in await phone.say("1")
    assert (await phone.say("mine")).startswith("Trainings of Lê Thị Út: 1\n1 L12")
    assert "Give back the seat of Lê Thị Út in L12" in await phone.say("cancel L12")
    assert "Bring" in await phone.say("what to bring")
    assert "This phone is in use for Lê Thị Út." in await phone.say("switch")
    assert "schedule, mine, cancel L12" in await phone.say("help")


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


@pytest.mark.parametrize("said", ["mai co hoc ko", "hôm nay có lớp nào không", "tuan sau"])
async def test_what_has_no_date_is_on_no_day_and_in_no_week(ut: Phone, said: str) -> None:
    answer = await ut.say(said)

    assert "không có lớp tập huấn nào thầy/cô dự được." in answer.split("\n")[0]
    assert "1 Xem cả lịch tập huấn" in answer


@pytest.mark.parametrize("said", ["co mat phi khong", "L12 hoc phi bao nhieu"])
async def test_what_it_costs_stands_on_the_card(ut: Phone, said: str) -> None:
    await ut.say("dk L12")
    await ut.say("1")

    assert "Không thu tiền, có hỗ trợ ăn trưa" in await ut.say(said)


async def test_more_than_a_page_of_ones_own_can_all_be_cancelled(town: Town) -> None:
    nhan = await known(town, "Trần Thị Nhàn")
    for code in ("L5", "L12", "L15", "L7", "L20", "L8", "L18"):
        await nhan.say(f"dk {code}")
        await nhan.say("1")

    assert "9 Xem tiếp" in await nhan.say("hủy")
    assert "1 L18" in await nhan.say("9")
    assert "Trả lại chỗ của Trần Thị Nhàn ở L18" in await nhan.say("1")


async def test_an_officer_sees_every_training_with_its_seats(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    assert (await tinh.say("lich")).startswith("Sắp tới có 16 lớp tập huấn:")
    assert (await tinh.say("thang 12")).startswith("Tháng 12/2026: 7 lớp tập huấn:")
    assert (await tinh.say("mai")).startswith("Thứ Ba, 24/11/2026: 1 lớp tập huấn:")
    assert "không có lớp tập huấn nào.\n" in await tinh.say("27/11")

    card = await tinh.say("L12")

    assert "Còn 14/40 chỗ" in card
    assert "đối tượng khác" not in card
    assert "1 Đăng ký" not in card
    assert "Đăng ký L12: " in await tinh.press("Thống kê đăng ký theo đơn vị")


async def test_months_are_no_day_for_a_calendar(town: Town) -> None:
    phone = await known(town, "H'Mai Byă")
    await phone.say("L14")
    await phone.press("Đường đi, cần mang gì, hỏi ai")

    assert "L14 chưa có ngày." in await phone.press("Thêm vào lịch của điện thoại")
    assert phone.last.document is None


async def test_after_thanks_what_is_not_understood_still_shows_a_way_on(ut: Phone) -> None:
    await ut.say("menu")
    await ut.say("cam on")

    assert "\n1 Lịch tập huấn\n" in await ut.say("asdf qwer")


@pytest.mark.parametrize("said", ["lop 12", "lớp tập huấn số 12", "lop L12"])
async def test_a_training_by_its_number_in_words(ut: Phone, said: str) -> None:
    assert (await ut.say(said)).startswith("L12 ·")


async def test_a_class_of_children_is_no_training(ut: Phone) -> None:
    assert "L5 ·" not in await ut.say("lop 5 tuoi")
