"""The schedule: what a person may attend, by month and place, a page at a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from handlers import cards, dates, naming
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import courses, unit_words, units
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
# From its first day to its last, the shortest month.
MONTH = timedelta(days=27)


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
    """What a person may attend; strangers and officers see everything there is."""
    found = courses.listed(chat.db, chat.now)
    me = chat.person
    if me is None or cards.observes(chat):
        return found
    return [course for course in found if admits(course.audience, me)]


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
    if days is None:
        in_time = _may_hold_any(first, last)
    else:
        in_time = (not first or days[1] >= first) and (not last or days[0] <= last)
    # What is online, or has no place yet, is near to everybody.
    unit = meeting.unit if meeting and course.modality is not Modality.ONLINE else ""
    return in_time and (not names or not unit or unit in names)


def _may_hold_any(first: date | None, last: date | None) -> bool:
    """What has no date yet may come to lie in a month asked for; nobody counts on a day or week."""
    return first is None or last is None or last - first >= MONTH


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
    asked = _asked(chat, span, place)
    if chat.person is None or cards.observes(chat):
        # They are not asked whom the trainings are meant for.
        if asked:
            return chat._("{asked}: {count} trainings:", asked=asked, count=count)
        return chat._("Trainings that are coming: {count}", count=count)
    if asked:
        return chat._("{asked}: {count} trainings {you} can attend:", asked=asked, count=count)
    return chat._("Trainings {you} can attend: {count}", count=count)


def _asked(chat: Chat, span: tuple[date | None, date | None], place: list[units.Place]) -> str:
    """The time and the place that were asked for, as far as any were."""
    name = unit_words.bare(place[0].name) if place else ""
    return ", ".join(words for words in (_time(chat, span), name) if words)


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
    everything = span == (None, None) and not place
    asked = _asked(chat, span, place)
    if everything or not asked:
        words = chat._("There is no training {you} can attend at the moment.")
    elif chat.person is None or cards.observes(chat):
        words = chat._("{asked}: no training.", asked=asked)
    else:
        words = chat._("{asked}: no training {you} can attend.", asked=asked)
    if everything:
        ways = ((chat._("My trainings"), "mine"), (chat._("Ask a person"), "ask"))
    else:
        ways = ((chat._("The whole schedule"), "schedule"), (chat._("My trainings"), "mine"))
    return chat.screen(words, *ways, back=chat.back("menu"))
