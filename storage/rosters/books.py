"""Workbooks and text files as sheets of rows of cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from storage import spelling
from storage.rosters import files
from storage.rosters.files import FileTrouble, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta

_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: row 0 is line 1 of the file. Formulas are read as the figures last seen."""

    name: str
    rows: Sequence[Sequence[Cell]]


def read(path: Path) -> tuple[Sheet, ...] | FileTrouble:
    """All sheets of a file that has any row, in their order, or why there are none.

    A sheet that is hidden is read like any other: it is named in what is shown.
    """
    kind = files.look(path)
    match kind:
        case Kind.CSV:
            found = _text(path)
        case Kind.XLSX | Kind.XLS:
            found = _workbook(path)
        case _:
            return kind
    if isinstance(found, FileTrouble):
        return found
    sheets = tuple(sheet for sheet in found if sheet.rows)
    if sum(len(sheet.rows) for sheet in sheets) > files.MOST_ROWS:
        return FileTrouble.TOO_MANY_CELLS
    return sheets or FileTrouble.EMPTY


def text(cell: Cell) -> str:
    """A cell as clean text: whole numbers without ".0", dates as "dd/mm/yyyy"; no truth values."""
    if isinstance(cell, str):
        return spelling.clean(cell)
    if isinstance(cell, bool):
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, date):
        return f"{cell:%d/%m}/{cell.year:04d}"
    return str(cell)


def _workbook(path: Path) -> list[Sheet] | FileTrouble:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())) as book:
            return [_sheet(book, at, meta.name) for at, meta in enumerate(book.sheets_metadata)
                    if meta.typ is SheetTypeEnum.WorkSheet]  # fmt: skip
    except PasswordError:
        return FileTrouble.PASSWORD
    except (CalamineError, OSError, ValueError):
        return FileTrouble.BROKEN


def _sheet(book: CalamineWorkbook, at: int, name: str) -> Sheet:
    sheet = book.get_sheet_by_index(at)
    if sheet.end is None:
        return Sheet(spelling.clean(name), [])
    # Most cells of a list say what others say: one copy of each halves what it takes.
    once: dict[Cell, Cell] = {}
    rows = [
        tuple(once.setdefault(cell, cell) if type(cell) is str else cell for cell in row)
        for row in sheet.iter_rows()
    ]
    return Sheet(spelling.clean(name), rows)


def _text(path: Path) -> list[Sheet] | FileTrouble:
    content = _decoded(path.read_bytes())
    if content is None:
        return FileTrouble.NOT_A_TABLE
    sample = content[:20_000].splitlines()[:20]
    if not sample:
        return FileTrouble.EMPTY
    delimiter = max(_DELIMITERS, key=lambda mark: sum(line.count(mark) for line in sample))
    rows: list[tuple[Cell, ...]] = []
    cells = 0
    try:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
        for row in reader:
            cells += len(row)
            rows.append(tuple(row))
            if cells > files.MOST_CELLS or len(rows) > files.MOST_ROWS:
                return FileTrouble.TOO_MANY_CELLS
    except csv.Error:
        return FileTrouble.BROKEN
    return [Sheet("", rows)]


def _decoded(content: bytes) -> str | None:
    """UTF-8 or UTF-16, else the Vietnamese code page; None where it is no text."""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1258"):
        try:
            found = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in found else found
    return None
