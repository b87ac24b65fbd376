"""What the accepted reports of a collection say together, by commune and by former district."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from handlers import figure_words, report_words
from handlers.message import EXPORT, Document
from handlers.report_desk import WORD, officer
from handlers.report_words import amount
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import exports, unit_words
from storage.reporting import collections, summary

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.summary import Cell, Table

SHOWN, LINES = 5, 8
COMMUNES, DISTRICTS = "c", "d"
OTHER: Final = {COMMUNES: DISTRICTS, DISTRICTS: COMMUNES}


@router.action("collection-totals")
def totals(chat: Chat, collection_id: str, page: str = "0") -> Reply:
    """A line for each figure; the Word file, and the end of the collection."""
    scope = officer(chat)
    found = summary.of(chat.db, scope, number(collection_id), chat.now)
    start = number(page) * SHOWN
    shown = found.tables[start : start + SHOWN]
    ended = found.round.closed_at is not None
    end = (
        (chat._("Go on with the collection"), f"collection-reopen {found.round.id}")
        if ended
        else (chat._("End the collection"), f"collection-close {found.round.id}")
    )
    return chat.screen(
        chat._("Totals of {title}: accepted reports {counted} of {count}; completed / expected.",
               title=report_words.short(found.round.title), counted=found.counted,
               count=len(found.standings)),
        *((_line(chat, each), f"collection-table {found.round.id} {each.subject_id} c 0")
          for each in shown),
        (chat._("As a Word file"), f"collection-word {found.round.id}"),
        end,
        more=f"collection-totals {found.round.id} {number(page) + 1}"
        if found.tables[start + SHOWN :] else "",
        back=chat.back(f"collection {found.round.id}"),
    )  # fmt: skip


def _line(chat: Chat, table: Table) -> str:
    name = table.code or chat._("All")
    return f"{name} {amount(chat, table.total.completed, table.total.expected)}"


@router.action("collection-table")
def table(
    chat: Chat, collection_id: str, subject_id: str, view: str = COMMUNES, page: str = "0"
) -> Reply:
    """One figure, a unit a line."""
    found = summary.of(chat.db, officer(chat), number(collection_id), chat.now)
    one = next((each for each in found.tables if each.subject_id == number(subject_id)), None)
    if one is None or view not in OTHER:
        raise BadArgument(subject_id)
    cells = one.communes if view == COMMUNES else one.districts
    start = number(page) * LINES
    shown = cells[start : start + LINES]
    ids = f"{found.round.id} {one.subject_id}"
    other = chat._("By former district") if view == COMMUNES else chat._("By commune")
    return chat.screen(
        "\n".join([_line(chat, one), *(_cell(chat, each) for each in shown)]),
        (other, f"collection-table {ids} {OTHER[view]} 0"),
        more=f"collection-table {ids} {view} {number(page) + 1}" if cells[start + LINES :] else "",
        back=chat.back(f"collection-totals {found.round.id} 0"),
    )


def _cell(chat: Chat, cell: Cell) -> str:
    """A unit with its figure; what was stated and not counted is marked."""
    marks = [chat._("declared")] if cell.declared else []
    if cell.corrected and not cell.declared:
        marks = [chat._("corrected")]
    figure = " ".join([amount(chat, cell.completed, cell.expected), *marks])
    name = unit_words.bare(cell.name) if cell.name else chat._("Not divided")
    return f"{figure_words.cut(name, figure_words.WIDTH - len(figure) - 1)} {figure}"


@router.action("collection-word")
def word(chat: Chat, collection_id: str) -> Reply:
    """The report of the Sở as a document; the same one as long as nothing happens."""
    scope = officer(chat)
    round_ = collections.led(chat.db, scope, number(collection_id))
    version = summary.version(chat.db, scope, round_.id)
    subject = exports.ask(
        chat.db, chat.me.id, WORD, chat.now, collection=round_.id, version=version
    )
    return chat.screen(
        chat._("The totals of {title} as a Word file, with tables by commune and by former"
               " district. Number and signature are left blank.",
               title=report_words.short(round_.title)),
        document=Document(EXPORT, subject, f"bao-cao-tong-hop-{round_.id}.docx"),
        back=chat.back(f"collection-totals {round_.id} 0"),
    )  # fmt: skip
