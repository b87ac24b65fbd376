"""Asking for a seat, taking an offered one, leaving; and what comes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import cards
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import agreement, courses, offers, overlaps, places, registrations
from storage.models import Standing
from storage.registrations import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.places import Place
    from storage.registrations import Asked


@router.action("sure")
def sure(chat: Chat, course_id: str) -> Reply:
    """Repeat the object before a seat is asked for in free words."""
    course = wanted(chat, course_id)
    mine = places.find(chat.db, course.id, chat.me.id)
    if (mine and mine.live) or not course.takes(chat.now):
        return chat.go(f"course {course.id}")
    return chat.screen(
        chat._(
            "Register {name} for {code}?\n{title}, {when}, {where}.",
            name=chat.me.full_name, code=course.code, title=course.title,
            when=cards.starts(chat, course), where=cards.where(chat, course),
        ),
        (chat._("Register"), f"register {course.id}"),
        back=(chat._("No"), f"course {course.id}"),
        yes=True,
    )  # fmt: skip


@router.action("register", instead="course")
def register(chat: Chat, course_id: str, anyway: str = "") -> Reply:
    """Ask for a seat; an overlap with another course is said first."""
    wanted_id = number(course_id)
    if not anyway and (other := overlaps.first(chat.db, wanted_id, chat.me.id)):
        return _overlapping(chat, wanted(chat, course_id), other)
    try:
        asked = registrations.register(chat.db, wanted_id, chat.me, chat.now)
    except LookupError as error:
        raise BadArgument(course_id) from error
    if asked.outcome is Outcome.ASKED and asked.place:
        agreement.ask(chat.db, asked.place, chat.me, chat.now)
    return _result(chat, asked)


def _overlapping(chat: Chat, course: Training, other: Training) -> Reply:
    return chat.screen(
        chat._(
            "{code} overlaps with {other}, for which {you} have registered. Register all the"
            " same?",
            code=course.code, other=cards.named(chat, other),
        ),
        (chat._("Register all the same"), f"register {course.id} anyway"),
        (chat._("Look at {code}", code=other.code), f"course {other.id}"),
        back=chat.back(f"course {course.id}"),
    )  # fmt: skip


def _result(chat: Chat, asked: Asked) -> Reply:
    course = asked.course
    match asked.outcome:
        case Outcome.SEATED:
            return _further(chat, course, _seated(chat, course))
        case Outcome.ASKED:
            words = chat._(
                "A seat in {course} is kept for {name}. The assistant has asked the principal and"
                " will say as soon as there is an answer.",
                course=cards.named(chat, course), name=chat.me.full_name,
            )  # fmt: skip
            return _further(chat, course, words)
        case Outcome.WAITING:
            place = asked.place.position if asked.place else 0
            words = chat._(
                "{course} is full. {name} is number {place} in the queue. When a seat is free, the"
                " assistant writes and keeps it until {you} answer.",
                course=cards.named(chat, course), name=chat.me.full_name, place=place,
            )  # fmt: skip
            return _further(chat, course, words)
        case Outcome.ALREADY | Outcome.CLOSED:
            return chat.go(f"course {course.id}")
        case Outcome.NOT_MEANT:
            return _refused(
                chat, course, chat._("{code} is meant for other people.", code=course.code)
            )
        case Outcome.NOMINATED_ONLY:
            words = chat._("{code} is attended by nomination only. The office sends the list.",
                           code=course.code)  # fmt: skip
            return _refused(chat, course, words)
        case _:
            assert_never(asked.outcome)


def _seated(chat: Chat, course: Training) -> str:
    words = chat._(
        "{name} has a seat in {course}.\nIf {you} cannot come, write: huy {code}",
        name=chat.me.full_name, course=cards.named(chat, course), code=course.code,
    )  # fmt: skip
    if chat.me.verified:
        return words
    held = chat._("The seat is held until it is confirmed who {you} are.")
    return f"{words}\n{held}"


def _further(chat: Chat, course: Training, words: str) -> Reply:
    return chat.screen(
        words,
        (chat._("Way there, what to bring, whom to ask"), f"way {course.id}"),
        (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )


def _refused(chat: Chat, course: Training, words: str) -> Reply:
    return chat.screen(
        words,
        (chat._("Ask the person in charge"), f"contact {course.id}"),
        (chat._("Training schedule"), "schedule"),
        back=chat.back("menu"),
    )


@router.action("cancel")
def cancel(chat: Chat, course_id: str) -> Reply:
    """Name the object and ask once; nothing changes yet."""
    course = wanted(chat, course_id)
    mine = places.find(chat.db, course.id, chat.me.id)
    if mine is None or not mine.live:
        return _not_registered(chat, course)
    if course.begun(chat.now):
        return chat.go(f"course {course.id}")
    if mine.standing is Standing.NOMINATED:
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


@router.action("take", instead="offer")
def take(chat: Chat, registration_id: str) -> Reply:
    """Take the seat that was offered or the nomination."""
    place = own(chat, registration_id)
    taken = offers.accept(chat.db, place.id, chat.now)
    course = wanted(chat, str(place.course_id))
    if taken is None:
        return chat.go(f"course {course.id}")
    return _further(chat, course, _seated(chat, course))


@router.action("offer")
def offer(chat: Chat, registration_id: str) -> Reply:
    """What an outdated press on an offer shows: the course as it stands now."""
    return chat.go(f"course {own(chat, registration_id).course_id}")


@router.action("stay", instead="offer")
def stay(chat: Chat, registration_id: str) -> Reply:
    """Yes to a changed date or place."""
    place = own(chat, registration_id)
    course = wanted(chat, str(place.course_id))
    if registrations.stay(chat.db, place.id, chat.now) is None:
        return chat.go(f"course {course.id}")
    return chat.screen(
        chat._("Noted: {name} attends {course}.", name=chat.me.full_name,
               course=cards.named(chat, course)),
        (chat._("Way there, what to bring, whom to ask"), f"way {course.id}"),
        back=chat.back("menu"),
    )  # fmt: skip


@router.action("unable")
def unable(chat: Chat, registration_id: str) -> Reply:
    """No to an offer or a change: name the seat and ask once."""
    return cancel(chat, str(own(chat, registration_id).course_id))


def own(chat: Chat, registration_id: str) -> Place:
    """A registration of the person who speaks; raises BadArgument for anybody else's."""
    place = places.by_id(chat.db, number(registration_id))
    if place is None or place.person_id != chat.me.id:
        raise BadArgument(registration_id)
    return place


def excuses(chat: Chat, course: Training, mine: Place) -> Reply:
    """Whoever was nominated does not cancel but says why they cannot come."""
    return chat.screen(
        chat._("Why can {name} not come to {course}?", name=chat.me.full_name,
               course=cards.named(chat, course)),
        (chat._("Maternity leave"), f"excuse {mine.id} maternity"),
        (chat._("Illness"), f"excuse {mine.id} illness"),
        (chat._("Nobody to cover the class"), f"excuse {mine.id} cover"),
        (chat._("Too far"), f"excuse {mine.id} distance"),
        back=(chat._("Keep the seat"), "kept"),
    )  # fmt: skip


REASONS = ("maternity", "illness", "cover", "distance")


@router.action("excuse", instead="offer")
def excuse(chat: Chat, registration_id: str, reason: str) -> Reply:
    """Keep the reason; the seat goes back to whoever sent the person."""
    place = own(chat, registration_id)
    if reason not in REASONS or place.standing is not Standing.NOMINATED:
        raise BadArgument(reason)
    course = wanted(chat, str(place.course_id))
    registrations.give_up(
        chat.db, course.id, chat.me.id, chat.now, standing=Standing.EXCUSED, reason=reason
    )
    return chat.screen(
        chat._("Noted: {name} cannot come to {code}. The office that sent the list sees the"
               " reason.", name=chat.me.full_name, code=course.code),
        (chat._("My trainings"), "mine"),
        back=chat.back("menu"),
    )  # fmt: skip
