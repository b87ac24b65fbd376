"""A code or number whose person has another account: asked about, never taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import identify, naming
from handlers.routes import router
from storage import accounts, claims, conversations, identity
from storage.accounts import Room
from storage.identity import Where
from storage.models import ClaimKind, Rung

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.claims import Claim
    from storage.outbox import Owed


@router.action("elsewhere", public=True)
def elsewhere(chat: Chat) -> Reply:
    """Has the phone changed, or was it a slip?"""
    person_id = identify.found(chat)
    if person_id is None:
        return chat.go("identify")
    others = accounts.elsewhere(chat.db, person_id, chat.talk.account_id)
    if not others:
        return identify.question(chat, person_id)
    room = accounts.room(chat.db, chat.talk.account_id, person_id)
    if room in (Room.FULL, Room.OTHER_SCHOOL):
        return identify.no_room(chat, room)
    other = naming.channel(others[0][1])
    if chat.form.get("card"):
        words = chat._(
            "The person with this number uses another {channel} account. Has the phone or the"
            " number changed? To use both, write there: link account",
            channel=other,
        )
        slip = chat._("No, that is not me")
    else:
        words = chat._(
            "This code is in use on another {channel} account. Has the phone or the number"
            " changed? To use both, write there: link account",
            channel=other,
        )
        slip = chat._("No, that was the wrong code")
    return chat.screen(words, (chat._("Yes, move to this phone"), "relink"), (slip, "notme"))


@router.action("relink", instead="elsewhere", public=True)
def relink(chat: Chat) -> Reply:
    """Ask whoever knows the person, and tell the old phone; nothing moves before that."""
    person_id = identify.found(chat)
    if person_id is None:
        return chat.go("identify")
    if identity.where(chat.db, chat.talk.account_id, person_id) is not Where.ELSEWHERE:
        return identify.question(chat, person_id)
    claim = identity.ask_to_move(chat.db, chat.talk.account_id, person_id, chat.now)
    chat.begin()
    return chat.screen(_asked(chat, claim), (chat._("See the training schedule"), "schedule"))


def _asked(chat: Chat, claim: Claim) -> str:
    if not claims.answerers(chat.db, claim, chat.now):
        return chat._(
            "The Department will be asked, and the old phone was told. Once it confirms, the old"
            " phone gets no more messages, and all trainings stay as they are."
        )
    match claim.rung:
        case Rung.PRINCIPAL:
            return chat._(
                "The principal was asked, and the old phone was told. Once the principal confirms,"
                " the old phone gets no more messages, and all trainings stay as they are."
            )
        case Rung.COMMUNE:
            return chat._(
                "The officer in charge of {unit} was asked, and the old phone was told. Once they"
                " confirm, the old phone gets no more messages, and all trainings stay as they"
                " are.",
                unit=naming.inside(claim.unit),
            )
        case Rung.DEPARTMENT:
            return chat._(
                "The Department was asked, and the old phone was told. Once it confirms, the old"
                " phone gets no more messages, and all trainings stay as they are."
            )
        case _:
            assert_never(claim.rung)


@router.action("waiting", public=True)
def waiting(chat: Chat) -> Reply:
    """What this account waits for."""
    account_id = chat.talk.account_id
    if claim := claims.open_of(chat.db, account_id, ClaimKind.PHONE):
        words = chat._(
            "The move of {name} to this phone is not confirmed yet. The assistant will write as"
            " soon as it is.",
            name=claim.full_name,
        )
    elif claim := claims.open_of(chat.db, account_id, ClaimKind.IDENTITY):
        words = chat._(
            "{name}, {school}: not confirmed yet. Meanwhile {you} can register, the seat is kept.",
            name=claim.full_name, school=claim.school or naming.inside(claim.unit),
        )  # fmt: skip
    else:
        return chat.go("menu")
    return chat.screen(words, (chat._("See the training schedule"), "schedule"))


@router.notice("phone asked")
def phone_asked(chat: Chat, owed: Owed) -> Reply | None:
    """To the account a person had so far."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None or claim.state != "open":
        return None
    return chat.letter(
        chat._(
            "Somebody used the personal code of {name} on another phone and asks to move there."
            " Nothing changes before it is confirmed. If that was not {name}, please tell the"
            " principal at once.",
            name=claim.full_name,
        )
    )


@router.notice("moved away")
def moved_away(chat: Chat, owed: Owed) -> Reply | None:
    """To the account that lost its person."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None:
        return None
    return chat.letter(
        chat._(
            "{decider} confirmed that {name} has another phone now. Messages for {name} no longer"
            " come here. If that is wrong, please tell the principal at once.",
            decider=claim.decided_by, name=claim.full_name,
        )
    )  # fmt: skip


@router.notice("also used")
def also_used(chat: Chat, owed: Owed) -> Reply | None:
    """To an account whose person turned out to have one more."""
    who = conversations.who(chat.db, int(owed.data["person"]))
    return chat.letter(
        chat._(
            "{name} now uses the assistant on one more account, as confirmed by the school or the"
            " officer in charge. If that was not {name}, please tell the principal at once.",
            name=who.full_name,
        )
    )
