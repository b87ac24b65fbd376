"""A person behind the bot: the contact card, a question on its way, the answer back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage.models import Course, Question, Role
from tests.people import joins, known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


@pytest.fixture
async def tinh(town: Town) -> Phone:
    """The contact of L12."""
    return await known(town, "Lê Văn Tình")


async def ask(phone: Phone, words: str = "co cho gui con nho ko") -> str:
    await phone.say("L12")
    await phone.say("2")
    await phone.say("1")
    return await phone.say(words)


async def test_the_way_leads_to_the_contact_and_a_question_is_passed_on(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await mai.say("L12")
    await mai.say("2")
    card = await mai.say("1")
    assert "Phụ trách L12: Lê Văn Tình" in card
    assert "0261 000 0000, giờ hành chính." in card

    passed = await mai.say("co cho gui con nho ko")

    assert passed.startswith("Đã chuyển câu hỏi cho Lê Văn Tình.")
    await town.deliver()
    assert tinh.last.written() == (
        "Câu hỏi về L12 của H'Mai Byă, Trường MN Hoa Cúc: “co cho gui con nho ko”\n"
        "11 Trả lời\n12 Trả lời và thêm vào phần cần biết của L12"
    )


async def test_the_answer_goes_back_and_is_added_to_what_the_course_tells(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)
    await town.deliver()

    assert "Xin nhắn câu trả lời cho H'Mai Byă" in await tinh.say("12")
    assert "Đã chuyển câu trả lời cho H'Mai Byă" in await tinh.say("Có chỗ gửi con ở trường.")
    await town.deliver()

    assert mai.last.text == "Lê Văn Tình trả lời về L12: “Có chỗ gửi con ở trường.”"
    ut = await known(town, "Lê Thị Út")
    await ut.say("L12")
    await ut.say("2")
    assert "Cần biết: Có chỗ gửi con ở trường." in await ut.say("1")


async def test_a_plain_answer_stays_between_the_two(town: Town, mai: Phone, tinh: Phone) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("11")
    await tinh.say("Được.")

    await mai.say("hoi")
    assert "Cần biết" not in await mai.say("2")


async def test_a_second_answer_is_told_of_the_first(town: Town, mai: Phone, tinh: Phone) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("11")
    await tinh.say("Được.")

    assert "Lê Văn Tình đã trả lời câu hỏi này: “Được.”" in await tinh.say("12")


async def test_zero_at_the_answer_sends_nothing(town: Town, mai: Phone, tinh: Phone) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("11")

    assert "Câu hỏi chưa trả lời: 1" in await tinh.say("0")
    before = len(mai.said)
    await town.deliver()
    assert len(mai.said) == before
    assert "co cho gui con nho ko" in await tinh.say("1")


async def test_a_question_too_long_is_asked_for_again(mai: Phone, tinh: Phone) -> None:
    assert "tối đa 500 ký tự" in await ask(mai, "x" * 501)
    assert "Đã chuyển câu hỏi" in await mai.say("x" * 500)


async def test_digits_alone_are_no_question_and_zero_leaves(mai: Phone, tinh: Phone) -> None:
    await ask(mai, "0")
    assert "L12" in mai.last.text
    assert "Xin nhắn bằng chữ." in await ask(mai, "12")
    assert "Đã chuyển" in await mai.say("12 người đi chung xe được không")


async def test_nobody_reachable_says_whom_to_call(town: Town, mai: Phone) -> None:
    said = await ask(mai)

    assert "câu hỏi chưa chuyển được. Xin gọi 0261 000 0000" in said

    def count(db: Connection) -> list[int]:
        return list(db.execute(select(Question.id)).scalars())

    assert await town.database.read(count) == []


async def test_a_visitor_sees_the_contact_and_is_asked_who_they_are_to_write(town: Town) -> None:
    visitor = town.phone()
    await visitor.say("menu")
    shown = await visitor.press_data("s0|contact 10")
    assert "Phụ trách" in shown
    assert "1 Nhắn câu hỏi" in shown

    assert "Kính chào" in await visitor.say("1")


async def test_the_only_own_training_needs_no_choice(mai: Phone) -> None:
    assert "Câu hỏi về lớp tập huấn nào" in await mai.say("hỏi cán bộ")
    await mai.say("L12")
    await mai.say("1")

    assert "Phụ trách L12" in await mai.say("hỏi cán bộ")


async def test_strangers_to_a_question_cannot_answer_it(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)

    def newest(db: Connection) -> int:
        return db.execute(select(Question.id)).scalar_one()

    number = await town.database.read(newest)
    ut = await known(town, "Lê Thị Út")
    await ut.say("menu")
    for action in (f"reply {number}", f"question {number}", f"reply {number} share", "reply 999"):
        assert "gui con" not in await ut.press_data(f"s0|{action}")
        assert "câu trả lời" not in ut.last.text
    await tinh.say("menu")
    assert "câu trả lời" not in await tinh.press_data(f"s0|reply {number} evil")


async def test_on_a_shared_phone_the_question_is_of_whoever_began_it(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await mai.say("L12")
    await mai.say("2")
    await mai.say("1")
    await joins(town, mai, "Điểu Thị Nga")
    await mai.say("may gio an trua")
    await town.deliver()

    assert "của H'Mai Byă" in tinh.last.text


async def test_a_course_without_a_contact_goes_to_the_commune(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    def nobody(db: Connection) -> None:
        db.execute(
            update(Course)
            .where(Course.number == 12)
            .values(contact_id=None, contact_name="", contact_office="", contact_phone="")
        )

    await town.database.turn(nobody)
    await mai.say("L12")
    await mai.say("2")
    assert "L12 chưa ghi người phụ trách." in await mai.say("1")
    assert "Đã chuyển câu hỏi cho Lê Văn Tình" in await mai.say("may gio")


async def test_an_answer_on_a_shared_phone_is_of_whoever_was_asked(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("11")
    await joins(town, tinh, "Đinh Thị Thu Hằng")
    assert "Đã chuyển câu trả lời" in await tinh.say("Được.")
    await town.deliver()

    assert mai.last.text.startswith("Lê Văn Tình trả lời")


async def test_two_officers_who_write_at_once_give_one_answer(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)
    await town.deliver()
    hang = await known(town, "Đinh Thị Thu Hằng")
    await hang.say("viec")
    await hang.say("1")
    await hang.say("1")
    await tinh.say("11")
    await tinh.say("Được.")

    assert "Lê Văn Tình đã trả lời câu hỏi này: “Được.”" in await hang.say("Không.")


async def test_a_right_lost_before_the_answer_is_written_answers_nothing(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("11")

    def moved_on(db: Connection) -> None:
        db.execute(update(Course).where(Course.number == 12).values(contact_id=None))
        db.execute(update(Role).values(valid_to=MONDAY.date() - timedelta(days=1)))

    await town.database.turn(moved_on)

    assert "Đã chuyển" not in await tinh.say("Được.")
    before = len(mai.said)
    await town.deliver()
    assert len(mai.said) == before


async def test_too_long_an_answer_and_too_many_questions(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("11")
    assert "tối đa 500 ký tự" in await tinh.say("x" * 501)
    for _ in range(4):
        await ask(mai)
    assert "đang chờ trả lời" in await ask(mai)


async def test_with_nobody_and_no_phone_the_office_is_named(town: Town, mai: Phone) -> None:
    def nobody(db: Connection) -> None:
        db.execute(update(Course).values(contact_phone=""))

    await town.database.turn(nobody)

    assert "Xin hỏi hiệu trưởng hoặc Phòng VH-XH xã" in await ask(mai)


async def test_an_answer_for_all_begins_no_line_with_a_digit(
    town: Town, mai: Phone, tinh: Phone
) -> None:
    await ask(mai)
    await town.deliver()
    await tinh.say("12")
    await tinh.say("2 phòng cho trẻ, có người trông")
    await mai.say("L12")

    way = await mai.say("2")

    assert "\nCần biết: 2 phòng cho trẻ, có người trông\n" in way
