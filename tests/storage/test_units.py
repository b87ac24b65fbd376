"""The shipped units, and what people mean by their names."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from storage import database, schema, unit_words, units
from storage.models import ChangeKind, Unit, UnitAlias, UnitChange, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

TODAY = date(2026, 11, 23)
REFORM = date(2025, 7, 1)
LAM_DONG, DAK_NONG = 1, 2


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    file: Path = tmp_path_factory.mktemp("units") / "units.db"
    engine = database.sqlite(database.address(f"sqlite:///{file}"))
    with engine.begin() as connection:
        schema.upgrade(connection)
        units.load(connection)
        yield connection
    engine.dispose()


def names(places: list[units.Place]) -> list[str]:
    return [f"{place.name}{' cũ' if place.former else ''}" for place in places]


def below(db: Connection, path: str, kind: UnitKind) -> int:
    return db.execute(
        select(func.count()).where(Unit.path.startswith(path), Unit.kind == kind)
    ).scalar_one()


def test_the_three_provinces_are_whole(db: Connection) -> None:
    counts = [
        (below(db, f"/{root}/", UnitKind.DISTRICT), below(db, f"/{root}/", UnitKind.COMMUNE))
        for root in (LAM_DONG, DAK_NONG, 3, 4)
    ]

    assert counts == [(0, 124), (8, 71), (10, 137), (10, 121)]


def test_loading_again_changes_nothing(db: Connection) -> None:
    tables = (Unit, UnitAlias, UnitChange)
    before = [db.execute(select(func.count(table.id))).scalar_one() for table in tables]

    assert units.load(db) == 0
    assert [db.execute(select(func.count(table.id))).scalar_one() for table in tables] == before


def test_every_old_commune_leads_to_a_new_one_and_back(db: Connection) -> None:
    old = [place for root in (DAK_NONG, 3, 4) for place in units.communes_under(db, root)]

    assert len(old) == 329
    for place in old:
        led = units.successors(db, place.id)
        assert led, place.name
        assert all(not new.former and new.path.startswith("/1/") for new in led)
        assert all(place in units.predecessors(db, new.id) for new in led)


def test_dak_nong_became_28_communes(db: Connection) -> None:
    became = {new.id for old in units.communes_under(db, DAK_NONG)
              for new in units.successors(db, old.id)}  # fmt: skip

    assert len(became) == 28


def test_paths_run_from_the_root_to_the_unit(db: Connection) -> None:
    parent = aliased(Unit)
    rows = db.execute(
        select(Unit.id, Unit.path, func.coalesce(parent.path, "/"))
        .outerjoin(parent, parent.id == Unit.parent_id)
    )  # fmt: skip

    assert all(path == f"{above}{unit_id}/" for unit_id, path, above in rows)


def test_two_communes_were_divided(db: Connection) -> None:
    split = db.execute(
        select(UnitChange.from_id, func.count()).where(UnitChange.kind == ChangeKind.SPLIT)
        .group_by(UnitChange.from_id)
    ).all()  # fmt: skip

    assert [count for _, count in split] == [2, 2]
    assert sorted(units.get(db, row.from_id).bare for row in split) == ["Hòa Thắng", "Phong Phú"]


def test_each_change_has_its_day_and_its_paper(db: Connection) -> None:
    papers = db.execute(select(UnitChange.legal_basis, UnitChange.day).distinct()).all()

    assert set(papers) == {("1671/NQ-UBTVQH15", REFORM), ("202/2025/QH15", REFORM)}


def test_the_old_units_ended_the_day_before_the_new_ones_began(db: Connection) -> None:
    days = {tuple(row) for row in db.execute(select(Unit.valid_from, Unit.valid_to))}

    assert days == {(REFORM, None), (None, date(2025, 6, 30))}


@pytest.mark.parametrize(
    ("commune", "districts"),
    [
        ("Phường Bắc Gia Nghĩa", {"Thành phố Gia Nghĩa", "Huyện Đăk Glong"}),
        ("Xã Đắk Sắk", {"Huyện Đắk Mil", "Huyện Krông Nô"}),
    ],
)
def test_two_new_communes_lie_in_two_old_districts(
    db: Connection, commune: str, districts: set[str]
) -> None:
    (place, *_) = units.named(db, commune, TODAY)

    assert {old.parent for old in units.predecessors(db, place.id)} == districts


def test_every_other_new_commune_of_dak_nong_lies_in_one_old_district(db: Connection) -> None:
    olds: dict[int, set[str]] = {}
    for old in units.communes_under(db, DAK_NONG):
        for new in units.successors(db, old.id):
            olds.setdefault(new.id, set()).add(old.parent)

    assert sorted(len(districts) for districts in olds.values()) == [1] * 26 + [2, 2]


def test_codes_were_given_out_again(db: Connection) -> None:
    new, old = aliased(Unit), aliased(Unit)
    reused = db.execute(
        select(func.count())
        .select_from(new).join(old, old.code == new.code)
        .where(new.parent_id == LAM_DONG, old.path.startswith("/2/"),
               old.kind == UnitKind.COMMUNE, old.name != new.name)
    ).scalar_one()  # fmt: skip

    assert reused >= 14


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dak mil", ["Xã Đắk Mil", "Huyện Đắk Mil cũ", "Thị trấn Đắk Mil cũ"]),
        ("đăk mil cũ", ["Huyện Đắk Mil cũ", "Thị trấn Đắk Mil cũ"]),
        ("huyện đắk mil cũ", ["Huyện Đắk Mil cũ"]),
        ("dak mil moi", ["Xã Đắk Mil"]),
        ("thi tran dak mil", ["Thị trấn Đắk Mil cũ"]),
        ("xa tuy duc", ["Xã Tuy Đức"]),
        ("tuyduc", ["Xã Tuy Đức", "Huyện Tuy Đức cũ"]),
        ("TUY ĐỨC", ["Xã Tuy Đức", "Huyện Tuy Đức cũ"]),
        (unicodedata.normalize("NFD", "Tuy Đức"), ["Xã Tuy Đức", "Huyện Tuy Đức cũ"]),
        ("dakrlap", ["Huyện Đắk R'Lấp cũ"]),
        ("Rlap", ["Huyện Đắk R'Lấp cũ"]),
        ("Đăk R’Lấp", ["Huyện Đắk R'Lấp cũ"]),
        ("dac nong", ["Tỉnh Đắk Nông cũ"]),
        ("Daknong", ["Tỉnh Đắk Nông cũ"]),
        ("Dack Glong", ["Huyện Đăk Glong cũ"]),
        ("cu jut", ["Xã Cư Jút", "Huyện Cư Jút cũ"]),
        ("cu jut cu", ["Huyện Cư Jút cũ"]),
        ("Đắk N'Dung", ["Xã Đắk N'Drung cũ"]),
        ("TP. Gia Nghĩa", ["Thành phố Gia Nghĩa cũ"]),
        ("phường 7, TP Đà Lạt", ["Phường 7 cũ"]),
        ("p.12", ["Phường 12 cũ"]),
        ("Xã Đắk Ha, huyện Đắk Glong, tỉnh Đắk Nông", ["Xã Đắk Ha cũ"]),
        ("lâm đồng", ["Tỉnh Lâm Đồng", "Tỉnh Lâm Đồng cũ"]),
        ("xa ta dung cu", []),  # there was no old one
        ("xin chào", []),
        ("7", []),
        ("", []),
        ("xã", []),
        ("'" * 50, []),
    ],
)
def test_what_people_write_is_understood(db: Connection, typed: str, meant: list[str]) -> None:
    found = units.named(db, typed, TODAY)

    assert names(found) == meant
    assert not any(place.near for place in found)


def test_gia_nghia_means_three_wards_and_the_former_town(db: Connection) -> None:
    found = units.named(db, "gia nghia", TODAY)

    assert [place.former for place in found] == [False, False, False, True]
    assert {place.bare for place in found[:3]} == {
        "Bắc Gia Nghĩa", "Nam Gia Nghĩa", "Đông Gia Nghĩa",
    }  # fmt: skip


def test_a_name_that_is_exact_hides_its_neighbours(db: Connection) -> None:
    assert names(units.named(db, "dak mol", TODAY)) == ["Xã Đắk Môl cũ"]


def test_near_names_are_marked_and_never_mixed_with_exact_ones(db: Connection) -> None:
    found = units.named(db, "dak mul", TODAY)

    assert {place.bare for place in found} == {"Đắk Mil", "Đắk Môl"}
    assert all(place.near for place in found)


def test_accents_that_were_typed_decide_the_order(db: Connection) -> None:
    assert [p.bare for p in units.named(db, "tân thanh cũ", TODAY)][:1] == ["Tân Thanh"]
    assert [p.bare for p in units.named(db, "tân thành cũ", TODAY)][:1] == ["Tân Thành"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("thang 12 co lop nao o tuy duc ko", ["Xã Tuy Đức", "Huyện Tuy Đức cũ"]),
        ("em day o huyen dak mil cu gio thuoc xa nao", ["Huyện Đắk Mil cũ"]),
        ("cac xa thuoc Cư Jút cũ", ["Huyện Cư Jút cũ"]),
        ("mn hoa cuc dak buk so", ["Xã Đắk Búk So cũ"]),
        ("phường lâm viên đà lạt", ["Phường Lâm Viên - Đà Lạt"]),
        ("huy oi mai chi ban roi", []),
        ("lop nay la da het cho", []),
        ("lớp này là đã hết chỗ", []),
        ("co lop o la da ko", ["Xã La Dạ", "Xã La Dạ cũ"]),
        ("em nhan co ma roi", []),
        ("lop o nhan co", ["Xã Nhân Cơ", "Xã Nhân Cơ cũ"]),
    ],
)
def test_units_are_heard_inside_a_sentence(db: Connection, text: str, meant: list[str]) -> None:
    assert names(units.mentioned(db, text)) == meant


def test_the_longest_name_comes_first(db: Connection) -> None:
    found = units.mentioned(db, "tu tuy duc sang dak buk so")

    assert names(found)[0] == "Xã Đắk Búk So cũ"


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_finds_exact_names_or_near_ones_but_never_both(db: Connection, text: str) -> None:
    found = units.named(db, text, TODAY)

    assert len({place.near for place in found}) <= 1
    assert len({place.id for place in found}) == len(found)
    assert not any(place.near for place in units.mentioned(db, text))


def test_a_whole_document_is_not_read(db: Connection) -> None:
    text = "em day " * 2_000 + "o tuy duc"

    assert units.mentioned(db, text) == []
    assert len(unit_words.split(text)) == unit_words.LISTENED


def test_a_former_district_became_what_its_communes_became(db: Connection) -> None:
    (district,) = units.named(db, "huyện đắk mil", TODAY)

    led = units.successors(db, district.id)
    assert [place.inside for place in led] == [
        "xã Đức Lập", "xã Đắk Mil", "xã Đắk Sắk", "xã Thuận An",
    ]  # fmt: skip
    assert len(units.communes_under(db, district.id)) == 10


def test_the_tree_of_a_day(db: Connection) -> None:
    before, after = date(2025, 6, 30), REFORM

    assert (
        len(units.children(db, DAK_NONG, before)),
        len(units.children(db, DAK_NONG, after)),
    ) == (8, 0)
    assert (
        len(units.children(db, LAM_DONG, before)),
        len(units.children(db, LAM_DONG, after)),
    ) == (0, 124)
    assert names(units.roots(db)) == [
        "Tỉnh Lâm Đồng", "Tỉnh Đắk Nông cũ", "Tỉnh Lâm Đồng cũ", "Tỉnh Bình Thuận cũ",
    ]  # fmt: skip


def test_a_unit_is_former_only_after_its_last_day(db: Connection) -> None:
    assert not units.get(db, DAK_NONG, date(2025, 6, 30)).former
    assert units.get(db, DAK_NONG, REFORM).former
    assert units.get(db, 9_999) is None


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("dakmil", "dakmol", True),
        ("dakmil", "dakmi", True),
        ("dakmil", "dakmli", True),
        ("dakmil", "adkmil", True),
        ("dakmil", "dakmil", False),
        ("dakmil", "dakmoll", False),
        ("dakmil", "kadmil", False),
        ("phuong7", "phuong8", False),
    ],
)
def test_one_slip_is_near(one: str, other: str, near: bool) -> None:
    assert unit_words.close(one, other) is near
    assert unit_words.close(other, one) is near
