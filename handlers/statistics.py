"""`thống kê`: how the nearest deadline stands, at once; and all that figures can be asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import (
    figure_asked,
    figure_outlook,
    figure_school,
    figure_screens,
    figure_words,
)
from handlers.figure_asked import scope_of
from handlers.router import number
from handlers.routes import router
from storage.figures import own_school, rows, subjects
from storage.statistics import View

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from handlers.message import Reply
    from storage.figures.subjects import Topic
    from storage.scopes import Scope

router.command("statistics", "thongke", "statistics", words=("thong ke", "so lieu"))

Line = tuple[str, str]

# Subjects on a page; 9 is the next page, 0 leaves.
SUBJECTS = 8


@router.action("statistics")
def nearest(chat: Chat, *_of_before: str) -> Reply:
    """What is due next, of the officer's scope or of the principal's school."""
    scope = scope_of(chat)
    if scope is None:
        return _of_school(chat)
    topic = subjects.nearest(chat.db, scope, chat.now)
    return listed(chat) if topic is None else _now(chat, scope, topic)


def _of_school(chat: Chat) -> Reply:
    """The same for a principal: what is due next and means anybody of the school."""
    if not figure_asked.own_schools(chat):
        return figure_school.not_for(chat)
    topics = _known(chat)
    return figure_screens.figures_of(chat, topics[0]) if topics else listed(chat)


@router.action("figure-now")
def now(chat: Chat, subject_id: str) -> Reply:
    """How one subject stands."""
    one, scope = figure_asked.read(chat, subject_id), scope_of(chat)
    return _now(chat, scope, one.topic) if scope else figure_screens.shown(chat, one)


def _now(chat: Chat, scope: Scope, topic: Topic) -> Reply:
    """The figure, what is missing, the target and the gap, the deadline, the pace."""
    one = figure_asked.asked_for(chat, topic, None, None, None)
    whole = rows.total(chat.db, scope, topic.id)
    return chat.screen(
        figure_words.fitting(
            [
                figure_words.headline(chat, one, whole.count, whole.declared),
                figure_words.title(chat, topic),
                figure_words.over(chat, topic),
                figure_outlook.missing(chat, one, whole.count),
                figure_outlook.target(chat, one, whole.count),
                figure_outlook.deadline(chat, topic),
                figure_outlook.pace(chat, scope, one),
                figure_words.as_of(chat, one, by=False),
                figure_words.source(chat, one),
                figure_words.part_of(chat, scope),
            ],
            1,
            6,
        ),
        *_views(chat, one, provincial=scope.provincial),
        *figure_school.unmet_line(chat, one, whole.count),
        (chat._("Compare, send, another day"), one.action("figure-more")),
        (chat._("Other trainings and indicators"), "figure-list"),
        (chat._("Reports"), "report-desk"),
        back=chat.back("work"),
    )


def _views(chat: Chat, one: Asked, *, provincial: bool) -> list[Line]:
    """The views one begins with."""
    if not provincial:
        return [(chat._("By school"), one.action(view=View.SCHOOL))]
    return [
        (chat._("By former district"), one.action(view=View.DISTRICT)),
        (chat._("By commune"), one.action(view=View.COMMUNE)),
    ]


@router.action("figure-list")
def listed(chat: Chat, page: str = "0") -> Reply:
    """Figures of what? Trainings, programmes, indicators: the nearest deadline first."""
    if not figure_asked.may_ask(chat):
        return figure_school.not_for(chat)
    known = _known(chat)
    start = number(page) * SUBJECTS
    shown = known[start : start + SUBJECTS]
    if known and not shown:
        return listed(chat)
    if not shown:
        return chat.screen(
            chat._("There is nothing to count yet: no training is open, and no indicator is set."),
            (chat._("Training schedule"), "schedule"),
            back=chat.back("work"),
        )
    code = next((one.code for one in shown if one.code), "L12")
    return chat.screen(
        chat._("Figures of what? Or write, for example: statistics {code} by former district",
               code=code),
        *((figure_words.brief(chat, one), f"figure-now {one.id}") for one in shown),
        more=f"figure-list {number(page) + 1}" if known[start + SUBJECTS :] else "",
        back=chat.back("work"),
    )  # fmt: skip


def _known(chat: Chat) -> list[Topic]:
    """What can be asked for; of a principal what counts anybody of the school."""
    known = subjects.listed(chat.db, chat.now.date())
    if scope_of(chat) is not None:
        return known
    ours = own_school.counted_in(chat.db, chat.me.id, chat.now)
    return [one for one in known if one.id in ours]
