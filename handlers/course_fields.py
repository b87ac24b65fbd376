"""What of a training can be changed by writing it: how it stands, and what a text makes of it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers import course_shown, guard
from handlers.course_sentence import TITLE
from handlers.course_words import CLOSING
from handlers.days import date as day_of
from handlers.numbers import number as figure
from handlers.times import time as time_of
from storage import completion_rules, course_drafts, phones, sites, spelling
from storage.models import Mode
from storage.models.courses import CourseKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.chat import Chat
    from storage.course_edits import Fields
    from storage.courses import Training

NOTE: Final = 120  # characters of a note, of what to bring, of a paper's title
LETTER: Final = 60
# Nobody plans for more; a slip of a finger does.
MOST: Final = 20_000
# Rules of completion that are offered, by their names in an action; see `completion_rules`.
RULES: Final[dict[str, dict[str, Any]]] = {
    "most": {},
    "all": {"share": 1.0},
    "half": {"share": 0.5},
    "passed": {"result": "passed"},
    "score": {"result": "score", "least": 5.0},
}
_NOTHING = re.compile(r"(?:khong|ko|khong co|bo|xoa|none|no)\.?")
_ENDLESS = re.compile(r"khong (?:gioi han|han che)(?: cho| so cho)?|no limit")
_NUMBER = re.compile(r"(\d{1,6})(?: ?(?:cho|nguoi|gv|giao vien|tiet|seats?|people))?\.?")
_HOURS = re.compile(r"(?P<hours>\d{1,3}(?:[.,]\d)?) ?(?:tiet|t|periods?)?")
_BLOCK = re.compile(r"(?:noi dung|nd|block)\.? ?0?(?P<block>[123])")


class Unfit(ValueError):
    """What was written cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing of a training. `now` says it on a choice, `ask` asks for it, `take` reads it."""

    now: Callable[[Chat, Training], str]
    ask: Callable[[Chat, Training], str]
    take: Callable[[Chat, Training], Fields]


def _unobjectionable(chat: Chat, text: str, most: int) -> str:
    """The text as it is kept; raises Unfit where no announcement could say it."""
    if len(text) > most:
        raise Unfit(chat._("This is too long. Please write at most {most} characters.", most=most))
    if found := guard.objections(text, sites.allowed(chat.db)):
        raise Unfit(guard.words(chat, found))
    return text


def _words(chat: Chat, most: int) -> str:
    if not any(letter.isalpha() for letter in chat.text):
        raise Unfit(chat._("Please write it in words."))
    return _unobjectionable(chat, chat.text, most)


def _optional(chat: Chat, most: int) -> str:
    """A text, or "" where "không" says that there is none."""
    return "" if _NOTHING.fullmatch(chat.folded) else _words(chat, most)


def _or_none(chat: Chat, words: str) -> str:
    return words or chat._("none")


def _title(chat: Chat, course: Training) -> Fields:
    title = _words(chat, TITLE)
    title = title[:1].upper() + title[1:]
    old = course_drafts.short(course.title)
    # A name for lists that somebody chose stays.
    kept = course.short if course.short not in ("", old) else course_drafts.short(title)
    return {"title": title, "short": kept}


def _short(chat: Chat, course: Training) -> Fields:
    del course
    return {"short": _words(chat, course_drafts.SHORT)}


def _limit(chat: Chat, course: Training) -> Fields:
    del course
    if _ENDLESS.fullmatch(chat.folded) or _NOTHING.fullmatch(chat.folded):
        return {"school_limit": None}
    return {"school_limit": amount(chat)}


def amount(chat: Chat) -> int:
    """The number that was written, alone or with its word: "40", "40 chỗ"."""
    found = _NUMBER.fullmatch(chat.folded)
    if not found or not 0 < int(found[1]) <= MOST:
        raise Unfit(chat._("Please write a number from 1 to {most}, for example: 40",
                           most=figure(MOST, chat.talk.language)))  # fmt: skip
    return int(found[1])


def endless(chat: Chat) -> bool:
    """True where somebody writes that there is no limit."""
    return bool(_ENDLESS.fullmatch(chat.folded))


def _closing(chat: Chat, course: Training) -> Fields:
    if _NOTHING.fullmatch(chat.folded):
        return {"closes_at": None}
    day, clock = day_of(chat.text, chat.now.date()), time_of(chat.text)
    if day is None:
        raise Unfit(chat._("Please write a day, for example: 9/12, or: 17h 9/12"))
    if re.match(r"truoc\b", chat.folded) and clock is None:
        day -= dt.timedelta(days=1)
    moment = dt.datetime.combine(day, clock or CLOSING, tzinfo=chat.now.tzinfo)
    if moment <= chat.now:
        raise Unfit(chat._("That day is past. Please write another one."))
    if course.starts_at and moment > course.starts_at:
        raise Unfit(chat._("That is after the training begins. Please write an earlier day."))
    return {"closes_at": moment}


def _hours(chat: Chat, course: Training) -> Fields:
    """Read "8 tiết, nội dung 02"; either alone leaves the other as it is."""
    del course
    if _NOTHING.fullmatch(chat.folded):
        return {"hours": 0, "block": ""}
    block = _BLOCK.search(chat.folded)
    rest = chat.text if not block else _BLOCK.sub(" ", chat.folded)
    hours = _HOURS.search(spelling.fold(rest.replace(".", ",")).strip(" ,;"))
    if not (block or hours):
        raise Unfit(chat._("Please write for example: 8 periods, block 02"))
    said: Fields = {}
    if hours:
        said["hours"] = round(float(hours["hours"].replace(",", ".")) * 10)
    if block:
        said["block"] = f"0{block['block']}"
    return said


def _contact(chat: Chat, course: Training) -> Fields:
    """Read "họ tên, nơi làm việc, điện thoại": the last two may be left out."""
    parts = [part.strip() for part in re.split(r"[,;\n]", chat.text) if part.strip()]
    phone = next((found for part in parts if (found := phones.phone(part))), "")
    named = [part for part in parts if not phones.phone(part)]
    if not named or spelling.name_trouble(named[0]):
        raise Unfit(chat._("Please write: full name, office, phone number"))
    mine = named[0] == chat.me.full_name
    return {
        "contact_id": chat.me.id if mine else None, "contact_name": named[0],
        "contact_office": ", ".join(named[1:])[:NOTE] or (course.contact_office if mine else ""),
        "contact_phone": phone,
    }  # fmt: skip


def hours(chat: Chat, course: Training) -> str:
    """Say "8 tiết, nội dung 02", or that none is said."""
    parts: list[str] = []
    if course.hours:
        whole, tenth = divmod(course.hours, 10)
        comma = "." if chat.talk.language == "en" else ","
        written = f"{whole}{comma}{tenth}" if tenth else str(whole)
        parts.append(chat._("{hours} periods", hours=written))
    if course.block:
        parts.append(chat._("block {block}", block=course.block))
    return ", ".join(parts)


def rule(chat: Chat, said: dict[str, Any]) -> str:
    """A rule of completion on a choice."""
    read = completion_rules.rule(said)
    share = round(read.share * 100)
    there = (
        chat._("all sessions") if share == 100 else chat._("{share}% of the sessions", share=share)
    )
    match read.result:
        case completion_rules.Needs.NONE:
            return there
        case completion_rules.Needs.PASSED:
            return chat._("{sessions}, result passed", sessions=there)
        case completion_rules.Needs.SCORE:
            least = f"{read.least / 100:g}".replace(".", "." if chat.talk.language == "en" else ",")
            return chat._("{sessions}, score {least} or more", sessions=there, least=least)


def _set(key: str, read: Callable[[Chat], Any]) -> Callable[[Chat, Training], Fields]:
    def take(chat: Chat, course: Training) -> Fields:
        del course
        said: Any = {key: read(chat)}
        return said

    return take


FIELDS: Final[dict[str, Field]] = {
    "title": Field(
        lambda chat, course: chat._("Title: {title}", title=course.title),
        lambda chat, _: chat._("Please write the title, at most {most} characters, for"
                                    " example: First aid for small children", most=TITLE),
        _title,
    ),
    "short": Field(
        lambda chat, course: chat._("Name in lists: {name}", name=course.short),
        lambda chat, _: chat._("Please write the name for lists, at most {most} characters.",
                                    most=course_drafts.SHORT),
        _short,
    ),
    "closing": Field(
        lambda chat, course: course_shown.closing(chat, course)
        or chat._("Register until: it begins"),
        lambda chat, _: chat._("Until when can people register? For example: 9/12, or: 17h"
                                    " 9/12. For no last day before it begins, write: none"),
        _closing,
    ),
    "hours": Field(
        lambda chat, course: chat._("Periods, block: {hours}",
                                    hours=_or_none(chat, hours(chat, course))),
        lambda chat, _: chat._("How many periods does it count for, and in which block? For"
                                    " example: 8 periods, block 02. For none, write: none"),
        _hours,
    ),
    "bring": Field(
        lambda chat, course: chat._("Bring: {things}", things=_or_none(chat, course.bring)),
        lambda chat, _: chat._("What are people to bring? At most {most} characters. For"
                                    " nothing, write: none", most=NOTE),
        _set("bring", lambda chat: _optional(chat, NOTE)),
    ),
    "note": Field(
        lambda chat, course: chat._("Note: {note}", note=_or_none(chat, course.note)),
        lambda chat, _: chat._("The note beside “Free of charge”, at most {most} characters,"
                                    " for example: lunch is provided. For none, write: none",
                                    most=NOTE),
        _set("note", lambda chat: _optional(chat, NOTE)),
    ),
    "paper": Field(
        lambda chat, course: chat._("Title of the paper: {title}",
                                    title=_or_none(chat, course.paper_title)),
        lambda chat, _: chat._("What is the paper called that people get? For example:"
                                    " Confirmation of attendance. For no paper, write: none"),
        _set("paper_title", lambda chat: _optional(chat, NOTE)),
    ),
    "contact": Field(
        lambda chat, course: chat._("In charge: {name}", name=_or_none(chat, course.contact_name)),
        lambda chat, course: chat._("Who is in charge? Please write: full name, office, phone"
                                    " number. Everybody who looks at {code} sees it.",
                                    code=course.code),
        _contact,
    ),
    "letter": Field(
        lambda chat, course: chat._("Official letter: {letter}",
                                    letter=_or_none(chat, course.letter)),
        lambda chat, _: chat._("The number of the official letter, for example:"
                                    " 123/SGDĐT-MN. For none, write: none"),
        _set("letter", lambda chat: "" if _NOTHING.fullmatch(chat.folded)
             else _unobjectionable(chat, chat.text, LETTER)),
    ),
    "limit": Field(
        lambda chat, course: chat._("At most from one school: {limit}",
                                    limit=course.school_limit or chat._("no limit")),
        lambda chat, _: chat._("How many people of one school can attend on one day? For any"
                                    " number, write: none"),
        _limit,
    ),
}  # fmt: skip


def modes(chat: Chat) -> list[tuple[str, str]]:
    """How people may come in, as choices, with their values."""
    return [(_begun(course_shown.mode(chat, each)), each.value) for each in Mode]


def kinds(chat: Chat) -> list[tuple[str, str]]:
    """Kinds of activity as choices, with their values."""
    return [(_begun(course_shown.kind(chat, each)), each.name.lower()) for each in CourseKind]


def rules(chat: Chat) -> list[tuple[str, str]]:
    """Rules of completion as choices, with their names."""
    return [(_begun(rule(chat, said)), name) for name, said in RULES.items()]


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
