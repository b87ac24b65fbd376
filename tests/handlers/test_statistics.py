"""`thống kê` on a phone: the answer first, one unit a line, down to the names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from handlers.figure_words import WIDTH, short
from storage import courses
from storage.models import School
from storage.statistics import View
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

LINE = re.compile(r"\d .+ [\d.]+/[\d.]+ · \d+(,\d)?%")


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở."""
    return await known(town, "Đinh Thị Thu Hằng")


@pytest.fixture
async def tinh(town: Town) -> Phone:
    """The officer of xã Tuy Đức."""
    return await known(town, "Lê Văn Tình")


def figures(phone: Phone) -> list[str]:
    """The lines of units, without the choices below them."""
    lines = (f"{c.digit} {c.label}" for c in phone.last.choices if c.action.startswith("figure "))
    return [line for line in lines if line[0] not in "09"]


async def test_alone_it_answers_the_nearest_deadline(town: Town, hang: Phone) -> None:
    shown = (await hang.say("thống kê")).split("\n")

    assert re.fullmatch(r"Đăng ký L5: 31/266 · 11,7%", shown[0])
    assert shown[1:4] == [
        "An toàn thực phẩm", "Còn 235 người chưa đăng ký.", "Hạn đăng ký: Thứ Hai, 23/11/2026.",
    ]  # fmt: skip
    assert "Mẫu số" in shown[5]
    assert "Nguồn" in shown[5]
    assert [choice.label for choice in hang.last.choices][:2] == [
        "Theo huyện cũ",
        "Theo xã, phường",
    ]
    tinh = await known(town, "Lê Văn Tình")
    assert (await tinh.say("thong ke")).startswith("Đăng ký L12: 3/74 · 4,1%\n")
    assert "Chỉ tính phần thuộc xã Tuy Đức." in tinh.last.text


@pytest.mark.parametrize(
    "asked",
    ["thong ke L12 theo huyện cũ", "thống kê l12 theo huyen", "THỐNG KÊ L12", "thongke L12 huyện"],
)
async def test_by_former_district_the_total_comes_first(hang: Phone, asked: str) -> None:
    shown = (await hang.say(asked)).split("\n")

    assert re.fullmatch(r"Đăng ký L12: 26/1\.\d{3} · 1,\d%", shown[0])
    assert len(shown[0]) <= WIDTH
    assert "Theo huyện cũ, tính đến Thứ Hai, 23/11/2026." in shown
    assert "Mẫu số: người thuộc đối tượng, đang làm việc." in shown[3]
    assert "Nghỉ dài ngày 30 · đã trả chỗ 1" in shown
    assert [line.split()[1] for line in figures(hang)] == [
        "Cư", "Đăk", "Đắk", "Đắk", "Đắk", "Gia",
    ]  # fmt: skip


async def test_lines_fit_and_pages_turn(hang: Phone) -> None:
    await hang.say("thong ke L12 theo xa")
    seen: list[str] = []
    for _ in range(10):
        lines = figures(hang)
        assert 1 <= len(lines) <= 6
        assert all(LINE.fullmatch(line) and len(line) <= WIDTH for line in lines), lines
        seen += [line[2:] for line in lines]
        if not any(choice.digit == "9" for choice in hang.last.choices):
            break
        assert "Đăng ký L12" in await hang.say("9")
    assert len(seen) == len(set(seen)) == 28


async def test_digits_lead_from_a_province_to_a_district_to_schools_to_people(hang: Phone) -> None:
    await hang.say("thong ke L12 theo tinh cu")
    assert "Tỉnh Đắk Nông" in await hang.say("1")
    await hang.say("9")
    shown = await hang.say("2")
    assert "Huyện Tuy Đức" in shown
    assert "Theo trường" in shown
    school = await hang.say("1")
    assert re.search(
        r"\n(Trường|Nhóm trẻ) .+\n[^$]+\n1 Chưa đăng ký: \d+\n2 Đã đăng ký: \d+", school
    )

    names = await hang.say("1")

    assert re.match(r".+, L12\. Chưa đăng ký: \d+\n– ", names)
    assert len(hang.last.text) <= 300
    assert (await hang.say("0")) == school
    assert (await hang.say("0")) == shown


async def test_a_commune_officer_sees_only_that_part_and_hears_so(tinh: Phone) -> None:
    shown = await tinh.say("thong ke L12 theo huyện cũ")

    assert "Chỉ tính phần thuộc xã Tuy Đức." in shown
    assert [line.split()[1:3] for line in figures(tinh)] == [["Tuy", "Đức"]]
    schools = await tinh.say("thong ke L12")
    assert "Theo trường" in schools
    assert "Hoa Cúc" in schools


async def test_forged_units_out_of_reach_show_nothing(tinh: Phone, hang: Phone) -> None:
    await hang.say("thong ke L12 theo truong")
    outside = next(c.action for c in hang.last.choices if c.action.startswith("figure "))
    subject = outside.split()[1]
    school = outside.split()[5]
    await tinh.say("thong ke L12")

    for action in (
        outside, outside.replace("figure", "figure-names") + " m", "figures 999", "figure 999",
        "figures 10 nonsense", "figure 10 nonsense", "lacking 10 0", f"lacking 10 {school}",
        "figures 10 -1", f"figure {subject} s 0 d 999999", f"figure {subject} s 0 s 0",
        f"figure {subject} d 0 - 0 261199", f"figure {subject} d 0 - 0 301231",
        f"figure {subject} d 0 - 0 - x", outside.replace("figure", "figure-copy"),
        outside.replace("figure", "figure-png"), outside.replace("figure", "figure-state") + " 3 2",
        outside.replace("figure", "figure-vs"), "figure", "figure-names", "figure-state",
    ):  # fmt: skip
        answer = await tinh.press_data(f"s0|{action}")
        assert answer.startswith("Nút đó không còn dùng nữa."), action
        assert tinh.last.document is tinh.last.photo is None


async def test_other_subjects_are_chosen_from_a_list(hang: Phone) -> None:
    await hang.say("/thongke")
    listed = await hang.say("5")

    assert listed.startswith("Xem số liệu nào?")
    assert "\n7 KPI1 năm 2026: Giáo viên có trình độ" in listed
    assert len(hang.last.choices) == 10
    shown = await hang.say("7")
    assert re.match(r"KPI1 đã đạt [\d.]+/[\d.]+ · \d+(,\d)?%\nGiáo viên có trình độ", shown)
    assert "hỉ tiêu 85%" in shown
    assert "Hạn hoàn thành: Thứ Hai, 14/12/2026." in shown
    await hang.say("1")
    assert all(LINE.fullmatch(line) and len(line) <= WIDTH for line in figures(hang))


async def test_an_unknown_course_leads_to_the_list(hang: Phone) -> None:
    said = await hang.say("thống kê L999")

    assert said.startswith("Không có lớp tập huấn L999.\nXem số liệu nào?")


async def test_schools_without_an_old_commune_have_their_own_line(town: Town, hang: Phone) -> None:
    def lose(db: Connection) -> None:
        db.execute(update(School).where(School.id == 4).values(old_unit_id=None))

    await town.database.turn(lose)
    await hang.say("thong ke L12 theo huyện cũ")
    await hang.say("9")

    assert figures(hang)[-1].split(" · ")[0].startswith("3 Chưa rõ")
    assert "MN" in await hang.say("3")


async def test_a_teacher_gets_a_clear_sentence(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")

    assert "dành cho cán bộ xã và Sở" in await mai.say("thong ke")
    assert "dành cho cán bộ xã và Sở" in await mai.say("thong ke L12 theo huyện cũ")
    for action in ("figures 12", "lacking 12 1", "figure 1", "figure-now 1", "figure-list"):
        assert "dành cho cán bộ xã và Sở" in await mai.press_data(f"s0|{action}"), action


async def test_in_english(town: Town) -> None:
    phone = await known(town, "Đinh Thị Thu Hằng", language="en")
    await phone.say("/language")
    await phone.press("2")

    shown = await phone.say("thong ke L12 theo huyện cũ")

    assert shown.startswith("L12, registered: 26/1,")
    assert "By former district, as of Monday 23 November 2026" in shown


@pytest.mark.parametrize(
    ("name", "view", "line"),
    [
        ("Trường MN Hoa Cúc", View.SCHOOL, "MN Hoa Cúc"),
        ("Trường Mẫu giáo Hoa Cúc", View.SCHOOL, "MG Hoa Cúc"),
        ("Lớp MG độc lập Hoa Cúc", View.SCHOOL, "LMG Hoa Cúc"),
        ("Nhóm trẻ Nắng Mai", View.SCHOOL, "NT Nắng Mai"),
        ("Thành phố Gia Nghĩa", View.DISTRICT, "Gia Nghĩa"),
        ("Phường 7", View.COMMUNE, "Phường 7"),
    ],
)
def test_names_are_shortened_sensibly(name: str, view: View, line: str) -> None:
    assert short(name, view) == line


async def test_nought_leads_back_to_the_view_one_came_from(hang: Phone) -> None:
    await hang.say("thong ke L12 theo xa")
    await hang.say("1")

    assert "Theo xã, phường" in await hang.say("0")


async def test_figures_say_what_was_cancelled_and_where_nobody_is_meant(
    town: Town, tinh: Phone
) -> None:
    found = await town.database.read(lambda db: courses.numbered(db, 22))
    assert found
    assert "\nLớp tập huấn này đã hủy\n" in await tinh.press_data(f"s0|figures {found.id}")
    # L5 is meant for the three wards of Gia Nghĩa.
    assert (await tinh.say("thong ke L5")).startswith("L5: ở đây không có ai")
