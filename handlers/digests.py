"""To principals and officers: who could not be written to today, so that they can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import dates
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import digests

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.digests import About, Withheld
    from storage.outbox import Owed

# What the digest says by template tells people to write this.
router.command("withheld", "baogiup", "tellthem", words=("bao giup",))

# Characters of a message before its choices.
LONGEST = 300


@router.notice(digests.KIND)
def digest(chat: Chat, owed: Owed) -> Reply | None:
    """Who was not written to, and what about; a choice to see all where they do not fit."""
    people = digests.withheld(chat.db, owed.key, chat.now)
    if not people:
        return None
    heading = chat._(
        "The assistant could not write to {count} people one by one, please tell them: {people}",
        count=len(people), people="",
    )  # fmt: skip
    named = [_named(chat, one) for one in people]
    listed = gathered(chat._, named, LONGEST - len(heading))
    words = chat._(
        "The assistant could not write to {count} people one by one, please tell them: {people}",
        count=len(people), people=listed,
    )  # fmt: skip
    if listed == ", ".join(named):
        return chat.letter(words)
    return chat.letter(words, (chat._("See all of them"), f"withheld {owed.id}"))


def gathered(_: Callable[..., str], names: Sequence[str], most: int) -> str:
    """The names in one line of at most so many characters; those left out are counted."""
    line = ", ".join(names)
    kept = len(names)
    while len(line) > most and kept:
        kept -= 1
        shown = ", ".join(names[:kept])
        line = (
            _("{people} and {count} more people", people=shown, count=len(names) - kept)
            if kept
            else _("{count} people", count=len(names))
        )
    return line


def _named(chat: Chat, one: Withheld) -> str:
    if not one.about:
        return one.full_name
    courses = ", ".join(_course(chat, each) for each in one.about)
    return chat._("{name} ({courses})", name=one.full_name, courses=courses)


def _course(chat: Chat, about: About) -> str:
    if about.starts_at is None:
        return about.code
    day = dates.short_day(about.starts_at.astimezone(chat.now.tzinfo), chat.talk.language)
    return f"{about.code}, {day}"


@router.action("withheld")
def withheld(chat: Chat, notice_id: str = "", page: str = "0") -> Reply:
    """Everybody a digest is about, a page at a time, a line each; without an id, of the last."""
    if not notice_id:
        newest = digests.newest(chat.db, chat.me.id, chat.now)
        notice_id = str(newest) if newest else ""
    key = digests.key_of(chat.db, number(notice_id), chat.me.id) if notice_id else None
    if key is None and notice_id:
        raise BadArgument(notice_id)
    people = digests.withheld(chat.db, key, chat.now, reader=chat.me.id) if key else []
    start = number(page) * PAGE
    shown = people[start : start + PAGE]
    if not shown:
        return chat.screen(chat._("There is nobody left to be told."), back=chat.back("work"))
    heading = chat._("Please tell these people: {count}", count=len(people))
    return chat.screen(
        "\n".join([heading, *(_named(chat, one) for one in shown)]),
        more=f"withheld {notice_id} {number(page) + 1}" if people[start + PAGE :] else "",
        back=chat.back("work"),
    )
