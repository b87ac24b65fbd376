"""Notices to officers of communes about their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import dates, naming, report_words
from handlers.routes import router
from storage import scopes
from storage.models import ReportState
from storage.reporting import news, records

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.reporting.records import Due, Record


@router.notice(news.OPENED)
def opened(chat: Chat, owed: Owed) -> Reply | None:
    """The Sở has opened a collection; None where nothing is to be handed in any more."""
    found = _owing(chat, owed)
    if not found:
        return None
    round_ = found[0].round
    words = chat._(
        "The Department collects the reports {title}: before {before}, so the last day is {last}."
        " The figures are filled in; {you} look at them and hand them in here.",
        title=report_words.short(round_.title), before=report_words.before(chat, round_.before),
        last=dates.day(round_.last, chat.talk.language),
    )  # fmt: skip
    return chat.letter(words, (chat._("Open the report"), _opens(found)))


@router.notice(news.ASKED)
def asked(chat: Chat, owed: Owed) -> Reply | None:
    """The Sở asks where the report is."""
    found = _owing(chat, owed)
    if not found:
        return None
    round_ = found[0].round
    words = chat._(
        "The Department has not yet got the report {title} of {unit}. {until}",
        title=report_words.short(round_.title),
        unit=", ".join(naming.inside(one.unit) for one in found[:3]),
        until=report_words.until(chat, round_),
    )
    return chat.letter(words, (chat._("Open the report"), _opens(found)))


def _owing(chat: Chat, owed: Owed) -> list[Due]:
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    found = records.due(chat.db, scope) if scope else []
    return [
        one
        for one in found
        if one.round.id == owed.subject_id
        and one.state not in records.HANDED_IN
        and not (one.former and one.state is None)
    ]


def _opens(found: list[Due]) -> str:
    one = found[0]
    return f"report-in {one.round.id} {one.unit_id}" if len(found) == 1 else "report-desk"


@router.notice(news.SENT_BACK)
def sent_back(chat: Chat, owed: Owed) -> Reply | None:
    """The Sở sent it back; None where it has been handed in again."""
    record = _record(chat, owed, ReportState.SENT_BACK)
    if record is None:
        return None
    words = chat._(
        "The Department sends the report {report} back: {why}",
        report=report_words.name(chat, record),
        why=report_words.short(record.why_back, report_words.READ - 2 * report_words.TITLE),
    )
    return chat.letter(words, (chat._("Correct the report"), f"report-of {record.id}"))


@router.notice(news.ACCEPTED)
def accepted(chat: Chat, owed: Owed) -> Reply | None:
    """The Sở accepted it; None where it has its number, or was sent back after all."""
    record = _record(chat, owed, ReportState.ACCEPTED)
    if record is None:
        return None
    words = chat._(
        "The Department accepts the report {report}. Once it is signed, please enter its number"
        " here.",
        report=report_words.name(chat, record),
    )
    return chat.letter(
        words,
        (chat._("Enter the official number"), f"report-number {record.id}"),
        (chat._("As a Word file"), f"report-word {record.id} {record.version}"),
    )


def _record(chat: Chat, owed: Owed, state: ReportState) -> Record | None:
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return None
    try:
        record = records.get(chat.db, scope, owed.subject_id)
    except PermissionError:
        return None
    current = record.version == owed.data.get("version") and record.state is state
    return record if current else None
