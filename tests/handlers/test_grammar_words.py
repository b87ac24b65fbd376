"""The words of a line, as people write them: in haste, politely, or as a plain no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.grammar import readings
from storage import changes, courses
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def moved(town: Town) -> Phone:
    """A teacher who has just been told that L12 moved."""
    mai = await known(town, "H'Mai Byă")
    await mai.say("L12")
    await mai.press("Đăng ký")

    def move(db: Connection) -> None:
        course = courses.numbered(db, 12)
        assert course
        changes.reschedule(db, course.id, place="Trường A", now=town.inbox.now())

    await town.database.turn(move)
    await town.deliver()
    assert "11 Đi được" in mai.last.written()
    return mai


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("da em ko di dc a", "khong di duoc"),
        ("khong di duoc duoc a", "khong di duoc"),
        ("di dc nha co", "di duoc"),
        ("toi se di", "toi se di"),
        ("vang", "vang"),
        ("da", "da"),
    ],
)
def test_a_line_is_among_its_readings(typed: str, line: str) -> None:
    found = list(readings(typed))
    assert line in found
    assert found[0] == typed
    assert "" not in found


@pytest.mark.parametrize("words", ["đi được ạ", "dạ em đi được", "di dc", "Dạ đi được nhé"])
async def test_coming_in_her_own_words(moved: Phone, words: str) -> None:
    assert (await moved.say(words)).startswith("Đã ghi: H'Mai Byă dự L12")


@pytest.mark.parametrize(
    "words", ["không đi được ạ", "ko di dc", "dạ em không đi được", "không đi được được ạ"]
)
async def test_not_coming_in_her_own_words_is_asked_about(moved: Phone, words: str) -> None:
    said = await moved.say(words)
    assert said.startswith("Trả lại chỗ của H'Mai Byă ở L12")
    assert "chỗ vẫn giữ" in await moved.say("thôi")


async def test_a_name_and_a_question_are_no_answer(moved: Phone) -> None:
    for words in ("mai co di duoc khong", "di duoc khong", "chị Mai không đi được"):
        said = await moved.say(words)
        assert "Đã ghi" not in said
        assert "Trả lại chỗ" not in said
        moved.clock.advance(seconds=30)


async def test_a_plain_no_is_the_line_that_says_no(town: Town) -> None:
    phone = town.phone(channel="zalo_bot")
    await phone.say("L12")
    assert "Trợ lý không lưu gì" in await phone.say("không ạ")
    await phone.say("L12")
    await phone.say("dạ đồng ý ạ")
    await phone.say("48271093")
    assert "mã cá nhân 8 số" in await phone.say("không phải")


@pytest.mark.parametrize("words", ["thôi", "không cần đâu", "khỏi", "dạ không ạ"])
async def test_no_to_reminders(town: Town, words: str) -> None:
    mai = await known(town, "H'Mai Byă")
    await mai.say("L12")
    await mai.press("Đăng ký")
    assert (await mai.say(words)).startswith("Vâng, Trợ lý không nhắc.")


@pytest.mark.parametrize("words", ["cô ơi", "em cô Hoa"])
async def test_calling_somebody_is_no_yes(town: Town, words: str) -> None:
    ut = await known(town, "Lê Thị Út")
    await ut.say("dk lop so cuu nha")
    assert "Đã đăng ký" not in await ut.say(words)


async def test_a_step_takes_words_as_they_stand(town: Town) -> None:
    phone = town.phone(channel="zalo_bot")
    await phone.say("menu")
    await phone.say("1")
    await phone.say("1")
    assert "trường nào" in await phone.say("Quay Lại Nhé")
