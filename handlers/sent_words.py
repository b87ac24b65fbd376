"""What came of sending people to a training, or would come of it, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from handlers import naming
from handlers.chat import PAGE
from storage import conversations
from storage.nominees import Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.nominees import Nominated

# So few who are refused are named.
NAMED = 3


def refused(chat: Chat, course: Training, done: Sequence[Nominated]) -> list[str]:
    """A line for each reason for which some are not sent, with their names where they are few."""
    counts = Counter(one.outcome for one in done if one.outcome is not Sent.NOMINATED)
    lines: list[str] = []
    for outcome in Sent:
        if count := counts[outcome]:
            why = reason(chat, course, outcome)
            people = [one.person_id for one in done if one.outcome is outcome]
            named = ", ".join(conversations.who(chat.db, one).full_name for one in people[:NAMED])
            said = {"why": why, "names": named, "count": count}
            lines.append(
                chat._("{why}: {names}.", **said) if count <= NAMED
                else chat._("{why}: {count} people.", **said)
            )  # fmt: skip
    return lines


def reason(chat: Chat, course: Training, outcome: Sent) -> str:  # noqa: PLR0911 - one return an outcome
    """Why somebody is not sent, as a line begins with it."""
    match outcome:
        case Sent.NOMINATED:
            return chat._("Is sent")
        case Sent.ALREADY:
            return chat._("Has a seat already")
        case Sent.FULL:
            return chat._("No seat left")
        case Sent.SCHOOL_FULL:
            return chat._("More than {count} of one school that day", count=course.school_limit)
        case Sent.NOT_MEANT:
            return chat._("{code} is not meant for them", code=course.code)
        case Sent.LEFT:
            return chat._("Works at no school by the list")
        case Sent.ON_LEAVE:
            return chat._("On long leave that day")
        case Sent.CLOSED:
            return chat._("{code} has begun or is not open", code=course.code)
        case Sent.OUTSIDE:
            return chat._("Outside what {you} are in charge of")
        case _:
            assert_never(outcome)


def chosen(chat: Chat, course: Training, looked: Sequence[Nominated], page: int) -> Reply:
    """The people who are chosen, a page at a time; a choice leaves that person out."""
    shown = looked[page * PAGE : (page + 1) * PAGE]
    return chat.screen(
        chat._("Chosen for {code}: {count}. A number leaves that person out.", code=course.code,
               count=len(looked)),
        *((_label(chat, course, one), f"nominate-without {course.id} {one.person_id}")
          for one in shown),
        more=f"nominate-names {course.id} {page + 1}" if looked[(page + 1) * PAGE :] else "",
        back=chat.back(f"nominate-preview {course.id}"),
    )  # fmt: skip


def _label(chat: Chat, course: Training, one: Nominated) -> str:
    who = conversations.who(chat.db, one.person_id)
    label = f"{who.full_name}, {who.school}"
    if one.outcome is Sent.NOMINATED:
        return naming.choice(label)
    why = reason(chat, course, one.outcome)
    return naming.choice(f"{who.full_name}, {why[:1].lower()}{why[1:]}")
