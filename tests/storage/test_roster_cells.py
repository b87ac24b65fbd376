"""What stands in the cells of offices' lists, and what is understood of it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import Core, Position, Qualification, Rating
from storage.rosters import cells, grades, headings, names
from storage.rosters.headings import Field
from storage.rosters.names import Likeness
from tests.names import NAMES

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NGUYỄN THỊ KIM CHI", "Nguyễn Thị Kim Chi"),
        ("nguyễn thị hoa", "Nguyễn Thị Hoa"),
        ("H'MAI BYĂ", "H'Mai Byă"),
        ("K’BRÔI", "K'Brôi"),
        ("Y BHĨM NIÊ", "Y Bhĩm Niê"),
        ("Nguyễn thị Hoa", "Nguyễn Thị Hoa"),
        ("Nguyễn Thị ANH-THƯ", "Nguyễn Thị Anh-Thư"),
        ("  Nguyễn\u00a0 Thị\u200b  Hoa ", "Nguyễn Thị Hoa"),
        ("Nguyễn ThịHoa", "Nguyễn Thị Hoa"),
        ("3. Nguyễn Thị Hoa (HT)", "Nguyễn Thị Hoa"),
        ("Cô Nguyễn Thị Hoa", "Nguyễn Thị Hoa"),
        ("Cô H'Lơn", "H'Lơn"),
        ("Ông Ích Hoa", "Ông Ích Hoa"),
        (unicodedata.normalize("NFD", "Đỗ Thị Hường"), "Đỗ Thị Hường"),
        ("Thủy", "Thủy"),
    ],
)
def test_a_name_is_brought_to_one_form(written: str, name: str):
    assert names.cleaned(written) == name
    assert names.trouble(name) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_in_order_stays_as_it_is(name: str):
    once = names.cleaned(name)
    assert names.cleaned(once) == once
    assert once.casefold() == names.cleaned(name.upper()).casefold()


@pytest.mark.parametrize("written", ['=HYPERLINK("x")', "+84912345678", "@Hoa", "Hoa 2", "***", ""])
def test_what_is_no_name_is_refused(written: str):
    assert names.trouble(names.cleaned(written))


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Nguyễn Thị Hoà", "Nguyễn Thị Hòa", Likeness.SAME),
        ("Hoa Nguyễn Thị", "Nguyễn Thị Hoa", Likeness.SAME),
        ("Nguyen Thi Hoa", "Nguyễn Thị Hòa", Likeness.BARE),
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hòa", Likeness.OTHER_ACCENTS),
        ("Nguyễn Thị Hoan", "Nguyễn Thị Hoa", Likeness.NEAR),
        ("Nguyễn Thị Ngọc Hoa", "Nguyễn Thị Hoa", Likeness.NEAR),
        ("Nguyễn Thị Hoa", "Trần Thị Hoa", Likeness.NONE),
        ("Thủy", "Hoa", Likeness.NONE),
    ],
)
def test_names_are_compared_without_their_order(one: str, other: str, likeness: Likeness):
    assert names.likeness(names.key(one), names.key(other)) is likeness
    assert names.likeness(names.key(other), names.key(one)) is likeness


@pytest.mark.parametrize(
    ("cell", "number", "others"),
    [
        ("0912345678", "+84912345678", False),
        (912345678, "+84912345678", False),
        (912345678.0, "+84912345678", False),
        (1681234567, "+84381234567", False),
        ("O912.345.678", "+84912345678", False),
        ("0168 123 4567", "+84381234567", False),
        ("0084 912345678", "+84912345678", False),
        ("'0912345678", "+84912345678", False),
        ("0912345678 - 02613544123", "+84912345678", True),
        ("0912345678/0912 345 678", "+84912345678", False),
        ("091234", None, False),
        ("=0912345678+1", None, False),
        ("", None, False),
    ],
)
def test_a_phone_is_read_as_offices_write_it(cell: str | int, number: str | None, others: bool):
    assert cells.phone(cell) == (number, others)


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (datetime(1988, 5, 12, tzinfo=UTC), 1988),
        (date(1988, 5, 12), 1988),
        (1988, 1988),
        (32275, 1988),
        ("12/05/1988", 1988),
        ("12.5.88", 1988),
        ("1/1/04", 2004),
        ("05/1988", 1988),
        ("1988-05-12", 1988),
        ("12051988", 1988),
        ("Năm 1988", 1988),
        ("12/13/19", None),
        ("1888", None),
        ("2020", None),
        ("12/05", None),
        ("1988-1990", None),
        ("", None),
    ],
)
def test_only_the_year_of_a_birth_is_kept(cell: str | int | date, year: int | None):
    assert cells.birth_year(cell, TODAY) == year


@given(st.one_of(st.text(), st.floats(), st.integers(), st.dates(), st.datetimes(), st.booleans()))
def test_any_cell_can_be_read(cell: str | float | bool | date):
    cells.phone(cell)
    cells.birth_year(cell, TODAY)
    cells.external_id(cell)
    names.trouble(names.cleaned(str(cell)))


def test_the_number_of_an_identity_card_is_never_kept():
    assert cells.external_id("067 193 001 234") == (None, True)
    assert cells.external_id(67193001234) == (None, True)
    assert cells.external_id("6700001234") == ("6700001234", False)
    assert cells.external_id(6700001234.0) == ("6700001234", False)
    assert cells.external_id("???") == (None, False)


@pytest.mark.parametrize(
    ("written", "position"),
    [
        ("GV", Position.TEACHER),
        ("Giáo viên - Tổ trưởng", Position.TEACHER),
        ("giao vien mam non", Position.TEACHER),
        ("P.HT", Position.DEPUTY),
        ("Phó Hiệu trưởng", Position.DEPUTY),
        ("HT", Position.PRINCIPAL),
        ("Chủ nhóm trẻ", Position.PRINCIPAL),
        ("CBQL", None),
        ("Kế toán", None),
    ],
)
def test_positions_are_known_by_many_names(written: str, position: Position | None):
    assert grades.position(written) is position


@pytest.mark.parametrize(
    ("written", "qualification"),
    [
        ("ĐHSP Mầm non", Qualification.UNIVERSITY),
        ("Cử nhân", Qualification.UNIVERSITY),
        ("CĐSP", Qualification.COLLEGE),
        ("Cao đẳng", Qualification.COLLEGE),
        ("TCSPMN", Qualification.SECONDARY),
        ("THSP", Qualification.SECONDARY),
        ("Thạc sĩ QLGD", Qualification.POSTGRADUATE),
        ("Sau đại học", Qualification.POSTGRADUATE),
        ("12/12", None),
    ],
)
def test_qualifications_are_known_by_many_names(written: str, qualification: Qualification | None):
    assert grades.qualification(written) is qualification


def test_ratings_and_core_levels():
    assert [grades.rating(one) for one in ("Tốt", "Khá", "đạt", "Chưa đạt", "Xuất sắc")] == [
        Rating.EXCELLENT, Rating.GOOD, Rating.ADEQUATE, Rating.BELOW, None,
    ]  # fmt: skip
    assert grades.core("Cốt cán cấp tỉnh") is Core.PROVINCE
    assert grades.core("huyện") is Core.DISTRICT
    assert grades.core("x") is None


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Họ và tên", Field.NAME),
        ("HO VA TEN", Field.NAME),
        ("Họ, tên giáo viên", Field.NAME),
        ("Họ và tên đệm", Field.SURNAME),
        ("Họ và chữ đệm", Field.SURNAME),
        ("Tên", Field.GIVEN),
        ("Ngày,\ntháng, năm sinh", Field.BIRTH),
        ("NS", Field.BIRTH),
        ("SĐT", Field.PHONE),
        ("Điện thoại liên hệ", Field.PHONE),
        ("So DT", Field.PHONE),
        ("Đơn vị công tác", Field.SCHOOL),
        ("Tên trường", Field.SCHOOL),
        ("Xã/Phường", Field.COMMUNE),
        ("Huyện (cũ)", Field.DISTRICT),
        ("Chức vụ", Field.POSITION),
        ("Trình độ chuyên môn", Field.QUALIFICATION),
        ("Xếp loại chuẩn nghề nghiệp năm học 2025-2026", Field.RATING),
        ("GV cốt cán", Field.CORE),
        ("Mã định danh", Field.EXTERNAL_ID),
        ("STT", None),
        ("Nơi sinh", None),
        ("Trình độ tin học", None),
        ("Dân tộc", None),
        ("Giới tính", None),
    ],
)
def test_headings_are_known_by_many_names(heading: str, field: Field | None):
    assert headings.meaning(heading) == headings.Heading(field)


@pytest.mark.parametrize("heading", ["Số CCCD", "CMND", "Số định danh cá nhân", "Số tài khoản"])
def test_numbers_of_cards_and_accounts_are_never_read(heading: str):
    assert headings.meaning(heading).personal
