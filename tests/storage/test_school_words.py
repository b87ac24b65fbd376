"""What the words of offices' lists say of a school."""

from __future__ import annotations

import pytest

from storage.models import Ownership, SchoolType
from storage.rosters import school_words

PUBLIC, PRIVATE = Ownership.PUBLIC, Ownership.PRIVATE


@pytest.mark.parametrize(
    ("written", "kind", "run", "name"),
    [
        ("MN Hoa Sen", SchoolType.PRESCHOOL, PUBLIC, "Trường MN Hoa Sen"),
        ("TRƯỜNG MẦM NON HOA SEN", SchoolType.PRESCHOOL, PUBLIC, "Trường MN Hoa Sen"),
        ("truong mg hoa mi", SchoolType.KINDERGARTEN, PUBLIC, "Trường MG Hoa Mi"),
        ("Trường MN tư thục Ánh Dương", SchoolType.PRESCHOOL, PRIVATE,
         "Trường MN tư thục Ánh Dương"),
        ("Nhóm trẻ Nắng Mai", SchoolType.GROUP, PRIVATE, "Nhóm trẻ Nắng Mai"),
        ("Lớp MG độc lập Hoa Cúc", SchoolType.CLASS, PRIVATE, "Lớp MG độc lập Hoa Cúc"),
        ("Cơ sở mầm non độc lập Bé Ngoan", SchoolType.GROUP, PRIVATE, "Nhóm trẻ Bé Ngoan"),
        ("MN Hoa Cúc, xã Tuy Đức", SchoolType.PRESCHOOL, PUBLIC, "Trường MN Hoa Cúc"),
        ("MN 19-5", SchoolType.PRESCHOOL, PUBLIC, "Trường MN 19-5"),
        ("I. Trường MN Hoa Sen", SchoolType.PRESCHOOL, PUBLIC, "Trường MN Hoa Sen"),
    ],
)  # fmt: skip
def test_a_name_says_what_kind_of_school_it_is(
    written: str, kind: SchoolType, run: Ownership, name: str
) -> None:
    assert school_words.kind(written) is kind
    assert school_words.ownership(written, kind) is run
    assert school_words.name(written, kind) == name


def test_a_bare_name_says_no_type() -> None:
    assert school_words.kind("Hoa Cúc") is None
    assert school_words.kind("NT Tuổi Thơ") is None
    assert school_words.name("NT Tuổi Thơ", SchoolType.GROUP) == "Nhóm trẻ Tuổi Thơ"
    assert school_words.parted("MN Hoa Cúc (điểm lẻ 2)") == ("MN Hoa Cúc", "điểm lẻ 2")


def test_of_the_lines_above_a_list_the_one_with_a_name_counts() -> None:
    lines = ("DS", "Danh sách các trường mầm non xã Tuy Đức",
             "DANH SÁCH CBQL, GV TRƯỜNG MG HỌA MI NĂM HỌC 2025-2026")  # fmt: skip
    assert school_words.line(lines) == lines[2]
    assert school_words.name(lines[2], SchoolType.KINDERGARTEN) == "Trường MG Họa Mi"
    assert not school_words.line(lines[:2])
