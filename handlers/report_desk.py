"""`báo cáo`: the yearly report of a commune, from what is filled in to the official number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import dates, naming, report_words
from handlers.message import EXPORT, Document
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import exports, scopes
from storage.models import ReportState
from storage.reporting import collections, communes, drafts, records, status
from storage.reporting.drafts import Draft
from storage.reporting.texts import Section

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.records import Due, Record
    from storage.scopes import Scope

router.command(
    "report-desk", "baocao", "report",
    words=("bao cao", "bao cao nam", "nop bao cao", "lam bao cao", "thu bao cao", "yearly report"),
)  # fmt: skip

WORD = "report word"
# Reports on one screen, and on the screen of the day's work.
SHOWN, ON_WORK = 6, 2


def officer(chat: Chat) -> Scope:
    """The scope of whoever speaks; BadArgument for whoever is no officer."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise BadArgument("no officer")
    return scope


def wanted(chat: Chat, report_id: str) -> tuple[Scope, Draft]:
    """A report of the officer's, with its figures as they are now."""
    scope = officer(chat)
    return scope, drafts.open_(chat.db, scope, number(report_id))


@router.action("report-desk")
def desk(chat: Chat) -> Reply:
    """The reports the officer answers for; at the Sở its collections."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return chat.go("work")
    due = records.due(chat.db, scope)
    if scope.provincial:
        return chat.go("collections")
    if len(due) == 1:
        return place(chat, str(due[0].round.id), str(due[0].unit_id))
    if not due:
        return chat.screen(
            chat._("The Department has opened no collection of reports."),
            (chat._("Figures of a training"), "statistics"),
            back=chat.back("work"),
        )
    return chat.screen(
        chat._("Which report?"),
        *((_label(chat, one), f"report-in {one.round.id} {one.unit_id}") for one in due[:SHOWN]),
        back=chat.back("work"),
    )


def _label(chat: Chat, one: Due) -> str:
    said = report_words.state(chat, one.state)
    unit = naming.inside(one.unit)
    return naming.choice(f"{report_words.short(one.round.title, 20)}, {unit}: {said}")


def line(chat: Chat, scope: Scope) -> list[tuple[str, str]]:
    """The day's work: reports to make or to number; at the Sở, those that wait for it."""
    found = [
        (chat._("Reports that wait to be accepted: {count}", count=count),
         f"report-next {collection_id}")
        for collection_id, count in status.waiting(chat.db, scope)
    ]  # fmt: skip
    for one in records.due(chat.db, scope):
        unit = naming.inside(one.unit)
        if one.state is ReportState.ACCEPTED:
            words = chat._("Enter the official number of the report, {unit}", unit=unit)
            found.append((naming.choice(words), f"report-of {one.report_id}"))
        elif one.state not in records.HANDED_IN and not (one.former and one.state is None):
            last = dates.short_day(one.round.last, chat.talk.language)
            words = chat._("Report of {unit}, last day {last}", unit=unit, last=last)
            found.append((naming.choice(words), f"report-in {one.round.id} {one.unit_id}"))
    return found[:ON_WORK]


@router.action("report-in")
def place(chat: Chat, collection_id: str, unit_id: str) -> Reply:
    """The report of a commune; where there is none yet, the offer to begin it."""
    scope = officer(chat)
    found = records.of_unit(chat.db, scope, number(collection_id), number(unit_id))
    if found is not None:
        return report(chat, str(found.id))
    round_, commune = records.place(chat.db, scope, number(collection_id), number(unit_id))
    mine = communes.as_commune(scope, [commune.path])
    words = chat._(
        "Report {title}, {unit}: not opened. {until}",
        title=report_words.short(round_.title), unit=naming.inside(commune.name),
        until=report_words.until(chat, round_),
    )  # fmt: skip
    label = (
        chat._("Begin, with the figures filled in")
        if mine
        else chat._("Enter it for the commune, with the figures filled in")
    )
    begin_ = [] if round_.closed_at else [(label, f"report-begin {round_.id} {commune.id}")]
    return chat.screen(words, *begin_, back=_back(chat, scope, round_.id, round_.path))


@router.action("report-begin", instead="report-in")
def begin(chat: Chat, collection_id: str, unit_id: str) -> Reply:
    """Begin it; whoever comes second goes on with what is there."""
    scope = officer(chat)
    made = drafts.begin(chat.db, scope, number(collection_id), number(unit_id), chat.now)
    if made is None:
        return place(chat, collection_id, unit_id)
    return report(chat, str(made))


@router.action("report-of")
def report(chat: Chat, report_id: str) -> Reply:
    """A report as it stands, and what can be done about it."""
    scope, draft = wanted(chat, report_id)
    record = draft.record
    lines = [_heading(chat, record), *_details(chat, scope, draft)]
    return chat.screen(
        "\n".join(each for each in lines if each),
        *_steps(chat, scope, record),
        *_parts(chat, draft),
        *([(chat._("Hand it in"), f"report-submit {record.id}")] if record.editable else []),
        *([(chat._("As a Word file"), f"report-word {record.id} {record.version}")]
          if record.handed_in else []),
        back=_back(chat, scope, record.round.id, record.round.path),
    )  # fmt: skip


def _heading(chat: Chat, record: Record) -> str:
    code, zone = chat.talk.language, chat.now.tzinfo
    report_ = report_words.name(chat, record)
    if record.state is ReportState.NUMBERED and record.numbered_on:
        return chat._("Report {report}: accepted, official paper {number} of {day}.",
                      report=report_, number=record.number,
                      day=dates.day(record.numbered_on, code))  # fmt: skip
    if record.state is ReportState.SUBMITTED and record.submitted_at:
        at = dates.moment(record.submitted_at.astimezone(zone), code)
        return chat._("Report {report}: version {version} handed in on {at}, not yet accepted.",
                      report=report_, version=record.version, at=at)  # fmt: skip
    said = report_words.state(chat, record.state)
    if record.state is ReportState.ACCEPTED:
        return chat._("Report {report}: {state}. Once it is signed, please enter its number.",
                      report=report_, state=said)  # fmt: skip
    until = report_words.until(chat, record.round)
    return chat._("Report {report}: {state}. {until}", report=report_, state=said, until=until)


def _details(chat: Chat, scope: Scope, draft: Draft) -> list[str]:
    record, found = draft.record, list[str]()
    own = communes.as_commune(scope, record.paths)
    if record.state is ReportState.SENT_BACK:
        why = report_words.short(record.why_back, report_words.SAID)
        found.append(chat._("The Department sent it back: {why}", why=why))
    if record.editable and not record.former:
        _, here = records.place(chat.db, scope, record.round.id, record.unit_id)
        if here.unlisted:
            found.append(chat._("Schools without a list: {count} of {all}; their totals can be"
                                " declared.", count=here.unlisted, all=here.schools))  # fmt: skip
    if (record.on_behalf and not record.editable) or (record.editable and not own):
        found.append(chat._("Entered by the Department for the commune."))
    return found


def _steps(chat: Chat, scope: Scope, record: Record) -> list[tuple[str, str]]:
    """What comes next: of whoever may do it, in the state it is in."""
    found: list[tuple[str, str]] = []
    if record.state is ReportState.SENT_BACK and len(record.why_back) > report_words.SAID:
        found.append((chat._("Why it was sent back"), f"report-why {record.id} 0"))
    if record.state is ReportState.ACCEPTED:
        found.append((chat._("Enter the official number"), f"report-number {record.id}"))
    if record.state is ReportState.NUMBERED:
        found.append((chat._("Mend the official number"), f"report-number {record.id}"))
    if not collections.leads(scope, record.round.path):
        return found
    if record.state is ReportState.SUBMITTED:
        accept = f"report-accept {record.id} {record.version}"
        found.append((chat._("Accept it"), accept))
    back = record.state in (ReportState.SUBMITTED, ReportState.ACCEPTED)
    if back and record.round.closed_at is None:
        found.append((chat._("Send it back"), f"report-back {record.id} {record.version}"))
    return found


def _parts(chat: Chat, draft: Draft) -> list[tuple[str, str]]:
    """The figures and the two texts, with how far each is."""
    record, left = draft.record, len(draft.unseen)
    figures = chat._("Figures: {count}", count=len(draft.lines))
    if left:
        figures = chat._("Figures: {left} of {count} to be looked at", left=left,
                         count=len(draft.lines))  # fmt: skip
    found = [(figures, f"report-figures {record.id} 0")]
    for which, said in (
        (Section.DIFFICULTIES, record.difficulties),
        (Section.PROPOSALS, record.proposals),
    ):
        label = report_words.section(chat, which)
        words = label if said else chat._("{what}: nothing written yet", what=label)
        found.append((words, f"report-text {record.id} {which}"))
    return found


def _back(chat: Chat, scope: Scope, collection_id: int, path: str) -> tuple[str, str]:
    leads = collections.leads(scope, path)
    return chat.back(f"collection {collection_id}" if leads else "work")


@router.action("report-word")
def word(chat: Chat, report_id: str, version: str) -> Reply:
    """What was handed in, as a document of the office to be signed."""
    record = records.get(chat.db, officer(chat), number(report_id))
    if not record.handed_in or record.version != number(version):
        return report(chat, report_id)
    subject = exports.ask(
        chat.db, chat.me.id, WORD, chat.now, report=record.id, version=record.version
    )
    return chat.screen(
        chat._("The report {report} as a Word file. Its number and signature are left blank.",
               report=report_words.name(chat, record)),
        document=Document(EXPORT, subject, f"bao-cao-{record.id}-{record.version}.docx"),
        back=chat.back(f"report-of {record.id}"),
    )  # fmt: skip
