"""Why somebody who was sent cannot come, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from storage.models import Cannot

if TYPE_CHECKING:
    from handlers.chat import Chat


def label(chat: Chat, reason: Cannot) -> str:
    """The reason as a choice."""
    match reason:
        case Cannot.MATERNITY:
            return chat._("Maternity leave")
        case Cannot.ILL:
            return chat._("Illness")
        case Cannot.NO_COVER:
            return chat._("Nobody to cover the class")
        case Cannot.FAR:
            return chat._("Too far")
        case Cannot.OTHER:
            return chat._("Another reason")
        case _:
            assert_never(reason)


def said(chat: Chat, kept: str) -> str:
    """A reason as it is kept, inside a sentence; what people wrote themselves stays as it is."""
    if kept in list(Cannot):
        words = label(chat, Cannot(kept))
        return words[:1].lower() + words[1:]
    return kept
