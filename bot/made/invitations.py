"""The list of codes an officer has just made, to be handed out: shown in this one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.made.maker import Maker
from handlers import inviting_many
from storage import invite_lists, scopes, workbooks
from storage.workbooks import Table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request


def read(db: Connection, request: Request, now: datetime) -> list[Table]:
    """The two sheets; LookupError for whoever is no officer any more, and after an hour."""
    scope = scopes.of(db, request.person_id, now.date())
    if scope is None:
        raise LookupError("no officer any more")
    return inviting_many.tables(db, *invite_lists.kept(db, scope, request.asked, now), now)


MAKER = Maker(read, workbooks.xlsx)
