"""What the words an office uses for a school say: its name, its type, and who runs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from storage import schools, spelling
from storage.models import Ownership, SchoolType

if TYPE_CHECKING:
    from collections.abc import Sequence

# With accents and without, as offices write both.
_KIND = (
    r"trường|truong|mầm non|mam non|mẫu giáo|mau giao|mnc?|mg|nhóm trẻ|nhom tre|nhóm lớp|nhom lop"
    r"|nhà trẻ|nha tre|lớp|lop|ntdl|ntđl|lmg|cơ sở|co so"
)
_RUN = (
    r"độc lập|doc lap|tư thục|tu thuc|dân lập|dan lap|ngoài công lập|ngoai cong lap|công lập"
    r"|cong lap|đl|nclp?|tt"
)
# "NT" is a group or a crèche: it names no type, and is no part of the name.
_LEADING = re.compile(rf"^(?:(?:{_KIND}|{_RUN}|nt)\b[\s.:]*)+", re.IGNORECASE)
_NAMES = re.compile(rf"\b(?:{_KIND})\b", re.IGNORECASE)
# "MN Hoa Cúc, xã Tuy Đức", "MN Hoa Cúc (điểm lẻ)", "Trường MN Hoa Cúc năm học 2025-2026".
_REST = re.compile(
    r"\s*(?:[,;(]|\s[-–]\s|\b(?:xã|xa|phường|phuong|thị trấn|thi tran|đặc khu|dac khu|năm học"
    r"|nam hoc)\b)",
    re.IGNORECASE,
)
_PRIVATE = re.compile(r"\b(tu thuc|dan lap|ngoai cong lap|tu nhan|ncl)\b")
# The first that fits counts; folded.
_TYPES = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"\b(nhom tre|nhom lop|ntdl|nhom)\b", SchoolType.GROUP),
        (r"\b(lop (mau giao|mg|mam non|mn)|lmg)\b", SchoolType.CLASS),
        (r"\bco so\b.*\b(doc lap|dl)\b", SchoolType.GROUP),
        (r"\bnha tre\b", SchoolType.CRECHE),
        (r"\b(mau giao|mg)\b", SchoolType.KINDERGARTEN),
        (r"\b(mam non|mnc?)\b", SchoolType.PRESCHOOL),
    )
)
_WRITTEN = {
    SchoolType.PRESCHOOL: "Trường MN", SchoolType.KINDERGARTEN: "Trường MG",
    SchoolType.CRECHE: "Nhà trẻ", SchoolType.GROUP: "Nhóm trẻ",
    SchoolType.CLASS: "Lớp MG độc lập",
}  # fmt: skip


def line(places: Sequence[str]) -> str:
    """The nearest line above a list that names a school; "" where none does."""
    return next((each for each in places if _named(each)), "")


def parted(written: str) -> tuple[str, str]:
    """The name of the school in some words, and what stands behind it: the commune, a remark."""
    words = _named(written) or spelling.clean(written)
    for rest in _REST.finditer(words):
        if schools.fold_name(words[: rest.start()]):
            return words[: rest.start()].strip(), words[rest.start() :].strip(" ,;()-–")
    return words, ""


def _named(written: str) -> str:
    """From the word for a school on, where a name follows; "" where there is none."""
    words = spelling.clean(written)
    found = _NAMES.search(words)
    if found is None:
        return ""
    words = words[found.start() :]
    rest = _REST.search(words)
    return words if schools.fold_name(words[: rest.start()] if rest else words) else ""


def kind(written: str) -> SchoolType | None:
    """The type the words name; None where they name none."""
    folded = spelling.fold(written)
    return next((kind for pattern, kind in _TYPES if pattern.search(folded)), None)


def ownership(written: str, kind: SchoolType) -> Ownership:
    """Who runs it: groups and single classes are private, schools where the words say so."""
    private = kind in (SchoolType.GROUP, SchoolType.CLASS)
    said = _PRIVATE.search(spelling.fold(written))
    return Ownership.PRIVATE if private or said else Ownership.PUBLIC


def name(written: str, kind: SchoolType) -> str:
    """The name as it is entered: "TRƯỜNG MẦM NON HOA SEN" is "Trường MN Hoa Sen"."""
    words, _ = parted(written)
    own = _LEADING.sub("", words) or words
    if own.isupper() or own.islower():
        own = " ".join(word[:1].upper() + word[1:].lower() for word in own.split())
    run = " tư thục" if _PRIVATE.search(spelling.fold(words)) else ""
    return f"{_WRITTEN[kind]}{run} {own}"
