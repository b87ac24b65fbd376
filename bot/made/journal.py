"""The journal of an officer's area as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.made.maker import Maker
from handlers import journal as shown
from handlers.router import BadArgument
from storage import journal, scopes, workbooks

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.workbooks import Table


def read(db: Connection, request: Request, now: datetime) -> list[Table]:
    """The sheet; LookupError for whoever is no officer any more."""
    scope = scopes.of(db, request.person_id, now.date())
    if scope is None:
        raise LookupError("no officer any more")
    try:
        which = shown.wanted(str(request.asked.get("chosen", shown.ALL)), now)
    except BadArgument as error:
        raise LookupError("no such part") from error
    return [shown.table(journal.page(db, scope, which, limit=shown.MOST), now)]


MAKER = Maker(read, workbooks.xlsx)
