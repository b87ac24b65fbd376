"""`giờ`: how many periods somebody has in a year and how many are missing; who lacks them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers import completions, naming, numbers
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import hour_figures, hour_rules, hours, scopes
from storage.models import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.hour_figures import Row
    from storage.hours import Entry, Ledger, Span
    from storage.scopes import Scope

# People on a page: their names stand in the text.
LISTED = 5

router.command(
    "hours", "gio", "hours",
    words=("con thieu bao nhieu tiet", "thieu bao nhieu tiet", "con thieu may tiet", "so tiet",
           "gio boi duong", "so tiet boi duong", "bao nhieu tiet", "duoc bao nhieu tiet", "so gio",
           "gio cua toi", "tiet boi duong thuong xuyen", "how many hours"),
)  # fmt: skip


@router.action("hours")
def mine(chat: Chat, period: str = "", page: str = "0") -> Reply:
    """What somebody has and lacks in a period: the answer, then by content, then the courses.

    Officers, of whom nobody asks for hours, see their area.
    """
    span = _span(chat, period)
    if chat.me.position is Position.OFFICER:
        return area(chat, _key(span))
    found = hours.ledger(chat.db, chat.me.id, span)
    start = number(page) * PAGE
    shown = found.entries[start : start + PAGE]
    key = _key(span)
    office = scopes.of(chat.db, chat.me.id, chat.now.date())
    return chat.screen(
        "\n".join([_answer(chat, found), *_blocks(chat, found)]),
        *((_entry(chat, one), f"course {one.course_id}") for one in shown),
        (chat._("Another period"), "hours-periods"),
        *([(chat._("Who lacks periods in the area"), f"hours-area {key}")] if office else []),
        more=f"hours {key} {number(page) + 1}" if found.entries[start + PAGE :] else "",
        back=chat.back("menu"),
    )


def _span(chat: Chat, period: str) -> Span:
    """The period a choice names by its id, "0" for the usual school year; "" for that of today."""
    known = hours.spans(chat.db, chat.now.date())
    if not period:
        return known[0]
    wanted = number(period) or None
    for one in known:
        if one.id == wanted:
            return one
    raise BadArgument(period)


def _key(span: Span) -> str:
    return str(span.id or 0)


def title(span: Span) -> str:
    """The period as it is read: "Năm học 2026–2027"."""
    return re.sub(r"(?<=\d)\s*-\s*(?=\d)", "–", span.title)


def _answer(chat: Chat, found: Ledger) -> str:
    total = hour_rules.together(found.have, found.targets)
    language = chat.talk.language
    have = completions.decimal(total.counted, 10, language)
    if total.asked is None:
        return chat._("{period}: {hours} so far.", period=title(found.span),
                      hours=completions.hours(chat, total.have))  # fmt: skip
    asked = completions.decimal(total.asked, 10, language)
    if not total.missing:
        return chat._("{period}: {have}/{asked} periods, nothing is missing.",
                      period=title(found.span), have=have, asked=asked)  # fmt: skip
    missing = completions.decimal(total.missing, 10, language)
    return chat._("{period}: {have}/{asked} periods so far, {missing} periods are missing.",
                  period=title(found.span), have=have, asked=asked, missing=missing)  # fmt: skip


def _blocks(chat: Chat, found: Ledger) -> list[str]:
    language = chat.talk.language
    lines: list[str] = []
    for block, one in hour_rules.by_block(found.have, found.targets).items():
        have = completions.decimal(one.have, 10, language)
        if not block:
            lines.append(chat._("Other trainings: {have}", have=have))
        elif one.asked is None:
            lines.append(chat._("Content {block}: {have}", block=block, have=have))
        else:
            asked = completions.decimal(one.asked, 10, language)
            lines.append(chat._("Content {block}: {have}/{asked}", block=block, have=have,
                                asked=asked))  # fmt: skip
    return lines


def _entry(chat: Chat, one: Entry) -> str:
    counts = completions.hours(chat, one.hours)
    name = f"{one.code} {one.short}"[: naming.CHOICE - len(counts) - 3]
    return f"{name} · {counts}"


@router.action("hours-periods")
def periods(chat: Chat) -> Reply:
    """The periods to choose from."""
    known = hours.spans(chat.db, chat.now.date())
    return chat.screen(
        chat._("Periods of which year?"),
        *((title(one), f"hours {_key(one)}") for one in known[:PAGE]),
        back=chat.back("hours"),
    )


# For officers


@router.action("hours-area")
def area(chat: Chat, period: str, page: str = "0") -> Reply:
    """Who lacks periods, by commune; where there is one commune, by school."""
    scope, span = _scope(chat), _span(chat, period)
    if not hours.targets(chat.db, span):
        return chat.screen(
            chat._("{period}: no number of periods is asked for yet; whoever runs the assistant"
                   " sets it.", period=title(span)),
            (chat._("Another period"), "hours-periods"),
            back=_back(chat, span),
        )  # fmt: skip
    rows = hour_figures.communes(chat.db, scope, span)
    if len(rows) == 1:
        return schools(chat, period, str(rows[0].id))
    return _rows(chat, span, rows, f"hours-area {period}", page, leads="hours-schools")


@router.action("hours-schools")
def schools(chat: Chat, period: str, unit_id: str, page: str = "0") -> Reply:
    """Who lacks periods in one commune, by school."""
    scope, span = _scope(chat), _span(chat, period)
    rows = hour_figures.schools(chat.db, scope, span, number(unit_id))
    if not rows:
        raise BadArgument(unit_id)
    this = f"hours-schools {period} {unit_id}"
    return _rows(chat, span, rows, this, page, leads="hours-school")


@router.action("hours-school")
def school(chat: Chat, period: str, school_id: str, page: str = "0") -> Reply:
    """The people of one school, whoever lacks most first."""
    scope, span = _scope(chat), _span(chat, period)
    people = hour_figures.people(chat.db, scope, span, number(school_id))
    if not people:
        raise BadArgument(school_id)
    start = number(page) * LISTED
    language = chat.talk.language
    lines = [
        chat._("– {name}: has {have}, lacks {missing}", name=one.full_name,
               have=completions.decimal(one.have, 10, language),
               missing=completions.decimal(one.missing, 10, language))
        for one in people[start : start + LISTED]
    ]  # fmt: skip
    lacking = sum(one.missing > 0 for one in people)
    first = chat._("{period}: {lacking}/{people} people lack periods.", period=title(span),
                   lacking=lacking, people=len(people))  # fmt: skip
    following = people[start + LISTED :]
    return chat.screen(
        "\n".join([first, *lines]),
        more=f"hours-school {period} {school_id} {number(page) + 1}" if following else "",
        back=chat.back(f"hours-area {period}"),
    )


def _back(chat: Chat, span: Span) -> tuple[str, str]:
    officer = chat.me.position is Position.OFFICER
    return chat.back("work" if officer else f"hours {_key(span)}")


def _scope(chat: Chat) -> Scope:
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise PermissionError("Only officers see who lacks hours.")
    return scope


def _rows(
    chat: Chat, span: Span, rows: Sequence[Row], this: str, page: str, *, leads: str
) -> Reply:
    """A page of units; each leads on to what is below it."""
    start, key = number(page) * PAGE, _key(span)
    lacking, people = sum(row.lacking for row in rows), sum(row.people for row in rows)
    words = chat._("{period}: {lacking}/{people} people lack periods.", period=title(span),
                   lacking=numbers.number(lacking, chat.talk.language),
                   people=numbers.number(people, chat.talk.language))  # fmt: skip
    lines = [
        (f"{row.name[: naming.CHOICE - 12]} {row.lacking}/{row.people}", f"{leads} {key} {row.id}")
        for row in rows[start : start + PAGE]
    ]
    return chat.screen(
        words,
        *lines,
        (chat._("Another period"), "hours-periods"),
        more=f"{this} {number(page) + 1}" if rows[start + PAGE :] else "",
        back=_back(chat, span),
    )
