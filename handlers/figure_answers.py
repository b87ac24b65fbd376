"""The line that answers a question about figures, in a sentence and on a choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers import dates, figure_asked, figure_words, naming, numbers
from handlers.figure_terms import Measure, Want
from storage.figures import comparison, forecast, rows, subjects
from storage.models import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from fractions import Fraction

    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from handlers.figure_places import Part
    from storage.figures.counts import Count
    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import View


@dataclass(frozen=True, slots=True)
class Case:
    """One reading of a question: of what, where, as of when, and what is asked of it.

    `measure` None is what the screen of the subject shows by itself.
    """

    topic: Topic
    part: Part
    view: View | None
    day: date | None
    measure: Measure | None
    want: Want

    def asked(self, chat: Chat) -> Asked:
        """What the screen of its figures is asked for."""
        asked = figure_asked.asked_for(chat, self.topic, self.view, self.part.within, self.day)
        shown = _SHOWN.get(self.measure) if self.measure else None
        return replace(asked, measure=figure_asked.fitting(self.topic, shown)) if shown else asked

    def action(self, chat: Chat) -> str:
        """The choice that leads to its figures, to the names, or to what came before."""
        within = self.part.within
        if self.want is Want.NAMES and self.measure not in HAVE:
            return f"unmet {self.topic.id} {figure_asked.coded(within)}"
        return self.asked(chat).action(_ACTIONS.get(self.want, "figure"))

    def count(self, chat: Chat, scope: Scope) -> Count:
        """The counters behind the answer."""
        return rows.total(chat.db, scope, self.topic.id, self.part.within, self.day).count

    def target(self, chat: Chat) -> Fraction | None:
        """What is to be reached, where that is asked."""
        if self.want is not Want.TARGET:
            return None
        return subjects.target(chat.db, self.topic, self.day or chat.now.date())


# What leads to another screen than that of the figures.
_ACTIONS = {Want.COMPARISON: "figure-vs", Want.PICTURE: "figure-png", Want.BOOK: "figure-xlsx"}
# The measures that a screen shows by itself.
_SHOWN = {
    Measure.REGISTERED: figure_asked.Measure.REGISTERED,
    Measure.ATTENDED: figure_asked.Measure.ATTENDED,
    Measure.COMPLETED: figure_asked.Measure.COMPLETED,
}
# Who has is no list of who has not.
HAVE = frozenset(
    (Measure.COMPLETED, Measure.REGISTERED, Measure.ATTENDED, Measure.ON_TIME, Measure.EXPECTED)
)


def value(count: Count, measure: Measure) -> int:
    """How many people a measure counts."""
    counted = {
        Measure.UNREGISTERED: count.expected - count.registered - count.waiting,
        Measure.NOT_ATTENDED: count.expected - count.attended,
        # Whoever's marks are missing was perhaps there.
        Measure.ABSENT: count.registered - count.attended - count.unknown,
        Measure.MISSING: count.missing,
        Measure.LATE: count.late,
    }
    found = counted[measure] if measure in counted else getattr(count, measure.value)
    return max(int(found), 0)


def figure(chat: Chat, case: Case, count: Count) -> str:
    """The answer as short as on a choice: "30/34 · 88,2%", "thiếu 12 người"."""
    measure = case.measure or _usual(chat, case)
    if measure in _ALONE:
        return chat._("{count} people", count=_number(chat, value(count, measure)))
    if not count.expected:
        return chat._("nobody meant")
    whole = count.registered if measure is Measure.ABSENT else count.expected
    said = figure_words.figure(chat, value(count, measure), whole)
    target = case.target(chat)
    if target is None:
        return said
    more = comparison.against(count, target)
    if not more:
        return chat._("{figure}, reached", figure=said)
    return chat._("{figure}, {count} lacking", figure=said, count=_number(chat, more))


# Counted apart from those expected: there is no percentage of them.
_ALONE = frozenset((Measure.EXPECTED, Measure.ON_LEAVE, Measure.LEFT))


def _usual(chat: Chat, case: Case) -> Measure:
    """The measure that the screen shows."""
    return Measure(case.asked(chat).measure.name.lower())


def headline(chat: Chat, scope: Scope, case: Case) -> str:
    """The answer as a sentence; "" where the screen's own first line is it."""
    count = case.count(chat, scope)
    target = case.target(chat)
    if target is not None and count.expected:
        return _against(chat, scope, case, count, target)
    if case.want is Want.FORECAST:
        return _ahead(chat, scope, case, count)
    measure = case.measure
    if (
        measure is None
        or measure is _usual(chat, case)
        or (measure not in _ALONE and not count.expected)
    ):
        return ""
    said = {"code": _code(chat, case), "where": where(chat, scope, case.part),
            "figure": figure(chat, case, count)}  # fmt: skip
    if case.topic.kind is SubjectKind.INDICATOR and measure is Measure.MISSING:
        return chat._("{code}, {where}: not reached by {figure}", **said)
    return _sentence(chat, measure, said)


def _sentence(chat: Chat, measure: Measure, said: dict[str, str]) -> str:
    words = {
        Measure.EXPECTED: chat._("{code}, {where}: meant for {figure}", **said),
        Measure.COMPLETED: chat._("{code}, {where}: completed {figure}", **said),
        Measure.MISSING: chat._("{code}, {where}: not completed {figure}", **said),
        Measure.REGISTERED: chat._("{code}, {where}: registered {figure}", **said),
        Measure.UNREGISTERED: chat._("{code}, {where}: not registered {figure}", **said),
        Measure.WAITING: chat._("{code}, {where}: waiting {figure}", **said),
        Measure.ATTENDED: chat._("{code}, {where}: attended {figure}", **said),
        Measure.NOT_ATTENDED: chat._("{code}, {where}: not attended {figure}", **said),
        Measure.ABSENT: chat._("{code}, {where}: registered and absent {figure}", **said),
        Measure.EXCUSED: chat._("{code}, {where}: absent with a reason {figure}", **said),
        Measure.ON_TIME: chat._("{code}, {where}: completed on time {figure}", **said),
        Measure.LATE: chat._("{code}, {where}: completed late {figure}", **said),
        Measure.FAILED: chat._("{code}, {where}: not passed {figure}", **said),
        Measure.UNKNOWN: chat._("{code}, {where}: data are missing for {figure}", **said),
        Measure.ON_LEAVE: chat._("{code}, {where}: on long leave {figure}", **said),
        Measure.LEFT: chat._("{code}, {where}: left or moved {figure}", **said),
    }
    return words[measure]


def noun(chat: Chat, measure: Measure, topic: Topic) -> str:
    """What a measure counts, as it stands inside a sentence."""
    if topic.kind is SubjectKind.INDICATOR and measure is Measure.COMPLETED:
        return chat._("reaching it")
    if topic.kind is SubjectKind.INDICATOR and measure is Measure.MISSING:
        return chat._("not reaching it")
    words = {
        Measure.EXPECTED: chat._("meant for"),
        Measure.COMPLETED: chat._("completed"),
        Measure.MISSING: chat._("not completed"),
        Measure.REGISTERED: chat._("registered"),
        Measure.UNREGISTERED: chat._("not registered"),
        Measure.WAITING: chat._("waiting"),
        Measure.ATTENDED: chat._("attended"),
        Measure.NOT_ATTENDED: chat._("not attended"),
        Measure.ABSENT: chat._("registered and absent"),
        Measure.EXCUSED: chat._("absent with a reason"),
        Measure.ON_TIME: chat._("completed on time"),
        Measure.LATE: chat._("completed late"),
        Measure.FAILED: chat._("not passed"),
        Measure.UNKNOWN: chat._("data missing"),
        Measure.ON_LEAVE: chat._("on long leave"),
        Measure.LEFT: chat._("left or moved"),
    }
    return words[measure]


def measure_of(chat: Chat, cases: Sequence[Case]) -> Measure | None:
    """What the figures of all readings count; None where they count different things."""
    found = {one.measure or _usual(chat, one) for one in cases}
    return found.pop() if len(found) == 1 else None


def _against(chat: Chat, scope: Scope, case: Case, count: Count, target: Fraction) -> str:
    more = comparison.against(count, target)
    said = {"code": _code(chat, case), "where": where(chat, scope, case.part),
            "share": numbers.percent(count.completed, count.expected, chat.talk.language),
            "target": figure_words.percent(chat, target)}  # fmt: skip
    if not more:
        return chat._("{code}, {where}: {share}, the target of {target} is reached.", **said)
    return chat._(
        "{code}, {where}: {share}, the target of {target} is not reached, {count} people more are"
        " needed.",
        count=_number(chat, more), **said,
    )  # fmt: skip


def _ahead(chat: Chat, scope: Scope, case: Case, count: Count) -> str:
    """Whether it will be in time, by the pace of the last four weeks."""
    said = {"code": _code(chat, case), "where": where(chat, scope, case.part)}
    found = forecast.line(chat.db, scope, case.topic, case.part.within, chat.now)
    if found is None and count.expected and count.completed == count.expected:
        return chat._("{code}, {where}: everybody has completed.", **said)
    if found is None:
        return chat._(
            "{code}, {where}: the last four weeks say too little to tell whether it is in time.",
            **said,
        )
    day = dates.short_day(found.deadline, chat.talk.language)
    share = figure_words.figure(chat, found.at_deadline, found.expected)
    if found.in_time:
        return chat._("{code}, {where}: in time at the present pace, {share} by {day}.",
                      day=day, share=share, **said)  # fmt: skip
    return chat._("{code}, {where}: not in time at the present pace, {share} by {day}.",
                  day=day, share=share, **said)  # fmt: skip


def _code(chat: Chat, case: Case) -> str:
    """What the subject is called at the beginning of a sentence."""
    return case.topic.code or figure_words.title(chat, case.topic)


def where(chat: Chat, scope: Scope, part: Part) -> str:
    """The part inside a sentence; all of the scope by the names of its units."""
    if part.within or part.name:
        return part.inside(chat)
    return ", ".join(naming.inside(reach.unit) for reach in scope.reaches)


def choice(chat: Chat, scope: Scope, case: Case, *, topics: bool, parts: bool) -> str:
    """A reading on a choice, with its answer: "Huyện Đắk Mil cũ: 120/150 · 80%".

    `topics` and `parts` say by what the choices differ.
    """
    said = figure(chat, case, case.count(chat, scope))
    room = naming.CHOICE - len(said) - len(": ")
    place = case.part.label(chat) if parts else ""
    if topics and place:
        code = case.topic.code or figure_words.cut(figure_words.title(chat, case.topic), room // 2)
        named = chat._("{topic}, {place}", topic=code, place=place)
    else:
        named = place or _short(chat, case.topic, room)
    return chat._("{named}: {figure}", named=figure_words.cut(named, room), figure=said)


def _short(chat: Chat, topic: Topic, room: int) -> str:
    """The subject in so much room; its period stays whole, for it tells two of a title apart."""
    whole = figure_words.named(chat, topic)
    span = subjects.period(chat.db, topic)
    if len(whole) <= room or span is None or topic.kind is SubjectKind.INDICATOR:
        return whole
    period = naming.inside(span.title)
    return f"{figure_words.cut(topic.title, room - len(period) - 2)}, {period}"


def _number(chat: Chat, count: int) -> str:
    return numbers.number(count, chat.talk.language)
