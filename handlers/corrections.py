"""What people say is wrong about them, passed to whoever keeps the list, and the answer back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import naming, relays
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import conversations, profiles
from storage.models import Position
from storage.profiles import LONGEST

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.conversations import Who
    from storage.outbox import Owed


@router.action("correct")
def correct(chat: Chat) -> Reply:
    """Ask what is wrong."""
    chat.begin(person=chat.me.id)
    return chat.ask(
        chat._("What is wrong, and how should it read? Please write it in one message."),
        "correction", back="profile",
    )  # fmt: skip


@router.step("correction")
def correction(chat: Chat) -> Reply:
    """Pass on what should be corrected: to the principal, else to the commune."""
    if chat.person is None:
        return chat.go("menu")
    if trouble := relays.unfit(chat, LONGEST):
        return chat.again(trouble)
    who = conversations.who(chat.db, int(chat.form.get("person", chat.me.id)))
    if profiles.correct(chat.db, who, chat.text, message_id=chat.message.id, now=chat.now):
        words = chat._(
            "This has been passed on to whoever keeps the list. The assistant writes as soon as"
            " there is an answer."
        )
    else:
        words = _nobody(chat, who)
    return chat.screen(words, back=chat.back("profile"))


def _nobody(chat: Chat, who: Who) -> str:
    """Whom to tell instead; a principal is not sent to themselves, nor an officer to one."""
    match who.position:
        case Position.PRINCIPAL:
            return chat._(
                "Nobody who keeps the list can be reached here yet, so this was not passed on."
                " Please tell the commune's office."
            )
        case Position.OFFICER:
            return chat._(
                "Nobody who keeps the list can be reached here yet, so this was not passed on."
                " Please tell the Department."
            )
        case _:
            return chat._(
                "Nobody who keeps the list can be reached here yet, so this was not passed on."
                " Please tell the principal."
            )


@router.notice("correction")
def correction_letter(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever keeps the list: what should be corrected."""
    who = conversations.who(chat.db, owed.subject_id)
    return chat.letter(
        chat._(
            "{who} asks to correct what is kept about them: “{words}”",
            who=naming.introduced(chat, who), words=str(owed.data.get("words", "")),
        ),
        (chat._("Answer"), f"respond {who.id}"),
    )  # fmt: skip


@router.action("respond")
def respond(chat: Chat, person_id: str) -> Reply:
    """Ask for the answer about a correction."""
    who = _theirs(chat, person_id)
    chat.begin(person=chat.me.id, about=who.id)
    return relays.ask_answer(chat, who.full_name, LONGEST, "correction answer")


def _theirs(chat: Chat, person_id: str) -> Who:
    """Somebody whose data this person may speak about; raises BadArgument for anybody else."""
    who = profiles.find(chat.db, number(person_id))
    if who is None or not profiles.may_respond(chat.db, chat.me.id, who, chat.now):
        raise BadArgument(person_id)
    return who


@router.step("correction answer")
def responded(chat: Chat) -> Reply:
    """Pass the answer back."""
    if chat.person is None:
        return chat.go("menu")
    if trouble := relays.too_long(chat, LONGEST):
        return chat.again(trouble)
    by = relays.writer(chat)
    try:
        who = _theirs(chat, str(chat.form.get("about", "")))
    except BadArgument:
        return chat.go("menu")
    profiles.respond(chat.db, who, chat.text, by=by, message_id=chat.message.id, now=chat.now)
    return chat.screen(
        chat._("The answer has been passed on to {name}.", name=who.full_name),
        back=chat.back("menu"),
    )


@router.notice("corrected")
def corrected(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever asked for a correction: the answer, and from whom."""
    by = conversations.who(chat.db, owed.subject_id)
    return chat.letter(
        chat._(
            "{name} answers about the details of {you}: “{words}”",
            name=by.full_name, words=str(owed.data.get("words", "")),
        )
    )  # fmt: skip
