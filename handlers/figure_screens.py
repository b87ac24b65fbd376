"""Figures of a subject on a phone: the answer first, then one unit a line, down to a school."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from handlers import cards, figure_asked, figure_school, figure_words
from handlers.chat import PAGE
from handlers.figure_asked import ANY, own_schools, scope_of
from handlers.router import BadArgument
from handlers.routes import router
from handlers.trainings import wanted
from storage import schools
from storage.figures import counts, own_school, rows, subjects
from storage.figures.rows import Row
from storage.statistics import View, Within

if TYPE_CHECKING:
    from datetime import date

    from handlers.chat import Chat
    from handlers.figure_asked import Asked, Measure
    from handlers.message import Reply
    from storage.figures.subjects import Topic
    from storage.scopes import Scope

Line = tuple[str, str]

# What a row of a view is made of, where nothing else was asked for.
_BELOW: Final = {View.PROVINCE: View.DISTRICT, View.DISTRICT: View.SCHOOL,
                 View.COMMUNE: View.SCHOOL}  # fmt: skip


def figures_of(
    chat: Chat,
    topic: Topic,
    view: View | None = None,
    within: Within | None = None,
    day: date | None = None,
    measure: Measure | None = None,
) -> Reply:
    """The figures of a subject as far as whoever asks may see them; None: what is usual.

    An officer sees their scope, a principal their own school, everybody else is told whom to ask.
    Raises BadArgument where the part lies outside.
    """
    asked = figure_asked.asked_for(chat, topic, view, within, day)
    if measure:
        asked = replace(asked, measure=figure_asked.fitting(topic, measure))
    return shown(chat, asked)


@router.action("figure")
def figure(chat: Chat, *asked: str) -> Reply:
    """The figures a choice asks for."""
    return shown(chat, figure_asked.read(chat, *asked))


@router.action("figures")
def of_course(
    chat: Chat, course_id: str, view: str = ANY, page: str = "0", of: str = ANY, unit: str = "0"
) -> Reply:
    """The figures of a course."""
    if not figure_asked.may_ask(chat):
        return figure_school.not_for(chat)
    course = wanted(chat, course_id)
    topic = subjects.of_course(chat.db, course.id)
    if topic is None:
        if over := cards.ended(chat, course):
            return chat.screen(f"{course.code} · {course.short}\n{over}", back=chat.back("work"))
        return chat.screen(
            chat._("{code} has no figures yet. They come within minutes of its opening.",
                   code=course.code),
            back=chat.back("work"),
        )  # fmt: skip
    return figure(chat, str(topic.id), view, page, of, unit)


@router.action("lacking")
def lacking(chat: Chat, course_id: str, school_id: str, _page: str = "0") -> Reply:
    """What buttons of before led to: the school's figures of a course."""
    return of_course(chat, course_id, View.SCHOOL, "0", View.SCHOOL, school_id)


def shown(chat: Chat, asked: Asked) -> Reply:
    """A page of units, or a school."""
    scope = scope_of(chat)
    if asked.school is not None:
        return figure_school.at_school(chat, asked)
    if scope is None:
        return _of_principal(chat, asked)
    where = _place(chat, scope, asked.within)
    found = rows.by_unit(chat.db, scope, asked.topic.id, asked.view, asked.within, asked.day)
    return _page(chat, asked, found, scope, where)


def _place(chat: Chat, scope: Scope, within: Within | None) -> str:
    """The part that is shown; raises BadArgument where nothing of it is theirs."""
    if within is None:
        return ""
    name = rows.label(chat.db, scope, within)
    if name is None:
        raise BadArgument(str(within.id))
    return figure_words.place(chat, name, within.view)


def _of_principal(chat: Chat, asked: Asked) -> Reply:
    """The one school of a principal; whoever heads several chooses."""
    mine = own_schools(chat)
    if not mine:
        return figure_school.not_for(chat)
    if len(mine) == 1:
        return figure_school.at_school(chat, replace(asked, within=Within(View.SCHOOL, mine[0])))
    found: list[Row] = []
    for school_id in mine:
        school = schools.get(chat.db, school_id)
        if school:
            count = own_school.count(
                chat.db, chat.me.id, school_id, asked.topic.id, chat.now, day=asked.day
            )
            found.append(Row(school_id, school.name, count))
    return _page(chat, replace(asked, view=View.SCHOOL, within=None), found)


def _page(
    chat: Chat, asked: Asked, found: list[Row], scope: Scope | None = None, where: str = ""
) -> Reply:
    start = asked.page * PAGE
    part = found[start : start + PAGE]
    lines = [
        (figure_words.line(chat, asked, row, digit), _below(asked, row))
        for digit, row in enumerate(part, start=1)
    ]
    following = asked.action(page=asked.page + 1) if found[start + PAGE :] else ""
    # A school leads back to the page it was chosen from.
    chat.form["trail"] = asked.action()
    total = counts.total(row.count for row in found)
    return chat.screen(
        _heading(chat, scope, asked, found, where),
        *lines,
        *(figure_school.unmet_line(chat, asked, total) if scope else []),
        (chat._("Other views, compare, send"), asked.action("figure-more", page=0)),
        more=following,
        back=_back(chat, asked),
    )


def _below(asked: Asked, row: Row) -> str:
    """What a line leads to: the rows below it, at a school its own figures."""
    below = _BELOW.get(asked.view, View.SCHOOL)
    return asked.action(view=below, page=0, within=Within(asked.view, row.id))


def _back(chat: Chat, asked: Asked) -> Line:
    if asked.within is None:
        # How the whole of it stands; a principal of several schools has no such screen.
        return chat.back(f"figure-now {asked.topic.id}" if scope_of(chat) else "work")
    return chat.back(asked.action(view=asked.within.view, within=None, page=0))


def _heading(chat: Chat, scope: Scope | None, asked: Asked, found: list[Row], where: str) -> str:
    total = counts.total(row.count for row in found)
    stated = counts.total(row.declared for row in found)
    return figure_words.fitting(
        [
            figure_words.headline(chat, asked, total, stated),
            where,
            figure_words.title(chat, asked.topic),
            figure_words.over(chat, asked.topic),
            figure_words.as_of(chat, asked),
            figure_words.source(chat, asked),
            figure_words.apart(chat, asked, total, stated),
            figure_words.part_of(chat, scope),
        ],
        2,
        6,
    )
