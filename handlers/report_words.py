"""How reports read: their states, their figures, and the day until which they are awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates
from handlers.figure_words import cut
from handlers.naming import inside
from handlers.numbers import share
from storage.models import ReportState, Stated, SubjectKind
from storage.reporting.texts import Section

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from handlers.chat import Chat
    from storage.reporting.collections import Round
    from storage.reporting.lines import Line
    from storage.reporting.records import Record

# Characters of a title or a reason inside a sentence, and of a page of a long text.
TITLE, SAID, READ = 60, 90, 260


def state(chat: Chat, found: ReportState | None) -> str:
    """The state of a report, as it stands after its unit."""
    match found:
        case None:
            return chat._("not opened")
        case ReportState.BEGUN:
            return chat._("in progress")
        case ReportState.SUBMITTED:
            return chat._("handed in")
        case ReportState.SENT_BACK:
            return chat._("sent back")
        case ReportState.ACCEPTED:
            return chat._("accepted")
        case ReportState.NUMBERED:
            return chat._("has its official number")
        case _:
            assert_never(found)


def name(chat: Chat, record: Record) -> str:
    """A report inside a sentence: "Năm 2026, xã Tuy Đức"; a unit that is no more is marked."""
    unit = inside(record.unit)
    if record.former:
        unit = chat._("{unit} (former)", unit=unit)
    return f"{short(record.round.title)}, {unit}"


def until(chat: Chat, round_: Round) -> str:
    """The last safe day, and that it is over where it is."""
    last = dates.day(round_.last, chat.talk.language)
    if round_.closed_at is not None:
        return chat._("The collection has ended.")
    if chat.now.date() > round_.last:
        return chat._("The last day was {last}.", last=last)
    return chat._("The last day is {last}.", last=last)


def before(chat: Chat, day: date) -> str:
    """The day in "before 15/12", as letters write it."""
    return dates.short_day(day, "en") if chat.talk.language == "en" else f"{day:%d/%m}"


def short(words: str, most: int = TITLE) -> str:
    """Words inside a sentence, cut where they are too long."""
    return cut(" ".join(words.split()), most)


def amount(chat: Chat, completed: int, expected: int) -> str:
    """A figure as one reads it: "12/14 · 85,7%"; of nobody there is no share: "0/0"."""
    return share(completed, expected, chat.talk.language)


def called(chat: Chat, line: Line) -> str:
    """What a figure is called on a line: "KPI1", "L12", or the whole."""
    return line.code or chat._("All")


def title(chat: Chat, line: Line) -> str:
    """The same in full."""
    if line.kind is SubjectKind.GATHERING:
        whole = chat._("All trainings of the period together, each person once")
        return f"{whole}: {short(line.title)}" if line.title else whole
    return f"{line.code} {short(line.title)}"


def stated(chat: Chat, line: Line) -> str:
    """What the commune says of a figure, in a word; "" where it has said nothing yet."""
    match line.stated:
        case Stated.UNSEEN:
            return ""
        case Stated.RIGHT:
            return chat._("right")
        case Stated.CORRECTED:
            return chat._("corrected")
        case Stated.DECLARED:
            return chat._("declared")
        case _:
            assert_never(line.stated)


def on_line(chat: Chat, line: Line) -> str:
    """A figure on a choice: "KPI1 12/14 · 85,7% đúng"."""
    parts = (called(chat, line), amount(chat, line.completed, line.expected), stated(chat, line))
    return " ".join(part for part in parts if part)


def section(chat: Chat, which: Section) -> str:
    """The name of a text."""
    match which:
        case Section.DIFFICULTIES:
            return chat._("Difficulties")
        case Section.PROPOSALS:
            return chat._("Proposals")
        case _:
            assert_never(which)


def pages(text: str, most: int = READ) -> Iterator[str]:
    """A long text in parts, cut between words where that is possible."""
    rest = text
    while len(rest) > most:
        at = max(rest.rfind(" ", 1, most), rest.rfind("\n", 1, most))
        at = at if at > 0 else most
        yield rest[:at].strip()
        rest = rest[at:].strip()
    yield rest
