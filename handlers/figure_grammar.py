"""A question about figures, read word by word: what is asked, of what, where, as of when.

Pure: the subjects and units that may be named are handed in, and nothing is looked up. What nobody
understood is told in `Question.unread`; nothing is answered by a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handlers import figure_names, figure_times
from handlers.audience_terms import Own
from handlers.figure_line import Line
from handlers.figure_terms import (
    FILLING,
    SELF,
    SHORT,
    TERMS,
    TURNING,
    WINDOW,
    Measure,
    Said,
    Term,
    Want,
)
from storage import spelling, unit_words
from storage.models.figures import SubjectKind
from storage.telex import telex
from storage.unit_words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from handlers.figure_names import Name
    from handlers.figure_times import Times
    from storage.statistics import View
    from storage.units import Mention, Place

Mentions = Callable[[Sequence[Word]], "Sequence[Mention]"]

LONGEST: Final = 300  # characters; a longer text is no question
_FUZZY: Final = 6  # letters from which on a slip of one is forgiven in a term
# Words so weak that they say nothing beside a stronger one of their kind.
_WEAK: Final = frozenset(("hoc", "du", "huyen", "co"))
# All trainings of the year.
_EVERY: Final = Term(kind=SubjectKind.GATHERING, every=True)
# With these nothing but "who" need be asked.
_NOT_DONE: Final = frozenset(
    (Measure.MISSING, Measure.UNREGISTERED, Measure.NOT_ATTENDED, Measure.ABSENT, Measure.LATE,
     Measure.FAILED, Measure.UNKNOWN, Measure.ON_LEAVE, Measure.EXCUSED, Measure.LEFT,
     Measure.WAITING)
)  # fmt: skip
# These ask of a target whether it is reached.
_REACHING: Final = (None, Measure.COMPLETED, Measure.MISSING, Measure.FAILED)
# And these say beside a name of what is counted, or of a place, that figures are asked for.
_TELLING: Final = _NOT_DONE | {Measure.COMPLETED, Measure.ON_TIME}


@dataclass(frozen=True, slots=True)
class Question:
    """What a text asks. Empty fields were not said.

    `topics` are the ids of the subjects meant, one of which is asked for; `near` those only similar
    to what was typed; `every`: the trainings of all programmes. Each of `places` is one name and
    the units it may mean. `missing` is a code that is none. `unread` are the words nobody
    understood, `doubtful` where one of them may turn the rest around. `strong`: it asks for figures
    without any doubt.
    """

    want: Want = Want.FIGURE
    measure: Measure | None = None
    kind: SubjectKind | None = None
    topics: tuple[int, ...] = ()
    near: tuple[int, ...] = ()
    every: bool = False
    places: tuple[tuple[Place, ...], ...] = ()
    own: Own | None = None
    view: View | None = None
    times: Times = figure_times.NOW
    missing: str = ""
    unread: tuple[str, ...] = ()
    doubtful: bool = False
    strong: bool = False

    @property
    def said(self) -> bool:
        """True where anything was said of what, where or when."""
        return self != Question(strong=self.strong)


def words_of(text: str) -> list[Word]:
    """The words of a text; what is typed short, or stuck together, is written out."""
    found: list[Word] = []
    for word in unit_words.split(text):
        whole = SHORT.get(word.raw.lower()) or SHORT.get(word.folded) or _parted(word.folded)
        found += unit_words.split(whole) if whole else [word]
    return found[: unit_words.LISTENED]


def _parted(key: str) -> str:
    """Two terms that were typed as one word, "tylehoanthanh"; "" where it is none."""
    if len(key) < _FUZZY or key in TERMS:
        return ""
    halves = ((key[:at], key[at:]) for at in range(3, len(key) - 2))
    found = next((pair for pair in halves if TERMS.keys() >= set(pair)), ())
    return " ".join(TERMS[half].words for half in found)


def hints(text: str) -> bool:
    """True where anything may belong to a question about figures: a quick first look."""
    return len(text) <= LONGEST and any(_hinted(one) for one in _readings(text))


def _readings(text: str) -> list[str]:
    """The text, and the same with unconverted Telex or VNI typing decoded."""
    return list(dict.fromkeys((text, telex(text))))


def _hinted(text: str) -> bool:
    keys = [word.folded for word in words_of(text)]
    spans = (
        "".join(keys[start : start + length])
        for length in range(1, WINDOW + 1)
        for start in range(len(keys) - length + 1)
    )
    return "%" in text or any(
        key in TERMS or figure_names.is_indicator(key) or _slipped(key) for key in spans
    )


def read(text: str, names: Sequence[Name], mentions: Mentions, today: date) -> Question | None:
    """What a text asks about figures; None where it asks for none, or for something else.

    `mentions` finds units among words.
    """
    if len(text) > LONGEST:
        return None
    read = (_Reader(one, names, mentions, today).question() for one in _readings(text))
    return min((one for one in read if one), key=_unread, default=None)


def _unread(question: Question) -> int:
    return len(" ".join(question.unread))


def _shorter(key: str) -> Iterator[str]:
    """The letters, and the same with one of them left out."""
    yield key
    yield from (key[:at] + key[at + 1 :] for at in range(len(key)))


# Two words that differ by one slip have one of these in common: looked up, not compared one by one.
_NEAR: Final[dict[str, list[str]]] = {}
for _term in TERMS:
    if len(_term) >= _FUZZY:
        for _key in _shorter(_term):
            _NEAR.setdefault(_key, []).append(_term)


def _slipped(key: str) -> Said | None:
    """The term from which these letters differ by one slip of the finger."""
    if len(key) < _FUZZY:
        return None
    near = (term for one in _shorter(key) for term in _NEAR.get(one, ()))
    return next((TERMS[term] for term in near if unit_words.close(key, term)), None)


class _Reader:
    """The words of one text, and what has been understood of them so far."""

    def __init__(self, text: str, names: Sequence[Name], mentions: Mentions, today: date) -> None:
        self.line, self.names = Line(words_of(text)), names
        self.terms: list[Term] = []
        self.topics, self.missing = figure_names.by_code(self.line, names)
        self.coded = bool(self.topics)
        if not self.topics and not self.missing:
            self.topics = figure_names.by_short_name(self.line, names)
        self.targets = figure_names.targets(self.line, text)
        # "So với năm trước" is no year, nor is any part of it.
        self._terms(only=lambda term: term.want is Want.COMPARISON)
        self.times = self._times(text, today)
        self.places = tuple(self._places(mentions))
        self._terms()
        if not self.topics and not self.missing:
            self.topics = figure_names.by_title(self.line, names)
        if not self.topics and not self.missing:
            self.topics = figure_names.by_letter(self.line, names)
        self._terms(_slipped)
        self.near = () if self.topics else figure_names.similar(self.line, names)
        if self._of_the_year():
            self.terms.append(_EVERY)

    # Reading, in this order: each step takes the words it understands.

    def _terms(
        self,
        look_up: Callable[[str], Said | None] = TERMS.get,
        only: Callable[[Term], bool] = lambda _term: True,
    ) -> None:
        for start, end, key in self.line.windows(WINDOW):
            said = look_up(key)
            if said is None or not only(said.term) or self._adds_nothing(key, said.term):
                continue
            if not unit_words.contradicts(self.line.words[start:end], said.words):
                self.terms.append(said.term)
                self.line.take(start, end)

    def _adds_nothing(self, key: str, term: Term) -> bool:
        """True where a weak word says less than what was read: "học" beside "chưa hoàn thành"."""
        return key in _WEAK and any(
            (term.measure and each.measure) or (term.view and each.view) for each in self.terms
        )

    def _times(self, text: str, today: date) -> Times:
        marked = "/" in text or "-" in text
        times, taken = figure_times.read([w.folded for w in self.line.rest()], today, marked=marked)
        self.line.left -= taken
        self.year = any(self.line.said(at, at + 1) == str(today.year) for at in taken)
        return times

    def _of_the_year(self) -> bool:
        """True where the year that runs is all that was said: "thống kê năm 2026"."""
        said = self.topics or self.missing or self.near or self.targets or self.times.said
        other = any(term.kind or term.measure or term.want for term in self.terms)
        return (self.year or any(term.year for term in self.terms)) and not (said or other)

    def _places(self, mentions: Mentions) -> Iterator[tuple[Place, ...]]:
        line = self.line
        for mention in mentions(line.rest()):
            before = unit_words.kind_before(line.words, mention.start)
            everyday = before is None and line.said(mention.start, mention.end) in FILLING
            if mention.places and not everyday:
                after = line.said(mention.end, mention.end + 1) in ("cu", "moi", "nay")
                line.take(mention.start - (before[0] if before else 0), mention.end + after)
                yield mention.places

    # What comes of it

    def question(self) -> Question | None:
        """All of it together; None where it is no question about figures."""
        measure = next((term.measure for term in self.terms if term.measure), None)
        view = next((term.view for term in self.terms if term.view), None)
        want = next((term.want for term in self.terms if term.want), Want.FIGURE)
        if want is Want.NAMES and measure is None and self._ends_open():
            measure = Measure.MISSING
        if not self._asks(measure, view, want):
            return None
        unread = tuple(self.line.unread())
        kind = self._kind()
        return Question(
            want=self._wanted(want, measure, view, kind),
            measure=measure,
            kind=kind,
            topics=self._meant(),
            near=self.near,
            every=any(term.every for term in self.terms),
            places=self.places,
            own=next((term.own for term in self.terms if term.own), None),
            view=view,
            times=self.times,
            missing=self.missing,
            unread=unread,
            doubtful=not TURNING.isdisjoint(spelling.fold(" ".join(unread)).split()),
            strong=self._strong(),
        )

    def _ends_open(self) -> bool:
        """True of "còn ai chưa", which leaves unsaid what they have not."""
        last = len(self.line.words) - 1
        return last in self.line.left and self.line.words[last].folded == "chua"

    def _kind(self) -> SubjectKind | None:
        if self.targets:
            return SubjectKind.INDICATOR
        return next((term.kind for term in self.terms if term.kind), None)

    def _meant(self) -> tuple[int, ...]:
        """The subjects that were named, of the kind and with the target that were said."""
        topics = self.topics
        if self.targets:
            topics = figure_names.with_target(self.names, self.targets, topics)
        return figure_names.of_kind(self.names, self._kind(), topics)

    def _wanted(
        self, want: Want, measure: Measure | None, view: View | None, kind: SubjectKind | None
    ) -> Want:
        """A target that is named, and nothing else, asks whether it is reached."""
        target = bool(self.targets) or kind is SubjectKind.INDICATOR
        counted = any(term.asks for term in self.terms) or view is not None
        reached = measure in _REACHING and not counted
        target = target or self._bare()
        return Want.TARGET if target and want is Want.FIGURE and reached else want

    # Is it a question about figures at all?

    def _strong(self) -> bool:
        having = self.targets and figure_names.with_target(self.names, self.targets, ())
        reached = having and (self.topics or any(w.folded == "dat" for w in self.line.words))
        return any(term.strong for term in self.terms) or bool(reached)

    def _asks(self, measure: Measure | None, view: View | None, want: Want) -> bool:
        own = [at for at in self.line.left if self.line.words[at].folded in SELF]
        if any(self.line.said(at - 1, at) == "cua" for at in own):
            return False
        if self._strong():
            return True
        other = own or any(term.other for term in self.terms)
        return not other and self._asks_weakly(measure, view, want)

    def _asks_weakly(self, measure: Measure | None, view: View | None, want: Want) -> bool:
        """True where what was said beside each other can only ask for figures."""
        about = bool(self.topics or self.near or self.targets or self.missing)
        own = any(term.own for term in self.terms)
        where = bool(self.places) or own or self.times.span is not None
        match want:
            case Want.COMPARISON:
                return True
            case Want.NAMES:
                return measure is not None
            case Want.FORECAST | Want.TARGET | Want.PICTURE | Want.BOOK:
                return about or where or measure is not None
            case Want.FIGURE if any(term.asks for term in self.terms):
                every = any(term.every for term in self.terms)
                return bool(measure or view) or self._of_many() or where or every
            case Want.FIGURE:
                told = measure in _TELLING and (about or where or view)
                return bool(told or (view and about) or self._bare())

    def _bare(self) -> bool:
        """True where codes of indicators, and places, are all that was said: "kpi1"."""
        alone = not self.terms and not any(self.line.unread())
        return self.coded and alone and self._of_many()

    def _of_many(self) -> bool:
        """True where more than one training is named: only figures can be asked of them."""
        kinds = {name.kind for name in self.names if name.id in self.topics}
        return bool(kinds - {SubjectKind.COURSE})
