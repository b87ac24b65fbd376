"""What is not opened, however it is called, and what goes out without running anywhere."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from python_calamine import load_workbook

from storage import workbooks
from storage.rosters import books, files
from storage.rosters.files import FileTrouble, Kind
from storage.workbooks import Table

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"


def book(path: Path, **cells: str | int) -> Path:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for place, value in (cells or {"A1": "x"}).items():
            sheet.write(place, value)
    return path


def repacked(path: Path, name: str, content: bytes) -> Path:
    """The same workbook with one part replaced."""
    with zipfile.ZipFile(path) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, kept in (parts | {name: content}).items():
            packed.writestr(part, kept)
    return path


def test_what_can_be_read(tmp_path: Path):
    assert files.look(book(tmp_path / "a.xlsx")) is Kind.XLSX
    (tmp_path / "a.txt").write_text("Họ và tên;SĐT", encoding="utf-16")
    assert files.look(tmp_path / "a.txt") is Kind.CSV


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", FileTrouble.EMPTY),
        (b"%PDF-1.7 ...", FileTrouble.NOT_A_TABLE),
        (b"\x89PNG\r\n\x1a\n", FileTrouble.NOT_A_TABLE),
        (b"<html><table><tr><td>Ho ten", FileTrouble.NOT_A_TABLE),
        (b"\x00\x01\x02", FileTrouble.NOT_A_TABLE),
        (b"PK\x03\x04 torn", FileTrouble.BROKEN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), FileTrouble.NOT_A_TABLE),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            FileTrouble.PASSWORD,
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + bytes(600),
            FileTrouble.BROKEN,
        ),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, trouble: FileTrouble):
    (tmp_path / "roster.xlsx").write_bytes(content)
    assert books.read(tmp_path / "roster.xlsx") is trouble


def test_a_document_packed_like_a_workbook_is_refused(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as packed:
        packed.writestr("word/document.xml", "<w/>")
    assert files.look(tmp_path / "a.docx") is FileTrouble.NOT_A_TABLE


def test_200_mb_are_refused_without_being_opened(tmp_path: Path):
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(200_000_000)
    (tmp_path / "a.xlsx").chmod(0)
    assert files.look(tmp_path / "a.xlsx") is FileTrouble.TOO_LARGE


def test_a_bomb_that_says_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MOST_UNPACKED", 1_000_000)
    path = repacked(book(tmp_path / "a.xlsx"), "xl/media/a.xml", bytes(1_000_001))
    assert path.stat().st_size < 20_000
    assert files.look(path) is FileTrouble.BOMB


def test_a_bomb_that_lies_about_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "MOST_UNPACKED", 1_000_000)
    path = repacked(book(tmp_path / "a.xlsx"), "xl/media/a.xml", bytes(5_000_000))
    with zipfile.ZipFile(path) as packed:
        part = packed.getinfo("xl/media/a.xml")
    content = path.read_bytes()
    true = struct.pack("<II", part.compress_size, 5_000_000)
    path.write_bytes(content.replace(true, struct.pack("<II", part.compress_size, 9)))
    with zipfile.ZipFile(path) as packed:
        assert packed.getinfo("xl/media/a.xml").file_size == 9
    assert files.look(path) is FileTrouble.BOMB


def test_one_stray_cell_in_the_last_corner_is_refused(tmp_path: Path):
    assert books.read(book(tmp_path / "a.xlsx", A1="x", XFD1048576="y")) is (
        FileTrouble.TOO_MANY_CELLS
    )
    assert books.read(book(tmp_path / "b.xlsx", A1="x", XFD20000="y")) is (
        FileTrouble.TOO_MANY_CELLS
    )
    assert not isinstance(books.read(book(tmp_path / "c.xlsx", A1="x", Z2000="y")), FileTrouble)


def test_rows_without_numbers_are_counted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MOST_ROWS", 1_000)
    rows = b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 1_001
    path = repacked(book(tmp_path / "a.xlsx"), SHEET, rows + b"</sheetData></worksheet>")
    assert files.look(path) is FileTrouble.TOO_MANY_CELLS


def test_parts_with_a_password_are_refused(tmp_path: Path):
    path = book(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert files.look(path) is FileTrouble.PASSWORD


def test_a_torn_workbook_is_refused(tmp_path: Path):
    path = book(tmp_path / "a.xlsx")
    path.write_bytes(path.read_bytes()[:-200])
    assert books.read(path) is FileTrouble.BROKEN
    path = repacked(book(tmp_path / "b.xlsx"), SHEET, b"<worksheet><sheetData><row>")
    assert books.read(path) in (FileTrouble.BROKEN, FileTrouble.EMPTY)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_text_is_read_in_any_of_the_usual_ways(tmp_path: Path, encoding: str, mark: str):
    words = "Ho và tên" if encoding == "cp1258" else "Họ và tên"
    (tmp_path / "a.csv").write_bytes(f"{words}{mark}SÐT\r\nĐiểu{mark}1".encode(encoding, "replace"))
    (sheet,) = books.read(tmp_path / "a.csv")
    assert sheet.rows[0][0] == words
    assert len(sheet.rows[1]) == 2


DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")')


def test_what_people_wrote_is_text_in_a_workbook(tmp_path: Path):
    rows = [(text, 5, None) for text in (*DANGEROUS, "http://x.vn", "Nguyễn Thị Hoa")]
    content = workbooks.xlsx([Table("Danh sách [1]", ("=Họ tên", "Số", ""), rows)])
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheet = packed.read(SHEET).decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    with load_workbook(io.BytesIO(content)) as read:
        values = read.get_sheet_by_index(0).to_python()
    assert [row[0].strip() for row in values] == ["=Họ tên", *(text.strip() for text, *_ in rows)]
    assert values[1][1] == 5


def test_what_people_wrote_is_text_in_a_text_file():
    content = workbooks.text(Table("", ("Họ tên", "Số"), [(text, 5) for text in DANGEROUS]))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in DANGEROUS]
    assert rows[1][1] == "5"
