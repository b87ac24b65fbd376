"""Several notices made ready to be sent in one turn, as far as their channels take them now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import notices
from storage import dispatch, sheaves
from storage.dispatch import Bound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.notices import Letter
    from storage.outbox import Owed

    # Owes a letter that was made once more, at that moment, as if it had never been made.
    Later = Callable[[Connection, Letter, datetime], None]


def made(db: Connection, owed: Sequence[Owed], now: datetime, later: Later) -> list[Letter]:
    """The letters to be sent now; see `notices.of_sheaf` for those that need not, or cannot be.

    One whose chat or channel has to rest a moment is owed again for afterwards.
    """
    sheaf = sheaves.gather(db, owed, now)
    letters = notices.of_sheaf(db, sheaf)
    sheaf.write(db)
    bound = [
        Bound(one.notice_id, one.account_id, one.channel, sheaf.routes[one.notice_id])
        for one in letters
    ]
    late = dispatch.admit(db, bound, sheaf.standing.ways, now)
    for letter in letters:
        if letter.notice_id in late:
            later(db, letter, now + late[letter.notice_id])
    return [letter for letter in letters if letter.notice_id not in late]
