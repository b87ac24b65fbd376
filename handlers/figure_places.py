"""The places named in a question, as parts of what an officer sees figures of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from handlers.naming import inside
from storage import schools, unit_words, units
from storage.models import UnitKind
from storage.statistics import View, Within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from handlers.chat import Chat
    from handlers.figure_grammar import Question
    from storage.schools import SchoolFound
    from storage.scopes import Scope
    from storage.units import Place

SHOWN = 8  # parts one question may leave open


@dataclass(frozen=True, slots=True)
class Part:
    """One part that may be meant; `within` None is all of the officer's scope.

    `now` is the commune in which a former one lies today, by which it is counted. `school` says in
    which commune one lies, so that two of the same name can be told apart.
    """

    within: Within | None = None
    name: str = ""
    former: bool = False
    now: str = ""
    school: str = ""
    path: str = ""

    def label(self, chat: Chat) -> str:
        """The part on a choice: "Xã Đắk Mil (nay)", "Huyện Đắk Mil cũ"."""
        if self.school:
            return chat._("{here}, {commune}", here=self.name, commune=inside(self.school))
        if self.now:
            return chat._(
                "{unit} (former), now {commune}", unit=self.name, commune=inside(self.now)
            )
        if self.former:
            return chat._("former {unit}", unit=self.name)
        return chat._("{unit} (today)", unit=self.name)

    def inside(self, chat: Chat) -> str:
        """The part inside a sentence: "xã Đắk Mil", "huyện Đắk Mil cũ"; "" for everything."""
        if self.now:
            return inside(self.now)
        if self.former:
            return inside(chat._("former {unit}", unit=self.name))
        return self.name if self.within and self.within.view is View.SCHOOL else inside(self.name)


@dataclass(frozen=True, slots=True)
class Places:
    """The parts a question may mean.

    `similar` are words that no place is called, though some that are offered nearly are; `outside`
    are names that lie beyond the officer's scope, `unread` what is no place either.
    """

    parts: tuple[Part, ...] = ()
    similar: tuple[str, ...] = ()
    outside: tuple[Part, ...] = ()
    unread: tuple[str, ...] = ()


def found(db: Connection, scope: Scope, question: Question, today: date) -> Places:
    """The parts a question means; none where it names no place."""
    groups = [(each, list(_parts(db, scope, each))) for each in question.places]
    outside = tuple(Part(name=each[0].name, former=each[0].former)
                    for each, parts in groups if not parts)  # fmt: skip
    similar: list[str] = []
    unread: list[str] = []
    for words in question.unread:
        near = units.named(db, words, today)
        parts = list(_parts(db, scope, near))
        if not parts:
            # What is only similar to a name is nobody's, least of all somebody else's.
            unread.append(words)
            continue
        groups.append((tuple(near), parts))
        similar += [words] if any(one.near for one in near) else []
    parts = _smallest([parts for _, parts in groups])
    result = Places(parts[:SHOWN], tuple(similar), outside, tuple(unread))
    return _with_schools(db, scope, result) if unread else result


def _parts(db: Connection, scope: Scope, places: Sequence[Place]) -> Iterator[Part]:
    """Parts of the scope, each once: a commune of today comes before what became of a former."""
    seen: set[Within | None] = set()
    for place in places:
        for part in _of(db, scope, place):
            if part.within not in seen:
                seen.add(part.within)
                yield part


def _of(db: Connection, scope: Scope, place: Place) -> Iterator[Part]:
    if not place.former:
        if scope.covers(place.path):
            whole = any(reach.unit_id == place.id for reach in scope.reaches)
            within = None if whole and len(scope.reaches) == 1 else Within(_TODAY, place.id)
            yield Part(within, place.name, path=place.path)
        return
    became = [one for one in units.successors(db, place.id) if scope.covers(one.path)]
    if not became:
        return
    if place.kind is UnitKind.COMMUNE:
        for one in became:
            yield Part(
                Within(_TODAY, one.id), place.name, former=True, now=one.name, path=place.path
            )
        return
    view = View.DISTRICT if place.kind is UnitKind.DISTRICT else View.PROVINCE
    yield Part(Within(view, place.id), place.name, former=True, path=place.path)


_TODAY = View.COMMUNE


def _smallest(groups: Sequence[Sequence[Part]]) -> tuple[Part, ...]:
    """Of an address the smallest; of one name, or of several places, all that may be meant."""
    nested = [
        one
        for at, group in enumerate(groups)
        for one in group
        for other in chain(*groups[:at], *groups[at + 1 :])
        if one.path.startswith(other.path) and one.path != other.path
    ]
    return tuple(dict.fromkeys(nested or chain(*groups)))


def _with_schools(db: Connection, scope: Scope, so_far: Places) -> Places:
    """The schools that words name which are no unit."""
    unread: list[str] = []
    parts: list[Part] = []
    similar = so_far.similar
    for words in so_far.unread:
        known = [one for one in schools.search(db, words) if _reached(db, scope, one, so_far.parts)]
        if known:
            parts += [_school(one) for one in known]
            if not any(_whole(one, words) for one in known):
                similar = (*similar, words)
        else:
            unread.append(words)
    kept = tuple(parts[:SHOWN]) or so_far.parts
    return replace(so_far, parts=kept, similar=similar, unread=tuple(unread))


def _school(one: SchoolFound) -> Part:
    return Part(Within(View.SCHOOL, one.id), one.name, school=one.commune)


def _reached(db: Connection, scope: Scope, school: SchoolFound, parts: Sequence[Part]) -> bool:
    """True where the school lies in the scope, and in one of the communes that were named."""
    unit = units.get(db, school.unit_id)
    if unit is None or not scope.covers(unit.path):
        return False
    communes = {part.within.id for part in parts if part.within and part.within.view is _TODAY}
    return not communes or school.unit_id in communes


def _whole(school: SchoolFound, words: str) -> bool:
    """True where all of the school's name was written: "vắng" is hardly Trường MN Vàng Anh."""
    said = "".join(word.folded for word in unit_words.split(words))
    return not school.near and schools.fold_name(school.name).replace(" ", "") in said
