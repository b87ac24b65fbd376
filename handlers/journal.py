"""`nhật ký`: who decided what in the officer's area, the newest first; and the same as a table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from handlers import dates, journal_words, text, work
from handlers.chat import PAGE
from handlers.inviting import scope_of
from handlers.message import EXPORT, Document
from handlers.naming import choice
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import exports, journal, units
from storage.journal import Wanted
from storage.models import Called
from storage.workbooks import Table

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.journal import Entry

router.command(
    "journal", "nhatky", "journal",
    words=("nhat ky", "xem nhat ky", "ai da lam gi", "lich su thay doi", "audit"),
)  # fmt: skip

KIND = "journal"
ALL = "-"
DAY = len("2026-12-31")


def wanted(chosen: str, now: datetime) -> Wanted:
    """Which entries a filter means: "u7" a unit, "p12" a person, "d2026-11-23" a day, "-" all.

    Raises BadArgument for anything else.
    """
    kind, rest = chosen[:1], chosen[1:]
    match kind:
        case "-" if not rest:
            return Wanted()
        case "u":
            return Wanted(unit_id=number(rest))
        case "p":
            return Wanted(person_id=number(rest))
        case "d" if len(rest) == DAY:
            try:
                begins = datetime.combine(date.fromisoformat(rest), time(), now.tzinfo)
            except ValueError as error:
                raise BadArgument(chosen) from error
            return Wanted(since=begins, until=begins + timedelta(days=1))
        case _:
            raise BadArgument(chosen)


@router.action("journal")
def show(chat: Chat, chosen: str = ALL, before: str = "0") -> Reply:
    """A page of entries."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    which, last = wanted(chosen, chat.now), number(before) or None
    found = journal.page(chat.db, scope, which, limit=PAGE + 1, before=last)
    shown, more = found[:PAGE], found[PAGE:]
    lines = [(_line(chat, one), f"decision {one.id} {chosen}") for one in shown]
    lines.append((chat._("Only of a unit, a person or a day"), "journal-filter"))
    if shown:
        lines.append((chat._("As an Excel file"), f"journal-file {chosen}"))
    heading = chat._("Decisions, the newest first:") if shown else chat._("No decision is kept.")
    return chat.screen(
        heading,
        *lines,
        more=f"journal {chosen} {shown[-1].id}" if more else "",
        back=chat.back("work" if chosen == ALL else "journal"),
    )


def _line(chat: Chat, entry: Entry) -> str:
    at = entry.at.astimezone(chat.now.tzinfo)
    said = journal_words.sentence(entry, chat.talk.language, chat.me.called)
    return choice(f"{at:%d/%m} {dates.clock(at, chat.talk.language)} {said}")


@router.action("decision")
def one(chat: Chat, entry_id: str, chosen: str = ALL) -> Reply:
    """One decision in full."""
    scope = scope_of(chat)
    found = journal.get(chat.db, scope, number(entry_id)) if scope else None
    if found is None:
        raise BadArgument(entry_id)
    lines = [
        journal_words.sentence(found, chat.talk.language, chat.me.called),
        dates.moment(found.at.astimezone(chat.now.tzinfo), chat.talk.language),
    ]
    if found.unit:
        lines.append(found.unit)
    more = (
        [(choice(chat._("All decisions of {name}", name=found.actor)),
          f"journal p{found.actor_id}")]
        if found.actor
        else []
    )  # fmt: skip
    return chat.screen("\n".join(lines), *more, back=chat.back(f"journal {chosen}"))


@router.action("journal-filter")
def ask(chat: Chat) -> Reply:
    """Only some of them."""
    return chat.ask(
        chat._("Decisions of whom, where or when? Please write a name, a commune or a day."),
        "journal filter", back="journal",
    )  # fmt: skip


@router.step("journal filter")
def filtered(chat: Chat) -> Reply:
    """A day, a unit of the area, or somebody who decided something there."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    if day := dates.date(chat.text, chat.now.date()):
        return show(chat, f"d{day.isoformat()}")
    here = [one for one in units.named(chat.db, chat.text, scope.day) if scope.covers(one.path)]
    people = journal.actors(chat.db, scope, chat.folded) if len(chat.folded) > 1 else []
    sure = [one for one in here if not one.near]
    if len(sure) == 1 and not people:
        return show(chat, f"u{sure[0].id}")
    if len(people) == 1 and not sure:
        return show(chat, f"p{people[0][0]}")
    lines = [(choice(name), f"journal p{number_}") for number_, name in people]
    lines += [(choice(one.name), f"journal u{one.id}") for one in here]
    if not lines:
        return chat.again(
            chat._("Nobody and nothing of that name decided anything here. Please write it again.")
        )
    return chat.ask(chat._("Which one is meant?"), "journal filter", *lines[:PAGE], back="journal")


@router.action("journal-file")
def file(chat: Chat, chosen: str = ALL) -> Reply:
    """The same as a table, for the desk."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    wanted(chosen, chat.now)
    subject = exports.ask(chat.db, chat.me.id, KIND, chat.now, chosen=chosen)
    return chat.screen(
        chat._("The journal as an Excel file, at most {count} entries.",
               count=figure(MOST, chat.talk.language)),
        document=Document(EXPORT, subject, "nhat-ky.xlsx"), back=chat.back("journal"),
    )  # fmt: skip


# The table

MOST = 10_000


def table(entries: list[Entry], now: datetime) -> Table:
    """The entries as a sheet, with the words of the program beside the sentence."""
    rows = (
        (f"{entry.at.astimezone(now.tzinfo):%d/%m/%Y %H:%M:%S}", entry.actor, entry.unit,
         journal_words.sentence(entry, "vi", Called.TEACHER), entry.action, entry.subject,
         entry.subject_id)
        for entry in entries
    )  # fmt: skip
    heads = (
        _("Time"), _("Who"), _("Unit"), _("What"), _("Action"), _("Subject"), _("Number"),
    )  # fmt: skip
    return Table(_("Journal"), heads, rows)


def _(sentence: str) -> str:
    return text.say("vi", Called.TEACHER, sentence)
