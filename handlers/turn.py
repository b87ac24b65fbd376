"""One turn of one conversation: lock it, find the answer, keep both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.chat import Chat
from handlers.message import SILENCE, Kind, Message, Reply
from handlers.reading import route
from handlers.router import run
from storage import conversations, outbox, returns

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.router import Router


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn ends in: the reply, and the keys by which its speaking is noted."""

    account_id: int
    message_id: str
    reply: Reply


def answer(
    router: Router,
    db: Connection,
    message: Message,
    now: datetime,
    *,
    code: str,
    respond: Callable[[Chat], Reply] | None = None,
) -> Answer:
    """One turn: lock the conversation, find the handler, keep the reply with the new state.

    A repeated message changes nothing; its stored reply is returned where it may not have been
    heard. `code` is the language for a stranger; `respond` answers in place of the router.
    """
    talk = conversations.enter(db, message.channel, message.address, language=code, now=now)
    chat = Chat(db, now, message, talk, lambda chat, action: run(router, chat, action))
    if message.id in talk.heard:
        unheard = talk.unspoken_since is not None and talk.answering == message.id
        return Answer(
            talk.account_id, message.id, Reply.from_json(talk.answer) if unheard else SILENCE
        )
    _reach(chat)
    if message.kind in (Kind.LEFT, Kind.BACK):
        reply = _keep(chat, SILENCE)
    else:
        reply = _keep(chat, respond(chat) if respond else route(router, chat))
    conversations.save(db, talk)
    return Answer(talk.account_id, message.id, reply)


def _reach(chat: Chat) -> None:
    """Whoever writes can be reached; whoever blocked us cannot."""
    left = chat.message.kind is Kind.LEFT
    if left and chat.talk.reachable:
        outbox.reach(chat.db, chat.talk.account_id, reachable=False)
    elif not left and not chat.talk.reachable:
        returns.come_back(chat.db, chat.talk.account_id, chat.now)


def _keep(chat: Chat, reply: Reply) -> Reply:
    """Number the new screen and remember the reply until it is spoken."""
    talk, message = chat.talk, chat.message
    talk.heard = [*talk.heard, message.id]
    # An event that is brought late makes nobody silent again.
    talk.heard_at = max(talk.heard_at or message.sent_at, min(message.sent_at, chat.now))
    if reply.silent:
        talk.newest = talk.newest and message.kind is Kind.PRESS
        return reply
    in_place = message.kind is Kind.PRESS and _mark(message.press) == f"s{talk.screen}"
    carried = _with_unheard(chat, reply)
    in_place = in_place and carried is reply
    reply = carried
    stands = bool(talk.answer and talk.answer["ask_contact"])
    reply = replace(reply, drop_contact=stands and not reply.ask_contact)
    talk.screen += 1
    if not chat.repeats:
        talk.data.pop("for", None)
        if chat.person and talk.person and chat.person.id != talk.person.id:
            talk.data["for"] = chat.person.id
    alone = reply.place is None and reply.document is None and reply.photo is None
    reply = replace(reply, mark=f"s{talk.screen}", edit=in_place and talk.newest and alone)
    talk.step = chat.expected
    talk.newest = True
    talk.asked_at = chat.now
    talk.seen_from = None
    talk.answering = message.id
    talk.answer = reply.to_json()
    talk.unspoken_since = chat.now
    return reply


def _with_unheard(chat: Chat, reply: Reply) -> Reply:
    """The reply, after the words of the last one where nobody knows whether they were heard."""
    if chat.talk.unspoken_since is None:
        return reply
    last = Reply.from_json(chat.talk.answer)
    # Whoever asks the same thing again while the platform is down hears it once.
    before = "" if reply.text == last.text else last.text.removesuffix(f"\n\n{reply.text}")
    return replace(
        reply,
        text="\n\n".join(words for words in (before, reply.text) if words),
        place=reply.place or last.place,
        document=reply.document or last.document,
        photo=reply.photo or last.photo,
    )


def _mark(press: str) -> str:
    return press.partition("|")[0]
