"""Lists of units to invite officers for, typed or in a file; and the list of codes that comes back.

Only digests of codes are kept, and a file is made after the turn, perhaps more than once: on a
second try, or by a second press on its link. The codes are therefore drawn in the turn and lie
with the request for that one file for an hour (`FOR`): as long as its link lives, and some time to
try again. Then `exports.forget` takes them away. Whoever reads the database within that hour sees
no more than of a code that was shown in the chat, which stands in the last answer.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage import exports, inviting, spelling, units
from storage.rosters import books
from storage.rosters.files import FileTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from storage.inviting import Made
    from storage.rosters.books import Sheet
    from storage.scopes import Scope

KIND = exports.INVITATIONS
FOR = exports.BRIEF[KIND]
# A list of all units of a province takes a tenth of that.
LARGEST = 512 * 1024
MOST_LINES = 2 * inviting.MOST_AT_ONCE
# Headings are in the first lines, below the name of the office.
HEADING_LINES = 12
_UNIT = frozenset(
    ("don vi", "xa", "phuong", "xa phuong", "ten xa", "ten don vi", "dia phuong", "ten xa phuong",
     "unit", "commune", "xa/phuong", "ten xa/phuong", "uy ban", "ubnd")
)  # fmt: skip
_NAME = frozenset(
    ("ho ten", "ho va ten", "can bo", "nguoi phu trach", "can bo phu trach", "ten can bo", "name",
     "full name", "ho ten can bo", "ho va ten can bo")
)  # fmt: skip
_PARTS = ("\t", ";", "|", ",", " - ", " – ", ":")


class Why(StrEnum):
    """Why a line of a list invites nobody."""

    UNKNOWN = "unknown"
    SEVERAL = "several"
    FORMER = "former"  # it is part of another unit today
    ELSEWHERE = "elsewhere"
    NO_NAME = "no name"  # what stands for a full name is none
    TWICE = "twice"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: its number, the unit as written, the full name or ""."""

    at: int
    unit: str
    holder: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that invites nobody; `near` are units of the area it may have meant."""

    at: int
    unit: str
    why: Why
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What a list comes to: (unit id, full name or "") for each invitation, and the rest."""

    wanted: tuple[tuple[int, str], ...]
    refused: tuple[Refused, ...]


def typed(text: str) -> list[Line]:
    """The lines of a message: "Xã Quảng Tân" or "Xã Quảng Tân, Điểu Thị Nga"."""
    found: list[Line] = []
    for at, line in enumerate(text.splitlines() or [text], 1):
        unit, holder = _parted(line)
        if unit:
            found.append(Line(at, unit, holder))
    return found


def _parted(line: str) -> tuple[str, str]:
    for mark in _PARTS:
        head, found, tail = line.rpartition(mark)
        name = spelling.clean(tail)
        # "xã Đắk Ha, huyện Đắk Glong" has a place behind its comma, and that is no name.
        if found and name and " " in name and not _place_word(name):
            return spelling.clean(head), name
    return spelling.clean(line), ""


def _place_word(text: str) -> bool:
    return spelling.fold(text).split()[0] in {"huyen", "tinh", "tp", "thi", "xa", "phuong"}


def read(content: bytes) -> list[Line] | FileTrouble:
    """The lines of a small workbook or text file, under headings where it has any."""
    if len(content) > LARGEST:
        return FileTrouble.TOO_LARGE
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        sheets = books.read(Path(file.name))
    if isinstance(sheets, FileTrouble):
        return sheets
    return [line for sheet in sheets for line in _lines(sheet)][:MOST_LINES]


def _lines(sheet: Sheet) -> list[Line]:
    start, unit_at, name_at = _columns(sheet)
    found: list[Line] = []
    for at, row in enumerate(sheet.rows[start:], start + 1):
        cells = [books.text(cell) for cell in row]
        unit = cells[unit_at] if unit_at < len(cells) else ""
        holder = cells[name_at] if name_at is not None and name_at < len(cells) else ""
        if unit:
            found.append(Line(at, unit, holder))
    return found


def _columns(sheet: Sheet) -> tuple[int, int, int | None]:
    """The first line below the headings, and where units and names stand."""
    for at, row in enumerate(sheet.rows[:HEADING_LINES]):
        heads = [spelling.fold(books.text(cell)) for cell in row]
        unit = next((place for place, head in enumerate(heads) if head in _UNIT), None)
        if unit is not None:
            name = next((place for place, head in enumerate(heads) if head in _NAME), None)
            return at + 1, unit, name
    return 0, 0, 1


def judge(db: Connection, scope: Scope, lines: Iterable[Line]) -> Judged:
    """Who would be invited. Only a name that is sure counts; near ones are told, not taken."""
    wanted: dict[tuple[int, str], None] = {}
    refused: list[Refused] = []
    for line in lines:
        holder = spelling.clean(line.holder)
        found = inviting.sure(db, scope, line.unit)
        if found is None:
            refused.append(_refused(db, scope, line))
        elif holder and spelling.name_trouble(holder):
            refused.append(Refused(line.at, line.unit, Why.NO_NAME))
        elif (found.unit_id, holder) in wanted:
            refused.append(Refused(line.at, line.unit, Why.TWICE))
        elif len(wanted) == inviting.MOST_AT_ONCE:
            refused.append(Refused(line.at, line.unit, Why.TOO_MANY))
        else:
            wanted[found.unit_id, holder] = None
    return Judged(tuple(wanted), tuple(refused))


def _refused(db: Connection, scope: Scope, line: Line) -> Refused:
    near = tuple(one.unit for one in inviting.choices(db, scope, line.unit))
    exact = [one for one in units.named(db, line.unit, scope.day) if not one.near]
    why = Why.UNKNOWN
    if near and exact:
        why = Why.FORMER if all(one.former for one in exact) else Why.SEVERAL
    elif exact and not any(scope.covers(one.path) for one in exact):
        why = Why.ELSEWHERE
    return Refused(line.at, line.unit, why, near)


def keep(
    db: Connection, scope: Scope, made: Sequence[Made], refused: Sequence[Refused], now: datetime
) -> int:
    """Ask for the file that shows these codes; returns the subject of its document."""
    return exports.ask(
        db, scope.person_id, KIND, now, until=(now + FOR).isoformat(),
        codes=[[one.id, one.code] for one in made],
        refused=[[one.at, one.unit, str(one.why), list(one.near)] for one in refused],
    )  # fmt: skip


def kept(
    db: Connection, scope: Scope, asked: dict[str, Any], now: datetime
) -> tuple[list[tuple[inviting.Live, str]], list[Refused]]:
    """What the file shows: invitations of the officer that can still be used, and their codes.

    Raises LookupError where the hour is over.
    """
    if not asked.get("codes") or datetime.fromisoformat(asked["until"]) <= now:
        raise LookupError("the codes are gone")
    known = {one.id: one for one in inviting.live(db, scope, now)}
    codes = [(known[number], code) for number, code in asked["codes"] if number in known]
    refused = [Refused(at, unit, Why(why), tuple(near)) for at, unit, why, near in asked["refused"]]
    return codes, refused
