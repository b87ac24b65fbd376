"""Several of one school who ask for one course: one question, and who stays with the children."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from handlers import cards, dates
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import agreement, conversations, courses, places, registrations, requests
from storage import second_chances as chances

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.places import Place


def question(chat: Chat, group: list[Place], course: Training) -> str:
    """Who asks, who stays, and until when an answer is waited for."""
    people = [conversations.who(chat.db, place.person_id) for place in group]
    days = course.first.days(chat.now) if course.first else None
    said = {"names": listed(chat, [who.full_name for who in people]), "code": course.code}
    if days is None:
        words = chat._("{names} all ask to attend {code}, {when}.", **said,
                       when=cards.starts(chat, course))  # fmt: skip
    else:
        words = chat._("{names} all ask to attend {code}, {when}.", **said,
                       when=dates.day(days[0], chat.talk.language))  # fmt: skip
        school_id = people[0].school_id
        if school_id is not None:
            left = requests.left_behind(chat.db, course.id, school_id, days[0])
            stay = chat._("{count} people of the school stay behind.", count=left)
            words = f"{words} {stay}"
    until = requests.climbs_at(chat.db, group)
    if until is not None:
        day = until.astimezone(chat.now.tzinfo) + timedelta(days=1)
        before = chat._("Please answer before {day}.",
                        day=dates.short_day(day, chat.talk.language))  # fmt: skip
        words = f"{words} {before}"
    return words


def listed(chat: Chat, names: list[str]) -> str:
    """Full names in a row: "A và B", "A, B và C"."""
    if len(names) < 2:
        return "".join(names)
    return chat._("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def _names(chat: Chat, group: list[Place]) -> str:
    people = [conversations.who(chat.db, place.person_id) for place in group]
    return listed(chat, [who.full_name for who in people])


def answers(chat: Chat, group: list[Place]) -> list[tuple[str, str]]:
    """What can be answered to all of them at once; of two also which one."""
    ids = [str(place.id) for place in group]
    names = [conversations.who(chat.db, place.person_id).full_name for place in group]
    everybody = " ".join(ids)
    if len(group) == 2:
        return [
            (chat._("I agree to both"), f"allow-these {everybody}"),
            (chat._("Only {name}", name=names[0]), f"allow-only {ids[0]} {ids[1]}"),
            (chat._("Only {name}", name=names[1]), f"allow-only {ids[1]} {ids[0]}"),
            (chat._("Nobody goes"), f"allow-none {everybody}"),
        ]
    return [
        (chat._("I agree to all {count}", count=len(group)), f"allow-these {everybody}"),
        (chat._("Answer one by one"), f"asks-one {ids[0]}"),
        (chat._("Nobody goes"), f"allow-none {everybody}"),
    ]


def several(chat: Chat, place: Place) -> bool:
    """True where others of the school wait for the same word, and one question can hold them."""
    return 1 < len(requests.group(chat.db, place)) <= requests.MOST


def letter(chat: Chat, owed: Owed, place: Place, course: Training) -> Reply | None:
    """One letter for all who wait for the same word; None: another letter asks about this one."""
    group = requests.group(chat.db, place)
    if not owed.again and requests.said(chat.db, owed.id, owed.person_id or 0, place, group):
        return None
    return chat.letter(question(chat, group, course), *answers(chat, group))


def screen(chat: Chat, place: Place, course: Training) -> Reply:
    """The same question as a screen."""
    group = requests.group(chat.db, place)
    return chat.screen(question(chat, group, course), *answers(chat, group), back=chat.back("work"))


def _mine(chat: Chat, registrations_: tuple[str, ...]) -> list[Place]:
    """Requests of one course that this person may answer as principal; else BadArgument."""
    found = [place for each in registrations_ if (place := places.by_id(chat.db, number(each)))]
    same = len({place.course_id for place in found}) == 1
    for place in found:
        colleague = conversations.who(chat.db, place.person_id)
        same &= agreement.right(chat.db, chat.me.id, colleague, chat.now) is not None
    if not same or len(found) != len(set(registrations_)):
        raise BadArgument(" ".join(registrations_))
    return found


@router.action("allow-these", instead="asks")
def allow_these(chat: Chat, *asked: str) -> Reply:
    """All of them go."""
    return _decided(chat, _mine(chat, asked), [])


@router.action("allow-only", instead="asks")
def allow_only(chat: Chat, first: str, *others: str) -> Reply:
    """One goes, the others stay this time."""
    mine = _mine(chat, (first, *others))
    return _decided(chat, mine[:1], mine[1:])


@router.action("allow-none", instead="asks")
def allow_none(chat: Chat, *asked: str) -> Reply:
    """Nobody goes this time."""
    return _decided(chat, [], _mine(chat, asked))


def _decided(chat: Chat, go: list[Place], stay: list[Place]) -> Reply:
    course = courses.get(chat.db, (go or stay)[0].course_id)
    code = course.code if course else ""
    went = [place for place in go if registrations.agree(chat.db, place.id, chat.me.id, chat.now)]
    stays = [
        place
        for place in stay
        if registrations.refuse(chat.db, place.id, chat.me.id, chat.now, later=True)
    ]
    goers, stayers = _names(chat, went), _names(chat, stays)
    if went and stays:
        words = chat._(
            "Noted: {goers} attends {code}; {stayers} is invited to another training of the same"
            " content as soon as there is one.",
            goers=goers, stayers=stayers, code=code,
        )  # fmt: skip
    elif went:
        words = chat._("Noted: {goers} attend {code}. The assistant has told them.", goers=goers,
                       code=code)  # fmt: skip
    elif stays:
        words = chat._(
            "Noted: {stayers} do not attend {code}, and are invited to another training of the"
            " same content as soon as there is one.",
            stayers=stayers, code=code,
        )  # fmt: skip
    else:
        words = chat._("This request has been answered already.")
    return chat.screen(words)


@router.notice(chances.KIND)
def second_chance(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever had to stay the last time."""
    course = courses.get(chat.db, owed.subject_id)
    mine = places.find(chat.db, course.id, chat.me.id) if course else None
    if course is None or not course.takes(chat.now) or (mine and mine.live):
        return None
    return chat.letter(
        chat._(
            "A training of the content {name} could not attend: {course}. Whether {you} can go is"
            " asked of the principal again.",
            name=chat.me.full_name, course=cards.named(chat, course),
        ),
        (chat._("See {code}", code=course.code), f"course {course.id}"),
    )  # fmt: skip
