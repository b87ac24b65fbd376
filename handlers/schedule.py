"""The schedule: what a person may attend, by month and place, a page at a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from handlers import cards, dates, naming
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import courses, units
from storage.audience import admits
from storage.models import Modality

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training

router.command(
    "schedule", "lich", "schedule",
    words=("lich tap huan", "xem lich", "co lop nao", "co lop nao khong", "lop tap huan"),
)  # fmt: skip

ANY = "-"


@router.action("schedule", public=True)
def schedule(
    chat: Chat, first: str = ANY, last: str = ANY, unit: str = ANY, page: str = "0"
) -> Reply:
    """Courses the person may attend, optionally between two days and in a place.

    `unit` is an id, or several joined by "+" where one name means a commune and a former district.
    """
    span = (_day(first), _day(last))
    place = _places(chat, unit)
    names = frozenset(
        name
        for each in place
        for name in (each.name, *(one.name for one in units.successors(chat.db, each.id)))
    )
    found = [course for course in listed(chat) if _within(chat, course, span, names)]
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    if not shown:
        return _nothing(chat, span, place)
    more = f"schedule {first} {last} {unit} {number(page) + 1}" if found[start + PAGE :] else ""
    return chat.screen(
        _heading(chat, len(found), span, place),
        *((naming.choice(cards.line(chat, course)), f"course {course.id}") for course in shown),
        more=more,
        back=chat.back("menu"),
    )


def listed(chat: Chat) -> list[Training]:
    """What a person may attend; a stranger sees what is open to anyone."""
    found = courses.listed(chat.db, chat.now)
    me = chat.person
    return [course for course in found if me is None or admits(course.audience, me)]


def _day(text: str) -> date | None:
    if text == ANY:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadArgument(text) from error


def _within(
    chat: Chat, course: Training, span: tuple[date | None, date | None], names: frozenset[str]
) -> bool:
    meeting = course.first
    days = meeting.days(chat.now) if meeting else None
    first, last = span
    # What has no date yet may still come to lie in any time asked for.
    in_time = days is None or ((not first or days[1] >= first) and (not last or days[0] <= last))
    # What is online, or has no place yet, is near to everybody.
    unit = meeting.unit if meeting and course.modality is not Modality.ONLINE else ""
    return in_time and (not names or not unit or unit in names)


def _places(chat: Chat, unit: str) -> list[units.Place]:
    if unit == ANY:
        return []
    found = [units.get(chat.db, number(each)) for each in unit.split("+")]
    if not all(found):
        raise BadArgument(unit)
    return [place for place in found if place]


def _heading(
    chat: Chat, count: int, span: tuple[date | None, date | None], place: list[units.Place]
) -> str:
    name = cards.plain(place[0].name) if place else ""
    time = _time(chat, span)
    if name and time:
        return chat._("{time}, {place}: {count} trainings {you} can attend:", time=time,
                      place=name, count=count)  # fmt: skip
    if name:
        return chat._("{place}: {count} trainings {you} can attend:", place=name, count=count)
    if chat.person is None:
        return chat._("{count} trainings are coming:", count=count)
    if time:
        return chat._("{time}: {count} trainings {you} can attend:", time=time, count=count)
    return chat._("{count} trainings {you} can attend:", count=count)


def _time(chat: Chat, span: tuple[date | None, date | None]) -> str:
    first, last = span
    if first is None or last is None:
        return ""
    code = chat.talk.language
    if first == last:
        return dates.day(first, code)
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if whole:
        words = dates.months(first, last, code)
        return words[:1].upper() + words[1:]
    return f"{dates.short_day(first, code)} – {dates.short_day(last, code)}"


def _nothing(chat: Chat, span: tuple[date | None, date | None], place: list[units.Place]) -> Reply:
    """Never a dead end: the whole schedule is one digit away."""
    if span == (None, None) and not place:
        return chat.screen(
            chat._("There is no training {you} can attend at the moment."),
            (chat._("My trainings"), "mine"),
            (chat._("Ask a person"), "ask"),
            back=chat.back("menu"),
        )
    return chat.screen(
        chat._("There is no such training {you} can attend."),
        (chat._("The whole schedule"), "schedule"),
        (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )
