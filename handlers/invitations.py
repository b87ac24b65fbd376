"""An officer comes in: the code of an invitation, consent, the full name, then today's work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import dates, identify, naming, start
from handlers.routes import router
from storage import codes, consents, conversations, invitations, tries
from storage.accounts import Room
from storage.invitations import Outcome
from storage.models import ConsentPurpose, RoleKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.invitations import Invited
    from storage.outbox import Owed


@router.code
def code(chat: Chat, text: str) -> Reply | None:
    """`MOI-7K3M-2QXP`, typed anywhere at any time, or in the link that opened the chat."""
    # Links to a chat carry letters, digits, hyphens and underscores only.
    read = codes.read_invitation(text.replace("_", "-"))
    if read is None:
        return None
    if until := tries.paused(chat.db, chat.talk, chat.now):
        return identify.paused(chat, until)
    chat.begin(invitation=codes.digest(read))
    return invited(chat)


@router.action("invited", public=True)
def invited(chat: Chat) -> Reply:
    """Go on with the invitation that was written: consent, then the name, then the role."""
    digest = str(chat.form.get("invitation", ""))
    if not digest:
        return chat.screen(chat._("Please write the code of the invitation again."))
    if chat.person is not None:
        return _claim(chat, chat.me.full_name)
    found = invitations.look(chat.db, digest, chat.now)
    if found.outcome is not Outcome.CLAIMED:
        return _claim(chat, "")
    if not consents.given(chat.db, chat.talk.account_id, ConsentPurpose.REGISTRATION):
        return _consent(chat, found)
    if found.holder:
        return chat.screen(
            chat._(
                "This invitation for {unit} is in the name of {holder}. Is that right?",
                unit=found.unit, holder=found.holder,
            ),
            (chat._("Yes, that is me"), "invited-holder"),
            (chat._("No, somebody else"), "invited-other"),
        )  # fmt: skip
    return chat.ask(
        chat._("Invitation for {unit}. Please write the full name, with its accents.",
               unit=found.unit),
        "officer name",
    )  # fmt: skip


def _consent(chat: Chat, found: Invited) -> Reply:
    """An officer is asked as everybody is; the invitation waits."""
    return chat.screen(
        chat._(
            "Invitation to work as an officer for {unit}.\nThe assistant keeps: full name, unit,"
            " this account, and what is decided here and when. It never asks for passwords, OTPs,"
            " ID cards, bank accounts or money.",
            unit=found.unit,
        ),
        (chat._("I agree"), "invited-agree"),
        (chat._("I do not agree"), "invited-no"),
    )


@router.action("invited-agree", instead="invited", public=True)
def agree(chat: Chat) -> Reply:
    """Keep the consent and go on."""
    if chat.person is None and chat.form.get("invitation"):
        consents.give(
            chat.db, chat.talk.account_id, ConsentPurpose.REGISTRATION, chat.now,
            channel=chat.talk.channel,
        )  # fmt: skip
    return invited(chat)


@router.action("invited-no", public=True)
def refuse(chat: Chat) -> Reply:
    """Nothing is kept; the code stays as it was. Whoever is known keeps what they agreed to."""
    if chat.person is None:
        consents.take_back(chat.db, chat.talk.account_id, chat.now)
    start.forget(chat)
    return chat.screen(
        chat._("The assistant keeps nothing. The invitation can still be used until it expires.")
    )


@router.action("invited-holder", instead="invited", public=True)
def holder(chat: Chat) -> Reply:
    """The one the invitation names takes it."""
    found = invitations.look(chat.db, str(chat.form.get("invitation", "")), chat.now)
    agreed = consents.given(chat.db, chat.talk.account_id, ConsentPurpose.REGISTRATION)
    if chat.person is not None or not found.holder or not agreed:
        return invited(chat)
    return _claim(chat, found.holder)


@router.action("invited-other", public=True)
def other(chat: Chat) -> Reply:
    """It is somebody else's invitation."""
    chat.begin()
    return _told(chat, Outcome.OTHERS)


@router.step("officer name")
def name(chat: Chat) -> Reply:
    """The full name of an officer who is not on any list."""
    if not chat.form.get("invitation"):
        return invited(chat)
    if trouble := naming.no_name(chat):
        return chat.again(trouble)
    return _claim(chat, chat.text)


def _claim(chat: Chat, full_name: str) -> Reply:
    result = invitations.claim(
        chat.db, str(chat.form.get("invitation", "")), account_id=chat.talk.account_id,
        person_id=chat.person.id if chat.person else None, name=full_name, now=chat.now,
    )  # fmt: skip
    chat.begin()
    if result.person_id is None:
        return _told(chat, result.outcome)
    chat.person = conversations.who(chat.db, result.person_id)
    later = result.from_day is not None and result.from_day > chat.now.date()
    work = chat.go("menu" if later else "work")
    return replace(work, text=f"{_welcome(chat, result)}\n{work.text}")


def _welcome(chat: Chat, result: Invited) -> str:
    if result.outcome is Outcome.ALREADY:
        return chat._("{You} already have this role for {unit}.", unit=result.unit)
    if result.from_day is not None and result.from_day > chat.now.date():
        return chat._(
            "Welcome, {name}: the role for {unit} begins on {day}.",
            name=chat.me.full_name, unit=result.unit,
            day=dates.day(result.from_day, chat.talk.language),
        )  # fmt: skip
    match result.kind:
        case RoleKind.DEPARTMENT:
            return chat._(
                "Welcome, {name}: officer of the Department of Education and Training, {unit}.",
                name=chat.me.full_name, unit=result.unit,
            )  # fmt: skip
        case _:
            return chat._(
                "Welcome, {name}: officer in charge for {unit}.",
                name=chat.me.full_name, unit=result.unit,
            )  # fmt: skip


def _told(chat: Chat, outcome: Outcome) -> Reply:
    """Why an invitation opens nothing, and what to do."""
    match outcome:
        case Outcome.UNKNOWN:
            words = chat._(
                "There is no such invitation. Please check the code, or ask whoever sent it."
            )
        case Outcome.EXPIRED:
            words = chat._("This invitation has expired. Please ask whoever sent it for a new one.")
        case Outcome.REVOKED:
            words = chat._(
                "This invitation has been taken back. Please ask whoever sent it for a new one."
            )
        case Outcome.USED:
            words = chat._(
                "This invitation has been used. Please ask whoever sent it for a new one."
            )
        case Outcome.OTHERS:
            words = chat._(
                "This invitation is in somebody else's name. Please ask whoever sent it for"
                " another one."
            )
        case Outcome.FULL:
            return identify.no_room(chat, Room.FULL)
        case Outcome.OTHER_SCHOOL:
            words = chat._(
                "This account serves somebody else, and an officer has one of their own. The"
                " invitation can still be used: please write it from another account."
            )
        case Outcome.CLAIMED | Outcome.ALREADY:
            return chat.go("menu")
        case _:
            assert_never(outcome)
    return chat.screen(words, back=chat.back("menu"))


@router.notice("invitation claimed")
def claimed(chat: Chat, owed: Owed) -> Reply | None:
    """To the inviter: who took the role."""
    joined = invitations.joined(chat.db, owed.subject_id, int(owed.data["person"]))
    if joined is None:
        return None
    return chat.letter(
        chat._(
            "{name} has taken up the invitation and is now an officer for {unit}.",
            name=joined.name, unit=joined.unit,
        )
    )  # fmt: skip


@router.notice("invitation used")
def used(chat: Chat, owed: Owed) -> Reply | None:
    """To the accounts an officer had before: an invitation in their name opened one more."""
    who = conversations.who(chat.db, int(owed.data["person"]))
    return chat.letter(
        chat._(
            "{name} now uses the assistant on one more account, with an invitation in that name."
            " If that was not {name}, please tell the Department at once.",
            name=who.full_name,
        )
    )
