"""From an officer's words to a draft: names looked up, the rest as usual, nothing guessed.

Places of one name are offered, each with what it would mean. What nobody understood stays in the
title where it stands beside it, and is said where it does not.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from handlers import audience_words
from handlers.course_text import folded
from handlers.course_times import Slot
from handlers.course_words import CLOSING
from storage import course_rows, schools, spelling, unit_words, units
from storage.course_drafts import Draft, Meet
from storage.models import Mode, Position, Precision, RoleKind
from storage.models.courses import CourseKind, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from handlers.course_words import Said
    from storage.recipients import Rule
    from storage.schools import SchoolFound
    from storage.scopes import Scope

TITLE: Final = 100  # characters
PLACE: Final = 80
# Registration closes so many days before the first session, unless something else is said.
BEFORE: Final = dt.timedelta(days=3)
STAFF: Final = [Position.TEACHER.value, Position.PRINCIPAL.value, Position.DEPUTY.value]

_AT = re.compile(r"(?<!\w)(?:tai|dia diem|noi hoc|o)(?: tai)?\s*:?\s+(?=\S)")
_FOR = re.compile(r"(?<!\w)(?:danh cho|cho|doi tuong|thanh phan)\s*:?\s+(?=\S)")
_BUILDING = re.compile(
    r"(?<!\w)(?:hoi truong|nha van hoa|nvh|trung tam|phong hop|phong hoc|khach san"
    r"|nha thi dau|tru so"
    r"|hoi quan|ubnd|uy ban|so gd|diem truong)(?!\w)"
)
_SCHOOL = re.compile(
    r"(?<!\w)(?:truong(?: (?:mn|mg|mam non|mau giao))?|mn|mg|mam non|mau giao|nha tre"
    r"|nhom tre|lop mg)"
    r"(?!\w)"
)
_TRAINING = re.compile(
    r"^(?:(?:lop|khoa|dot|buoi)\s+)?tap huan(?:\s*:)?(?:\s+(?:ve|chuyen de|noi dung))?"
    r"(?!\w)\s*:?\s*"
)
_CLASS = re.compile(r"^(?:lop|khoa|dot|buoi)\s+")
_EDGE = frozenset(
    ("va", "vao", "luc", "tu", "den", "ngay", "tai", "o", "gom", "trong", "buoi", "voi", "khoang",
     "dien", "ra", "so", "luong", "du", "kien", "cho", "danh", "thoi", "gian", "dia", "diem", "hoc",
     "to", "chuc", "co", "cac", "lop", "theo", "duoc", "la", "the", "hinh", "thuc")
)  # fmt: skip
# At the end of a title only these are left behind by what was taken out.
_TAIL = frozenset(("va", "vao", "luc", "tu", "ngay", "tai", "o", "gom", "voi", "khoang", "trong"))
_TYPES = frozenset(
    ("truong", "mn", "mg", "mam", "non", "mau", "giao", "nha", "nhom", "tre", "lop", "doc", "lap",
     "cong", "tu", "thuc", "dan", "xa", "phuong", "o", "tai", "cu", "thuoc", "thi", "tran")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a session is: the words for it, and the unit it lies in; `label` as a choice.

    `known`: the words name a school or a unit, and nothing else.
    """

    place: str
    unit_id: int | None
    label: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """A draft, the places its place may mean, and what nobody understood."""

    draft: Draft
    spots: tuple[Spot, ...] = ()
    unclear: tuple[str, ...] = ()


class _Reading:
    """The words that are left of one sentence, and what they turn out to mean."""

    def __init__(self, db: Connection, scope: Scope, now: dt.datetime) -> None:
        self.db, self.scope, self.now = db, scope, now
        self.title: list[str] = []
        self.spots: tuple[Spot, ...] = ()
        self.rule: Rule | None = None
        self.unclear: list[str] = []

    def take(self, parts: tuple[tuple[str, bool], ...]) -> None:
        """Read the parts one after another; the first is the title, with what hangs on it."""
        beside = True
        for at, (words, near) in enumerate(parts):
            beside = beside and (at == 0 or near)
            if at == 0:
                self._first(words)
            elif self._audience(words) or self._place(words, certain=False):
                beside = False
            elif rest := _trimmed(words, _EDGE):
                rest = self._without_tail(rest)
                if beside and self.title:
                    self.title.append(rest)
                elif rest:
                    self.unclear.append(rest)

    def _first(self, words: str) -> None:
        named = folded(words)
        if not self.title and _SCHOOL.match(named) and self._place(words, certain=True):
            return
        rest = _trimmed(self._without_tail(words), _TAIL, head=False)
        if rest:
            self.title.append(rest)

    def _without_tail(self, words: str) -> str:
        """The words without the place and the people named at their end."""
        for cut, rest in _tails(words, _AT):
            if _at(words[cut:]) and self._place(rest, certain=not _BUILDING.match(folded(rest))):
                return self._without_tail(words[:cut].rstrip())
        for cut, rest in _tails(words, _FOR):
            if self._audience(rest):
                return words[:cut].rstrip()
        for cut, _ in _nouns(words):
            rest = words[cut:]
            if cut and self._place(rest, certain=not _BUILDING.match(folded(rest))):
                return self._without_tail(words[:cut].rstrip())
        return words

    def _audience(self, words: str) -> bool:
        low = folded(words)
        found = _FOR.match(low)
        if self.rule is not None or (not found and self._named_place(low)):
            return False
        said = words[found.end() :] if found else words
        heard = audience_words.audience(self.db, self.scope, said, self.now)
        rule = heard.rule
        if rule is None or rule.schools or rule.about or rule.officers or rule.by_announcement:
            return False
        if not _names_people(rule, found=bool(found), words=said):
            return False
        self.rule = rule
        return True

    def _named_place(self, low: str) -> bool:
        """True where words begin as the name of one place does, rather than of all of a kind."""
        if _BUILDING.match(low):
            return True
        return bool(_SCHOOL.match(low)) and any(
            _whole(one, low) for one in schools.search(self.db, low)
        )

    def _place(self, words: str, *, certain: bool) -> bool:
        """Take the words for the place; `certain`: only where they name one that is known."""
        if self.spots:
            return False
        at = _at(words)
        name = _trimmed(words[at:] if at else words, frozenset(("tai", "o")))
        found = spots(self.db, name, self.now)
        known = any(one.known for one in found)
        if known or _BUILDING.match(folded(name)) or (at and found and not certain):
            self.spots = found
            return True
        return False


def understood(db: Connection, scope: Scope, said: Said, now: dt.datetime) -> Understood:
    """The draft that a sentence asks for; what it does not say is as usual."""
    reading = _Reading(db, scope, now)
    reading.take(said.parts)
    title, unclear = _title(reading, said)
    rule = reading.rule
    unit_id = course_rows.home(db, scope, list(rule.units) if rule else [])
    spot = reading.spots[0] if reading.spots else Spot("", None)
    if len(reading.spots) > 1:
        # Which one is asked; until then only its name is known.
        spot = Spot(spot.place, None)
    elif spot.place and spot.unit_id is None and not scope.provincial:
        spot = replace(spot, unit_id=unit_id)
    meets = tuple(meet(slot, now.tzinfo, spot, said.link) for slot in said.slots) or (
        Meet(place=spot.place, unit_id=spot.unit_id, link=said.link),
    )
    draft = Draft(
        title=title, unit_id=unit_id, kind=said.kind or CourseKind.TRAINING,
        modality=said.modality or Modality.IN_PERSON, mode=said.mode or Mode.FREE,
        audience=audience(scope, unit_id, rule), seats=said.seats or None, school_limit=said.limit,
        fee=said.fee or 0, note=said.note, bring=said.bring, letter=said.letter,
        closes_at=_closing(said, meets, now), block=said.block, hours=said.hours or 0,
        sessions=meets,
    )  # fmt: skip
    return Understood(draft, reading.spots if len(reading.spots) > 1 else (), unclear)


def _title(reading: _Reading, said: Said) -> tuple[str, tuple[str, ...]]:
    """The title without "Tập huấn", which its kind says; and what was not understood."""
    title = ", ".join(reading.title)
    low = folded(title)
    if said.kind is CourseKind.TRAINING and (found := _TRAINING.match(low)):
        rest = title[found.end() :]
        title = title if folded(rest).startswith("cho ") else rest
    elif found := _CLASS.match(low):
        title = title[found.end() :]
    unclear = list(reading.unclear)
    if len(title) > TITLE:
        unclear.append(title[TITLE:].strip())
        title = title[:TITLE].rstrip()
    return _begun(title.strip(" :-–")), tuple(unclear)


def _closing(said: Said, meets: tuple[Meet, ...], now: dt.datetime) -> dt.datetime | None:
    if said.deadline is not None:
        return said.deadline.replace(tzinfo=now.tzinfo)
    return deadline(meets[0], now)


def deadline(first: Meet, now: dt.datetime) -> dt.datetime | None:
    """The usual end of registration: 17h00 three days before, or the eve, or none so late.

    None also where the day is not settled.
    """
    if first.first_day is None or first.precision is Precision.MONTHS:
        return None
    for before in (BEFORE, dt.timedelta(days=1)):
        moment = dt.datetime.combine(first.first_day - before, CLOSING, tzinfo=now.tzinfo)
        if moment > now:
            return moment
    return None


def meet(slot: Slot, zone: dt.tzinfo | None, spot: Spot, link: str = "") -> Meet:
    """A session at a place; with hours it is settled to the minute."""
    where = Meet(place=spot.place, unit_id=spot.unit_id, link=link)
    if slot.vague:
        return replace(where, precision=Precision.MONTHS, first_day=slot.first, last_day=slot.last)
    if slot.start is None:
        return replace(where, precision=Precision.DAY, first_day=slot.first, last_day=slot.last)
    end = slot.end and dt.datetime.combine(slot.first, slot.end, tzinfo=zone)
    return replace(
        where, precision=Precision.MINUTE, first_day=slot.first, last_day=slot.first,
        starts_at=dt.datetime.combine(slot.first, slot.start, tzinfo=zone), ends_at=end,
    )  # fmt: skip


def audience(scope: Scope, unit_id: int, rule: Rule | None) -> dict[str, Any]:
    """A rule as a course keeps it: all the staff of its unit, unless something else is said."""
    kept: dict[str, Any] = {"positions": list(STAFF)}
    if rule is not None:
        kept = {key: value for key, value in rule.to_json().items()
                if key in ("positions", "types", "ownership", "units", "core")}  # fmt: skip
    whole = any(
        reach.kind is RoleKind.DEPARTMENT and reach.unit_id == unit_id for reach in scope.reaches
    )
    if not kept.get("units") and not whole:
        kept["units"] = [unit_id]
    return kept


def spots(db: Connection, name: str, now: dt.datetime) -> tuple[Spot, ...]:
    """The places a name may mean, of schools first; one as typed where it names no school.

    Empty for no words at all. Schools whose name only begins so, or differs by a letter, are
    offered, never taken.
    """
    name = spelling.clean(name)[:PLACE].strip()
    low = spelling.fold(name)
    if not low:
        return ()
    if _BUILDING.match(low) is None and (found := schools.search(db, name)):
        whole = [one for one in found if _whole(one, low)]
        here = [one for one in whole if _in_commune(one, low)] or whole
        offered = here or ([one for one in found if _SCHOOL.match(low)])
        if offered and (whole or _SCHOOL.match(low)):
            known = tuple(_school(one) for one in offered)
            typed = Spot(_begun(name), None, _begun(name), known=True)
            return known if whole or len(known) > 1 else (*known, typed)
    return _elsewhere(db, name, now)


def _elsewhere(db: Connection, name: str, now: dt.datetime) -> tuple[Spot, ...]:
    """A place that is no school, in the unit its name mentions, or each of several."""
    words = unit_words.split(name)
    found = units.mentions(db, words, now.date())
    mentioned = [place for mention in found for place in mention.places]
    known = any(_is_all(words, mention.start, mention.end) for mention in found)
    current = [one for one in mentioned if not one.former]
    if not current:
        current = [after for one in mentioned for after in units.successors(db, one.id)]
    ids = list(dict.fromkeys(one.id for one in current))
    if len(ids) == 1:
        return (Spot(_begun(name), ids[0], known=known),)
    named = {one.id: one.name for one in current}
    if 1 < len(ids) <= schools.SHOWN:
        return tuple(
            Spot(_begun(name), one, f"{_begun(name)} · {named[one]}", known) for one in ids
        )
    return (Spot(_begun(name), None),)


def _is_all(words: list[unit_words.Word], start: int, end: int) -> bool:
    """True where a unit's name, with the word for its kind, is all there is."""
    before = unit_words.kind_before(words, start)
    return end == len(words) and start - (before[0] if before else 0) == 0


def _school(one: SchoolFound) -> Spot:
    old = f" ({one.old_commune} cũ)" if one.old_commune else ""
    return Spot(one.name, one.unit_id, f"{one.name}, {one.commune_inside}{old}", known=True)


def _whole(one: SchoolFound, low: str) -> bool:
    """True where the words are all of a school's name, with its kind and commune at most."""
    name = schools.fold_name(one.name).split()
    said = spelling.fold(low).split()
    if one.near or not name or " ".join(name) not in " ".join(said):
        return False
    around = {*spelling.fold(one.commune).split(), *spelling.fold(one.old_commune).split()}
    return not [word for word in said if word not in {*name, *around, *_TYPES}]


def _in_commune(one: SchoolFound, low: str) -> bool:
    """True where the words name the school's commune, of today or before."""
    said = f" {spelling.fold(low)} "
    names = (unit_words.bare(one.commune), one.old_commune)
    return any(name and f" {spelling.fold(name)} " in said for name in names)


def _names_people(rule: Rule, *, found: bool, words: str) -> bool:
    """Whether words speak of people, where no "cho" says so: "MN Hoa Sen" speaks of a place."""
    low = spelling.fold(words)
    people = re.search(
        r"\b(giao vien|gv|gvmn|cbql|can bo|hieu truong|hieu pho|pho hieu|quan ly"
        r"|chu nhom|ht|pht|cot can"
        r"|toan the|tat ca|moi nguoi|toan tinh|bgh|ban giam hieu|co giao|thay co)\b", low
    )  # fmt: skip
    return bool(people) or (found and bool(rule.types or rule.ownership or rule.units))


def _at(words: str) -> int:
    """Where the place begins after "tại" or "ở", 0 for no such word: "tai nạn" is none."""
    found = _AT.match(folded(words))
    if not found:
        return 0
    first = words.split(maxsplit=1)[0].lower().strip(":")
    return found.end() if first in ("tại", "tai", "ở", "o", "địa", "dia", "nơi", "noi") else 0


def _tails(words: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for found in pattern.finditer(folded(words)):
        if found.start():
            yield found.start(), words[found.end() :]


def _nouns(words: str) -> Iterator[tuple[int, str]]:
    low = folded(words)
    found = sorted(
        [one.start() for pattern in (_BUILDING, _SCHOOL) for one in pattern.finditer(low)]
    )
    for at in found:
        yield at, words[at:]


def _trimmed(words: str, filling: frozenset[str], *, head: bool = True) -> str:
    kept = words.split()
    while kept and folded(kept[-1]).strip(".,:") in filling:
        kept = kept[:-1]
    while head and kept and folded(kept[0]).strip(".,:") in filling:
        kept = kept[1:]
    return " ".join(kept)


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
