"""The rows of a roster as people: cleaned, with a remark for everything that was left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from storage.models.people import Core, Position, Qualification, Rating
from storage.rosters import cells, grades, headings, names
from storage.rosters.books import Sheet, text
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from storage.rosters.books import Cell
    from storage.rosters.layouts import Layout, SheetLayout


class Remark(StrEnum):
    """What was cleaned or left out in a row that is otherwise taken."""

    NAME_CLEANED = "name cleaned"
    PHONE_CLEANED = "phone cleaned"
    PHONE_UNREADABLE = "phone unreadable"
    PHONE_FIRST_OF_SEVERAL = "first phone of several"
    BIRTH_UNREADABLE = "birth unreadable"
    POSITION_ASSUMED = "position assumed"
    POSITION_UNREADABLE = "position unreadable"
    QUALIFICATION_UNREADABLE = "qualification unreadable"
    RATING_UNREADABLE = "rating unreadable"
    RATING_OLDER = "rating older"  # than the one that is known
    CORE_UNREADABLE = "core unreadable"  # marked, without a level
    ID_UNREADABLE = "id unreadable"
    ID_CARD = "id card"  # the number of an identity card, not kept


class Fault(StrEnum):
    """Why a row says nothing of a person we could keep."""

    NO_NAME = "no name"
    NAME_UNREADABLE = "name unreadable"
    NOT_STAFF = "not staff"  # neither teacher nor manager


@dataclass(slots=True)
class Entry:
    """One row. `sheet` and `line` (from 1) are where it stands; `cells` what stood there.

    `places` are the lines that may name its school where no column does: the line of a group,
    the sheet's name, the titles above the list; the nearest first.
    """

    sheet: str
    line: int
    cells: dict[str, str]
    full_name: str = ""
    birth_year: int | None = None
    position: Position | None = None
    qualification: Qualification | None = None
    rating: Rating | None = None
    rating_year: str | None = None
    core: Core | None = None
    core_year: int | None = None
    phone: str | None = None
    external_id: str | None = None
    school: str = ""
    commune: str = ""
    district: str = ""
    places: tuple[str, ...] = ()
    remarks: list[Remark] = field(default_factory=list[Remark])
    fault: Fault | None = None


@dataclass(slots=True)
class Skipped:
    """Rows that are no people, counted."""

    blank: int = 0
    totals: int = 0
    headings: int = 0
    groups: int = 0
    others: int = 0


# Texts of one sheet that are remembered, so that names do not push out the names of schools.
REMEMBERED = 5_000
# "Tống" and "Cống" are family names, "Tổng" and "Cộng" are not.
_TOTAL = re.compile(
    r"(tổng|cộng)\b|tong( cong| so| hop| toan)?\W*(\d|$)|tong (cong|so)\b|cong( don)?\W*(\d|$)"
    r"|danh s[aá]ch (n[aà]y )?(c[oó]|gồm|gom)\b|(ấn|an) định danh s[aá]ch|trong (đó|do)\b"
)
_CLOSING = re.compile(
    r"^(nguoi lap|nguoi tong hop|thu truong|ky ten|ky va ghi|noi nhan|luu vt|xac nhan|hieu truong$"
    r"|kt hieu truong|ngay \d|.{0,30} ngay .{0,6}thang .{0,6}nam)"
)
# The number of a group: "II.", "A"; and "(1) (2) (3)" below a heading, which numbers the columns.
_GROUP = re.compile(r"[IVX]{1,6}[.)]?|[A-HĐ][.)]?")
_FIGURES = re.compile(r"\(?\d{1,2}\)?|[A-Za-z]")
_NAME = (Field.NAME, Field.SURNAME, Field.GIVEN)


def read(
    sheets: Sequence[Sheet], layout: Layout, today: date, skipped: Skipped | None = None
) -> Iterator[Entry]:
    """The people of all sheets, in their order; `skipped` counts the rows that are none."""
    count = skipped if skipped is not None else Skipped()
    for each in layout.sheets:
        yield from _rows(sheets[each.sheet], each, today, count)


def _rows(sheet: Sheet, layout: SheetLayout, today: date, skipped: Skipped) -> Iterator[Entry]:
    group = ""
    around = tuple(filter(None, (layout.name, *reversed(layout.titles))))
    clean = _Texts().of
    for at in range(layout.first, len(sheet.rows)):
        cells_ = sheet.rows[at]
        row = _Line(cells_, [clean(cell) for cell in cells_], layout)
        if not any(row.texts):
            skipped.blank += 1
        elif (line := _no_person(row, skipped)) is not None:
            group = line or group
        else:
            yield _entry(row, at + 1, (group, *around) if group else around, today)


class _Texts:
    """Cells as texts; what a list says again and again is cleaned once."""

    def __init__(self) -> None:
        self._known: dict[Cell, str] = {}

    def of(self, cell: Cell) -> str:
        """The text of a cell."""
        if type(cell) is not str:  # 1, 1.0 and True would be taken for each other
            return text(cell)
        found = self._known.get(cell)
        if found is None:
            found = text(cell)
            if len(self._known) < REMEMBERED:
                self._known[cell] = found
        return found


@dataclass(frozen=True, slots=True)
class _Line:
    """One row: its cells, the same as text, and how its sheet is read."""

    cells: Sequence[Cell]
    texts: Sequence[str]
    layout: SheetLayout

    def place(self, what: Field) -> int | None:
        """The column in which a field is filled; the first of several."""
        for at in self.layout.columns.get(what, ()):
            if at < len(self.texts) and self.texts[at]:
                return at
        return None

    def written(self, what: Field) -> str:
        """The text of a field, "" where it is not filled."""
        at = self.place(what)
        return "" if at is None else self.texts[at]

    def cell(self, what: Field) -> Cell:
        """The cell of a field, "" where it is not filled."""
        at = self.place(what)
        return "" if at is None else self.cells[at]

    @property
    def name(self) -> str:
        """The full name, from one column or two."""
        return " ".join(filter(None, map(self.written, _NAME)))

    @property
    def known(self) -> int:
        """How many fields beside the name are filled."""
        filled = sum(self.place(what) is not None for what in self.layout.columns
                     if what not in _NAME)  # fmt: skip
        return filled + any(at < len(self.texts) and self.texts[at] for at in self.layout.ticks)

    @property
    def is_heading(self) -> bool:
        """True where the heading stands again, as on the next page of a printed list."""
        places = map(self.place, (Field.NAME, Field.SURNAME))
        at = next((place for place in places if place is not None), None)
        if at is None or headings.key(self.texts[at]) != self.layout.heading[at]:
            return False
        return all(
            headings.key(mine) == kept
            for mine, kept in zip(self.texts, self.layout.heading, strict=False)
        )


def _no_person(row: _Line, skipped: Skipped) -> str | None:
    """None for a person's row; else the line of a group ("I. Trường MN Hoa Sen"), or ""."""
    name, known = row.name, row.known
    if row.is_heading:
        skipped.headings += 1
        return ""
    if known > 1 and any(map(str.isalpha, name)):
        return None
    written = _some(row)
    words = [one for one in written if any(map(str.isalpha, one)) and not _GROUP.fullmatch(one)]
    folded = headings.key(words[0]) if words else ""
    if all(map(_FIGURES.fullmatch, written)):
        skipped.headings += 1
    elif known <= 1 and words and _TOTAL.match(words[0].casefold()):
        skipped.totals += 1
    elif known <= 1 and _CLOSING.match(folded):
        skipped.others += 1
    elif known > 1 or (name and known):
        return None
    elif len(words) != 1 or known or len(words[0]) > headings.LONGEST:
        skipped.others += 1
    elif name and len(written) > 1 and written[0].rstrip(".").isdecimal():
        return None  # a number and a name is all that some lists say
    else:
        skipped.groups += 1
        return words[0]
    return ""


def _some(row: _Line) -> list[str]:
    return [one for one in row.texts if one]


def _entry(row: _Line, line: int, places: tuple[str, ...], today: date) -> Entry:
    filled = {str(what): one for what in row.layout.columns if (one := row.written(what))}
    entry = Entry(row.layout.name, line, filled, places=places)
    entry.school = filled.get(Field.SCHOOL, "")
    entry.commune = filled.get(Field.COMMUNE, "")
    entry.district = filled.get(Field.DISTRICT, "")
    _take_name(entry, row.name)
    _take_numbers(entry, row, today)
    _take_grades(entry, row)
    return entry


def _take_name(entry: Entry, written: str) -> None:
    entry.full_name = names.cleaned(written)
    if not entry.full_name:
        entry.fault = Fault.NO_NAME
    elif names.trouble(entry.full_name):
        entry.fault = Fault.NAME_UNREADABLE
    elif entry.full_name != written:
        entry.remarks.append(Remark.NAME_CLEANED)


def _take_numbers(entry: Entry, row: _Line, today: date) -> None:
    if written := entry.cells.get(Field.PHONE):
        entry.phone, several = cells.phone(row.cell(Field.PHONE))
        if several:
            entry.remarks.append(Remark.PHONE_FIRST_OF_SEVERAL)
        elif entry.phone is None:
            entry.remarks.append(Remark.PHONE_UNREADABLE)
        elif "0" + entry.phone[3:] != written:
            entry.remarks.append(Remark.PHONE_CLEANED)
    if Field.BIRTH in entry.cells:
        entry.birth_year = cells.birth_year(row.cell(Field.BIRTH), today)
        if entry.birth_year is None:
            entry.remarks.append(Remark.BIRTH_UNREADABLE)
    if Field.EXTERNAL_ID in entry.cells:
        entry.external_id, card = cells.external_id(row.cell(Field.EXTERNAL_ID))
        if entry.external_id is None:
            entry.remarks.append(Remark.ID_CARD if card else Remark.ID_UNREADABLE)
            entry.cells[Field.EXTERNAL_ID] = ""


def _take_grades(entry: Entry, row: _Line) -> None:
    layout, marked = row.layout, dict[str, Any]()
    for at, value in layout.ticks.items():
        if at < len(row.texts) and grades.tick(row.texts[at]):
            marked[type(value).__name__.lower()] = value
            entry.cells[type(value).__name__.lower()] = str(value)
    _take_position(entry, marked.get("position"))
    written = entry.cells.get(Field.QUALIFICATION, "")
    entry.qualification = marked.get("qualification") or grades.qualification(written)
    if written and entry.qualification is None:
        entry.remarks.append(Remark.QUALIFICATION_UNREADABLE)
    written = entry.cells.get(Field.RATING, "")
    entry.rating = marked.get("rating") or grades.rating(written)
    entry.rating_year = layout.rating_year if entry.rating else None
    if written and entry.rating is None:
        entry.remarks.append(Remark.RATING_UNREADABLE)
    _take_core(entry, layout)


def _take_position(entry: Entry, marked: Position | None) -> None:
    written = entry.cells.get(Field.POSITION, "")
    entry.position = marked or grades.position(written)
    if entry.position is None and grades.outside(written):
        entry.fault = entry.fault or Fault.NOT_STAFF
    elif entry.position is None and written:
        entry.remarks.append(Remark.POSITION_UNREADABLE)


def _take_core(entry: Entry, layout: SheetLayout) -> None:
    written = entry.cells.get(Field.CORE, "")
    if not written or grades.denied(written):
        return
    entry.core = grades.core(written) or (layout.core if grades.tick(written) else None)
    entry.core_year = headings.year(written) or layout.core_year
    if entry.core is None:
        entry.core_year = None
        entry.remarks.append(Remark.CORE_UNREADABLE)
