"""Where figures stand against target, deadline and the period before, and where they are going."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import completions, dates, figure_words, numbers
from handlers.figure_asked import Measure, scope_of
from handlers.figure_ways import seen
from handlers.router import BadArgument
from handlers.routes import router
from storage.figures import comparison, forecast, rows, subjects
from storage.models import SubjectKind

if TYPE_CHECKING:
    from datetime import date

    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from handlers.message import Reply
    from storage.figures.comparison import Compared
    from storage.figures.counts import Count
    from storage.figures.forecast import Forecast
    from storage.figures.subjects import Topic
    from storage.scopes import Scope


def missing(chat: Chat, asked: Asked, count: Count) -> str:
    """How many have not; "" where the target says it, which is everybody."""
    people = count.expected - figure_words.measured(count, asked.measure)
    day = asked.day or chat.now.date()
    if people <= 0 or subjects.target(chat.db, asked.topic, day) == 1:
        return ""
    said = numbers.number(people, chat.talk.language)
    if asked.topic.kind is SubjectKind.INDICATOR:
        return chat._("Not reached by {count} people.", count=said)
    if asked.measure is Measure.REGISTERED:
        return chat._("Not registered: {count} people.", count=said)
    return chat._("Not completed: {count} people.", count=said)


def target(chat: Chat, asked: Asked, count: Count) -> str:
    """The target, and how many more it takes; "" where there is none."""
    share = subjects.target(chat.db, asked.topic, asked.day or chat.now.date())
    if share is None or not count.expected:
        return ""
    said = figure_words.percent(chat, share)
    gap = comparison.against(count, share)
    if not gap:
        return chat._("The target of {target} is reached.", target=said)
    return chat._("Target {target}: {count} more are needed.", target=said,
                  count=numbers.number(gap, chat.talk.language))  # fmt: skip


def deadline(chat: Chat, topic: Topic) -> str:
    """What comes next, or came last: the end of registration, the last day."""
    today = chat.now.date()
    day = topic.deadline(today)
    if day is None:
        return ""
    said = dates.day(day, chat.talk.language)
    if day < today:
        return chat._("It ended on {day}.", day=said)
    if topic.kind is SubjectKind.COURSE and day == topic.closes_on:
        return chat._("Registration until {day}.", day=said)
    if topic.kind is SubjectKind.COURSE:
        return chat._("The last session is on {day}.", day=said)
    return chat._("To be done by {day}.", day=said)


def pace(chat: Chat, scope: Scope, asked: Asked) -> str:
    """Where it gets to by the deadline as it goes now; "" where too little is known."""
    if asked.day:
        return ""
    found = forecast.line(chat.db, scope, asked.topic, asked.within, chat.now)
    return _ahead(chat, found) if found else ""


def _ahead(chat: Chat, found: Forecast) -> str:
    language = chat.talk.language
    by = _short(found.deadline, language)
    share = figure_words.figure(chat, found.at_deadline, found.expected)
    if found.in_time and found.reached_on:
        return chat._("At this pace it is reached on {day}.",
                      day=dates.short_day(found.reached_on, language))  # fmt: skip
    return chat._("At this pace: {figure} by {day}, less than what is asked for.", figure=share,
                  day=by)  # fmt: skip


# Compared


@router.action("figure-vs")
def compared(chat: Chat, *asked: str) -> Reply:
    """The figures beside those of the period before, and beside the target."""
    one = replace(seen(chat, *asked), page=0)
    scope = scope_of(chat)
    if scope is None:
        raise BadArgument("no officer")
    day = one.day or chat.now.date()
    whole = rows.total(chat.db, scope, one.topic.id, one.within, one.day)
    name = rows.label(chat.db, scope, one.within) or "" if one.within else ""
    found = comparison.periods(chat.db, scope, one.topic, one.within, day)
    known = found is not None and found.before.expected > 0
    turns = _turns(chat, scope, one, whole.count)
    lines = [
        figure_words.headline(chat, one, whole.count, whole.declared),
        figure_words.place(chat, name, one.within.view) if one.within else "",
        figure_words.title(chat, one.topic),
        _steps(chat, one, whole.count),
        target(chat, one, whole.count) or missing(chat, one, whole.count),
        *(before(chat, found) if found and known else [_nothing_before(chat, one.topic)]),
        pace(chat, scope, one),
        turns,
        figure_words.as_of(chat, one, by=False),
        figure_words.source(chat, one),
        figure_words.part_of(chat, scope),
    ]
    if not figure_words.fits(lines):
        # Of all that is said here it is missed least.
        lines.remove(turns)
    return chat.screen(
        figure_words.fitting(lines, 2),
        (chat._("As of another day"), one.action("figure-day")),
        (chat._("By unit"), one.action()),
        back=chat.back(one.action("figure-more")),
    )


def _steps(chat: Chat, asked: Asked, count: Count) -> str:
    """From being meant to having completed, of a training."""
    if asked.topic.kind is not SubjectKind.COURSE or not count.expected:
        return ""
    said = {
        name: numbers.number(value, chat.talk.language)
        for name, value in (
            ("expected", count.expected), ("registered", count.registered),
            ("attended", count.attended), ("completed", count.completed),
        )
    }  # fmt: skip
    return chat._("Of {expected}: registered {registered}, attended {attended}, completed"
                  " {completed}.", **said)  # fmt: skip


def before(chat: Chat, found: Compared) -> list[str]:
    """The same day of the period before, and by how much the share has changed since."""
    language = chat.talk.language
    then = figure_words.figure(chat, found.before.completed, found.before.expected)
    lines = [
        chat._("{period}, on {day}: {figure}.", period=found.period_before.title,
               day=_short(found.day_before, language), figure=then)
    ]  # fmt: skip
    change = _change(found)
    if change is None:
        return lines
    points = completions.decimal(abs(change), 10, language)
    if change > 0:
        return [*lines, chat._("That is {points} points more now.", points=points)]
    if change < 0:
        return [*lines, chat._("That is {points} points less now.", points=points)]
    return [*lines, chat._("The share is the same now.")]


def _short(day: date, language: str) -> str:
    return dates.short_day(day, language) if language == "en" else f"{day:%d/%m/%Y}"


def _change(found: Compared) -> int | None:
    """The change of the share in tenths of a point; None where one of them has no share."""
    this, then = found.this, found.before
    if not this.expected or not then.expected:
        return None
    return round(1000 * (this.completed / this.expected - then.completed / then.expected))


def _nothing_before(chat: Chat, topic: Topic) -> str:
    if topic.kind is SubjectKind.COURSE:
        return ""
    return chat._("Of the period before nothing was counted.")


def _turns(chat: Chat, scope: Scope, asked: Asked, count: Count) -> str:
    """Of a gathering how many completions there are, as people may have several."""
    if asked.topic.kind is not SubjectKind.GATHERING:
        return ""
    turns = rows.turns(chat.db, scope, asked.topic, asked.within, asked.day)
    if turns.completed <= count.completed:
        return ""
    return chat._("Completions, with people who have several: {count}.",
                  count=numbers.number(turns.completed, chat.talk.language))  # fmt: skip
