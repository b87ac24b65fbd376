"""Whether somebody comes, as they answer a reminder: in time, too late, or without a seat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import dates
from handlers.leaving import own
from handlers.routes import router
from handlers.trainings import wanted
from storage.models import CourseState

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training


@router.action("attend", instead="offer")
def attend(chat: Chat, registration_id: str) -> Reply:
    """Yes: kept, with the nomination or the change it answers; too late, it is said to be."""
    return _answered(chat, registration_id, "stay", _comes)


@router.action("miss", instead="offer")
def miss(chat: Chat, registration_id: str) -> Reply:
    """No: before the beginning the seat can pass on; later the person in charge has to be told."""
    return _answered(chat, registration_id, "unable", _stays_away)


def _answered(
    chat: Chat,
    registration_id: str,
    in_time: str,
    begun: Callable[[Chat, Training, str], Reply],
) -> Reply:
    """The action for an answer in time, `begun` between sessions, else what it can no longer do."""
    place = own(chat, registration_id)
    course = wanted(chat, str(place.course_id))
    if not place.live or course.state is CourseState.CANCELLED:
        return _no_seat(chat, course)
    if not course.begun(chat.now):
        return chat.go(f"{in_time} {place.id}")
    following = _next(chat, course)
    return begun(chat, course, following) if following else _late(chat, course)


def _comes(chat: Chat, course: Training, following: str) -> Reply:
    return chat.screen(
        chat._("Yes, see {you} at {code} on {when}.", code=course.code, when=following),
        (chat._("Way there, what to bring, whom to ask"), f"way {course.id}"),
        back=chat.back("menu"),
    )


def _stays_away(chat: Chat, course: Training, following: str) -> Reply:
    return chat.screen(
        chat._(
            "{code} has begun, so the seat cannot pass on any more. Please tell the person in"
            " charge that {name} cannot come on {when}.",
            code=course.code, name=chat.me.full_name, when=following,
        ),
        (chat._("Ask the person in charge"), f"contact {course.id}"),
        back=chat.back("menu"),
    )  # fmt: skip


def _next(chat: Chat, course: Training) -> str:
    """When the next session begins, in words; "" where none follows."""
    starts = (one.starts_at for one in course.sessions)
    later = next((start for start in starts if start and start > chat.now), None)
    return dates.moment(later.astimezone(chat.now.tzinfo), chat.talk.language) if later else ""


def _late(chat: Chat, course: Training) -> Reply:
    """Nothing is left to answer: it has begun, or is over."""
    words = (
        chat._("{code} is over, so this answer changes nothing any more.", code=course.code)
        if course.over(chat.now)
        else chat._(
            "{code} has begun, so this answer changes nothing any more. Whoever cannot come, please"
            " tell the person in charge.", code=course.code,
        )
    )  # fmt: skip
    return chat.screen(
        words,
        (chat._("Ask the person in charge"), f"contact {course.id}"),
        back=chat.back("menu"),
    )


def _no_seat(chat: Chat, course: Training) -> Reply:
    if course.state is CourseState.CANCELLED:
        return chat.go(f"course {course.id}")
    return chat.screen(
        chat._("{name} is not registered for {code}. Nothing has changed.",
               name=chat.me.full_name, code=course.code),
        (chat._("Look at {code}", code=course.code), f"course {course.id}"),
        back=chat.back("menu"),
    )  # fmt: skip
