"""A training in one sentence: "Tập huấn sơ cứu, sáng thứ 5 tuần sau, MN Hoa Sen, 40 chỗ".

Pure: what has a form of its own (dates, seats, numbers of letters) is read here and taken out of
the line; names of places and people's parts are left over for `course_sentence`, which knows them.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handlers import days, times
from handlers.course_text import Line, folded
from handlers.course_times import sessions
from storage.models import Mode
from storage.models.courses import CourseKind, Modality

if TYPE_CHECKING:
    from handlers.course_times import Doubt, Slot

_POLITE = (
    r"(?:(?:xin|nho|hay|giup|toi|em|minh|muon|can|cho|tro ly|troly|oi|anh|chi|da|vang|a|vui long"
    r"|please)\s+)*"
)
KINDS: Final = (
    (CourseKind.TRAINING, r"tap huan"),
    (CourseKind.FOSTERING, r"boi duong"),
    (CourseKind.WORKSHOP, r"hoi thao|toa dam"),
    (CourseKind.EXCHANGE, r"giao luu|sinh hoat chuyen mon"),
    (CourseKind.VISIT, r"tham quan"),
)
_KIND = "|".join(pattern for _, pattern in KINDS)
_OPENER = re.compile(
    rf"^\s*{_POLITE}(?:(?P<verb>mo|tao|lap|them|to chuc|len lich)(?:\s+(?:them|moi|mot|1))*"
    rf"\s+(?:(?:lop|khoa|dot|cuoc)(?:\s+moi)?(?!\w)|(?=(?:{_KIND})(?!\w))))\s*:?"
)
_VERBS = frozenset(("mở", "mo", "tạo", "tao", "lập", "lap", "thêm", "them", "tổ chức", "to chuc",
                    "tổ chưc", "lên lịch", "len lich"))  # fmt: skip
_BEGINS = re.compile(rf"^\s*(?:(?:lop|khoa|dot|buoi)\s+)?(?:{_KIND})(?!\w)")
_LIKE = re.compile(
    r"(?:nhu|giong|theo|tuong tu)(?: (?:lop|khoa))?(?: tap huan)? l ?(\d{1,5})(?!\w)"
)
_LINK = re.compile(
    r"(?:https?://|(?:[\w-]+\.)*(?:zoom\.us|meet\.google\.com|teams\.microsoft\.com)/)\S+"
)
_LETTER = re.compile(
    r"(?:theo )?(?P<what>cong van|cv|giay moi|ke hoach|kh|quyet dinh|qd)(?: so)? ?:? ?"
    r"(?P<number>\d{1,5}\s?[/-]\s?[a-z][\w&./-]*)(?: (?:ngay )?\d{1,2}/\d{1,2}/\d{4})?"
)
_CLOCK = r"\d{1,2}\s?(?:h|g|gio|:)\s?(?:\d{2}(?!\d|/))?"
_WEEKDAY = r"(?:thu ?(?:[2-7]|hai|ba|tu|nam|sau|bay)|t[2-7]|chu nhat|cn)(?: tuan (?:nay|sau|toi))?"
_DEADLINE = re.compile(
    r"(?<!\w)(?:han(?: chot| cuoi)?(?: (?:dang ky|dk|nop)(?: danh sach| ds)?)?(?: la| den)?"
    r"|(?:dang ky|dk|nop danh sach|chot(?: danh sach| ds)?)(?= (?:truoc|den)))\s*:?\s*"
    r"(?P<before>truoc |den truoc )?(?:den )?(?:het )?"
    rf"(?:(?P<clock>{_CLOCK})\s*,?\s*)?"
    rf"(?P<day>(?:{_WEEKDAY},?\s*)?(?:ngay )?\d{{1,2}}\s?/\s?\d{{1,2}}(?:\s?/\s?\d{{4}})?(?![\d/])"
    rf"|(?:ngay )?\d{{1,2}} thang \d{{1,2}}(?: nam \d{{4}})?|{_WEEKDAY}(?!\w)|ngay mai"
    rf"|ngay \d{{1,2}})"
)
_FREE = re.compile(r"(?<!\w)(?:khong thu (?:phi|tien|hoc phi)|mien phi)(?!\w)")
_FEE = re.compile(
    # "thu 5" is a Thursday: a sum needs its unit there.
    r"(?<!\w)(?:(?:thu )?(?:hoc phi|le phi|phi)|thu(?= ?\d[\d.,]* ?(?:k|nghin|ngan"
    r"|trieu|tr|dong|vnd|d)(?!\w)))"
    r"\s?:?\s?(?P<sum>\d[\d.,]*)\s?(?P<unit>k|nghin|ngan|trieu|tr|dong|vnd|d)?"
    r"(?:\s?/\s?nguoi)?(?!\w)"
)
_HOURS = re.compile(r"(?<![\w/])(?:thoi luong )?(?P<hours>\d{1,3}(?:[.,]\d)?) ?tiet(?!\w)")
_BLOCK = re.compile(
    r"(?:noi dung(?: chuong trinh)?|nd|khoi kien thuc)(?: so)? ?0?(?P<block>[123])"
    r"(?!\w| ?(?:buoi|tiet|gio|ngay|nguoi|cho|lop)|/)"
)
_LIMIT = re.compile(
    r"(?<!\w)(?:moi|mot|1) (?:truong|co so)(?: (?:toi da|khong qua|cu|duoc cu))* (?P<one>\d{1,3})"
    r"(?: (?:nguoi|giao vien|gv|cho))?(?!\w)"
    r"|(?<![\w/])(?:toi da )?(?P<two>\d{1,3}) (?:nguoi|giao vien|gv) ?(?:/|moi|mot|1) ?"
    r"(?:truong|co so)(?!\w)"
)
_SEATS = re.compile(
    r"(?<!\w)(?:(?:so luong|quy mo|toi da|khoang|du kien|gom)\s?:?\s?)*(?<![\w/.:,])"
    r"(?P<seats>\d{1,5}) ?"
    r"(?P<what>cho(?: ngoi)?|nguoi(?: du| hoc)?|hoc vien|dai bieu|suat|ng)(?!\w)"
)
_PEOPLE = re.compile(
    r"(?<![\w/.:,])(?P<seats>\d{1,5}) (?=(?:giao vien|gv|cbql|can bo|hieu truong)(?!\w))"
)
_ENDLESS = re.compile(
    r"(?<!\w)khong (?:gioi han|han che)(?: (?:so luong|so nguoi|cho|so cho))?(?!\w)"
)
_PRINCIPAL = re.compile(
    r"(?<!\w)(?:(?:do|can|phai duoc|duoc) )?(?:hieu truong|ht) (?:phai )?(?:dong y"
    r"|duyet|cho phep)(?!\w)"
)
_NOMINATED = re.compile(
    r"(?<!\w)(?:(?:do )?(?:xa|so|phong|truong|don vi|cac xa|cac truong) (?P<sent>cu)(?: nguoi)?"
    r"(?: di)?|theo danh sach (?:cu|duoc cu)|(?:duoc )?cu (?:nguoi|di)(?: di)?(?: hoc| du)?"
    r"|theo de cu|chi dinh)(?!\w)"
)
_OWN = re.compile(r"(?<!\w)(?:tu do dang ky|dang ky tu do|tu dang ky)(?!\w)")
_BLENDED = re.compile(
    r"(?<!\w)(?:ket hop )?(?:vua )?truc tiep (?:va|ket hop|vua|hoac) "
    r"(?:vua )?truc tuyen(?!\w)|(?<!\w)ban tap trung(?!\w)"
)
_ONLINE = re.compile(
    r"(?<!\w)(?:hoc |hinh thuc )?(?:truc tuyen|online)(?: (?:qua|tren|bang) (?:zoom"
    r"|google meet|meet|teams))?(?!\w)"
    r"|(?<!\w)(?:qua|tren) (?:zoom|google meet|meet|teams)(?!\w)"
)
_HERE = re.compile(r"(?<!\w)(?:hoc |hinh thuc )?truc tiep(?!\w)")
_BRING = re.compile(r"(?<!\w)(?:nho )?mang(?: theo)?:? (?P<things>[^,;.\n\x1f]+)")
_NOTE = re.compile(r"(?<!\w)(?:(?:co|duoc) )?ho tro (?:an|tien|xe|nuoc|di lai|cho o)[^,;.\n\x1f]*")
# 17h00 on its day, unless an hour is named.
CLOSING: Final = dt.time(17)


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence says of a training, as far as it needs no names looked up.

    `parts` are the words nobody took, each with whether only a comma stands before it. `opens`:
    it began with "mở lớp" or the like. None and "" are what it does not say; `seats` 0 is "không
    giới hạn". `deadline` is local and has no zone; `hours` in tenths of a tiết.
    """

    parts: tuple[tuple[str, bool], ...]
    opens: bool = False
    like: int | None = None
    kind: CourseKind | None = None
    slots: tuple[Slot, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    seats: int | None = None
    limit: int | None = None
    mode: Mode | None = None
    modality: Modality | None = None
    link: str = ""
    deadline: dt.datetime | None = None
    fee: int | None = None
    hours: int | None = None
    block: str = ""
    letter: str = ""
    bring: str = ""
    note: str = ""


def opens(text: str) -> bool:
    """True where a text begins with the request to open a training."""
    line = Line(text)
    found = _OPENER.search(line.low)
    return bool(found) and line.raw[slice(*found.span("verb"))].lower() in _VERBS


def begins(text: str) -> bool:
    """True where a text begins with a kind of activity: "Tập huấn sơ cứu, …"."""
    return bool(_BEGINS.search(folded(text)))


def read(text: str, today: dt.date) -> Said:
    """What a sentence says; nothing is looked up, and nothing it does not say is made up."""
    line = Line(text)
    opened = opens(text) and line.take(_OPENER) is not None
    like = line.take(_LIKE)
    kind = _kind(line)
    link, letter = _taken(line, _LINK).rstrip(".,;)"), _letter(line)
    # What the words around figures say comes before the dates and seats these could be.
    deadline, fee = _deadline(line, today), _fee(line)
    bring, note = _group(line, _BRING, "things"), _taken(line, _NOTE)
    hours, block, limit = line.take(_HOURS), line.take(_BLOCK), line.take(_LIMIT)
    modality, mode = _modality(line, link), _mode(line)
    found, doubts = sessions(line, today)
    return Said(
        opens=opened, like=int(like[1]) if like else None, kind=kind, link=link, letter=letter,
        deadline=deadline, fee=fee, bring=bring, note=note,
        hours=round(float(hours["hours"].replace(",", ".")) * 10) if hours else None,
        block=f"0{block['block']}" if block else "",
        limit=int(limit["one"] or limit["two"]) if limit else None,
        modality=modality, mode=mode, slots=tuple(found), doubts=tuple(doubts),
        seats=_seats(line), parts=tuple(line.parts()),
    )  # fmt: skip


def _kind(line: Line) -> CourseKind | None:
    """The first kind that is named; it stays in the line, being part of most titles."""
    places = [
        (found.start(), kind)
        for kind, pattern in KINDS
        if (found := re.search(rf"(?<!\w)(?:{pattern})(?!\w)", line.low))
    ]
    return min(places)[1] if places else None


def _taken(line: Line, pattern: re.Pattern[str]) -> str:
    return _group(line, pattern, 0)


def _group(line: Line, pattern: re.Pattern[str], group: str | int) -> str:
    """What a pattern finds, as it was typed."""
    found = pattern.search(line.low)
    if not found:
        return ""
    said = line.said(found, group).strip()
    line.blank(*found.span())
    return said


def _letter(line: Line) -> str:
    """The number of the official letter, with its kind where that is no công văn."""
    found = _LETTER.search(line.low)
    if not found:
        return ""
    number = line.said(found, "number").replace(" ", "").rstrip(".,;")
    kind = "" if found["what"] in ("cong van", "cv") else f"{line.said(found, 'what')} "
    line.blank(*found.span())
    return f"{kind}{number}"


def _deadline(line: Line, today: dt.date) -> dt.datetime | None:
    """A last day: "hạn 1/12" is that day; "trước ngày 15/12" leaves the 14th as the last."""
    found = _DEADLINE.search(line.low)
    day = days.date(line.said(found, "day"), today) if found else None
    if not found or day is None:
        return None
    clock = times.time(found["clock"]) if found["clock"] else None
    line.blank(*found.span())
    if found["before"] and clock is None:
        day -= days.ONE_DAY
    return dt.datetime.combine(day, clock or CLOSING)


def _fee(line: Line) -> int | None:
    """The fee in đồng; 0 where it says that there is none."""
    if line.take(_FREE):
        return 0
    found = line.take(_FEE)
    if not found:
        return None
    unit = found["unit"] or ""
    if unit in ("trieu", "tr"):
        return round(float(found["sum"].strip(".,").replace(",", ".")) * 1_000_000)
    figure = int(re.sub(r"\D", "", found["sum"]))
    return figure * (1000 if unit in ("k", "nghin", "ngan") else 1)


def _modality(line: Line, link: str) -> Modality | None:
    if line.take(_BLENDED):
        return Modality.BLENDED
    if line.take(_ONLINE):
        return Modality.ONLINE
    if line.take(_HERE):
        return Modality.IN_PERSON
    return Modality.ONLINE if link else None


def _mode(line: Line) -> Mode | None:
    if line.take(_PRINCIPAL):
        return Mode.PRINCIPAL
    found = _NOMINATED.search(line.low)
    # "xã cũ" is the former commune; accents that were typed are believed.
    if found and not (found["sent"] and line.said(found, "sent").lower() not in _sent(line)):
        line.blank(*found.span())
        return Mode.NOMINATED
    return Mode.FREE if line.take(_OWN) else None


def _sent(line: Line) -> tuple[str, ...]:
    return ("cử",) if line.accented else ("cử", "cu")


def _seats(line: Line) -> int | None:
    """How many seats; 0 without a limit. "40 cho giáo viên" are no 40 seats where accents tell."""
    if line.take(_ENDLESS):
        return 0
    for found in _SEATS.finditer(line.low):
        word = line.said(found, "what").lower()
        if found["what"].startswith("cho") and not word.startswith(
            "chỗ" if line.accented else ("chỗ", "cho")
        ):
            continue
        line.blank(*found.span())
        return int(found["seats"])
    found = line.take(_PEOPLE)
    return int(found["seats"]) if found else None
