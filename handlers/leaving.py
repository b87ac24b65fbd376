"""Leaving: a seat or a turn given back, and why whoever was sent cannot come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import courses, places, registrations
from storage.models import Mode, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.places import Place

REASONS = ("maternity", "illness", "cover", "distance", "other")


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
    if _was_sent(course, mine):
        return excuses(chat, course, mine)
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


def _was_sent(course: Training, mine: Place) -> bool:
    """True for whoever was nominated, also after saying yes: they do not cancel, they say why."""
    return mine.standing is Standing.NOMINATED or (course.mode is Mode.NOMINATED and mine.live)


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


def excuses(chat: Chat, course: Training, mine: Place) -> Reply:
    """Whoever was nominated does not cancel but says why they cannot come."""
    return chat.screen(
        chat._("Why can {name} not come to {course}?", name=chat.me.full_name,
               course=cards.named(chat, course)),
        (chat._("Maternity leave"), f"excuse {mine.id} maternity"),
        (chat._("Illness"), f"excuse {mine.id} illness"),
        (chat._("Nobody to cover the class"), f"excuse {mine.id} cover"),
        (chat._("Too far"), f"excuse {mine.id} distance"),
        (chat._("Another reason"), f"excuse {mine.id} other"),
        back=(chat._("Keep the seat"), "kept"),
    )  # fmt: skip


@router.action("excuse", instead="offer")
def excuse(chat: Chat, registration_id: str, reason: str) -> Reply:
    """Keep the reason; the seat goes back to whoever sent the person."""
    place = own(chat, registration_id)
    course = wanted(chat, str(place.course_id))
    if reason not in REASONS or not _was_sent(course, place) or course.begun(chat.now):
        raise BadArgument(reason)
    registrations.give_up(
        chat.db, course.id, chat.me.id, chat.now, standing=Standing.EXCUSED, reason=reason
    )
    return chat.screen(
        chat._("Noted: {name} cannot come to {code}. The office that sent the list sees the"
               " reason.", name=chat.me.full_name, code=course.code),
        (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )  # fmt: skip
