"""Leaving: a seat or a turn given back, and why whoever was sent cannot come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, reasons
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import courses, excuses, places, registrations
from storage.models import Cannot, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.places import Place

# What a choice carries for a reason.
REASONS = {each.name.lower(): each for each in Cannot}


def own(chat: Chat, registration_id: str) -> Place:
    """A registration of the person who speaks; raises BadArgument for anybody else's."""
    place = places.by_id(chat.db, number(registration_id))
    if place is None or place.person_id != chat.me.id:
        raise BadArgument(registration_id)
    return place


@router.action("cancel")
def cancel(chat: Chat, course_id: str) -> Reply:
    """Name the object and ask once; nothing changes yet."""
    course = wanted(chat, course_id)
    mine = places.find(chat.db, course.id, chat.me.id)
    if mine is None or not mine.live:
        return _not_registered(chat, course)
    if course.begun(chat.now):
        return chat.go(f"course {course.id}")
    if excuses.was_sent(chat.db, mine):
        return why(chat, course, mine)
    if mine.standing is Standing.WAITING:
        return chat.screen(
            chat._("Take {name} out of the queue for {course}?", name=chat.me.full_name,
                   course=cards.named(chat, course)),
            (chat._("Leave the queue"), f"giveup {course.id}"),
            back=(chat._("Stay in the queue"), f"course {course.id}"),
        )  # fmt: skip
    return chat.screen(
        chat._("Give back the seat of {name} in {course}?", name=chat.me.full_name,
               course=cards.named(chat, course)),
        (chat._("Give back the seat"), f"giveup {course.id}"),
        back=(chat._("Keep the seat"), "kept"),
    )  # fmt: skip


def _not_registered(chat: Chat, course: Training) -> Reply:
    return chat.screen(
        chat._("{name} is not registered for {code}. Nothing has changed.", name=chat.me.full_name,
               code=course.code),
        (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )  # fmt: skip


@router.action("kept")
def kept(chat: Chat) -> Reply:
    """The seat was kept."""
    return chat.screen(
        chat._("Nothing has changed, the seat is kept."), (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )  # fmt: skip


@router.action("giveup", instead="cancel")
def give_up(chat: Chat, course_id: str) -> Reply:
    """Give the seat back; whoever waits longest is asked next."""
    course = wanted(chat, course_id)
    if course.begun(chat.now):
        return chat.go(f"course {course.id}")
    queue = courses.waiting(chat.db, [course.id]).get(course.id, 0)
    before = places.find(chat.db, course.id, chat.me.id)
    place = registrations.give_up(chat.db, course.id, chat.me.id, chat.now)
    if place is None or before is None:
        return _not_registered(chat, course)
    invited = queue > courses.waiting(chat.db, [course.id]).get(course.id, 0)
    if before.holds and invited:
        words = chat._(
            "The seat in {code} is given back, the first in the queue is invited. To come back to"
            " it, write: {code}", code=course.code,
        )  # fmt: skip
    elif before.holds:
        words = chat._("The seat in {code} is given back. To come back to it, write: {code}",
                       code=course.code)  # fmt: skip
    else:
        words = chat._("{You} have left the queue for {code}. To come back to it, write: {code}",
                       code=course.code)  # fmt: skip
    return chat.screen(words, (chat._("Training schedule"), "schedule"), back=chat.back("menu"))


@router.action("unable")
def unable(chat: Chat, registration_id: str) -> Reply:
    """No to an offer or a change: name the seat and ask once."""
    return cancel(chat, str(own(chat, registration_id).course_id))


def why(chat: Chat, course: Training, mine: Place) -> Reply:
    """Whoever was nominated does not cancel but says why they cannot come."""
    return chat.screen(
        chat._("Why can {name} not come to {course}?", name=chat.me.full_name,
               course=cards.named(chat, course)),
        *((reasons.label(chat, each), f"excuse {mine.id} {key}") for key, each in REASONS.items()),
        back=(chat._("Keep the seat"), "kept"),
    )  # fmt: skip


@router.action("excuse", instead="offer")
def excuse(chat: Chat, registration_id: str, reason: str) -> Reply:
    """Keep the reason; the seat goes back to whoever sent the person. Another one is asked for."""
    place = own(chat, registration_id)
    course = wanted(chat, str(place.course_id))
    given = REASONS.get(reason)
    if given is None or not excuses.was_sent(chat.db, place) or course.begun(chat.now):
        raise BadArgument(reason)
    if given is Cannot.OTHER:
        chat.begin(excuse=place.id)
        return chat.ask(
            chat._("Please write in a few words why {name} cannot come to {code}.",
                   name=chat.me.full_name, code=course.code),
            "excuse-words", back=f"unable {place.id}",
        )  # fmt: skip
    excuses.excuse(chat.db, place, given, chat.now)
    return _excused(chat, course)


@router.step("excuse-words")
def excuse_words(chat: Chat) -> Reply:
    """The reason in their own words."""
    place = own(chat, str(chat.form.get("excuse", "")))
    course = wanted(chat, str(place.course_id))
    if not chat.text:
        chat.expect("excuse-words")
        return chat.again(chat._("Please write the reason in words."))
    done = excuses.excuse(chat.db, place, Cannot.OTHER, chat.now, words=chat.text)
    return _excused(chat, course) if done else chat.go(f"course {course.id}")


def _excused(chat: Chat, course: Training) -> Reply:
    return chat.screen(
        chat._("Noted: {name} cannot come to {code}. The office that sent the list sees the"
               " reason.", name=chat.me.full_name, code=course.code),
        (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )  # fmt: skip
