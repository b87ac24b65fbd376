"""Free text: what somebody wants, in their own words, with or without accents.

Rules over folded words, and no more. Folding makes words mean several things ("huy" is also a
name, "dk" also "điều kiện"), so nothing that is understood here changes anything by itself: it
leads to a screen that names its object. Names of units are offered, never corrected.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from handlers import cards, dates, manners, mine, naming, safety
from handlers.message import SILENCE, Reply
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.schedule import ANY, listed
from handlers.trainings import wanted
from storage import codes, courses, spelling, unit_words, units
from storage.telex import telex

if TYPE_CHECKING:
    from datetime import date

    from handlers.chat import Chat
    from storage.courses import Training

CANCEL = re.compile(
    r"\b(huy|bo dang ky|(khong|ko|k|hong) (di|tham gia|du) (duoc|dc|nua)|rut ten|tra cho"
    r"|cancel|cannot (come|attend))\b"
)
REGISTER = re.compile(
    r"\b(dang (ky|ki)|dk|ghi ten|xin (hoc|du|tham gia)|cho (toi|em) (hoc|du)|register|sign up)\b"
)
MINE = re.compile(
    r"\b((lop )?(cua )?(toi|em|minh)( da)? (dang ky|dk)|cua (toi|em|minh)|da dang ky"
    r"|my trainings?)\b"
)
SCHEDULE = re.compile(
    r"\b(lich|lop (nao|gi|tap huan)|co lop|tap huan (nao|gi)|khi nao|bao gio|schedule|trainings)\b"
)
WAY = re.compile(
    r"\b(duong di|o dau|cho nao|dia (diem|chi)|mang (gi|theo)|ban do|hoc o|where|bring)\b"
)
COST = re.compile(
    r"\b(hoc phi|le phi|phi tap huan|(mat|ton|het) (phi|tien)|bao nhieu tien|fee|cost)\b"
)
ASK = re.compile(
    r"\b(hoi|lien he|phu trach|so dien thoai|sdt|gap (can bo|nguoi)|in charge|contact)\b"
)
VERBS = (CANCEL, REGISTER, MINE, SCHEDULE, WAY)
STUCK = {
    "dangky": "dang ky", "dangki": "dang ky", "huydangky": "huy dang ky", "cuatoi": "cua toi",
    "taphuan": "tap huan", "duongdi": "duong di",
}  # fmt: skip
DAY = len("2026-12-31")
# Answers to what is not understood: more than this many in ten seconds would be noise.
CALM = timedelta(seconds=10)
MOST = 2


def free(chat: Chat) -> Reply:
    """The answer to a text that is no code, no choice and no command."""
    if reply := manners.courtesy(chat) or safety.warning(chat):
        return reply
    for words in readings(chat.text):
        if action := meant(chat, words):
            return chat.go(action)
    return unknown(chat)


router.free = free


def readings(text: str) -> list[str]:
    """The folded text, and the same with unconverted Telex or VNI typing decoded."""
    plain = _unstuck(spelling.fold(text))
    decoded = _unstuck(spelling.fold(telex(text)))
    if decoded == plain:
        return [plain]
    # Decoding may only add a verb: plain words that happen to look like Telex stay as they are.
    wanted = any(verb.search(decoded) and not verb.search(plain) for verb in VERBS)
    return [decoded, plain] if wanted else [plain, decoded]


def _unstuck(folded: str) -> str:
    return " ".join(STUCK.get(word, word) for word in folded.split())


def meant(chat: Chat, words: str) -> str | None:
    """The action that folded words ask for; None where nothing is understood."""
    named = courses_named(chat, words)
    one = named[0] if len(named) == 1 else None
    if CANCEL.search(words):
        return f"cancel {one.id}" if one else "which"
    if REGISTER.search(words) and not MINE.search(words):
        return f"sure {one.id}" if one else _offer(named)
    if MINE.search(words):
        return "mine"
    if WAY.search(words) and (course := one or _next(chat)):
        return f"way {course.id}"
    # What it costs stands on the card.
    if about := one or (_next(chat) if COST.search(words) else None):
        return f"course {about.id}"
    if named:
        return _offer(named)
    if ASK.search(words):
        return "ask"
    return _schedule(chat, words)


def courses_named(chat: Chat, words: str) -> list[Training]:
    """Courses whose code or short name stands in the words, the longest name first."""
    if number_ := codes.course_in(words):
        course = courses.numbered(chat.db, number_)
        return [course] if course else []
    padded = f" {words} "
    known = listed(chat)
    named = [course for course in known if f" {spelling.fold(course.short)} " in padded]
    return sorted(named, key=lambda course: -len(course.short))


def _offer(named: list[Training]) -> str:
    return f"among {' '.join(str(course.id) for course in named[:5])}" if named else "schedule"


def _next(chat: Chat) -> Training | None:
    coming = mine.live(chat) if chat.person else []
    return coming[0][0] if coming else None


def _schedule(chat: Chat, words: str) -> str | None:
    """A month or a place, or a word for the schedule."""
    today = chat.now.date()
    span = dates.period(chat.text, today) or _day(chat, today)
    places = units.mentioned(chat.db, chat.text, today)
    if not span and not places and not SCHEDULE.search(words):
        return None
    if len({unit_words.bare(place.name) for place in places}) > 1:
        return f"places {_span(span)} {' '.join(str(place.id) for place in places[:5])}"
    return f"schedule {_span(span)} {'+'.join(str(place.id) for place in places[:3]) or ANY}"


def _day(chat: Chat, today: date) -> tuple[date, date] | None:
    day = dates.date(chat.text, today)
    return (day, day) if day else None


def _span(span: tuple[date, date] | None) -> str:
    return f"{span[0].isoformat()} {span[1].isoformat()}" if span else f"{ANY} {ANY}"


@router.action("among", public=True)
def among(chat: Chat, *course_ids: str) -> Reply:
    """Several courses answer to what was said: which one?"""
    found = [wanted(chat, each) for each in course_ids]
    return chat.screen(
        chat._("Which training is meant?"),
        *((naming.choice(cards.line(chat, course)), f"course {course.id}") for course in found),
        back=chat.back("menu"),
    )


@router.action("places", public=True)
def places(chat: Chat, first: str, last: str, *unit_ids: str) -> Reply:
    """Several units answer to the name: which one?"""
    today = chat.now.date()
    if len(first) > DAY or len(last) > DAY:
        raise BadArgument(first)
    found = [units.get(chat.db, number(each), today) for each in unit_ids]
    return chat.screen(
        chat._("Several places have that name. Which one is meant?"),
        *((_label(chat, place), f"schedule {first} {last} {place.id}") for place in found if place),
        back=chat.back("schedule"),
    )


def _label(chat: Chat, place: units.Place) -> str:
    return chat._("{unit} (former)", unit=place.name) if place.former else place.name


def unknown(chat: Chat) -> Reply:
    """One line on what was not understood, then the same choices again; silence in a flood."""
    answers = [moment for moment in chat.talk.data.get("unknown", []) if _recent(chat, moment)]
    if len(answers) >= MOST:
        return SILENCE
    chat.talk.data["unknown"] = [*answers, chat.now.isoformat()]
    if chat.person is not None and _chooses(chat):
        return chat.again(chat._("The assistant did not understand that. Please choose a number:"))
    return chat.screen(
        chat._("The assistant did not understand that. Please choose, or write the code of a"
               " training, for example L12."),
        (chat._("Training schedule"), "schedule"),
        (chat._("My trainings"), "mine"),
        (chat._("Help"), "help"),
    )  # fmt: skip


def _chooses(chat: Chat) -> bool:
    """True where the last answer shows something to choose beside the way back."""
    shown = Reply.from_json(chat.talk.answer).choices if chat.talk.answer else ()
    return any(choice.digit in chat.talk.choices and choice.digit != "0" for choice in shown)


def _recent(chat: Chat, moment: str) -> bool:
    return chat.now - datetime.fromisoformat(moment) < CALM
