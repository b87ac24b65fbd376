"""Announcements as their recipients meet them: the letter, "seen", and reading one again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import cards, grammar, media, naming, notices
from handlers.message import Place
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import (
    audience,
    blocks,
    broadcasts,
    crowds,
    dealing,
    places,
    received,
    recipients,
    unit_words,
)
from storage.models import BroadcastState, Mode, Purpose, UnitKind
from storage.recipients import About

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.chat import Chat
    from handlers.message import Reply
    from handlers.router import Words
    from storage.broadcasts import Announcement
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.received import Facts, Subject

# What people write, folded, who mean the line below an announcement.
SEEN = frozenset(
    ("da xem", "toi da xem", "em da xem", "da xem roi", "xem roi", "da doc", "toi da doc",
     "em da doc", "da doc roi", "doc roi", "da xem thong bao", "da doc thong bao", "seen")
)  # fmt: skip
# The key beside those of a place that asks for the card of the course below the text.
CARD = "card"
UNTRUE = "no longer true"
# What somebody is to do about it who has read it.
ANSWERED = (Purpose.ACT, Purpose.REPORT)


def office(chat: Chat, announcement: Announcement) -> str:
    """The office an announcement is sent for: "Phòng VH-XH xã Tuy Đức", "Sở GDĐT Lâm Đồng"."""
    match announcement.unit_kind:
        case UnitKind.COMMUNE:
            return chat._(
                "the culture and society office of {unit}", unit=naming.inside(announcement.unit)
            )
        case UnitKind.DISTRICT:
            return chat._("the education office of {unit}", unit=naming.inside(announcement.unit))
        case UnitKind.PROVINCE:
            return chat._(
                "the Department of Education of {unit}", unit=unit_words.bare(announcement.unit)
            )
        case _:
            assert_never(announcement.unit_kind)


def purpose(chat: Chat, wanted: Purpose) -> str:
    """What people are to do about it, inside a sentence: "để thực hiện"."""
    match wanted:
        case Purpose.KNOW:
            return chat._("for information")
        case Purpose.ACT:
            return chat._("to be acted on")
        case Purpose.REPORT:
            return chat._("to be reported on")
        case _:
            assert_never(wanted)


def letter(chat: Chat, announcement: Announcement) -> Reply:
    """An announcement as people get it, with choices that have no numbers yet.

    To an officer who looks at it, it shows what it offers to those who can take it.
    """
    return _letter(chat, received.subject(chat.db, announcement), None)


def _letter(chat: Chat, subject: Subject, mine: Facts | None) -> Reply:
    """The letter; `mine` are the facts of whoever really gets it, and can do only so much."""
    said = chat.letter(_words(chat, subject, mine), *_choices(chat, subject, mine))
    return _with_what_hangs_on_it(subject, said)


def _words(chat: Chat, subject: Subject, mine: Facts | None) -> str:
    announcement, course = subject.announcement, subject.course
    lines = [heading(chat, announcement)]
    if mine and mine.shared:
        lines.append(chat._("For {name}:", name=chat.me.full_name))
    lines += [body(announcement.text), _where(chat, announcement)]
    if course and announcement.place.get(CARD):
        place = places.find(chat.db, course.id, chat.me.id) if mine else None
        lines.append(cards.card(chat, course, place))
    return "\n".join(line for line in lines if line)


def heading(chat: Chat, announcement: Announcement) -> str:
    """Who announces, under which code, to what purpose; of a correction, what it corrects."""
    said = {
        "office": office(chat, announcement), "code": announcement.code,
        "purpose": purpose(chat, announcement.purpose),
    }  # fmt: skip
    if announcement.corrects_id is None:
        return chat._("ANNOUNCEMENT of {office} ({code}, {purpose})", **said)
    return chat._(
        "CORRECTION OF {corrected} by {office} ({code}, {purpose})",
        corrected=broadcasts.code(announcement.corrects_id), **said,
    )  # fmt: skip


def _where(chat: Chat, announcement: Announcement) -> str:
    """The place in words, where it is on no map that could be sent along."""
    pin = announcement.place
    named = [str(pin[part]) for part in ("title", "address") if pin.get(part)]
    if not named or "latitude" in pin:
        return ""
    return chat._("Where: {place}", place=", ".join(named))


def body(text: str) -> str:
    """The text as it was typed; but a line that is no choice never begins with a digit."""
    return "\n".join(f"– {line}" if line[:1].isdigit() else line for line in text.splitlines())


def _choices(chat: Chat, subject: Subject, mine: Facts | None) -> list[tuple[str, str]]:
    announcement, course = subject.announcement, subject.course
    choices: list[tuple[str, str]] = []
    rehearsed = mine is None and subject.announcement.rule.about not in (None, About.MISSING)
    if course and not rehearsed and _offered(chat, course, mine):
        choices.append((chat._("Register for {code}", code=course.code), f"sure {course.id}"))
    if announcement.purpose in ANSWERED:
        choices.append((chat._("I have seen this"), f"seen {announcement.id}"))
    return choices


def _offered(chat: Chat, course: Training, mine: Facts | None) -> bool:
    """True where the course takes people, and is meant for the person it is offered to."""
    if not course.takes(chat.now) or course.mode is Mode.NOMINATED:
        return False
    if mine is None:
        return True
    return not mine.takes_part and audience.admits(course.audience, chat.me)


def _with_what_hangs_on_it(subject: Subject, reply: Reply) -> Reply:
    """The pin of a place, and the photo or file."""
    pin, attached = subject.announcement.place, subject.attached
    if "latitude" in pin and "longitude" in pin:
        reply = replace(
            reply,
            place=Place(
                str(pin.get("title", "")), str(pin.get("address", "")), float(pin["latitude"]),
                float(pin["longitude"]),
            ),
        )  # fmt: skip
    return media.hung(reply, attached)


@router.notice(recipients.KIND)
def announced(chat: Chat, owed: Owed) -> Reply | None:
    """The letter, where it still goes to this person; else what becomes of it is written down."""
    found = broadcasts.get(chat.db, owed.subject_id)
    if found is None or owed.person_id is None:
        return None
    if found.state is BroadcastState.PAUSED:
        if received.put_back(chat.db, owed, chat.now):
            return None
        found = broadcasts.get(chat.db, owed.subject_id) or found
    if found.state is not BroadcastState.RUNNING:
        stopped = found.state is BroadcastState.CANCELLED
        received.let_go(chat.db, owed, dealing.CANCELLED if stopped else UNTRUE)
        return None
    if received.arrived_before(chat.db, owed):
        return None
    barrier = recipients.barrier_now(chat.db, found.id, owed.person_id, chat.now)
    if barrier is not None:
        received.let_go(chat.db, owed, barrier)
        return None
    return _letter(chat, received.subject(chat.db, found), _facts(chat, found))


def _facts(chat: Chat, announcement: Announcement) -> Facts:
    return received.facts(chat.db, chat.talk.account_id, chat.me.id, announcement.course_id)


@notices.together(recipients.KIND)
def all_announced(db: Connection, owed: Sequence[Owed], now: datetime) -> Words:
    """The letters of several people; those alike are made once."""
    ready = crowds.gather(db, owed, now)
    alike: dict[object, Reply] = {}

    def words(chat: Chat, one: Owed) -> Reply | None:
        found = ready.pop(one.id, None)
        if found is None:
            return announced(chat, one)
        subject, mine = found.subject, found.facts(chat.talk.account_id)
        if mine.shared or subject.announcement.place.get(CARD):
            return _letter(chat, subject, mine)
        offered = subject.course is not None and _offered(chat, subject.course, mine)
        key = (one.subject_id, chat.talk.language, chat.me.called, offered)
        if key not in alike:
            alike[key] = _letter(chat, subject, mine)
        return alike[key]

    return words


@router.action("seen", instead="announcement")
def seen(chat: Chat, broadcast_id: str) -> Reply:
    """Note that the person has seen it; saying so again gets the same thanks."""
    wanted = number(broadcast_id)
    if not broadcasts.seen(chat.db, wanted, chat.me.id, chat.now):
        raise BadArgument(broadcast_id)
    received.acknowledge(chat.db, wanted, chat.me.id, chat.now)
    return chat.screen(
        chat._(
            "Thank {you}. Noted: {name} has seen {code}.",
            name=chat.me.full_name, code=broadcasts.code(wanted),
        )
    )  # fmt: skip


@router.code
def said_seen(chat: Chat, text: str) -> Reply | None:
    """Whoever writes that they have seen it, and no line on the phone says so."""
    if chat.talk.step or chat.person is None or text != chat.text:
        return None
    words = next((each for each in grammar.readings(chat.folded) if each in SEEN), None)
    if words is None or grammar.chosen(chat):
        return None
    if blocks.worded(chat.db, chat.talk.account_id, words, chat.now):
        return None
    found = received.newest(chat.db, chat.me.id)
    if found is None:
        return chat.again(chat._("No announcement has been sent to {you} yet."))
    return seen(chat, str(found))


def show(chat: Chat, announcement: Announcement, *, mine: bool) -> Reply:
    """The letter once more, as a screen; `mine` where it was meant for the person."""
    subject = received.subject(chat.db, announcement)
    facts = _facts(chat, announcement) if mine else None
    choices = _choices(chat, subject, facts) if facts else []
    if not received.got(chat.db, announcement.id, chat.me.id):
        choices = [one for one in choices if not one[1].startswith("seen")]
    screen = chat.screen(_words(chat, subject, facts), *choices, back=(chat._("Done"), "leave"))
    return _with_what_hangs_on_it(subject, screen)
