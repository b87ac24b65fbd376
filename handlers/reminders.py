"""Reminders: asked about right after the first seat, changed by `nhắc`, promised truthfully.

The switch of announcements stands on the same screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import cards, dates, opting
from handlers.router import BadArgument
from handlers.routes import router
from handlers.trainings import wanted
from storage import deadlines, reminders
from storage.models import Remind

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
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
YES = (Remind.EVE, Remind.WEEK)


def after_seat(chat: Chat, course: Training, words: str) -> Reply | str:
    """What follows the words about a new seat.

    The question, for whoever has not been asked; else the words, with when the reminder comes, and
    with the question about announcements where that is still open: never both questions at once.
    """
    wish = reminders.wish(chat.db, chat.me.id)
    if wish is Remind.UNASKED:
        return _question(chat, course, words) or opting.question(chat, words) or words
    coming = reminders.coming(chat.db, chat.me.id, wish, chat.now, course_id=course.id)
    if not coming:
        return opting.question(chat, words) or words
    said = f"{words}\n{_promise(chat, coming)}"
    return opting.question(chat, said, words) or (said if len(said) <= LONGEST else words)


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
    """When the next session is reminded of: up to three times, the nearest first."""
    first = coming[0]
    its = [item for item in coming if item.starts_at == first.starts_at]
    match [_when(chat, at) for at in dict.fromkeys(item.at for item in its)]:
        case [when]:
            return chat._("The assistant will remind {you} at {when}.", when=when)
        case [when, then]:
            return chat._("The assistant will remind {you} at {when} and at {then}.", when=when,
                          then=then)  # fmt: skip
        case [when, then, *_, last]:
            return chat._("The assistant will remind {you} at {when}, {then} and {last}.",
                          when=when, then=then, last=last)  # fmt: skip
        case _:
            raise ValueError(coming)


def _when(chat: Chat, at: datetime) -> str:
    """A time and its day, the year only where it is another one."""
    day = dates.short_day(at, chat.talk.language)
    if at.year != chat.now.year:
        day = f"{day} {at.year}" if chat.talk.language == "en" else f"{day}/{at.year}"
    return chat._("{time} {day}", time=dates.clock(at, chat.talk.language), day=day)


@router.action("reminders")
def settings(chat: Chat, *_: str) -> Reply:
    """When the assistant reminds now, and what else it could do."""
    wish = reminders.wishes(chat.db, chat.me.id)
    words = [_settled(chat, wish.remind)]
    choices = _wishes(chat)
    if wish.remind in YES:
        words.append(_on_day(chat, wanted=wish.on_day))
        choices.append(_day_choice(chat, wanted=wish.on_day))
    if deadlines.concerned(chat.db, chat.me.id, chat.now):
        choices.append(_deadlines_choice(chat))
    choices.append(opting.switch(chat))
    return chat.screen("\n".join(words), *choices, back=chat.back("menu"))


def _on_day(chat: Chat, *, wanted: bool) -> str:
    if wanted:
        return chat._(
            "On the day, too: two hours before, where that is not at night; of an online session"
            " the link comes one hour before."
        )
    return chat._(
        "Nothing two hours before; of an online session the link still comes one hour before."
    )


def _day_choice(chat: Chat, *, wanted: bool) -> tuple[str, str]:
    if wanted:
        return (chat._("No reminder two hours before"), "remind-day no")
    return (chat._("Remind two hours before as well"), "remind-day yes")


def _deadlines_choice(chat: Chat) -> tuple[str, str]:
    if deadlines.wanted(chat.db, chat.me.id):
        return (chat._("No reminders of deadlines"), "remind-deadlines no")
    return (chat._("Remind of deadlines"), "remind-deadlines yes")


@router.action("remind-day", instead="reminders")
def on_day(chat: Chat, answer: str) -> Reply:
    """Remind two hours before as well, or not."""
    reminders.on_day(chat.db, chat.me.id, wanted=_yes(answer))
    return settings(chat)


@router.action("remind-deadlines", instead="reminders")
def of_deadlines(chat: Chat, answer: str) -> Reply:
    """Remind an officer of deadlines, or not; the screen says how it is now by its last choice."""
    deadlines.choose(chat.db, chat.me.id, wanted=_yes(answer))
    words = (
        chat._("Noted: the assistant reminds {you} of deadlines.")
        if _yes(answer)
        else chat._("Noted: the assistant does not remind {you} of deadlines any more.")
    )
    return chat.screen(words, (chat._("Reminders"), "reminders"), back=chat.back("menu"))


def _yes(answer: str) -> bool:
    if answer not in ("yes", "no"):
        raise BadArgument(answer)
    return answer == "yes"


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
    if course is None and reminders.wishes(chat.db, chat.me.id).on_day:
        return chat._(
            "Yes, from now on the assistant reminds {you} at 19:00 on the evening before and,"
            " where that is not at night, two hours before. For anything else, write: menu"
        )
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
