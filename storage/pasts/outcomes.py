"""What lists of past courses say of one person: there or not, the score, passed or not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage import spelling
from storage.models.attendance import Mark

# The pass mark of the scale 0-10, in hundredths (TT 17/2022 on regular training: from 5).
PASSES = 500

_SCORE = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?(?:\s*/\s*10|\s*đ|\s*điểm)?")
_EXCUSED = re.compile(r"^(vang )?(co phep|cp|p)$|\b(nghi|vang) (co )?phep\b|\bthai san\b|\bom\b")
_ABSENT = re.compile(
    r"^(v|vang|ko|k|khong|0)$|\bvang\b|\bkhong (tham gia|tham du|du|di|co mat)\b|\bbo hoc\b|^nghi\b"
)
_LATE = re.compile(r"\b(muon|tre)\b")
_FAILED = re.compile(r"\b(khong|chua|ko|k) (dat|hoan thanh|ht)\b|^(yeu|kem|kd|cd|cht)$")
_PASSED = re.compile(r"\b(dat|hoan thanh|ht|xuat sac|gioi|kha|tot|trung binh|tb)\b|^d$")
_THERE = re.compile(r"^(x|v\/|✓|co|c|co mat|tham gia|tham du|da tham gia|du|1|day du)$|\bco mat\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`score` in hundredths. Nothing is said of passing where `passed` is None."""

    mark: Mark = Mark.PRESENT
    score: int | None = None
    passed: bool | None = None


class Unclear(ValueError):
    """A result that means nothing we know; it is refused, never guessed."""


def read(result: str, score: str, presence: str = "") -> Outcome:
    """What a result, a score and a mark of presence say; all empty: they are on the list.

    Raises:
        Unclear: one of them is filled with something else.
    """
    if presence and (there := _judged(presence, "")).mark in (Mark.ABSENT, Mark.EXCUSED):
        return there
    return _judged(result, score)


def _judged(result: str, score: str) -> Outcome:
    points = _score(score) if score else None
    folded = " ".join(re.sub(r"[.\s]+", " ", spelling.fold(result)).split())
    if not folded:
        return Outcome(score=points, passed=None if points is None else points >= PASSES)
    if _EXCUSED.search(folded):
        return Outcome(Mark.EXCUSED)
    if _FAILED.search(folded):
        return Outcome(score=points, passed=False)
    if _ABSENT.search(folded):
        return Outcome(Mark.ABSENT)
    return _there(folded, result, points)


def _there(folded: str, written: str, points: int | None) -> Outcome:
    mark = Mark.LATE if _LATE.search(folded) else Mark.PRESENT
    if _PASSED.search(folded):
        return Outcome(mark, points, passed=True)
    if mark is Mark.LATE or _THERE.search(folded) or written.strip() in ("✓", "✔", "√"):
        return Outcome(mark, points, None if points is None else points >= PASSES)
    points = _score(written)
    return Outcome(mark, points, points >= PASSES)


def _score(written: str) -> int:
    found = _SCORE.fullmatch(spelling.clean(written).lower())
    if found is None:
        raise Unclear(written)
    points = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if points > 1000:
        raise Unclear(written)
    return points
