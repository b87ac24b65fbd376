"""Deadlines said to officers: what, and which day is the last on which it can be done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from handlers import dates
from handlers.routes import router
from storage import deadlines
from storage.deadlines import What

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.deadlines import Deadline
    from storage.outbox import Owed

LONGEST = 300
SHOWN = 6


@router.notice(deadlines.KIND)
def deadline(chat: Chat, owed: Owed) -> Reply | None:
    """Every deadline of one morning, the nearest first; None where nothing is left to be done."""
    found = deadlines.items(chat.db, chat.me.id, owed.data, chat.now)
    if not found:
        return None
    lines: list[str] = []
    for one in found[:SHOWN]:
        line = _line(chat, one)
        if not lines or len("\n".join([*lines, line])) <= LONGEST:
            lines.append(line)
    choices = dict(_choice(chat, one) for one in found[: len(lines)])
    return chat.letter(
        "\n".join(lines), *choices.items(), (chat._("Change reminders"), "reminders")
    )


def _line(chat: Chat, one: Deadline) -> str:
    """One deadline: "before 15 December" leaves the 14th, and that is said."""
    last = dates.day(one.last, chat.talk.language)
    match one.what:
        case What.REPORT:
            return chat._(
                "The report “{title}” is due before {before}: the last day is {last}.",
                title=one.title, before=_before(chat, one), last=last,
            )  # fmt: skip
        case What.SEND:
            return chat._(
                "People for {code} {title} can be sent until {last}.", code=one.code,
                title=one.title, last=last,
            )  # fmt: skip
        case _:
            assert_never(one.what)


def _before(chat: Chat, one: Deadline) -> str:
    """The day in "before 15/12", as letters write it."""
    day = one.before or one.last + timedelta(days=1)
    return dates.short_day(day, "en") if chat.talk.language == "en" else f"{day:%d/%m}"


def _choice(chat: Chat, one: Deadline) -> tuple[str, str]:
    match one.what:
        case What.REPORT:
            return (chat._("Open the report"), "report-desk")
        case What.SEND:
            return (chat._("Look at {code}", code=one.code), f"course {one.subject_id}")
        case _:
            assert_never(one.what)
