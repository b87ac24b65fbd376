"""What a check of the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    # Translates a sentence and fills its fields.
    Words = Callable[..., str]


class Grade(StrEnum):
    """How a check ended: well, worth knowing, or something is missing."""

    WELL = "well"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; the words say what to do where it is not well."""

    grade: Grade
    words: str

    def line(self, _: Words) -> str:
        """The finding as it is printed."""
        match self.grade:
            case Grade.WELL:
                return _("[ok] {words}", words=self.words)
            case Grade.NOTE:
                return _("[note] {words}", words=self.words)
            case Grade.MISSING:
                return _("[missing] {words}", words=self.words)


def well(words: str) -> Finding:
    """Nothing to do."""
    return Finding(Grade.WELL, words)


def note(words: str) -> Finding:
    """Works, but somebody should know."""
    return Finding(Grade.NOTE, words)


def missing(words: str) -> Finding:
    """Something has to be done."""
    return Finding(Grade.MISSING, words)
