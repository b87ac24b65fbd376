"""A sentence of which parts are read one after another; what nobody took is left over."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from storage import spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.course_times import Doubt

TAKEN = "\x1f"
# A full stop or the like between two parts; "3.12" and "10.000" have none.
_BREAK = re.compile(rf"[,;{TAKEN}\n]|[.!?](?=\s|$)|(?<=\s)[-–—](?=\s)|:(?=\s)")


class Line:
    """A typed line in NFC, letter by letter beside its folded form: spans fit both."""

    def __init__(self, text: str) -> None:
        self.raw = spelling.clean(text, lines=True)
        self.low = "".join(map(_bare, self.raw))
        self.accented = any(
            unicodedata.combining(mark) for mark in unicodedata.normalize("NFD", self.raw)
        )
        self.doubts: list[Doubt] = []

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, which nobody reads again."""
        found = pattern.search(self.low)
        if found:
            self.blank(*found.span())
        return found

    def said(self, found: re.Match[str], group: str | int = 0) -> str:
        """A part of a match as it was typed; it must not have been blanked before."""
        return self.raw[slice(*found.span(group))]

    def blank(self, start: int, end: int) -> None:
        """Take a span out, leaving a gap."""
        gap = TAKEN * (end - start)
        self.low = self.low[:start] + gap + self.low[end:]
        self.raw = self.raw[:start] + gap + self.raw[end:]

    def parts(self) -> Iterator[tuple[str, bool]]:
        """What is left, part by part, and whether only a comma stands before it."""
        at, near = 0, False
        for found in [*_BREAK.finditer(self.raw), None]:
            end = found.start() if found else len(self.raw)
            if words := self.raw[at:end].strip(" \t\"'“”()"):
                yield " ".join(words.split()), near
                near = True
            if found:
                near = near and found[0] != TAKEN
                at = found.end()


def _bare(letter: str) -> str:
    """One letter without case and marks; what does not fold to one letter stays."""
    if letter in "đĐ":
        return "d"
    plain = unicodedata.normalize("NFD", letter.lower())[:1]
    return plain if plain.isprintable() or plain == "\n" else " "


def folded(text: str) -> str:
    """A text as patterns read it: folded letter by letter, so that signs stay."""
    return "".join(map(_bare, spelling.clean(text)))
