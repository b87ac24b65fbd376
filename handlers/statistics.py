"""`thống kê`: who has registered for a course, one unit a line, with the names behind it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import cards, dates, numbers
from handlers.chat import PAGE
from handlers.naming import choice, inside
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import codes, courses, scopes, statistics, unit_words
from storage.statistics import View, Within

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.scopes import Scope
    from storage.statistics import Figures

router.command("statistics", "thongke", "statistics", words=("thong ke", "so lieu"))

# A line of figures with its number fits one line of a 360 px bubble.
WIDTH = 32
NAMES = 8  # on a page of the people behind a figure
_ASKED = re.compile(r"\b(thong ?ke|so lieu|(ti|ty) le dang (ky|ki)|statistics|figures)\b")
# The first that occurs wins.
_VIEWS = (
    (re.compile(r"\b(huyen|quan huyen|phong gd|districts?)\b"), View.DISTRICT),
    (re.compile(r"\b(tinh( cu)?|provinces?)\b"), View.PROVINCE),
    (re.compile(r"\b(xa|phuong|don vi|communes?|wards?)\b"), View.COMMUNE),
    (re.compile(r"\b(truong|co so|schools?)\b"), View.SCHOOL),
)
_BELOW = {View.PROVINCE: View.DISTRICT, View.DISTRICT: View.SCHOOL, View.COMMUNE: View.SCHOOL}
_SHORT = (
    ("Trường ", ""), ("Mầm non ", "MN "), ("Mẫu giáo ", "MG "), ("Lớp MG độc lập ", "LMG "),
    ("Lớp mẫu giáo độc lập ", "LMG "), ("Nhóm trẻ độc lập ", "NT "), ("Nhóm trẻ ", "NT "),
    ("Nhà trẻ ", "NT "),
)  # fmt: skip
ANY = "-"


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """`thống kê L12 theo huyện cũ`; in a step the whole message belongs to the step."""
    if chat.talk.step or chat.person is None or text != chat.text:
        return None
    if not _ASKED.search(chat.folded):
        return None
    wanted_number = codes.course_in(chat.folded)
    if wanted_number is None:
        return which(chat)
    course = courses.numbered(chat.db, wanted_number)
    if course is None:
        return _no_course(chat, f"L{wanted_number}")
    view = next((view for words, view in _VIEWS if words.search(chat.folded)), "")
    return figures(chat, str(course.id), view or ANY)


def _no_course(chat: Chat, code: str) -> Reply:
    list_ = which(chat)
    if _scope(chat) is None:
        return list_
    none = chat._("There is no training {code}.", code=code)
    return replace(list_, text=f"{none}\n{list_.text}")


def _scope(chat: Chat) -> Scope | None:
    return scopes.of(chat.db, chat.me.id, chat.now.date())


def _not_for(chat: Chat) -> Reply:
    return chat.screen(
        chat._(
            "Figures by unit are seen by officers of the commune and the Department. How many seats"
            " a training has left is in the schedule."
        ),
        (chat._("Training schedule"), "schedule"),
        back=chat.back("menu"),
    )


@router.action("statistics")
def which(chat: Chat, page: str = "0") -> Reply:
    """Figures of which course?"""
    if _scope(chat) is None:
        return _not_for(chat)
    known = courses.listed(chat.db, chat.now)
    start = number(page) * PAGE
    shown = known[start : start + PAGE]
    if not shown:
        return chat.screen(
            chat._("There is no training to register for now. Those that are over stand among all"
                   " trainings."),
            (chat._("Trainings of the office"), "courses-desk"),
            back=chat.back("work"),
        )  # fmt: skip
    return chat.screen(
        chat._("Figures of which training? Or write, for example: statistics {code} by former"
               " district", code=shown[0].code),
        *((choice(cards.line(chat, course)), f"figures {course.id}") for course in shown),
        more=f"statistics {number(page) + 1}" if known[start + PAGE :] else "",
        back=chat.back("work"),
    )  # fmt: skip


@router.action("figures")
def figures(
    chat: Chat, course_id: str, view: str = ANY, page: str = "0", of: str = ANY, unit: str = "0"
) -> Reply:
    """The figures of a course by a view, of everything in the scope or of one row of another."""
    scope = _scope(chat)
    if scope is None:
        return _not_for(chat)
    course = wanted(chat, course_id)
    default = View.DISTRICT if scope.provincial else View.SCHOOL
    by = default if view == ANY else _view(view)
    within = None if of == ANY else Within(_view(of), number(unit) or None)
    rows = statistics.registered(chat.db, scope, course, by, within)
    start = number(page) * PAGE
    shown = rows[start : start + PAGE]
    rest = f"{of} {unit}" if within else ""
    lines = (
        (_line(chat, by, row, digit), _open(course, by, row))
        for digit, row in enumerate(shown, start=1)
    )
    return chat.screen(
        _heading(chat, scope, course, by, within, rows),
        *lines,
        more=f"figures {course.id} {by} {number(page) + 1} {rest}".strip()
        if rows[start + PAGE :]
        else "",
        back=chat.back(f"figures {course.id} {of}" if within else "work"),
    )


def _view(text: str) -> View:
    try:
        return View(text)
    except ValueError as error:
        raise BadArgument(text) from error


def _open(course: Training, by: View, row: Figures) -> str:
    """What a line leads to: the rows below it, at a school the people themselves."""
    if by is View.SCHOOL:
        return f"lacking {course.id} {row.id or 0}"
    return f"figures {course.id} {_BELOW[by]} 0 {by} {row.id or 0}"


def _heading(
    chat: Chat, scope: Scope, course: Training, by: View, within: Within | None, rows: list[Figures]
) -> str:
    total = statistics.total(rows)
    if not rows:
        first = chat._("{code}, registered: nobody here is meant.", code=course.code)
    else:
        first = chat._("{code}, registered: {figure}", code=course.code, figure=figure(chat, total))
    lines = [first]
    if over := cards.ended(chat, course):
        lines.append(over)
    if within:
        lines.append(_name(chat, scope, within))
    lines.append(
        chat._(
            "{by}, as of {day}. Counted against: everybody it is meant for, without leavers and"
            " long leave.",
            by=_by(chat, by), day=dates.day(scope.day, chat.talk.language),
        )
    )  # fmt: skip
    if further := _further(chat, total):
        lines.append(further)
    if not scope.provincial:
        units = ", ".join(inside(reach.unit) for reach in scope.reaches)
        lines.append(chat._("Only the part in {units}.", units=units))
    return "\n".join(lines)


def _by(chat: Chat, by: View) -> str:
    return {
        View.COMMUNE: chat._("By commune"),
        View.DISTRICT: chat._("By former district"),
        View.PROVINCE: chat._("By former province"),
        View.SCHOOL: chat._("By school"),
    }[by]


def _further(chat: Chat, total: Figures) -> str:
    parts = (
        (total.waiting, chat._("waiting {count}", count=total.waiting)),
        (total.given_up, chat._("given up {count}", count=total.given_up)),
        (total.others, chat._("others with a seat {count}", count=total.others)),
    )
    said = " · ".join(words for count, words in parts if count)
    return said[:1].upper() + said[1:]


def figure(chat: Chat, row: Figures) -> str:
    """Registered of expected, and the percentage: 12/14 · 85,7%."""
    code = chat.talk.language
    held, expected = numbers.number(row.held, code), numbers.number(row.expected, code)
    return f"{held}/{expected} · {numbers.percent(row.held, row.expected, code)}"


def _line(chat: Chat, by: View, row: Figures, digit: int) -> str:
    counted = figure(chat, row)
    room = WIDTH - len(f"{digit}  {counted}")
    name = short(row.name, by) if row.name else chat._("No former unit")
    if len(name) > room:
        name = f"{name[: room - 1].rstrip()}…"
    return f"{name} {counted}"


def short(name: str, by: View) -> str:
    """The name for a line of figures: "MN Hoa Cúc", "Tuy Đức"."""
    if by is not View.SCHOOL:
        return unit_words.bare(name)
    for words, instead in _SHORT:
        if name.startswith(words):
            name = instead + name.removeprefix(words)
    return name


def _name(chat: Chat, scope: Scope, within: Within) -> str:
    name = statistics.label(chat.db, scope, within)
    if name is None:
        raise BadArgument(str(within.id))
    return name or chat._("No former unit")


@router.action("lacking")
def lacking(chat: Chat, course_id: str, school_id: str, page: str = "0") -> Reply:
    """The people of a school who are meant and have neither seat nor turn."""
    scope = _scope(chat)
    if scope is None:
        return _not_for(chat)
    course = wanted(chat, course_id)
    school = statistics.label(chat.db, scope, Within(View.SCHOOL, number(school_id)))
    if school is None:
        raise BadArgument(school_id)
    people = statistics.missing(chat.db, scope, course, number(school_id))
    start = number(page) * NAMES
    back = chat.back(f"figures {course.id}")
    if not people[start:]:
        return chat.screen(
            chat._("{school}: everybody {code} is meant for has registered.", school=school,
                   code=course.code),
            back=back,
        )  # fmt: skip
    shown = [_person(people, *one) for one in people[start : start + NAMES]]
    return chat.screen(
        chat._("{school}, not registered for {code}: {count}\n{names}", school=school,
               code=course.code, count=len(people), names="\n".join(shown)),
        (chat._("Copy for the Zalo group"), f"lacking-copy {course.id} {number(school_id)}"),
        more=f"lacking {course.id} {number(school_id)} {number(page) + 1}"
        if people[start + NAMES :]
        else "",
        back=back,
    )  # fmt: skip


def _person(people: list[tuple[str, int | None]], name: str, born: int | None) -> str:
    """The full name; equal names of one school show the year of birth."""
    twins = sum(other == name for other, _ in people) > 1
    return f"{name} ({born})" if twins and born else name
