"""The list to sign of one session, on paper: numbers that stay, and room for whoever else comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import typeset
from bot.made.maker import Maker
from handlers import dates
from handlers.text import say
from storage import session_codes, sheet_lines, teaching
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.attendance import Line
    from storage.courses import Meeting, Training
    from storage.exports import Request

# Empty rows for people without a number.
ROOM = 8


@dataclass(frozen=True, slots=True)
class Sheet:
    """A session with its people by their numbers; `now` is in the local zone."""

    course: Training
    meeting: Meeting
    lines: Mapping[int, Line]
    now: datetime


def read(db: Connection, request: Request, now: datetime) -> Sheet:
    """Everybody who has a number, for whoever takes attendance; LookupError for others."""
    session_id = int(request.asked["session"])
    found = teaching.meeting(db, session_id)
    if found is None or not (session_codes.takes_place(found[0]) or found[0].past):
        raise LookupError(session_id)
    try:
        lines = sheet_lines.of(db, session_id, request.person_id, now)
    except PermissionError as error:
        raise LookupError(session_id) from error
    return Sheet(*found, lines, now)


def draw(sheet: Sheet) -> bytes:
    """The pages as PDF."""
    return typeset.pdf("sheet", _filled(sheet))


def _filled(sheet: Sheet) -> dict[str, Any]:
    course, meeting = sheet.course, sheet.meeting
    return {
        "heading": _("ATTENDANCE LIST"),
        "course": f"{course.code} · {course.title}",
        "session": _("{code}, session {number}", code=course.code, number=meeting.number),
        "when": _when(meeting, sheet.now),
        "place": ", ".join(dict.fromkeys(filter(None, (meeting.place, meeting.address)))),
        "columns": [_("No."), _("Full name"), _("School"), _("Signature")],
        "rows": [[number, line.full_name, line.school] for number, line in sheet.lines.items()],
        "others": _("People without a number (name and school in full)"),
        "room": ROOM,
        "how": _("To be typed back to the assistant as numbers: 1-25 except 12; late 5; excused 9"),
        "taker": _("Who takes attendance (signature and full name)"),
        "page": _("Page"),
        "printed": _("Printed {when}", when=dates.moment(sheet.now)),
    }


def _when(meeting: Meeting, now: datetime) -> str:
    if meeting.starts_at:
        start = meeting.starts_at.astimezone(now.tzinfo)
        end = meeting.ends_at.astimezone(now.tzinfo) if meeting.ends_at else None
        return dates.span(start, end) if end else dates.moment(start)
    days = meeting.days(now)
    return dates.day(days[0]) if days else ""


def _(sentence: str, **fields: object) -> str:
    # Paper goes from hand to hand: it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence, **fields)


MAKER = Maker(read, draw)
