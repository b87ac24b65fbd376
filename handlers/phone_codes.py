"""A number that was typed: a code goes to it, if the school's list has it, and is typed back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers import dates, identify
from handlers.message import SILENCE
from handlers.routes import router
from storage import phone_codes, phones, tries
from storage.personal_codes import Tried

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed

STEP = "phone code"
SIX = re.compile(r"\d(?:[ .-]?\d){5}", re.ASCII)
# "gui lai ma", "xin gui ma khac": as good as the choice that says so.
AGAIN = re.compile(
    r"(?:(?:xin|da|cho|nho) )*(?:gui|lay) (?:lai|(?:cho )?(?:toi )?ma (?:khac|moi|lai))\b"
)


def _number(chat: Chat) -> str | None:
    """The number of this dialogue (E.164), where a code may be sent to it and is of use."""
    found = chat.form.get("phone")
    known = chat.person is not None and chat.me.verified
    if known or (chat.person is None and not identify.agreed(chat)):
        return None
    return found if isinstance(found, str) and phone_codes.offered(chat.db, chat.now) else None


@router.action("phone-code", public=True)
def offer(chat: Chat) -> Reply:
    """Before anything is sent: where it goes, and what it is for."""
    number = _number(chat)
    if number is None:
        return chat.go("identify")
    return chat.screen(
        chat._(
            "A number alone does not show who writes. If the school's list has {phone}, the"
            " assistant sends a 6-digit code to that number on Zalo, to be written here.",
            phone=phones.hidden(number),
        ),
        (chat._("Send the code"), "phone-code-send"),
        (chat._("Go on without a code"), "details"),
        back=chat.back("identify"), yes=True,
    )  # fmt: skip


@router.action("phone-code-send", instead="phone-code", public=True)
def send(chat: Chat) -> Reply:
    """Owe the code; the same words whether anybody has the number or not."""
    number = _number(chat)
    if number is None:
        return chat.go("identify")
    if until := tries.paused(chat.db, chat.talk, chat.now):
        # It could not be used before it is too old.
        return identify.paused(chat, until)
    if until := phone_codes.ask(chat.db, chat.talk, number, chat.now):
        return _enough(chat, until)
    return chat.ask(
        chat._(
            "If the school's list has {phone}, a 6-digit code is on its way to it on Zalo. Please"
            " write it here within 10 minutes.",
            phone=phones.hidden(number),
        ),
        STEP,
        (chat._("No code has come"), "phone-code-none"),
        back="identify",
    )  # fmt: skip


def _enough(chat: Chat, until: datetime) -> Reply:
    time, code = dates.clock(until, chat.talk.language), chat.talk.language
    if until.date() == chat.now.date():
        words = chat._(
            "Codes have been asked for too often here. It can be done again from {time}.", time=time
        )
    else:
        words = chat._(
            "Codes have been asked for too often here. It can be done again from {time}, {day}.",
            time=time, day=dates.day(until.date(), code),
        )  # fmt: skip
    return chat.screen(
        words, (chat._("Go on without a code"), "details"), back=chat.back("identify")
    )


@router.action("phone-code-none", public=True)
def none(chat: Chat) -> Reply:
    """Why none may have come; the code can still be written."""
    return chat.ask(
        chat._(
            "The code comes only where the school's list has this number and it uses Zalo."
            " Sometimes it takes a minute or two."
        ),
        STEP,
        (chat._("Send another code"), "phone-code-send"),
        (chat._("Go on without a code"), "details"),
        back="identify",
    )


@router.step(STEP)
def written(chat: Chat) -> Reply:
    """The six digits, in any grouping, or another number."""
    if identify.NONE.search(chat.folded):
        return none(chat)
    if AGAIN.match(chat.folded):
        return send(chat)
    if not SIX.fullmatch(chat.text):
        if number := phones.phone(chat.text):
            return identify.typed(chat, number)
        return chat.again(chat._("The code has 6 digits. Please write only the code."))
    tried = phone_codes.attempt(chat.db, chat.talk, re.sub(r"\D", "", chat.text), chat.now)
    if tried.outcome is Tried.FOUND and tried.person_id is not None:
        return identify.proved(chat, tried.person_id)
    if tried.outcome is Tried.PAUSED and tried.until is not None:
        return identify.paused(chat, tried.until)
    return chat.ask(
        chat._("This code is not right or too old. Please check it, or let another one be sent."),
        STEP,
        (chat._("Send another code"), "phone-code-send"),
        (chat._("Go on without a code"), "details"),
        back="identify",
    )


@router.notice(phone_codes.KIND)
def words(chat: Chat, owed: Owed) -> Reply | None:
    """No account is shown a code: it goes to the phone alone, as a template, while it is good."""
    good = phone_codes.sending(chat.db, owed.subject_id, chat.now)
    return SILENCE if good else None
