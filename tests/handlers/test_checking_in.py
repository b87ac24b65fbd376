"""Six digits, typed anywhere: who is noted, when, and what everybody else is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from storage import attendance, session_codes, tries
from storage.models import (
    AccountPerson,
    Attendance,
    Conversation,
    Mark,
    Person,
    Registration,
    Standing,
    WalkIn,
    WrongCodes,
)
from tests import halls
from tests.halls import COURSE, START
from tests.people import known
from tests.talk import ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from tests.talk import Phone, Town

MINUTE = timedelta(minutes=1)
DIGITS, WRONG = "482913", "111222"


def drawn(_: int) -> int:
    return int(DIGITS)


@pytest.fixture
async def hall(database: Database, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Twelve people with accounts, ten of them with seats; the code is 482 913."""
    monkeypatch.setattr("storage.session_codes.secrets.randbelow", drawn)

    def build(db: Connection) -> None:
        session = halls.hall(db, 12, seated=10)
        halls.accounts(db, range(1, 13))
        halls.accounts(db, range(halls.TRAINER, halls.TRAINER + 1))
        halls.opened(db, session)

    await database.turn(build)
    town = halls.town(database)
    await halls.speaks_vietnamese(town)
    return town


async def mark_of(town: Town, person: int) -> attendance.Known | None:
    return await town.database.read(lambda db: attendance.known(db, 1, person))


async def test_the_code_is_read_however_it_is_typed(hall: Town):
    ways = ("482913", "482 913", "482-913", "48 29 13", "dạ mã 482913 ạ", "/diemdanh 482913",
            "điểm danh 482913")  # fmt: skip
    for person, typed in enumerate(ways, start=1):
        said = await halls.phone(hall, person).say(typed)
        assert said == f"Đã điểm danh L12, buổi 1, lúc 8h40: Điểu Thị Nga {person}.", typed
    assert "Đã điểm danh" in await halls.phone(hall, 8).start(DIGITS)
    phone = halls.phone(hall, 9)
    assert "6 số" in await phone.say("/diemdanh")
    assert "Mã điểm danh có 6 số" in await phone.say("bốn tám")
    assert "Đã điểm danh" in await phone.say("482913")
    again = await phone.say("482913")
    assert again.startswith("Điểu Thị Nga 9 đã được điểm danh L12, buổi 1, lúc 8h40.")
    # A day is no code.
    assert "chưa đúng" not in await halls.phone(hall, 10).say("12.12.26")


@pytest.mark.parametrize(
    ("sent", "arrives", "said", "mark"),
    [
        (START - 5 * MINUTE, START + 90 * MINUTE, "lúc 8h55: ", Mark.PRESENT),
        (START + 14 * MINUTE, START + 14 * MINUTE, "lúc 9h14: ", Mark.PRESENT),
        (START + 15 * MINUTE, START + 16 * MINUTE, "lúc 9h15, đi muộn: ", Mark.LATE),
        # A platform whose clock is wrong cannot make anybody early or late.
        (START + 600 * MINUTE, START + MINUTE, "lúc 9h01: ", Mark.PRESENT),
        (START - 61 * MINUTE, START, "từ 8h00 đến 18h30", None),
        (START + 571 * MINUTE, START + 580 * MINUTE, "từ 8h00 đến 18h30", None),
    ],
)
async def test_the_time_of_the_message_counts(
    hall: Town, sent: datetime, arrives: datetime, said: str, mark: Mark | None
):
    hall.clock.now = arrives - timedelta(seconds=2)
    assert said in await halls.phone(hall, 1).say(DIGITS, sent_at=sent)
    known = await mark_of(hall, 1)
    assert (known and known.mark) == mark


async def test_a_hall_that_mistypes_locks_nobody_out(hall: Town):
    def others(db: Connection) -> None:
        hour = hall.clock.now.replace(minute=0)
        db.execute(insert(WrongCodes).values(hour=hour, wrong=tries.MOST - 1))

    await hall.database.turn(others)
    for person in range(1, 5):
        phone = halls.phone(hall, person)
        for _ in range(5):
            assert "chưa đúng" in await phone.say(WRONG)
        assert "Đã điểm danh" in await phone.say(DIGITS)
    # Whoever is expected nowhere guesses: that counts against all who guess.
    assert "chưa đúng" not in await halls.phone(hall, 12).say(WRONG)
    assert "Đã điểm danh" not in await halls.phone(hall, 11).say(DIGITS)
    assert "Đã điểm danh" in await halls.phone(hall, 5).say(DIGITS)


async def test_nobody_guesses_for_long(hall: Town):
    phone = halls.phone(hall, 1)
    for _ in range(9):
        assert "chưa đúng" in await phone.say(WRONG)
    assert "9h" in await phone.say(WRONG)
    assert "Đã điểm danh" not in await phone.say(DIGITS)
    assert await mark_of(hall, 1) is None
    hall.clock.advance(minutes=31)
    assert "Đã điểm danh" in await phone.say(DIGITS)


async def test_digits_that_just_changed_are_no_guess(hall: Town):
    await hall.database.turn(lambda db: halls.opened(db, 1, changing=True))
    code = await hall.database.read(lambda db: halls.code(db, 1))
    old = code.at(hall.clock.now - 2 * MINUTE)
    phone = halls.phone(hall, 1)
    assert "vừa đổi" in await phone.say(old)
    assert "Đã điểm danh" in await phone.say(code.at(hall.clock.now))


async def test_an_open_question_keeps_its_six_digits(hall: Town):
    """Only of somebody who is expected somewhere now they are a code all the same."""

    def expects(db: Connection) -> None:
        db.execute(update(Conversation).values(step="detail", seen_from=START - 60 * MINUTE))

    outside, inside = halls.phone(hall, 11), halls.phone(hall, 1)
    for phone in (outside, inside):
        await phone.say("menu")
    await hall.database.turn(expects)
    assert "Đã điểm danh" in await inside.say(DIGITS)
    assert "danh sách L12" not in await outside.say(DIGITS)


async def test_colleagues_on_one_phone_are_asked_about(hall: Town):
    def share(db: Connection) -> None:
        account = select(AccountPerson.account_id).where(AccountPerson.person_id == 1)
        rows = [{"account_id": db.execute(account).scalar_one(), "person_id": each,
                 "since": START} for each in (2, 11)]  # fmt: skip
        db.execute(insert(AccountPerson), rows)

    await hall.database.turn(share)
    phone = halls.phone(hall, 1)
    said = await phone.say(DIGITS)
    # Only who has a seat there is offered.
    assert "1 Cả Điểu Thị Nga 2\n0 Không, chỉ vậy thôi" in said
    hall.clock.advance(minutes=40)
    assert "lúc 8h40: Điểu Thị Nga 2." in await phone.press("1")
    known = await mark_of(hall, 2)
    assert known
    assert known.mark is Mark.PRESENT


async def test_the_colleague_with_the_seat_is_meant(hall: Town):
    def share(db: Connection) -> None:
        account = select(AccountPerson.account_id).where(AccountPerson.person_id == 11)
        row = {"account_id": db.execute(account).scalar_one(), "person_id": 2, "since": START}
        db.execute(insert(AccountPerson), [row])

    await hall.database.turn(share)
    phone = halls.phone(hall, 11)
    said = await phone.say(DIGITS)
    assert "1 Điểu Thị Nga 2\n2 Điểu Thị Nga 11, chưa có tên" in said
    assert "Đã điểm danh" in await phone.press("1")
    assert await hall.database.read(lambda db: db.execute(select(WalkIn.id)).all()) == []


async def test_who_has_no_seat_is_accepted_by_the_trainer(hall: Town):
    trainer = halls.phone(hall, halls.TRAINER)
    came, other = halls.phone(hall, 11), halls.phone(hall, 12)
    assert "chưa có tên trong danh sách L12, buổi 1" in await came.say(DIGITS)
    await other.say(DIGITS)
    hall.clock.advance(minutes=3)
    await hall.deliver()
    assert "chưa có tên trong danh sách: 2 người" in trainer.last.text
    await trainer.say("11")
    assert "Đã nhận vào L12, buổi 1: 2 người" in await trainer.press("3")
    await hall.deliver()
    assert came.last.text.endswith("được nhận vào L12, buổi 1, tính có mặt lúc 8h40.")
    for person in (11, 12):
        assert await mark_of(hall, person)
    assert await hall.database.read(lambda db: attendance.figures(db, COURSE, 1)) == (12, 2)


async def test_what_does_not_take_place_notes_nobody(hall: Town):
    await hall.database.turn(halls.cancelled)
    assert "không tổ chức nữa" in await halls.phone(hall, 1).say(DIGITS)
    assert await mark_of(hall, 1) is None


async def test_a_stranger_says_who_they_are_and_is_noted_at_the_time_of_the_code(town: Town):
    """The code was on the board at 7:26; saying who one is took until 7:41."""

    def ready(db: Connection) -> str:
        mai = select(Person.id).where(Person.full_name == "H'Mai Byă")
        course = db.execute(select(halls.Course.id).where(halls.Course.number == COURSE))
        contact = select(Person.id).where(Person.full_name == "Lê Văn Tình")
        place = {"course_id": course.scalar_one(), "person_id": db.execute(mai).scalar_one(),
                 "standing": Standing.SEATED, "turn": 99, "provisional": False,
                 "changed_at": town.clock.now}  # fmt: skip
        db.execute(insert(Registration), [place])
        session = select(halls.Session.id).where(halls.Session.course_id == place["course_id"])
        code = session_codes.start(
            db, db.execute(session).scalar_one(), db.execute(contact).scalar_one(), town.clock.now
        )
        assert code
        return code.digits

    digits = await town.database.turn(ready)
    town.clock.now = datetime(2026, 12, 12, 7, 26, tzinfo=ZONE)
    phone: Phone = town.phone()
    await phone.say(digits)
    town.clock.advance(minutes=15)
    await phone.press("1")
    await phone.say("48271093")
    assert "lúc 7h26: H'Mai Byă." in await phone.press("1")
    marks = (
        select(Attendance.mark)
        .join(halls.Session, halls.Session.id == Attendance.session_id)
        .join(halls.Course, halls.Course.id == halls.Session.course_id)
        .where(halls.Course.number == COURSE)
    )
    rows = await town.database.read(lambda db: db.execute(marks).scalars().all())
    assert rows == [Mark.PRESENT]
    other = await known(town, "Lê Thị Út")
    assert "chưa có tên" in await other.say(digits)
