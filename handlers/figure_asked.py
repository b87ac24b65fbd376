"""What figures somebody asks for, and how a choice carries it: at most 50 bytes of ids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from handlers.router import BadArgument, number
from storage import principals, scopes
from storage.figures import subjects
from storage.models import SubjectKind
from storage.statistics import View, Within

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.figures.subjects import Topic
    from storage.scopes import Scope

ANY: Final = "-"
DAY: Final = "%y%m%d"
# Subject, view, page, the part's view and unit, day, measure.
_LEFT_OUT: Final = ("", ANY, "0", ANY, "0", ANY, ANY)
_LETTERS: Final = {view.value[0]: view for view in View}


class Measure(StrEnum):
    """Which part of the expected is said on a line."""

    REGISTERED = "r"
    ATTENDED = "a"
    COMPLETED = "c"


@dataclass(frozen=True, slots=True)
class Asked:
    """Figures of a subject by a view, in the whole scope or one row of a view.

    `day` None is now; else the figures as they were at the end of that day.
    """

    topic: Topic
    view: View
    within: Within | None = None
    day: date | None = None
    measure: Measure = Measure.COMPLETED
    page: int = 0

    def action(self, name: str = "figure", **other: Any) -> str:
        """The choice that asks for this, or for what differs from it in the fields of `other`."""
        one = replace(self, **other) if other else self
        day = one.day.strftime(DAY) if one.day else ANY
        view = one.view.value[0]
        return f"{name} {one.topic.id} {view} {one.page} {coded(one.within)} {day} {one.measure}"

    @property
    def school(self) -> int | None:
        """The school that is asked for, where it is one."""
        return self.within.id if self.within and self.within.view is View.SCHOOL else None


def read(chat: Chat, *asked: str) -> Asked:
    """What a choice asks for: its arguments in the order of `Asked.action`, the last ones left out.

    Raises BadArgument where they name nothing.
    """
    if not 0 < len(asked) <= len(_LEFT_OUT):
        raise BadArgument(" ".join(asked))
    subject_id, view, page, of, unit, day, measure = (*asked, *_LEFT_OUT[len(asked) :])
    topic = subjects.get(chat.db, number(subject_id))
    if topic is None:
        raise BadArgument(subject_id)
    within = part(of, unit)
    by = None if view == ANY else view_named(view)
    found = replace(
        asked_for(chat, topic, by, within, day_named(day, chat.now.date())), page=number(page)
    )
    return found if measure == ANY else replace(found, measure=measure_named(topic, measure))


def asked_for(
    chat: Chat, topic: Topic, view: View | None, within: Within | None, day: date | None
) -> Asked:
    """What is shown of a subject where no more was said."""
    return Asked(
        topic,
        view or _usual_view(scope_of(chat), within),
        within,
        day,
        usual(topic, day or chat.now.date()),
    )


def usual(topic: Topic, day: date) -> Measure:
    """Nobody can have completed a training that is not over: its seats are counted till then."""
    ahead = topic.kind is SubjectKind.COURSE and (topic.last_day is None or day <= topic.last_day)
    return Measure.REGISTERED if ahead else Measure.COMPLETED


def part(of: str, unit: str) -> Within | None:
    """The row of a view a choice names, None for all there is; raises BadArgument for no view."""
    return None if of == ANY else Within(view_named(of), number(unit) or None)


def coded(within: Within | None) -> str:
    """A part as two arguments of a choice, which `part` reads."""
    return f"{within.view.value[0]} {within.id or 0}" if within else f"{ANY} 0"


def view_named(text: str) -> View:
    """A view by its name or its first letter; raises BadArgument for anything else."""
    try:
        return _LETTERS.get(text) or View(text)
    except ValueError as error:
        raise BadArgument(text) from error


def scope_of(chat: Chat) -> Scope | None:
    """The scope of whoever asks; None for all but officers."""
    return scopes.of(chat.db, chat.me.id, chat.now.date())


def own_schools(chat: Chat) -> list[int]:
    """The schools whose principal asks."""
    return principals.schools(chat.db, chat.me.id, chat.now.date())


def may_ask(chat: Chat) -> bool:
    """True for officers and principals."""
    return scope_of(chat) is not None or bool(own_schools(chat))


def _usual_view(scope: Scope | None, within: Within | None) -> View:
    if within:
        return View.DISTRICT if within.view is View.PROVINCE else View.SCHOOL
    return View.DISTRICT if scope and scope.provincial else View.SCHOOL


def day_named(text: str, today: date) -> date | None:
    """A day by its six digits, None for today; raises BadArgument for one to come."""
    if text == ANY:
        return None
    try:
        day = datetime.strptime(text, DAY).date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise BadArgument(text) from error
    if day > today:
        raise BadArgument(text)
    return day if day < today else None


def measure_named(topic: Topic, text: str) -> Measure:
    """A measure by its letter, fitting the subject; raises BadArgument for anything else."""
    try:
        measure = Measure(text)
    except ValueError as error:
        raise BadArgument(text) from error
    return fitting(topic, measure)


def fitting(topic: Topic, measure: Measure) -> Measure:
    """The measure, where the subject has it: nobody registers for an indicator."""
    match topic.kind:
        case SubjectKind.COURSE:
            return measure
        case SubjectKind.GATHERING:
            return Measure.COMPLETED if measure is Measure.REGISTERED else measure
        case SubjectKind.INDICATOR:
            return Measure.COMPLETED
