"""The words of a reminder: what, when and where, and whether one comes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import cards, dates
from handlers.routes import router
from storage import accounts, courses, places, reminders
from storage.models import Modality, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.places import Place
    from storage.reminders import Item

# Characters of a message before its choices.
LONGEST = 300


@router.notice(reminders.KIND)
def reminder(chat: Chat, owed: Owed) -> Reply | None:
    """What, when and where; one message for all that is reminded of at the same moment."""
    if reminders.doubled(chat.db, owed.id, chat.me.id, owed.data):
        return None
    at = reminders.at(owed.data, chat.now)
    found = [
        (item, course)
        for item in reminders.items(chat.db, chat.me.id, at, chat.now)
        if (course := session(chat, item))
    ]
    if not found:
        return None
    if len(found) > 1:
        return _several(chat, found)
    return _one(chat, *found[0])


def session(chat: Chat, item: Item) -> Training | None:
    """The course as if it had only the session a reminder is about."""
    course = courses.get(chat.db, item.course_id)
    if course is None:
        return None
    its = tuple(each for each in course.sessions if each.starts_at == item.starts_at)
    return replace(course, sessions=its) if its else None


def _one(chat: Chat, item: Item, course: Training) -> Reply:
    place = places.by_id(chat.db, item.registration_id)
    words = chat._(
        "{opening}: {code} {title}, {where}.",
        opening=_opening(chat, course), code=course.code, title=course.short,
        where=cards.where(chat, course),
    )  # fmt: skip
    if len(accounts.people(chat.db, chat.talk.account_id)) > 1:
        words = chat._("Reminder for {name}: {words}", name=chat.me.full_name,
                       words=words[:1].lower() + words[1:])  # fmt: skip
    link = course.first.link if course.first and item.joins else ""
    joining = chat._("Join here: {link}", link=link) if link else ""
    further = _asked(chat, place) if place else ""
    words = "\n".join(line for line in (words, joining, further) if line)
    open_ = place is not None and asks(place)
    known = _further(chat, course)
    if known and not further and len(f"{words} {known}") <= LONGEST:
        words = f"{words} {known}"
    yes = chat._("I can come") if open_ else chat._("I will come")
    return chat.letter(
        words,
        (yes, f"attend {item.registration_id}"),
        (chat._("I cannot come"), f"miss {item.registration_id}"),
        _onward(chat, course),
    )


def _asked(chat: Chat, place: Place) -> str:
    """What is still open about the seat, "" where nothing is."""
    if asks(place):
        return chat._("Can {you} come, {name}?", name=chat.me.full_name)
    if place.standing is Standing.ASKED:
        return chat._("There is no agreement to it yet.")
    return ""


def asks(place: Place) -> bool:
    """True where the person still has to say whether they come."""
    return place.standing is Standing.NOMINATED or place.unanswered_since is not None


def _onward(chat: Chat, course: Training) -> tuple[str, str]:
    """Whom to ask, where there is no way to go."""
    if course.modality is Modality.ONLINE:
        return (chat._("Ask the person in charge"), f"contact {course.id}")
    return (chat._("Way there"), f"way {course.id}")


def _several(chat: Chat, found: list[tuple[Item, Training]]) -> Reply:
    """So many as fit; each has a choice that leads to all there is to know of it."""
    heading = chat._("Trainings of {name} soon:", name=chat.me.full_name)
    lines = [heading]
    for item, course in found:
        link = course.first.link if course.first and item.joins else ""
        line = chat._(
            "{code} {title}: {when}, {where}", code=course.code, title=course.short,
            when=cards.starts(chat, course), where=link or cards.where(chat, course),
        )  # fmt: skip
        if len("\n".join([*lines, line])) > LONGEST:
            line = chat._("{code} {title}: {when}", code=course.code, title=course.short,
                          when=cards.starts(chat, course))  # fmt: skip
        if len("\n".join([*lines, line])) <= LONGEST:
            lines.append(line)
    each = {course.id: course for _, course in found}
    return chat.letter(
        "\n".join(lines),
        *(
            (chat._("Look at {code}", code=course.code), f"course {course.id}")
            for course in list(each.values())[:8]
        ),
    )


def _opening(chat: Chat, course: Training) -> str:
    """When it is, seen from the moment this is said."""
    when = cards.starts(chat, course)
    start = course.starts_at.astimezone(chat.now.tzinfo) if course.starts_at else chat.now
    days = (start.date() - chat.now.date()).days
    if days == 0:
        return chat._("Today, {when}", when=when)
    if days == 1:
        return chat._("Tomorrow, {when}", when=when)
    return chat._("In {days} days, {when}", days=days, when=when)


def _further(chat: Chat, course: Training) -> str:
    """When to be there and what to bring, as far as it is known."""
    arrive = course.first.arrive_at if course.first else None
    time = dates.clock(arrive.astimezone(chat.now.tzinfo), chat.talk.language) if arrive else ""
    if time and course.bring:
        return chat._("Please be there from {time} and bring {things}.", time=time,
                      things=course.bring)  # fmt: skip
    if time:
        return chat._("Please be there from {time}.", time=time)
    return chat._("Please bring {things}.", things=course.bring) if course.bring else ""
