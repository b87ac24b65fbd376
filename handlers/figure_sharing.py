"""“Bản gửi nhóm Zalo” of figures: at most 300 characters, one unit, no names, no small counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, figure_words
from handlers.figure_asked import Measure, scope_of
from handlers.figure_school import school_row
from handlers.figure_ways import seen
from handlers.forwarding import FEW, LONGEST
from handlers.numbers import number as spoken
from handlers.routes import router
from storage.figures import rows
from storage.models import SubjectKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from handlers.message import Reply
    from storage.figures.counts import Count


@router.action("figure-copy")
def copy(chat: Chat, *asked: str) -> Reply:
    """A text for a group about one unit: never a list of units, which would rank them."""
    one = seen(chat, *asked)
    place, count = _place(chat, one)
    return chat.screen(text(chat, one, place, count))


@router.action("lacking-copy")
def of_before(chat: Chat, course_id: str, school_id: str) -> Reply:
    """What buttons of before led to: first the school's figures, which lead on."""
    return chat.go(f"lacking {course_id} {school_id}")


def _place(chat: Chat, asked: Asked) -> tuple[str, Count]:
    if asked.school is not None:
        row = school_row(chat, asked)
        return row.name, row.count
    scope = scope_of(chat)
    if scope is None:
        raise PermissionError("Only officers see more than a school.")
    count = rows.total(chat.db, scope, asked.topic.id, asked.within, asked.day).count
    if asked.within:
        name = rows.label(chat.db, scope, asked.within) or ""
        return figure_words.place(chat, name, asked.within.view), count
    return ", ".join(reach.unit for reach in scope.reaches), count


def text(chat: Chat, asked: Asked, place: str, count: Count) -> str:
    """The text itself; its last line is what the assistant never asks for."""
    never = chat._("The assistant never asks for passwords, OTPs, ID cards or money.")
    below = [*_deadline(chat, asked), *_how(chat, asked), never]
    first = "\n".join([f"{place}: {_said(chat, asked, count)}", *below])
    named = figure_words.named(chat, asked.topic)
    room = LONGEST - len(first) - 1
    title = figure_words.cut(named, room) if room >= figure_words.LEAST else ""
    return f"{title}\n{first}" if title else first


def _said(chat: Chat, asked: Asked, count: Count) -> str:
    """How it stands, without a number by which one would know who is meant."""
    done = figure_words.measured(count, asked.measure)
    missing = count.expected - done
    if not count.expected:
        return chat._("nobody is meant.")
    if count.expected < FEW:
        return chat._("too few people to say a figure.")
    if not missing or missing < FEW or 0 < done < FEW:
        return _vaguely(chat, asked, missing)
    return _counted(chat, asked, done, count.expected)


def _vaguely(chat: Chat, asked: Asked, missing: int) -> str:
    """All, nearly all, or a few."""
    if asked.measure is Measure.REGISTERED:
        if not missing:
            return chat._("everybody has registered.")
        if missing < FEW:
            return chat._("nearly everybody has registered, some people have not yet.")
        return chat._("some people have registered, most have not yet.")
    if not missing:
        return chat._("everybody has done it.")
    if missing < FEW:
        return chat._("nearly everybody has done it, some people have not yet.")
    return chat._("some people have done it, most have not yet.")


def _counted(chat: Chat, asked: Asked, done: int, expected: int) -> str:
    language = chat.talk.language
    fields = {
        "figure": figure_words.figure(chat, done, expected),
        "missing": spoken(expected - done, language),
        "day": dates.short_day(asked.day or chat.now.date(), language),
    }
    if asked.topic.kind is SubjectKind.INDICATOR:
        return chat._("{figure} reach it as of {day}; {missing} people do not yet.", **fields)
    match asked.measure:
        case Measure.REGISTERED:
            return chat._("{figure} have registered as of {day}; {missing} people have not yet.",
                          **fields)  # fmt: skip
        case Measure.ATTENDED:
            return chat._("{figure} have attended as of {day}; {missing} people have not yet.",
                          **fields)  # fmt: skip
        case Measure.COMPLETED:
            return chat._("{figure} have completed as of {day}; {missing} people have not yet.",
                          **fields)  # fmt: skip
        case _:
            assert_never(asked.measure)


def _deadline(chat: Chat, asked: Asked) -> list[str]:
    """Until when, where that is still to come."""
    day = asked.topic.deadline(chat.now.date())
    if day is None or day < chat.now.date():
        return []
    said = dates.day(day, chat.talk.language)
    if asked.measure is Measure.REGISTERED and day == asked.topic.closes_on:
        return [chat._("Register until {day}", day=said)]
    return [chat._("To be done by {day}.", day=said)]


def _how(chat: Chat, asked: Asked) -> list[str]:
    if asked.topic.kind is not SubjectKind.COURSE:
        return []
    return [chat._("To know more, write to the assistant: {code}", code=asked.topic.code)]
