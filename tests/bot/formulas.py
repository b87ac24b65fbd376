"""The formulas of a workbook of ours, worked out apart from it: the few kinds that we write."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from zipfile import ZipFile

CELL = re.compile(r'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
VALUE = re.compile(r"<v>([^<]*)</v>")
FORMULA = re.compile(r"<f>([^<]*)</f>")


@dataclass(frozen=True)
class Cell:
    sheet: str
    name: str
    formula: str
    value: float | str


class Cells:
    """Every cell with a formula, and every number, by sheet and name."""

    def __init__(self) -> None:
        self.formulas: list[Cell] = []
        self.values: dict[tuple[str, str], float | str] = {}

    def __len__(self) -> int:
        return len(self.formulas)


def of(content: bytes) -> Cells:
    found = Cells()
    with ZipFile(io.BytesIO(content)) as book:
        for sheet in book.namelist():
            if sheet.startswith("xl/worksheets/sheet"):
                _read(found, sheet, book.read(sheet).decode())
    return found


def _read(found: Cells, sheet: str, xml: str) -> None:
    for column, line, attributes, inner in CELL.findall(xml):
        value = VALUE.search(inner)
        formula = FORMULA.search(inner)
        if 't="s"' in attributes:
            continue
        said: float | str = value[1] if value else ""
        if 't="str"' not in attributes and said != "":
            said = float(said)
        found.values[sheet, column + line] = said
        if formula:
            text = formula[1].replace("&quot;", '"')
            found.formulas.append(Cell(sheet, column + line, text, said))


def evaluated(cells: Cells, cell: Cell) -> float | str:
    """What a formula comes to, by what stands in the cells it names."""

    def at(name: str) -> float:
        return float(cells.values[cell.sheet, name] or 0)

    text = cell.formula
    if share := re.fullmatch(r'IF\((\w+)=0,"",(\w+)/(\w+)\)', text):
        return at(share[2]) / at(share[3]) if at(share[1]) else ""
    if less := re.fullmatch(r"([A-Z]+\d+)-([A-Z]+\d+)", text):
        return at(less[1]) - at(less[2])
    if gap := re.fullmatch(r"MAX\(0,-INT\(-(\w+)\*(\d+)/(\d+)\)-(\w+)\)", text):
        return max(0.0, -(-at(gap[1]) * int(gap[2]) // int(gap[3])) - at(gap[4]))
    added = re.fullmatch(r"SUBTOTAL\(109,([A-Z]+)(\d+):([A-Z]+)(\d+)\)", text)
    assert added, text
    lines = range(int(added[2]), int(added[4]) + 1)
    return sum(at(f"{added[1]}{line}") for line in lines if (cell.sheet, f"{added[1]}{line}") in
               cells.values)  # fmt: skip
