"""`TB-0141`, written by anybody: whether that message is genuine, and what it really says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import announcements, dates, unheard
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import broadcasts, codes, courses, received, scopes
from storage.models import BroadcastState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement

# Ids are what both databases keep in a column of whole numbers.
_MOST = 2**31 - 1


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """The code alone, typed anywhere at any time, or in the link that opened the chat."""
    code = codes.announcement(text)
    return checked(chat, code) if code is not None else None


def sent(chat: Chat, code: int) -> Announcement | None:
    """The announcement with this number of which anything was sent; None for all others."""
    found = broadcasts.get(chat.db, code) if code <= _MOST else None
    if found is None or found.began_at is None:
        return None
    before = (BroadcastState.DRAFT, BroadcastState.ASKED, BroadcastState.HELD)
    return None if found.state in before else found


def checked(chat: Chat, code: int) -> Reply:
    """Whether there is such an announcement, from whom and since when; for whom it is, its text."""
    found = sent(chat, code)
    if found is None:
        return _being_written(chat, code) or _not_genuine(chat, code)
    chat.begin(words=found.code)
    mine, covered = _rights(chat, found)
    # A principal tells the words to those of the school whom it did not reach.
    tells = not (mine or covered) and _tells(chat, found)
    again = [(chat._("Read it again"), f"announcement {found.id}")] if mine or covered else []
    again += [(chat._("Read the announcement"), f"tell {found.id}")] if tells else []
    # Whoever covers it can stop it, and is the office that others tell.
    last = (
        (chat._("See the progress"), f"announce-progress {found.id}")
        if covered
        else (chat._("Tell the Department of Education"), "report")
    )
    return chat.screen(
        "\n".join(_verdict(chat, found, readable=mine or covered or tells)),
        *again,
        *_correction(chat, found),
        last,
        back=(chat._("Done"), "leave"),
    )


def _verdict(chat: Chat, found: Announcement, *, readable: bool) -> list[str]:
    lines = [_genuine(chat, found)]
    if found.state is BroadcastState.CANCELLED:
        lines.append(chat._("It was stopped before everybody had got it."))
    if correction := received.correction_of(chat.db, found.id):
        lines.append(chat._("It has been corrected by {code}.", code=broadcasts.code(correction)))
    if readable:
        lines.append(chat._("A message with this code and other words is false."))
    else:
        lines.append(
            chat._(
                "Its words are shown to those it was sent to. A message with this code that asks"
                " for money, passwords or OTPs is false."
            )
        )
    return lines


def _genuine(chat: Chat, found: Announcement) -> str:
    at = (found.began_at or found.created_at).astimezone(chat.now.tzinfo)
    language = chat.talk.language
    said = {
        "code": found.code, "office": announcements.office(chat, found),
        "purpose": announcements.purpose(chat, found.purpose),
        "time": dates.clock(at, language), "day": dates.day(at.date(), language),
    }  # fmt: skip
    course = courses.get(chat.db, found.course_id) if found.course_id else None
    if course is None:
        return chat._("{code} is genuine, sent by {office} at {time} on {day}, {purpose}.", **said)
    return chat._(
        "{code} is genuine, sent by {office} at {time} on {day}, about {course}, {purpose}.",
        **said, course=course.code,
    )  # fmt: skip


def _correction(chat: Chat, found: Announcement) -> list[tuple[str, str]]:
    correction = received.correction_of(chat.db, found.id)
    if correction is None:
        return []
    return [(chat._("Look at {code}", code=broadcasts.code(correction)), f"check {correction}")]


@router.action("check", public=True)
def check(chat: Chat, code: str) -> Reply:
    """The same as writing the code."""
    return checked(chat, number(code))


def _rights(chat: Chat, found: Announcement) -> tuple[bool, bool]:
    """Whether it was meant for the person; whether the person answers for it or covers it."""
    if chat.person is None:
        return False, False
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    covered = scope is not None and broadcasts.seen_by(chat.db, scope, found.id) is not None
    return received.meant_for(chat.db, found.id, chat.me.id), covered


def _tells(chat: Chat, found: Announcement) -> bool:
    return chat.person is not None and unheard.missed(chat, found.id) is not None


def _being_written(chat: Chat, code: int) -> Reply | None:
    """To officers who cover it: it has not been sent. It is nobody else's business."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date()) if chat.person else None
    found = broadcasts.seen_by(chat.db, scope, code) if scope and code <= _MOST else None
    if found is None:
        return None
    return chat.screen(
        chat._("{code} has not been sent to anybody.", code=found.code),
        (chat._("Look at {code}", code=found.code), f"announce-progress {found.id}"),
        back=(chat._("Done"), "leave"),
    )


def _not_genuine(chat: Chat, code: int) -> Reply:
    shown = broadcasts.code(code)
    chat.begin(words=shown)
    return chat.screen(
        chat._(
            "There is no message with the code {code}. Please open no link in it and do not"
            " answer it.",
            code=shown,
        ),
        (chat._("Tell the Department of Education"), "report"),
        back=(chat._("Leave it"), "leave"),
    )


@router.action("announcement")
def read_again(chat: Chat, broadcast_id: str) -> Reply:
    """The letter once more, for those it was meant for and those who cover it."""
    found = sent(chat, number(broadcast_id))
    if found is None:
        raise BadArgument(broadcast_id)
    mine, covered = _rights(chat, found)
    if not (mine or covered):
        raise BadArgument(broadcast_id)
    shown = announcements.show(chat, found, mine=mine)
    # What was stopped may have been stopped for its file.
    stopped = found.state is BroadcastState.CANCELLED
    return replace(shown, photo=None, document=None) if stopped else shown
