"""The codes people type: personal codes, invitations, courses, announcements."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from storage.spelling import clean, squeeze

if TYPE_CHECKING:
    from collections.abc import Collection

# H. Michael Damm's quasigroup of order 10 (doctoral thesis, Marburg 2004). It is totally
# anti-symmetric, so every single wrong digit and every swap of two neighbours shows.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
# Start and end are ours; Damm's own 0 and 0 would also accept numbers of other makers.
_START, _END = 6, "1"
_NEXT = tuple({str(at): int(one) for at, one in enumerate(row)} for row in _DAMM)
_CHECKS = tuple(str(row.index(_END)) for row in _DAMM)

# No 0 O 1 I L U, which look alike; and no A D E W Y either: a phone left in Telex or VNI turns
# "AS", "DD" or "W" into Vietnamese letters while the code is being typed.
_LETTERS = "23456789BCFGHJKMNPQRSTVXZ"

_PERSONAL = re.compile(r"[1-9](?:[ .-]?\d){7}", re.ASCII)
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])[ .-](?:0?[1-9]|1[0-2])[ .-](?:19|20)\d\d", re.ASCII)
_INVITATION = re.compile(rf"moi([{_LETTERS.lower()}]{{4}})([{_LETTERS.lower()}]{{4}})")
_COURSE = re.compile(r"l ?(\d{1,5})\.?", re.ASCII | re.IGNORECASE)
# "lop 5 tuoi" is a class of children.
_COURSE_IN = re.compile(r"\bl(?:op(?: tap huan)?(?: so)?)? ?0*([1-9]\d{0,4})\b(?! tuoi)", re.ASCII)
_ANNOUNCEMENT = re.compile(r"tb ?[-‑–—]? ?(\d{1,6})\.?", re.ASCII | re.IGNORECASE)


def personal() -> str:
    """A new random personal code, valid, from the system's secure source."""
    return complete(str(1_000_000 + secrets.randbelow(9_000_000)))


def personals(count: int, taken: Collection[str]) -> list[str]:
    """So many different new personal codes, none of them taken, in the order they were drawn.

    For a whole list at once: a tenth of the time that drawing one after the other takes.
    """
    found: dict[str, None] = {}
    while len(found) < count:
        # Three bytes are a number below 16,777,216; what is beyond the last code is drawn again.
        drawn = secrets.token_bytes(3 * (count - len(found)) * 2)
        for at in range(0, len(drawn), 3):
            number = int.from_bytes(drawn[at : at + 3])
            if number < 9_000_000 and len(found) < count:
                seven = str(1_000_000 + number)
                code = seven + _CHECKS[_remainder(seven)]
                if code not in taken:
                    found[code] = None
    return list(found)


def complete(seven: str) -> str:
    """Append the check digit to seven digits, the first of which is not 0.

    Raises:
        ValueError: `seven` is anything else.
    """
    if not re.fullmatch(r"[1-9]\d{6}", seven, re.ASCII):
        raise ValueError("A personal code is made of seven digits and does not begin with 0.")
    return seven + _CHECKS[_remainder(seven)]


def valid(code: str) -> bool:
    """Whether `code` is eight digits, does not begin with 0 and has the right check digit.

    Any one digit mistyped and any two neighbours swapped make a valid code invalid.
    """
    shaped = re.fullmatch(r"[1-9]\d{7}", code, re.ASCII)
    return bool(shaped) and str(_remainder(code)) == _END


def _remainder(digits: str) -> int:
    row = _START
    for digit in digits:
        row = _NEXT[row][digit]
    return row


def read(text: str) -> str | None:
    """The eight digits of a typed personal code, or None where the text is not shaped like one.

    Reads "4827 1093", "4827-1093", "4827.1093" and any other grouping, but not a date
    ("15.12.2026"). The check digit is not looked at, so that a slip can be told apart from
    another kind of text: ask `valid`.
    """
    typed = clean(text)
    if not _PERSONAL.fullmatch(typed) or _DATE.fullmatch(typed):
        return None
    return re.sub(r"\D", "", typed)


def invitation() -> str:
    """A new random invitation code such as "MOI-7K3M-2QXP": 37 bits, so it must expire."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"MOI-{drawn[:4]}-{drawn[4:]}"


def read_invitation(text: str) -> str | None:
    """The typed invitation code in its one written form, or None where it is not one.

    Case, spaces, hyphens and the accents that a keyboard adds ("mời 7k3m 2qxp") do not matter.
    """
    found = _INVITATION.fullmatch(squeeze(text))
    return f"MOI-{found[1]}-{found[2]}".upper() if found else None


def digest(text: str) -> str:
    """SHA-256 of a code, 64 hex digits; the same for every way of typing it.

    Personal codes are so few that their digest can be undone by trying them all: it keeps them
    from being read by accident, nothing more.
    """
    return hashlib.sha256(squeeze(text).encode()).hexdigest()


def course(text: str) -> int | None:
    """The course number where the whole text is a course code: "L12", "l 12", "L012"."""
    return _number(_COURSE, text)


def course_in(folded: str) -> int | None:
    """The number of the first course code that in folded words: "huy l12 giup", "lop 12"."""
    found = _COURSE_IN.search(folded)
    return int(found[1]) if found else None


def announcement(text: str) -> int | None:
    """The number where the whole text is an announcement's code: "TB-0141", "tb0141", "TB 141"."""
    return _number(_ANNOUNCEMENT, text)


def _number(shape: re.Pattern[str], text: str) -> int | None:
    found = shape.fullmatch(clean(text))
    # Numbers are counted from 1.
    return (int(found[1]) or None) if found else None
