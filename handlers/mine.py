"""My trainings: what a person is registered for; cancelling in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, naming, papers
from handlers.chat import PAGE
from handlers.router import number
from handlers.routes import router
from storage import courses, places
from storage.models import Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.places import Place

router.command("mine", "cuatoi", "mine", words=("cua toi", "lop cua toi", "lop tap huan cua toi",
               "toi dang ky lop nao", "da dang ky lop nao"))  # fmt: skip
router.command("which", "huy", "cancel", words=("huy dang ky", "huy lop"))
router.command("schedule", "dangky", "register", words=("dang ky", "dk", "dang ky lop"))


def live(chat: Chat) -> list[tuple[Training, Place]]:
    """Courses still to come in which the person has a seat or a turn, soonest first."""
    found = [
        (courses.get(chat.db, place.course_id), place)
        for place in places.of_person(chat.db, chat.me.id)
    ]
    coming = [(course, place) for course, place in found if course and not course.over(chat.now)]
    return sorted(coming, key=lambda pair: (pair[0].starts_at is None, str(pair[0].starts_at)))


@router.action("mine")
def mine(chat: Chat, page: str = "0") -> Reply:
    """What the person is registered for, a page at a time."""
    found = live(chat)
    start = number(page) * PAGE
    if not found[start:]:
        return chat.screen(
            chat._("{name} is not registered for any training.", name=chat.me.full_name),
            (chat._("Training schedule"), "schedule"),
            *papers.line(chat),
            back=chat.back("menu"),
        )
    return chat.screen(
        chat._("Trainings of {name}: {count}", count=len(found), name=chat.me.full_name),
        *((_line(chat, *pair), f"course {pair[0].id}") for pair in found[start : start + PAGE]),
        *papers.line(chat),
        more=f"mine {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("menu"),
    )


def _line(chat: Chat, course: Training, place: Place) -> str:
    """The course and how one stands; where both do not fit, the place is left out."""
    words, stands = cards.line(chat, course), _standing(chat, place)
    if not stands:
        return naming.choice(words)
    if len(f"{words}, {stands}") > naming.CHOICE:
        words = cards.brief(chat, course)
    room = naming.CHOICE - len(f", {stands}")
    if len(words) > room:
        words = f"{words[: room - 1].rstrip(', ')}…"
    return f"{words}, {stands}"


def _standing(chat: Chat, place: Place) -> str:
    """What is not settled yet about a seat; "" for one that is."""
    if place.unanswered_since and place.holds:
        return chat._("please answer")
    match place.standing:
        case Standing.WAITING:
            return chat._("number {place} in the queue", place=place.position)
        case Standing.ASKED:
            return chat._("not agreed to yet")
        case Standing.OFFERED | Standing.NOMINATED:
            return chat._("please answer")
        case _:
            return ""


@router.action("which")
def which(chat: Chat, page: str = "0") -> Reply:
    """Cancelling without an object cancels nothing: it shows what could be meant."""
    found = live(chat)
    if not found:
        return mine(chat)
    if len(found) > 1:
        start = number(page) * PAGE
        shown = found[start : start + PAGE] or found[:PAGE]
        return chat.screen(
            chat._("Which training can {name} not attend? Nothing has changed yet.",
                   name=chat.me.full_name),
            *((_line(chat, *pair), f"cancel {pair[0].id}") for pair in shown),
            more=f"which {number(page) + 1}" if found[start + PAGE :] else "",
            back=(chat._("Keep them all"), "kept"),
        )  # fmt: skip
    course, _ = found[0]
    return chat.screen(
        chat._("{You} have one training: {training}. Nothing has changed yet.",
               training=cards.line(chat, course)),
        (chat._("Look at {code}", code=course.code), f"course {course.id}"),
        (chat._("Cancel {code}", code=course.code), f"cancel {course.id}"),
        back=(chat._("Leave it as it is"), "kept"),
    )  # fmt: skip
