"""Sessions of a training: when each of them is, one more, one less."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from handlers import course_shown, dates, naming
from handlers.course_again import NEW, asked, pend, session_of, told
from handlers.course_editing import back, begin, changed, done, opened, skip
from handlers.course_sentence import Spot, deadline, meet
from handlers.course_shown import running
from handlers.course_text import Line
from handlers.course_times import MOST, Doubt, Slot, sessions
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import course_edits, course_sessions
from storage.course_drafts import Meet
from storage.course_versions import Outcome
from storage.models import CourseState, Precision

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Meeting, Training
    from storage.scopes import Scope

SHOWN = 7  # sessions on one page, beside the line for one more


@router.action("course-days")
def days(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """The sessions; of one whose day is not settled, straight to the question."""
    _, course = running(chat, course_id)
    only = course.sessions[0] if len(course.sessions) == 1 else None
    if only or not course.sessions:
        return ask_when(chat, course_id, str(only.id if only else NEW))
    start = number(page) * SHOWN
    shown = course.sessions[start : start + SHOWN]
    lines = [
        (naming.choice(chat._("Session {number}: {when}", number=one.number,
                              when=course_shown.session(chat, one))),
         f"course-day {course.id} {one.id}")
        for one in shown
    ]  # fmt: skip
    lines.append((chat._("One session more"), f"course-when {course.id} {NEW}"))
    return chat.screen(
        chat._("{code} has {count} sessions.", code=course.code, count=len(course.sessions)),
        *lines,
        more=f"course-days {course.id} {number(page) + 1}"
        if course.sessions[start + SHOWN :]
        else "",
        back=back(chat, course),
    )


@router.action("course-day")
def day(chat: Chat, course_id: str, session_id: str, *__: str) -> Reply:
    """One session, and what can be changed of it."""
    _, course = running(chat, course_id)
    one = session_of(course, session_id)
    if one is None:
        raise BadArgument(session_id)
    less = [(chat._("Leave this session out"), f"course-less {course.id} {one.id}")]
    return chat.screen(
        chat._("{code}, session {number}: {when}, {place}", code=course.code, number=one.number,
               when=course_shown.session(chat, one),
               place=one.place or chat._("place to be announced")),
        (chat._("Another day or hour"), f"course-when {course.id} {one.id}"),
        (chat._("Another place"), f"course-where {course.id} {one.id}"),
        *(less if len(course.sessions) > 1 else []),
        back=chat.back(f"course-days {course.id}"),
    )  # fmt: skip


# When


@router.action("course-when")
def ask_when(chat: Chat, course_id: str, session_id: str, *__: str) -> Reply:
    """When is it?"""
    _, course = running(chat, course_id)
    was = session_of(course, session_id)
    begin(chat, course, "course when", session=number(session_id))
    more: list[tuple[str, str]] = []
    if was and len(course.sessions) == 1 and was.precision is not Precision.UNSET:
        more.append((chat._("One session more"), f"course-when {course.id} {NEW}"))
    return chat.screen(
        chat._("When is it? For example: morning of 3/12; 8h-11h Thursday next week; whole day 3"
               " and 4/12; January 2027"),
        *(skip(chat, course) or more),
        back=back(chat, course),
    )  # fmt: skip


@router.step("course when")
def take_when(chat: Chat) -> Reply:
    """Read the days and hours; a day alone keeps the hours, hours alone keep the day."""
    scope, course, version = opened(chat)
    was = session_of(course, str(chat.form.get("session", NEW)))
    slots, doubts = _slots(chat, was)
    if trouble := _trouble(chat, course, was, slots, doubts):
        return chat.again(trouble)
    old = was or (course.sessions[-1] if course.sessions else None)
    spot = Spot(old.place if old else "", None)
    meets = [meet(slot, chat.now.tzinfo, spot, old.link if old else "") for slot in slots]
    draft = course.state is CourseState.DRAFT
    if draft and (was is None or len(meets) > 1 or len(course.sessions) == 1):
        return _draft_days(chat, scope, course, version, was, meets)
    if was is None:
        return pend(chat, scope, course, "add", meets[0])
    return pend(chat, scope, course, "move", _settled(was, meets[0]), was)


def _slots(chat: Chat, was: Meeting | None) -> tuple[list[Slot], list[Doubt]]:
    today = chat.now.date()
    slots, doubts = sessions(Line(chat.text), today)
    known = was.days(chat.now) if was and was.precision is not Precision.MONTHS else None
    if not slots and known and known[0] == known[1]:
        slots, doubts = sessions(Line(f"{known[0]:%d/%m/%Y} {chat.text}"), today)
        if slots and slots[0].start is None:
            return [], doubts
    if was and was.starts_at and len(slots) == 1 and slots[0].start is None and not slots[0].vague:
        start = was.starts_at.astimezone(chat.now.tzinfo)
        end = was.ends_at.astimezone(chat.now.tzinfo).time() if was.ends_at else None
        slots = [replace(slots[0], last=slots[0].first, start=start.time(), end=end)]
    return slots, doubts


def _trouble(
    chat: Chat, course: Training, was: Meeting | None, slots: list[Slot], doubts: list[Doubt]
) -> str:
    """Why what was written cannot be taken; "" where it can be."""
    if not slots:
        return chat._("Please write a day, for example: morning of 3/12, or: 8h-11h 3/12")
    if Doubt.WEEKDAY in doubts:
        day = dates.day(slots[0].first, chat.talk.language)
        return chat._("That day is {day}. Please write it again, without the weekday.", day=day)
    if Doubt.PAST in doubts or _begun(chat, slots[0]):
        return chat._("That day is past. Please write another one.")
    if Doubt.MANY in doubts:
        return chat._("These are more than {most} sessions. Please write fewer.", most=MOST)
    if course.state is CourseState.DRAFT:
        return ""
    if len(slots) > 1:
        return chat._("Please write one session at a time.")
    minute = was is not None and was.precision is Precision.MINUTE
    if minute and slots[0].start is None:
        return chat._("People have been told an hour. Please write the day and the hour.")
    return ""


def _begun(chat: Chat, slot: Slot) -> bool:
    if slot.start is None:
        return False
    return datetime.combine(slot.first, slot.start, tzinfo=chat.now.tzinfo) <= chat.now


def _settled(was: Meeting, new: Meet) -> Meet:
    """The new time at the old place."""
    return replace(
        new, place=was.place, address=was.address, latitude=was.latitude, longitude=was.longitude,
        link=was.link,
    )  # fmt: skip


def _day_of(first: Meeting) -> Meet:
    return Meet(first.precision, first.first_day, first.last_day)


def _draft_days(
    chat: Chat,
    scope: Scope,
    course: Training,
    version: int,
    was: Meeting | None,
    meets: list[Meet],
) -> Reply:
    """The sessions of a draft: in place of the only one, or one more."""
    kept = [] if was else [one for one in course.sessions if one.precision is not Precision.UNSET]
    if was and len(course.sessions) > 1:
        kept = [one for one in course.sessions if one.id != was.id]
    edited = course_sessions.redraft(
        chat.db, scope, course.id, version, chat.now, kept=[one.id for one in kept], meets=meets
    )
    first = course.first
    usual = first is None or course.closes_at == deadline(_day_of(first), chat.now)
    if not kept and usual and edited.outcome is Outcome.DONE:
        edited = course_edits.change(
            chat.db, scope, course.id, edited.course.version, chat.now,
            closes_at=deadline(meets[0], chat.now),
        )  # fmt: skip
    return done(chat, scope, edited, changed(chat, course))


@router.action("course-less")
def ask_less(chat: Chat, course_id: str, session_id: str, *__: str) -> Reply:
    """Leave a session out: how many are asked again."""
    scope, course = running(chat, course_id)
    one = session_of(course, session_id)
    if one is None:
        raise BadArgument(session_id)
    people = asked(chat, scope, course)
    return chat.screen(
        chat._("Leave session {number} of {code} out, {when}? {count} people with a seat or a turn"
               " are asked again.", number=one.number, code=course.code,
               when=course_shown.session(chat, one), count=people),
        (chat._("Leave it out"), f"course-lessened {course.id} {course.version} {one.id}"),
        back=chat.back(f"course-day {course.id} {one.id}"),
    )  # fmt: skip


@router.action("course-lessened", instead="course-back")
def lessen(chat: Chat, course_id: str, version: str, session_id: str) -> Reply:
    """Leave it out."""
    scope, course = running(chat, course_id)
    edited = course_sessions.remove(
        chat.db, scope, course.id, number(version), number(session_id), chat.now
    )
    return done(chat, scope, edited, told(chat, edited))
