"""Swindlers: what is said about money and secrets, and who is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage.models import Conversation, Course, Notice, Question
from storage.reports import MOST
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

CCCD = "067093001234"


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở."""
    return await known(town, "Đinh Thị Thu Hằng")


async def test_a_question_about_money_is_answered_as_in_the_golden_conversation(mai: Phone) -> None:
    said = await mai.say("co nguoi keu chuyen 200k tien tai lieu L12, co that ko")

    assert said == (
        "Không. L12 không thu tiền và Trợ lý không bao giờ nhắn chuyển tiền. Xin không chuyển.\n"
        "1 Báo cho Sở GDĐT\n2 Xem tin thật về L12\n0 Thôi"
    )
    assert "L12 · Sơ cứu" in await mai.say("2")


@pytest.mark.parametrize(
    "words",
    [
        "có người hỏi mã OTP", "cho tôi xin STK", "họ bảo nộp lệ phí 50 nghìn", "ai hoi mat khau",
        "gui tien vao dau", "phải chuyển khoản 500.000đ không", "CCCD gửi cho ai", "bi lua dao roi",
    ],
)  # fmt: skip
async def test_money_and_secrets_in_many_words(mai: Phone, words: str) -> None:
    said = await mai.say(words)

    assert "không bao giờ hỏi tiền, mật khẩu, OTP, CCCD" in said
    assert "1 Báo cho Sở GDĐT" in said


@pytest.mark.parametrize(
    "words",
    [
        "thang 12 co lop nao o tuy duc ko", "dk lop so cuu nha", "huy oi mai di som nhe",
        "chuyen lop L12 sang ngay khac duoc khong", "co ho tro tien an khong", "gửi con nhỏ ở đâu",
    ],
)  # fmt: skip
async def test_other_talk_is_left_alone(mai: Phone, words: str) -> None:
    assert "Báo cho Sở" not in await mai.say(words)


async def test_a_course_with_a_fee_is_told_as_it_is(town: Town, mai: Phone) -> None:
    def fee(db: Connection) -> None:
        db.execute(update(Course).where(Course.number == 12).values(fee=50_000))

    await town.database.turn(fee)

    said = await mai.say("co phai nop tien L12 khong")

    assert "L12 thu 50.000 đồng, chỉ nộp tại nơi học" in said


async def test_a_report_reaches_the_department_with_the_persons_words(
    town: Town, mai: Phone, hang: Phone
) -> None:
    await mai.say("co nguoi keu chuyen 200k tien tai lieu L12")
    assert "Đã báo cho Sở GDĐT" in await mai.say("1")
    await town.deliver()

    assert hang.last.text == (
        "H'Mai Byă, Trường MN Hoa Cúc báo tin nghi lừa đảo:"
        " “co nguoi keu chuyen 200k tien tai lieu L12”"
    )


async def test_without_anybody_at_the_department_another_way_is_named(mai: Phone) -> None:
    await mai.say("xin otp")

    assert "chưa báo được cho Sở" in await mai.say("1")


async def test_a_stranger_is_warned_and_may_report(town: Town, hang: Phone) -> None:
    stranger = town.phone()
    await stranger.say("menu")
    assert "không bao giờ hỏi tiền" in await stranger.say("sao bot doi mat khau cua toi")
    assert "Đã báo cho Sở GDĐT" in await stranger.say("1")
    await town.deliver()

    assert "Một người chưa rõ tên báo tin" in hang.last.text


async def test_reports_of_one_account_are_limited(town: Town, mai: Phone, hang: Phone) -> None:
    for _ in range(MOST + 2):
        await mai.say("xin otp")
        assert "Đã báo" in await mai.say("1")
    before = len(hang.said)
    await town.deliver()

    assert len(hang.said) - before == MOST


async def test_an_old_press_on_report_tells_nobody(town: Town, mai: Phone, hang: Phone) -> None:
    await mai.say("xin otp")
    old = mai.last
    await mai.say("menu")

    assert "Lịch tập huấn" in await mai.press("1", old)
    before = len(hang.said)
    await town.deliver()
    assert len(hang.said) == before


async def test_a_report_without_words_asks_for_them(town: Town, mai: Phone, hang: Phone) -> None:
    assert "Xin nhắn vắn tắt sự việc" in await mai.say("báo lừa đảo")
    assert "Đã báo cho Sở" in await mai.say("Có người xưng là Sở gọi điện")
    await town.deliver()

    assert "“Có người xưng là Sở gọi điện”" in hang.last.text


async def test_no_announcement_is_genuine_yet(mai: Phone) -> None:
    for typed in ("TB-9999", "tb 9999", "TB9999"):
        assert (await mai.say(typed)) == (
            "Không có tin nào mang mã TB-9999."
            " Xin đừng bấm đường dẫn và đừng trả lời tin đó.\n1 Báo cho Sở GDĐT\n0 Thôi"
        )
    assert "TB-0141" in await mai.say("TB-141")


async def test_a_code_is_answered_inside_a_question_too(mai: Phone) -> None:
    await mai.say("L12")
    await mai.say("2")
    await mai.say("1")

    assert "Không có tin nào mang mã TB-0007" in await mai.say("TB-0007")


async def test_identity_numbers_are_stored_nowhere(town: Town, mai: Phone, hang: Phone) -> None:
    assert "Số vừa nhắn không được lưu" in await mai.say(f"cccd cua toi la {CCCD}")
    await mai.say("1")
    await mai.say("L12")
    await mai.say("2")
    await mai.say("1")
    await mai.say(f"Số {CCCD} có cần không")
    await mai.say("du lieu")
    await mai.say("2")
    await mai.say(f"Sửa thành {CCCD}")
    await town.deliver()

    def everything(db: Connection) -> str:
        tables = (Conversation, Notice, Question)
        rows = [
            list(map(str, row)) for each in tables for row in db.execute(select(each.__table__))
        ]
        return json.dumps(rows)

    assert CCCD not in await town.database.read(everything)
    assert all(CCCD not in reply.written() for reply in (*mai.said, *hang.said))


async def test_the_code_of_an_announcement_is_found_in_a_sentence(mai: Phone) -> None:
    assert "Không có tin nào mang mã TB-0141." in await mai.say("TB-141 có thật không")


async def test_a_link_is_not_to_be_opened(mai: Phone) -> None:
    answer = await mai.say("https://abc.xyz/nhan-qua co phai cua so ko")

    assert answer.startswith("Xin đừng bấm đường dẫn đó.")
    assert "1 Báo cho Sở GDĐT" in answer
