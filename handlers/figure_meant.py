"""Which subjects a question about figures means, as they stand: this year's, the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from handlers.figure_terms import Measure, Want
from storage.figures import rows, subjects
from storage.models import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from handlers.chat import Chat
    from handlers.figure_grammar import Question
    from handlers.figure_places import Part
    from storage.figures.subjects import Topic
    from storage.figures.titles import Titles
    from storage.scopes import Scope

# So many subjects are looked at for one that counts anybody of a part.
LOOKED_AT: Final = 12
# Asked of no training in particular, these are asked of all trainings of the year.
_OF_ALL: Final = frozenset(Measure) - {
    Measure.REGISTERED, Measure.UNREGISTERED, Measure.WAITING, Measure.EXCUSED,
}  # fmt: skip
_MANY: Final = (SubjectKind.INDICATOR, SubjectKind.GATHERING)
_DECEMBER: Final = 12


class Meant:
    """The subjects that can be asked for, with their titles, the nearest deadline first."""

    def __init__(
        self, chat: Chat, scope: Scope, topics: dict[int, Topic], known: dict[int, Titles]
    ) -> None:
        self.chat, self.scope, self.topics, self.known = chat, scope, topics, known
        self.today = chat.now.date()

    def of(self, question: Question, parts: Sequence[Part]) -> list[Topic]:
        """Those a question means; where it names none, the nearest of the kind that was asked."""
        named = [self.topics[one] for one in question.topics or question.near]
        if question.times.span:
            return [
                one for one in named or self._all(question) if self._in(question.times.span, one)
            ]
        if named:
            return self._current(named)
        if question.kind in _MANY or question.want is Want.COMPARISON:
            return self._running(question)
        found = self._nearest(question, parts)
        return [found] if found else []

    def _all(self, question: Question) -> list[Topic]:
        """What a year is asked of where nothing was named: its trainings, or its indicators."""
        kind = question.kind or SubjectKind.GATHERING
        found = [one for one in self.topics.values() if one.kind is kind]
        of_all = [one for one in found if one.programme_id is None]
        return of_all if kind is SubjectKind.GATHERING and of_all else found

    def _in(self, span: tuple[date, date], topic: Topic) -> bool:
        """True where the subject belongs to the year: by its period, a course by its last day."""
        title = self.known.get(topic.id)
        if topic.kind is SubjectKind.COURSE or title is None or title.first_day is None:
            return topic.last_day is not None and span[0] <= topic.last_day <= span[1]
        return (title.first_day, title.last_day) == span

    def _current(self, named: list[Topic]) -> list[Topic]:
        """Of periods those that run, and the calendar year before the school year."""
        periodic = [one for one in named if one.kind is not SubjectKind.COURSE]
        running = [one for one in periodic if self._runs(one)] or periodic
        yearly = [one for one in running if self._calendar(one)] or running
        return [one for one in named if one.kind is SubjectKind.COURSE or one in yearly]

    def _runs(self, topic: Topic) -> bool:
        title = self.known.get(topic.id)
        begun = title is None or title.first_day is None or title.first_day <= self.today
        return begun and (topic.last_day is None or topic.last_day >= self.today)

    def _calendar(self, topic: Topic) -> bool:
        title = self.known.get(topic.id)
        return bool(title and title.last_day and title.last_day.month == _DECEMBER)

    def _running(self, question: Question) -> list[Topic]:
        """Indicators, or the trainings of programmes or of all of them, of this calendar year."""
        kind = question.kind or SubjectKind.INDICATOR
        found = self._current([one for one in self.topics.values() if one.kind is kind])
        if kind is SubjectKind.GATHERING:
            found = [one for one in found if (one.programme_id is None) == question.every] or found
        return sorted(found, key=lambda one: (one.code, one.id))

    def _nearest(self, question: Question, parts: Sequence[Part]) -> Topic | None:
        """What is due next and counts anybody of the parts that were named."""
        if self._of_all(question):
            every = self._current(
                [one for one in self.topics.values()
                 if one.kind is SubjectKind.GATHERING and one.programme_id is None]
            )  # fmt: skip
            if found := self._counting(every, parts):
                return found
        nearest = subjects.nearest(self.chat.db, self.scope, self.chat.now)
        first = [nearest] if nearest else []
        pool = [*first, *self.topics.values()]
        if question.kind is SubjectKind.COURSE or question.measure is not None:
            pool = [one for one in pool if one.kind is SubjectKind.COURSE]
        return self._counting(pool, parts) or nearest

    @staticmethod
    def _of_all(question: Question) -> bool:
        plain = question.want is Want.FIGURE and question.kind is None
        return plain and question.measure in _OF_ALL

    def _counting(self, pool: Iterable[Topic], parts: Sequence[Part]) -> Topic | None:
        looked = list(dict.fromkeys(pool))[:LOOKED_AT]
        return next((one for one in looked if any(self._counts(one, p) for p in parts)), None)

    def _counts(self, topic: Topic, part: Part) -> bool:
        row = rows.total(self.chat.db, self.scope, topic.id, part.within)
        return row.count.expected > 0
