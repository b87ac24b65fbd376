"""Changes of a course, as whoever waits, was asked for, offered or sent reads and answers them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import changes, courses, registrations
from storage.models import Course, Person, Registration, Standing
from tests.people import known, standing
from tests.talk import ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def moves(town: Town, number: int, start: datetime, **to: str) -> None:
    """Move a course and tell everybody."""

    def work(db: Connection) -> None:
        course = courses.numbered(db, number)
        assert course
        changes.reschedule(
            db, course.id, starts_at=start, why="mất điện", now=town.inbox.now(), **to
        )

    await town.database.turn(work)
    await town.deliver()


async def cancels(town: Town, number: int) -> None:
    def work(db: Connection) -> None:
        course = courses.numbered(db, number)
        assert course
        changes.cancel(db, course.id, "bão số 12", town.inbox.now())

    await town.database.turn(work)
    await town.deliver()


async def one(town: Town, number: int, standing: Standing) -> str:
    """The full name of somebody who stands so in a course; it is nobody else's."""

    def work(db: Connection) -> str:
        found = (
            select(Person.full_name)
            .join(Registration, Registration.person_id == Person.id)
            .join(Course, Course.id == Registration.course_id)
            .where(Course.number == number, Registration.standing == standing)
            .order_by(Registration.turn, Registration.id)
        )
        for name in db.execute(found).scalars():
            if len(db.execute(select(Person.id).where(Person.full_name == name)).all()) == 1:
                return name
        raise LookupError(number)

    return await town.database.read(work)


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


async def test_a_new_hour_on_the_same_day_is_no_new_day(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    afternoon = datetime(2026, 12, 12, 13, 30, tzinfo=ZONE)

    await moves(town, 12, afternoon)

    assert mai.last.text.startswith(
        "ĐỔI GIỜ L12: Thứ Bảy, 12/12/2026, từ 7h30 sang 13h30. Ngày và nơi học không đổi."
    )
    town.clock.advance(hours=1)
    await moves(town, 12, datetime(2026, 12, 12, 8, 0, tzinfo=ZONE), place="Trường MN Hoa Cúc")
    assert mai.last.text.startswith(
        "ĐỔI GIỜ VÀ NƠI HỌC L12: Thứ Bảy, 12/12/2026, từ 13h30 sang 8h00, Trường MN Hoa Cúc."
    )


async def test_whoever_waits_still_waits_after_saying_yes_to_a_new_date(town: Town) -> None:
    name = await one(town, 7, Standing.WAITING)
    phone = await known(town, name)
    await moves(town, 7, datetime(2027, 1, 10, 7, 30, tzinfo=ZONE))

    said = await phone.say("11")

    assert said.startswith(f"Đã ghi: {name} vẫn chờ chỗ ở L7")
    assert "đứng thứ 1 trong danh sách chờ" in said
    assert await standing(town, 7, name) is Standing.WAITING


async def test_yes_to_a_new_date_is_not_yet_agreed_to(town: Town, mai: Phone) -> None:
    await mai.say("L9")
    await mai.say("1")
    await moves(town, 9, datetime(2027, 1, 24, 7, 30, tzinfo=ZONE))

    said = await mai.say("11")

    assert "H'Mai Byă đi được L9" in said
    assert "Còn chờ được đồng ý." in said
    assert await standing(town, 9, "H'Mai Byă") is Standing.ASKED


async def test_yes_to_a_settled_date_answers_the_nomination_too(town: Town) -> None:
    name = await one(town, 14, Standing.NOMINATED)
    phone = await known(town, name)
    await moves(town, 14, datetime(2027, 7, 15, 7, 30, tzinfo=ZONE))

    assert "Đã đăng ký" in await phone.say("11")
    assert await standing(town, 14, name) is Standing.SEATED


async def test_whoever_was_sent_gives_a_reason_also_after_a_yes(town: Town) -> None:
    name = await one(town, 14, Standing.NOMINATED)
    phone = await known(town, name)
    await phone.say("L14")
    await phone.press("Đi được")

    asked = await phone.say("hủy L14")

    assert f"{name} không đi được L14" in asked
    assert "Ốm đau" in asked
    assert "Đã ghi" in await phone.press("Ốm đau")
    assert await standing(town, 14, name) is Standing.EXCUSED
    assert "Thầy/cô đã báo không đi được." in await phone.say("L14")


async def test_an_excuse_is_for_whoever_was_sent(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")

    def mine(db: Connection) -> int:
        return db.execute(
            select(Registration.id)
            .join(Person, Person.id == Registration.person_id)
            .where(Person.full_name == "H'Mai Byă")
        ).scalar_one()

    number = await town.database.read(mine)
    await mai.press_data(f"s{mai.last.mark}|excuse {number} ill")
    assert await standing(town, 12, "H'Mai Byă") is Standing.SEATED


async def test_what_was_cancelled_says_so_first_and_shows_no_way_there(
    town: Town, mai: Phone
) -> None:
    await cancels(town, 12)

    card = await mai.say("L12")

    assert card.split("\n")[1] == "Lớp tập huấn này đã hủy"
    assert "(mới đổi)" not in card
    assert "Đường đi" not in card
    assert "Phụ trách L12" in await mai.press("Hỏi người phụ trách")
    await mai.say("0")
    way = await mai.say("duong di L12")
    assert "Lớp tập huấn này đã hủy" in way
    assert "Có mặt" not in way


async def test_a_cancelled_course_of_other_people_is_cancelled_all_the_same(
    town: Town, mai: Phone
) -> None:
    await cancels(town, 14)

    card = await mai.say("L14")

    assert "Lớp tập huấn này đã hủy" in card
    assert "đối tượng khác" not in card


async def test_what_is_over_shows_that_one_was_there_and_offers_nothing(town: Town) -> None:
    name = await one(town, 3, Standing.SEATED)
    phone = await known(town, name)

    card = await phone.say("L3")

    assert card.split("\n")[1] == "Lớp tập huấn này đã kết thúc"
    assert "Số buổi đã dự: " in card
    assert "Không đi được" not in card


async def test_a_lapsed_offer_is_not_open_on_the_card_of_what_is_over(town: Town) -> None:
    name = await one(town, 7, Standing.WAITING)
    phone = await known(town, name)
    town.clock.advance(days=60)
    await town.database.turn(lambda db: registrations.lapse(db, town.inbox.now()))

    card = await phone.say("L7")

    assert "Lớp tập huấn này đã kết thúc" in card
    assert "danh sách chờ" not in card


async def test_a_notice_is_answered_by_the_words_of_its_line(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    await mai.say("L12")
    await mai.say("1")
    await mai.say("menu")
    await moves(town, 12, datetime(2026, 12, 13, 7, 30, tzinfo=ZONE))
    assert "11 Đi được" in mai.last.written()
    assert await mai.say("di duoc") == await mai.say("11")


async def test_words_that_stand_in_two_notices_are_asked_about(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    for number in (12, 15):
        await mai.say(f"L{number}")
        await mai.say("1")
        await mai.say("1")
    await mai.say("menu")
    for number in (12, 15):
        await moves(town, number, datetime(2026, 12, 10 + number, 7, 30, tzinfo=ZONE))
    assert (await mai.say("Đi được")).startswith("Có nhiều tin cùng có dòng này")
    assert "L15" in await mai.say("21")


async def test_below_the_card_of_a_course_its_own_line_is_meant(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    for number in (12, 15):
        await mai.say(f"L{number}")
        await mai.say("1")
        await mai.say("1")
    for number in (12, 15):
        await moves(town, number, datetime(2026, 12, 10 + number, 7, 30, tzinfo=ZONE))
    assert "21 Đi được" in await mai.say("L15")
    assert (await mai.say("đi được")).startswith("Đã ghi: H'Mai Byă dự L15")
    # L15 is answered: typed below its card once more, the line is not taken for that of L12.
    await mai.say("L15")
    await mai.say("L12")
    assert (await mai.say("đi được")).startswith("Đã ghi: H'Mai Byă dự L12")


async def test_a_yes_after_the_beginning_is_not_noted_as_if_it_were_in_time(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    await mai.say("L12")
    await mai.say("1")
    await mai.say("menu")
    await moves(town, 12, datetime(2026, 12, 5, 7, 30, tzinfo=ZONE))
    town.clock.advance(days=12, hours=2)

    assert "Đã ghi" not in await mai.say("11")
