"""To the Sở: a channel carries nothing any more, and who has to do what about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers.routes import router
from storage import channels, stoppages
from storage.models import ChannelState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed

# Those that live on one login, which is renewed by hand when it is lost.
LOGGED_IN = (channels.ZALO_OA, channels.ZALO_TEMPLATE)


@router.notice(stoppages.KIND)
def stopped(chat: Chat, owed: Owed) -> Reply | None:
    """What stopped and how it goes on; nothing where it goes on already.

    What could be read on that very channel is news no longer.
    """
    name, state = str(owed.data["channel"]), ChannelState(str(owed.data["state"]))
    now_so = channels.way(channels.ways(chat.db, chat.now), name).state
    if now_so is not state or chat.talk.channel == name:
        return None
    words = _words(chat, name, state)
    return chat.letter(words) if words else None


def _words(chat: Chat, name: str, state: ChannelState) -> str:
    channel = _called(chat, name)
    match state:
        case ChannelState.READY:
            return ""
        case ChannelState.REFUSED if name in LOGGED_IN:
            return chat._(
                "{channel} no longer accepts the login of the assistant, so nothing can be sent"
                " there. Whoever runs the program has to log in anew: taphuan zalo-login",
                channel=channel,
            )
        case ChannelState.REFUSED:
            return chat._(
                "{channel} no longer accepts the token of the assistant, so nothing can be sent"
                " there. Whoever runs the program has to enter the new token and start it again.",
                channel=channel,
            )
        case ChannelState.EXHAUSTED:
            return chat._(
                "The quota or the money for {channel} is used up, so messages go another way or"
                " wait. Whoever keeps that account has to top it up.",
                channel=channel,
            )
        case ChannelState.HALTED:
            return chat._(
                "{channel} takes no messages: a verification, a package, a permission or an"
                " approved template is missing. Whoever runs the program sees which one with:"
                " taphuan doctor",
                channel=channel,
            )
        case _:
            assert_never(state)


def _called(chat: Chat, name: str) -> str:
    """The channel as offices know it, two of Zalo's told apart."""
    match name:
        case channels.TELEGRAM:
            return "Telegram"
        case channels.ZALO_BOT:
            return "Zalo Bot"
        case channels.ZALO_OA:
            return "Zalo OA"
        case _:
            return chat._("Zalo by phone number")
