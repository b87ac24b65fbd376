"""How people write the names of units: words for the kind, stuck and stray spellings, marks."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from storage.models.units import UnitKind
from storage.spelling import clean, fold, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Folded words for a kind, as written in full and in short; then the kind and its official word.
KINDS: dict[tuple[str, ...], tuple[UnitKind, str]] = {
    ("thanh", "pho"): (UnitKind.DISTRICT, "Thành phố"),
    ("tp",): (UnitKind.DISTRICT, "Thành phố"),
    ("thi", "xa"): (UnitKind.DISTRICT, "Thị xã"),
    ("tx",): (UnitKind.DISTRICT, "Thị xã"),
    ("thi", "tran"): (UnitKind.COMMUNE, "Thị trấn"),
    ("tt",): (UnitKind.COMMUNE, "Thị trấn"),
    ("dac", "khu"): (UnitKind.COMMUNE, "Đặc khu"),
    ("phuong",): (UnitKind.COMMUNE, "Phường"),
    ("p",): (UnitKind.COMMUNE, "Phường"),
    ("huyen",): (UnitKind.DISTRICT, "Huyện"),
    ("h",): (UnitKind.DISTRICT, "Huyện"),
    ("tinh",): (UnitKind.PROVINCE, "Tỉnh"),
    ("xa",): (UnitKind.COMMUNE, "Xã"),
    ("x",): (UnitKind.COMMUNE, "Xã"),
}
OFFICIAL = tuple(dict.fromkeys(word for _, word in KINDS.values()))
# Before a name: where something is. A name that is also an everyday phrase needs one of these.
WHERE = frozenset({"o", "tai", "ve", "den", "thuoc", "qua", "gan"})
# "là đã", "đã lấy", "nhận cô", "năm đã", "tám tháng", "n.dung" and others without their accents.
EVERYDAY = frozenset(
    {
        "lada", "dami", "dalay", "dakho", "dalong", "bagia", "lat", "chicong", "nhandao", "nhanco",
        "namda", "tamthang", "truongxuan", "dailao", "giaan", "daloan", "ndung", "rla",
        "bla",
    }
)  # fmt: skip
# The longest name has four words ("xuan huong da lat"); "dak n d rot" has one more.
LONGEST = 5
# No sentence about one course is longer; the rest of a pasted document is not looked at.
LISTENED = 40

_WORD = re.compile(r"[\w\u0300-\u036f]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed and as searched for."""

    raw: str
    folded: str


def split(text: str) -> list[Word]:
    """The words of a text, without punctuation; an apostrophe or a hyphen parts two words."""
    found = (Word(raw[0], fold(raw[0])) for raw in _WORD.finditer(clean(text)))
    return list(islice((word for word in found if word.folded), LISTENED))


def bare(name: str) -> str:
    """The name without its word for the kind: "Tuy Đức"; a number keeps it: "Phường 7"."""
    for word in OFFICIAL:
        rest = name.removeprefix(f"{word} ")
        if rest != name:
            return name if rest.isdecimal() else rest
    return name


def key(text: str) -> str:
    """The form under which names and aliases are stored: folded, squeezed, letters and digits."""
    return re.sub(r"\W", "", squeeze(text))


def spellings(words: Sequence[Word], before: str = "") -> list[str]:
    """Keys under which these words may be stored; `before` is the official word they follow.

    "Đắc", "Dac" and "Dack" are read as "Đắk" too, and a bare number as that ward.
    """
    typed = "".join(word.folded for word in words)
    if typed.isdecimal():
        return [f"phuong{typed}"] if before == "Phường" else []
    if ward := re.fullmatch(r"p(\d+)", typed):
        return [typed, f"phuong{ward[1]}"]
    stray = [wrong for wrong in ("dack", "dac") if typed.startswith(wrong)]
    return [typed, *("dak" + typed.removeprefix(wrong) for wrong in stray)]


def kind_before(words: Sequence[Word], at: int) -> tuple[int, UnitKind, str] | None:
    """The word for a kind that ends just before `at`: its length in words, kind, official word."""
    for length in (2, 1):
        start = at - length
        found = KINDS.get(tuple(word.folded for word in words[start:at])) if start >= 0 else None
        if found:
            return length, *found
    return None


def marks(text: str) -> Counter[str]:
    """Accents and đ of a text, counted."""
    letters = unicodedata.normalize("NFD", clean(text).casefold())
    return Counter(letter for letter in letters if letter == "đ" or unicodedata.combining(letter))


def contradicts(words: Iterable[Word], name: str) -> bool:
    """True where an accent was typed that the name does not have: "là đã" is not "La Dạ".

    "Đắk" and "Đăk" are both used for the same names, so these words say nothing.
    """
    typed = marks(" ".join(word.raw for word in words if word.folded not in ("dak", "dac")))
    return bool(typed - marks(name + "Đắk" * ("Đăk" in name)))


def close(one: str, other: str) -> bool:
    """True for one letter more, less, other or swapped with its neighbour, not for equal keys.

    Digits never count as a slip: "phuong7" is not near "phuong8".
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if [c for c in one if c.isdecimal()] != [c for c in other if c.isdecimal()]:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    return short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
