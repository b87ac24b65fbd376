"""Lists an officer has brought in that are not done with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import naming
from storage import intakes
from storage.models import ImportState
from storage.rosters import findings, unknown

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.scopes import Scope

NAME = 32  # characters of a file's name inside a sentence
# Imports looked at for one that waits.
LOOKED_AT = 8


def short(name: str) -> str:
    """A file's name inside a sentence or on a choice."""
    return name if len(name) <= NAME else f"{name[: NAME - 1].rstrip()}…"


def waiting(chat: Chat, scope: Scope) -> list[tuple[str, str]]:
    """The newest file on its way, and the newest list that waits to be written."""
    coming = intakes.of(chat.db, scope)[:1]
    lines = [
        (naming.choice(chat._("On its way: {name}", name=short(one.file_name))),
         f"roster-file {one.id}")
        for one in coming
    ]  # fmt: skip
    return lines + line(chat, scope)


def line(chat: Chat, scope: Scope) -> list[tuple[str, str]]:
    """The line of the day's work: the list that waits to be written."""
    for one in findings.recent(chat.db, scope, limit=LOOKED_AT):
        if one.state is ImportState.READY and not unknown.coming(chat.db, scope, one.id):
            label = chat._("Waits to be written: {name}", name=short(one.file_name))
            return [(naming.choice(label), f"roster-import {one.id}")]
    return []
