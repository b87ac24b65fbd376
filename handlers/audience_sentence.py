"""One sentence about an audience, read word by word; what nobody took is not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeVar

from handlers.audience_terms import ACCENTED, FILLING, STAFF, TERMS, Own, Term
from storage import broadcasts, courses, recipients, schools, spelling, unit_words, units
from storage.models import UnitKind
from storage.recipients import About, Rule
from storage.units import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.schools import SchoolFound
    from storage.scopes import Scope
    from storage.unit_words import Word

_COURSE = re.compile(r"(?:l|lop|lopso|loptaphuan|loptaphuanso|khoa|khoal|lopl)0*([1-9]\d{0,4})")
_BULLETIN = re.compile(r"tb0*([1-9]\d{0,5})")
WINDOW = 5  # words of the longest term
_FUZZY = 8  # letters from which on a slip of one is forgiven
# Words of an audience that are certainly read, whatever stands before it.
_READ = unit_words.LISTENED - 12
MOST = 12  # choices a sentence may leave open
_BARE = Term(school=True)  # "trường" alone names nobody
# What is not understood and holds one of these may turn the rest around.
_TURNING = frozenset(
    ("chua", "khong", "ko", "k", "tru", "ngoai", "bo", "dung", "except", "not", "minh", "toi", "em")
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a sentence says about whom to write to.

    One of `options` is meant; several differ by what a name may mean. `unclear` are the words
    nobody understood, `outside` the places the officer does not cover, `missing` the codes that
    are none. `sure` is False where a name is only similar, so that even one option is asked
    about. `topic_id` is the course it is about, `text` what came after the colon.
    """

    options: tuple[Rule, ...]
    unclear: str = ""
    outside: tuple[str, ...] = ()
    missing: str = ""
    sure: bool = True
    topic_id: int | None = None
    text: str = ""

    @property
    def rule(self) -> Rule | None:
        """The one rule that is meant, where there is no doubt whatever."""
        certain = self.sure and not (self.unclear or self.outside or self.missing)
        return self.options[0] if certain and len(self.options) == 1 else None


def _of_today(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Without former units called just like one of today: those are named with "cũ"."""
    today = {place.name for place in places if not place.former}
    return tuple(one for one in places if not (one.former and one.name in today))


def alike(key: str, term: str) -> bool:
    """True where words may be a term with one slip; short terms are too near to each other."""
    return min(len(key), len(term)) >= _FUZZY and unit_words.close(key, term)


class Sentence:
    """The words of one sentence, and what has been understood of them so far."""

    def __init__(self, db: Connection, scope: Scope, words: Sequence[Word], now: datetime) -> None:
        self.db, self.scope, self.words, self.now = db, scope, list(words), now
        self.left = set(range(len(self.words)))
        self.sure = True
        self.missing = ""
        self.outside: list[str] = []
        self.terms: list[tuple[int, int, Term]] = []
        self.course: int | None = None
        self.bulletin: int | None = None
        self.about_topic = False
        self.alternatives: tuple[SchoolFound, ...] = ()
        self._codes()
        self.places = list(self._places())
        self._terms(TERMS.get)
        if list(self._runs()):
            self._terms(lambda key: next((TERMS[one] for one in TERMS if alike(key, one)), None))
        self.schools = self._schools()
        self.named = self._courses()
        self._similar()

    @property
    def speaks(self) -> bool:
        """True where somebody or some place was named."""
        said = any(term != _BARE for _, _, term in self.terms)
        code = self.bulletin or (self.course and not self.about_topic)
        return bool(said or code or self.places or self.schools or self.outside)

    # Reading, in this order: each step takes the words it understands.

    def _windows(self) -> Iterator[tuple[int, int, str]]:
        """Spans of words nobody took, the longest first, with their letters."""
        for length in range(WINDOW, 0, -1):
            for start in range(len(self.words) - length + 1):
                if self.left.issuperset(range(start, start + length)):
                    span = self.words[start : start + length]
                    yield start, start + length, "".join(word.folded for word in span)

    def _take(self, start: int, end: int) -> None:
        self.left.difference_update(range(start, end))

    def _folded(self, at: int) -> str:
        return self.words[at].folded if 0 <= at < len(self.words) else ""

    def _codes(self) -> None:
        for start, end, key in self._windows():
            if self.course is None and (found := _COURSE.fullmatch(key)):
                if self._folded(end) == "tuoi":
                    continue
                course = courses.numbered(self.db, int(found[1]))
                self.course = course.id if course else None
                self.missing = self.missing or ("" if course else f"L{found[1]}")
                self.about_topic = self._folded(start - 1) == "ve"
                self._take(start, end)
            elif self.bulletin is None and (found := _BULLETIN.fullmatch(key)):
                known = broadcasts.seen_by(self.db, self.scope, int(found[1]))
                self.bulletin = known.id if known else None
                self.missing = self.missing or ("" if known else broadcasts.code(int(found[1])))
                self._take(start, end)

    def _places(self) -> Iterator[tuple[Place, ...]]:
        """The units each name may mean, of those the officer reaches."""
        for mention in units.mentions(self.db, self.words, self.now.date()):
            if not self.left.issuperset(range(mention.start, mention.end)):
                continue
            before = unit_words.kind_before(self.words, mention.start)
            old = self._folded(mention.end) in ("cu", "moi")
            start, end = mention.start - (before[0] if before else 0), mention.end + old
            if own := self._school_called(mention.start, mention.end, before is not None):
                self.alternatives = own
            self._take(start, end)
            meant = self._with_communes(start, mention.start, end) or _of_today(mention.places)
            if reached := tuple(place for place in meant if self._reached(place)):
                yield reached
            else:
                self.outside.append(mention.places[0].name)

    def _with_communes(self, start: int, name: int, end: int) -> list[Place]:
        """What has communes below it, after "các xã" or "các xã thuộc": not a commune itself."""
        said = [self._folded(at) for at in range(start - 3, name) if at >= 0]
        if "cac" not in said or not {"xa", "phuong"} & set(said):
            return []
        text = " ".join(word.raw for word in self.words[name:end])
        found = units.named(self.db, text, self.now.date())
        return [one for one in found if one.kind is not UnitKind.COMMUNE and not one.near]

    def _school_called(self, start: int, end: int, is_unit: bool) -> tuple[SchoolFound, ...]:
        """Schools with a place's name, where "trường" stands before it and no word for a unit."""
        if is_unit or self._folded(start - 1) not in ("truong", "mn", "mg", "tre", "non", "giao"):
            return ()
        name = " ".join(word.folded for word in self.words[start:end])
        found = schools.search(self.db, " ".join(word.raw for word in self.words[start:end]))
        same = (one for one in found if schools.fold_name(one.name) == name and not one.near)
        return tuple(one for one in same if self._staffed(one))

    def _staffed(self, school: SchoolFound) -> bool:
        return recipients.count(self.db, Rule(schools=(school.id,)), self.scope) > 0

    def _reached(self, place: Place) -> bool:
        """True where the place, or what became of it, lies within the scope."""
        if not place.former:
            return self.scope.covers(place.path)
        became = units.successors(self.db, place.id)
        return any(self.scope.covers(one.path) for one in became)

    def _terms(self, look_up: Callable[[str], Term | None]) -> None:
        for start, end, key in self._windows():
            if (term := look_up(key)) and self._said(start, end, key):
                self.terms.append((start, end, term))
                self._take(start, end)

    def _said(self, start: int, end: int, key: str) -> bool:
        """True but where only accents, or the code of a course behind it, would tell a term."""
        if key not in ACCENTED or self.words[start].raw.lower() in ACCENTED[key]:
            return True
        return self.course is not None and end < len(self.words) and end not in self.left

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Runs of words that are neither understood nor mere filling."""
        open_ = [at for at in sorted(self.left) if self._folded(at) not in FILLING]
        while open_:
            start = open_.pop(0)
            end = start + 1
            while open_ and self.left.issuperset(range(end, open_[0] + 1)):
                end = open_.pop(0) + 1
            yield start, end

    def _schools(self) -> tuple[SchoolFound, ...]:
        """The schools a run of words may name; the type before it is part of the name."""
        for start, end in list(self._runs()):
            kind = next((each for each in self.terms if each[1] == start and each[2].school), None)
            begin = kind[0] if kind else start
            found = schools.search(self.db, " ".join(w.raw for w in self.words[begin:end]))
            if kind and (same := [one for one in found if one.type in kind[2].types]):
                found = same
            found = [one for one in found if self._staffed(one)]
            if not found:
                continue
            whole = kind is not None or any(self._named_whole(one, start, end) for one in found)
            self.sure = self.sure and whole and not any(one.near for one in found)
            self.terms = [each for each in self.terms if each is not kind]
            self._take(start, end)
            return tuple(found)
        return ()

    def _named_whole(self, school: SchoolFound, start: int, end: int) -> bool:
        """True where the words are all of the name: "vắng" alone is hardly Trường MN Vàng Anh."""
        said = "".join(word.folded for word in self.words[start:end])
        return schools.fold_name(school.name).replace(" ", "") in said

    def _courses(self) -> tuple[int, ...]:
        """The courses meant where a condition stands without a code: by name, else any of them."""
        wanted = next((t.about for _, _, t in self.terms if t.about), None)
        if wanted is None or self.course or self.bulletin or self.missing:
            return ()
        held = wanted in (About.ATTENDED, About.ABSENT, About.COMPLETED, About.NOT_COMPLETED)
        known = (courses.lately if held else courses.listed)(self.db, self.now)
        said = f" {' '.join(self.words[at].folded for at in sorted(self.left))} "
        named = [one for one in known if f" {spelling.fold(one.short)} " in said]
        for one in named:
            name = set(spelling.fold(one.short).split())
            self.left -= {at for at in self.left if self._folded(at) in name}
        return tuple(one.id for one in named or known)[:MOST]

    def _similar(self) -> None:
        """Units whose name differs by a letter; they are offered, never taken for granted."""
        for start, end in list(self._runs()):
            before = unit_words.kind_before(self.words, start)
            begin = start - (before[0] if before else 0)
            near = units.named(
                self.db, " ".join(w.raw for w in self.words[begin:end]), self.now.date()
            )
            if reached := tuple(place for place in near if self._reached(place)):
                self.places.append(reached)
                self.sure = False
                self._take(start, end)

    # What comes of it

    def heard(self) -> Heard:
        """The rules that all of this may mean, and what stands in the way of taking one."""
        unclear = [
            *self._clashing(),
            *(w.raw for run in self._runs() for w in self.words[slice(*run)]),
        ]
        if len(self.words) >= _READ:
            unclear.append("…")
        own = {term.own for _, _, term in self.terms if term.own}
        if Own.PROVINCE in own and not self.scope.provincial:
            self.outside.append("")
        if Own.COMMUNE in own and self.scope.provincial:
            unclear = [*self._raw(lambda term: term.own is Own.COMMUNE), *unclear]
        options = self._distinct(list(dict.fromkeys(self._options()))[:MOST])
        return Heard(
            options=() if self._doubtful(unclear) else tuple(options),
            unclear=" ".join(unclear), outside=tuple(self.outside),
            missing=self.missing, sure=self.sure,
            topic_id=self.course if self.about_topic else None,
        )  # fmt: skip

    def _doubtful(self, unclear: list[str]) -> bool:
        """True where what was understood must not be offered: it may be the contrary."""
        folded = {spelling.fold(word) for word in unclear}
        return bool(not self.speaks or self.missing or folded & _TURNING)

    def _clashing(self) -> list[str]:
        """Words that were read, and do not go together with others: nothing is left out of them."""
        about = {term.about for _, _, term in self.terms if term.about}
        seen = about <= {About.UNANSWERED} and (bool(about) or self._got())
        clashing: list[str] = []
        if len(about) > 1 or (self.bulletin and not seen):
            clashing += self._raw(lambda term: term.about is not None)
        if self.bulletin and (not seen or self.course):
            clashing.append(broadcasts.code(self.bulletin))
        if self._got() and not (self.bulletin or self.missing):
            clashing += self._raw(lambda term: term.got)
        others = any(term.positions or term.types or term.ownership for _, _, term in self.terms)
        if others and any(term.officers for _, _, term in self.terms):
            clashing += self._raw(lambda term: term.officers)
        return clashing

    def _raw(self, which: Callable[[Term], bool]) -> list[str]:
        """The words of some of the terms, as typed."""
        spans = [slice(start, end) for start, end, term in self.terms if which(term)]
        return [word.raw for span in spans for word in self.words[span]]

    def _options(self) -> Iterator[Rule]:
        base = self._base()
        where = [*self._where(), *((("school", one.id),) for one in self.alternatives)]
        for place in where or [()]:
            inside = tuple(id_ for kind, id_ in place if kind == "unit")
            for school in self._within(inside) or [None]:
                ids = tuple(id_ for kind, id_ in place if kind == "school")
                rule = replace(base, units=inside, schools=(school,) if school else ids)
                yield from (
                    replace(rule, course_id=course, about=self._about()) for course in self.named
                )
                if not self.named:
                    yield rule

    def _base(self) -> Rule:
        terms = [term for _, _, term in self.terms]
        positions = _united(term.positions for term in terms)
        officers = any(term.officers for term in terms)
        about = self._about()
        by_bulletin = self.bulletin is not None
        return Rule(
            positions=() if officers or (by_bulletin and not positions) else positions or STAFF,
            types=_united(term.types for term in terms),
            ownership=_united(term.ownership for term in terms),
            core=any(term.core for term in terms),
            officers=officers,
            course_id=self.course if about else None,
            about=about if self.course else None,
            unseen_of=None if self._got() else self.bulletin,
            reached_by=self.bulletin if self._got() else None,
        )  # fmt: skip

    def _about(self) -> About | None:
        said = next((term.about for _, _, term in self.terms if term.about), None)
        if self.bulletin is not None:
            return None
        return said or (About.REGISTERED if self.course and not self.about_topic else None)

    def _got(self) -> bool:
        """True where those are meant who got an announcement, not those who have not seen it."""
        return any(term.got for _, _, term in self.terms)

    def _where(self) -> list[tuple[tuple[Literal["unit", "school"], int], ...]]:
        """One place for each name; of an address, the smallest."""
        combined = list(product(*self.places)) if self.places else []
        nested = [
            tuple(p for p in each if not any(f"/{p.id}/" in o.path for o in each if o is not p))
            for each in combined
        ]
        least = min((len(each) for each in nested), default=0)
        return [tuple(("unit", p.id) for p in each) for each in nested if len(each) == least]

    def _within(self, inside: tuple[int, ...]) -> list[int]:
        """The schools that were named and lie in these units; all of them where none does."""
        ids = [one.id for one in self.schools]
        here = [
            one for one in ids
            if recipients.count(self.db, Rule(units=inside, schools=(one,)), self.scope)
        ] if inside else ids  # fmt: skip
        return here or ids

    def _distinct(self, options: list[Rule]) -> list[Rule]:
        """Without options that mean the same people as one before.

        For a commune's officer "Tuy Đức" is the commune, and all they reach of the old district.
        """
        kept: list[Rule] = []
        for rule in options:
            if not any(self._same(rule, other) for other in kept):
                kept.append(rule)
        return kept

    def _same(self, rule: Rule, other: Rule) -> bool:
        if not (rule.units and other.units) or replace(rule, units=other.units) != other:
            return False
        plain = [
            Rule(units=each, officers=rule.officers)
            for each in (rule.units, other.units, (*rule.units, *other.units))
        ]
        return len({recipients.count(self.db, each, self.scope) for each in plain}) == 1


def _united(found: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(one for each in found for one in each))
