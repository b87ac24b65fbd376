"""People an officer names in a list: typed names, with or without accents, or personal codes.

"Lê Thị Út, Điểu Thị Nga MN Hoa Cúc", one a line or in one line. What tells equal names apart may
stand behind a name: the school, the commune, the year of birth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage import codes, meant, roles, spelling, unit_words
from storage.models import Person, PersonalCode, School

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection

    from storage.scopes import Scope

# A list of more words than this is a file.
WORDS = 1200
# Words of the longest name.
LONGEST = 8
_BREAKS = re.compile(r"[;\n]")
_PARTS = re.compile(r"\s*(?:,|\bvà\b|&)\s*")
_MARK = re.compile(r"^(?:\d{1,3}\s*[.)]|[-–•*+])\s*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LETTERS = re.compile(r"[^\w\s]")
# What is said before a name.
_TITLES = frozenset(("co", "thay", "chi", "anh", "ba", "ong", "gv", "ht", "pht"))
# Words beside a name that tell nobody apart.
_FILLING = frozenset(
    ("truong", "mn", "mg", "mam", "non", "mau", "giao", "xa", "phuong", "sinh", "nam", "gv", "ht",
     "pht", "nhom", "tre", "lop", "o", "co", "thay", "cu", "vien", "hieu", "pho", "va", "doc",
     "lap", "nha", "sn")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may be meant: what tells them from others of the name."""

    id: int
    full_name: str
    birth_year: int | None
    school: str
    commune: str


@dataclass(frozen=True, slots=True)
class Line:
    """One name as it was typed, and everybody in the officer's subtree who bears it.

    `sure` is False where something stands beside it that fits nobody: then even one is asked about.
    """

    typed: str
    people: tuple[Found, ...]
    sure: bool = True

    @property
    def person(self) -> Found | None:
        """The one who is meant, where there is no doubt."""
        return self.people[0] if self.sure and len(self.people) == 1 else None


@dataclass(frozen=True, slots=True)
class _Known:
    found: Found
    folded: str
    around: frozenset[str]


def read(db: Connection, scope: Scope, text: str) -> list[Line]:
    """Who is named, in the order of the text; a line without people names nobody of the officer's.

    Nobody outside the officer's subtree is ever found, nor whoever has left.
    """
    rows = [
        [_MARK.sub("", part).strip() for part in _PARTS.split(_MARK.sub("", one.strip()))]
        for one in _BREAKS.split(spelling.clean(text, lines=True))
    ]
    known = _known(db, scope, [part for parts in rows for part in parts])
    lines: list[Line] = []
    for parts in rows:
        mine: list[Line] = []
        for part in parts:
            if part:
                _read_part(db, scope, part, known, mine)
        lines += mine
    return lines


def _read_part(
    db: Connection, scope: Scope, part: str, known: dict[str, list[_Known]], mine: list[Line]
) -> None:
    """Add the people of one part, or let it narrow the line before: ", MN Hoa Cúc"."""
    if code := codes.read(part):
        mine.append(Line(part, tuple(_by_code(db, scope, code))))
        return
    words = _words(part)
    while len(words) > 1 and words[0] in _TITLES and not _longest(words, known):
        words = words[1:]
    while words:
        length = _longest(words, known)
        if not length:
            break
        here = known[" ".join(words[:length])]
        rest = words[length:]
        until = next((at for at in range(len(rest)) if _longest(rest[at:], known)), len(rest))
        told = _narrowed(here, rest[:until])
        mine.append(_line(part, told or here, sure=bool(told)))
        words = rest[until:]
        if not told:
            return
    if not words:
        return
    before = [each for found in mine[-1:] for each in found.people]
    narrowed = _narrowed([one for group in known.values() for one in group if one.found in before],
                         words)  # fmt: skip
    if narrowed:
        mine[-1] = replace(mine[-1], people=tuple(one.found for one in narrowed))
    else:
        mine.append(Line(part, ()))


def _line(part: str, here: Sequence[_Known], *, sure: bool) -> Line:
    """The bearers of a name; accents that were typed decide between names alike without them."""
    typed = part.casefold()
    exact = [one for one in here if one.found.full_name.casefold() in typed]
    return Line(part, tuple(one.found for one in exact or here), sure)


def _words(part: str) -> list[str]:
    return _LETTERS.sub(" ", spelling.fold(part)).split()


def _longest(words: Sequence[str], known: Collection[str]) -> int:
    """How many of the first words are a name; one word alone only where nothing else stands."""
    for length in range(min(LONGEST, len(words)), 0, -1):
        if " ".join(words[:length]) in known and (length > 1 or len(words) == 1):
            return length
    return 0


def _narrowed(here: Sequence[_Known], beside: Sequence[str]) -> list[_Known]:
    """Those whom the words beside a name may mean; all of them where it says nothing."""
    years = {int(word) for word in beside if _YEAR.fullmatch(word)}
    said = {word for word in beside if word not in _FILLING and not _YEAR.fullmatch(word)}
    return [
        one for one in here if said <= one.around and (not years or one.found.birth_year in years)
    ]


def _known(db: Connection, scope: Scope, parts: Sequence[str]) -> dict[str, list[_Known]]:
    """Everybody of the officer's whose name occurs in these parts, by the folded name."""
    keys = sorted({key for part in parts for key in _keys(part)})
    found: dict[str, list[_Known]] = {}
    for at in range(0, len(keys), 5000):
        some = Person.folded.in_(keys[at : at + 5000])
        for row in db.execute(_people(scope).where(some)):
            found.setdefault(row.folded, []).append(_one(row))
    return found


def _keys(part: str) -> Iterator[str]:
    words = _words(part)[:WORDS]
    for start in range(len(words)):
        for length in range(1, min(LONGEST, len(words) - start) + 1):
            if length > 1 or len(words) == 1:
                yield " ".join(words[start : start + length])


def _people(scope: Scope) -> Any:
    return (
        meant.with_units(
            select(
                Person.id, Person.full_name, Person.birth_year, Person.folded, School.name,
                School.folded.label("school_folded"), meant.NOW.name.label("commune"),
                func.coalesce(meant.OLD.name, "").label("old"),
            )
            .select_from(Person)
            .join(School, School.id == Person.school_id),
            begun=True,
        )
        .where(scope.where(meant.NOW.path.expression), roles.present(scope.day))
        .order_by(Person.sort_key, School.name, Person.birth_year, Person.id)
    )  # fmt: skip


def _one(row: Any) -> _Known:
    places = " ".join((row.school_folded, row.commune, unit_words.bare(row.old)))
    around = frozenset(_words(places))
    found = Found(row.id, row.full_name, row.birth_year, row.name, row.commune)
    return _Known(found, row.folded, around)


def _by_code(db: Connection, scope: Scope, code: str) -> list[Found]:
    if not codes.valid(code):
        return []
    statement = _people(scope).join(PersonalCode, PersonalCode.person_id == Person.id)
    return [_one(row).found for row in db.execute(statement.where(PersonalCode.code == code))]
