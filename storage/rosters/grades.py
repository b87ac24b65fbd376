"""Positions, qualifications, ratings and core flags, as offices write them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from storage import spelling
from storage.models.people import Core, Position, Qualification, Rating

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

# The first that fits counts: a deputy head is not a head. A manager (CBQL) may be either.
_POSITIONS: tuple[tuple[str, Position], ...] = (
    (r"\b(pho hieu truong|hieu pho|pht|p ht|p hieu truong|pho ht|pho chu nhom)\b", Position.DEPUTY),
    (r"\b(hieu truong|ht|chu nhom|chu nhom tre|chu co so|chu lop|chu truong|quan ly nhom)\b",
     Position.PRINCIPAL),
    (r"\b(giao vien|gv|gvmn|gvmg|gvnt|gvcn|co giao|to truong|to pho|tt|tp|ttcm|tpcm|day lop)\b",
     Position.TEACHER),
)  # fmt: skip
# People of a school who are neither teachers nor managers.
_STAFF = re.compile(
    r"\b(nhan vien|nv|ke toan|van thu|thu quy|y te|cap duong|nau an|phuc vu|bao ve|tap vu|lao cong"
    r"|thu vien|thiet bi|cham soc|ve sinh)\b"
)
_QUALIFICATIONS: tuple[tuple[str, Qualification], ...] = (
    (r"\b(sau dai hoc|sau dh|sdh|sd h|thac si|thac sy|ths|th s|cao hoc|tien si|tien sy|ts)\b",
     Qualification.POSTGRADUATE),
    (r"\b(dai hoc|dh\w{0,5}|cu nhan)\b", Qualification.UNIVERSITY),
    (r"\b(cao dang|cd\w{0,5})\b", Qualification.COLLEGE),
    (r"\b(trung cap|trung hoc|tc\w{0,5}|thsp\w{0,3}|thcn)\b", Qualification.SECONDARY),
)  # fmt: skip
_RATINGS: dict[str, Rating] = {
    "tot": Rating.EXCELLENT, "t": Rating.EXCELLENT, "loai tot": Rating.EXCELLENT,
    "muc tot": Rating.EXCELLENT, "dat muc tot": Rating.EXCELLENT,
    "kha": Rating.GOOD, "k": Rating.GOOD, "loai kha": Rating.GOOD, "muc kha": Rating.GOOD,
    "dat muc kha": Rating.GOOD, "dat": Rating.ADEQUATE, "d": Rating.ADEQUATE,
    "muc dat": Rating.ADEQUATE, "loai dat": Rating.ADEQUATE, "chua dat": Rating.BELOW,
    "khong dat": Rating.BELOW, "cd": Rating.BELOW, "chua dat chuan": Rating.BELOW,
}  # fmt: skip
_CORES: tuple[tuple[str, Core], ...] = (
    (r"\b(bo|trung uong|tw|quoc gia)\b", Core.MINISTRY),
    (r"\b(tinh|so|so gd|so gddt)\b", Core.PROVINCE),
    (r"\b(huyen|phong|thanh pho|thi xa|xa|phuong|cum)\b", Core.DISTRICT),
    (r"\b(truong|co so)\b", Core.SCHOOL),
)
_TICKS = frozenset({"x", "xx", "1", "v", "co", "√", "✓", "✔", "+", "true", "yes", "dat"})
_NONE = frozenset({"khong", "0", "o", "chua", "none", "no", "k", "ko"})


@lru_cache(maxsize=4096)
def position(text: str) -> Position | None:
    """The position a text names: "P.HT", "Giáo viên - Tổ trưởng"; None where it is unclear."""
    return _first(_key(text), _POSITIONS)


@lru_cache(maxsize=4096)
def outside(text: str) -> bool:
    """True for people of a school who are neither teachers nor managers: "Kế toán", "Cấp dưỡng"."""
    return bool(_STAFF.search(_key(text)))


@lru_cache(maxsize=4096)
def qualification(text: str) -> Qualification | None:
    """The highest training a text names: "CĐSP MN", "Đại học sư phạm"."""
    return _first(_key(text), _QUALIFICATIONS)


@lru_cache(maxsize=4096)
def rating(text: str) -> Rating | None:
    """The standard rating (TT 26/2018). "Xuất sắc" belongs to another scale, and is none."""
    return _RATINGS.get(_key(text))


@lru_cache(maxsize=4096)
def core(text: str) -> Core | None:
    """The level that listed somebody as core staff; None where none is named."""
    return _first(_key(text), _CORES)


def tick(text: str) -> bool:
    """True where a cell is marked: "x", "1", "có"."""
    return spelling.fold(text) in _TICKS


def denied(text: str) -> bool:
    """True where a cell says no: "không", "0"."""
    return _key(text) in _NONE


@lru_cache(maxsize=4096)  # a roster says the same few things thousands of times
def _key(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", spelling.fold(text)).split())


def _first(text: str, meanings: Sequence[tuple[str, T]]) -> T | None:
    for pattern, meant in meanings:
        if re.search(pattern, text):
            return meant
    return None
