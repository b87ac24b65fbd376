"""Results typed by the numbers of the sheet, by taps, and what those who took part read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from handlers.result_words import read
from storage import completion
from storage.completion_rules import Outcome
from storage.models import (
    Attendance,
    Completed,
    Completion,
    Course,
    Evidence,
    Mark,
    Person,
    Registration,
    Result,
    Session,
    Standing,
)
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

NAMES = ("H'Mai Byă", "Lê Thị Út", "Điểu Thị Nga", "Nguyễn Thị Hoa")
GOOD, BAD, MISSING, HANDED = (
    Outcome(passed=True), Outcome(passed=False), Outcome(assignment=False),
    Outcome(assignment=True),
)  # fmt: skip


def score(hundredths: int) -> Outcome:
    return Outcome(score=hundredths)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("1 8,5; 2 7", {1: score(850), 2: score(700)}),
        ("1 8.5", {1: score(850)}),
        ("1: 8,25 điểm", {1: score(825)}),
        ("1=10/10", {1: score(1000)}),
        ("1 0", {1: score(0)}),
        ("1, 2 và 3 8", {1: score(800), 2: score(800), 3: score(800)}),
        ("1 8,5, 2 7", {1: score(850), 2: score(700)}),
        ("1-3 8 trừ 2", {1: score(800), 3: score(800)}),
        ("3 dat\n4 khong dat", {3: GOOD, 4: BAD}),
        ("số 3 ĐẠT", {3: GOOD}),
        ("3 kđ; 4 chưa đạt", {3: BAD, 4: BAD}),
        ("3 đạt, 4 không đạt", {3: GOOD, 4: BAD}),
        ("1 2 4–6 đạt trừ 5", {1: GOOD, 2: GOOD, 4: GOOD, 6: GOOD}),
        ("4-6 trừ 5 đạt", {4: GOOD, 6: GOOD}),
        ("tất cả đạt trừ 2", {1: GOOD, 3: GOOD}),
        ("5 chưa nộp bài; 6 ko nộp", {5: MISSING, 6: MISSING}),
        ("5-6 đã nộp bài thu hoạch", {5: HANDED, 6: HANDED}),
        ("5 7; 5 chưa nộp bài", {5: Outcome(score=700, assignment=False)}),
    ],
)
def test_results_are_read(typed: str, wanted: dict[int, Outcome]) -> None:
    found = read(typed, (1, 2, 3))
    assert found.outcomes == wanted
    assert not found.unread
    assert not found.twice


@pytest.mark.parametrize(
    "typed",
    [
        # Where one number ends and a score begins cannot be told.
        "1 2 3 8", "1 8,5,2 7", "1 2, 3 đạt", "8,5", "1 11", "1 10,5", "1 8,555", "1 -3", "0 đạt",
        "20-4 đạt", "1-9999 đạt", "4-6 đạt trừ 9", "hôm nay", "đạt", "1 đạt thôi", "tất cả",
        "1 trừ 1 đạt",
    ],
)  # fmt: skip
def test_what_is_not_clear_gives_nothing(typed: str) -> None:
    found = read(typed, (1, 2, 3))
    assert found.outcomes == {}
    assert found.unread == (typed,)


def test_two_results_of_one_number_give_none() -> None:
    found = read("5 7; 5 8; 6 đạt; 6 đạt")
    assert found.outcomes == {6: GOOD}
    assert found.twice == (5,)


async def held(town: Town, **course: object) -> int:
    """L12 as it was on its evening: four people were there, one of them late, one absent."""

    def work(db: Connection) -> int:
        course_id = db.execute(select(Course.id).where(Course.number == 12)).scalar_one()
        db.execute(
            update(Course).where(Course.id == course_id).values(hours=75, block="02", **course)
        )
        session = db.execute(select(Session.id).where(Session.course_id == course_id)).scalar_one()
        starts = town.clock() - timedelta(hours=12)
        ends = {"starts_at": starts, "ends_at": starts + timedelta(hours=9)}
        db.execute(update(Session).where(Session.id == session).values(**ends))
        db.execute(
            update(Registration)
            .where(Registration.course_id == course_id)
            .values(standing=Standing.GIVEN_UP)
        )
        people = [person(db, name) for name in NAMES]
        marks = (Mark.PRESENT, Mark.LATE, Mark.PRESENT, Mark.ABSENT)
        for person_id, mark in zip(people, marks, strict=True):
            db.execute(
                insert(Attendance).values(
                    session_id=session, person_id=person_id, mark=mark, at=starts,
                    evidence=Evidence.TRAINER,
                )
            )  # fmt: skip
        completion.settle_all(db, course_id, town.inbox.now())
        return course_id

    return await town.database.turn(work)


def person(db: Connection, name: str) -> int:
    found = select(Person.id).where(Person.full_name == name).order_by(Person.id)
    return db.execute(found).scalars().all()[0]


async def officer(town: Town) -> Phone:
    return await known(town, "Lê Văn Tình")


async def asks(phone: Phone, action: str) -> str:
    """What a press on a line with this action would show; as a forged button would."""
    return await phone.press_data(f"x|{action}")


async def states(town: Town, course_id: int) -> dict[str, Completed]:
    found = (
        select(Person.full_name, Completion.state)
        .join(Person, Person.id == Completion.person_id)
        .where(Completion.course_id == course_id)
    )
    return await town.database.read(lambda db: dict(db.execute(found).all()))


async def test_results_are_typed_echoed_and_written(town: Town) -> None:
    course = await held(town, completion={"result": "score"})
    tinh = await officer(town)

    shown = await asks(tinh, f"results {course}")
    assert "L12: đã có kết quả của 0/4 người" in shown
    assert "từ 5 điểm trở lên" in shown
    asked = await tinh.press("Ghi theo số trong danh sách")
    assert "1 8,5; 2 7; 3 đạt" in asked
    echo = await tinh.say("1 8,5; 2 9; 9 đạt; abc")
    assert echo.splitlines() == [
        "Ghi kết quả của 2 người ở L12?", "Điểm: số 1 – 8,5; 2 – 9", "Chưa có kết quả: số 3–4",
        "Chưa hiểu: abc", "Không có trong danh sách: số 9", "1 Ghi", "2 Nhắn lại từ đầu", "0 Thôi",
    ]  # fmt: skip
    assert (await states(town, course))["H'Mai Byă"] is Completed.OPEN
    assert "Đã ghi kết quả của 2 người ở L12." in await tinh.press("Ghi")
    after = await states(town, course)
    assert sorted(after.values()) == ["completed", "not completed", "open", "open"]


async def test_what_nobody_understands_writes_nothing(town: Town) -> None:
    course = await held(town)
    tinh = await officer(town)
    await asks(tinh, f"results-by-number {course}")

    assert "Chưa ghi gì." in await tinh.say("không biết")
    assert "Ghi kết quả của 1 người" in await tinh.say("1 đạt")
    # The same echo, pressed twice, writes once; the second time shows where things stand.
    mark = tinh.last.mark
    await tinh.press("Ghi")
    assert "1/4 người" in await tinh.press_data(f"{mark}|results-write {course}")


async def test_all_who_were_there_pass_by_one_tap(town: Town) -> None:
    course = await held(town, completion={"result": "passed"})
    tinh = await officer(town)
    await asks(tinh, f"results {course}")

    assert "Có 3 người dự L12" in await tinh.press("2")
    assert "Đã ghi kết quả của 3 người" in await tinh.press("1")
    shown = await tinh.press("Ai đã hoàn thành, ai chưa")
    assert shown.splitlines() == [
        "L12: hoàn thành 3/4 người · 75%", "Có dự ít nhất một buổi: 3",
        "Chưa hoàn thành: 1 (dự chưa đủ buổi 1)", "1 Nguyễn Thị Hoa · dự chưa đủ buổi",
        "0 Quay lại",
    ]  # fmt: skip


async def test_one_person_after_the_other(town: Town) -> None:
    course = await held(town, completion={"result": "score", "assignment": True})
    tinh = await officer(town)
    await asks(tinh, f"results {course}")
    await tinh.press("Ghi từng người")
    shown = await tinh.press("Lê Thị Út")
    assert "Lê Thị Út, Trường MN Hoa Cúc: đã dự 1/1 buổi, chưa có kết quả." in shown
    assert "từ 0 đến 10" in await tinh.press("Nhắn điểm")
    assert "ví dụ 8,5" in await tinh.say("tám rưỡi")
    assert "Đã ghi: Lê Thị Út, 8,5 điểm, đạt." in await tinh.say("8,5")
    await asks(tinh, f"results-each {course}")
    await tinh.press("Điểu Thị Nga")
    assert "chưa nộp bài" in await tinh.press("Chưa nộp bài thu hoạch")


async def test_whoever_took_part_reads_what_came_of_it(town: Town) -> None:
    course = await held(town, completion={"result": "score"})
    tinh, mai, hoa = await officer(town), await known(town, NAMES[0]), await known(town, NAMES[3])

    assert "Chưa xét: chưa có kết quả" in await mai.say("L12")
    await asks(tinh, f"results-by-number {course}")
    await tinh.say("tất cả 7,25")
    await tinh.press("Ghi")
    shown = await mai.say("L12")
    assert "Kết quả: 7,25 điểm, đạt" in shown
    assert "Đã hoàn thành, tính 7,5 tiết" in shown
    assert "Chưa hoàn thành: dự chưa đủ buổi" in await hoa.say("L12")


async def test_nobody_else_sees_or_writes_results(town: Town) -> None:
    course = await held(town)
    teacher = await known(town, NAMES[1])
    before = await town.database.read(lambda db: db.execute(select(Result)).all())
    for action in ("results", "completion", "results-by-number", "results-each", "results-pass"):
        assert "kết quả của" not in await asks(teacher, f"{action} {course}")
    await asks(teacher, f"result-set {course} 1 passed")
    assert await town.database.read(lambda db: db.execute(select(Result)).all()) == before


async def test_missing_results_are_among_the_days_work(town: Town) -> None:
    course = await held(town, completion={"result": "passed"})
    tinh = await officer(town)
    assert "Kết quả L12 còn thiếu: 3 người" in await tinh.say("viec")
    await tinh.press(f"results {course}")
    await tinh.press("2")
    await tinh.press("1")
    assert "còn thiếu" not in await tinh.say("viec")
