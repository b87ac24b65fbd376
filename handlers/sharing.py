"""One phone for up to three colleagues of a school, each with their own code and consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import identify, naming
from handlers.chat import LEAVE
from handlers.router import number
from handlers.routes import router
from storage import accounts, consents, conversations, identity
from storage.accounts import MOST, Room
from storage.identity import Where
from storage.models import ConsentPurpose

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.conversations import Who

router.command(
    "share",
    "share",
    words=("dung chung", "dung chung may", "dung chung may nay", "them nguoi", "them nguoi dung"),
)
router.command("switch", "switch", words=("doi", "doi nguoi", "doi nguoi dung", "chuyen nguoi"))
# "cho co nga dung chung may nay": what is shared is named, so that no other talk is caught.
SHARED = frozenset(("may", "dien thoai", "dt", "tai khoan", "zalo", "telegram", "tk"))


@router.code
def asks_to_share(chat: Chat, text: str) -> Reply | None:
    """A sentence about sharing the phone, outside any step."""
    del text
    _, said, what = chat.folded.partition("dung chung")
    if not said or chat.talk.step or not any(what.strip().startswith(word) for word in SHARED):
        return None
    return chat.go("share")


@router.action("share")
def share(chat: Chat) -> Reply:
    """What sharing means, before anybody is added."""
    sharers = accounts.people(chat.db, chat.talk.account_id)
    if len(sharers) >= MOST:
        return identify.no_room(chat, Room.FULL)
    return chat.screen(
        chat._(
            "This phone is in use for {name}. It can be shared, by at most 3 people of one school."
            " Each has their own code and agrees for themselves; who shares a phone sees the"
            " others' trainings and results.",
            name=chat.me.full_name,
        ),
        (chat._("Add a person"), "share-add"),
        back=(chat._("Leave it"), LEAVE),
    )


@router.action("share-add")
def add(chat: Chat) -> Reply:
    """Ask for the newcomer's own code."""
    chat.expect("share code")
    return chat.screen(
        chat._("Please let the new person write their 8-digit personal code."),
        (chat._("No code yet"), "share-none"),
        back=(chat._("Leave it"), LEAVE),
    )


@router.step("share code")
def not_a_code(chat: Chat) -> Reply:
    """What is shaped like a code never gets here."""
    return identify.not_a_code(chat)


@router.action("share-none")
def no_code(chat: Chat) -> Reply:
    """Where codes come from."""
    chat.expect("share code")
    return chat.screen(
        chat._(
            "The principal hands out the code. Once the new person has it, it can be written here."
        ),
        back=(chat._("Leave it"), LEAVE),
    )


@router.action("share-ask")
def ask(chat: Chat) -> Reply:
    """The newcomer's own consent, to what is kept and to being seen by the others."""
    who = _newcomer(chat)
    if who is None:
        return chat.go("share-add")
    room = accounts.room(chat.db, chat.talk.account_id, who.id)
    if room in (Room.FULL, Room.OTHER_SCHOOL):
        return identify.no_room(chat, room)
    person = f"{who.full_name}, {naming.part(chat, who)}, {who.school}"
    return chat.screen(
        chat._(
            "{person}. The assistant keeps: full name, school, this shared {channel} account and"
            " training results. Does the person named here agree?",
            person=person, channel=naming.channel(chat.talk.channel),
        ),
        (chat._("Yes, that is me, and I agree"), "share-yes"),
        (chat._("I do not agree"), "share-no"),
    )  # fmt: skip


def _newcomer(chat: Chat) -> Who | None:
    person_id = identify.found(chat)
    return conversations.who(chat.db, person_id) if person_id is not None else None


@router.action("share-yes", instead="share-ask")
def agree(chat: Chat) -> Reply:
    """Keep the newcomer's yes, and let the account speak for them."""
    who = _newcomer(chat)
    if who is None:
        return chat.go("share-add")
    account_id = chat.talk.account_id
    if identity.where(chat.db, account_id, who.id) is not Where.NOWHERE:
        return identify.question(chat, who.id)
    before = chat.me
    room = identity.recognise(chat.db, account_id, who.id, chat.now, provisional=None)
    if room in (Room.FULL, Room.OTHER_SCHOOL):
        return identify.no_room(chat, room)
    consents.give(
        chat.db, account_id, ConsentPurpose.REGISTRATION, chat.now, channel=chat.talk.channel,
        person_id=who.id,
    )  # fmt: skip
    chat.begin()
    chat.person = conversations.who(chat.db, who.id)
    return _active(
        chat,
        chat._(
            "In use for {name} now. To go back to {other}, write: switch",
            name=who.full_name, other=before.full_name,
        ),
    )  # fmt: skip


@router.action("share-no")
def disagree(chat: Chat) -> Reply:
    """Nothing is kept of whoever did not agree."""
    chat.begin()
    return chat.screen(
        chat._("The assistant keeps nothing. This phone stays in use for {name}.",
               name=chat.me.full_name)
    )  # fmt: skip


@router.action("switch")
def switch(chat: Chat) -> Reply:
    """Between two people the word alone is enough; three choose."""
    others = [one for one in accounts.people(chat.db, chat.talk.account_id) if one.id != chat.me.id]
    return chat.go(f"switch-to {others[0].id}") if len(others) == 1 else chat.go("switch-list")


@router.action("switch-list")
def people(chat: Chat) -> Reply:
    """Who uses this account."""
    sharers = accounts.people(chat.db, chat.talk.account_id)
    more = [] if len(sharers) >= MOST else [(chat._("Add a person"), "share")]
    return chat.screen(
        chat._("This phone is in use for {name}.", name=chat.me.full_name),
        *(
            (naming.choice(one.full_name), f"switch-to {one.id}")
            for one in sharers
            if one.id != chat.me.id
        ),
        *more,
        back=(chat._("Leave it"), LEAVE),
    )


@router.action("switch-to", instead="switch-list")
def switch_to(chat: Chat, person_id: str) -> Reply:
    """Let the account speak for another of its people."""
    wanted = number(person_id)
    if not accounts.switch(chat.db, chat.talk.account_id, wanted):
        return chat.go("switch-list")
    chat.person = conversations.who(chat.db, wanted)
    return _active(chat, chat._("This phone is in use for {name} now.", name=chat.me.full_name))


def _active(chat: Chat, words: str) -> Reply:
    mine = chat._("Trainings of {name}", name=chat.me.full_name)
    return chat.screen(
        words,
        (chat._("See the training schedule"), "schedule"),
        (naming.choice(mine), "mine"),
    )
