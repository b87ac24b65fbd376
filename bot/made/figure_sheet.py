"""One sheet of figures: title, headings that stay, a unit a row, and the sum of what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from bot.made.figure_columns import Column, Look
from handlers.text import say
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.figures.rows import Row

# Rows above the first unit, counted from 0: the title, the day, the headings.
HEADINGS: Final = 2
_WIDE: Final = 32
_NARROW: Final = 12.5
_A4: Final = 9


@dataclass(frozen=True, slots=True)
class Level:
    """A sheet of units: its name, what stands above, and the rows; `told` are words beside a name.

    `total` is the row of all of them together.
    """

    name: str
    title: str
    day: str
    heading: str
    rows: Sequence[Row]
    total: Row
    beside: Sequence[str] = ()
    told: Mapping[int, Sequence[str]] | None = None


class Formats:
    """What cells look like, made once for a workbook."""

    def __init__(self, book: Any) -> None:
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center",
                "border": 1, "bg_color": "#DCE6F1"}  # fmt: skip
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.note = book.add_format({"italic": True, "font_color": "#404040"})
        self.head = book.add_format(head)
        # Declared figures look different in black and white too.
        self.declared_head = book.add_format({**head, "italic": True, "bg_color": "#EDEDED"})
        self.bold = book.add_format({"bold": True, "top": 1})
        self.year = book.add_format({"align": "center"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._numbers = {
            (look, bold, declared): book.add_format(
                {"num_format": "0.0%" if look is Look.SHARE else "#,##0", "bold": bold,
                 "italic": declared, **({"top": 1} if bold else {})}
            )
            for look in Look for bold in (False, True) for declared in (False, True)
        }  # fmt: skip

    def number(self, column: Column, *, bold: bool = False) -> Any:
        """Of a column of figures."""
        return self._numbers[column.look, bold, column.declared]


def write(book: Any, formats: Formats, level: Level, columns: Sequence[Column]) -> None:
    """Add the sheet."""
    sheet = book.add_worksheet(level.name)
    names = (level.heading, *level.beside)
    _lay_out(sheet, len(names), len(columns))
    sheet.write_string(0, 0, level.title, formats.title)
    sheet.write_string(1, 0, level.day, formats.note)
    for at, name in enumerate(names):
        sheet.write_string(HEADINGS, at, name, formats.head)
    for at, column in enumerate(columns, len(names)):
        look = formats.declared_head if column.declared else formats.head
        sheet.write_string(HEADINGS, at, column.heading, look)
    for line, row in enumerate(level.rows, HEADINGS + 1):
        said = (level.told or {}).get(row.id or 0, [""] * len(level.beside))
        for at, words in enumerate((row.name or _("No former unit"), *said)):
            sheet.write_string(line, at, words)
        _cells(sheet, formats, columns, (line, len(names)), row)
    _sums(sheet, formats, columns, level, len(names))
    last = HEADINGS + max(1, len(level.rows))
    sheet.autofilter(HEADINGS, 0, last, len(names) + len(columns) - 1)


def _lay_out(sheet: Any, names: int, figures: int) -> None:
    sheet.set_column(0, 0, _WIDE)
    if names > 1:
        sheet.set_column(1, names - 1, 20)
    sheet.set_column(names, names + figures - 1, _NARROW)
    sheet.set_row(HEADINGS, 52)
    sheet.freeze_panes(HEADINGS + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADINGS)
    sheet.set_footer("&C&P/&N")


def _cells(
    sheet: Any, formats: Formats, columns: Sequence[Column], begins: tuple[int, int], row: Row,
    *, bold: bool = False,
) -> None:  # fmt: skip
    line, first = begins
    cells = _named(columns, line, first)
    for at, column in enumerate(columns, first):
        value, look = column.value(row), formats.number(column, bold=bold)
        if column.formula:
            formula = "=" + column.formula.format(**cells)
            sheet.write_formula(line, at, formula, look, "" if value is None else value)
        elif value is not None:
            sheet.write_number(line, at, value, look)


def _sums(
    sheet: Any, formats: Formats, columns: Sequence[Column], level: Level, first: int
) -> None:
    """The last row: sums of the rows that a filter leaves, and shares of these sums."""
    line = HEADINGS + 1 + max(1, len(level.rows))
    begins, ends = HEADINGS + 2, line
    _cells(sheet, formats, columns, (line, first), level.total, bold=True)
    for at in range(first):
        sheet.write_string(line, at, "" if at else _("Together"), formats.bold)
    for at, column in enumerate(columns, first):
        if column.summed:
            name = xl_col_to_name(at)
            sheet.write_formula(
                line, at, f"=SUBTOTAL(109,{name}{begins}:{name}{ends})",
                formats.number(column, bold=True), column.value(level.total),
            )  # fmt: skip


def _named(columns: Sequence[Column], line: int, first: int) -> dict[str, str]:
    return {column.key: xl_rowcol_to_cell(line, at) for at, column in enumerate(columns, first)}


def _(sentence: str, **fields: object) -> str:
    return say("vi", Called.ANH_CHI, sentence, **fields)
