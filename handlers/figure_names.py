"""The subjects of figures that a question names: by code, by name, by words of a title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handlers.figure_terms import COMMON, FILLING, PHRASES, SAME, TERMS
from storage import spelling, unit_words
from storage.models.figures import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from handlers.figure_line import Line

_COURSE = re.compile(r"(?:l|lop|khoa|loptaphuan|khoataphuan)0*([1-9]\d{0,4})")
_INDICATOR = re.compile(r"(?:(?:chitieu|chitieuso)?kpi|chitieu|chitieuso)0*([1-9])")
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,3})(?:[.,]\d+)? ?(?:%|phan tram\b|percent\b)")
_TITLE: Final = 12  # words of a title are looked for at most
_SHORT: Final = 8  # words of a short name


@dataclass(frozen=True, slots=True)
class Name:
    """A subject as it may be called, all folded; `names` the short one first."""

    id: int
    kind: SubjectKind
    code: str
    names: tuple[str, ...]
    letter: str = ""
    target: Fraction | None = None

    @property
    def stuck(self) -> str:
        """The short name in one word."""
        return self.names[0].replace(" ", "") if self.names else ""

    def holds(self, words: str) -> bool:
        """True where the words stand in one of the names, whole and in this order."""
        return bool(words) and any(f" {words} " in f" {each} " for each in self.names)


def by_code(line: Line, names: Sequence[Name]) -> tuple[tuple[int, ...], str]:
    """Subjects by their codes, "L12", "lop 12", "kpi 2"; and the first code that is none, or ""."""
    known: list[int] = []
    missing = ""
    for start, end, key in line.windows(4):
        code = _code(key)
        if not code or line.said(end, end + 1) in ("tuoi", "mau"):
            continue
        line.take(start, end)
        found = [name.id for name in names if name.code == code]
        known += found
        missing = missing or ("" if found else code.upper())
    return tuple(known), missing


def _code(key: str) -> str:
    """The code that stuck folded words are; "" where they are none."""
    if found := _COURSE.fullmatch(key):
        return f"l{found[1]}"
    found = _INDICATOR.fullmatch(key)
    return f"kpi{found[1]}" if found else ""


def is_indicator(key: str) -> bool:
    """True where stuck folded words are the code of an indicator: "kpi1"."""
    return _INDICATOR.fullmatch(key) is not None


def by_short_name(line: Line, names: Sequence[Name]) -> tuple[int, ...]:
    """Subjects whose short name stands there as a whole: "so cuu", "cntt", "socuu"."""
    for start, end, key in line.windows(_SHORT):
        other = SAME.get(line.said(start, end), "").replace(" ", "")
        same = tuple(name.id for name in names if name.stuck in (key, other) and name.stuck)
        if same and key not in TERMS:
            line.take(start, end)
            return same
    return ()


def by_title(line: Line, names: Sequence[Name]) -> tuple[int, ...]:
    """Subjects with some words of their titles, those that have the longest run of them."""
    for start, end, _ in line.windows(_TITLE):
        said = line.said(start, end)
        for words in (said, SAME.get(said, "")):
            found = tuple(name.id for name in names if name.holds(words))
            if found and _tells(words):
                line.take(start, end)
                return found
    return ()


def _tells(words: str) -> bool:
    """True where words of a title tell it from others: "cho trẻ" does not."""
    telling = {each for each in words.split() if each not in COMMON and len(each) > 1}
    return words in PHRASES or bool(telling - FILLING)


def by_letter(line: Line, names: Sequence[Name]) -> tuple[int, ...]:
    """Programmes by the number of their paper: "178" of 178/KH-UBND."""
    for at in sorted(line.left):
        said = line.words[at].folded
        found = tuple(
            name.id
            for name in names
            if name.kind is SubjectKind.GATHERING and name.letter.split("/")[0] == said
        )
        if found and said.isdecimal():
            line.take(at, at + 1)
            return found
    return ()


def similar(line: Line, names: Sequence[Name]) -> tuple[int, ...]:
    """Subjects whose short name differs by a letter; they are offered, never taken."""
    for start, end, key in line.windows(_SHORT):
        if len(key) < 4 or set(line.said(start, end).split()) <= FILLING:
            continue
        near = tuple(
            name.id for name in names if len(name.stuck) > 3 and unit_words.close(key, name.stuck)
        )
        if near:
            line.take(start, end)
            return near
    return ()


def targets(line: Line, text: str) -> tuple[str, ...]:
    """The targets that were said: "85" of "85%"."""
    found = tuple(match[1] for match in _PERCENT.finditer(spelling.fold(text)))
    for at, word in enumerate(line.words):
        if word.folded in found:
            line.take(at, at + 1)
    return found


def with_target(
    names: Sequence[Name], said: Sequence[str], topics: tuple[int, ...]
) -> tuple[int, ...]:
    """Those with a target that was said; all with it where none of them was named."""
    having = tuple(
        name.id
        for name in names
        if name.target is not None and str(round(name.target * 100)) in said
    )
    return tuple(one for one in having if one in topics) or having or topics


def of_kind(
    names: Sequence[Name], kind: SubjectKind | None, topics: tuple[int, ...]
) -> tuple[int, ...]:
    """Those of the kind that was said, where there are any."""
    wanted = {name.id for name in names if name.kind is kind}
    return tuple(one for one in topics if one in wanted) or topics
