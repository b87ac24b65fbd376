"""Schools found by what people write of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from storage import database, schema, schools, units
from storage.models import Ownership, School, SchoolType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

TUY_DUC, QUANG_TAN, BAC_GIA_NGHIA, THUAN_AN = 125, 126, 101, 114
DAK_BUK_SO, QUANG_TAM, OLD_QUANG_TAN, DAK_HA, DAK_LAO = 367, 368, 371, 311, 325
SCHOOLS = (
    ("Trường MN Hoa Cúc", SchoolType.PRESCHOOL, TUY_DUC, DAK_BUK_SO),
    ("Lớp MG độc lập Hoa Cúc", SchoolType.CLASS, QUANG_TAN, OLD_QUANG_TAN),
    ("Nhóm trẻ Nắng Mai", SchoolType.GROUP, BAC_GIA_NGHIA, DAK_HA),
    ("Trường MN Quảng Tâm", SchoolType.PRESCHOOL, TUY_DUC, QUANG_TAM),
    ("Trường MG Hoa Pơ Lang 2", SchoolType.KINDERGARTEN, THUAN_AN, DAK_LAO),
    ("Nhóm trẻ Bé Ngoan", SchoolType.GROUP, TUY_DUC, None),
    *((f"Trường MN Sao Mai {n}", SchoolType.PRESCHOOL, THUAN_AN, DAK_LAO) for n in range(1, 10)),
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    file: Path = tmp_path_factory.mktemp("schools") / "schools.db"
    engine = database.sqlite(database.address(f"sqlite:///{file}"))
    with engine.begin() as connection:
        schema.upgrade(connection)
        units.load(connection)
        connection.execute(
            insert(School),
            [
                {
                    "name": name, "folded": schools.fold_name(name), "type": kind,
                    "ownership": Ownership.PUBLIC, "unit_id": unit_id, "old_unit_id": old_id,
                }
                for name, kind, unit_id, old_id in SCHOOLS
            ],
        )  # fmt: skip
        yield connection
    engine.dispose()


def labels(found: list[schools.SchoolFound]) -> list[str]:
    return [
        f"{school.name}, {school.commune_inside}"
        + (f" ({school.old_commune} cũ)" if school.old_commune else "")
        for school in found
    ]


HERE = "Trường MN Hoa Cúc, xã Tuy Đức (Đắk Búk So cũ)"
THERE = "Lớp MG độc lập Hoa Cúc, xã Quảng Tân"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mn hoa cuc dak buk so", [HERE, THERE]),
        ("Trường mầm non Hoa Cúc, xã Đắk Búk So, huyện Tuy Đức", [HERE, THERE]),
        ("hoa cúc quảng tân", [THERE, HERE]),
        ("lop mau giao doc lap hoa cuc", [THERE, HERE]),
        ("mn hoacuc tuyduc", [HERE, THERE]),
        ("em day o nhom tre nang mai dak ha cu",
         ["Nhóm trẻ Nắng Mai, phường Bắc Gia Nghĩa (Đắk Ha cũ)"]),
        ("mg hoa po lang dak mil cũ", ["Trường MG Hoa Pơ Lang 2, xã Thuận An (Đắk Lao cũ)"]),
        ("truong mn quang tam", ["Trường MN Quảng Tâm, xã Tuy Đức (Quảng Tâm cũ)"]),
        ("be ngoan", ["Nhóm trẻ Bé Ngoan, xã Tuy Đức"]),
        ("truong mam non", []),
        ("", []),
        ("🌼", []),
    ],
)  # fmt: skip
def test_schools_are_found_by_name_and_ranked_by_place(
    db: Connection, typed: str, meant: list[str]
) -> None:
    found = schools.search(db, typed)

    assert labels(found) == meant
    assert not any(school.near for school in found)


def test_a_place_in_the_text_is_not_taken_for_the_name(db: Connection) -> None:
    assert "Quảng Tâm" not in " ".join(labels(schools.search(db, "hoa cuc quang tam"))[1:])
    assert labels(schools.search(db, "hoa cuc quang tam"))[0] == HERE


def test_near_names_are_marked_and_only_found_where_nothing_fits(db: Connection) -> None:
    found = schools.search(db, "mn hoa cuv dak buk so")

    assert labels(found) == [HERE, THERE]
    assert all(school.near for school in found)


def test_no_more_than_one_screen_is_found(db: Connection) -> None:
    assert len(schools.search(db, "sao mai")) == schools.SHOWN


def test_a_number_in_a_name_counts(db: Connection) -> None:
    assert schools.search(db, "mn sao mai 7")[0].name == "Trường MN Sao Mai 7"


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Trường MN Hoa Cúc", "hoa cuc"),
        ("Trường Mẫu giáo Hoa Cúc", "hoa cuc"),
        ("Lớp MG độc lập Hoa Cúc", "hoa cuc"),
        ("Nhóm trẻ độc lập tư thục Nắng Mai", "nang mai"),
        ("Nhà trẻ Mầm Xanh", "mam xanh"),
        ("Trường MN 1/6", "1 6"),
    ],
)
def test_the_stored_name_has_no_words_for_the_type(name: str, folded: str) -> None:
    assert schools.fold_name(name) == folded


def test_one_school_by_its_id(db: Connection) -> None:
    (school, _) = schools.search(db, "hoa cuc tuy duc")

    assert schools.get(db, school.id) == school
    assert schools.get(db, 9_999) is None
