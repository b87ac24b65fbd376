"""Difficulties and proposals of a report: as many messages as it takes, until `xong`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import report_words
from handlers.numbers import number as figure
from handlers.report_desk import wanted
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import spelling
from storage.reporting import texts
from storage.reporting.texts import MOST, Outcome, Section

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.records import Record
    from storage.scopes import Scope

ADD, REWORD = "report text", "report reword"
ENDS = frozenset(("xong", "xong roi", "da xong", "het", "het roi", "done", "that is all"))


def _section(which: str) -> Section:
    if which not in list(Section):
        raise BadArgument(which)
    return Section(which)


@router.action("report-text")
def text(chat: Chat, report_id: str, which: str) -> Reply:
    """What is written, and the question for more; once it is handed in, only to be read."""
    _, draft = wanted(chat, report_id)
    record, section = draft.record, _section(which)
    if not record.editable:
        return read(chat, report_id, which)
    return _ask(chat, record, section, _stands(chat, record, section))


def _stands(chat: Chat, record: Record, section: Section) -> str:
    name = report_words.section(chat, section)
    if not texts.of(record, section):
        return chat._("{what}: nothing written yet.", what=name)
    said = _worded(chat, record, section)
    return chat._("{what}, {count} characters: {begin}", what=name,
                  count=figure(len(said), chat.talk.language),
                  begin=report_words.short(said, report_words.SAID))  # fmt: skip


def _worded(chat: Chat, record: Record, section: Section) -> str:
    """The text as it is read; where there is none, that there is none."""
    said = texts.of(record, section)
    return said if said not in ("", texts.NONE) else chat._("None.")


def _ask(chat: Chat, record: Record, section: Section, first: str) -> Reply:
    chat.begin(report=record.id, section=section.value)
    chat.expect(ADD)
    asked = chat._("Each message is added to the text. When that is all, write: done")
    nothing = [(chat._("There is nothing"), f"report-nothing {record.id} {section}")]
    written = [
        (chat._("Read all of it"), f"report-read {record.id} {section} 0"),
        (chat._("Write it anew"), f"report-reword {record.id} {section}"),
    ]
    return chat.screen(
        f"{first}\n{asked}",
        *(written if texts.of(record, section) else nothing),
        back=(chat._("Leave it, keep the draft"), f"report-of {record.id}"),
    )


def _opened(chat: Chat) -> tuple[Scope, Record, Section]:
    scope, draft = wanted(chat, str(number(str(chat.form.get("report", "")))))
    return scope, draft.record, _section(str(chat.form.get("section", "")))


@router.step(ADD)
def add(chat: Chat) -> Reply:
    """One more paragraph, or the end."""
    scope, record, section = _opened(chat)
    if chat.folded.strip(" .,") in ENDS:
        return chat.go(f"report-of {record.id}")
    said = spelling.clean(chat.message.text, lines=True)
    if not spelling.fold(said).strip():
        return chat.again(chat._("Please write it in words."))
    outcome = texts.add(chat.db, scope, record.id, section, said)
    return _written(chat, record, section, outcome)


@router.action("report-nothing", instead="report-text")
def nothing(chat: Chat, report_id: str, which: str) -> Reply:
    """Say that there is nothing to be said."""
    scope, draft = wanted(chat, report_id)
    texts.nothing(chat.db, scope, draft.record.id, _section(which))
    return chat.go(f"report-of {draft.record.id}")


@router.action("report-reword")
def ask_reword(chat: Chat, report_id: str, which: str) -> Reply:
    """A new text in place of the old one, which stays until the new one comes."""
    _, draft = wanted(chat, report_id)
    record, section = draft.record, _section(which)
    if not record.editable:
        return read(chat, report_id, which)
    chat.begin(report=record.id, section=section.value,
               seen=texts.mark(texts.of(record, section)))  # fmt: skip
    return chat.ask(
        chat._("{what}: the next message replaces all that is written. Until then it stays.",
               what=report_words.section(chat, section)),
        REWORD,
        back=f"report-text {record.id} {section}",
    )  # fmt: skip


@router.step(REWORD)
def reword(chat: Chat) -> Reply:
    """The first message of the new text."""
    scope, record, section = _opened(chat)
    said = spelling.clean(chat.message.text, lines=True)
    if not spelling.fold(said).strip() or chat.folded.strip(" .,") in ENDS:
        return chat.again(chat._("Please write it in words."))
    seen = str(chat.form.get("seen", ""))
    outcome = texts.reword(chat.db, scope, record.id, section, said, seen=seen)
    return _written(chat, record, section, outcome)


def _written(chat: Chat, before: Record, section: Section, outcome: Outcome) -> Reply:
    _, draft = wanted(chat, str(before.id))
    record = draft.record
    said = texts.of(record, section)
    match outcome:
        case Outcome.DONE:
            first = chat._("Noted, {count} characters by now.",
                           count=figure(len(said), chat.talk.language))  # fmt: skip
        case Outcome.FULL:
            first = chat._("This would be too long and was not added: a text has at most {most}"
                           " characters.", most=figure(MOST, chat.talk.language))  # fmt: skip
        case Outcome.CHANGED:
            first = chat._("Somebody else has just written here, so nothing was replaced.")
            first = f"{first} {_stands(chat, record, section)}"
        case Outcome.CLOSED:
            return chat.go(f"report-of {record.id}")
        case _:
            assert_never(outcome)
    return _ask(chat, record, section, first)


@router.action("report-read")
def read(chat: Chat, report_id: str, which: str, page: str = "0") -> Reply:
    """A text in full, a page at a time."""
    _, draft = wanted(chat, report_id)
    record, section = draft.record, _section(which)
    name, said = report_words.section(chat, section), _worded(chat, record, section)
    writes = f"report-text {record.id} {section}"
    return _page(
        chat, f"{name}: {said}", f"report-read {record.id} {section}", page,
        back=writes if record.editable else f"report-of {record.id}",
    )  # fmt: skip


@router.action("report-why")
def why(chat: Chat, report_id: str, page: str = "0") -> Reply:
    """Why the Sở sent it back, in full."""
    _, draft = wanted(chat, report_id)
    record = draft.record
    said = chat._("The Department sent it back: {why}", why=record.why_back)
    return _page(chat, said, f"report-why {record.id}", page, back=f"report-of {record.id}")


def _page(chat: Chat, said: str, action: str, page: str, *, back: str) -> Reply:
    parts = list(report_words.pages(said))
    at = number(page) if number(page) < len(parts) else 0
    more = f"{action} {at + 1}" if at + 1 < len(parts) else ""
    return chat.screen(parts[at], more=more, back=chat.back(back))
