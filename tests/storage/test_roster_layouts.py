"""Lists as offices lay them out: found, read, and asked about where two columns look alike."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from storage.models import Core, Position, Qualification, Rating
from storage.rosters import entries, layouts
from storage.rosters.books import Sheet
from storage.rosters.entries import Entry, Fault, Remark, Skipped
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from storage.rosters.books import Cell

TODAY = date(2026, 11, 23)
HOA = ("Nguyễn Thị Hoa", 1988, "GV", "MN Hoa Sen", "0912345678")
NGA = ("Điểu Thị Nga", 1990, "HT", "MN Hoa Sen", "0987654321")
SIMPLE = ("Họ và tên", "Năm sinh", "Chức vụ", "Trường", "SĐT")


def read(
    *rows: tuple[Cell, ...], name: str = "DS", answers: layouts.Answers | None = None
) -> tuple[list[Entry], Skipped]:
    sheets = (Sheet(name, rows),)
    layout = layouts.find(sheets, answers)
    assert not layout.questions
    skipped = Skipped()
    return list(entries.read(sheets, layout, TODAY, skipped)), skipped


def test_a_heading_below_titles_is_found():
    people, _ = read(
        ("UBND XÃ TUY ĐỨC", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", ""),
        ("", "", "", "", ""),
        ("DANH SÁCH GIÁO VIÊN NĂM HỌC 2025-2026", "", "", "", ""),
        SIMPLE,
        ("(1)", "(2)", "(3)", "(4)", "(5)"),
        HOA,
        NGA,
    )
    assert [(one.line, one.full_name) for one in people] == [
        (6, "Nguyễn Thị Hoa"), (7, "Điểu Thị Nga"),
    ]  # fmt: skip
    hoa = people[0]
    assert (hoa.birth_year, hoa.position, hoa.phone) == (1988, Position.TEACHER, "+84912345678")
    assert hoa.places == ("DS", "DANH SÁCH GIÁO VIÊN NĂM HỌC 2025-2026", *hoa.places[2:])


def test_headings_without_accents_and_in_another_order():
    people, _ = read(
        ("SDT", "TRUONG", "CHUC VU", "HO VA TEN", "NAM SINH"),
        ("0912345678", "MN Hoa Sen", "GV", "Nguyen Thi Hoa", "1988"),
    )
    assert people[0].full_name == "Nguyen Thi Hoa"
    assert people[0].school == "MN Hoa Sen"


def test_totals_blanks_repeated_headings_and_signatures_are_no_people():
    people, skipped = read(
        SIMPLE, HOA, ("",) * 5, SIMPLE, NGA,
        ("Tổng cộng: 2 người", "", "", "", ""),
        ("Cộng", "", "", "", 2),
        ("", "", "", "Tuy Đức, ngày 20 tháng 11 năm 2026", ""),
        ("NGƯỜI LẬP BIỂU", "", "", "HIỆU TRƯỞNG", ""),
    )  # fmt: skip
    assert [one.full_name for one in people] == ["Nguyễn Thị Hoa", "Điểu Thị Nga"]
    assert (skipped.totals, skipped.blank, skipped.headings) == (2, 1, 1)


def test_somebody_called_tong_is_no_total():
    people, _ = read(SIMPLE, ("Tống Thị Cộng", *HOA[1:]), ("Tống Công Hợp", "", "", "MN Hoa", ""))
    assert [one.full_name for one in people] == ["Tống Thị Cộng", "Tống Công Hợp"]


def test_lines_of_groups_name_the_school_of_the_rows_below():
    people, skipped = read(
        ("STT", "Họ và tên", "Năm sinh"),
        ("I", "Trường MN Hoa Sen", ""), (1, "Nguyễn Thị Hoa", 1988),
        ("II", "Trường MN Hoa Cúc", ""), (1, "Điểu Thị Nga", 1990), (2, "Thị Mai", ""),
        name="Xã Tuy Đức",
    )  # fmt: skip
    assert [one.places[0] for one in people] == [
        "Trường MN Hoa Sen", "Trường MN Hoa Cúc", "Trường MN Hoa Cúc",
    ]  # fmt: skip
    assert people[0].places[1] == "Xã Tuy Đức"
    assert skipped.groups == 2


def test_names_in_two_columns_under_one_heading_or_two():
    merged, _ = read(
        ("TT", "Họ và tên", "", "Năm sinh"),
        (1, "Nguyễn Thị", "Hoa", 1988), (2, "Điểu Thị", "Nga", 1990),
    )  # fmt: skip
    parted, _ = read(("TT", "Họ và tên đệm", "Tên", "NS"), (1, "Nguyễn Thị", "Hoa", 1988))
    assert [one.full_name for one in merged] == ["Nguyễn Thị Hoa", "Điểu Thị Nga"]
    assert parted[0].full_name == "Nguyễn Thị Hoa"


def test_a_heading_of_two_rows_with_halves_and_marks():
    people, _ = read(
        ("TT", "Họ và tên", "Ngày sinh", "", "Trình độ chuyên môn", "", "",
         "Xếp loại chuẩn NN năm học 2024-2025", ""),
        ("", "", "Nam", "Nữ", "TC", "CĐ", "ĐH", "Khá", "Tốt"),
        (1, "Y Bhĩm Niê", "1/2/1990", "", "", "x", "", "x", ""),
        (2, "Nguyễn Thị Hoa", "", "3/4/1988", "", "", "x", "", "X"),
    )  # fmt: skip
    assert [one.birth_year for one in people] == [1990, 1988]
    assert [one.qualification for one in people] == [
        Qualification.COLLEGE, Qualification.UNIVERSITY,
    ]  # fmt: skip
    assert [one.rating for one in people] == [Rating.GOOD, Rating.EXCELLENT]
    assert people[0].rating_year == "2024-2025"


def test_two_columns_that_look_like_a_phone_are_asked_about():
    rows = (
        ("Họ và tên", "Trường", "SĐT", "Zalo"),
        ("Nguyễn Thị Hoa", "MN Hoa Sen", "0912345678", "0987654321"),
    )
    layout = layouts.find((Sheet("DS", rows),))
    (question,) = layout.questions
    assert question.field is Field.PHONE
    assert [(one.letter, one.heading) for one in question.columns] == [("C", "SĐT"), ("D", "Zalo")]

    answered, _ = read(*rows, answers={(0, Field.PHONE): 3})
    left_out, _ = read(*rows, answers={(0, Field.PHONE): None})
    forged, _ = read(*rows, answers={(0, Field.PHONE): 1})

    assert answered[0].phone == "+84987654321"
    assert left_out[0].phone is forged[0].phone is None


def test_a_column_of_phones_without_a_word_for_it_is_asked_about_too():
    numbers = [(f"Điểu Thị Nga {'ABCDE'[n]}", f"091234567{n}", f"098765432{n}") for n in range(5)]
    (question,) = layouts.find((Sheet("", [("Họ tên", "Số ĐT", "Liên hệ"), *numbers]),)).questions
    assert [one.letter for one in question.columns] == ["B", "C"]


def test_an_empty_second_column_needs_no_question():
    people, _ = read(
        ("Họ và tên", "Trường", "SĐT", "Zalo"), ("Nguyễn Thị Hoa", "MN Hoa Sen", "0912345678", "")
    )
    assert people[0].phone == "+84912345678"


def test_sheets_without_people_are_named_and_left_out():
    layout = layouts.find((Sheet("Xã A", (SIMPLE, HOA)), Sheet("Hướng dẫn", (("Điền đủ",),))))
    assert [one.name for one in layout.sheets] == ["Xã A"]
    assert layout.skipped == ("Hướng dẫn",)


def test_what_is_not_needed_is_not_kept():
    people, _ = read(
        ("Họ và tên", "Trường", "Dân tộc", "Số CCCD", "Mã định danh"),
        ("Nguyễn Thị Hoa", "MN Hoa Sen", "Kinh", "067188001234", "067188001234"),
    )
    assert "067188001234" not in str(people[0])
    assert "Kinh" not in str(people[0])
    assert people[0].remarks == [Remark.ID_CARD]


def test_core_levels_from_the_cell_or_the_heading():
    people, _ = read(
        ("Họ và tên", "Trường", "Cốt cán cấp tỉnh năm 2026"),
        ("Nguyễn Thị Hoa", "MN", "x"), ("Điểu Thị Nga", "MN", "huyện"), ("Thị Mai", "MN", ""),
    )  # fmt: skip
    assert [(one.core, one.core_year) for one in people] == [
        (Core.PROVINCE, 2026), (Core.DISTRICT, 2026), (None, None),
    ]  # fmt: skip
    unclear, _ = read(("Họ và tên", "Trường", "Cốt cán"), ("Nguyễn Thị Hoa", "MN", "x"))
    assert (unclear[0].core, unclear[0].remarks) == (None, [Remark.CORE_UNREADABLE])


def test_rows_that_say_nothing_of_a_teacher_are_refused():
    people, _ = read(
        SIMPLE, ("", 1988, "GV", "MN Hoa Sen", "0912345678"),
        ("=1+1", 1988, "GV", "MN Hoa Sen", ""), ("Lê Văn Tám", 1970, "Bảo vệ", "MN Hoa Sen", ""),
    )  # fmt: skip
    assert [one.fault for one in people] == [
        Fault.NO_NAME, Fault.NAME_UNREADABLE, Fault.NOT_STAFF,
    ]  # fmt: skip
