"""`nhập danh sách`: an officer brings in a list of staff; how far it has got; what came before."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, handing_in, naming, roster_words, work
from handlers.audience_buttons import office
from handlers.chat import PAGE
from handlers.handing_in import WITH_FILES
from handlers.message import EXPORT, Document
from handlers.numbers import number as figure
from handlers.numbers import percent
from handlers.roster_waiting import short, waiting
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import exports, intakes, scopes
from storage.models import ImportKind, ImportState, IntakeState
from storage.rosters import findings, unknown

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.intakes import IntakeRow
    from storage.rosters.findings import Recent

router.command(
    "roster", "nhapds", "roster",
    words=("nhap danh sach", "nhap danh sach nhan su", "nhap danh sach giao vien", "nhap ds",
           "nop danh sach", "gui danh sach", "bring in a list"),
)  # fmt: skip

STEP = "roster file"
PAGE_NAME = "nop-danh-sach"


@router.action("roster")
def begin(chat: Chat) -> Reply:
    """Asks for the file; below it what waits, the template, the present list, earlier files."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return work.nobody(chat)
    page = chat.talk.channel not in WITH_FILES
    words = chat._("To bring in a list of staff, please hand in the Excel or CSV file by the link"
                   " below. It needs the full name and the school.") if page else chat._(
        "To bring in a list of staff, please send the Excel or CSV file here. It needs the full"
        " name and the school. Nothing is written before {you} have seen what would change."
    )  # fmt: skip
    chat.expect(STEP)
    return chat.screen(
        words,
        *waiting(chat, scope),
        *_always(chat),
        *([] if page else [(chat._("Hand it in by a web page"), "roster-page")]),
        back=chat.back("work"),
        document=handing_in.link(chat, scope, ImportKind.ROSTER, PAGE_NAME) if page else None,
    )


def _always(chat: Chat) -> list[tuple[str, str]]:
    lines = [
        (chat._("A template to fill in"), "roster-template"),
        (chat._("The list as it is now, as Excel"), "roster-export"),
        (chat._("Files brought in before"), "roster-recent"),
    ]
    if "past" in router.actions:
        lines.append((chat._("Past trainings and their results"), "past"))
    return lines


@router.action("roster-page")
def page(chat: Chat) -> Reply:
    """The link of the page on which a list is handed in."""
    chat.expect(STEP)
    return handing_in.page(chat, ImportKind.ROSTER, PAGE_NAME, back="roster")


@router.action("roster-template")
def template(chat: Chat) -> Reply:
    """An empty table with the headings that are understood."""
    office(chat)
    request = exports.ask(chat.db, chat.me.id, "roster template", chat.now)
    chat.expect(STEP)
    return chat.screen(
        chat._("The template: one person a row. When it is filled in, please send it here."),
        back=chat.back("roster"),
        document=Document(EXPORT, request, "mau-danh-sach.xlsx"),
    )


@router.action("roster-export")
def export(chat: Chat) -> Reply:
    """The list as it is now."""
    office(chat)
    request = exports.ask(chat.db, chat.me.id, "roster list", chat.now)
    chat.expect(STEP)
    return chat.screen(
        chat._("The list as it is now. It names people: please pass it on only to those who need"
               " it."),
        back=chat.back("roster"),
        document=Document(EXPORT, request, "danh-sach-nhan-su.xlsx"),
    )  # fmt: skip


# The file


@router.step(STEP, files=True)
def take(chat: Chat) -> Reply:
    """Keep the list to be read."""
    return handing_in.take(chat, ImportKind.ROSTER)


@router.action("roster-file")
def state(chat: Chat, intake_id: str, *_: str) -> Reply:
    """How a file stands now: on its way, with a question, ready, or refused."""
    found = intake(chat, intake_id)
    match found.state:
        case IntakeState.FETCHING | IntakeState.WAITING | IntakeState.READING:
            return _under_way(chat, found)
        case IntakeState.ASKING:
            return chat.go(f"roster-columns {found.id}")
        case IntakeState.READY:
            return chat.go(f"roster-import {found.import_id}")
        case IntakeState.REFUSED:
            return refused(chat, found)
        case IntakeState.ENDED:
            return chat.screen(
                chat._("The file {name} has been thrown away, nothing was changed.",
                       name=short(found.file_name)),
                (chat._("Send another file"), "roster"),
                back=chat.back("work"),
            )  # fmt: skip
        case _:
            assert_never(found.state)


def intake(chat: Chat, intake_id: str) -> IntakeRow:
    """The officer's file.

    Raises:
        BadArgument: there is none, or it is not theirs.
    """
    found = intakes.get(chat.db, office(chat), number(intake_id))
    if found is None:
        raise BadArgument(intake_id)
    return found


def _under_way(chat: Chat, found: IntakeRow) -> Reply:
    code, name = chat.talk.language, short(found.file_name)
    if found.state is IntakeState.FETCHING:
        words = chat._("The file {name} is being fetched.", name=name)
    elif not found.total:
        words = chat._("The file {name} is being read.", name=name)
    else:
        words = chat._(
            "The file {name}: {done} of {total} rows compared ({share}).", name=name,
            done=figure(found.done, code), total=figure(found.total, code),
            share=percent(found.done, found.total, code),
        )  # fmt: skip
    # What is compared anew stays as it was, whatever becomes of the comparison.
    anew = unknown.compared(chat.db, office(chat), found.id)
    drop = [] if anew else [(chat._("Throw this file away"), f"roster-drop {found.id}")]
    return chat.screen(
        words, (chat._("Update"), f"roster-file {found.id}"), *drop, back=chat.back("work")
    )


def refused(chat: Chat, found: IntakeRow) -> Reply:
    """Why a file could not be read, and the way to another one."""
    chat.expect(STEP)
    return chat.screen(
        why_refused(chat, found),
        (chat._("A template to fill in"), "roster-template"),
        back=chat.back("roster"),
    )


def why_refused(chat: Chat, found: IntakeRow) -> str:
    """The sentence that says why, and what to do."""
    name = short(found.file_name)
    return roster_words.trouble(chat, found.trouble or intakes.Trouble.BROKEN, name)


@router.action("roster-drop", instead="roster-file")
def drop(chat: Chat, intake_id: str) -> Reply:
    """Throw a file away while nothing has come of it."""
    intakes.end(chat.db, office(chat), number(intake_id), chat.now)
    return state(chat, intake_id)


# What came before


@router.action("roster-recent")
def recent(chat: Chat, page: str = "0") -> Reply:
    """The files of the office, the newest first: each leads to what came of it."""
    found = findings.recent(chat.db, office(chat))
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    if not shown:
        return chat.screen(
            chat._("No list has been brought in yet."),
            (chat._("Bring in a list"), "roster"),
            back=chat.back("work"),
        )
    return chat.screen(
        chat._("Lists brought in, the newest first:"),
        *((_brought(chat, one), f"roster-import {one.id}") for one in shown),
        more=f"roster-recent {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("roster"),
    )


def _brought(chat: Chat, one: Recent) -> str:
    day = dates.short_day(one.created_at.astimezone(chat.now.tzinfo).date(), chat.talk.language)
    said = " · ".join(filter(None, (day, stands(chat, one.state), one.by, one.file_name)))
    return naming.choice(said)


def stands(chat: Chat, state: ImportState) -> str:
    """What became of an import, on a choice."""
    match state:
        case ImportState.STAGING:
            return chat._("being compared")
        case ImportState.READY:
            return chat._("not written yet")
        case ImportState.WRITTEN:
            return chat._("written")
        case ImportState.UNDONE:
            return chat._("undone")
        case ImportState.DISCARDED:
            return chat._("thrown away")
        case _:
            assert_never(state)
