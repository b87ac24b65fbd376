"""Other ways to see the same figures: another view or day, a picture, a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from handlers import dates, figure_asked, figure_declaring, figure_words
from handlers.figure_asked import ANY, DAY, Measure, scope_of
from handlers.message import EXPORT, Document
from handlers.router import BadArgument
from handlers.routes import router
from storage import exports
from storage.figures import rows
from storage.models import SubjectKind
from storage.statistics import View

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from handlers.message import Reply

Line = tuple[str, str]

PICTURE: Final = "figure picture"
BOOK: Final = "figure book"
# Choices of a page; 9 shows the others.
MOST: Final = 8
# What a row of a view can be parted by.
_WITHIN: Final[dict[View | None, tuple[View, ...]]] = {
    None: (View.DISTRICT, View.COMMUNE, View.SCHOOL, View.PROVINCE),
    View.PROVINCE: (View.DISTRICT, View.COMMUNE, View.SCHOOL),
    View.DISTRICT: (View.COMMUNE, View.SCHOOL),
    View.COMMUNE: (View.SCHOOL, View.DISTRICT),
    View.SCHOOL: (),
}


@router.action("figure-more")
def more(chat: Chat, *asked: str) -> Reply:
    """All that can be done with the figures on the screen."""
    one = seen(chat, *asked)
    lines = _ways(chat, one)
    start = one.page * MOST
    here = replace(one, page=0)
    return chat.screen(
        "\n".join([
            figure_words.named(chat, one.topic),
            *([place] if (place := _place(chat, one)) else []),
            chat._("What would {you} like to see?"),
        ]),
        *lines[start : start + MOST],
        more=one.action("figure-more", page=one.page + 1) if lines[start + MOST :] else "",
        back=chat.back(here.action()),
    )  # fmt: skip


def seen(chat: Chat, *asked: str) -> Asked:
    """What a choice asks for, within what is theirs; raises BadArgument outside of it."""
    one = figure_asked.read(chat, *asked)
    scope = scope_of(chat)
    if scope and (one.within is None or rows.label(chat.db, scope, one.within) is not None):
        return one
    if one.school is None or one.school not in figure_asked.own_schools(chat):
        raise BadArgument(str(one.school))
    return one


def _place(chat: Chat, asked: Asked) -> str:
    scope = scope_of(chat)
    if scope is None or asked.within is None:
        return ""
    name = rows.label(chat.db, scope, asked.within) or ""
    return figure_words.place(chat, name, asked.within.view)


def _ways(chat: Chat, asked: Asked) -> list[Line]:
    here = replace(asked, page=0)
    officer = scope_of(chat) is not None
    lines = views(chat, here) if officer else []
    lines.append((chat._("As of another day"), here.action("figure-day")))
    if officer:
        lines.append((chat._("Compare with before and the target"), here.action("figure-vs")))
    lines.append((chat._("Copy for the Zalo group"), here.action("figure-copy")))
    if officer:
        lines += [
            (chat._("As a picture"), here.action("figure-png")),
            (chat._("As an Excel file"), here.action("figure-xlsx")),
        ]
    lines += measures(chat, here)
    if officer:
        lines += figure_declaring.way(chat, here)
    lines.append((chat._("Other trainings and indicators"), "figure-list"))
    return lines


def views(chat: Chat, asked: Asked) -> list[Line]:
    """The other views of the same part."""
    words = {
        View.COMMUNE: chat._("By commune"),
        View.DISTRICT: chat._("By former district"),
        View.PROVINCE: chat._("By former province"),
        View.SCHOOL: chat._("By school"),
    }
    possible = _WITHIN[asked.within.view if asked.within else None]
    return [(words[each], asked.action(view=each)) for each in possible if each is not asked.view]


def measures(chat: Chat, asked: Asked) -> list[Line]:
    """The other measures that the subject has."""
    if asked.topic.kind is SubjectKind.INDICATOR:
        return []
    words = {
        Measure.REGISTERED: chat._("Who has registered"),
        Measure.ATTENDED: chat._("Who has attended"),
        Measure.COMPLETED: chat._("Who has completed"),
    }
    return [
        (label, asked.action(measure=each))
        for each, label in words.items()
        if each is not asked.measure and figure_asked.fitting(asked.topic, each) is each
    ]


# The day


@router.action("figure-day")
def days(chat: Chat, *asked: str) -> Reply:
    """As of which day? The usual ones, or one that is written."""
    one = replace(seen(chat, *asked), page=0)
    chat.begin(figures=one.action().partition(" ")[2])
    today = chat.now.date()
    month = today.replace(day=1) - timedelta(days=1)
    half = date(today.year if today > date(today.year, 6, 30) else today.year - 1, 6, 30)
    language = chat.talk.language
    lines = [
        (chat._("Today"), one.action(day=None)),
        *(
            (chat._("End of {day}", day=dates.day(day, language)), one.action(day=day))
            for day in dict.fromkeys((month, half))
        ),
    ]
    return chat.ask(
        chat._("Figures as of which day? Please choose, or write a day, for example 30/9."),
        "figure day", *lines, back=one.action(),
    )  # fmt: skip


@router.step("figure day")
def typed_day(chat: Chat) -> Reply:
    """A day that was written, without its year the last such one; never one to come."""
    kept = str(chat.form.get("figures", "")).split()
    if not kept:
        return chat.go("statistics")
    one = seen(chat, *kept)
    today = chat.now.date()
    found = dates.past(chat.text, today)
    if found is None:
        return chat.again(chat._("This is not a day. Please write it like 30/9 or 30/9/2026."))
    if found > today:
        return chat.again(
            chat._("{day} is still to come. Please write a day until today.",
                   day=dates.day(found, chat.talk.language))
        )  # fmt: skip
    return chat.go(one.action(day=found if found < today else None))


# Files


@router.action("figure-png")
def picture(chat: Chat, *asked: str) -> Reply:
    """The figures as a picture: bars against the target."""
    one = seen(chat, *asked)
    words = [figure_words.named(chat, one.topic), figure_words.as_of(chat, one)]
    shown = chat.screen(figure_words.fitting(words, 0), back=chat.back(one.action()))
    return replace(shown, photo=Document(EXPORT, _request(chat, one, PICTURE), _name(one, "png")))


@router.action("figure-xlsx")
def book(chat: Chat, *asked: str) -> Reply:
    """The figures as an Excel file, one sheet for each level."""
    one = seen(chat, *asked)
    return chat.screen(
        chat._("The figures as an Excel file: {subject}.",
               subject=figure_words.named(chat, one.topic)),
        document=Document(EXPORT, _request(chat, one, BOOK), _name(one, "xlsx")),
        back=chat.back(one.action()),
    )  # fmt: skip


def _request(chat: Chat, one: Asked, kind: str) -> int:
    """What the file shall show; whoever makes it looks at the rights again."""
    if scope_of(chat) is None:
        raise BadArgument(kind)
    within = one.within
    return exports.ask(
        chat.db, chat.me.id, kind, chat.now,
        subject=one.topic.id, view=one.view.value, of=within.view.value if within else ANY,
        unit=(within.id or 0) if within else 0,
        day=one.day.strftime(DAY) if one.day else ANY, measure=one.measure.value,
    )  # fmt: skip


def _name(one: Asked, ending: str) -> str:
    what = (one.topic.code or "chung").lower()
    return f"so-lieu-{what}.{ending}"
