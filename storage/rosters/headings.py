"""What the headings of offices' lists mean: with accents or without, long or short."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage import spelling
from storage.rosters import grades

if TYPE_CHECKING:
    from storage.models import Core


class Field(StrEnum):
    """What a column may say of a person."""

    NAME = "name"
    SURNAME = "surname"  # "họ và tên đệm", where the last word has a column of its own
    GIVEN = "given"
    BIRTH = "birth"
    POSITION = "position"
    SCHOOL = "school"
    COMMUNE = "commune"
    DISTRICT = "district"
    PHONE = "phone"
    QUALIFICATION = "qualification"
    RATING = "rating"
    CORE = "core"
    EXTERNAL_ID = "external_id"
    # Only lists of past courses have these, see `storage.pasts`.
    COURSE = "course"
    FIRST_DAY = "first_day"
    LAST_DAY = "last_day"
    HOURS = "hours"
    SCORE = "score"
    PRESENCE = "presence"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Heading:
    """What one heading says. `personal`: an ID card's number and the like, never to be read."""

    field: Field | None = None
    personal: bool = False


# The first that fits counts. None: known, and of no use here. Headings are folded, "d" for "đ",
# with single spaces for everything that is no letter or digit.
_MEANINGS: tuple[tuple[str, Field | None], ...] = (
    (r"\b(stt|so tt|so thu tu|tt|no)\b", None),
    (r"\b(noi sinh|que quan|ho khau|dia chi|thuong tru|tam tru|cho o|email|thu dien tu)\b", None),
    (r"\b(dan toc|ton giao|gioi tinh|dang vien|ghi chu|ngay vao|ngay tuyen)\b", None),
    (r"\b(hop dong|luong)\b", None),
    (r"\b(tin hoc|ngoai ngu|ly luan|chinh tri|quan ly nha nuoc|tieng|nam tot nghiep)\b", None),
    (r"\b(so lop|so tre|si so|nhom lop|khoi|tham nien|ngach|hang)\b", None),
    (r"\b(chu tich|nguoi lap|email|facebook)\b", None),
    (r"\bcot can\b", Field.CORE),
    (r"\bho( va)?( ten)?( chu)? (dem|lot)\b(?!.*\bten\b)", Field.SURNAME),
    (r"^ho$|^ho va (dem|lot)$|^ho lot$", Field.SURNAME),
    (r"\bho (va |chu |dem |va chu |va dem )*ten\b|\bfull name\b|^hoten$", Field.NAME),
    (r"^ten$|^ten goi$", Field.GIVEN),
    (r"\bten (giao vien|gv|gvmn|can bo|cb|cbql|hoc vien|nhan su|nguoi|vien chuc)\b", Field.NAME),
    (r"\bsinh\b|^ns$|\bngay thang nam\b|\bdate of birth\b|\bdob\b", Field.BIRTH),
    (r"\bdien thoai\b|\bsdt\b|\bso dt\b|\bdtdd\b|\bdi dong\b|^dt$|\bzalo\b|\bmobile\b|\bphone\b",
     Field.PHONE),
    (r"\bma (so )?(dinh danh|giao vien|gv|can bo|cb|cbgv|cbgvnv|nhan su|nguoi|vien chuc|ho so)\b"
     r"|\bma dinh danh\b|^ma( so)?$|\bma csdl\b|\bma nganh\b", Field.EXTERNAL_ID),
    (r"\b(xep loai|danh gia|chuan nghe nghiep|chuan gv|chuan hieu truong|muc dat chuan|cnn)\b",
     Field.RATING),
    (r"\b(trinh do|bang cap|tdcm|tddt|hoc vi|van bang)\b", Field.QUALIFICATION),
    (r"\b(chuc vu|chuc danh|nhiem vu|vi tri|vtvl|position)\b", Field.POSITION),
    (r"\b(huyen|phong gd|phong gddt|phong giao duc|thanh pho)\b", Field.DISTRICT),
    (r"\b(truong|co so|don vi|noi cong tac|noi lam viec|school)\b", Field.SCHOOL),
    (r"\b(xa|phuong|thi tran|dia ban|commune)\b", Field.COMMUNE),
    (r"\b(cong viec)\b", Field.POSITION),
    (r"\b(chuyen mon)\b", Field.QUALIFICATION),
)  # fmt: skip
_MEANT = tuple((re.compile(pattern), field) for pattern, field in _MEANINGS)
_PERSONAL = re.compile(
    r"\b(cccd|cmnd|cmt|can cuoc|chung minh|ho chieu|so dinh danh|so tai khoan|stk|ngan hang|bhxh"
    r"|bao hiem|ma so thue|mst)\b"
)
_SCHOOL_YEAR = re.compile(r"\b(20\d\d)\s*[-–/]\s*(20\d\d)\b")
_YEAR = re.compile(r"\b(20\d\d)\b")
# A heading is short; a sentence in the first column is none.
LONGEST = 90
# "Ngày sinh" over "Nam" and "Nữ": the date stands under one of the two.
BIRTH_HALVES = frozenset({"nam", "nu"})


def key(label: str) -> str:
    """The folded heading with single spaces for all punctuation."""
    return " ".join(re.sub(r"[\W_]+", " ", spelling.fold(label)).split())


def meaning(label: str) -> Heading:
    """What a heading stands for; `field` None where it says nothing of use."""
    folded = key(label)
    if not folded or len(folded) > LONGEST:
        return Heading()
    if _PERSONAL.search(folded):
        return Heading(personal=True)
    for pattern, field in _MEANT:
        if pattern.search(folded):
            return Heading(field)
    return Heading()


def school_year(label: str) -> str | None:
    """The school year a heading or title names: "2025-2026"."""
    found = _SCHOOL_YEAR.search(label)
    return f"{found[1]}-{found[2]}" if found and int(found[2]) == int(found[1]) + 1 else None


def year(label: str) -> int | None:
    """The year a heading or title names."""
    found = _YEAR.search(label)
    return int(found[1]) if found else None


def core_level(label: str) -> Core | None:
    """The level a heading like "Cốt cán cấp tỉnh" names."""
    return grades.core(label)
