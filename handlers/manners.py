"""Thanks, assent, stickers: one short answer a day. Voice and pictures: one line with a way on."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from handlers import dates, mine
from handlers.grammar import YES
from handlers.message import SILENCE, Kind, Reply
from handlers.routes import router

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from storage.courses import Training

# Whole texts, folded; particles around them do not matter.
_THANKS = frozenset(
    ("cam on", "cam on nhieu", "cam on tro ly", "cam on ban", "cam on nhe", "cam on em",
     "xin cam on", "cam on rat nhieu", "cam un", "cam on a", "thanks", "thank you", "thank",
     "tks", "thks", "tk", "camon", "cam on da nhac")
)  # fmt: skip
_ASSENT = frozenset(
    ("da", "vang", "u", "um", "uh", "ok", "oke", "oki", "okay", "okie", "duoc", "dc", "duoc roi",
     "dong y", "biet roi", "hieu roi", "ro roi", "da ro", "da biet", "da hieu", "da nhan", "tot",
     "nhan duoc", "nhan roi", "da nhan duoc", "tot qua", "hay qua", "yes", "hihi", "haha", "hehe",
     "roi", "biet", "hieu", "nhan", "ro")
)  # fmt: skip
_PARTICLES = frozenset(
    ("da", "vang", "a", "ah", "nha", "nhe", "nhen", "nghen", "roi", "ok", "nhieu", "em", "co",
     "thay", "minh", "toi", "qua")
)  # fmt: skip
_MARKS = ".,!?~;: …)(^_\"'"


def courtesy(chat: Chat) -> Reply | None:
    """The answer to thanks or assent: a short one, once a day, then silence; None for any other."""
    if not (_only_symbols(chat.text) or _polite(chat.folded)):
        return None
    if _asked(chat) and chat.folded in YES:
        # "Dạ vâng" must not sound like a yes to giving something up.
        return chat.again(chat._("The assistant did not understand that. Please choose a number:"))
    return _once(chat)


def _asked(chat: Chat) -> bool:
    """True while the newest message asks, and a choice of it would change something."""
    if not (chat.talk.answer and chat.talk.answer["choices"]):
        return False
    names = {action.split()[0] for action in chat.talk.choices.values()}
    return any(name in router.actions and router.actions[name].instead for name in names)


def _polite(folded: str) -> bool:
    words = [word.strip(_MARKS) for word in folded.split()]
    text = " ".join(word for word in words if word)
    if text in _THANKS or text in _ASSENT:
        return True
    core = " ".join(word for word in text.split() if word not in _PARTICLES)
    if core:
        return core in _THANKS or core in _ASSENT
    return not _ASSENT.isdisjoint(text.split())


def _only_symbols(text: str) -> bool:
    """True for emoji alone: something is shown, and none of it is a letter, a digit or a mark."""
    shown = [unicodedata.category(letter) for letter in text if not letter.isspace()]
    return "So" in shown and all(kind in ("So", "Sk", "Mn", "Cf", "Sm") for kind in shown)


def _once(chat: Chat) -> Reply:
    today = chat.now.date()
    if chat.talk.thanked_on == today:
        return SILENCE
    chat.talk.thanked_on = today
    # No new screen: whatever was asked can still be answered by its number, though "dạ" no longer
    # speaks of it.
    chat.talk.choices.pop("yes", None)
    return Reply(_see_you(chat) or chat._("Yes. For anything else, write: menu"))


def _see_you(chat: Chat) -> str:
    """The next meeting, where it is today or tomorrow."""
    course = _next(chat)
    start = _starts(chat, course) if course else None
    if start is None or start <= chat.now:
        return ""
    time = dates.clock(start, chat.talk.language)
    days = (start.date() - chat.now.date()).days
    if days == 0:
        return chat._("Yes, see {you} at {time} today.", time=time)
    return chat._("Yes, see {you} at {time} tomorrow.", time=time) if days == 1 else ""


def _next(chat: Chat) -> Training | None:
    coming = mine.live(chat) if chat.person else []
    return next((course for course, place in coming if place.holds), None)


def _starts(chat: Chat, course: Training) -> datetime | None:
    """When to be there."""
    first = course.first
    start = (first.arrive_at or first.starts_at) if first else None
    return start.astimezone(chat.now.tzinfo) if start else None


def media(chat: Chat) -> Reply:
    """What is no text. A sticker is a courtesy; anything else gets one line with a way on."""
    if chat.message.kind is Kind.STICKER:
        return _once(chat)
    words = _not_read(chat)
    shown = chat.talk.answer.get("choices") if chat.talk.answer else None
    if shown or chat.talk.step:
        return chat.again(words)
    course = _next(chat)
    if course:
        return chat.screen(
            words,
            (chat._("Ask the person in charge of {code}", code=course.code),
             f"contact {course.id}"),
            back=(chat._("Leave it"), "leave"),
        )  # fmt: skip
    return chat.screen(
        words,
        (chat._("Training schedule"), "schedule"),
        (chat._("Ask a person"), "ask"),
        back=(chat._("Leave it"), "leave"),
    )


router.media = media


def _not_read(chat: Chat) -> str:
    match chat.message.kind:
        case Kind.VOICE:
            return chat._(
                "The assistant cannot hear voice messages yet. Please type, with or without"
                " accents."
            )
        case Kind.PHOTO | Kind.VIDEO:
            return chat._(
                "The assistant cannot see pictures and videos yet. Please type, with or without"
                " accents."
            )
        case Kind.FILE:
            return chat._(
                "The assistant cannot read files yet. Please type, with or without accents."
            )
        case Kind.LOCATION:
            return chat._(
                "The assistant does not need to know where {you} are, and has not kept it. Please"
                " type, with or without accents."
            )
        case _:
            return chat._(
                "The assistant cannot read this kind of message. Please type, with or without"
                " accents."
            )
