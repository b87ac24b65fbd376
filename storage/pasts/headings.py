"""What the headings of lists of past courses mean, beside those of any list of people."""

from __future__ import annotations

import re

from storage.rosters import headings
from storage.rosters.headings import Field, Heading, key

# A heading that speaks of birth is a person's, whatever else it says.
_BIRTH = re.compile(r"\bsinh\b")
_MEANINGS: tuple[tuple[str, Field], ...] = (
    (r"\b(tu ngay|ngay (bat dau|khai giang|to chuc|tap huan|hoc|thang)|thoi gian|ngay)\b(?!.*\bden)"
     r"|^(tu ngay den ngay|thoi gian.*)$", Field.FIRST_DAY),
    (r"\b(den ngay|ngay (ket thuc|be giang|hoan thanh))\b", Field.LAST_DAY),
    (r"\b(so )?(tiet|gio hoc)\b|\bthoi luong\b", Field.HOURS),
    (r"\bdiem\b(?! (truong|danh))", Field.SCORE),
    (r"\b(ket qua|xep loai|hoan thanh|danh gia|dat)\b", Field.RESULT),
    (r"\b(diem danh|tham gia|tham du|co mat|vang)\b", Field.PRESENCE),
    (r"\b(khoa|lop|chuyen de|noi dung|chuong trinh|hoat dong|dot)\b.*"
     r"\b(hoc|tap huan|boi duong|bd)\b"
     r"|\bten (khoa|lop|chuyen de|noi dung|chuong trinh|dot)\b"
     r"|^(khoa|lop|chuyen de|noi dung|chuong trinh|mo dun|module)$", Field.COURSE),
)  # fmt: skip
_MEANT = tuple((re.compile(pattern), field) for pattern, field in _MEANINGS)


def meaning(label: str) -> Heading:
    """What a heading of a list of results stands for."""
    folded = key(label)
    if 0 < len(folded) <= headings.LONGEST and not _BIRTH.search(folded):
        # Of several the course counts most: "Kết quả lớp bồi dưỡng" is told apart by its order.
        for pattern, field in _MEANT:
            if pattern.search(folded):
                return Heading(field)
    return headings.meaning(label)
