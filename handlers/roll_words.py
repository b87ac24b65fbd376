"""How a session, a mark and a roll in figures read."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates
from storage import teaching
from storage.attendance import Why
from storage.models import Mark

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from storage.attendance import Counts, Line
    from storage.courses import Meeting, Training

# How a mark is written in a choice; None takes it back.
LETTERS: dict[str, Mark | None] = {
    "p": Mark.PRESENT, "l": Mark.LATE, "e": Mark.EXCUSED, "a": Mark.ABSENT, "n": None,
}  # fmt: skip


def letter(mark: Mark | None) -> str:
    """How a mark is written in a choice."""
    return next(each for each, one in LETTERS.items() if one is mark)


def taught(chat: Chat, session_id: int) -> tuple[Training, Meeting]:
    """A session of which the person takes attendance; raises PermissionError for any other."""
    found = teaching.meeting(chat.db, session_id)
    if found is None:
        raise PermissionError("There is no such session.")
    teaching.must_teach(chat.db, chat.me.id, found[0].id, chat.now.date())
    return found


def session(chat: Chat, course: Training, meeting: Meeting) -> str:
    """A session inside a sentence: "L12, buổi 1"."""
    return chat._("{code}, session {number}", code=course.code, number=meeting.number)


def clock(chat: Chat, moment: datetime) -> str:
    """A time of today, else with its day: "7h26", "7h26 Thứ Bảy 12/12"."""
    local = moment.astimezone(chat.now.tzinfo)
    time = dates.clock(local, chat.talk.language)
    if local.date() == chat.now.date():
        return time
    day = dates.short_day(local.date(), chat.talk.language)
    return chat._("{time} on {day}", time=time, day=day)


def mark(chat: Chat, known: Mark | None) -> str:
    """A mark inside a line."""
    match known:
        case Mark.PRESENT:
            return chat._("present")
        case Mark.LATE:
            return chat._("late")
        case Mark.EXCUSED:
            return chat._("absent with leave")
        case Mark.ABSENT:
            return chat._("absent without leave")
        case None:
            return chat._("not marked")
        case _:
            assert_never(known)


def figures(chat: Chat, counts: Counts) -> str:
    """A roll in figures: "31/40 có mặt, 2 muộn, 5 chưa rõ, 2 vắng có phép"."""
    parts = [chat._("{count}/{total} present", count=counts.there, total=counts.total)]
    if counts.late:
        parts.append(chat._("{count} late", count=counts.late))
    if counts.unknown:
        parts.append(chat._("{count} not known yet", count=counts.unknown))
    if counts.excused:
        parts.append(chat._("{count} absent with leave", count=counts.excused))
    if counts.absent:
        parts.append(chat._("{count} absent without leave", count=counts.absent))
    return ", ".join(parts)


def person(chat: Chat, line: Line) -> str:
    """Somebody on a roll, told apart from others of the same name by school or year of birth."""
    if line.school:
        return f"{line.full_name}, {line.school}"
    if line.birth_year:
        return chat._("{name}, born {year}", name=line.full_name, year=line.birth_year)
    return line.full_name


def why(chat: Chat, reason: Why, course: Training, meeting: Meeting) -> str:
    """Why nobody can be marked."""
    match reason:
        case Why.EARLY:
            first = meeting.days(chat.now)
            day = dates.day(first[0], chat.talk.language) if first else ""
            return chat._("{session} is on {day}. Nobody can be marked before that day.",
                          session=session(chat, course, meeting), day=day)  # fmt: skip
        case Why.UNSETTLED:
            return chat._("{session} has no date yet, so nobody can be marked.",
                          session=session(chat, course, meeting))  # fmt: skip
        case Why.CANCELLED:
            return chat._("{code} does not take place, so nobody can be marked.", code=course.code)
        case _:
            assert_never(reason)
