"""Asking for a seat, taking an offered one; and what comes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import cards, reminders
from handlers.leaving import own
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import offers, overlaps, places, registrations, seats
from storage.models import Rung, Standing
from storage.registrations import Asked, Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.places import Place


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
            return _new(chat, course, _seated(chat, course))
        case Outcome.WAITING:
            return _further(chat, course, _queued(chat, course, asked.place))
        case Outcome.ASKED:
            rung = asked.place.asked_rung if asked.place else None
            return _new(chat, course, _asked(chat, course, rung))
        case Outcome.ALREADY | Outcome.CLOSED:
            return chat.go(f"course {course.id}")
        case (
            Outcome.NOT_MEANT | Outcome.NOMINATED_ONLY | Outcome.LEFT | Outcome.ON_LEAVE
            | Outcome.SCHOOL_FULL
        ):  # fmt: skip
            return _refused(chat, course, cards.refusal(chat, course, asked.outcome))
        case _:
            assert_never(asked.outcome)


def _queued(chat: Chat, course: Training, place: Place | None) -> str:
    queued = {
        "course": cards.named(chat, course),
        "name": chat.me.full_name,
        "place": place.position if place else 0,
    }
    if seats.first_come(chat.now, course.starts_at):
        return chat._(
            "{course} is full. {name} is number {place} in the queue. It begins so soon that a"
            " free seat is for whoever takes it first; to look, write: {code}",
            **queued, code=course.code,
        )  # fmt: skip
    return chat._(
        "{course} is full. {name} is number {place} in the queue. When a seat is free, the"
        " assistant writes and keeps it until {you} answer.", **queued,
    )  # fmt: skip


def _asked(chat: Chat, course: Training, rung: Rung | None) -> str:
    """Who has been asked to agree; where nobody can be yet, whom to tell meanwhile."""
    kept = {"course": cards.named(chat, course), "name": chat.me.full_name}
    match rung:
        case Rung.PRINCIPAL:
            return chat._(
                "A seat in {course} is kept for {name}. The assistant has asked the principal and"
                " will say as soon as there is an answer.", **kept,
            )  # fmt: skip
        case Rung.COMMUNE:
            return chat._(
                "A seat in {course} is kept for {name}. The principal does not use the assistant"
                " yet, so the officer of the commune has been asked; the assistant will say as"
                " soon as there is an answer.", **kept,
            )  # fmt: skip
        case Rung.DEPARTMENT:
            return chat._(
                "A seat in {course} is kept for {name}. School and commune do not use the assistant"
                " yet, so the Department has been asked; the assistant will say as soon as there"
                " is an answer.", **kept,
            )  # fmt: skip
        case None:
            return chat._(
                "A seat in {course} is kept for {name}. The principal has to agree, and does not"
                " use the assistant yet: please tell the principal. The assistant will ask as soon"
                " as somebody can be asked.", **kept,
            )  # fmt: skip
        case _:
            assert_never(rung)


def _seated(chat: Chat, course: Training) -> str:
    words = chat._(
        "{name} has a seat in {course}.\nIf {you} cannot come, write: cancel {code}",
        name=chat.me.full_name, course=cards.named(chat, course), code=course.code,
    )  # fmt: skip
    if chat.me.verified:
        return words
    held = chat._("The seat is held until it is confirmed who {you} are.")
    return f"{words}\n{held}"


def _new(chat: Chat, course: Training, words: str) -> Reply:
    """A new seat; the first time with the question about reminders."""
    said = reminders.after_seat(chat, course, words)
    return _further(chat, course, said) if isinstance(said, str) else said


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


@router.action("take", instead="offer")
def take(chat: Chat, registration_id: str) -> Reply:
    """Take the seat that was offered or the nomination."""
    place = own(chat, registration_id)
    taken = offers.accept(chat.db, place.id, chat.now)
    course = wanted(chat, str(place.course_id))
    if taken is None:
        return chat.go(f"course {course.id}")
    outcome = Outcome.ASKED if taken.standing is Standing.ASKED else Outcome.SEATED
    return _result(chat, Asked(outcome, course, taken))


@router.action("seat", instead="offer")
def seat(chat: Chat, registration_id: str) -> Reply:
    """Take a free seat so near the beginning that the first of those who wait to ask has it."""
    place = own(chat, registration_id)
    asked = registrations.take_free(chat.db, place.id, chat.now)
    if asked is None:
        return chat.go(f"course {place.course_id}")
    if asked.outcome is Outcome.WAITING:
        return chat.screen(
            chat._("The free seat in {code} has been taken meanwhile. {name} is still number"
                   " {place} in the queue.", code=asked.course.code, name=chat.me.full_name,
                   place=asked.place.position if asked.place else 0),
            (chat._("Look at {code}", code=asked.course.code), f"course {asked.course.id}"),
            back=chat.back("menu"),
        )  # fmt: skip
    return _result(chat, asked)


@router.action("offer")
def offer(chat: Chat, registration_id: str) -> Reply:
    """What an outdated press on an offer shows: the course as it stands now."""
    return chat.go(f"course {own(chat, registration_id).course_id}")


@router.action("stay", instead="offer")
def stay(chat: Chat, registration_id: str) -> Reply:
    """Yes to a changed date or place; once it has begun, what that still means."""
    place = own(chat, registration_id)
    course = wanted(chat, str(place.course_id))
    if course.begun(chat.now):
        return chat.go(f"attend {place.id}")
    if registrations.stay(chat.db, place.id, chat.now) is None:
        return chat.go(f"course {course.id}")
    if place.standing in (Standing.OFFERED, Standing.NOMINATED):
        # Whoever can come on the new date also takes what they were offered or sent to.
        return take(chat, registration_id)
    return chat.screen(
        _stays(chat, course, place),
        (chat._("Way there, what to bring, whom to ask"), f"way {course.id}"),
        back=chat.back("menu"),
    )


def _stays(chat: Chat, course: Training, place: Place) -> str:
    """A yes to the new date is no seat for whoever waits for one, or for the principal."""
    named = {"name": chat.me.full_name, "course": cards.named(chat, course)}
    if place.standing is Standing.WAITING:
        turn = places.with_position(chat.db, place).position
        return chat._("Noted: {name} still waits for a seat in {course}, number {place} in the"
                      " queue.", **named, place=turn)  # fmt: skip
    if place.standing is Standing.ASKED:
        return chat._("Noted: {name} can attend {course}. There is no agreement to it yet.",
                      **named)  # fmt: skip
    return chat._("Noted: {name} attends {course}.", **named)
