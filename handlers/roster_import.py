"""One import as an officer asks for it, and one of its rows in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import roster_fields, roster_words
from handlers.audience_buttons import office
from handlers.roster_waiting import short
from handlers.router import BadArgument, number
from storage.models import Verdict
from storage.rosters import staging

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.rosters.findings import Line
    from storage.rosters.staging import Import
    from storage.scopes import Scope


def wanted(chat: Chat, import_id: str) -> tuple[Scope, Import]:
    """The officer's scope and an import they may see.

    Raises:
        BadArgument: there is none, or it is another office's.
    """
    scope = office(chat)
    found = staging.get(chat.db, scope, number(import_id))
    if found is None:
        raise BadArgument(import_id)
    return scope, found


def said(chat: Chat, one: Line) -> list[str]:
    """Where a row stands and what it says, a line each."""
    lines = [where(chat, one)]
    if one.verdict is Verdict.REFUSED:
        lines.append(roster_words.sentence(chat, one.reason))
    if one.verdict in (Verdict.CHANGED, Verdict.MOVED):
        lines += roster_fields.changes(chat, one)
    elif one.verdict is Verdict.GONE:
        lines.append(chat._("On the list of the school, and in no row of the file."))
    else:
        lines += roster_fields.facts(chat, one)
    return lines


def where(chat: Chat, one: Line) -> str:
    """Whom a row is about, and where in the file it stands."""
    name = ", ".join(filter(None, (one.name, one.school)))
    if not one.line:
        return name
    said = {"name": name or "…", "sheet": short(one.sheet), "line": one.line}
    return chat._("{name} (sheet “{sheet}”, row {line})", **said)
