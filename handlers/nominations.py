"""Those who were sent to a training: how they stand, reminding them, taking one back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from handlers import cards, naming, reasons
from handlers.audience_buttons import office
from handlers.audience_lines import begun
from handlers.nominating import desk, may
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import courses, nominations, nominees, places, principals, scopes, unit_words
from storage.models import LIVE, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.nominations import Nominee
    from storage.outbox import Owed
    from storage.scopes import Scope

# People on a page: two choices stand below them.
PAGE = 4


def line(chat: Chat, scope: Scope) -> list[tuple[str, str]]:
    """The line of the day's work: people who were sent and have not answered."""
    open_ones = nominations.unanswered(chat.db, scope, chat.now)
    if not open_ones:
        return []
    words = chat._("Sent, have not answered: {count} people", count=sum(open_ones.values()))
    first = next(iter(open_ones))
    return [(words, f"nominees {first}" if len(open_ones) == 1 else "nominees-open")]


@router.action("nominees-open")
def open_ones(chat: Chat) -> Reply:
    """Courses with people who have not answered."""
    found = nominations.unanswered(chat.db, office(chat), chat.now)
    known = [(course, count) for one, count in found.items()
             if (course := courses.get(chat.db, one))]  # fmt: skip
    if not known:
        return chat.screen(chat._("Everybody who was sent has answered."), back=chat.back("work"))
    return chat.screen(
        chat._("Sent, have not answered: {count} people", count=sum(found.values())),
        *((naming.choice(f"{cards.brief(chat, course)} · {count}"), f"nominees {course.id}")
          for course, count in known[: PAGE * 2]),
        back=chat.back("work"),
    )  # fmt: skip


@router.action("nominees")
def sent(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """Who was sent, those who have not answered first; each leads to what can be done."""
    course = may(chat, course_id).course
    found = nominations.nominated(chat.db, office(chat), course.id)
    start = number(page) * PAGE
    if not found:
        return chat.screen(
            chat._("Nobody has been sent to {code} yet.", code=course.code),
            (chat._("Send people"), f"nominate {course.id}"),
            back=chat.back(desk(course.id)),
        )
    waits = sum(one.standing is Standing.NOMINATED for one in found)
    below = [(chat._("Send more people"), f"nominate {course.id}")]
    if waits and not course.begun(chat.now):
        below.insert(0, (chat._("Ask the {count} who have not answered again", count=waits),
                         f"nominees-remind {course.id}"))  # fmt: skip
    return chat.screen(
        "\n".join((cards.brief(chat, course), _counted(chat, found))),
        *((_label(chat, one), f"nominee {one.registration_id}")
          for one in found[start : start + PAGE]),
        *below,
        more=f"nominees {course.id} {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back(desk(course.id)),
    )  # fmt: skip


def _counted(chat: Chat, found: list[Nominee]) -> str:
    counts = Counter(one.standing for one in found)
    parts = [
        chat._("Sent: {count}", count=len(found)),
        chat._("can come {count}", count=len(found) - counts[Standing.NOMINATED]
               - counts[Standing.EXCUSED]),
        chat._("not answered {count}", count=counts[Standing.NOMINATED]),
        chat._("cannot come {count}", count=counts[Standing.EXCUSED]),
    ]  # fmt: skip
    return " · ".join(parts)


def _label(chat: Chat, one: Nominee) -> str:
    stands = _stands(chat, one)
    room = naming.CHOICE - len(stands) - 3
    who = f"{one.full_name}, {one.school}"
    who = who if len(who) <= room else one.full_name
    return naming.choice(f"{who[:room].rstrip(', ')} · {stands}")


def _stands(chat: Chat, one: Nominee) -> str:
    match one.standing:
        case Standing.NOMINATED:
            return chat._("has not answered")
        case Standing.EXCUSED:
            return reasons.said(chat, one.reason) or chat._("cannot come")
        case Standing.WAITING | Standing.ASKED | Standing.OFFERED:
            return chat._("waits")
        case Standing.SEATED:
            return chat._("can come")
        case Standing.GIVEN_UP | Standing.LAPSED | Standing.REFUSED | Standing.ENDED:
            return chat._("gave the seat back")
        case _:
            assert_never(one.standing)


@router.action("nominees-remind", instead="nominees")
def remind(chat: Chat, course_id: str) -> Reply:
    """Ask those who have not answered once more, each at most once a day."""
    course = may(chat, course_id).course
    asked = nominations.remind(chat.db, office(chat), course.id, chat.now)
    words = (
        chat._("{count} people are asked again whether they can come to {code}.", count=asked,
               code=course.code)
        if asked
        else chat._("They have been asked within the last day. Please try again tomorrow, or call"
                    " them.")
    )  # fmt: skip
    return chat.screen(words, back=chat.back(f"nominees {course.id}"))


@router.action("nominee")
def one(chat: Chat, registration_id: str) -> Reply:
    """One person who was sent, and what can be done."""
    course, found = _found(chat, registration_id)
    choices: list[tuple[str, str]] = []
    if not course.begun(chat.now) and found.standing in LIVE:
        choices.append((chat._("Take the nomination back"), f"nominee-revoke {registration_id}"))
    elif not course.begun(chat.now):
        choices.append((chat._("Send somebody else"), f"nominate {course.id}"))
    return chat.screen(
        chat._("{name}, {school}, sent to {course}: {stands}.", name=found.full_name,
               school=found.school, course=cards.named(chat, course),
               stands=_stands(chat, found)),
        *choices,
        back=chat.back(f"nominees {course.id}"),
    )  # fmt: skip


def _found(chat: Chat, registration_id: str) -> tuple[Training, Nominee]:
    found = nominations.nominee(chat.db, office(chat), number(registration_id))
    if found is None:
        raise BadArgument(registration_id)
    return may(chat, str(found[0])).course, found[1]


@router.action("nominee-revoke", instead="nominee")
def revoke(chat: Chat, registration_id: str) -> Reply:
    """Take a nomination back; the screen before named whose."""
    course, found = _found(chat, registration_id)
    if not nominations.revoke(chat.db, office(chat), found.registration_id, chat.now):
        return one(chat, registration_id)
    return chat.screen(
        chat._("Noted: {name} is not sent to {code} any more, and is told.", name=found.full_name,
               code=course.code),
        (chat._("Those who have been sent"), f"nominees {course.id}"),
        back=chat.back(desk(course.id)),
    )  # fmt: skip


@router.notice(nominees.KIND)
def question(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever was sent: by which office, to what, and whether they can come."""
    place = places.by_id(chat.db, owed.subject_id)
    course = courses.get(chat.db, place.course_id) if place else None
    if place is None or course is None or place.standing is not Standing.NOMINATED:
        return None
    return chat.letter(
        chat._("{office} sends {name} to {course}. Can {you} come?",
               office=_office(chat, place.id, course), name=chat.me.full_name,
               course=cards.named(chat, course)),
        (chat._("I can come"), f"take {place.id}"),
        (chat._("I cannot come"), f"unable {place.id}"),
    )  # fmt: skip


def _office(chat: Chat, registration_id: int, course: Training) -> str:
    """The office of whoever sent the person, else the one that runs the course."""
    sender = nominees.sender(chat.db, registration_id)
    scope = scopes.of(chat.db, sender, chat.now.date()) if sender else None
    if sender and scope is None and principals.schools(chat.db, sender, chat.now.date()):
        return chat.me.school
    if scope is None:
        return course.lead or course.contact_office or chat._("The office in charge")
    unit = scope.reaches[0].unit
    if scope.provincial:
        return begun(chat._("the Department of Education of {unit}", unit=unit_words.bare(unit)))
    return begun(chat._("the culture and society office of {unit}", unit=naming.inside(unit)))


@router.notice("not nominated")
def not_any_more(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever was sent by mistake."""
    place = places.by_id(chat.db, owed.subject_id)
    course = courses.get(chat.db, place.course_id) if place else None
    if place is None or course is None or place.standing is not Standing.ENDED:
        return None
    return chat.letter(
        chat._("{name} is not sent to {course} any more. The office has changed its list.",
               name=chat.me.full_name, course=cards.named(chat, course))
    )  # fmt: skip
