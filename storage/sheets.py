"""What somebody types who reads a signed sheet: "1-25 trừ 12, muộn 5, phép 9". Pure.

Numbers are those of the sheet. What stands before any word was there; a word says what the
numbers after it were, until the next word. Whoever reads a sheet names those who signed, so that
everybody else was not there; "muộn", "phép" or "vắng" alone says nothing of others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.models import Mark
from storage.spelling import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# The largest number that can stand on a sheet; a longer one is a slip.
LARGEST = 2000

_WORDS = (
    ("except", r"tru(?: ra)?|ngoai tru|ngoai|khong ky|thieu|except|but"),
    ("late", r"(?:di |den )?(?:muon|tre)|late"),
    ("excused", r"(?:vang )?(?:co )?phep|excused"),
    ("absent", r"vang(?: mat)?(?: khong phep)?|khong phep|nghi|absent"),
    ("all", r"tat ca(?: moi nguoi)?|toan bo|ca lop|het|du ca|du(?= *$)|all"),
    ("present", r"co mat|du|ky|da ky|present"),
    ("to", r"den|toi|to"),
)
# Folding takes dashes away: they mean "to" here.
_DASH = re.compile(r"\s*(?:[-–—‑]|\.{2,3}|…)\s*")
_TOKEN = re.compile(
    r"(?P<number>\d{1,6})|(?P<end>[;\n])|(?P<skip>[\s,.:+&()]+|va\b|and\b|so\b|stt\b|tu\b"
    r"|nguoi\b|cac\b)|" + "|".join(f"(?P<{name}>(?:{words})\\b)" for name, words in _WORDS)
)


class Unread(StrEnum):
    """Why a text says nothing."""

    EMPTY = "empty"
    WORD = "word"  # something is neither a number nor a word that is known
    RANGE = "range"  # "25-1", "3-", a number that is too large


@dataclass(frozen=True, slots=True)
class Slip:
    """What was not understood: `at` is that part of the text."""

    why: Unread
    at: str = ""


@dataclass(slots=True)
class Said:
    """What a text says of the numbers of a sheet, and whether all others were not there."""

    marks: dict[int, Mark] = field(default_factory=dict[int, Mark])
    everybody: bool = False
    rest: bool = False

    def of(self, numbers: Collection[int]) -> dict[int, Mark]:
        """The marks of a sheet with these numbers, absent where the others were not there."""
        plain = Mark.PRESENT if self.everybody else Mark.ABSENT if self.rest else None
        found = {one: mark for one in numbers if (mark := self.marks.get(one, plain))}
        return dict(sorted(found.items()))

    def strange(self, numbers: Collection[int]) -> list[int]:
        """Numbers of the text that the sheet does not have."""
        return sorted(set(self.marks) - set(numbers))


_MARKS: Mapping[str, Mark] = {
    "except": Mark.ABSENT, "absent": Mark.ABSENT, "late": Mark.LATE, "excused": Mark.EXCUSED,
    "present": Mark.PRESENT,
}  # fmt: skip
# What is said outright wins over a range that it lies in, whatever comes first.
_RANK = (Mark.PRESENT, Mark.ABSENT, Mark.LATE, Mark.EXCUSED)


def read(text: str) -> Said | Slip:
    """What a typed text says, with or without accents; a `Slip` names what was not understood."""
    tokens = _tokens(text)
    if isinstance(tokens, Slip):
        return tokens
    said, group = Said(), "present"
    open_word, at = "", 0  # a word that no number has followed yet
    while at < len(tokens):
        kind, value = tokens[at]
        at += 1
        if kind == "number":
            numbers, at = _span(tokens, at - 1)
            if isinstance(numbers, Slip):
                return numbers
            said.rest = said.rest or group == "present"
            _put(said, numbers, _MARKS[group])
            open_word = ""
        elif open_word or kind == "to":
            return Slip(Unread.WORD, open_word or value)
        elif kind == "all":
            # "1-25 đủ" says no more than "1-25".
            said.everybody = said.everybody or value != "du" or not said.marks
            said.rest = True
        else:
            group = "present" if kind == "end" else kind
            open_word = "" if kind == "end" else value
    if open_word:
        return Slip(Unread.WORD, open_word)
    return said if said.marks or said.everybody else Slip(Unread.EMPTY)


def _put(said: Said, numbers: range, mark: Mark) -> None:
    for one in numbers:
        before = said.marks.get(one)
        if before is None or _RANK.index(before) <= _RANK.index(mark):
            said.marks[one] = mark


def _span(tokens: list[tuple[str, str]], at: int) -> tuple[range | Slip, int]:
    """One number, or from one to another, and where the text goes on."""
    first = int(tokens[at][1])
    last, after = first, at + 1
    if after < len(tokens) and tokens[after][0] == "to":
        if after + 1 == len(tokens) or tokens[after + 1][0] != "number":
            return Slip(Unread.RANGE, f"{first}-"), after
        last, after = int(tokens[after + 1][1]), after + 2
    if not 0 < first <= last <= LARGEST:
        said = str(first) if first == last else f"{first}-{last}"
        return Slip(Unread.RANGE, said), after
    return range(first, last + 1), after


def _tokens(text: str) -> list[tuple[str, str]] | Slip:
    lines = "\n".join(fold(_DASH.sub(" to ", line)) for line in text.splitlines())
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(lines):
        token = _TOKEN.match(lines, at)
        if token is None or not token[0]:
            return Slip(Unread.WORD, lines[at:].split()[0][:20])
        if token.lastgroup and token.lastgroup != "skip":
            found.append((token.lastgroup, token[0]))
        at = token.end()
    return found
