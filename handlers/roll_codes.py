"""The code of a session, as whoever takes attendance opens, shows, changes and closes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from handlers import dates, roll_words
from handlers.message import BOARD, Document
from handlers.roll_call import spaced
from handlers.router import number
from handlers.routes import router
from storage import exports, session_codes

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Meeting, Training
    from storage.session_codes import Code

LONGER = timedelta(minutes=30)
LATER = timedelta(minutes=15)


@router.action("roll-code")
def card(chat: Chat, session_id: str, *_: str) -> Reply:
    """The code and until when it is good, or that none is open."""
    course, meeting = roll_words.taught(chat, number(session_id))
    code = session_codes.get(chat.db, meeting.id)
    span = session_codes.window(meeting, chat.now)
    if span is None or not session_codes.takes_place(course):
        return chat.go(f"roll {meeting.id}")
    if code is None or code.opens_at > span[1] or code.closes_at < span[0]:
        return _none(chat, course, meeting, span[0], span[1])
    return chat.screen(
        _words(chat, course, meeting, code),
        *_choices(chat, meeting, code),
        back=chat.back(f"roll {meeting.id}"),
    )


def _none(
    chat: Chat, course: Training, meeting: Meeting, opens: datetime, closes: datetime
) -> Reply:
    return chat.screen(
        chat._(
            "{session} has no code yet. Whoever is there writes its 6 digits to the assistant, from"
            " {first} to {last}.",
            session=roll_words.session(chat, course, meeting),
            first=roll_words.clock(chat, opens), last=roll_words.clock(chat, closes),
        ),
        (chat._("Make the code"), f"roll-open {meeting.id}"),
        back=chat.back(f"roll {meeting.id}"),
    )  # fmt: skip


def _words(chat: Chat, course: Training, meeting: Meeting, code: Code) -> str:
    said = {
        "session": roll_words.session(chat, course, meeting),
        "first": roll_words.clock(chat, code.opens_at),
        "last": roll_words.clock(chat, code.closes_at),
    }
    if code.closes_at <= chat.now:
        return chat._("The code of {session} is closed since {last}.", **said)
    if code.changing:
        words = chat._("The code of {session} changes every 30 seconds; the screen shows it from"
                       " {first} to {last}.", **said)  # fmt: skip
    else:
        words = chat._("Code of {session}: {code}. It can be written from {first} to {last}.",
                       code=spaced(code.digits), **said)  # fmt: skip
    if code.late_from is None or code.late_from >= code.closes_at:
        return words
    late = chat._("Late from {time}.", time=roll_words.clock(chat, code.late_from))
    return f"{words}\n{late}"


def _choices(chat: Chat, meeting: Meeting, code: Code) -> list[tuple[str, str]]:
    again = (chat._("30 minutes longer"), f"roll-longer {meeting.id} {_minute(code.closes_at)}")
    if code.closes_at <= chat.now:
        return [again] if _limit(chat, meeting) > chat.now else []
    on = code.changing
    label = chat._("One code for all the time") if on else chat._("A new code every 30 seconds")
    late = code.late_from
    later = [
        (chat._("Late only from {time}", time=dates.clock(
            (late + LATER).astimezone(chat.now.tzinfo), chat.talk.language)),
         f"roll-late {meeting.id} {_minute(late)}")
    ] if late else []  # fmt: skip
    return [
        (chat._("Page for the screen or projector"), f"roll-board {meeting.id}"),
        (label, f"roll-changing {meeting.id} {'n' if on else 'y'}"),
        *later,
        again,
        (chat._("Close the code now"), f"roll-shut {meeting.id}"),
    ]


def _minute(moment: datetime) -> int:
    """What stood on the screen, so that a choice that was made twice counts once."""
    return int(moment.timestamp()) // 60


def _limit(chat: Chat, meeting: Meeting) -> datetime:
    """Codes end with the last day of their session."""
    days = meeting.days(chat.now)
    last = days[1] if days else chat.now.date()
    midnight = datetime(last.year, last.month, last.day, tzinfo=chat.now.tzinfo)
    return midnight + timedelta(days=1) - timedelta(minutes=1)


@router.action("roll-open", instead="roll-code")
def opened(chat: Chat, session_id: str) -> Reply:
    """Make the code."""
    _, meeting = roll_words.taught(chat, number(session_id))
    session_codes.start(chat.db, meeting.id, chat.me.id, chat.now)
    return card(chat, session_id)


@router.action("roll-changing", instead="roll-code")
def changing(chat: Chat, session_id: str, on: str) -> Reply:
    """Let the digits change every 30 seconds, or stay."""
    _, meeting = roll_words.taught(chat, number(session_id))
    session_codes.change(chat.db, meeting.id, chat.me.id, chat.now, changing=on == "y")
    return card(chat, session_id)


@router.action("roll-longer", instead="roll-code")
def longer(chat: Chat, session_id: str, shown: str) -> Reply:
    """Take the code half an hour longer, on the day of the session."""
    _, meeting = roll_words.taught(chat, number(session_id))
    code = session_codes.get(chat.db, meeting.id)
    if code and _minute(code.closes_at) == number(shown):
        until = min(max(code.closes_at, chat.now) + LONGER, _limit(chat, meeting))
        session_codes.change(chat.db, meeting.id, chat.me.id, chat.now, closes_at=until)
    return card(chat, session_id)


@router.action("roll-late", instead="roll-code")
def late(chat: Chat, session_id: str, shown: str) -> Reply:
    """Count as late a quarter of an hour later; who is noted as late already stays so."""
    _, meeting = roll_words.taught(chat, number(session_id))
    code = session_codes.get(chat.db, meeting.id)
    if code and code.late_from and _minute(code.late_from) == number(shown):
        session_codes.change(
            chat.db, meeting.id, chat.me.id, chat.now, late_from=code.late_from + LATER
        )
    return card(chat, session_id)


@router.action("roll-shut", instead="roll-code")
def shut(chat: Chat, session_id: str) -> Reply:
    """Take no code any more."""
    _, meeting = roll_words.taught(chat, number(session_id))
    code = session_codes.get(chat.db, meeting.id)
    if code and code.closes_at > chat.now:
        session_codes.change(chat.db, meeting.id, chat.me.id, chat.now, closes_at=chat.now)
    return card(chat, session_id)


@router.action("roll-board")
def board(chat: Chat, session_id: str) -> Reply:
    """The link of the page that shows the code in big figures."""
    course, meeting = roll_words.taught(chat, number(session_id))
    code = session_codes.get(chat.db, meeting.id)
    if code is None or code.closes_at <= chat.now:
        return card(chat, session_id)
    asked = exports.ask(chat.db, chat.me.id, BOARD, chat.now, session=meeting.id)
    return chat.screen(
        chat._(
            "Page with the code of {session}, in big figures with a QR code. Please open it on the"
            " computer of the screen; once open it needs no network. The link is for {you} alone.",
            session=roll_words.session(chat, course, meeting),
        ),
        back=chat.back(f"roll-code {meeting.id}"),
        document=Document(BOARD, asked, ""),
    )
