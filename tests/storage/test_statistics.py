"""The order of rows, and the names by which it goes."""

from __future__ import annotations

import pytest

from storage import statistics


def test_numbers_in_names_are_ordered_by_value_and_kinds_do_not_count() -> None:
    names = ["Phường 10", "Trường MN Hoa Mai", "Phường 2", "Trường MG Bằng Lăng", "Xã Đạ Huoai"]

    assert sorted(names, key=statistics.order) == [
        "Trường MG Bằng Lăng", "Xã Đạ Huoai", "Trường MN Hoa Mai", "Phường 2", "Phường 10",
    ]  # fmt: skip


def test_a_commune_may_be_called_like_a_school() -> None:
    names = ["Xã Tuy Đức", "Xã Trường Xuân", "Xã Xuân Hương"]

    assert sorted(names, key=statistics.order) == ["Xã Trường Xuân", "Xã Tuy Đức", "Xã Xuân Hương"]


@pytest.mark.parametrize(
    ("school", "own"),
    [
        ("Trường MN Hoa Cúc", "Hoa Cúc"),
        ("Lớp MG độc lập Hoa Cúc", "Hoa Cúc"),
        ("Nhóm trẻ Nắng Mai", "Nắng Mai"),
        ("Đắk R'Lấp", "Đắk R'Lấp"),
    ],
)
def test_the_own_name_of_a_school(school: str, own: str) -> None:
    assert statistics.own_name(school) == own
