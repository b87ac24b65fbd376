"""“Đôn đốc”: who is asked, seen before it is done; and what people, principals, officers read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, assert_never

from handlers import cards, dates, figure_words, opting, unmet, work
from handlers.figure_asked import ANY, part, scope_of
from handlers.naming import choice, inside
from handlers.numbers import number as spoken
from handlers.preview import at
from handlers.routes import router
from storage import courses, places, unit_words
from storage.figures import nudged, nudging
from storage.figures import unmet as people_behind
from storage.figures.nudge_rules import KINDS
from storage.figures.nudging import TYPED, Skip
from storage.figures.reasons import Reason
from storage.models import NudgeRung, RoleKind, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.figures.nudged import Due
    from storage.figures.nudging import Plan
    from storage.figures.subjects import Topic
    from storage.outbox import Owed
    from storage.places import Place

Line = tuple[str, str]

STEP: Final = "nudge typed"
_TYPED: Final = re.compile(r"(?:(?:don doc|nhac|gui|remind) ?)?(\d{1,6})")
# Courses on a letter about all courses of a period.
SHOWN: Final = 3


# Before


@router.action("nudge")
def preview(chat: Chat, subject_id: str, of: str = ANY, unit: str = "0", *_: str) -> Reply:
    """Who would be asked and when, and who would not, and why; many are confirmed by number."""
    topic, within, scope = unmet.wanted(chat, subject_id, of, unit)
    if scope is None:
        return work.nobody(chat)
    place = unmet.where(chat, scope, within)
    plan = nudging.plan(chat.db, scope, topic, within, chat.now)
    back = chat.back(f"unmet {topic.id} {of} {unit}")
    if not plan.planned:
        return chat.screen(_nobody(chat, topic, plan), back=back)
    people = plan.count(NudgeRung.PERSON)
    code = topic.code or chat._("Trainings")
    lines = [chat._("{code}, {place}: {who}", code=code, place=place, who=_first(chat, plan)),
             *_not(chat, plan), *_then(chat, plan)]  # fmt: skip
    if people < TYPED:
        do = (chat._("Remind now: {count} people", count=people) if people
              else chat._("Tell them"))  # fmt: skip
        words = figure_words.fitting(lines, 1)
        return chat.screen(words, (do, f"nudge-do {topic.id} {of} {unit}"), back=back)
    chat.begin(nudge=[topic.id, of, unit])
    chat.expect(STEP)
    lines.append(chat._("To send it, write: REMIND {count}", count=people))
    return chat.screen(figure_words.fitting(lines, 1), back=back)


def _nobody(chat: Chat, topic: Topic, plan: Plan) -> str:
    code = topic.code or chat._("Trainings")
    if plan.closed:
        return chat._("{code}: it is too late to remind anybody. Who has not stands in the list.",
                      code=code)  # fmt: skip
    return "\n".join([chat._("{code}: nobody can be reminded now.", code=code), *_not(chat, plan)])


def _first(chat: Chat, plan: Plan) -> str:
    people, when = plan.count(NudgeRung.PERSON), plan.first(NudgeRung.PERSON)
    if when is None:
        return chat._("nobody can be written to directly now.")
    return chat._("{count} people will be reminded at {when}.",
                  count=spoken(people, chat.talk.language), when=at(chat, when))  # fmt: skip


def _not(chat: Chat, plan: Plan) -> list[str]:
    """Who is not asked, and why, in one line."""
    words = {
        Skip.NOT_ON_BOT: chat._("do not use the assistant"),
        Skip.NO_CONSENT: chat._("want no announcements"),
        Skip.LATELY: chat._("reminded in the last 3 days"),
        Skip.SAME_DAY: chat._("reminded of something else that day"),
        Skip.WEEKLY: chat._("had 2 messages this week"),
        Skip.CANNOT: chat._("cannot come"),
        Skip.ON_LEAVE: chat._("on long leave"),
        Skip.OTHERS: chat._("others have to act"),
    }
    said = ", ".join(f"{words[skip]} {count}" for skip, count in plan.skipped.items())
    return [chat._("Not written to: {who}.", who=said)] if said else []


def _then(chat: Chat, plan: Plan) -> list[str]:
    """The rungs above, each with the day from which it is told."""
    language = chat.talk.language
    lines: list[str] = []
    heads, officers = plan.first(NudgeRung.PRINCIPAL), plan.first(NudgeRung.COMMUNE)
    if heads:
        lines.append(
            chat._("Whoever still has not: told to principals ({count}) from {day}.",
                   count=plan.count(NudgeRung.PRINCIPAL), day=dates.short_day(heads, language))
        )  # fmt: skip
    if officers:
        lines.append(
            chat._("Then to officers of communes ({count}) from {day}.",
                   count=plan.count(NudgeRung.COMMUNE), day=dates.short_day(officers, language))
        )  # fmt: skip
    return lines


@router.step(STEP)
def typed(chat: Chat) -> Reply:
    """The number typed back; it has to be the number of now."""
    asked: list[Any] = list(chat.form.get("nudge", []))
    if len(asked) != 3:
        return chat.go("chua")
    subject_id, of, unit = map(str, asked)
    topic, within, scope = unmet.wanted(chat, subject_id, of, unit)
    if scope is None:
        return chat.go("chua")
    found = _TYPED.fullmatch(chat.folded)
    unmet.where(chat, scope, within)
    plan = nudging.plan(chat.db, scope, topic, within, chat.now)
    people = plan.count(NudgeRung.PERSON)
    if found is None or int(found[1]) != people:
        return chat.again(chat._("To send it, write: REMIND {count}", count=people))
    return _start(chat, topic, of, unit)


@router.action("nudge-do", instead="nudge")
def do(chat: Chat, subject_id: str, of: str = ANY, unit: str = "0") -> Reply:
    """Ask; as many as need a typed number are previewed again."""
    topic, within, scope = unmet.wanted(chat, subject_id, of, unit)
    if scope is None:
        return work.nobody(chat)
    unmet.where(chat, scope, within)
    plan = nudging.plan(chat.db, scope, topic, within, chat.now)
    if plan.count(NudgeRung.PERSON) >= TYPED or not plan.planned:
        return preview(chat, subject_id, of, unit)
    return _start(chat, topic, of, unit)


def _start(chat: Chat, topic: Topic, of: str, unit: str) -> Reply:
    scope, within = scope_of(chat), part(of, unit)
    plan = nudging.start(chat.db, scope, topic, within, chat.now) if scope else nudging.Plan()
    back = chat.back(f"unmet {topic.id} {of} {unit}")
    if not plan.planned:
        return chat.screen(_nobody(chat, topic, plan), back=back)
    code = topic.code or chat._("Trainings")
    first = chat._("{code}: {who}", code=code, who=_first(chat, plan))
    done = chat._("Whoever does it before then gets no message.")
    return chat.screen(
        figure_words.fitting([first, *_then(chat, plan), done], 2),
        (chat._("Copy for the Zalo group"), f"unmet-copy {topic.id} {of} {unit}"),
        back=back,
    )


# What they read


@router.notice(KINDS[NudgeRung.PERSON])
@router.notice(KINDS[NudgeRung.PRINCIPAL])
@router.notice(KINDS[NudgeRung.COMMUNE])
def asked(chat: Chat, owed: Owed) -> Reply | None:
    """The words of a nudge, from the facts as they are when it is sent."""
    due = nudged.due(chat.db, owed, chat.now)
    if due is None:
        return None
    match due.rung:
        case NudgeRung.PERSON:
            return _person(chat, due)
        case NudgeRung.PRINCIPAL:
            return _head(chat, due)
        case NudgeRung.COMMUNE:
            return _officer(chat, due)
        case _:
            assert_never(due.rung)


def _office(chat: Chat, due: Due) -> str:
    """Who asks, as announcements name them; the first letter as a sentence begins."""
    if due.asks is None:
        return chat._("The office in charge")
    if due.asks.kind is RoleKind.COMMUNE:
        named = chat._("the culture and society office of {unit}", unit=inside(due.asks.unit))
    else:
        bare = unit_words.bare(due.asks.unit)
        named = chat._("the Department of Education of {unit}", unit=bare)
    return named[:1].upper() + named[1:]


def _person(chat: Chat, due: Due) -> Reply | None:
    topic = due.topic
    off = opting.switch(chat)
    course = courses.get(chat.db, topic.course_id) if topic.course_id else None
    if course is None:
        words = chat._("{office} reminds {you}: {what} is not completed yet.",
                       office=_office(chat, due), what=figure_words.named(chat, topic))  # fmt: skip
        return chat.letter(words, *_open(chat, topic), (chat._("Training schedule"), "schedule"),
                           off)  # fmt: skip
    said = {"office": _office(chat, due), "course": cards.named(chat, course)}
    place = places.by_id(chat.db, due.registration_id) if due.registration_id else None
    if due.reason is Reason.NOT_ANSWERED and place and place.live:
        words = chat._("{office} reminds {you}: there is no answer yet whether {you} come to"
                       " {course}.", **said)  # fmt: skip
        return chat.letter(words, *_answers(chat, course, place), off)
    words = chat._("{office} reminds {you}: {you} have not registered yet for {course}.", **said)
    if course.closes_at:
        day = dates.short_day(course.closes_at.astimezone(chat.now.tzinfo), chat.talk.language)
        until = chat._("Register until {day}", day=day)
        words = f"{words}\n{until}"
    return chat.letter(
        words,
        (chat._("Register"), f"register {course.id}"),
        (chat._("Look at {code}", code=course.code), f"course {course.id}"),
        off,
    )


def _answers(chat: Chat, course: Training, place: Place) -> list[Line]:
    """Yes and no, as the question about the place has them."""
    yes = f"stay {place.id}" if place.standing is Standing.SEATED else f"take {place.id}"
    return [(chat._("I can come"), yes), (chat._("I cannot come"), f"cancel {course.id}")]


def _open(chat: Chat, topic: Topic) -> list[Line]:
    """Courses this person can still register for."""
    found = people_behind.open_courses(chat.db, topic, chat.now)
    mine = [one for one in found if not cards.closed_to(chat, one)]
    return [(choice(cards.line(chat, one)), f"course {one.id}") for one in mine[:SHOWN]]


def _head(chat: Chat, due: Due) -> Reply:
    said = {
        "office": _office(chat, due), "count": spoken(due.missing, chat.talk.language),
        "school": due.place, "schools": due.schools, "what": _what(chat, due.topic),
    }  # fmt: skip
    match bool(due.place), bool(due.topic.course_id):
        case True, True:
            words = chat._("{office} reminds: {count} people of {school} have not registered for"
                           " {what} yet, or not answered.", **said)  # fmt: skip
        case True, False:
            words = chat._("{office} reminds: {count} people of {school} have not completed {what}"
                           " yet.", **said)  # fmt: skip
        case False, True:
            words = chat._("{office} reminds: {count} people of {schools} schools that {you} head"
                           " have not registered for {what} yet, or not answered.",
                           **said)  # fmt: skip
        case _:
            words = chat._("{office} reminds: {count} people of {schools} schools that {you} head"
                           " have not completed {what} yet.", **said)  # fmt: skip
    return chat.letter(
        words,
        (chat._("See who, and why"), f"unmet {due.topic.id}"),
        (chat._("Copy for the Zalo group"), f"unmet-copy {due.topic.id}"),
    )


def _officer(chat: Chat, due: Due) -> Reply:
    said = {
        "office": _office(chat, due), "count": spoken(due.missing, chat.talk.language),
        "unit": inside(due.place), "schools": due.schools, "what": _what(chat, due.topic),
    }  # fmt: skip
    words = (
        chat._("{office} reminds: in {unit}, {count} people of {schools} schools have not"
               " registered for {what} yet, or not answered.", **said)
        if due.topic.course_id
        else chat._("{office} reminds: in {unit}, {count} people of {schools} schools have not"
                    " completed {what} yet.", **said)
    )  # fmt: skip
    return chat.letter(
        words,
        (chat._("See who, and why"), f"unmet {due.topic.id}"),
        (chat._("Remind those who have not"), f"nudge {due.topic.id}"),
    )


def _what(chat: Chat, topic: Topic) -> str:
    """What is to be completed, with its day where it is a course."""
    course = courses.get(chat.db, topic.course_id) if topic.course_id else None
    return cards.brief(chat, course) if course else figure_words.named(chat, topic)
