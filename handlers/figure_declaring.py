"""Totals for schools without a list ("số khai"): stated, seen apart from what is verified."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from handlers import figure_asked, figure_words
from handlers.chat import PAGE
from handlers.figure_asked import Asked, Measure, scope_of
from handlers.naming import choice
from handlers.numbers import number as spoken
from handlers.router import BadArgument, number
from handlers.routes import router
from storage.figures import declared, rows
from storage.statistics import View, Within

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.figures.rows import Row
    from storage.scopes import Scope

Line = tuple[str, str]

# The arguments of a choice that carry what is asked for.
ARGUMENTS: Final = 7
_NUMBER: Final = re.compile(r"\d[\d.]*")


def line(chat: Chat, asked: Asked, row: Row) -> list[Line]:
    """What can be stated of a school without a list, and taken back."""
    if row.count.expected or asked.day or figure_words.over(chat, asked.topic):
        return []
    if not row.declared.expected:
        return [(chat._("State a total, as there is no list"), asked.action("figure-total"))]
    return [
        (chat._("Correct the declared total"), asked.action("figure-total")),
        (chat._("Withdraw the declared total"), asked.action("figure-unsay")),
    ]


def way(chat: Chat, asked: Asked) -> list[Line]:
    """The way to the schools without a list in the part that is shown."""
    scope = scope_of(chat)
    if scope is None or asked.school is not None or asked.day:
        return []
    if figure_words.over(chat, asked.topic):
        return []
    if not declared.candidates(chat.db, scope, asked.topic.id, asked.within, limit=1):
        return []
    return [(chat._("Schools without a list"), asked.action("figure-bare"))]


@router.action("figure-bare")
def without(chat: Chat, *asked: str) -> Reply:
    """The schools nobody of which is counted: each may state a total."""
    scope, one = _officer(chat), figure_asked.read(chat, *asked)
    start = one.page * PAGE
    found = declared.candidates(
        chat.db, scope, one.topic.id, one.within, limit=PAGE + 1, offset=start
    )
    if not found:
        return chat.screen(chat._("Every school here has a list."),
                           back=chat.back(replace(one, page=0).action()))  # fmt: skip
    return chat.screen(
        chat._(
            "{subject}: schools where the lists have nobody it is about. Choose one to state its"
            " total.", subject=_named(chat, one),
        ),
        *(
            (choice(name), one.action(view=View.SCHOOL, page=0, within=Within(View.SCHOOL, id_)))
            for id_, name in found[:PAGE]
        ),
        more=one.action("figure-bare", page=one.page + 1) if found[PAGE:] else "",
        back=chat.back(one.action("figure-more", page=0)),
    )  # fmt: skip


def _named(chat: Chat, asked: Asked) -> str:
    return figure_words.cut(figure_words.named(chat, asked.topic), 100)


def _officer(chat: Chat) -> Scope:
    scope = scope_of(chat)
    if scope is None:
        raise PermissionError("Only officers state totals.")
    return scope


def _school(chat: Chat, asked: Asked) -> str:
    """The name of the school; raises BadArgument where it is not theirs, or has a list."""
    scope = _officer(chat)
    name = rows.label(chat.db, scope, asked.within) if asked.school and asked.within else None
    if name is None:
        raise BadArgument(str(asked.school))
    return name


def _listed(chat: Chat, asked: Asked) -> bool:
    """True where the lists have somebody meanwhile."""
    whole = rows.total(chat.db, _officer(chat), asked.topic.id, asked.within)
    return bool(whole.count.expected)


@router.action("figure-total")
def ask(chat: Chat, *asked: str) -> Reply:
    """Ask for both numbers at once."""
    one = figure_asked.read(chat, *asked)
    name = _school(chat, one)
    if _listed(chat, one):
        return chat.go(one.action())
    chat.begin(declared=one.action().partition(" ")[2])
    return chat.ask(
        chat._(
            "{school}, {subject}: how many people is it about, and how many have done it? Please"
            " write, for example: 34 people, 30 done",
            school=name, subject=_named(chat, one),
        ),
        "figure total", back=one.action(),
    )  # fmt: skip


def totals(text: str) -> tuple[int, int] | None:
    """Expected and completed out of two numbers in any order; None for anything else."""
    found = [int(each.replace(".", "")) for each in _NUMBER.findall(text)]
    if len(found) != 2 or not max(found):
        return None
    return max(found), min(found)


@router.step("figure total")
def typed(chat: Chat) -> Reply:
    """The two numbers, said back before they are kept."""
    kept = str(chat.form.get("declared", "")).split()
    if not kept:
        return chat.go("statistics")
    one = figure_asked.read(chat, *kept)
    name = _school(chat, one)
    found = totals(chat.text)
    if found is None:
        return chat.again(
            chat._("Please write two numbers, for example: 34 people, 30 done")
        )  # fmt: skip
    expected, completed = found
    if expected > declared.MOST:
        return chat.again(
            chat._("{count} people are too many for one school. Please write it again.",
                   count=spoken(expected, chat.talk.language))
        )  # fmt: skip
    return chat.screen(
        chat._(
            "Keep for {school}, {subject}: {figure}? It is shown as declared, apart from what is"
            " verified, under the name {name}.",
            school=name, subject=_named(chat, one),
            figure=figure_words.figure(chat, completed, expected), name=chat.me.full_name,
        ),
        (chat._("State this total"), f"{one.action('figure-state')} {expected} {completed}"),
        (chat._("Type it again"), one.action("figure-total")),
        back=(chat._("Leave it"), one.action()),
    )  # fmt: skip


@router.action("figure-same")
def same(chat: Chat, *asked: str) -> Reply:
    """The school as it is, in place of an outdated press."""
    return chat.go(figure_asked.read(chat, *asked[:ARGUMENTS]).action())


@router.action("figure-state", instead="figure-same")
def state(chat: Chat, *asked: str) -> Reply:
    """Keep the total."""
    if len(asked) != ARGUMENTS + 2:
        raise BadArgument(" ".join(asked))
    one = figure_asked.read(chat, *asked[:ARGUMENTS])
    expected, completed = number(asked[-2]), number(asked[-1])
    name = _school(chat, one)
    if not 0 < expected <= declared.MOST or completed > expected:
        raise BadArgument(asked[-2])
    if _listed(chat, one):
        return chat.go(one.action())
    declared.state(
        chat.db, _officer(chat), one.topic.id, one.school or 0,
        expected=expected, completed=completed, now=chat.now,
    )  # fmt: skip
    figure = figure_words.figure(chat, completed, expected)
    kept = chat._("Kept as declared: {school} {figure}.", school=name, figure=figure)
    return _said(chat, one, kept)


@router.action("figure-unsay")
def unsay(chat: Chat, *asked: str) -> Reply:
    """Ask once before a total is withdrawn."""
    one = figure_asked.read(chat, *asked)
    name = _school(chat, one)
    return chat.screen(
        chat._("Withdraw the declared total of {school} for {subject}?", school=name,
               subject=_named(chat, one)),
        (chat._("Withdraw it"), one.action("figure-unstate")),
        back=(chat._("Leave it"), one.action()),
    )  # fmt: skip


@router.action("figure-unstate", instead="figure-same")
def withdraw(chat: Chat, *asked: str) -> Reply:
    """Withdraw the total; what was stated stays in the journal."""
    one = figure_asked.read(chat, *asked)
    name = _school(chat, one)
    declared.withdraw(chat.db, _officer(chat), one.topic.id, one.school or 0, chat.now)
    return _said(chat, one, chat._("Withdrawn: {school} has no declared total now.", school=name))


def _said(chat: Chat, one: Asked, words: str) -> Reply:
    return chat.screen(
        words,
        (chat._("Figures of the school"), one.action(measure=Measure.COMPLETED)),
        (chat._("Schools without a list"),
         one.action("figure-bare", within=None, view=View.SCHOOL)),
        back=chat.back("work"),
    )  # fmt: skip
