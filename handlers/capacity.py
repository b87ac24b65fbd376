"""Whom a channel lets in: the platform's quota of people, and accounts that are not ours alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.message import SILENCE, Kind, Reply
from handlers.numbers import number as figure
from handlers.reading import FRESH
from handlers.routes import router
from handlers.traits import elsewhere
from storage import channels, codes, link_codes, quotas
from storage.quotas import What

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.channels import Terms
    from storage.outbox import Owed

# What asks for us where an account answers for the whole office.
CALLS = frozenset(("tap huan", "taphuan"))


def at_the_door(chat: Chat) -> Reply | None:
    """What an account that speaks for nobody is answered before it is let in; None: it may.

    Beyond the platform's number of people, by order of arrival, there is one sentence for every
    message. On an account of the office's own, ordinary words are none of our business.
    """
    terms = channels.terms(chat.db, chat.talk.channel)
    if terms.most_people and (refusal := _full(chat, terms)):
        return refusal
    return SILENCE if terms.shared and not _for_us(chat) else None


router.door = at_the_door


def _full(chat: Chat, terms: Terms) -> Reply | None:
    name = chat.talk.channel
    rank = channels.rank(chat.db, name, chat.talk.account_id)
    first = not chat.talk.heard
    if first and quotas.near(rank, terms.most_people):
        quotas.tell(chat.db, name, What.PEOPLE, terms.most_people, chat.now)
    if rank <= terms.most_people:
        return None
    others = elsewhere(chat)
    if not others:
        return Reply(
            chat._(
                "Here the assistant can serve {count} people only, and they are all taken. Please"
                " tell the principal, for the paper list.",
                count=terms.most_people,
            )
        )
    return Reply(
        chat._(
            "Here the assistant can serve {count} people only, and they are all taken. Please"
            " write to it elsewhere:\n{contacts}\nOr tell the principal, for the paper list.",
            count=terms.most_people, contacts=others,
        )
    )  # fmt: skip


def _for_us(chat: Chat) -> bool:
    """A code, a press, the words that call us, or the talk goes on that was begun."""
    if chat.message.kind in (Kind.PRESS, Kind.FOLLOW) or _open(chat):
        return True
    text = chat.text
    if chat.message.kind is not Kind.TEXT:
        return False
    read = (
        codes.course(text),
        codes.announcement(text),
        codes.read(text),
        codes.read_invitation(text),
        link_codes.read(text),
    )
    return any(each is not None for each in read) or chat.folded in CALLS


def _open(chat: Chat) -> bool:
    """True while something is asked, or stands on the screen, from the last day."""
    talk = chat.talk
    recent = talk.asked_at is not None and chat.now - talk.asked_at <= FRESH
    return recent and bool(talk.step or talk.choices)


@router.notice(quotas.KIND)
def near(chat: Chat, owed: Owed) -> Reply | None:
    """To the officers of the Sở: what is nearly used up, and what follows."""
    name, what = str(owed.data["channel"]), What(str(owed.data["what"]))
    code = chat.talk.language
    count = figure(quotas.used(chat.db, name, what, chat.now), code)
    most = figure(owed.subject_id, code)
    if what is What.PEOPLE:
        return chat.letter(
            chat._(
                "The Zalo bot is used by {count} of at most {most} people. Whoever comes after"
                " that is refused and told where else to write. The Zalo Official Account has no"
                " such limit.",
                count=count, most=most,
            )
        )  # fmt: skip
    return chat.letter(
        chat._(
            "The Zalo bot has used {count} of at most {most} messages of this month. After that"
            " it cannot answer before the month ends. The Zalo Official Account has no such"
            " limit.",
            count=count, most=most,
        )
    )  # fmt: skip
