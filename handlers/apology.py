"""What is said when a handler failed: once, with a reference, and nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import turn
from handlers.router import Router
from handlers.text import language

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.chat import Chat
    from handlers.message import Message, Reply
    from handlers.turn import Answer


def answer(db: Connection, message: Message, now: datetime, reference: str) -> Answer:
    """A turn that only apologises. The same state is kept, so that the choices still hold."""

    def sorry(chat: Chat) -> Reply:
        return chat.again(
            chat._(
                "The assistant could not do this now, and nothing has changed. Please try again"
                " later, or give the person in charge this reference: {reference}",
                reference=reference,
            )
        )

    return turn.answer(Router(), db, message, now, code=language(message.language), respond=sorry)
