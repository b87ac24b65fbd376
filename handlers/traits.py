"""What a channel can do that changes what we say. Handlers look at channels here and nowhere else.

Whatever else channels can do or not (buttons, edits, pins, files) is their own affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers import naming
from storage import channels
from storage.channels import TELEGRAM, ZALO_BOT, ZALO_OA

if TYPE_CHECKING:
    from handlers.chat import Chat


@dataclass(frozen=True, slots=True)
class Traits:
    """`contact`: a channel can ask for the phone's number, and knows whose it is.

    A card that comes over another one is as good as typed.
    """

    contact: bool = False


NONE = Traits()
KNOWN = {
    TELEGRAM: Traits(contact=True),
    ZALO_BOT: NONE,
    ZALO_OA: NONE,
}


def traits(chat: Chat) -> Traits:
    """The traits of the channel this talk is on; one we do not know has words and digits only."""
    return KNOWN.get(chat.talk.channel, NONE)


def elsewhere(chat: Chat) -> str:
    """Where people find us on the other channels that run, "Zalo: …" a line; "" nowhere."""
    found = channels.contacts(chat.db, chat.now, besides=chat.talk.channel)
    return "\n".join(f"{naming.channel(name)}: {contact}" for name, contact in found)
