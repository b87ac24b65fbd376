"""An empty staff list to fill in: the headings that are understood, and what may stand below."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import xlsxwriter

from bot.made.columns import ORDER, PAPER, headings, written
from bot.made.maker import Maker
from storage import scopes
from storage.models import Core, Position, Qualification, Rating
from storage.rosters.headings import Field
from storage.rosters.listing import STAFF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request

# Rows that are prepared to be filled in.
ROWS = 500
_WIDTHS = {Field.NAME: 28, Field.SCHOOL: 28, Field.COMMUNE: 18, Field.POSITION: 16}


def read(db: Connection, request: Request, now: datetime) -> None:
    """Nothing of anybody's; LookupError for whoever is no officer any more."""
    if scopes.of(db, request.person_id, now.date()) is None:
        raise LookupError("no officer any more")


def draw(_: object = None) -> bytes:
    """The list, and a second sheet that explains it and holds what can be chosen."""
    buffer = io.BytesIO()
    book: Any  # its types leave the arguments open
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False}) as book:
        listed = book.add_worksheet(PAPER._("Staff list"))
        hints = PAPER._("What to write")
        choices = _hints(book, book.add_worksheet(hints))
        bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        texts = book.add_format({"num_format": "@"})  # phone numbers keep their zero
        named = headings()
        for at, field in enumerate(ORDER):
            as_text = texts if field in (Field.PHONE, Field.EXTERNAL_ID) else None
            listed.set_column(at, at, _WIDTHS.get(field, 15), as_text)
            listed.write_string(0, at, named[field], bold)
            if field in choices:
                column, count = choices[field]
                source = f"='{hints}'!${column}$2:${column}${count + 1}"
                listed.data_validation(
                    1, at, ROWS, at,
                    {"validate": "list", "source": source, "error_type": "warning"},
                )  # fmt: skip
        _example(book, listed)
        listed.freeze_panes(1, 1)
    return buffer.getvalue()


def _example(book: Any, sheet: Any) -> None:
    """A row that shows how it is meant, and that no import takes for a person."""
    grey = book.add_format({"italic": True, "font_color": "#666666"})
    cells = {
        Field.NAME: PAPER._("Example: Nguyễn Thị Hoa"), Field.BIRTH: "1990",
        Field.POSITION: written(Position.TEACHER), Field.SCHOOL: "Trường MN Hoa Cúc",
        Field.COMMUNE: "Xã Tuy Đức", Field.PHONE: "0900 000 000",
        Field.QUALIFICATION: written(Qualification.UNIVERSITY),
        Field.RATING: written(Rating.GOOD),
    }  # fmt: skip
    for at, field in enumerate(ORDER):
        if field in cells:
            sheet.write_string(1, at, cells[field], grey)


def _hints(book: Any, sheet: Any) -> Mapping[Field, tuple[str, int]]:
    """Write the words that can be chosen; the column and the number of those of each field."""
    words: dict[Field, Sequence[str]] = {
        Field.POSITION: [written(one) for one in STAFF],
        Field.QUALIFICATION: [written(one) for one in Qualification],
        Field.RATING: [written(one) for one in Rating],
        Field.CORE: [written(one) for one in Core],
    }
    bold, named = book.add_format({"bold": True}), headings()
    for at, (field, values) in enumerate(words.items()):
        sheet.set_column(at, at, 24)
        sheet.write_string(0, at, named[field], bold)
        for line, value in enumerate(values, 1):
            sheet.write_string(line, at, value)
    notes = (
        PAPER._("One person a row. The full name and the school are needed, the rest as far as it"
                " is known."),
        PAPER._("The commune tells schools of the same name apart."),
        PAPER._("An empty cell changes nothing. No number of an identity card is kept."),
        PAPER._("Other columns may stand beside these; they are not read."),
    )  # fmt: skip
    for line, note in enumerate(notes, 7):
        sheet.write_string(line, 0, note)
    return {field: ("ABCD"[at], len(values)) for at, (field, values) in enumerate(words.items())}


MAKER = Maker(read, draw)
