"""Asking for seats, the queue, offers, changes: as a person would, through the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from storage import changes, courses
from storage.models import Course, Standing
from tests.people import known, standing
from tests.talk import ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def course_id(town: Town, number: int) -> int:
    def work(db: Connection) -> int:
        course = courses.numbered(db, number)
        assert course
        return course.id

    return await town.database.read(work)


async def seats(town: Town, number: int, seats: int) -> None:
    """Let a course have this many seats more than are taken."""

    def work(db: Connection) -> None:
        course = courses.numbered(db, number)
        assert course
        held = courses.held(db, [course.id]).get(course.id, 0)
        db.execute(update(Course).where(Course.id == course.id).values(seats=held + seats))

    await town.database.turn(work)


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


@pytest.fixture
async def ut(town: Town) -> Phone:
    return await known(town, "Lê Thị Út")


async def test_a_school_that_sends_enough_people_is_said_to(
    town: Town, mai: Phone, ut: Phone
) -> None:
    await mai.say("l12")
    await mai.say("1")

    def one_each(db: Connection) -> None:
        db.execute(update(Course).where(Course.number == 12).values(school_limit=1))

    await ut.say("l12")
    await town.database.turn(one_each)
    assert "Trường MN Hoa Cúc đã có 1 người đi tập huấn ngày đó" in await ut.say("1")


async def test_a_code_shows_the_card_and_one_digit_registers(mai: Phone) -> None:
    card = await mai.say("l12")

    assert "L12 · Sơ cứu, phòng tránh tai nạn cho trẻ" in card
    assert "Thứ Bảy, 12/12/2026, 7h30–16h30\nHội trường UBND xã Tuy Đức" in card
    assert "Còn 14/40 chỗ, hạn đăng ký Thứ Tư 09/12\nKhông thu tiền, có hỗ trợ ăn trưa" in card
    assert "Đã đăng ký cho H'Mai Byă: L12" in await mai.say("1")
    assert "Thầy/cô đã đăng ký." in await mai.say("L12")


async def test_words_lead_to_a_question_that_names_its_object(mai: Phone) -> None:
    assert "Đăng ký L12 cho H'Mai Byă?" in await mai.say("dk lop so cuu nha")
    assert "Đã đăng ký" in await mai.say("dạ vâng")


async def test_a_name_is_not_a_cancellation(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")

    assert "Chưa có gì thay đổi" in await mai.say("huy oi mai di som nhe")
    assert await standing(town, 12, "H'Mai Byă") == Standing.SEATED
    assert "Trả lại chỗ" in await mai.say("2")
    assert await standing(town, 12, "H'Mai Byă") == Standing.SEATED
    assert "Đã trả chỗ ở L12" in await mai.say("1")
    assert await standing(town, 12, "H'Mai Byă") == Standing.GIVEN_UP


async def test_a_double_tap_on_the_last_question_changes_nothing_twice(mai: Phone) -> None:
    await mai.say("L12")
    sent = mai.clock()
    await mai.say("1", sent_at=sent)
    answer = await mai.say("1", sent_at=sent)

    assert "trước khi có câu hỏi" in answer


async def test_the_second_to_ask_for_the_last_seat_waits_and_is_offered_it(
    town: Town, mai: Phone, ut: Phone
) -> None:
    await seats(town, 12, 1)
    await mai.say("dk L12")
    await mai.say("1")
    await ut.say("dk L12")
    assert "thứ 1 trong danh sách chờ" in await ut.say("1")

    await mai.say("huy L12")
    assert "người chờ đầu tiên được mời" in await mai.say("1")
    await town.deliver()

    assert "Đã có chỗ cho Lê Thị Út: L12" in ut.last.text
    assert [choice.digit for choice in ut.last.choices] == ["11", "12"]
    assert "Đã đăng ký cho Lê Thị Út" in await ut.say("11")
    assert await standing(town, 12, "Lê Thị Út") == Standing.SEATED


async def test_an_offer_nobody_answers_passes_on(town: Town, mai: Phone, ut: Phone) -> None:
    from storage import registrations

    await seats(town, 12, 1)
    for phone in (mai, ut):
        await phone.say("dk L12")
        await phone.say("1")
    await mai.say("huy L12")
    await mai.say("1")
    await town.deliver()
    town.clock.advance(days=3)
    await town.database.turn(lambda db: registrations.lapse(db, town.inbox.now()))
    await town.deliver()

    assert await standing(town, 12, "Lê Thị Út") == Standing.LAPSED
    assert "chưa được nhận kịp hạn" in ut.last.text
    assert "Còn" in await ut.say("11")  # the offer is gone, the card says how things stand


async def test_everybody_with_a_seat_is_asked_again_when_the_date_changes(
    town: Town, mai: Phone
) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    await mai.say("lich")
    number = await course_id(town, 12)
    moved = datetime(2026, 12, 13, 7, 30, tzinfo=ZONE)
    await town.database.turn(
        lambda db: changes.reschedule(
            db, number, starts_at=moved, why="sạt lở quốc lộ", now=town.inbox.now()
        )
    )
    await town.deliver()

    assert "ĐỔI NGÀY L12: từ Thứ Bảy 12/12 sang Chủ Nhật, 13/12/2026, 7h30." in mai.last.text
    assert "Lý do: sạt lở quốc lộ." in mai.last.text
    card = await mai.say("1")  # one digit stays with the list she asked for
    assert "(mới đổi)" in card
    assert "chưa trả lời" in card
    assert "\n11 Đi được\n12 Không đi được\n2 Đường đi" in card
    assert "Đã ghi: H'Mai Byă dự L12" in await mai.say("11")
    assert "11 Đi được" not in await mai.say("L12")


async def test_no_to_a_changed_date_names_the_seat_and_asks_once(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    number = await course_id(town, 12)
    await town.database.turn(
        lambda db: changes.reschedule(db, number, place="Trường MN Hoa Cúc", now=town.inbox.now())
    )
    await town.deliver()

    assert "ĐỔI NƠI HỌC L12: Trường MN Hoa Cúc" in mai.last.text
    assert "Trả lại chỗ của H'Mai Byă ở L12" in await mai.say("12")
    assert "Đã trả chỗ" in await mai.say("1")


async def test_a_cancelled_course_is_told_to_all(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    number = await course_id(town, 12)
    await town.database.turn(lambda db: changes.cancel(db, number, "bão số 12", town.inbox.now()))
    await town.deliver()

    assert "HỦY LỚP TẬP HUẤN L12" in mai.last.text
    assert "đã hủy" in await mai.say("L12")


async def test_overlapping_courses_are_said_before_registering(town: Town) -> None:
    loan = await known(town, "Võ Thị Loan")  # L13 is meant for her commune, the same day as L12
    await loan.say("dk L12")
    await loan.say("1")
    await loan.say("L13")

    assert "trùng giờ với L12" in await loan.press("Đăng ký")
    assert "Đã đăng ký" in await loan.say("1")


async def test_what_is_meant_for_others_cannot_be_asked_for(town: Town, mai: Phone) -> None:
    card = await mai.say("L13")
    assert "L13 dành cho đối tượng khác." in card
    assert "Đăng ký" not in card
    assert "đối tượng khác" in await mai.say("L17")


async def test_an_old_button_speaks_of_its_own_object(town: Town, mai: Phone) -> None:
    await mai.say("L12")
    card = mai.last
    await mai.say("L15")
    answer = await mai.press("Đăng ký", card)

    assert "L12 ·" in answer
    with pytest.raises(Exception, match="No row"):
        await standing(town, 12, "H'Mai Byă")


async def test_forged_presses_change_nothing(town: Town, mai: Phone, ut: Phone) -> None:
    await ut.say("dk L12")
    await ut.say("1")
    for data in (
        "s1|giveup 1", "s999|giveup 12", "n1|stay 1", "", "|", "s|", "x|y|z", "s2|take 1",
        "n99999999999999999999|stay 1", "s3|course", "s3|course abc", "s3|course 1 2 3",
    ):  # fmt: skip
        assert await mai.press_data(data) != ""
    assert await standing(town, 12, "Lê Thị Út") == Standing.SEATED


async def test_a_repeated_message_is_answered_once(mai: Phone) -> None:
    await mai.say("L12")
    assert await mai.say("1", id="same") != ""
    assert await mai.say("1", id="same") == ""


async def test_on_a_shared_phone_a_notice_and_its_questions_act_for_its_own_person(
    town: Town, mai: Phone
) -> None:
    from tests.people import joins

    await mai.say("dk L12")
    await mai.say("1")
    await joins(town, mai, "Điểu Thị Nga")  # she shares the phone, and is the active person now
    number = await course_id(town, 12)
    await town.database.turn(
        lambda db: changes.reschedule(db, number, place="Trường MN Hoa Cúc", now=town.inbox.now())
    )
    await town.deliver()

    assert "H'Mai Byă" in mai.last.text
    assert "Trả lại chỗ của H'Mai Byă ở L12" in await mai.say("12")
    await mai.say("xyz")
    assert "Đã trả chỗ" in await mai.say("1")
    assert await standing(town, 12, "H'Mai Byă") == Standing.GIVEN_UP
    assert "Điểu Thị Nga" in await mai.say("menu")


async def test_a_full_course_without_a_queue_says_so(town: Town, mai: Phone) -> None:
    await seats(town, 12, 0)

    assert "Đã hết 26 chỗ, chưa có người chờ" in await mai.say("L12")


async def test_assent_does_not_answer_a_question_that_gives_something_up(
    town: Town, mai: Phone
) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    await mai.say("huy L12")
    asked_again = await mai.say("dạ vâng")

    assert "Xin chọn số:\n1 Trả chỗ\n0 Giữ chỗ" in asked_again
    assert await standing(town, 12, "H'Mai Byă") == Standing.SEATED
