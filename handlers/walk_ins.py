"""People who came without a seat: the trainer is told, accepts or refuses; they hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import naming, roll_words
from handlers.router import number
from handlers.routes import router
from storage import teaching, walk_ins
from storage.models import WalkInState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.walk_ins import Asking

SHOWN = 5


@router.notice("walk-ins")
def asked(chat: Chat, owed: Owed) -> Reply | None:
    """Who waits to be accepted, to whoever takes attendance."""
    found = teaching.meeting(chat.db, owed.subject_id)
    if found is None or not teaching.may_teach(chat.db, chat.me.id, found[0].id, chat.now.date()):
        return None
    waiting = walk_ins.waiting(chat.db, owed.subject_id, chat.me.id, chat.now)
    if not waiting:
        return None
    session = roll_words.session(chat, *found)
    if len(waiting) == 1:
        one = waiting[0]
        return chat.letter(
            chat._("{person} has written the code of {session} and is not on the list.",
                   person=_named(one), session=session),
            (chat._("Accept"), f"walk-in-take {one.id}"),
            (chat._("Do not accept"), f"walk-in-refuse {one.id}"),
        )  # fmt: skip
    return chat.letter(
        chat._("Not on the list of {session}, but have written its code: {count} people.",
               count=len(waiting), session=session),
        (chat._("Look at them and accept"), f"walk-ins {owed.subject_id}"),
    )  # fmt: skip


@router.notice("walk-in answered")
def answered(chat: Chat, owed: Owed) -> Reply | None:
    """What the trainer has decided, to whoever came."""
    asking = walk_ins.one(chat.db, owed.subject_id)
    found = teaching.meeting(chat.db, asking.session_id) if asking else None
    if asking is None or found is None:
        return None
    said = {"name": asking.full_name, "session": roll_words.session(chat, *found)}
    match asking.state:
        case WalkInState.ACCEPTED:
            return chat.letter(
                chat._("{name} is accepted for {session}, noted at {time}.", **said,
                       time=roll_words.clock(chat, asking.at))
            )  # fmt: skip
        case WalkInState.REFUSED:
            return chat.letter(
                chat._("{name} is not accepted for {session}. Please ask the trainer.", **said)
            )
        case WalkInState.ASKED:
            return None


@router.action("walk-ins")
def listed(chat: Chat, session_id: str) -> Reply:
    """Everybody who waits: one by one, or all."""
    course, meeting = roll_words.taught(chat, number(session_id))
    waiting = walk_ins.waiting(chat.db, meeting.id, chat.me.id, chat.now)
    session = roll_words.session(chat, course, meeting)
    if not waiting:
        return chat.screen(
            chat._("Nobody waits to be accepted for {session}.", session=session),
            (chat._("Roll"), f"roll {meeting.id}"),
            back=chat.back("menu"),
        )
    everybody = (chat._("Accept all {count}", count=len(waiting)), f"walk-ins-take {meeting.id}")
    return chat.screen(
        chat._(
            "Not on the list of {session}: {count}. Whoever is accepted gets a seat and is noted"
            " at the time of their message.",
            session=session, count=len(waiting),
        ),
        *((naming.choice(_named(one)), f"walk-in {one.id}") for one in waiting[:SHOWN]),
        *([everybody] if len(waiting) > 1 else []),
        back=chat.back(f"roll {meeting.id}"),
    )  # fmt: skip


@router.action("walk-in")
def one(chat: Chat, walk_in_id: str) -> Reply:
    """One of them: accept or not."""
    asking = _wanted(chat, walk_in_id)
    course, meeting = roll_words.taught(chat, asking.session_id)
    if asking.state is not WalkInState.ASKED:
        return listed(chat, str(meeting.id))
    return chat.screen(
        chat._("{person}, not on the list of {session}, wrote the code at {time}.",
               person=_named(asking), session=roll_words.session(chat, course, meeting),
               time=roll_words.clock(chat, asking.at)),
        (chat._("Accept"), f"walk-in-take {asking.id}"),
        (chat._("Do not accept"), f"walk-in-refuse {asking.id}"),
        back=chat.back(f"walk-ins {meeting.id}"),
    )  # fmt: skip


@router.action("walk-in-take", instead="walk-in")
def take(chat: Chat, walk_in_id: str) -> Reply:
    """Accept somebody: a seat, and the mark of the moment of their message."""
    asking = _wanted(chat, walk_in_id)
    if walk_ins.accept(chat.db, asking.id, chat.me.id, chat.now) is None:
        return _decided(chat, asking)
    return _after(chat, asking, chat._("Accepted, with a seat: {person}.", person=_named(asking)))


@router.action("walk-in-refuse", instead="walk-in")
def refuse(chat: Chat, walk_in_id: str) -> Reply:
    """Do not accept somebody."""
    asking = _wanted(chat, walk_in_id)
    if walk_ins.refuse(chat.db, asking.id, chat.me.id, chat.now) is None:
        return _decided(chat, asking)
    return _after(chat, asking, chat._("Not accepted: {person}.", person=_named(asking)))


@router.action("walk-ins-take", instead="walk-ins")
def take_all(chat: Chat, session_id: str) -> Reply:
    """Accept everybody who waits."""
    course, meeting = roll_words.taught(chat, number(session_id))
    done = walk_ins.accept_all(chat.db, meeting.id, chat.me.id, chat.now)
    return chat.screen(
        chat._("Accepted for {session}: {count} people, each with a seat.",
               session=roll_words.session(chat, course, meeting), count=done),
        (chat._("Roll"), f"roll {meeting.id}"),
        back=chat.back("menu"),
    )  # fmt: skip


def _wanted(chat: Chat, walk_in_id: str) -> Asking:
    asking = walk_ins.one(chat.db, number(walk_in_id))
    if asking is None:
        raise PermissionError(walk_in_id)
    roll_words.taught(chat, asking.session_id)
    return asking


def _decided(chat: Chat, asking: Asking) -> Reply:
    """Somebody else was faster, or the course does not take place any more."""
    words = chat._("That is decided already: {person}.", person=_named(asking))
    return _after(chat, asking, words)


def _after(chat: Chat, asking: Asking, words: str) -> Reply:
    left = walk_ins.count(chat.db, asking.session_id)
    more = [(chat._("Others who wait: {count}", count=left), f"walk-ins {asking.session_id}")]
    return chat.screen(
        words,
        *(more if left else []),
        (chat._("Roll"), f"roll {asking.session_id}"),
        back=chat.back("menu"),
    )


def _named(asking: Asking) -> str:
    return f"{asking.full_name}, {asking.school}" if asking.school else asking.full_name
