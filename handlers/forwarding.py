"""“Bản gửi nhóm Zalo”: short texts to be passed on to a school's group.

At most 300 characters, without names and phone numbers, with what the assistant never asks for.
They stand alone in their message, so that a long press takes exactly them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers import announcements, cards, dates, genuine, grammar, naming, unheard
from handlers.chat import PAGE
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import blocks, broadcasts, codes, courses, mentions, received, scopes

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.courses import Training

# Characters of a text for a group.
LONGEST = 300
# Fewer people than this would know who is meant by the number.
FEW = 3
_ASKED = re.compile(
    r"\b(ban )?gui (vao )?nhom( zalo)?\b|\b(copy for the|group) (zalo )?(group|copy)\b"
)
_ANNOUNCEMENT = re.compile(r"\btb ?0*([1-9]\d{0,5})\b")


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """`bản gửi nhóm L12`, `bản gửi nhóm TB-0141`; in a step the whole message belongs to it."""
    if chat.talk.step or chat.person is None or text != chat.text:
        return None
    if not _ASKED.search(chat.folded) or _chosen(chat):
        return None
    if named := _ANNOUNCEMENT.search(chat.folded):
        return of_announcement(chat, named[1])
    wanted_number = codes.course_in(chat.folded)
    course = courses.numbered(chat.db, wanted_number) if wanted_number else None
    return of_course(chat, str(course.id)) if course else _which(chat)


def _chosen(chat: Chat) -> bool:
    """True where the words are a line of the screen or of a notice, which says about what."""
    return grammar.chosen(chat) is not None or any(
        blocks.worded(chat.db, chat.talk.account_id, words, chat.now)
        for words in grammar.readings(chat.folded)
    )


def _which(chat: Chat) -> Reply:
    shown = courses.listed(chat.db, chat.now)[:PAGE]
    return chat.screen(
        chat._("A text for the Zalo group, about which training?"),
        *(
            (naming.choice(cards.line(chat, course)), f"course-copy {course.id}")
            for course in shown
        ),
        back=chat.back("menu"),
    )


@router.action("announce-copy")
def of_announcement(chat: Chat, broadcast_id: str) -> Reply:
    """An announcement for the group: for those who cover it, and the principals it concerns."""
    one = number(broadcast_id)
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    covered = broadcasts.seen_by(chat.db, scope, one) if scope else None
    if covered is None and unheard.missed(chat, one) is None:
        raise BadArgument(broadcast_id)
    found = genuine.sent(chat, one)
    # A code that nobody could check yet is not for groups.
    return chat.screen(_announced(chat, found)) if found else genuine.checked(chat, one)


def _announced(chat: Chat, found: Announcement) -> str:
    """The text, cut where it is too long; whoever it was meant for reads the rest by its code."""
    heading = announcements.heading(chat, found)
    text = mentions.left_out(chat.db, announcements.body(found.text))
    whole = "\n".join((heading, text, *_below(chat, found, cut=False)))
    if len(whole) <= LONGEST:
        return whole
    below = "\n".join(_below(chat, found, cut=True))
    return "\n".join((heading, _cut(text, LONGEST - len(f"{heading}\n\n{below}")), below))


def _below(chat: Chat, found: Announcement, *, cut: bool) -> list[str]:
    course = courses.get(chat.db, found.course_id) if found.course_id else None
    correction = received.correction_of(chat.db, found.id)
    lines = (
        [chat._("It has been corrected by {code}.", code=broadcasts.code(correction))]
        if correction
        else []
    )
    if course and course.takes(chat.now):
        lines.append(chat._("To register, write to the assistant: {code}", code=course.code))
    said = (
        chat._("To read all of it, write to the assistant: {code}", code=found.code)
        if cut
        else chat._("Is it genuine? Write to the assistant: {code}", code=found.code)
    )
    return [*lines, said, _never(chat)]


def _never(chat: Chat) -> str:
    return chat._("The assistant never asks for passwords, OTPs, ID cards or money.")


def _cut(text: str, most: int) -> str:
    """So many characters at most, up to the end of a word."""
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rsplit(maxsplit=1)[0].rstrip(' ,;:')}…"


@router.action("course-copy")
def of_course(chat: Chat, course_id: str) -> Reply:
    """A course for the group."""
    return chat.screen(_card(chat, wanted(chat, course_id)))


def _card(chat: Chat, course: Training) -> str:
    """What decides whether to go, as far as there is room, and how to register."""
    below = [_how(chat, course), _never(chat)]
    title = f"{course.code} · {course.title}"
    facts = [fact for fact in _facts(chat, course) if fact]
    while len("\n".join((title, *facts, *below))) > LONGEST and facts:
        if title.endswith(course.title) and course.title != course.short:
            title = f"{course.code} · {course.short}"
        else:
            facts.pop()
    return "\n".join((title, *facts, *below))


def _facts(chat: Chat, course: Training) -> list[str]:
    """The weightiest first."""
    over = cards.ended(chat, course)
    when = cards.when(chat, course.first)
    place = cards.where(chat, course)
    return [
        over,
        f"{when[:1].upper()}{when[1:]}",
        chat._("Place: {place}", place=place),
        "" if over else _deadline(chat, course),
        "" if over else mentions.left_out(chat.db, _cost(chat, course)),
    ]


def _deadline(chat: Chat, course: Training) -> str:
    if course.closes_at is None or not course.takes(chat.now):
        return ""
    day = dates.short_day(course.closes_at.astimezone(chat.now.tzinfo), chat.talk.language)
    return chat._("Register until {day}", day=day)


def _cost(chat: Chat, course: Training) -> str:
    if course.fee:
        return chat._("Fee {fee} đồng, paid at the place only",
                      fee=figure(course.fee, chat.talk.language))  # fmt: skip
    if course.note:
        return chat._("Free of charge, {note}", note=course.note)
    return chat._("Free of charge")


def _how(chat: Chat, course: Training) -> str:
    if course.takes(chat.now):
        return chat._("To register, write to the assistant: {code}", code=course.code)
    return chat._("To know more, write to the assistant: {code}", code=course.code)
