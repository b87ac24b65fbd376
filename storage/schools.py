"""Schools as people name them: "mn hoa cuc dak buk so"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from storage import school_past, unit_words, units
from storage.models import School, Unit
from storage.models.units import Ownership, SchoolType
from storage.unit_words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

# More choices than this do not fit on one screen.
SHOWN = 7
# How people write the type; longer ways first. "mam non" as such says no more than "a school".
_TYPES: tuple[tuple[tuple[str, ...], SchoolType | None], ...] = (
    (("lop", "mau", "giao", "doc", "lap"), SchoolType.CLASS),
    (("lop", "mg", "doc", "lap"), SchoolType.CLASS),
    (("lop", "mgdl"), SchoolType.CLASS),
    (("lop", "mau", "giao"), SchoolType.CLASS),
    (("lop", "mam", "non"), SchoolType.CLASS),
    (("lop", "mg"), SchoolType.CLASS),
    (("lop", "mn"), SchoolType.CLASS),
    (("nhom", "tre", "doc", "lap"), SchoolType.GROUP),
    (("nhom", "lop"), SchoolType.GROUP),
    (("nhom", "tre"), SchoolType.GROUP),
    (("nha", "tre"), SchoolType.CRECHE),
    (("mam", "non"), SchoolType.PRESCHOOL),
    (("mau", "giao"), SchoolType.KINDERGARTEN),
    (("doc", "lap"), None),
    (("tu", "thuc"), None),
    (("ngoai", "cong", "lap"), None),
    (("cong", "lap"), None),
    (("dan", "lap"), None),
    (("truong",), None),
    (("mnc",), SchoolType.PRESCHOOL),
    (("mn",), SchoolType.PRESCHOOL),
    (("mg",), SchoolType.KINDERGARTEN),
    (("nt",), SchoolType.GROUP),
    (("ntdl",), SchoolType.GROUP),
    (("lmg",), SchoolType.CLASS),
)
# Words around a name that are part of none.
_FILLING = frozenset({"o", "tai", "thuoc", "em", "co", "day", "la", "a", "ben"})


@dataclass(frozen=True, slots=True)
class SchoolFound:
    """A school as a choice is worded from it: "Trường MN Hoa Cúc, xã Tuy Đức (Đắk Búk So cũ)".

    `commune` is the official name of its commune today; `old_commune` the bare name of the former
    one where it differs, else "". `near`: only the spelling is similar.
    """

    id: int
    name: str
    type: SchoolType
    ownership: Ownership
    unit_id: int
    commune: str
    old_commune: str
    near: bool = False

    @property
    def commune_inside(self) -> str:
        """The commune as it stands inside a sentence: "xã Tuy Đức"."""
        return self.commune[0].lower() + self.commune[1:]


_old = aliased(Unit)
_FIELDS: tuple[Any, ...] = (
    School.id, School.name, School.folded, School.type, School.ownership, School.unit_id,
    Unit.name.label("commune"), Unit.path, func.coalesce(_old.name, "").label("old"),
    func.coalesce(_old.path, "").label("old_path"),
)  # fmt: skip
_SCHOOLS = (
    select(*_FIELDS)
    .join_from(School, Unit, Unit.id == School.unit_id)
    .outerjoin(_old, _old.id == School.old_unit_id)
)
BY_ID = _SCHOOLS.where(School.id == bindparam("school_id"))
OPEN = _SCHOOLS.where(School.closed_on.is_(None)).order_by(School.id)


def fold_name(name: str) -> str:
    """What `School.folded` holds: the folded name without words for the type, "hoa cuc"."""
    words, _ = _without_type(unit_words.split(name))
    return " ".join(word.folded for word in words)


def type_of(name: str) -> SchoolType | None:
    """The first type of school that is written in a name; None where none is."""
    return _without_type(unit_words.split(name))[1]


def get(db: Connection, school_id: int) -> SchoolFound | None:
    """The school with this id, closed ones too."""
    row = db.execute(BY_ID, {"school_id": school_id}).one_or_none()
    return _found(row) if row else None


def search(db: Connection, text: str) -> list[SchoolFound]:
    """Open schools a person may mean, at most seven, the likeliest first.

    The school's name must occur in the text, or begin with what is left of it without the words
    for types and units. Communes and districts in the text, former ones too, then the type, say
    which of several comes first. Only where no name fits, those that differ by one letter are
    found, marked `near`. A school that was renamed, or took another in, is found by both names.
    """
    words, kind = _without_type(unit_words.split(text))
    if not words:
        return []
    mentions = units.mentions(db, words)
    around = {place.id for mention in mentions for place in mention.places}
    core = _core(words, mentions)
    rows = db.execute(OPEN).all()
    names = [(row.folded, row) for row in rows]
    today = {row.id: row for row in rows}
    names += [(name, today[at]) for name, at in school_past.former(db) if at in today]
    # "quang tan" in "mn hoa cuc quang tan" is a place, unless no school fits the rest.
    for named in (core, " ".join(word.folded for word in words)):
        if fitting := [row for name, row in names if name and _fits(name, named)]:
            return _ranked(fitting, core, around, kind)
    near = [row for name, row in names if _near(name, core)]
    return [replace(found, near=True) for found in _ranked(near, core, around, kind)]


def _fits(name: str, typed: str) -> bool:
    stuck = name.replace(" ", "") == typed.replace(" ", "")
    return stuck or f" {name} " in f" {typed} " or name.startswith(f"{typed} ")


def _near(name: str, core: str) -> bool:
    one, other = unit_words.key(name), unit_words.key(core)
    return min(len(one), len(other)) > 3 and unit_words.close(one, other)


def _ranked(
    rows: Iterable[Row[*tuple[Any, ...]]], core: str, around: set[int], kind: SchoolType | None
) -> list[SchoolFound]:
    def rank(row: Row[*tuple[Any, ...]]) -> tuple[bool, bool, bool, int]:
        here = any(f"/{unit}/" in row.path + row.old_path for unit in around)
        return (not here, row.type is not kind, row.folded != core, row.id)

    once = {row.id: row for row in rows}.values()
    return [_found(row) for row in sorted(once, key=rank)[:SHOWN]]


def _found(row: Row[*tuple[Any, ...]]) -> SchoolFound:
    old = unit_words.bare(row.old)
    return SchoolFound(
        id=row.id,
        name=row.name,
        type=row.type,
        ownership=row.ownership,
        unit_id=row.unit_id,
        commune=row.commune,
        old_commune="" if old == unit_words.bare(row.commune) else old,
    )


def _core(words: Sequence[Word], mentions: Iterable[units.Mention]) -> str:
    """What is left for the school's own name; all of it where nothing would be left."""
    taken: set[int] = set()
    for mention in mentions:
        before = unit_words.kind_before(words, mention.start)
        taken.update(range(mention.start - (before[0] if before else 0), mention.end))
        taken.update(at for at in (mention.end,) if words[at : at + 1] and words[at].folded == "cu")
    left = [word.folded for at, word in enumerate(words) if at not in taken]
    own = [word for word in left if word not in _FILLING]
    return " ".join(own or (word.folded for word in words))


def _without_type(words: Sequence[Word]) -> tuple[list[Word], SchoolType | None]:
    """The words that are no type of school, and the first type that was written."""
    left: list[Word] = []
    found: SchoolType | None = None
    at = 0
    while at < len(words):
        length, kind = _type_at([word.folded for word in words[at : at + 5]])
        found = found or kind
        left += words[at : at + 1] if length == 0 else ()
        at += length or 1
    return left, found


def _type_at(folded: Sequence[str]) -> tuple[int, SchoolType | None]:
    for words, kind in _TYPES:
        if tuple(folded[: len(words)]) == words:
            return len(words), kind
    return 0, None
