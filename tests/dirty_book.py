"""The dirty roster as a workbook, and the province it belongs to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

import xlsxwriter
from sqlalchemy import insert, select

from storage import codes, numbering, schools, spelling, units
from storage.models import (
    Ownership,
    Person,
    PersonalCode,
    School,
    SchoolType,
    Source,
    Unit,
    UnitKind,
)
from storage.sample.names import Names
from tests.dirty import GRADES, POSITIONS, RATINGS, SCHOOLS, Row

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

Place: TypeAlias = tuple[int, str, str]  # a school's id and name, its commune


@dataclass(slots=True)
class Dirty:
    """What was made: how many rows of each kind, and what has to come of each line."""

    kinds: Counter[str] = field(default_factory=Counter[str])
    expected: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    gone: list[str] = field(default_factory=list[str])


HEADINGS = ("STT", "Họ và tên", "Ngày, tháng, năm sinh", "Giới tính", "Dân tộc", "Số CCCD",
            "Mã định danh", "Chức vụ", "Đơn vị công tác", "Xã/Phường", "Số điện thoại",
            "Trình độ chuyên môn", "Xếp loại chuẩn NN năm học 2025-2026", "Ghi chú")  # fmt: skip
BARE = ("TT", "Ho va ten GV", "Nam sinh", "Gioi tinh", "Dan toc", "CMND", "Ma GV", "Chuc danh",
        "Truong", "Dia ban xa", "SDT", "Bang cap", "Danh gia chuan 2025-2026", "")  # fmt: skip


def province(db: Connection, count: int) -> list[Place]:
    """Units and `count` schools, several of one name."""
    units.load(db)
    communes = db.execute(
        select(Unit.id, Unit.name)
        .where(Unit.kind == UnitKind.COMMUNE, Unit.valid_to.is_(None))
        .order_by(Unit.id)
    ).all()
    rows = [
        {
            "id": number + 1, "name": f"Trường MN {SCHOOLS[number // len(communes)]}",
            "folded": schools.fold_name(f"Trường MN {SCHOOLS[number // len(communes)]}"),
            "type": SchoolType.PRESCHOOL, "ownership": Ownership.PUBLIC,
            "unit_id": communes[number % len(communes)].id,
        }
        for number in range(count)
    ]  # fmt: skip
    db.execute(insert(School), rows)
    numbering.go_on(db, School)
    return [
        (row["id"], row["name"], communes[n % len(communes)].name) for n, row in enumerate(rows)
    ]


def people(rng: Random, places: list[Place], count: int) -> list[tuple[int, Row]]:
    """Clean rows, school by school, with names that nobody else of the school has."""
    names, taken = Names(rng), set[str]()
    each = -(-count // len(places))
    found: list[tuple[int, Row]] = []
    for number in range(count):
        school_id, school, commune = places[number // each]
        if number % each == 0:
            taken = set()
        row = Row(
            names.person(taken), rng.randint(1968, 2003), rng.choice(list(POSITIONS)),
            school, commune, f"09{rng.randint(10_000_000, 99_999_999)}", f"6700{number:06d}",
            rng.choice(list(GRADES)), rng.choice(list(RATINGS)),
        )  # fmt: skip
        found.append((school_id, row))
    return found


def known(db: Connection, listed: list[tuple[int, Row]], now: datetime) -> None:
    """Write people as an earlier list left them."""
    rows = [
        {
            "id": number, "full_name": row.name, "sort_key": spelling.sort_key(row.name),
            "folded": spelling.fold(row.name), "birth_year": row.birth,
            "position": POSITIONS[row.position], "qualification": GRADES[row.grade],
            "rating": RATINGS[row.rating], "rating_year": "2025-2026",
            "rating_source": Source.ROSTER, "phone": f"+84{row.phone[1:]}",
            "external_id": row.external_id, "school_id": school_id, "source": Source.ROSTER,
            "verified_at": now,
        }
        for number, (school_id, row) in enumerate(listed, 1)
    ]  # fmt: skip
    for start in range(0, len(rows), 5000):
        db.execute(insert(Person), rows[start : start + 5000])
    numbering.go_on(db, Person)
    drawn = Random("codes")
    found: set[str] = set()
    while len(found) < len(rows):
        found.add(codes.complete(str(drawn.randint(1_000_000, 9_999_999))))
    db.execute(
        insert(PersonalCode),
        [
            {"code": code, "person_id": row["id"]}
            for code, row in zip(sorted(found), rows, strict=True)
        ],
    )


def write(path: Path, rows: list[Row], sheets: int = 4) -> Dirty:
    """Write the workbook: titles, two spellings of the headings, totals, blank rows."""
    dirty = Dirty(gone=[row.name for row in rows if row.expected == "gone"])
    dirty.kinds["missing"] = len(dirty.gone)
    rows = [row for row in rows if row.expected != "gone"]
    each = -(-len(rows) // sheets)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number in range(sheets):
            _sheet(book, day, f"Cụm {number + 1}", BARE if number % 2 else HEADINGS,
                   rows[number * each : (number + 1) * each], dirty)  # fmt: skip
        book.add_worksheet("Hướng dẫn").write_string(0, 0, "Điền đủ các cột.")
    return dirty


def _sheet(
    book: Any, day: Any, name: str, headings: tuple[str, ...], rows: list[Row], dirty: Dirty
) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, "UBND TỈNH LÂM ĐỒNG")
    sheet.write_string(1, 3, "DANH SÁCH CBQL, GIÁO VIÊN MẦM NON NĂM HỌC 2025-2026")
    sheet.write_row(3, 0, headings)
    sheet.write_row(4, 0, [f"({at + 1})" for at in range(len(headings))])
    line = 5
    for number, row in enumerate(rows, 1):
        if number % 500 == 0:
            sheet.write_string(line, 1, f"Tổng cộng: {number} người")
            sheet.write_row(line + 2, 0, headings)
            line += 3
            dirty.kinds.update(("total", "heading", "blank"))
        _line(sheet, line, number, row, day)
        line += 1
        dirty.kinds[row.kind] += 1
        dirty.expected[name, line] = row.expected
    sheet.write_string(line + 1, 8, "Lâm Đồng, ngày 20 tháng 11 năm 2026")
    sheet.write_string(line + 2, 8, "NGƯỜI LẬP BIỂU")


def _line(sheet: Any, line: int, number: int, row: Row, day: Any) -> None:
    cells = (
        number, row.name, row.birth, "Nữ", "Kinh", "067193001234", row.external_id, row.position,
        row.school, row.commune, row.phone, row.grade, row.rating, "",
    )  # fmt: skip
    for at, cell in enumerate(cells):
        if isinstance(cell, date):
            sheet.write_datetime(line, at, cell, day)
        elif isinstance(cell, int):
            sheet.write_number(line, at, cell)
        elif cell:
            sheet.write_string(line, at, cell)
