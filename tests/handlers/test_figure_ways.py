"""Figures of another day, compared, passed on, as files; those of a principal; declared totals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from handlers.figure_asked import Asked
from handlers.figure_declaring import totals
from handlers.figure_words import ROOM, fitting
from storage import exports
from storage.figures import subjects
from storage.figures.subjects import Topic
from storage.models import Person, SubjectKind
from storage.statistics import View, Within
from tests.announced import principal
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

HOA, MAI = "Nguyễn Thị Hoa", "H'Mai Byă"
NEVER = "Trợ lý không hỏi mật khẩu, OTP, CCCD hay tiền."


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở."""
    return await known(town, "Đinh Thị Thu Hằng")


@pytest.fixture
async def tinh(town: Town) -> Phone:
    """The officer of xã Tuy Đức."""
    return await known(town, "Lê Văn Tình")


async def topics(town: Town) -> list[Topic]:
    return await town.database.read(lambda db: subjects.listed(db, MONDAY.date()))


async def topic(town: Town, code: str) -> Topic:
    return next(one for one in await topics(town) if one.code == code)


def test_choices_are_short_enough_for_every_wire() -> None:
    key, of_all = "gathering:0:1", SubjectKind.GATHERING
    one = Topic(99_999, of_all, key, "", "", None, None, None, 1, MONDAY.date(), None, None)
    asked = Asked(one, View.SCHOOL, Within(View.SCHOOL, 99_999), MONDAY.date(), page=99)

    assert asked.action("figure-names") == "figure-names 99999 s 99 s 99999 261123 c"
    assert len(f"{asked.action('figure-state', page=0)} 2000 2000") <= 50


async def test_another_day_is_chosen_or_written(town: Town, hang: Phone) -> None:
    await hang.say("thong ke L12")
    await hang.press("Cách xem khác, so sánh, gửi đi")
    assert "2 Hết Thứ Bảy, 31/10/2026\n3 Hết Thứ Ba, 30/06/2026" in await hang.press(
        "Tính đến ngày khác"
    )

    assert (await hang.say("31/13")).startswith("Trợ lý chưa đọc được ngày này.")
    assert (await hang.say("1/12/2027")).startswith("Thứ Tư, 01/12/2027 chưa đến.")
    town.clock.advance(days=2)
    asked = await hang.say("23/11")

    # The day goes along on every way from here.
    assert asked.startswith("Đăng ký L12: 26/")
    assert "tính đến Thứ Hai, 23/11/2026." in asked
    assert "tính đến Thứ Hai, 23/11/2026." in await hang.say("1")
    await hang.press_data(f"s0|figure-day {(await topic(town, 'L12')).id}")
    assert (await hang.press("3")).startswith("L12: ngày đó ở đây chưa có số liệu.")


async def test_the_longest_titles_fit_and_figures_say_against_what(town: Town, hang: Phone) -> None:
    longest = sorted(await topics(town), key=lambda one: len(one.title))[-4:]
    for one in [*longest, await topic(town, "KPI3"), await topic(town, "L3")]:
        for action in ("figure-now", "figure", "figure-vs"):
            shown = await hang.press_data(f"s0|{action} {one.id}")
            assert len(hang.last.text) <= ROOM, (one.key, action)
            assert "ính đến Thứ Hai, 23/11/2026." in shown
            assert "Mẫu số: " in shown
            assert "Nguồn: " in shown
            assert all(len(each.label) <= 56 for each in hang.last.choices)
    kpi = await topic(town, "KPI3")
    compared = await hang.press_data(f"s0|figure-vs {kpi.id}")
    assert re.match(r"KPI3 đã đạt \d+/\d+ · .+\nCán bộ quản lý", compared)
    assert "Chỉ tiêu 100%, cần thêm " in compared
    assert "Kỳ trước chưa có số liệu." in compared


async def test_a_text_for_the_group_names_nobody_and_no_small_counts(
    town: Town, tinh: Phone
) -> None:
    course, kpi = await topic(town, "L12"), await topic(town, "KPI1")
    for one, said in ((course, "đã đăng ký 3/74 · 4,1%"), (kpi, "KPI1 năm 2026: Giáo viên")):
        await tinh.press_data(f"s0|figure-copy {one.id}")
        assert tinh.last.choices == ()
        assert said in tinh.last.text
        assert "Xã Tuy Đức: " in tinh.last.text
        assert tinh.last.text.endswith(NEVER)
        assert len(tinh.last.text) <= 300

    # One of MN Hoa Cúc has registered: everybody there would know who.
    await tinh.say("thong ke L12")
    await tinh.say("1")
    await tinh.press("Chưa đăng ký: 21")
    await tinh.press("Bản gửi nhóm Zalo")
    assert "Trường MN Hoa Cúc: một số người đã đăng ký, đa số chưa." in tinh.last.text
    assert "1/22" not in tinh.last.text
    # A button of before the figures were counted.
    await tinh.press_data(f"s0|lacking-copy {course.course_id} 1")
    assert tinh.last.text.startswith("Đăng ký L12: 1/22")


async def test_a_picture_and_a_file_are_asked_for(town: Town, hang: Phone, tinh: Phone) -> None:
    course = await topic(town, "L12")
    await hang.say("thong ke L12 theo huyện cũ")
    district = hang.last.choices[0].action.split()[5]  # Cư Jút
    await hang.press_data(f"s0|figure-png {course.id} c 0 d {district} - r")
    assert hang.last.photo
    assert hang.last.photo.name == "so-lieu-l12.png"
    asked = await town.database.read(
        lambda db: exports.get(db, hang.last.photo.subject if hang.last.photo else 0)
    )
    assert asked
    assert asked.kind == "figure picture"
    assert asked.asked == {
        "subject": course.id, "view": "commune", "of": "district", "unit": int(district),
        "day": "-", "measure": "r",
    }  # fmt: skip
    await tinh.press_data(f"s0|figure-xlsx {course.id}")
    assert tinh.last.document
    assert tinh.last.document.name == "so-lieu-l12.xlsx"
    await tinh.press_data(f"s0|figure-xlsx {course.id} c 0 d {district} - r")
    assert tinh.last.document is None, "that district is somebody else's"


async def test_what_else_can_be_counted(town: Town, hang: Phone) -> None:
    await hang.say("thong ke L12")
    await hang.press("Cách xem khác, so sánh, gửi đi")
    await hang.say("9")
    shown = await hang.press("Xem số hoàn thành")
    assert shown.startswith("L12 đã hoàn thành 0/1.")
    # The lines below go on with it.
    assert (await hang.say("1")).startswith("L12 đã hoàn thành 0/")
    school = await hang.say("1")
    assert "\n1 Chưa hoàn thành: " in school
    assert ": chưa đăng ký\n" in await hang.say("1")


async def test_equal_names_show_the_year_and_somebody_elsewhere_none(
    town: Town, tinh: Phone
) -> None:
    def work(db: Connection) -> None:
        found = select(Person.id).where(Person.school_id == 1).order_by(Person.sort_key, Person.id)
        first, second = db.execute(found.limit(2)).scalars()
        changed = {"full_name": "An Thị A", "sort_key": "a an thi"}
        for person_id, year in ((first, 1980), (second, 1991)):
            db.execute(
                update(Person).where(Person.id == person_id).values(birth_year=year, **changed)
            )

    await town.database.turn(work)
    await tinh.say("thong ke L12")
    await tinh.say("1")
    names = await tinh.say("1")

    assert "\n– An Thị A (1980)\n– An Thị A (1991)\n" in names


async def test_a_principal_sees_the_school_and_nothing_else(town: Town) -> None:
    hoa = await known(town, HOA)
    await principal(town, HOA)

    shown = await hoa.say("thong ke")

    assert shown.startswith("Đăng ký L12: 1/22 · 4,5%\nTrường MN Hoa Cúc\n")
    names = await hoa.say("1")
    assert names.startswith("Trường MN Hoa Cúc, L12. Chưa đăng ký: 21\n– ")
    await hoa.say("thong ke")
    ways = await hoa.press("So sánh, gửi đi, ngày khác")
    assert "Theo" not in ways
    assert "Excel" not in ways
    listed = await hoa.press("Lớp tập huấn, chỉ tiêu khác")
    assert "L5 " not in listed, "nobody of the school is meant"
    kpi = await topic(town, "KPI1")
    assert "\nTrường MN Hoa Cúc\n" in await hoa.press(f"figure-now {kpi.id}")
    for action in ("figure {} s 0 s 2", "figure-names {} s 0 s 2 - r m", "figure-vs {}",
                   "figure-png {}", "figure-bare {}", "figure-total {} s 0 s 1",
                   "figure-copy {} s 0 s 2", "figure-copy {}"):  # fmt: skip
        answer = await hoa.press_data(f"s0|{action.format(kpi.id)}")
        assert answer.startswith("Nút đó không còn dùng nữa."), action


async def test_a_total_is_declared_seen_apart_and_withdrawn(town: Town, tinh: Phone) -> None:
    # L5 is meant for three wards of Gia Nghĩa: nobody here is on its lists.
    course = await topic(town, "L5")
    await tinh.press_data(f"s0|figure-more {course.id}")
    if any(choice.digit == "9" for choice in tinh.last.choices):
        await tinh.say("9")
    await tinh.press("Trường chưa có danh sách")
    school = await tinh.say("1")
    assert "Nhập số khai vì chưa có danh sách" in school
    asked = await tinh.press("Nhập số khai vì chưa có danh sách")
    assert "ví dụ: 34 người, 30 đã hoàn thành" in asked

    assert "Xin nhắn hai số" in await tinh.say("nhieu lam")
    assert "không thể có 34.000 người" in await tinh.say("34000 nguoi, 30 da xong")
    sure = await tinh.say("34 người, 30 đã hoàn thành")
    assert "30/34 · 88,2%? Số này hiện là số khai" in sure
    assert "người khai: Lê Văn Tình" in sure
    state = tinh.last.choices[0].action
    assert (await tinh.say("1")).startswith("Đã ghi số khai của ")

    listed = await tinh.press_data(f"s0|figure {course.id}")
    assert listed.startswith("L5, số khai: 30/34 · 88,2%\n")
    line = tinh.last.choices[0]
    assert re.fullmatch(r"\S.* 30/34 · 88,2% khai", line.label)
    assert len(f"1 {line.label}") <= 32
    await tinh.say("1")
    assert "Sửa số khai" in tinh.last.written()
    await tinh.press("Rút số khai")
    assert (await tinh.say("1")).startswith("Đã rút.")
    # An old button shows the school and states nothing.
    assert "số khai:" not in await tinh.press_data(f"s0|{state}")
    assert (await tinh.press_data(f"s0|figure {course.id}")).startswith("L5: ở đây không có ai")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("34 người, 30 đã hoàn thành", (34, 30)), ("30/34", (34, 30)), ("1.034 va 0", (1034, 0)),
        ("34", None), ("0 va 0", None), ("34 nguoi 30 xong 2 nghi", None), ("khong co", None),
    ],
)  # fmt: skip
def test_two_numbers_are_read_in_any_order(typed: str, read: tuple[int, int] | None) -> None:
    assert totals(typed) == read


def test_what_matters_less_gives_way() -> None:
    assert fitting(["a", "", "b"]) == "a\nb"
    assert fitting(["5S", "b"]) == "– 5S\nb"
    long = fitting(["first", "x" * 200, "y" * 200], 1, 2)
    assert len(long) <= ROOM
    assert long.startswith("first\nxxx")
    assert "…\nyyy" in long
