"""Thanks, assent, stickers, voice: short, and not too often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from handlers.message import Kind
from storage.models import Course, Session
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

THANKS = (
    "cảm ơn", "cam on nhieu nha", "dạ em cảm ơn ạ", "vâng ạ", "dạ vâng ạ", "ok", "OK nhé", "👍",
    "❤️", "🙏🙏", "dạ", "được rồi ạ", "thank you", "da biet roi", "Cảm ơn.", "dạ, cảm ơn nhiều",
)  # fmt: skip


@pytest.fixture
async def mai(town: Town) -> Phone:
    phone = await known(town, "H'Mai Byă")
    await phone.say("0")  # nothing is being asked
    phone.said.clear()
    return phone


@pytest.mark.parametrize("words", THANKS)
async def test_thanks_get_one_short_answer_a_day(town: Town, mai: Phone, words: str) -> None:
    assert await mai.say(words) == "Vâng ạ. Cần việc khác, nhắn: menu"
    assert await mai.say(words) == ""
    assert await mai.say("dạ") == ""
    assert await mai.send(Kind.STICKER) == ""

    town.clock.advance(days=1)
    assert await mai.say(words) != ""


@pytest.mark.parametrize("words", ["cô", "mai", "cảm ơn thì hủy L12", "ok đăng ký L12", "?", "tối"])
async def test_what_is_more_than_thanks_is_not_taken_for_it(mai: Phone, words: str) -> None:
    assert "Vâng ạ." not in await mai.say(words)


async def test_a_sticker_is_a_courtesy(mai: Phone) -> None:
    assert await mai.send(Kind.STICKER) == "Vâng ạ. Cần việc khác, nhắn: menu"
    assert await mai.say("cảm ơn") == ""


async def test_yes_to_a_question_is_no_courtesy(mai: Phone) -> None:
    await mai.say("L12")

    assert "Đã đăng ký" in await mai.say("dạ vâng")


async def test_the_evening_before_it_names_the_time(town: Town, mai: Phone) -> None:
    await mai.say("L12")
    await mai.say("1")
    await mai.say("3")

    def tomorrow(db: Connection) -> None:
        course_id = select(Course.id).where(Course.number == 12).scalar_subquery()
        start = (MONDAY + timedelta(days=1)).replace(hour=7, minute=30)
        db.execute(
            update(Session)
            .where(Session.course_id == course_id)
            .values(starts_at=start, ends_at=start + timedelta(hours=9),
                    arrive_at=start - timedelta(minutes=30))
        )  # fmt: skip

    await town.database.turn(tomorrow)

    assert await mai.say("dạ vâng ạ") == "Vâng, hẹn gặp thầy/cô 7h00 ngày mai."
    town.clock.now = (MONDAY + timedelta(days=1)).replace(hour=6)
    assert await mai.say("cảm ơn") == "Vâng, hẹn gặp thầy/cô 7h00 hôm nay."


async def test_choices_can_still_be_answered_after_thanks(mai: Phone) -> None:
    await mai.say("L12")
    await mai.say("cảm ơn")

    assert await mai.say("dạ") == "", "it no longer says yes to what stands further up"
    assert "Đã đăng ký" in await mai.say("1")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.VOICE, "chưa nghe được tin thoại"), (Kind.PHOTO, "chưa xem được ảnh"),
        (Kind.VIDEO, "chưa xem được ảnh"), (Kind.FILE, "chưa đọc được tệp"),
        (Kind.LOCATION, "không cần biết vị trí"), (Kind.OTHER, "chưa đọc được loại tin này"),
    ],
)  # fmt: skip
async def test_what_is_no_text_gets_one_line_and_a_way_on(
    mai: Phone, kind: Kind, words: str
) -> None:
    said = await mai.send(kind)

    assert words in said.split("\n")[0]
    assert "Xin gõ chữ, có dấu hay không dấu đều được." in said
    assert "1 Lịch tập huấn" in said


async def test_voice_leads_to_the_person_in_charge(mai: Phone) -> None:
    await mai.say("L12")
    await mai.say("1")
    await mai.say("cảm ơn")

    assert await mai.send(Kind.VOICE) == (
        "Trợ lý chưa nghe được tin thoại. Xin gõ chữ, có dấu hay không dấu đều được.\n"
        "1 Hỏi cán bộ phụ trách L12\n0 Thôi"
    )
    assert "Phụ trách L12: Lê Văn Tình" in await mai.say("1")


async def test_voice_inside_a_question_keeps_the_question(mai: Phone) -> None:
    await mai.say("L12")

    assert "1 Đăng ký" in await mai.send(Kind.VOICE)
    assert "Đã đăng ký" in await mai.say("1")


async def test_voice_inside_a_step_keeps_the_step(town: Town, mai: Phone) -> None:
    await known(town, "Lê Văn Tình")
    await mai.say("L12")
    await mai.say("2")
    await mai.say("1")
    await mai.send(Kind.PHOTO)

    assert "Đã chuyển câu hỏi" in await mai.say("may gio bat dau")


async def test_a_strangers_voice_is_answered_too(town: Town) -> None:
    assert "chưa nghe được tin thoại" in await town.phone().send(Kind.VOICE)
