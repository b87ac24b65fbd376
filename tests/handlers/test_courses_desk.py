"""Officers make and run trainings from their phone: by a sentence, by questions, by editing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from handlers.message import File, Kind
from storage import attachments, course_documents, courses, reminders
from storage.file_kinds import Known
from storage.models import (
    Attachment,
    AuditEntry,
    Course,
    CourseState,
    Mode,
    Notice,
    Registration,
    Standing,
)
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Training
    from tests.talk import Phone, Town

TINH, HANG = "Lê Văn Tình", "Đinh Thị Thu Hằng"
SENTENCE = "Tập huấn sơ cứu cho trẻ, sáng thứ 5 tuần sau, MN Hoa Sen, 40 chỗ"


async def training(town: Town, number: int) -> Training:
    def read(db: Connection) -> Training:
        course_id = db.execute(select(Course.id).where(Course.number == number)).scalar_one()
        found = courses.get(db, course_id)
        assert found
        return found

    return await town.database.read(read)


async def screens_are_in_bounds(phone: Phone) -> None:
    for reply in phone.said:
        assert len(reply.text) <= 300, reply.text
        assert all(len(choice.label) <= 56 for choice in reply.choices)
        assert not any(line[:1].isdigit() for line in reply.text.splitlines())


async def through(phone: Phone, *said: str) -> str:
    """Say one thing after another; the last answer."""
    return [await phone.say(each) for each in said][-1]


async def test_a_training_by_one_sentence_is_opened_and_taken(town: Town) -> None:
    tinh = await known(town, TINH)

    assert "1 Trường MN Hoa Sen, xã Thuận An" in await tinh.say(SENTENCE)
    card = await tinh.say("2")
    assert "L23 (nháp) · Sơ cứu cho trẻ" in card
    assert "Thứ Năm, 03/12/2026, 7h30–11h30" in card
    assert "Trường MN Hoa Sen, xã Nhân Cơ" in card
    assert "giáo viên và cán bộ quản lý xã Tuy Đức: hiện có 74 người" in card
    assert "Hạn đăng ký: Thứ Hai, 30/11/2026, 17h00" in card
    mai = await known(town, "H'Mai Byă")
    assert "Không có lớp tập huấn L23" in await mai.say("L23")
    assert "Đã mở đăng ký L23" in await tinh.say("1")

    assert "Sơ cứu cho trẻ" in await mai.say("L23")
    assert "Đã đăng ký" in await mai.say("1")
    assert "L23 Sơ cứu cho trẻ, Thứ Năm 03/12 · 1/40" in await tinh.say("/lop")
    await screens_are_in_bounds(tinh)


async def test_questions_instead_of_a_sentence(town: Town) -> None:
    tinh = await known(town, TINH)
    await through(tinh, "mở lớp", "1")
    assert "Khi nào" in await tinh.say("kể chuyện cho trẻ")
    assert "Học ở đâu" in await tinh.say("8h-11h 5/1")
    assert "bao nhiêu chỗ" in await tinh.say("hội trường UBND xã")
    assert "dành cho ai" in await tinh.say("không giới hạn")
    card = await tinh.say("2")
    for line in ("L23 (nháp) · Kể chuyện cho trẻ", "Thứ Ba, 05/01/2027, 8h00–11h00",
                 "không giới hạn", "cán bộ quản lý xã Tuy Đức: hiện có 10 người"):  # fmt: skip
        assert line in card
    assert "chỉ cán bộ thấy" in await tinh.say("2")
    assert "Đã xóa nháp L23" in await through(tinh, "1", "4", "1")
    assert "L23" not in await tinh.say("/lop")
    await screens_are_in_bounds(tinh)


async def test_everything_of_it_can_be_changed(town: Town) -> None:
    tinh = await known(town, TINH)
    await through(tinh, SENTENCE, "2", "3")
    course = await training(town, 23)
    said = {
        "title": "Sơ cứu ở trường", "short": "Sơ cứu", "closing": "17h 1/12",
        "hours": "8 tiết, nội dung 02", "bring": "giấy bút", "note": "có hỗ trợ ăn trưa",
        "paper": "Giấy xác nhận tham dự", "letter": "123/SGDĐT-MN", "limit": "2",
        "contact": "Nguyễn Văn Bình, Phòng VH-XH, 0261 3 123 456",
    }  # fmt: skip
    for name, text in said.items():
        await tinh.press_data(f"s0|course-field {course.id} {name}")
        assert "Đã sửa L23." in await tinh.say(text), name
    for name, digit in (("mode", "2"), ("rule", "4"), ("kind", "2")):
        await tinh.press_data(f"s0|course-choose {course.id} {name}")
        assert "Đã sửa L23." in await tinh.say(digit), name
    await tinh.press_data(f"s0|course-days {course.id}")
    assert "Buổi 2: Thứ Sáu, 04/12/2026" in await tinh.say("chiều 3/12 và chiều 4/12")
    await tinh.press_data(f"s0|course-where {course.id}")
    assert "Trực tuyến, đã có đường dẫn" in await tinh.say("online https://zoom.us/j/1")

    course = await training(town, 23)
    assert (course.title, course.short, course.hours, course.block) == (
        "Sơ cứu ở trường", "Sơ cứu", 80, "02",
    )  # fmt: skip
    assert course.mode is Mode.PRINCIPAL
    assert course.completion == {"result": "passed"}
    assert (course.bring, course.letter, course.school_limit) == ("giấy bút", "123/SGDĐT-MN", 2)
    assert course.contact_phone == "+842613123456"
    assert {one.link for one in course.sessions} == {"https://zoom.us/j/1"}
    await screens_are_in_bounds(tinh)


@pytest.mark.parametrize(
    ("name", "text", "answer"),
    [
        ("title", "Chuyển 200k vào STK 0123456789", "số tài khoản"),
        ("title", "12", "bằng chữ"),
        ("closing", "4/12", "sau khi lớp tập huấn bắt đầu"),
        ("closing", "nhanh nhé", "Xin nhắn ngày"),
        ("limit", "nhiều", "một số từ 1"),
        ("contact", "0912345678", "họ tên"),
        ("hours", "nhiều", "8 tiết"),
    ],
)
async def test_what_cannot_be_taken_changes_nothing(
    town: Town, name: str, text: str, answer: str
) -> None:
    tinh = await known(town, TINH)
    await through(tinh, SENTENCE, "2")
    before = await training(town, 23)
    await tinh.press_data(f"s0|course-field {before.id} {name}")
    assert answer in await tinh.say(text)
    assert await training(town, 23) == before


async def test_another_date_asks_everybody_again_with_the_reason(town: Town) -> None:
    mai, tinh = await known(town, "H'Mai Byă"), await known(town, TINH)
    await through(mai, "L12", "1")
    await through(tinh, "L12", "1", "2", "2")
    asked = await tinh.say("13/12")
    assert "sang Chủ Nhật, 13/12/2026, 7h30–16h30" in asked
    assert "hỏi lại 27 người" in asked
    assert "1 Đổi và hỏi lại 27 người" in await tinh.say("sạt lở quốc lộ")
    assert "Đã đổi L12, Trợ lý đang hỏi lại 27 người." in await tinh.say("1")
    await town.deliver()
    assert "ĐỔI NGÀY L12" in mai.last.text
    assert "Lý do: sạt lở quốc lộ." in mai.last.text

    await through(tinh, "2", "2", "1", "sáng 20/12", "1", "1")
    await town.deliver()
    assert "THÊM MỘT BUỔI của L12: Chủ Nhật, 20/12/2026, 7h30–11h30" in mai.last.text
    await through(tinh, "2", "2", "2", "1", "21/12", "1", "1")
    await town.deliver()
    assert "ĐỔI BUỔI 2 của L12: từ Chủ Nhật, 20/12/2026, 7h30 sang Thứ Hai" in mai.last.text
    await through(tinh, "2", "2", "2", "3", "1")
    await town.deliver()
    assert "BỎ MỘT BUỔI của L12: buổi 2" in mai.last.text
    await through(tinh, "2", "3", "MN Hoa Cúc Tuy Đức", "1", "1")
    await town.deliver()
    assert "ĐỔI NƠI HỌC" in mai.last.text.upper()
    assert (await training(town, 12)).sessions[0].unit == "Xã Tuy Đức"
    await screens_are_in_bounds(tinh)


async def test_the_whole_course_moves_or_one_session(town: Town) -> None:
    hang = await known(town, HANG)
    course = await training(town, 9)
    first = course.sessions[0]
    await hang.press_data(f"s0|course-when {course.id} {first.id}")
    await through(hang, "8h-11h 25/1", "1")
    shown = hang.last.written()
    assert "Dời cả 1 buổi sau như vậy" in shown
    await hang.say("2")
    moved = await training(town, 9)
    days = [(new.starts_at or MONDAY) - (old.starts_at or MONDAY)
            for new, old in zip(moved.sessions, course.sessions, strict=True)]  # fmt: skip
    assert days[0] == days[1] == timedelta(days=2, minutes=30)
    assert moved.closes_at
    assert moved.closes_at - (course.closes_at or MONDAY) == days[0]
    # A session can never overlap with another one.
    await hang.press_data(f"s0|course-when {course.id} {first.id}")
    assert "trùng" in await through(hang, "8h-11h 20/2", "1", "1")


async def test_seats_never_fall_below_those_held_and_new_ones_are_offered(town: Town) -> None:
    tinh = await known(town, HANG)
    course = await training(town, 7)
    await tinh.press_data(f"s0|course-seats {course.id}")
    assert "đã có 30 người có chỗ" in await tinh.say("20")
    assert "Số chỗ: 33" in await tinh.say("33")

    def offered(db: Connection) -> int:
        found = select(func.count()).where(
            Registration.course_id == course.id, Registration.standing == Standing.OFFERED
        )
        return db.execute(found).scalar_one()

    assert await town.database.read(offered) == 3


async def test_another_audience_says_who_is_meant_no_more(town: Town) -> None:
    hang = await known(town, HANG)
    course = await training(town, 12)
    await hang.press_data(f"s0|course-for {course.id}")
    shown = await hang.say("2")
    assert "26 người đang có chỗ không còn thuộc đối tượng" in shown
    assert (await training(town, 12)).audience["positions"] == ["HT", "PHT"]


async def test_cancelling_asks_once_and_tells_everybody(town: Town) -> None:
    mai, tinh = await known(town, "H'Mai Byă"), await known(town, TINH)
    await through(mai, "L12", "1")
    await through(tinh, "L12", "1", "7")
    assert "Trợ lý sẽ báo cho 27 người" in tinh.last.text
    assert "Lý do: bão." in await tinh.say("bão")
    assert (await training(town, 12)).state is CourseState.OPEN
    assert "Đã hủy L12, Trợ lý đang báo cho 27 người." in await tinh.say("1")
    await town.deliver()
    assert "Lý do: bão." in mai.last.text
    card = await through(tinh, "mở lớp như L12, sáng 20/12")
    assert "L23 (nháp) · Sơ cứu, phòng tránh tai nạn cho trẻ" in card
    assert "Hội trường UBND xã Tuy Đức" in card


async def test_closing_and_opening_again(town: Town) -> None:
    mai, tinh = await known(town, "H'Mai Byă"), await known(town, TINH)
    assert "Đã đóng đăng ký L12" in await through(tinh, "L12", "1", "6")
    assert "1 Đăng ký" not in await mai.say("L12")
    assert "Đã mở đăng ký L12" in await tinh.say("6")
    assert "1 Đăng ký" in await mai.say("L12")


async def test_of_two_officers_one_finds_it_changed(town: Town) -> None:
    tinh, hang = await known(town, TINH), await known(town, HANG)
    course = await training(town, 12)
    for phone in (tinh, hang):
        await phone.press_data(f"s0|course-field {course.id} title")
    assert "Đã sửa L12." in await hang.say("Sơ cứu trẻ nhỏ")
    shown = await tinh.say("Sơ cứu người lớn")
    assert "L12 vừa được Đinh Thị Thu Hằng sửa" in shown
    assert "L12 · Sơ cứu trẻ nhỏ" in shown
    assert (await training(town, 12)).title == "Sơ cứu trẻ nhỏ"


FORGED = (
    "run {id}", "edit-course {id}", "course-field {id} title", "course-open {id} 0",
    "course-close {id} 0", "course-cancel {id}", "course-cancelled {id} 0", "course-days {id}",
    "course-clone {id}", "course-docs {id}", "course-discarded {id}", "course-set {id} 0 mode free",
    "course-seats {id}", "course-for {id}", "course-where {id}", "course-do {id} 0 one",
)  # fmt: skip


async def test_a_course_of_another_area_is_refused_and_that_is_written_down(town: Town) -> None:
    tinh, mai = await known(town, TINH), await known(town, "H'Mai Byă")
    other = await training(town, 13)
    for action in FORGED:
        for phone in (tinh, mai):
            await phone.press_data(f"s0|{action.format(id=other.id)}")
            assert "Sửa mục nào" not in phone.last.text
            assert "Giao tiếp" not in phone.last.text
    assert await training(town, 13) == other
    refused = select(func.count()).where(AuditEntry.action == "refused")
    assert await town.database.read(lambda db: db.execute(refused).scalar_one())


async def test_documents_are_seen_by_whoever_sees_the_training(town: Town) -> None:
    mai, tinh = await known(town, "H'Mai Byă"), await known(town, TINH)
    course = await training(town, 12)
    await tinh.press_data(f"s0|course-docs {course.id}")
    answer = await tinh.send(Kind.FILE, file=File("f1", "Chương trình.pdf", 2000))
    assert "Tài liệu của L12: 1" in answer
    assert "Tài liệu" not in await mai.say("L12")

    def arrive(db: Connection) -> None:
        one = db.execute(select(Attachment.id)).scalar_one()
        assert attachments.ready(db, one, Known("Chương trình.pdf", "application/pdf"), b"%PDF")
        db.execute(update(Attachment).values(created_at=MONDAY - timedelta(days=30)))
        assert attachments.stands(db, one)
        assert attachments.forget_unused(db, MONDAY) == 0

    await town.database.turn(arrive)
    assert "Tài liệu: 1" in await mai.say("L12")
    await mai.press("Tài liệu: 1")
    assert "L12: Chương trình.pdf" in await mai.say("1")
    assert mai.last.document
    await through(tinh, "1", "1")
    assert await town.database.read(lambda db: course_documents.of(db, course.id)) == []


async def test_what_was_brought_in_from_a_file_is_nobodys_schedule(town: Town) -> None:
    mai, tinh = await known(town, "H'Mai Byă"), await known(town, TINH)
    ut = await known(town, "Lê Thị Út")
    await through(mai, "L12", "1", "1")
    course = await training(town, 12)
    await town.database.turn(lambda db: db.execute(update(Course).where(Course.id == course.id)
                                                   .values(past=True)))  # fmt: skip
    assert "L12" not in await ut.say("lich")
    assert "Không có lớp tập huấn L12" in await ut.say("L12")
    assert "L12" not in await ut.say("dang ky so cuu")
    assert "L12" in await mai.say("L12")
    shown = await tinh.say("/lop")
    assert "L12 Sơ cứu, Thứ Bảy 12/12 · đã xong" in shown

    def reminded(db: Connection) -> int:
        reminders.owe_due(db, MONDAY + timedelta(days=18, hours=11))
        mine = Registration.course_id == course.id
        owed = select(func.count(Notice.id)).join(
            Registration, Registration.id == Notice.subject_id
        )
        return db.execute(owed.where(mine, Notice.kind == reminders.KIND)).scalar_one()

    assert await town.database.turn(reminded) == 0
    again = update(Course).where(Course.id == course.id).values(past=False)
    await town.database.turn(lambda db: db.execute(again))
    assert await town.database.turn(reminded) > 0


async def test_an_officer_of_a_small_place_and_a_page_of_many(town: Town) -> None:
    hang = await known(town, HANG)
    shown = await hang.say("/lop")
    assert "Lớp tập huấn của tỉnh Lâm Đồng: 21" in shown
    assert "1 Mở lớp tập huấn mới\n2 L21 Nhu cầu đặc biệt" in shown
    seen = shown
    while "9 Xem tiếp" in hang.last.written():
        seen += await hang.say("9")
    assert all(f" L{number} " in seen for number in range(2, 23))
    assert "L22 Múa hát dân gian, " in seen
    await screens_are_in_bounds(hang)
