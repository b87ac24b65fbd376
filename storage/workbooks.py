"""Tables for people to open elsewhere: what somebody wrote is never run as a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Value: TypeAlias = str | int | float | None

# A text that begins so is run by programs that open a text file as a table.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\")
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, the headings, the rows."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Value]]


def xlsx(tables: Sequence[Table]) -> bytes:
    """A workbook. Texts are texts, whatever they begin with: no formula, no link.

    Rows go to the disk as they come, so that a large table needs little memory.
    """
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book: Any  # its types leave the arguments open
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for table in tables:
            sheet = book.add_worksheet(table.name.translate(_FORBIDDEN).strip("' ")[:31] or None)
            sheet.freeze_panes(1, 0)
            for at, heading in enumerate(table.headings):
                sheet.set_column(at, at, min(_WIDEST, max(10, len(heading) + 2)))
                sheet.write_string(0, at, heading, bold)
            for line, row in enumerate(table.rows, 1):
                for at, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, at, value)
                    elif value is not None:
                        sheet.write_number(line, at, value)
    return buffer.getvalue()


def text(table: Table) -> bytes:
    """The same as comma-separated text that Excel opens in UTF-8.

    A text that would be run there begins with an apostrophe, which such programs show as text.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([_still(heading) for heading in table.headings])
    writer.writerows([_still(value) for value in row] for row in table.rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def _still(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value
