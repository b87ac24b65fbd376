"""The figures somebody asked to have as a picture or a book, with what has to stand beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, assert_never

from handlers import dates, figure_asked, figure_words, numbers
from handlers.figure_asked import ANY, Measure
from handlers.naming import inside
from handlers.text import say
from storage import scopes
from storage.figures import rows, subjects
from storage.models import Called, SubjectKind
from storage.statistics import View

if TYPE_CHECKING:
    from fractions import Fraction

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.figures.counts import Count
    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import Within


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, within the rights of whoever asked; `day` None is `now` (local).

    `part` names the unit that is meant, "" for all of the scope; `period` is its title.
    """

    scope: Scope
    topic: Topic
    view: View
    within: Within | None
    part: str
    period: str
    day: date | None
    now: datetime
    measure: Measure
    target: Fraction | None

    @property
    def as_of(self) -> date:
        """The day of the figures."""
        return self.day or self.now.date()

    @property
    def name(self) -> str:
        """What is counted: "L12 · Sơ cứu", "KPI1 · …, năm 2026"."""
        title = self.topic.title or _("All trainings")
        period = f"{self.period[:1].lower()}{self.period[1:]}"
        whole = f"{title}, {period}" if period else title
        return f"{self.topic.code} · {whole}" if self.topic.code else whole

    @property
    def place(self) -> str:
        """Where it is counted: one unit, or all that the officer answers for."""
        if self.part:
            return self.part
        units = ", ".join(inside(reach.unit) for reach in self.scope.reaches if reach.unit)
        return units[:1].upper() + units[1:]

    def done(self, count: Count) -> int:
        """The part of those expected that is shown."""
        return figure_words.measured(count, self.measure)


def read(db: Connection, request: Request, now: datetime) -> Wanted:
    """What was asked for; LookupError where it is not theirs, or names nothing."""
    scope = scopes.of(db, request.person_id, now.date())
    topic = subjects.get(db, int(request.asked["subject"]))
    if scope is None or topic is None:
        raise LookupError(request.id)
    try:
        view, within, day = _chosen(request.asked, now.date())
        measure = request.asked.get("measure", ANY)
        shown = (
            figure_asked.usual(topic, day or now.date())
            if measure == ANY
            else figure_asked.measure_named(topic, measure)
        )
    except ValueError as error:
        raise LookupError(request.id) from error
    part = rows.label(db, scope, within) if within else ""
    if part is None:
        raise LookupError(request.id)
    span = subjects.period(db, topic)
    return Wanted(
        scope, topic, view, within, part or (_("No former unit") if within else ""),
        span.title if span else "", day, now, shown,
        subjects.target(db, topic, day or now.date()),
    )  # fmt: skip


def _chosen(asked: dict[str, Any], today: date) -> tuple[View, Within | None, date | None]:
    within = figure_asked.part(asked.get("of", ANY), str(asked.get("unit", 0)))
    day = figure_asked.day_named(asked.get("day", ANY), today)
    return figure_asked.view_named(asked["view"]), within, day


# Words that every file of figures says. Files go from hand to hand: the language of the place.


def figure(done: int, expected: int) -> str:
    """12/14 · 85,7%; of nobody there is no percentage."""
    return numbers.share(done, expected) if expected else _("nobody is meant")


def what(wanted: Wanted) -> str:
    """What is counted of those expected: "Hoàn thành", "Đăng ký", "Đạt chỉ tiêu"."""
    if wanted.topic.kind is SubjectKind.INDICATOR:
        return _("Reach the indicator")
    match wanted.measure:
        case Measure.REGISTERED:
            return _("Registered")
        case Measure.ATTENDED:
            return _("Attended any session")
        case Measure.COMPLETED:
            return _("Completed the training")
        case _:
            assert_never(wanted.measure)


def gathered(view: View) -> str:
    """How rows are gathered: "theo xã, phường"."""
    match view:
        case View.COMMUNE:
            return _("by commune of today")
        case View.DISTRICT:
            return _("by former district")
        case View.PROVINCE:
            return _("by former province")
        case View.SCHOOL:
            return _("by school")
        case _:
            assert_never(view)


def counted(wanted: Wanted) -> list[tuple[str, str]]:
    """(What, how) of the day, of the denominator and of the source: a line each."""
    moment = dates.day(wanted.as_of)
    if wanted.day is None:
        moment = dates.moment(wanted.now)
    if wanted.topic.kind is SubjectKind.INDICATOR:
        base = _("whom the indicator is about and who are at work; neither leavers nor people on"
                 " long leave")  # fmt: skip
        source = _("staff lists and verified files on the training assistant")
    else:
        base = _("whom the training is meant for and who are at work; neither leavers nor people on"
                 " long leave")  # fmt: skip
        source = _("staff lists, registrations, attendance and results on the training assistant")
    return [(_("As of"), moment), (_("Counted against"), base), (_("Source"), source)]


def _(sentence: str, **fields: object) -> str:
    return say("vi", Called.ANH_CHI, sentence, **fields)
