"""What a platform's "wait so long" is about: the whole channel account, or one chat of it.

No platform says which. Telegram's 429 for a private chat is taken to be about the account: writing
on would make the wait longer, and one chat is never written to faster than it takes it. A group
has a limit of its own (20 messages a minute), which is reached first. The Zalo bot's package has
room for so many people; whoever came after them is refused with the same 429, for ever.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage import channels, paces

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# Nobody is held up for longer without being tried again. What asks for more than this on Zalo's
# Official Account is its night, which is no flood: other kinds of message go out meanwhile.
LONGEST = timedelta(minutes=10)
NIGHTLY = (channels.ZALO_OA, channels.ZALO_TEMPLATE)


def flood(db: Connection, channel: str, address: str, after: timedelta, now: datetime) -> None:
    """Respect a platform's wait in every process: nothing more is sent unasked until then.

    What concerns one chat only holds up nobody else.
    """
    if not _of_one_chat(db, channel, address, after):
        paces.hold(db, channel, now, min(after, LONGEST))


def _of_one_chat(db: Connection, channel: str, address: str, after: timedelta) -> bool:
    if channel == channels.TELEGRAM:
        return address.startswith("-")
    if channel == channels.ZALO_BOT:
        return _beyond(db, channel, address)
    return channel in NIGHTLY and after > LONGEST


def _beyond(db: Connection, channel: str, address: str) -> bool:
    """Whether somebody came after the last one the channel's package has room for."""
    most = channels.terms(db, channel).most_people
    account_id = channels.account(db, channel, address)
    return bool(most and account_id and channels.rank(db, channel, account_id) > most)
