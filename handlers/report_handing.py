"""Handing a report in, and the number of the signed paper once it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, report_words
from handlers.report_desk import officer, wanted
from handlers.router import number
from handlers.routes import router
from storage.models import ReportState, Stated
from storage.reporting import records, submitting
from storage.reporting.submitting import Outcome
from storage.reporting.texts import Section

if TYPE_CHECKING:
    from datetime import date

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.drafts import Draft

NUMBER, DAY = "report number", "report number day"


@router.action("report-submit")
def ask(chat: Chat, report_id: str) -> Reply:
    """What is handed in; or what is missing still, with the way to it."""
    _, draft = wanted(chat, report_id)
    record = draft.record
    if not record.editable:
        return chat.go(f"report-of {record.id}")
    if not draft.complete:
        return _missing(chat, draft)
    return _sure(chat, draft)


def _missing(chat: Chat, draft: Draft) -> Reply:
    record, choices = draft.record, list[tuple[str, str]]()
    if draft.unseen:
        label = chat._("Figures to be looked at: {count}", count=len(draft.unseen))
        choices.append((label, f"report-figures {record.id} 0"))
    if not record.difficulties:
        choices.append((report_words.section(chat, Section.DIFFICULTIES),
                        f"report-text {record.id} {Section.DIFFICULTIES}"))  # fmt: skip
    if not record.proposals:
        choices.append((report_words.section(chat, Section.PROPOSALS),
                        f"report-text {record.id} {Section.PROPOSALS}"))  # fmt: skip
    return chat.screen(
        chat._("The report {report} cannot be handed in yet. Still missing:",
               report=report_words.name(chat, record)),
        *choices, back=chat.back(f"report-of {record.id}"),
    )  # fmt: skip


def _sure(chat: Chat, draft: Draft, first: str = "") -> Reply:
    record = draft.record
    said = [line.stated for line in draft.lines]
    words = chat._(
        "Hand in the report {report}? Figures: {count}; right {right}, corrected {corrected},"
        " declared {declared}. After that it changes only if the Department sends it back.",
        report=report_words.name(chat, record), count=len(said), right=said.count(Stated.RIGHT),
        corrected=said.count(Stated.CORRECTED), declared=said.count(Stated.DECLARED),
    )  # fmt: skip
    return chat.screen(
        f"{first}\n{words}".strip(),
        (chat._("Hand it in"), f"report-hand-in {record.id} {draft.mark}"),
        back=chat.back(f"report-of {record.id}"),
    )


@router.action("report-hand-in", instead="report-submit")
def hand_in(chat: Chat, report_id: str, mark: str = "") -> Reply:
    """Freeze it as it was shown."""
    scope, draft = wanted(chat, report_id)
    record = draft.record
    done = submitting.submit(chat.db, scope, record.id, mark, chat.now)
    match done.outcome:
        case Outcome.DONE:
            return _handed_in(chat, report_id, done.version)
        case Outcome.MOVED:
            return chat.screen(
                chat._("Not handed in: {count} figures are counted otherwise since they were looked"
                       " at. Please look at them again.", count=done.moved),
                (chat._("Figures to be looked at: {count}", count=done.moved),
                 f"report-figures {record.id} 0"),
                back=chat.back(f"report-of {record.id}"),
            )  # fmt: skip
        case Outcome.CHANGED:
            return _sure(chat, draft, chat._("Somebody has just changed the report."))
        case Outcome.UNANSWERED:
            return _missing(chat, draft)
        case Outcome.NOT_NOW | Outcome.NUMBERED:
            return chat.go(f"report-of {record.id}")
        case _:
            assert_never(done.outcome)


def _handed_in(chat: Chat, report_id: str, version: int) -> Reply:
    _, draft = wanted(chat, report_id)
    record = draft.record
    return chat.screen(
        chat._("The report {report} is handed in, version {version}. The Department will accept it"
               " or send it back, and the assistant will say so.",
               report=report_words.name(chat, record), version=version),
        (chat._("As a Word file"), f"report-word {record.id} {version}"),
        (chat._("See the report"), f"report-of {record.id}"),
        back=chat.back("work"),
    )  # fmt: skip


# The official number


@router.action("report-number")
def ask_number(chat: Chat, report_id: str) -> Reply:
    """The number of the signed paper."""
    record = records.get(chat.db, officer(chat), number(report_id))
    if record.state not in (ReportState.ACCEPTED, ReportState.NUMBERED):
        return chat.go(f"report-of {record.id}")
    chat.begin(report=record.id)
    return chat.ask(
        chat._("Report {report}: please write the number of the signed paper, for example"
               " 12/BC-UBND", report=report_words.name(chat, record)),
        NUMBER,
        back=f"report-of {record.id}",
    )  # fmt: skip


@router.step(NUMBER)
def take_number(chat: Chat) -> Reply:
    """Its form is checked; then its day."""
    record = records.get(chat.db, officer(chat), number(str(chat.form.get("report", ""))))
    official = submitting.official(chat.text)
    if official is None:
        return chat.again(
            chat._("This is no number of a report. It looks like 12/BC-UBND: the number, a stroke,"
                   " BC, a hyphen, who issued it.")
        )  # fmt: skip
    chat.form["number"] = official
    return chat.ask(
        chat._("Which day is on the paper {number}? For example 10/12/2026", number=official),
        DAY,
        (chat._("Today"), f"report-numbered {record.id}"),
        back=f"report-of {record.id}",
    )


@router.step(DAY)
def take_day(chat: Chat) -> Reply:
    """The day that stands on the paper: not one to come."""
    today = chat.now.date()
    day = dates.past(chat.text, today)
    # A paper of an earlier year than the last is a slip.
    if day is None or day > today or day.year < today.year - 1:
        return chat.again(chat._("Please write the day on the paper, today or before."))
    return _numbered(chat, day)


@router.action("report-numbered", instead="report-of")
def today(chat: Chat, report_id: str) -> Reply:
    """The paper is of today."""
    if number(report_id) != chat.form.get("report"):
        return chat.go(f"report-of {number(report_id)}")
    return _numbered(chat, chat.now.date())


def _numbered(chat: Chat, day: date) -> Reply:
    scope, report_id = officer(chat), number(str(chat.form.get("report", "")))
    official = submitting.official(str(chat.form.get("number", "")))
    if official is None:
        return chat.go(f"report-number {report_id}")
    submitting.enter_number(chat.db, scope, report_id, official, day, chat.now)
    return chat.go(f"report-of {report_id}")
