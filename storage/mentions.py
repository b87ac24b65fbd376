"""People and phone numbers in a text that is to be passed on to a group, where neither belongs.

Full names of people we know are found with or without accents, and whoever is called by a title
("cô Lan"). What is found is replaced by dots; no text is ever made longer by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import literal, select

from storage.models import Person
from storage.spelling import clean, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

DOTS: Final = "…"
# Nine digits and more, however they are grouped; sums have dots between threes and end in zeros.
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .()-]{0,2}\d){8,10}(?!\d)")
_WORD = re.compile(r"\w+")
_TITLES = frozenset(("cô", "thầy", "chị", "anh", "bà", "ông", "em", "đ/c"))
# What stands behind a title and is no name: Hiệu trưởng, Phó, Trưởng phòng, Giáo viên …
_OFFICES = frozenset(("hiệu", "phó", "trưởng", "giáo", "chủ", "cán", "thủ", "bí"))
_ENDS = ",.;:!?)(\"'“”…"
# So short a name has to be written with its own accents: "lễ hoa" is not Lê Hoa.
_SHORT = 2


def left_out(db: Connection, text: str) -> str:
    """The text with names of people and phone numbers replaced by dots."""
    lines = clean(text, lines=True).splitlines()
    known = _known(db, fold(" ".join(lines)))
    return "\n".join(_called(_named(_PHONE.sub(DOTS, line), known)) for line in lines)


def _known(db: Connection, folded: str) -> list[tuple[str, str]]:
    """Full names that may stand in the text: as written, and folded; the longest first."""
    words = " ".join(["", *_WORD.findall(folded), ""])
    rows = db.execute(
        select(Person.full_name, Person.folded)
        .where(literal(words).like(literal("% ") + Person.folded + literal(" %")))
        .distinct()
    )
    found = [(row.full_name, row.folded) for row in rows if " " in row.folded]
    return sorted(found, key=lambda pair: (-len(pair[1]), pair))


def _named(line: str, known: list[tuple[str, str]]) -> str:
    tokens = line.split(" ")
    for name, folded in known:
        for first, last in list(_spans(tokens, folded.split())):
            written = " ".join(tokens[first:last]).strip(_ENDS)
            if len(folded.split()) <= _SHORT and clean(written).casefold() != name.casefold():
                continue
            _blank(tokens, first, last)
    return " ".join(token for token in tokens if token)


def _spans(tokens: list[str], wanted: list[str]) -> Iterator[tuple[int, int]]:
    """Where these folded words stand, as first token and the one after the last."""
    words = [
        (word, place) for place, token in enumerate(tokens) for word in _WORD.findall(fold(token))
    ]
    for start in range(len(words) - len(wanted) + 1):
        here = words[start : start + len(wanted)]
        if [word for word, _ in here] == wanted:
            yield here[0][1], here[-1][1] + 1


def _blank(tokens: list[str], first: int, last: int) -> None:
    """Dots in place of these tokens, with what stood around the name."""
    before, after = tokens[first], tokens[last - 1]
    opening = before[: len(before) - len(before.lstrip(_ENDS))]
    closing = after[len(after.rstrip(_ENDS)) :]
    tokens[first:last] = [f"{opening}{DOTS}{closing}", *[""] * (last - first - 1)]


def _called(line: str) -> str:
    """Names behind a title: "cô Lan", "thầy Y Thức"; "thầy cô" is nobody's."""
    tokens = line.split(" ")
    place = 0
    while place < len(tokens) - 1:
        last = place + 1
        if tokens[place].casefold() in _TITLES:
            while last < len(tokens) and _is_name(tokens[last]):
                last += 1
                if tokens[last - 1][-1] in _ENDS:
                    break
        if last > place + 1:
            _blank(tokens, place + 1, last)
        place = last
    return " ".join(token for token in tokens if token)


def _is_name(token: str) -> bool:
    bare = token.strip(_ENDS)
    shouted = len(bare) > 1 and bare.isupper()
    known = bare.casefold() in _TITLES or bare.casefold() in _OFFICES
    return bare[:1].isupper() and not shouted and not known
