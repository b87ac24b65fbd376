"""Results typed by the numbers of the sheet: "1 8,5; 2 7; 4-20 đạt trừ 7; 5 chưa nộp bài"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from storage import spelling
from storage.completion_rules import NOTHING, Outcome

# How a result is said, folded. The longer ways come first: "khong dat" ends in "dat".
WORDS = (
    (re.compile(r"(?:khong|ko|k|chua|rot|truot) ?dat|kd|rot|truot|fail(?:ed)?"),
     Outcome(passed=False)),
    (re.compile(r"(?:chua|khong|ko|k) (?:co |nop ?)(?:bai(?: thu hoach)?)?"),
     Outcome(assignment=False)),
    (re.compile(r"(?:da )?nop(?: bai(?: thu hoach)?)?(?: roi)?|du bai"), Outcome(assignment=True)),
    (re.compile(r"dat|dau|qua|pass(?:ed)?"), Outcome(passed=True)),
)  # fmt: skip
SCORE = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?(?:/10)?(?: ?(?:d|diem|points?))?")
EXCEPT = re.compile(r"\b(?:tru|ngoai tru|except|khong ke)\b")
ALL = re.compile(r"(?:tat ca|moi nguoi|ca lop|het|all)")
NUMBERS = re.compile(r"\d{1,4}(?: ?- ?\d{1,4})?(?:(?: ?, ?| va | )\d{1,4}(?: ?- ?\d{1,4})?)*")
# Between numbers of people that are followed by a score only these tell where the score begins.
CLEAR = re.compile(r"\d{1,4}(?: ?- ?\d{1,4})?(?:(?: ?, | va )\d{1,4}(?: ?- ?\d{1,4})?)*")
# A span of more numbers than any sheet has is a slip of the finger.
WIDEST = 1000


@dataclass(frozen=True, slots=True)
class Typed:
    """What was understood, by number; the parts that were not; numbers that were said twice."""

    outcomes: dict[int, Outcome]
    unread: tuple[str, ...] = ()
    twice: tuple[int, ...] = ()


def read(text: str, everybody: tuple[int, ...] = ()) -> Typed:
    """Results out of one message; `everybody` are the numbers "tất cả" stands for.

    Parts are set apart by ";" or line breaks, by commas only where nothing else could be meant.
    A score is 0-10 with at most two decimals, after a comma or a point. A part that is not wholly
    understood gives nothing and is returned as it was typed; so is one that contradicts another.
    """
    outcomes: dict[int, Outcome] = {}
    unread: list[str] = []
    twice: set[int] = set()
    for part in re.split(r"[;\n]", text):
        if not (words := part.strip(" .,")):
            continue
        found = _parts(_flat(words), everybody)
        if found is None:
            unread.append(words)
            continue
        for numbers, outcome in found:
            twice |= {each for each in numbers if _clash(outcomes.get(each, NOTHING), outcome)}
            outcomes |= {each: _joined(outcomes.get(each, NOTHING), outcome) for each in numbers}
    for each in twice:
        del outcomes[each]
    return Typed(outcomes, tuple(unread), tuple(sorted(twice)))


Part = tuple[tuple[int, ...], Outcome]


def _flat(words: str) -> str:
    """Small letters without accents, with all that stands between figures (no `spelling.fold`)."""
    letters = unicodedata.normalize("NFD", spelling.clean(words).lower().replace("đ", "d"))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    return re.sub(r"[‐‑‒–—―−]", "-", plain)


def _parts(words: str, everybody: tuple[int, ...]) -> list[Part] | None:
    """One part, or several that commas set apart: "1 8,5, 2 7"."""
    pieces = [one for one in re.split(r", ", words) if one]
    several = [found for one in pieces if (found := _part(one, everybody))]
    if len(pieces) > 1 and len(several) == len(pieces):
        # "1 2, 3 đạt": a score of 2, or number 2? Only parts of one kind are clear.
        scored = {found[1].score is not None for found in several}
        return several if len(scored) == 1 else None
    whole = _part(words, everybody)
    return [whole] if whole else None


def _part(words: str, everybody: tuple[int, ...]) -> Part | None:
    """Numbers and what they got; what is excepted stands before or behind the result."""
    said, _, excepted = (one.strip(" ,:") for one in _split(words))
    found = _result(said)
    if found is None and excepted:
        # "4-20 trừ 7 đạt": the result stands behind.
        found = _result(excepted)
        if found is None:
            return None
        excepted, outcome = found
        numbers = _numbers(said, everybody)
    elif found:
        numbers, outcome = (
            _numbers(found[0], everybody, scored=found[1].score is not None),
            found[1],
        )
    else:
        return None
    without = _numbers(excepted, ()) if excepted else ()
    if not numbers or without is None or not set(without) <= set(numbers):
        return None
    left = tuple(each for each in numbers if each not in without)
    return (left, outcome) if left else None


def _split(words: str) -> tuple[str, str, str]:
    found = EXCEPT.search(words)
    if found is None:
        return words, "", ""
    return words[: found.start()], found.group(), words[found.end() :]


def _result(words: str) -> tuple[str, Outcome] | None:
    """The numbers before a result at the end, and the result."""
    for way, outcome in WORDS:
        if found := re.fullmatch(rf"(.*?)[ :=]*(?:{way.pattern})", words):
            return found.group(1).strip(" ,:=-"), outcome
    found = re.fullmatch(rf"(.*\S)(?:[ :=]+|: ?){SCORE.pattern}", words)
    if found is None:
        return None
    units, decimals = int(found.group(2)), (found.group(3) or "").ljust(2, "0")
    score = units * 100 + int(decimals)
    return (found.group(1).strip(" ,:=-"), Outcome(score=score)) if score <= 1000 else None


def _numbers(
    words: str, everybody: tuple[int, ...], *, scored: bool = False
) -> tuple[int, ...] | None:
    """The numbers in "1, 3-5 va 8"; None where that is something else, or a span runs backwards."""
    words = re.sub(r"^so ", "", words)
    if ALL.fullmatch(words):
        return everybody or None
    if not (CLEAR if scored else NUMBERS).fullmatch(words):
        return None
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?: ?- ?(\d+))?", words):
        begin, end = int(first), int(last or first)
        if not 0 < begin <= end < begin + WIDEST:
            return None
        found += range(begin, end + 1)
    return tuple(dict.fromkeys(found))


def _clash(before: Outcome, said: Outcome) -> bool:
    graded = (before.score is not None or before.passed is not None) and (
        said.score is not None or said.passed is not None
    )
    handed = before.assignment is not None and said.assignment is not None
    return before != said and (graded or (handed and before.assignment is not said.assignment))


def _joined(before: Outcome, said: Outcome) -> Outcome:
    if said.assignment is not None:
        return replace(before, assignment=said.assignment)
    return replace(said, assignment=before.assignment)
