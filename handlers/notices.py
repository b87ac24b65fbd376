"""Messages sent unasked: words made when they are sent, from the facts as they are then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.chat import Chat
from handlers.message import Kind, Message, Reply
from handlers.router import run
from handlers.routes import router
from storage import conversations, outbox, returns
from storage.models import NoticeState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.outbox import Owed


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to be sent."""

    notice_id: int
    account_id: int
    channel: str
    address: str
    reply: Reply
    again: bool


def prepare(db: Connection, owed: Owed, now: datetime) -> Letter | None:
    """Make the words and fix the numbers of a claimed notice; None where it need not be sent.

    A notice that is sent again, because nobody knows whether it arrived, keeps its numbers.
    """
    words = router.notices.get(owed.kind)
    if owed.account_id is None or words is None:
        reason = "unknown kind" if words is None else returns.LOST
        outbox.settle(db, owed.id, NoticeState.FAILED, at=None, reason=reason)
        return None
    chat = _chat(db, owed, now)
    reply = words(chat, owed)
    if reply is None:
        outbox.settle(db, owed.id, NoticeState.SKIPPED, at=None, reason="no longer true")
        return None
    block = 0
    if reply.choices:
        block = owed.block or outbox.free_block(db, owed.account_id, now)
    reply = _numbered(chat, reply, block, owed.id)
    chosen = {choice.digit: choice.action for choice in reply.choices}
    outbox.address_to(db, owed.id, account_id=owed.account_id, block=block, choices=chosen, now=now)
    talk = chat.talk
    talk.newest = False
    conversations.save(db, talk)
    return Letter(owed.id, owed.account_id, owed.channel, owed.address, reply, owed.again)


def _chat(db: Connection, owed: Owed, now: datetime) -> Chat:
    """The addressee's side of the talk: their language and form of address, not the sender's."""
    talk = conversations.enter(db, owed.channel, owed.address, language=owed.language, now=now)
    nothing = Message(owed.channel, owed.address, "", Kind.OTHER, now)
    chat = Chat(db, now, nothing, talk, lambda chat, action: run(router, chat, action))
    if owed.person_id is not None:
        chat.person = conversations.who(db, owed.person_id)
    return chat


def _numbered(chat: Chat, reply: Reply, block: int, notice_id: int) -> Reply:
    if block == 0 and reply.choices:
        words = chat._("To answer, write: menu")
        return replace(reply, text=f"{reply.text}\n{words}", choices=())
    choices = tuple(
        replace(choice, digit=f"{block}{place}")
        for place, choice in enumerate(reply.choices, start=1)
    )
    return replace(reply, choices=choices, mark=f"n{notice_id}", edit=False)
