"""After an interruption: what was written meanwhile may not have arrived."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers.routes import router
from storage import interruptions

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed


@router.notice(interruptions.KIND)
def again(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever was writing; not after so long that nobody remembers what it was."""
    if chat.now - datetime.fromisoformat(str(owed.data["at"])) > interruptions.WORTH:
        return None
    return chat.letter(
        chat._(
            "The assistant was interrupted for a moment, and messages may not have arrived. Please"
            " write again."
        )
    )
