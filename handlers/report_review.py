"""Reports that were handed in, as the Sở takes them: accepted or sent back, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import relays, report_words
from handlers.report_desk import officer, wanted
from handlers.router import BadArgument, number
from handlers.routes import router
from storage.models import ReportState
from storage.reporting import collections, records, status, submitting
from storage.reporting.submitting import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.records import Record

STEP = "report back"
# Characters of a reason.
LONGEST = 500


@router.action("report-next")
def next_(chat: Chat, collection_id: str) -> Reply:
    """The report that waits longest; once there is none, the collection."""
    scope = officer(chat)
    found = status.next_waiting(chat.db, scope, number(collection_id))
    return chat.go(f"collection {collection_id}" if found is None else f"report-of {found}")


def _led(chat: Chat, report_id: str) -> Record:
    scope = officer(chat)
    record = records.get(chat.db, scope, number(report_id))
    if not collections.leads(scope, record.round.path):
        raise BadArgument(report_id)
    return record


@router.action("report-accept", instead="report-of")
def accept(chat: Chat, report_id: str, version: str = "0", *_: str) -> Reply:
    """Take it, and go on with the next."""
    record = _led(chat, report_id)
    outcome = submitting.accept(chat.db, officer(chat), record.id, number(version), chat.now)
    if outcome is not Outcome.DONE:
        return chat.go(f"report-of {record.id}")
    return _onward(
        chat, record, chat._("Accepted: {report}.", report=report_words.name(chat, record))
    )


@router.action("report-back")
def ask_back(chat: Chat, report_id: str, version: str = "0") -> Reply:
    """Why it is sent back."""
    record = _led(chat, report_id)
    if record.state is ReportState.NUMBERED:
        return chat.go(f"report-of {record.id}")
    chat.begin(report=record.id, version=number(version))
    return chat.ask(
        chat._("Send the report {report} back: what has to be changed? Please write at most {most}"
               " characters; the commune reads them.", report=report_words.name(chat, record),
               most=LONGEST),
        STEP,
        back=f"report-of {record.id}",
    )  # fmt: skip


@router.step(STEP)
def back(chat: Chat) -> Reply:
    """Send it back with the reason."""
    record = _led(chat, str(chat.form.get("report", "")))
    if trouble := relays.unfit(chat, LONGEST):
        return chat.again(trouble)
    version = int(chat.form.get("version", 0))
    outcome = submitting.send_back(chat.db, officer(chat), record.id, version, chat.text, chat.now)
    name = report_words.name(chat, record)
    match outcome:
        case Outcome.DONE:
            return _onward(chat, record, chat._("Sent back: {report}.", report=name))
        case Outcome.NUMBERED:
            return chat.screen(
                chat._("The report {report} has its official number and is no longer sent back.",
                       report=name),
                back=chat.back(f"report-of {record.id}"),
            )  # fmt: skip
        case Outcome.NOT_NOW | Outcome.CHANGED | Outcome.UNANSWERED | Outcome.MOVED:
            return chat.go(f"report-of {record.id}")
        case _:
            assert_never(outcome)


def _onward(chat: Chat, record: Record, said: str) -> Reply:
    """What was done, and the next report that waits."""
    scope, _ = wanted(chat, str(record.id))
    waiting = dict(status.waiting(chat.db, scope)).get(record.round.id, 0)
    more = (
        [(chat._("The next one: {count} wait", count=waiting), f"report-next {record.round.id}")]
        if waiting
        else []
    )
    return chat.screen(
        said,
        *more,
        (chat._("The collection"), f"collection {record.round.id}"),
        back=chat.back("work"),
    )
