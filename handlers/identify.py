"""Who is this? By the personal code, or by the phone's own number where that is proved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import dates, naming
from handlers.routes import router
from handlers.traits import traits
from storage import (
    accounts,
    claims,
    codes,
    consents,
    conversations,
    identity,
    personal_codes,
    phone_codes,
    phones,
    roles,
)
from storage.accounts import Room
from storage.identity import Where
from storage.models import ClaimKind, ConsentPurpose, Position, RoleKind
from storage.personal_codes import Tried

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply


# "toi ko co ma", "quen ma roi": as good as the choice that says so.
NONE = re.compile(
    r"\b((khong|ko|k|chua|hong) (co|biet|nho|thay|nhan|duoc|dc)|quen|mat) ?(\w+ )?ma\b"
    r"|^(khong|ko|k|chua|hong) (co|biet|nho)$"
)


def agreed(chat: Chat) -> bool:
    """True where this account may be asked who writes from it."""
    return consents.given(chat.db, chat.talk.account_id, ConsentPurpose.REGISTRATION)


@router.action("identify", public=True)
def identify(chat: Chat) -> Reply:
    """Ask for the code that the principal hands out; who has none goes on without."""
    if chat.person is not None and chat.me.verified:
        return chat.resume()
    if chat.person is None and not agreed(chat):
        return chat.go("welcome")
    # A code typed before the consent was given.
    if (found := chat.talk.data.pop("found", None)) is not None:
        return question(chat, int(found))
    if claims.open_of(chat.db, chat.talk.account_id, ClaimKind.PHONE):
        return chat.go("waiting")
    chat.expect("code")
    return chat.screen(
        _for_the_code(chat),
        (chat._("I have no code yet"), "details"),
        back=chat.back(),
        ask_contact=chat._("Share this phone's number") if traits(chat).contact else "",
    )


def _for_the_code(chat: Chat) -> str:
    if not _sends_codes(chat):
        return chat._(
            "Thank {you}. Please write the 8-digit personal code that the principal hands out."
        )
    return chat._(
        "Thank {you}. Please write the 8-digit personal code that the principal hands out, or the"
        " phone number that the school's list has."
    )


def _sends_codes(chat: Chat) -> bool:
    return phone_codes.offered(chat.db, chat.now)


@router.step("code")
def not_a_code(chat: Chat) -> Reply:
    """What is shaped like a code never gets here."""
    if NONE.search(chat.folded) and chat.talk.step == "code":
        return chat.go("details")
    if router.words.get(chat.folded) == "link":
        return chat.go("link")
    if chat.talk.step == "code" and (number := phones.phone(chat.text)):
        return typed(chat, number)
    return chat.again(
        chat._("The personal code has 8 digits, for example 1234 5678. Please write it again.")
    )


@router.code
def personal_code(chat: Chat, text: str) -> Reply | None:
    """Eight digits, typed anywhere: "48271093", "4827 1093"."""
    digits = codes.read(text)
    # An officer may name somebody by their code.
    if digits is None or chat.talk.step == "trainer name":
        return None
    tried = personal_codes.attempt(chat.db, chat.talk, digits, chat.now)
    if tried.outcome is Tried.FOUND and tried.person_id is not None:
        return question(chat, tried.person_id)
    if tried.outcome is Tried.PAUSED and tried.until is not None:
        return paused(chat, tried.until)
    return _wrong(chat)


def _wrong(chat: Chat) -> Reply:
    words = chat._(
        "This code is not right or no longer in use. Please check the 8 digits, or ask the"
        " principal."
    )
    if chat.talk.step in ("code", "share code"):
        return chat.again(words)
    return chat.screen(words, back=chat.back("menu"))


def paused(chat: Chat, until: datetime) -> Reply:
    """No code is read before this moment; the day is said where it is another one."""
    time = dates.clock(until, chat.talk.language)
    if until.date() == chat.now.date():
        words = chat._("Too many wrong codes. Codes are read again from {time}.", time=time)
    else:
        words = chat._(
            "Too many wrong codes. Codes are read again from {time}, {day}.",
            time=time, day=dates.day(until.date(), chat.talk.language),
        )  # fmt: skip
    # Whoever agreed and is nobody yet need not wait for the codes to be read again.
    without = chat.person is None and agreed(chat)
    on = [(chat._("Go on without a code"), "details")] if without else []
    return chat.screen(words, *on, back=chat.back("menu"))


@router.code
def number(chat: Chat, text: str) -> Reply | None:
    """A phone number outside a dialogue: whoever is not known yet means to say who they are."""
    if chat.talk.step or (chat.person is not None and chat.me.verified):
        return None
    found = phones.phone(text)
    if found is None:
        return None
    if chat.person is None and not agreed(chat):
        return chat.go("welcome")
    if claims.open_of(chat.db, chat.talk.account_id, ClaimKind.PHONE):
        return chat.go("waiting")
    return typed(chat, found)


def question(chat: Chat, person_id: int, *, card: bool = False) -> Reply:
    """This person's code was written here, or their number shared: what does that mean here?"""
    place = identity.where(chat.db, chat.talk.account_id, person_id)
    if place is Where.HERE:
        return _here(chat, person_id)
    known = place is Where.ELSEWHERE and accounts.agreed(chat.db, person_id)
    if chat.person is None and not agreed(chat) and not known:
        chat.talk.data["found"] = person_id
        return chat.go("welcome")
    chat.begin(found=person_id, card=card)
    if place is Where.ELSEWHERE:
        return chat.go("elsewhere")
    if chat.person is not None and chat.me.verified:
        return chat.go("share-ask")
    return _is_it_you(chat, person_id)


def _is_it_you(chat: Chat, person_id: int) -> Reply:
    who = conversations.who(chat.db, person_id)
    shared = [(chat._("Somebody else who shares this phone"), "share-ask")]
    return chat.screen(
        chat._("{person}. Is this {you}?", person=naming.introduced(chat, who)),
        (chat._("Yes"), "itsme"),
        *(shared if chat.person is not None else ()),
        (chat._("No, that is not me"), "notme"),
        yes=True,
    )


def found(chat: Chat) -> int | None:
    """Whose code or number was shown in this dialogue; never taken from a choice."""
    person_id = chat.form.get("found")
    return person_id if isinstance(person_id, int) else None


@router.action("itsme", instead="identify", public=True)
def itsme(chat: Chat) -> Reply:
    """The account speaks for this person from now on."""
    person_id = found(chat)
    if person_id is None:
        return chat.go("identify")
    unknown = chat.person is None or not chat.me.verified
    place = identity.where(chat.db, chat.talk.account_id, person_id)
    if place is not Where.NOWHERE or not unknown or (chat.person is None and not agreed(chat)):
        return question(chat, person_id)
    return _recognised(chat, person_id)


@router.action("notme", public=True)
def notme(chat: Chat) -> Reply:
    """A slip in the code, or somebody else's: nothing is kept of it."""
    chat.begin()
    return chat.go("identify")


def _recognised(chat: Chat, person_id: int) -> Reply:
    room = identity.recognise(
        chat.db, chat.talk.account_id, person_id, chat.now, provisional=chat.person
    )
    if room in (Room.FULL, Room.OTHER_SCHOOL):
        return no_room(chat, room)
    chat.begin()
    chat.person = conversations.who(chat.db, person_id)
    return chat.go("principal-offer") if heads_without_role(chat) else chat.resume()


def heads_without_role(chat: Chat) -> bool:
    """True for a confirmed principal, still there, who has not taken the school's role yet."""
    me, day = chat.me, chat.now.date()
    if me.position is not Position.PRINCIPAL or not me.verified or me.school_id is None:
        return False
    return roles.works(chat.db, me.id, day) and me.id not in roles.holders(
        chat.db, RoleKind.PRINCIPAL, day=day, school_id=me.school_id
    )


def _here(chat: Chat, person_id: int) -> Reply:
    """The code of somebody this account speaks for already."""
    accounts.switch(chat.db, chat.talk.account_id, person_id)
    chat.person = conversations.who(chat.db, person_id)
    return chat.screen(
        chat._(
            "The assistant knows {name} here already, no code is needed.", name=chat.me.full_name
        ),
        (chat._("See the training schedule"), "schedule"),
        (chat._("My trainings"), "mine"),
    )


def no_room(chat: Chat, room: Room) -> Reply:
    """The account cannot serve one more person."""
    if room is Room.FULL:
        words = chat._("Three people use this account already, which is the most. Nothing changed.")
    else:
        words = chat._(
            "Only colleagues of one school can share an account, so nothing has changed. Please"
            " use another phone."
        )
    return chat.screen(words, (chat._("Who uses this account"), "switch-list"), back=chat.back())


def by_contact(chat: Chat) -> Reply:
    """A shared phone card counts only where it is the sender's own."""
    card = chat.message.contact
    proves = traits(chat).contact
    if card is None or ((proves or card.owner) and card.owner != chat.message.address):
        return chat.again(
            chat._(
                "This card belongs to somebody else, or the app does not say whose it is, so it"
                " proves nothing. Please share this phone's own number, or write the code."
            )
        )
    if chat.person is None and not agreed(chat):
        return chat.go("welcome")
    if chat.person is not None and chat.me.verified:
        return _here(chat, chat.me.id)
    number = phones.phone(card.phone)
    if not proves:
        return typed(chat, number)
    same = accounts.with_phone(chat.db, number, chat.now.date()) if number else []
    if len(same) != 1:
        chat.begin(phone=number)
        return chat.go("details") if chat.person is None else chat.go("waiting")
    place = identity.where(chat.db, chat.talk.account_id, same[0])
    if place is not Where.NOWHERE:
        return question(chat, same[0], card=True)
    return _greeted(chat, same[0])


def _greeted(chat: Chat, person_id: int) -> Reply:
    """What the phone itself has shown is not asked again, only said."""
    reply = _recognised(chat, person_id)
    if chat.person is None:
        return reply
    hello = chat._("This is {person}.", person=naming.introduced(chat, chat.me))
    return replace(reply, text=f"{hello}\n{reply.text}")


def typed(chat: Chat, number: str | None) -> Reply:
    """A number that proves nothing: a code may be sent to it, else others are asked.

    `number` is E.164, None where it is none of ours. What follows does not depend on whether
    anybody has it.
    """
    chat.begin(phone=number)
    if number and _sends_codes(chat):
        return chat.go("phone-code")
    if chat.person is not None:
        return chat.go("waiting")
    reply = chat.go("details")
    words = chat._("A number alone does not show who writes. Please write the full name too.")
    return replace(reply, text=words)


def proved(chat: Chat, person_id: int) -> Reply:
    """A code sent to this person's number was typed here: that phone is in these hands today.

    A person known elsewhere gets one more account and keeps the others, which are told and can
    take it off. A number that a platform merely has on file cannot do so (`by_contact`): an
    account keeps the number it was opened with, also when that has long been somebody else's.
    """
    match identity.where(chat.db, chat.talk.account_id, person_id):
        case Where.HERE:
            return _here(chat, person_id)
        case Where.ELSEWHERE:
            chat.begin(proved=person_id)
            return chat.go("link-ask")
        case Where.NOWHERE:
            return _greeted(chat, person_id)


router.contact = by_contact
