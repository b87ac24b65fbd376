"""Who could not be reached: for principals and officers, who can tell them in person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, dates, naming, unheard
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import courses, places, unreached

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.unreached import Unreached


def line(chat: Chat) -> list[tuple[str, str]]:
    """The lines of the day's work, where anybody waits to be told."""
    people = {one.person_id for one in unreached.listed(chat.db, chat.me.id, chat.now)}
    announced = unheard.line(chat)
    if not people:
        return announced
    words = chat._("Could not be reached: {count} people", count=len(people))
    return [(words, "unreached"), *announced]


@router.action("unreached")
def listed(chat: Chat, page: str = "0") -> Reply:
    """Everybody who could not be reached, each with the course it was about."""
    return _page(chat, number(page))


def _page(chat: Chat, page: int, *before: str) -> Reply:
    found = unreached.listed(chat.db, chat.me.id, chat.now)
    shown = found[page * PAGE : (page + 1) * PAGE]
    if found and not shown:
        return _page(chat, 0, *before)
    people = len({one.person_id for one in found})
    words = (
        chat._(
            "Messages to {count} people could not be delivered, and nobody has told them yet."
            " Please choose one:", count=people,
        )
        if found
        else chat._("Nobody waits to be told.")
    )  # fmt: skip
    return chat.screen(
        "\n".join((*before, words)),
        *((_label(one), f"untold {one.notice_id}") for one in shown),
        more=f"unreached {page + 1}" if found[(page + 1) * PAGE :] else "",
        back=chat.back("work"),
    )


def _label(one: Unreached) -> str:
    """The name and the course; of a very long name the end is cut, never the course."""
    return f"{one.full_name[: naming.CHOICE - len(one.code) - 2]}, {one.code}"


@router.action("untold")
def show(chat: Chat, notice_id: str) -> Reply:
    """What somebody has not heard; the next step is to tell them."""
    one = unreached.one(chat.db, chat.me.id, number(notice_id), chat.now)
    if one is None:
        return _page(chat, 0, chat._("This has been settled meanwhile."))
    course = courses.get(chat.db, one.course_id)
    if course is None:
        raise BadArgument(notice_id)
    return chat.screen(
        "\n".join((_missed(chat, one, course), chat._("Please tell them by phone or in person."))),
        (chat._("They have been told"), f"told {one.notice_id}"),
        back=chat.back("unreached"),
    )


@router.action("told", instead="untold")
def told(chat: Chat, notice_id: str) -> Reply:
    """Somebody has been told in person, which takes them off every list."""
    one = unreached.told(chat.db, chat.me.id, number(notice_id), chat.now)
    if one is None:
        return _page(chat, 0, chat._("This has been settled meanwhile."))
    noted = chat._("Noted: {name} has been told about {code}.", name=one.full_name, code=one.code)
    return _page(chat, 0, noted)


def _missed(chat: Chat, one: Unreached, course: Training) -> str:  # noqa: PLR0911 - one return a kind
    """What the message would have said, in the words of somebody else."""
    said = {
        "who": f"{one.full_name}, {one.school}" if one.school else one.full_name,
        "course": cards.named(chat, course),
    }
    match one.kind:
        case "moved":
            return chat._("{who}, has not heard that the day, hour or place has changed. It is now"
                          " {course}.", **said)  # fmt: skip
        case "cancelled":
            return chat._("{who}, has not heard that this training is CANCELLED: {course}.", **said)
        case "offer":
            return _offered(chat, one, said)
        case "agree":
            return chat._("{who}, was to be asked whether a colleague may attend, and has not heard"
                          " of it: {course}.", **said)  # fmt: skip
        case "nominated":
            return chat._("{who}, has not heard of being sent to this training: {course}.", **said)
        case "agreed":
            return chat._("{who}, has not heard that the request was agreed to and the seat is"
                          " certain: {course}.", **said)  # fmt: skip
        case "not agreed":
            return chat._("{who}, has not heard that the request was not agreed to: {course}.",
                          **said)  # fmt: skip
        case "lapsed":
            return chat._("{who}, has not heard that the seat was not taken in time and has passed"
                          " on: {course}.", **said)  # fmt: skip
        case _:
            return chat._("{who}, could not be reminded of this training: {course}.", **said)


def _offered(chat: Chat, one: Unreached, said: dict[str, str]) -> str:
    place = places.by_id(chat.db, one.registration_id)
    if place is None or place.offered_until is None:
        return chat._("{who}, has not heard that a seat is free now: {course}.", **said)
    until = place.offered_until.astimezone(chat.now.tzinfo)
    return chat._(
        "{who}, has not heard that a seat is kept until {until}: {course}.",
        until=dates.moment(until, chat.talk.language), **said,
    )  # fmt: skip
