"""One person on several accounts: a code made on one is typed on the other."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers import dates, identify, naming
from handlers.router import number
from handlers.routes import router
from handlers.traits import elsewhere
from storage import accounts, codes, consents, conversations, courses, identity, link_codes, tries
from storage import linking as links
from storage.accounts import Room
from storage.identity import Where
from storage.models import ConsentPurpose

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.conversations import Who
    from storage.outbox import Owed

router.command(
    "link", "noi", "link",
    words=("noi tai khoan", "noi them tai khoan", "lien ket", "lien ket tai khoan", "ket noi",
           "ket noi tai khoan", "noi zalo", "noi telegram", "lien ket zalo", "lien ket telegram",
           "ket noi zalo", "ket noi telegram", "noi tai khoan zalo", "noi tai khoan telegram",
           "ma noi", "ma noi tai khoan", "link account"),
)  # fmt: skip
# Actions of a course's screens, each followed by the id of the course.
OF_A_COURSE = frozenset(("course", "register", "sure", "way", "contact"))


@router.action("link", public=True)
def link(chat: Chat) -> Reply:
    """A code for the other account; whoever is not known here is told where to make one."""
    if chat.person is None:
        return chat.screen(
            chat._(
                "On the account where the assistant knows {you} already, write: link account\nIt"
                " shows a code. Please write that code here."
            ),
            (chat._("I use no other account"), "welcome"),
        )
    chat.talk.data["left"] = _left_open(chat)
    code = link_codes.create(chat.db, chat.me.id, chat.talk.account_id, chat.now)
    return chat.screen(
        _to_be_typed(chat, code), (chat._("My accounts"), "accounts"), back=chat.back("menu")
    )


def _left_open(chat: Chat) -> int | None:
    """The one course that the screen before was about, to go on with it on the other account."""
    actions = (action.split() for action in (chat.intent, *chat.talk.choices.values()))
    named = {
        words[1]
        for words in actions
        if len(words) > 1 and words[0] in OF_A_COURSE and words[1].isdecimal()
    }
    return number(named.pop()) if len(named) == 1 else None


def _to_be_typed(chat: Chat, code: str) -> str:
    if contacts := elsewhere(chat):
        return chat._(
            "The code is {code}, good for 10 minutes. Please write it to the assistant from your"
            " other account:\n{contacts}\nPlease give the code to nobody.",
            code=code, contacts=contacts,
        )  # fmt: skip
    return chat._(
        "The code is {code}, good for 10 minutes. Please write it to the assistant from your other"
        " account, on Zalo or Telegram.\nPlease give the code to nobody.",
        code=code,
    )


@router.code
def code(chat: Chat, text: str) -> Reply | None:
    """`NOI-47K-2QM`, typed anywhere at any time; or a slip in one, which opens nothing."""
    read = link_codes.read(text)
    if read is None and not link_codes.meant(text):
        return None
    if until := tries.paused(chat.db, chat.talk, chat.now):
        return identify.paused(chat, until)
    digest = codes.digest(read) if read else ""
    found = link_codes.look(chat.db, digest, chat.now) if read else None
    if found is None:
        until = tries.failed(chat.db, chat.talk.account_id, chat.now)
        return identify.paused(chat, until) if until else gone(chat)
    if found.account_id == chat.talk.account_id:
        return chat.again(chat._("This code is to be written on the other account, not here."))
    chat.begin(link=digest)
    return ask(chat)


def gone(chat: Chat) -> Reply:
    """A code that opens nothing."""
    return chat.screen(
        chat._(
            "This code is not right, has been used or is older than 10 minutes. For a new one,"
            " write on the other account: link account"
        ),
        back=chat.back("menu"),
    )


def _whom(chat: Chat) -> int | None:
    """The person whose code was typed here, or whose number was proved; never from a choice."""
    if digest := chat.form.get("link"):
        found = link_codes.look(chat.db, str(digest), chat.now)
        return found.person_id if found else None
    proved = chat.form.get("proved")
    return proved if isinstance(proved, int) else None


@router.action("link-ask", public=True)
def ask(chat: Chat) -> Reply:
    """The one question: is this account that person's too?"""
    person_id = _whom(chat)
    if person_id is None:
        return gone(chat)
    if identity.where(chat.db, chat.talk.account_id, person_id) is Where.HERE:
        return identify.question(chat, person_id)
    who = conversations.who(chat.db, person_id)
    if refusal := _refusal(chat, who):
        return refusal
    return _shared(chat, who) if chat.person and chat.me.verified else _its_own(chat, who)


def _its_own(chat: Chat, who: Who) -> Reply:
    """An account of nobody's, or of somebody who only claimed to be somebody so far."""
    person = naming.introduced(chat, who)
    if chat.person is None:
        words = chat._(
            "Link this account to {person}? The assistant keeps this account too; whoever uses it"
            " sees those trainings and gets those messages.",
            person=person,
        )
    else:
        words = chat._(
            "Link this account to {person}? Whoever uses it sees those trainings and gets those"
            " messages; what was registered here goes with it.",
            person=person,
        )
    return chat.screen(words, (chat._("Yes"), "link-yes"), (chat._("Do not link"), "link-no"))


def _shared(chat: Chat, who: Who) -> Reply:
    """An account of a colleague's: both agree to see each other's trainings."""
    return chat.screen(
        chat._(
            "This account is in use for {name}. Shall {other} share it? Who shares an account sees"
            " the others' trainings and results.",
            name=chat.me.full_name, other=who.full_name,
        ),
        (chat._("Yes, that is me, and I agree"), "link-yes"),
        (chat._("Do not link"), "link-no"),
    )  # fmt: skip


def _refusal(chat: Chat, who: Who) -> Reply | None:
    """Why this account cannot be that person's."""
    if chat.person is None:
        return None
    if not who.verified and chat.form.get("link"):
        return chat.screen(
            chat._(
                "{name} is not confirmed yet, and this account is in use for {me}. Please link"
                " them once {name} is confirmed.",
                name=who.full_name, me=chat.me.full_name,
            ),
            back=chat.back("menu"),
        )  # fmt: skip
    if not chat.me.verified:
        return None
    room = accounts.room(chat.db, chat.talk.account_id, who.id)
    return identify.no_room(chat, room) if room in (Room.FULL, Room.OTHER_SCHOOL) else None


@router.action("link-yes", instead="link-ask", public=True)
def yes(chat: Chat) -> Reply:
    """The account serves the person from now on; all their other accounts are told."""
    person_id = _whom(chat)
    if person_id is None:
        return gone(chat)
    account_id, before = chat.talk.account_id, chat.person
    who = conversations.who(chat.db, person_id)
    if identity.where(chat.db, account_id, person_id) is Where.HERE or _refusal(chat, who):
        return ask(chat)
    digest = str(chat.form.get("link", ""))
    course_id = _goes_on(chat, digest)
    room = _add(chat, digest, person_id)
    if room is None:
        return gone(chat)
    if room in (Room.FULL, Room.OTHER_SCHOOL):
        return identify.no_room(chat, room)
    if before is not None and before.verified:
        consents.give(
            chat.db, account_id, ConsentPurpose.REGISTRATION, chat.now, channel=chat.talk.channel,
            person_id=person_id,
        )  # fmt: skip
    chat.begin()
    chat.person = conversations.who(chat.db, person_id)
    return _linked(chat, course_id)


def _add(chat: Chat, digest: str, person_id: int) -> Room | None:
    db, account_id, before = chat.db, chat.talk.account_id, chat.person
    if digest:
        return links.by_code(db, digest, account_id, person_id, chat.now, provisional=before)
    return links.by_phone(db, account_id, person_id, chat.now, provisional=before)


def _goes_on(chat: Chat, digest: str) -> int | None:
    """The course this account came for, else the one left open on the other account."""
    chat.talk.data.pop("found", None)
    here = str(chat.talk.data.pop("intent", "")).split()
    if len(here) > 1 and here[0] in OF_A_COURSE and here[1].isdecimal():
        return number(here[1])
    found = link_codes.look(chat.db, digest, chat.now) if digest else None
    return found.course_id if found else None


def _linked(chat: Chat, course_id: int | None) -> Reply:
    course = courses.get(chat.db, course_id) if course_id else None
    on = [(chat._("Go on with {code}", code=course.code), f"course {course.id}")] if course else []
    return chat.screen(
        chat._(
            "Linked: the assistant knows {name} on this account too, with the same trainings. The"
            " other account was told.",
            name=chat.me.full_name,
        ),
        *on,
        (chat._("My trainings"), "mine"),
        (chat._("See the training schedule"), "schedule"),
    )


@router.action("link-no", public=True)
def no(chat: Chat) -> Reply:
    """Nothing is linked; the code stays as it was."""
    chat.begin()
    return chat.screen(
        chat._("Nothing was linked. If somebody else asked for this code, please do not use it."),
        back=chat.back("menu"),
    )


@router.notice("linked")
def linked(chat: Chat, owed: Owed) -> Reply | None:
    """To the accounts a person had: one more was added, and can be taken off at once."""
    added = links.find(chat.db, chat.me.id, owed.subject_id)
    if added is None:
        return None
    at = datetime.fromisoformat(str(owed.data["at"])).astimezone(chat.now.tzinfo)
    return chat.letter(
        chat._(
            "{channel} account just linked to {name}, at {time}: it sees the trainings and gets"
            " the messages of {name}. If {you} did not link it, please take it off.",
            channel=naming.channel(added.channel), name=chat.me.full_name,
            time=dates.clock(at, chat.talk.language),
        ),
        (chat._("Not me, take it off"), f"unlink {added.id}"),
    )  # fmt: skip
