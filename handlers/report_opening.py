"""The Sở's collections of reports: those there are, and opening one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, assert_never

from handlers import dates, naming, report_words
from handlers.report_desk import officer
from handlers.router import BadArgument, number
from handlers.routes import router
from storage.reporting import collections
from storage.reporting.collections import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.scopes import Scope

STEP = "collection day"
SHOWN = 5
END = 24  # characters of the end of a title that is cut
# The day of a collection as an action carries it: "-" is that of the period.
OWN, DAY = "-", len("20261215")


def lead(chat: Chat) -> Scope:
    """The scope of an officer of the Sở; BadArgument for others."""
    scope = officer(chat)
    if not scope.provincial:
        raise BadArgument("not of the Department")
    return scope


@router.action("collections")
def listed(chat: Chat, page: str = "0") -> Reply:
    """Those that are open and those that are over, and the way to a new one."""
    scope = lead(chat)
    found = collections.listed(chat.db, scope, closed=True)
    start = number(page) * SHOWN
    shown = found[start : start + SHOWN]
    words = chat._("Collections of reports:") if found else chat._("No reports are collected yet.")
    return chat.screen(
        words,
        *((_label(chat, one), f"collection {one.id}") for one in shown),
        (chat._("Collect reports of a period"), "collection-new"),
        more=f"collections {number(page) + 1}" if found[start + SHOWN :] else "",
        back=chat.back("work"),
    )


def _label(chat: Chat, one: collections.Round) -> str:
    title = report_words.short(one.title, 30)
    if one.closed_at is not None:
        return naming.choice(chat._("{title} (ended)", title=title))
    last = dates.short_day(one.last, chat.talk.language)
    return naming.choice(chat._("{title}, last day {last}", title=title, last=last))


@router.action("collection-new")
def ask_period(chat: Chat) -> Reply:
    """Of which period?"""
    found = collections.choices(chat.db, lead(chat))
    return chat.screen(
        chat._("Reports of which period?"),
        *((naming.choice(title), f"collection-for {id_}") for id_, title, _ in found[:SHOWN]),
        back=chat.back("collections"),
    )


@router.action("collection-for")
def ask_programme(chat: Chat, period_id: str) -> Reply:
    """Of one programme, or of all of them together?"""
    scope = lead(chat)
    _period(chat, scope, period_id)
    found = collections.programmes(chat.db, scope, number(period_id))
    if not found:
        return sure(chat, period_id, "0")
    return chat.screen(
        chat._("Reports on which programme?"),
        *(
            (_programme(title, letter), f"collection-sure {number(period_id)} {id_}")
            for id_, title, letter in found[:SHOWN]
        ),
        (chat._("All programmes together"), f"collection-sure {number(period_id)} 0"),
        back=chat.back("collection-new"),
    )


def _programme(title: str, letter: str) -> str:
    """Its paper and its title: what tells one year's plan from another's stands at the end."""
    label = f"{letter} {title}".strip()
    room = naming.CHOICE - END - 1
    if len(label) <= naming.CHOICE:
        return label
    start, end = label[:room].rpartition(" ")[0], label[-END:].partition(" ")[2]
    return f"{start}… {end}"


@router.action("collection-sure")
def sure(chat: Chat, period_id: str, programme_id: str, day: str = OWN) -> Reply:
    """Until when, and that the communes are told now."""
    scope = lead(chat)
    title, before = _period(chat, scope, period_id)
    before = _day(day) or before
    ids = f"{number(period_id)} {number(programme_id)}"
    if before is None:
        return ask_day(chat, period_id, programme_id)
    last = collections.last_day(chat.db, before)
    return chat.screen(
        chat._("Collect the reports of {title}, before {before}: the last day is {last}, a working"
               " day. The officers of the communes are told now.", title=title,
               before=report_words.before(chat, before), last=dates.day(last, chat.talk.language)),
        (chat._("Open the collection"), f"collection-open {ids} {before:%Y%m%d}"),
        (chat._("Another day"), f"collection-day {ids}"),
        back=chat.back(f"collection-for {number(period_id)}"),
    )  # fmt: skip


def _period(chat: Chat, scope: Scope, period_id: str) -> tuple[str, date | None]:
    for id_, title, before in collections.choices(chat.db, scope):
        if id_ == number(period_id):
            return title, before
    raise BadArgument(period_id)


def _day(said: str) -> date | None:
    """The day in an action; None for that of the period."""
    if said == OWN:
        return None
    if len(said) != DAY:
        raise BadArgument(said)
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise BadArgument(said) from error


@router.action("collection-day")
def ask_day(chat: Chat, period_id: str, programme_id: str) -> Reply:
    """Before which day?"""
    title, _before = _period(chat, lead(chat), period_id)
    chat.begin(period=number(period_id), programme=number(programme_id))
    return chat.ask(
        chat._("Before which day are the reports of {title} awaited? For example 15/12",
               title=title),
        STEP,
        back=f"collection-for {number(period_id)}",
    )  # fmt: skip


@router.step(STEP)
def take_day(chat: Chat) -> Reply:
    """A day to come."""
    day = dates.date(chat.text, chat.now.date())
    if day is None or day <= chat.now.date():
        return chat.again(chat._("Please write a day to come, for example 15/12."))
    form = chat.form
    return sure(chat, str(form.get("period", "")), str(form.get("programme", "")), f"{day:%Y%m%d}")


@router.action("collection-open", instead="collection-sure")
def open_(chat: Chat, period_id: str, programme_id: str, day: str = OWN) -> Reply:
    """Open it and tell the communes."""
    scope = lead(chat)
    try:
        opened = collections.open_for(
            chat.db, scope, number(period_id), number(programme_id) or None, chat.now,
            before=_day(day),
        )  # fmt: skip
    except LookupError as error:
        raise BadArgument(period_id) from error
    match opened.outcome:
        case Outcome.OPENED | Outcome.ALREADY:
            return chat.go(f"collection {opened.id}")
        case Outcome.UNDATED:
            return ask_day(chat, period_id, programme_id)
        case Outcome.PAST:
            return chat.screen(
                chat._("That day is over: no commune could be in time."),
                (chat._("Another day"), f"collection-day {period_id} {programme_id}"),
                back=chat.back("collections"),
            )
        case _:
            assert_never(opened.outcome)
