"""Announcements that did not reach people of a school: for the principal, who can tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import announcements
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import broadcasts, received, unheard

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.unheard import Missed

# So many names stand on one screen.
NAMES = 8


def line(chat: Chat) -> list[tuple[str, str]]:
    """The line of the day's work, where an announcement missed anybody."""
    found = unheard.listed(chat.db, chat.me.id, chat.now)
    if not found:
        return []
    return [(chat._("Announcements that missed people: {count}", count=len(found)), "unheard")]


@router.action("unheard")
def listed(chat: Chat, page: str = "0") -> Reply:
    """The announcements that did not reach everybody of the school."""
    return _page(chat, number(page))


def _page(chat: Chat, page: int, *before: str) -> Reply:
    found = unheard.listed(chat.db, chat.me.id, chat.now)
    shown = found[page * PAGE : (page + 1) * PAGE]
    if found and not shown:
        return _page(chat, 0, *before)
    words = (
        chat._("Announcements that did not reach everybody of the school. Please choose one:")
        if found
        else chat._("Nobody waits to be told.")
    )
    return chat.screen(
        "\n".join((*before, words)),
        *(
            (
                chat._("{code}: {count} people", code=broadcasts.code(one.broadcast_id),
                       count=one.people),
                f"missed {one.broadcast_id}",
            )
            for one in shown
        ),
        more=f"unheard {page + 1}" if found[(page + 1) * PAGE :] else "",
        back=chat.back("work"),
    )  # fmt: skip


@router.action("missed")
def show(chat: Chat, broadcast_id: str, page: str = "0") -> Reply:
    """Who did not get it; the words to tell them are one choice away."""
    wanted = number(broadcast_id)
    people = unheard.people(chat.db, chat.me.id, wanted, chat.now)
    found = broadcasts.get(chat.db, wanted)
    start = number(page) * NAMES
    if found is None or not people:
        return _page(chat, 0, chat._("This has been settled meanwhile."))
    shown = people[start : start + NAMES]
    if not shown:
        return show(chat, broadcast_id)
    return chat.screen(
        chat._(
            "{code} of {office} did not reach: {count}. Please tell them by phone or in person.\n"
            "{names}",
            code=found.code, office=announcements.office(chat, found), count=len(people),
            names="\n".join(_named(people, one) for one in shown),
        ),
        (chat._("Read the announcement"), f"tell {wanted}"),
        (chat._("Copy for the Zalo group"), f"announce-copy {wanted}"),
        (chat._("All of them have been told"), f"told-all {wanted}"),
        more=f"missed {wanted} {number(page) + 1}" if people[start + NAMES :] else "",
        back=chat.back("unheard"),
    )  # fmt: skip


def _named(people: list[Missed], one: Missed) -> str:
    """The full name; equal names of one school show the year of birth."""
    twins = sum(other.full_name == one.full_name for other in people) > 1
    return f"{one.full_name} ({one.birth_year})" if twins and one.birth_year else one.full_name


@router.action("tell")
def read(chat: Chat, broadcast_id: str) -> Reply:
    """The announcement as those it did not reach would have got it."""
    found = missed(chat, number(broadcast_id))
    if found is None:
        raise BadArgument(broadcast_id)
    words = [announcements.letter(chat, found).text]
    # Nobody is told by phone what has been put right since.
    correction = broadcasts.get(chat.db, received.correction_of(chat.db, found.id) or 0)
    if correction is not None:
        words.append(chat._("It has been corrected by {code}.", code=correction.code))
        words.append(announcements.letter(chat, correction).text)
    return chat.screen(
        "\n".join(words),
        (chat._("Copy for the Zalo group"), f"announce-copy {found.id}"),
        back=chat.back(f"missed {found.id}"),
    )


def missed(chat: Chat, broadcast_id: int) -> Announcement | None:
    """The announcement, for a principal some of whose people it did not reach; else None."""
    if not unheard.people(chat.db, chat.me.id, broadcast_id, chat.now):
        return None
    return broadcasts.get(chat.db, broadcast_id)


@router.action("told-all", instead="missed")
def told(chat: Chat, broadcast_id: str) -> Reply:
    """They have been told in person, which takes them off every list."""
    wanted = number(broadcast_id)
    count = unheard.told(chat.db, chat.me.id, wanted, chat.now)
    if not count:
        return _page(chat, 0, chat._("This has been settled meanwhile."))
    code = broadcasts.code(wanted)
    return _page(
        chat, 0, chat._("Noted: {count} people have been told about {code}.", count=count,
                        code=code)
    )  # fmt: skip
