"""Figures in words: one unit a line, what they are counted against, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from handlers import cards, dates, numbers
from handlers.figure_asked import Measure
from handlers.naming import CHOICE, inside
from storage import courses, unit_words
from storage.figures import subjects
from storage.models import SubjectKind
from storage.statistics import View

if TYPE_CHECKING:
    from fractions import Fraction

    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from storage.figures.counts import Count
    from storage.figures.rows import Row
    from storage.figures.subjects import Topic
    from storage.scopes import Scope

# A line of figures with its number fits one line of a 360 px bubble.
WIDTH: Final = 32
# Characters before the choices.
ROOM: Final = 300
# What is cut shorter than this says nothing.
LEAST: Final = 12
# Characters of a period at the end of a title: "năm học 2026-2027".
PERIOD: Final = 20
# Characters of the end of a long title.
END: Final = 18
_SHORT: Final = (
    ("Trường ", ""), ("Mầm non ", "MN "), ("Mẫu giáo ", "MG "), ("Lớp MG độc lập ", "LMG "),
    ("Lớp mẫu giáo độc lập ", "LMG "), ("Nhóm trẻ độc lập ", "NT "), ("Nhóm trẻ ", "NT "),
    ("Nhà trẻ ", "NT "),
)  # fmt: skip


def figure(chat: Chat, done: int, expected: int) -> str:
    """Done of expected, and the percentage: 12/14 · 85,7%; of nobody only 0/0."""
    return numbers.share(done, expected, chat.talk.language)


def measured(count: Count, measure: Measure) -> int:
    """What is said of those expected."""
    match measure:
        case Measure.REGISTERED:
            return count.registered
        case Measure.ATTENDED:
            return count.attended
        case Measure.COMPLETED:
            return count.completed
        case _:
            assert_never(measure)


def line(chat: Chat, asked: Asked, row: Row, digit: int) -> str:
    """One unit on a numbered line: "MN Hoa Cúc 12/14 · 85,7%", its name cut to fit."""
    count, stated = row.count, row.declared
    if not count.expected and stated.expected:
        said = chat._("{figure} declared", figure=figure(chat, stated.completed, stated.expected))
    elif not count.expected:
        said = chat._("nobody")
    else:
        said = figure(chat, measured(count, asked.measure), count.expected)
    room = WIDTH - len(f"{digit}  {said}")
    name = short(row.name, asked.view) if row.name else chat._("No former unit")
    return f"{cut(name, room)} {said}"


def short(name: str, by: View) -> str:
    """The name for a line of figures: "MN Hoa Cúc", "Tuy Đức"."""
    if by is not View.SCHOOL:
        return unit_words.bare(name)
    for words, instead in _SHORT:
        if name.startswith(words):
            name = instead + name.removeprefix(words)
    return name


def place(chat: Chat, name: str, by: View) -> str:
    """A part above its figures: "Xã Tuy Đức", "Huyện Đắk Mil cũ"; without a name no former unit."""
    if not name:
        return chat._("No former unit")
    former = by in (View.DISTRICT, View.PROVINCE)
    return chat._("former {unit}", unit=name) if former else name


def cut(words: str, room: int) -> str:
    """The words, cut with an ellipsis where they are longer than the room."""
    return words if len(words) <= room else f"{words[: room - 1].rstrip()}…"


# What is counted


def named(chat: Chat, topic: Topic) -> str:
    """The subject as it stands in a list: "L12 Sơ cứu", "KPI1 năm 2026: Giáo viên …".

    What tells it apart comes first, as the end of it may be cut off.
    """
    if topic.kind is SubjectKind.COURSE:
        return f"{topic.code} {topic.title}"
    span = subjects.period(chat.db, topic)
    what = topic.title or chat._("All trainings")
    if span is None:
        return " ".join(part for part in (topic.code, what) if part)
    return f"{topic.code} {_period(span.title)}: {what}" if topic.code else f"{span.title}: {what}"


def brief(chat: Chat, topic: Topic) -> str:
    """`named` on a choice; of a long one of a programme the end is kept, where its year stands."""
    words = named(chat, topic)
    if topic.kind is not SubjectKind.GATHERING or len(words) <= CHOICE:
        return cut(words, CHOICE)
    end = words[-END:].partition(" ")[2]
    # At a word's end: "Bồi dưỡng nhà giáo và cán bộ… năm 2026 (mẫu)".
    start = words[: CHOICE - len(end) - 1].rpartition(" ")[0]
    return f"{start}… {end}"


def title(chat: Chat, topic: Topic) -> str:
    """What the subject is, with its period; without its code."""
    span = subjects.period(chat.db, topic)
    what = topic.title or chat._("All trainings")
    if span is None or _period(span.title) in what:
        return what
    return f"{what}, {_period(span.title)}"


def _period(words: str) -> str:
    """A period inside a sentence: "năm 2026"."""
    return words[:1].lower() + words[1:]


def headline(chat: Chat, asked: Asked, count: Count, stated: Count) -> str:
    """The first line, which is the answer: "L12 đã hoàn thành 12/14 · 85,7%"."""
    topic = asked.topic
    what = topic.code or chat._("Trainings")
    if not count.expected and stated.expected:
        said = figure(chat, stated.completed, stated.expected)
        return chat._("{code}, declared: {figure}", code=what, figure=said)
    if not count.expected:
        # The books may have been opened later; "nobody is meant" would be said of no day.
        if asked.day:
            return chat._("{code}: of that day nothing is known here.", code=what)
        return chat._("{code}: nobody here is meant.", code=what)
    said = figure(chat, measured(count, asked.measure), count.expected)
    if asked.measure is Measure.REGISTERED:
        return chat._("{code}, registered: {figure}", code=what, figure=said)
    if asked.measure is Measure.ATTENDED:
        return chat._("{code}, attended: {figure}", code=what, figure=said)
    if topic.kind is SubjectKind.INDICATOR:
        return chat._("{code}, reached by {figure}", code=what, figure=said)
    return chat._("{code}, completed: {figure}", code=what, figure=said)


def percent(chat: Chat, share: Fraction) -> str:
    """A target: "85%"."""
    return numbers.percent(share.numerator, share.denominator, chat.talk.language)


# What it is counted against, and where from


def as_of(chat: Chat, asked: Asked, *, by: bool = True) -> str:
    """The day of the figures, and how they are gathered."""
    day = dates.day(asked.day or chat.now.date(), chat.talk.language)
    if not by:
        return chat._("As of {day}.", day=day)
    match asked.view:
        case View.COMMUNE:
            return chat._("By commune, as of {day}.", day=day)
        case View.DISTRICT:
            return chat._("By former district, as of {day}.", day=day)
        case View.PROVINCE:
            return chat._("By former province, as of {day}.", day=day)
        case View.SCHOOL:
            return chat._("By school, as of {day}.", day=day)
        case _:
            assert_never(asked.view)


def source(chat: Chat, asked: Asked) -> str:
    """The denominator and the source of what is counted."""
    match asked.topic.kind:
        case SubjectKind.COURSE if asked.measure is Measure.REGISTERED:
            return chat._("Counted against those it is meant for who are at work. Source: lists,"
                          " registrations.")  # fmt: skip
        case SubjectKind.COURSE | SubjectKind.GATHERING:
            return chat._("Counted against those it is meant for who are at work. Source: lists,"
                          " attendance, results.")  # fmt: skip
        case SubjectKind.INDICATOR:
            return chat._("Counted against those the indicator is about who are at work. Source:"
                          " verified staff files.")  # fmt: skip
        case _:
            assert_never(asked.topic.kind)


def apart(chat: Chat, asked: Asked, count: Count, stated: Count) -> str:
    """What stands beside the figure, in one line; "" where there is nothing."""
    parts = [
        (count.unknown, chat._("data missing {count}", count=_number(chat, count.unknown))),
        (count.on_leave, chat._("on long leave {count}", count=_number(chat, count.on_leave))),
        (count.left, chat._("left or moved {count}", count=_number(chat, count.left))),
        *_of_course(chat, asked, count),
        (count.expected and stated.expected,
         chat._("declared {done}/{expected}", done=_number(chat, stated.completed),
                expected=_number(chat, stated.expected))),
    ]  # fmt: skip
    said = " · ".join(words for shown, words in parts if shown)
    return said[:1].upper() + said[1:]


def _of_course(chat: Chat, asked: Asked, count: Count) -> list[tuple[int, str]]:
    if asked.topic.kind is SubjectKind.INDICATOR:
        return []
    if asked.measure is not Measure.REGISTERED:
        return [
            (count.failed, chat._("not passed {count}", count=_number(chat, count.failed))),
            (count.late, chat._("late {count}", count=_number(chat, count.late))),
            (count.others_done,
             chat._("others completed {count}", count=_number(chat, count.others_done))),
        ]  # fmt: skip
    return [
        (count.waiting, chat._("waiting {count}", count=_number(chat, count.waiting))),
        (count.given_up, chat._("given up {count}", count=_number(chat, count.given_up))),
        (count.excused, chat._("cannot come {count}", count=_number(chat, count.excused))),
        (count.others, chat._("others with a seat {count}", count=_number(chat, count.others))),
    ]


def over(chat: Chat, topic: Topic) -> str:
    """That a course was cancelled or is over; "" of what goes on."""
    course = courses.get(chat.db, topic.course_id) if topic.course_id else None
    return cards.ended(chat, course) if course else ""


def part_of(chat: Chat, scope: Scope | None) -> str:
    """That only a part is counted, said to whoever sees no more; "" for the province."""
    if scope is None or scope.provincial:
        return ""
    units = ", ".join(inside(reach.unit) for reach in scope.reaches)
    return chat._("Only the part in {units}.", units=units)


def fitting(lines: list[str], *gives: int) -> str:
    """The lines that are not empty; where they are too long, those of the places `gives` are cut.

    What stands first in `gives` is cut first, and left out before the next is touched.
    """
    kept = [*lines]
    for place in gives:
        over_ = len(_joined(kept)) - ROOM
        if over_ <= 0:
            break
        room = len(kept[place]) - over_
        kept[place] = _shorter(kept[place], room) if room >= LEAST else ""
    return _joined(kept)


def fits(lines: list[str]) -> bool:
    """True where the lines that are not empty need not be cut."""
    return len(_joined(lines)) <= ROOM


def _shorter(words: str, room: int) -> str:
    """The words cut to so much room; a period behind the last comma stays, as it tells apart."""
    head, _, period = words.rpartition(", ")
    left = room - len(period) - len(", ")
    return (
        f"{cut(head, left)}, {period}"
        if len(period) <= PERIOD and left >= LEAST
        else (cut(words, room))
    )


def _joined(lines: list[str]) -> str:
    # A line that is no choice never begins with a digit.
    return "\n".join(f"– {each}" if each[0].isdigit() else each for each in lines if each)


def _number(chat: Chat, value: int) -> str:
    return numbers.number(value, chat.talk.language)
