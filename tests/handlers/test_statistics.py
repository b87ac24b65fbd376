"""`thống kê` on a phone: the total first, one unit a line, down to the names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from handlers.statistics import WIDTH, short
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
    return [f"{c.digit} {c.label}" for c in phone.last.choices if c.digit not in "09"]


@pytest.mark.parametrize(
    "asked",
    ["thong ke L12 theo huyện cũ", "thống kê l12 theo huyen", "THỐNG KÊ L12", "thongke L12 huyện"],
)
async def test_by_former_district_the_total_comes_first(hang: Phone, asked: str) -> None:
    shown = (await hang.say(asked)).split("\n")

    assert re.fullmatch(r"Đăng ký L12: 26/1\.\d{3} · 1,\d%", shown[0])
    assert len(shown[0]) <= WIDTH
    assert "tính đến Thứ Hai, 23/11/2026" in shown[1]
    assert "không tính người đã nghỉ việc hoặc nghỉ dài ngày" in shown[1]
    assert [line.split()[1] for line in figures(hang)] == [
        "Cư", "Đăk", "Đắk", "Đắk", "Đắk", "Gia",
    ]  # fmt: skip


async def test_lines_fit_and_pages_turn(hang: Phone) -> None:
    await hang.say("thong ke L12 theo xa")
    seen: list[str] = []
    for _ in range(10):
        lines = figures(hang)
        assert len(lines) <= 6
        assert all(LINE.fullmatch(line) and len(line) <= WIDTH for line in lines), lines
        seen += [line[2:] for line in lines]
        if not any(choice.digit == "9" for choice in hang.last.choices):
            break
        assert "Đăng ký L12" in await hang.say("9")
    assert len(seen) == len(set(seen)) == 28


async def test_digits_lead_from_a_district_to_schools_to_people(hang: Phone) -> None:
    await hang.say("thong ke L12 theo tinh cu")
    assert "Tỉnh Đắk Nông" in await hang.say("1")
    await hang.say("9")
    shown = await hang.say("2")
    assert "Huyện Tuy Đức" in shown
    assert "Theo trường" in shown

    names = await hang.say("1")

    assert re.search(r"chưa đăng ký L12: \d+ người\n", names)
    assert "Đăng ký L12" in await hang.say("0")


async def test_a_commune_officer_sees_only_that_part_and_hears_so(tinh: Phone) -> None:
    shown = await tinh.say("thong ke L12 theo huyện cũ")

    assert "Chỉ tính phần thuộc xã Tuy Đức." in shown
    assert [line.split()[1:3] for line in figures(tinh)] == [["Tuy", "Đức"]]
    schools = await tinh.say("thong ke L12")
    assert "Theo trường" in schools
    assert "Hoa Cúc" in schools


async def test_forged_units_out_of_reach_show_nothing(tinh: Phone, hang: Phone) -> None:
    await hang.say("thong ke L12 theo truong")
    outside = next(
        choice.action for choice in hang.last.choices if choice.action.startswith("lacking")
    )
    await tinh.say("thong ke L12")

    for action in (outside, "figures 999", "figures 10 nonsense", "lacking 10 0", "figures 10 -1"):
        answer = await tinh.press_data(f"s0|{action}")
        assert "chưa đăng ký" not in answer
        assert "Nút này" in answer or "nút" in answer.lower()


async def test_the_command_asks_which_course(hang: Phone) -> None:
    shown = await hang.say("/thongke")

    assert "Thống kê lớp tập huấn nào?" in shown
    assert "Đăng ký L" in await hang.say("1")


async def test_an_unknown_course_leads_to_the_list(hang: Phone) -> None:
    said = await hang.say("thống kê L999")

    assert said.startswith("Không có lớp tập huấn L999.\nThống kê lớp tập huấn nào?")


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

    assert "dành cho cán bộ xã và Sở" in await mai.say("thong ke L12 theo huyện cũ")
    assert "dành cho cán bộ xã và Sở" in await mai.press_data("s0|figures 12")
    assert "dành cho cán bộ xã và Sở" in await mai.press_data("s0|lacking 12 1")


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


async def test_figures_say_what_was_cancelled_and_where_nobody_is_meant(tinh: Phone) -> None:
    assert "\nLớp tập huấn này đã hủy\n" in await tinh.say("thong ke L22")
    # L5 is meant for the three wards of Gia Nghĩa.
    assert (await tinh.say("thong ke L5")).startswith("Đăng ký L5: ở đây không có ai")
