"""Reminders: asked about right after the first seat, changed by `nhắc`, said the evening before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import cards, dates
from handlers.router import BadArgument
from handlers.routes import router
from handlers.trainings import wanted
from storage import accounts, courses, reminders
from storage.models import Remind
from storage.moments import Offset

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.reminders import Item

router.command(
    "reminders", "nhac", "reminders", "remind",
    words=("nhac toi", "nhac lich", "nhac hen", "nhac nho", "nhac truoc", "tat nhac", "bat nhac",
           "doi nhac", "dung nhac", "dung nhac nua", "khong nhac nua", "reminder", "remind me"),
)  # fmt: skip

# Whoever does not answer is asked once more, after the next seat, and then no more.
ASKS = 2
# Characters of a message before its choices.
LONGEST = 300
ASKED = "asked to remind"


def after_seat(chat: Chat, course: Training, words: str) -> Reply | str:
    """What follows the words about a new seat.

    The question, for whoever has not been asked; else the words, with when the reminder comes.
    """
    wish = reminders.wish(chat.db, chat.me.id)
    if wish is Remind.UNASKED:
        return _question(chat, course, words) or words
    coming = reminders.coming(chat.db, chat.me.id, wish, chat.now, course_id=course.id)
    if not coming:
        return words
    said = f"{words}\n{_promise(chat, coming)}"
    return said if len(said) <= LONGEST else words


def _question(chat: Chat, course: Training, words: str) -> Reply | None:
    asked: dict[str, int] = chat.talk.data.setdefault(ASKED, {})
    mine = str(chat.me.id)
    question = chat._("Would {you} like the assistant to remind {you} beforehand?")
    if asked.get(mine, 0) >= ASKS or len(f"{words}\n{question}") > LONGEST:
        return None
    asked[mine] = asked.get(mine, 0) + 1
    return chat.screen(f"{words}\n{question}", *_wishes(chat, str(course.id)))


def _wishes(chat: Chat, course_id: str = "") -> list[tuple[str, str]]:
    return [
        (chat._("Remind the evening before"), f"remind {Remind.EVE} {course_id}".strip()),
        (
            chat._("Remind 7 days before and the evening before"),
            f"remind {Remind.WEEK} {course_id}".strip(),
        ),
        (chat._("Not necessary"), f"remind {Remind.NEVER} {course_id}".strip()),
    ]


def _promise(chat: Chat, coming: list[Item]) -> str:
    """When the first reminders come: the next one, and the next eve where that is another."""
    first = coming[0]
    eve = next((item for item in coming if item.offset is Offset.EVE), first)
    if eve.at == first.at:
        return chat._("The assistant will remind {you} at {when}.", when=_when(chat, first.at))
    return chat._(
        "The assistant will remind {you} at {when} and at {then}.",
        when=_when(chat, first.at), then=_when(chat, eve.at),
    )  # fmt: skip


def _when(chat: Chat, at: datetime) -> str:
    """A time and its day, the year only where it is another one."""
    day = dates.short_day(at, chat.talk.language)
    if at.year != chat.now.year:
        day = f"{day} {at.year}" if chat.talk.language == "en" else f"{day}/{at.year}"
    return chat._("{time} {day}", time=dates.clock(at, chat.talk.language), day=day)


@router.action("reminders")
def settings(chat: Chat, *_: str) -> Reply:
    """When the assistant reminds now, and what else it could do."""
    wish = reminders.wish(chat.db, chat.me.id)
    return chat.screen(_settled(chat, wish), *_wishes(chat), back=chat.back("menu"))


def _settled(chat: Chat, wish: Remind) -> str:
    match wish:
        case Remind.EVE:
            return chat._(
                "The assistant reminds {name} at 19:00 on the evening before each session.",
                name=chat.me.full_name,
            )
        case Remind.WEEK:
            return chat._(
                "The assistant reminds {name} seven days before each training and at 19:00 on the"
                " evening before.",
                name=chat.me.full_name,
            )
        case Remind.NEVER | Remind.UNASKED:
            return chat._(
                "The assistant does not remind {name} of trainings. Changes and cancellations are"
                " told in any case.",
                name=chat.me.full_name,
            )
        case _:
            assert_never(wish)


@router.action("remind", instead="reminders")
def remind(chat: Chat, wish: str, course_id: str = "") -> Reply:
    """Keep the wish, with its proof, and say when the first reminder comes."""
    try:
        chosen = Remind(wish)
    except ValueError as error:
        raise BadArgument(wish) from error
    if chosen is Remind.UNASKED:
        raise BadArgument(wish)
    course = wanted(chat, course_id) if course_id else None
    reminders.choose(
        chat.db, chat.me.id, chosen, chat.now, account_id=chat.talk.account_id,
        channel=chat.talk.channel,
    )  # fmt: skip
    if chosen is Remind.NEVER:
        return chat.screen(
            chat._(
                "Yes, the assistant will not remind {you}. Changes and cancellations are told in"
                " any case. To change this, write: remind"
            )
        )
    return chat.screen(_noted(chat, chosen, course))


def _noted(chat: Chat, chosen: Remind, course: Training | None) -> str:
    coming = reminders.coming(
        chat.db, chat.me.id, chosen, chat.now, course_id=course.id if course else None
    )
    if coming:
        promise = _promise(chat, coming)
        return chat._("Yes. {promise} For anything else, write: menu", promise=promise)
    if course is None:
        return chat._(
            "Yes, from now on the assistant reminds {you} at 19:00 on the evening before. For"
            " anything else, write: menu"
        )
    if course.starts_at is None:
        return chat._(
            "Yes, the assistant will remind {you} once {code} has a date. For anything else,"
            " write: menu", code=course.code,
        )  # fmt: skip
    return chat._(
        "Yes. {code} begins so soon, {when}, that there is no reminder of it; the assistant"
        " reminds {you} of the next trainings. For anything else, write: menu",
        code=course.code, when=cards.starts(chat, course),
    )  # fmt: skip


# Words of the reminder itself


@router.notice(reminders.KIND)
def reminder(chat: Chat, owed: Owed) -> Reply | None:
    """What, when and where; one message for all that is reminded of at the same moment."""
    at = reminders.at(owed.data, chat.now)
    found = [
        (item, course)
        for item in reminders.items(chat.db, chat.me.id, at, chat.now)
        if (course := session(chat, item))
    ]
    if not found:
        return None
    if len(found) > 1:
        return _several(chat, [course for _, course in found])
    return _one(chat, *found[0])


def session(chat: Chat, item: Item) -> Training | None:
    """The course as if it had only the session a reminder is about."""
    course = courses.get(chat.db, item.course_id)
    if course is None:
        return None
    its = tuple(each for each in course.sessions if each.starts_at == item.starts_at)
    return replace(course, sessions=its) if its else None


def _one(chat: Chat, item: Item, course: Training) -> Reply:
    words = chat._(
        "{opening}: {code} {title}, {where}.",
        opening=_opening(chat, course), code=course.code, title=course.short,
        where=cards.where(chat, course),
    )  # fmt: skip
    if len(accounts.people(chat.db, chat.talk.account_id)) > 1:
        words = chat._("Reminder for {name}: {words}", name=chat.me.full_name,
                       words=words[:1].lower() + words[1:])  # fmt: skip
    if further := _further(chat, course):
        words = f"{words} {further}" if len(f"{words} {further}") <= LONGEST else words
    return chat.letter(
        words,
        (chat._("I will come"), f"stay {item.registration_id}"),
        (chat._("I cannot come"), f"unable {item.registration_id}"),
        (chat._("Way there"), f"way {course.id}"),
    )


def _several(chat: Chat, found: list[Training]) -> Reply:
    """So many as fit; each has a choice that leads to all there is to know of it."""
    heading = chat._("Trainings of {name} soon:", name=chat.me.full_name)
    lines = [heading]
    for course in found:
        line = chat._(
            "{code} {title}: {when}, {where}", code=course.code, title=course.short,
            when=cards.starts(chat, course), where=cards.where(chat, course),
        )  # fmt: skip
        if len("\n".join([*lines, line])) > LONGEST:
            line = chat._("{code} {title}: {when}", code=course.code, title=course.short,
                          when=cards.starts(chat, course))  # fmt: skip
        if len("\n".join([*lines, line])) <= LONGEST:
            lines.append(line)
    each = {course.id: course for course in found}
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
