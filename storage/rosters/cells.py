"""Telephone numbers, dates of birth and codes of people, as cells hold them."""

from __future__ import annotations

import re
from datetime import date

from storage import phones
from storage.rosters.books import Cell, text

YOUNGEST, OLDEST = 15, 90
# Excel's day 1 is 01/01/1900; these are the days of 1920 to 2015.
_SERIAL = range(7_306, 42_370)
_PARTS = re.compile(r"\d+")
_SEPARATED = re.compile(r"\s*(?:[;,/|\n]|\s-\s|\bhoặc\b|\bvà\b)\s*")
_SHORT_MOBILE = re.compile(r"[35789]\d{8}|1(?:2|6|8|9)\d{8}")


def phone(cell: Cell) -> tuple[str | None, bool]:
    """The first number in a cell as E.164, and whether there were others.

    Workbooks drop the nought before a number: nine digits, or ten of the old eleven, have it back.
    """
    written = text(cell)
    if number := _phone(written):
        return number, False
    found = [number for part in _SEPARATED.split(written) if (number := _phone(part))]
    others = len(set(found)) > 1
    return (found[0], others) if found else (None, False)


def _phone(written: str) -> str | None:
    number = phones.phone(written.lstrip("'"))
    digits = re.sub(r"[ .\-]", "", written)
    if number is None and _SHORT_MOBILE.fullmatch(digits):
        return phones.phone("0" + digits)
    return number


def birth_year(cell: Cell, today: date) -> int | None:
    """The year of birth a cell names, or None where it names none a working person can have.

    Only the year is kept. Read are dates, years, "12/05/1988", "12.5.88", "05/1988" and the number
    of days that a workbook shows as a date.
    """
    if isinstance(cell, date):
        return _plausible(cell.year, today)
    written = text(cell)
    parts = _PARTS.findall(written)
    if len(parts) == 1 and len(parts[0]) == 8:  # 12051988
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    if not parts or len(parts) > 3:
        return None
    if len(parts) == 1 and len(parts[0]) == 5 and int(parts[0]) in _SERIAL:
        return _plausible(date.fromordinal(date(1899, 12, 30).toordinal() + int(parts[0])).year,
                          today)  # fmt: skip
    whole = [int(part) for part in parts if len(part) == 4]
    if len(whole) == 1:
        return _plausible(whole[0], today)
    if len(parts) == 3 and len(parts[2]) == 2:
        century = 1900 if 2000 + int(parts[2]) > today.year - YOUNGEST else 2000
        return _plausible(century + int(parts[2]), today)
    return None


def _plausible(year: int, today: date) -> int | None:
    return year if YOUNGEST <= today.year - year <= OLDEST else None


def external_id(cell: Cell) -> tuple[str | None, bool]:
    """A person's code in the sector's database, and whether the cell held a citizen's number.

    Twelve digits that begin with 0 are the number of an identity card, and so are eleven in a cell
    that holds a number, which has lost its nought: it is never kept.
    """
    written = text(cell).replace(" ", "").lstrip("'").upper()
    if re.fullmatch(r"0\d{11}", written) or (
        not isinstance(cell, str) and re.fullmatch(r"\d{11}", written)
    ):
        return None, True
    return (written, False) if re.fullmatch(r"[\w./-]{3,32}", written) else (None, False)
