"""Figures as a workbook: a sheet for each level of units as far as the officer's area reaches.

Shares and sums are formulas, with their values; declared totals have columns of their own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from bot.made import figure_columns, figure_names, figure_sheet, figure_wanted
from bot.made.figure_sheet import Formats, Level
from bot.made.maker import Maker
from handlers import numbers
from handlers.text import say
from storage.figures import rows, school_units
from storage.models import Called, SubjectKind
from storage.statistics import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.made.figure_wanted import Wanted
    from storage.exports import Request
    from storage.figures.rows import Row
    from storage.figures.unmet import Unmet

# Texts are texts, whatever they begin with.
OPTIONS: Final = {
    "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True,
    "default_format_properties": {"font_name": "Times New Roman", "font_size": 12},
    "default_row_height": 22,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collected:
    """The rows of each view, all of them together, where schools lie, and who has not."""

    wanted: Wanted
    views: Mapping[View, Sequence[Row]]
    total: Row
    turns: int | None
    places: Mapping[int, Sequence[str]]
    people: Sequence[Unmet]


def read(db: Connection, request: Request, now: datetime) -> Collected:
    """The figures within the officer's area; LookupError for what is not theirs."""
    wanted = figure_wanted.read(db, request, now)
    asked = (db, wanted.scope, wanted.topic.id)
    levels = (View.PROVINCE,) if wanted.scope.provincial else ()
    views = {
        view: rows.by_unit(*asked, view, wanted.within, wanted.day)
        for view in (*levels, View.DISTRICT, View.COMMUNE, View.SCHOOL)
    }
    turns = None
    if wanted.topic.kind is SubjectKind.GATHERING:
        turns = rows.turns(db, wanted.scope, wanted.topic, wanted.within, wanted.day).completed
    return Collected(
        wanted, views, rows.total(*asked, wanted.within, wanted.day), turns,
        school_units.of(db, wanted.scope), figure_names.read(db, wanted),
    )  # fmt: skip


def draw(found: Collected) -> bytes:
    """The workbook."""
    buffer = io.BytesIO()
    columns = figure_columns.of(found.wanted)
    book: Any  # its types leave the arguments open
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        # The same figures make the same bytes.
        book.set_properties({"title": found.wanted.name, "created": found.wanted.now.replace(
            tzinfo=None, microsecond=0)})  # fmt: skip
        formats = Formats(book)
        for view in found.views:
            figure_sheet.write(book, formats, _level(found, view), columns)
        if found.people:
            figure_names.write(book, formats, found.wanted, found.people)
        _explained(book, formats, found)
    return buffer.getvalue()


def _level(found: Collected, view: View) -> Level:
    wanted = found.wanted
    day, *_others = figure_wanted.counted(wanted)
    beside = (_("Commune"), _("Former district")) if view is View.SCHOOL else ()
    name, heading = {
        View.PROVINCE: (_("Former provinces"), _("Former province")),
        View.DISTRICT: (_("Former districts"), _("Former district")),
        View.COMMUNE: (_("Communes"), _("Commune")),
        View.SCHOOL: (_("Schools (sheet)"), _("School")),
    }[view]
    return Level(
        name, wanted.name, f"{wanted.place}. {day[0]}: {day[1]}", heading, found.views[view],
        found.total, beside, found.places if beside else None,
    )  # fmt: skip


def _explained(book: Any, formats: Formats, found: Collected) -> None:
    """The sheet that says what is counted, against whom, as of when and where it comes from."""
    sheet = book.add_worksheet(_("Notes on the figures"))
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 96)
    sheet.write_string(0, 0, found.wanted.name, formats.title)
    for line, (name, words) in enumerate(_notes(found), 2):
        sheet.write_string(line, 0, name, formats.wrapped)
        sheet.write_string(line, 1, words, formats.wrapped)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _notes(found: Collected) -> list[tuple[str, str]]:
    wanted = found.wanted
    notes = [(_("Area"), wanted.place), *figure_wanted.counted(wanted)]
    notes += _indicator(wanted) if wanted.topic.kind is SubjectKind.INDICATOR else _course(wanted)
    if found.turns is not None:
        twice = _("{count}: whoever completed two trainings counts twice here, once in the sheets",
                  count=numbers.number(found.turns))  # fmt: skip
        notes.append((_("Turns"), twice))
    return [
        *notes,
        (_("On long leave"), _("not counted as meant from the day the leave begins; told apart")),
        (_("Left or moved"), _("left while it ran, and not counted as meant; told apart")),
        (_("Data missing"), _("no verified data or results: neither done nor not done is proven")),
        (_("Declared"), _("stated for schools without a staff list; verified by nobody, and never"
                          " part of the other columns")),
        (_("Former districts"), _("by the old commune each school keeps; a commune of today may lie"
                                  " in two of them")),
        (_("Together"), _("the last row adds up what a filter leaves")),
    ]  # fmt: skip


def _course(wanted: Wanted) -> list[tuple[str, str]]:
    due = wanted.topic.due_on
    said = f"{due:%d/%m/%Y}" if due else _("no day is set, so that everybody is in time")
    return [
        (_("Share"), _("completed, divided by meant; empty where nobody is meant")),
        (_("Completed in time"), _("by the last safe day: {day}", day=said)),
        (_("Others taking part"), _("have a seat or took part without being meant")),
    ]  # fmt: skip


def _indicator(wanted: Wanted) -> list[tuple[str, str]]:
    notes = [(_("Share"), _("who reach it, divided by meant; empty where nobody is meant"))]
    if wanted.target is not None:
        share = numbers.percent(wanted.target.numerator, wanted.target.denominator)
        notes.append((_("Target"), _("{share}, by the definition valid that day", share=share)))
        notes.append((_("Still needed"), _("how many more people would have to reach it")))
    return notes


def _(sentence: str, **fields: object) -> str:
    return say("vi", Called.ANH_CHI, sentence, **fields)


MAKER = Maker(read, draw)
