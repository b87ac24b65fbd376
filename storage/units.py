"""The tree of units as people ask for it: by name, by place in the tree, through the reform."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import aliased

from storage import unit_words
from storage.models import Unit, UnitAlias, UnitChange
from storage.models.units import UnitKind
from storage.unit_data import load
from storage.unit_words import EVERYDAY, LONGEST, WHERE, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection, Row, Select

__all__ = [
    "Mention",
    "Place",
    "children",
    "communes_under",
    "get",
    "load",
    "mentioned",
    "mentions",
    "named",
    "predecessors",
    "roots",
    "successors",
]

# More near names than this help nobody.
NEAR = 7
# What people add to say that they mean the old unit, or the one of today.
_OLD = frozenset({("cu",), ("truoc",), ("truoc", "day"), ("ngay", "truoc")})
_NEW = frozenset({("moi",), ("hien", "nay"), ("bay", "gio")})
# Words between the parts of an address.
_FILLING = frozenset({"cu", "moi", "xa", "phuong", "huyen", "tinh", *WHERE})


@dataclass(frozen=True, slots=True)
class Place:
    """A unit people may mean. `former`: its last day is past; `near`: only a similar name."""

    id: int
    name: str
    kind: UnitKind
    path: str
    valid_to: date | None
    parent: str
    former: bool
    near: bool = False

    @property
    def bare(self) -> str:
        """The name without its word for the kind: "Tuy Đức"; "Phường 7" keeps it."""
        return unit_words.bare(self.name)

    @property
    def inside(self) -> str:
        """The name as it stands inside a sentence: "xã Tuy Đức"."""
        return self.name[0].lower() + self.name[1:]


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` to `end` of a text and the units they may mean, those of today first."""

    start: int
    end: int
    places: tuple[Place, ...]


_parent = aliased(Unit)
_FIELDS = (
    Unit.id, Unit.name, Unit.kind, Unit.path, Unit.valid_to,
    func.coalesce(_parent.name, "").label("parent"),
)  # fmt: skip
_UNITS: Select[*tuple[Any, ...]] = select(*_FIELDS).outerjoin(_parent, _parent.id == Unit.parent_id)
BY_ID = _UNITS.where(Unit.id == bindparam("unit_id"))
ROOTS = _UNITS.where(Unit.parent_id.is_(None)).order_by(Unit.id)
CHILDREN = _UNITS.where(
    Unit.parent_id == bindparam("unit_id"),
    or_(Unit.valid_from.is_(None), Unit.valid_from <= bindparam("day")),
    or_(Unit.valid_to.is_(None), Unit.valid_to >= bindparam("day")),
).order_by(Unit.id)
_below = select(Unit.path + "%").where(Unit.id == bindparam("unit_id")).scalar_subquery()
COMMUNES = _UNITS.where(Unit.kind == UnitKind.COMMUNE, Unit.path.like(_below)).order_by(Unit.id)
_became = select(UnitChange.to_id).where(UnitChange.from_id.in_(bindparam("ids", expanding=True)))
AFTER = _UNITS.where(Unit.id.in_(_became)).order_by(Unit.id)
BEFORE = _UNITS.where(
    Unit.id.in_(select(UnitChange.from_id).where(UnitChange.to_id == bindparam("unit_id")))
).order_by(Unit.id)
NAMED: Select[*tuple[Any, ...]] = (
    select(UnitAlias.folded, *_FIELDS)
    .select_from(UnitAlias)
    .join(Unit, Unit.id == UnitAlias.unit_id)
    .outerjoin(_parent, _parent.id == Unit.parent_id)
    .where(UnitAlias.folded.in_(bindparam("keys", expanding=True)))
)
KEYS = select(UnitAlias.folded).distinct()


def get(db: Connection, unit_id: int, today: date | None = None) -> Place | None:
    """The unit with this id; without `today`, one whose last day is known counts as former."""
    row = db.execute(BY_ID, {"unit_id": unit_id}).one_or_none()
    return _place(row, today) if row else None


def roots(db: Connection, today: date | None = None) -> list[Place]:
    """Units that belong to no other: the province, then the former ones."""
    return _sorted(_place(row, today) for row in db.execute(ROOTS))


def children(db: Connection, unit_id: int, day: date) -> list[Place]:
    """Units right below this one as they were on a day, in the order of their codes."""
    return [_place(row, day) for row in db.execute(CHILDREN, {"unit_id": unit_id, "day": day})]


def communes_under(db: Connection, unit_id: int) -> list[Place]:
    """Communes anywhere below a unit, such as the old ones of a former district."""
    rows = db.execute(COMMUNES, {"unit_id": unit_id})
    return [_place(row) for row in rows if row.id != unit_id]


def successors(db: Connection, unit_id: int) -> list[Place]:
    """What a former unit became; for a district, what its communes became.

    A unit of today has none.
    """
    direct = [_place(row) for row in db.execute(AFTER, {"ids": [unit_id]})]
    if direct:
        return direct
    below = [place.id for place in communes_under(db, unit_id)]
    return [_place(row) for row in db.execute(AFTER, {"ids": below})] if below else []


def predecessors(db: Connection, unit_id: int) -> list[Place]:
    """Former units that came into this one, whole or in part."""
    return [_place(row) for row in db.execute(BEFORE, {"unit_id": unit_id})]


def named(db: Connection, text: str, today: date) -> list[Place]:
    """Units a person may mean by a name: "dak mil", "đăk mil cũ", "tuyduc", "xã Đắk Ha, Đắk Glong".

    Those of today come first. A word for the kind ("xã", "TP") and "cũ" or "mới" restrict. Only
    where nothing is called so, units whose name differs by one letter follow, marked `near`:
    they are to be offered, never taken for granted.
    """
    words, former = _age(unit_words.split(text))
    before = _leading_kind(words)
    rest = words[before[0] :] if before else words
    kind, official = before[1:] if before else (None, "")
    if not rest:
        return []
    keys = unit_words.spellings(rest, official)
    found = list(_lookup(db, keys, today).values())
    places = [place for group in found for place in group] or _address(db, words, today)
    if not places:
        places = _near(db, keys, today)
    kept = _of_kind([place for place in places if former in (None, place.former)], kind, official)
    return _by_evidence(kept, rest)


def mentioned(db: Connection, text: str, today: date | None = None) -> list[Place]:
    """Units named anywhere in a text, the longest name first, those of today before former ones."""
    found = sorted(mentions(db, unit_words.split(text), today), key=lambda m: m.start - m.end)
    places = [place for mention in found for place in mention.places]
    return list({place.id: place for place in places}.values())


def mentions(db: Connection, words: Sequence[Word], today: date | None = None) -> list[Mention]:
    """Where units are named in a text, in its order; longer names win over names inside them.

    Accents that were typed are believed, and a name that is also an everyday phrase ("la da")
    counts only after a word like "xã" or "ở".
    """
    spans = [
        (start, start + length)
        for length in range(min(LONGEST, len(words)), 0, -1)
        for start in range(len(words) - length + 1)
    ]
    before = [unit_words.kind_before(words, start) for start in range(len(words))]
    official = [kind[2] if kind else "" for kind in before]
    keys = {
        (start, end): unit_words.spellings(words[start:end], official[start])
        for start, end in spans
    }
    known = _lookup(db, sorted({key for found in keys.values() for key in found}), today)
    taken: set[int] = set()
    chosen: list[Mention] = []
    for span in spans:
        places = [place for key in keys[span] for place in known.get(key, ())]
        places = [p for p in places if not unit_words.contradicts(words[slice(*span)], p.name)]
        if places and taken.isdisjoint(range(*span)) and _meant(words, span, keys[span]):
            taken.update(range(*span))
            chosen.append(Mention(*span, tuple(places)))
    return [_restricted(words, mention, taken) for mention in sorted(chosen, key=lambda m: m.start)]


def _meant(words: Sequence[Word], span: tuple[int, int], keys: Iterable[str]) -> bool:
    start, end = span
    if EVERYDAY.isdisjoint(keys) or any(
        word.raw.lower() != word.folded for word in words[start:end]
    ):
        return True
    where = start > 0 and words[start - 1].folded in WHERE
    return where or unit_words.kind_before(words, start) is not None or len(words) == end - start


def _restricted(words: Sequence[Word], mention: Mention, taken: set[int]) -> Mention:
    """The mention, without what "xã" before it and "cũ" after it rule out."""
    before = unit_words.kind_before(words, mention.start)
    places = _of_kind(mention.places, before[1] if before else None, before[2] if before else "")
    after = words[mention.end].folded if mention.end < len(words) else ""
    if after == "cu" and mention.end not in taken:
        places = [place for place in places if place.former] or places
    return replace(mention, places=tuple(_sorted(places)))


def _age(words: Sequence[Word]) -> tuple[Sequence[Word], bool | None]:
    """The words without a last "cũ" or "mới", and whether former units are meant."""
    folded = tuple(word.folded for word in words)
    for length in (2, 1):
        if len(words) > length and folded[-length:] in _OLD | _NEW:
            return words[:-length], folded[-length:] in _OLD
    return words, None


def _leading_kind(words: Sequence[Word]) -> tuple[int, UnitKind, str] | None:
    found = [(n, unit_words.kind_before(words, n)) for n in (2, 1) if len(words) > n]
    return next((kind for n, kind in found if kind and kind[0] == n), None)


def _lookup(
    db: Connection, keys: Iterable[str], today: date | None
) -> dict[str, tuple[Place, ...]]:
    wanted = [key for key in keys if len(key) > 1]
    found: dict[str, tuple[Place, ...]] = {}
    if wanted:
        for row in db.execute(NAMED, {"keys": wanted}):
            found[row.folded] = (*found.get(row.folded, ()), _place(row, today))
    return found


def _address(db: Connection, words: Sequence[Word], today: date) -> list[Place]:
    """The smallest unit of "xã Đắk Ha, huyện Đắk Glong", where every word belongs to some unit."""
    found = mentions(db, words, today)
    left = set(range(len(words)))
    for mention in found:
        before = unit_words.kind_before(words, mention.start)
        left -= set(range(mention.start - (before[0] if before else 0), mention.end))
    if not found or any(words[at].folded not in _FILLING for at in left):
        return []
    first, *above = found
    around = {f"/{place.id}/" for mention in above for place in mention.places}
    within = [p for p in first.places if any(part in p.path for part in around)]
    return within or list(first.places)


def _near(db: Connection, keys: Sequence[str], today: date) -> list[Place]:
    stored = db.execute(KEYS).scalars()
    near = [known for known in stored if any(_alike(key, known) for key in keys)]
    places = [place for group in _lookup(db, near, today).values() for place in group]
    return [replace(place, near=True) for place in _sorted(places)[:NEAR]]


def _alike(one: str, other: str) -> bool:
    return len(one) > 3 and len(other) > 3 and unit_words.close(one, other)


def _of_kind(places: Iterable[Place], kind: UnitKind | None, official: str) -> list[Place]:
    """Those with exactly this word for the kind, else those of that level, else none."""
    level = [place for place in places if kind in (None, place.kind)]
    return [p for p in level if official and p.name.startswith(f"{official} ")] or level


def _by_evidence(places: Iterable[Place], words: Sequence[Word]) -> list[Place]:
    """Today's first; among these, names that agree with the accents that were typed."""
    typed = unit_words.marks(" ".join(word.raw for word in words))
    once = {place.id: place for place in places}.values()
    return sorted(once, key=lambda p: (p.former, typed != unit_words.marks(p.bare), p.id))


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted({p.id: p for p in places}.values(), key=lambda place: (place.former, place.id))


def _place(row: Row[*tuple[Any, ...]], today: date | None = None) -> Place:
    former = row.valid_to is not None and (today is None or row.valid_to < today)
    return Place(row.id, row.name, row.kind, row.path, row.valid_to, row.parent, former)
