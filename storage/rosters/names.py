"""Full names as lists write them, brought to one form and compared; nothing is inferred."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum

from storage import spelling, unit_words

_TITLE = re.compile(
    r"^(?:thầy/cô|cô/thầy|cô giáo|thầy giáo|cô|thầy)\s+(?=\S+\s+\S|[HK]')", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\d{1,5}\s*[.)/-]\s*")
_REMARK = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*")
_MARK = re.compile("[\u0300-\u036fđ]")
_WORD = re.compile(r"[^\W\d_]+")
# Nothing else is part of a name; "=", "+" and "@" are parts of formulas.
_SIGNS = re.compile(r"[^\w\s'.\-‐-―]")


class Likeness(IntEnum):
    """How well two names agree; order of words and place of the tone mark never count."""

    NONE = 0
    OTHER_ACCENTS = 1  # "Hoa" with marks elsewhere and "Hòa": other names that fold alike
    NEAR = 2  # one letter off, or one word more
    BARE = 3  # one of them was written without its accents
    SAME = 4


@dataclass(frozen=True, slots=True)
class NameKey:
    """What a name is compared by: its folded words in the order of the alphabet, and its marks."""

    words: str
    marks: str

    @property
    def bare(self) -> bool:
        """True for a name written without any accent."""
        return not self.marks


def key(full_name: str) -> NameKey:
    """The key of a name."""
    words = sorted(spelling.fold(full_name).split())
    letters = unicodedata.normalize("NFD", full_name.casefold())
    return NameKey(" ".join(words), "".join(sorted(_MARK.findall(letters))))


def likeness(one: NameKey, other: NameKey) -> Likeness:
    """How well two names agree."""
    if one.words == other.words or one.words.replace(" ", "") == other.words.replace(" ", ""):
        if one.marks == other.marks:
            return Likeness.SAME
        return Likeness.BARE if one.bare or other.bare else Likeness.OTHER_ACCENTS
    return Likeness.NEAR if _near(one.words.split(), other.words.split()) else Likeness.NONE


def _near(one: list[str], other: list[str]) -> bool:
    left = [word for word in one if word not in other]
    right = [word for word in other if word not in one]
    if min(len(one), len(other)) < 2 or max(len(left), len(right)) > 1:
        return False
    if left and right:
        return min(len(left[0]), len(right[0])) > 2 and unit_words.close(left[0], right[0])
    return min(len(one), len(other)) > 2


def cleaned(text: str) -> str:
    """A name as it is kept: NFC, no number before it, no remark behind it, no shouting.

    "NGUYỄN THỊ HOA", "nguyễn thị hoa" and "3. Nguyễn ThịHoa (HT)" are "Nguyễn Thị Hoa". Letters
    of a word that is written in both cases stay as they are, but a word stuck to the one before
    it is parted from it.
    """
    name = _NUMBERED.sub("", _REMARK.sub(" ", spelling.clean(text)))
    name = _TITLE.sub("", name.strip(" .,;-")).strip()
    if name.isupper() or name.islower():
        return " ".join(_WORD.sub(_capital, name).split())
    return " ".join(_loud(word) for word in _parted(name).split())


def trouble(name: str) -> str | None:
    """Why a cleaned name is none: the words of `spelling.name_trouble`, or "signs"."""
    return spelling.name_trouble(name) or ("signs" if _SIGNS.search(name) else None)


def _capital(word: re.Match[str]) -> str:
    return word[0][0].upper() + word[0][1:].lower()


def _loud(word: str) -> str:
    """A word that is all in capitals or all small among others that are not."""
    letters = [letter for letter in word if letter.isalpha()]
    if len(letters) > 1 and (word.isupper() or word.islower()):
        return _WORD.sub(_capital, word)
    return word


def _parted(name: str) -> str:
    """The name with a space before each capital that follows a small letter."""
    parted: list[str] = []
    for before, letter in zip(" " + name, name, strict=False):
        parted += " " if before.islower() and letter.isupper() else ""
        parted += letter
    return "".join(parted)
