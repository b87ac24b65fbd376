"""`viec`: what waits for an officer or a principal today, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import (
    cards,
    dates,
    identify,
    nominations,
    opting,
    progress,
    report_desk,
    results,
    roll_call,
    roster_waiting,
    school_calls,
    staff,
    substitutes,
    unreached,
)
from handlers.chat import PAGE
from handlers.naming import inside
from handlers.router import number
from handlers.routes import router
from storage import course_rows, principals, scopes, work

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.scopes import Scope
    from storage.work import Filling

router.command(
    "work", "viec", "work",
    words=("viec hom nay", "viec can lam", "viec cua toi", "cong viec", "hom nay co viec gi"),
)  # fmt: skip

# Numbered lines of a screen: 9 is the next page, 0 leaves.
MOST = 8
# (label, action) of a numbered line.
Line = tuple[str, str]


@router.action("work")
def today(chat: Chat) -> Reply:
    """What waits: claims, questions, requests, people to tell; then the courses of 14 days."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    schools = principals.schools(chat.db, chat.me.id, chat.now.date())
    if scope is None and not schools:
        return nobody(chat)
    lines = roll_call.line(chat) + (_officer(chat, scope) if scope else [])
    lines += (_school(chat, schools) if schools else []) + results.line(chat)
    lines += unreached.line(chat)
    coming = work.coming(chat.db, scope, chat.now) if scope else []
    always = _always(chat, scope, coming)
    # What waits longer comes up once the first is done; a screen has no more numbers.
    lines = lines[: MOST - len(always)]
    shown = coming[: max(0, PAGE - len(lines) - len(always))]
    words = [_heading(chat, scope, waits=bool(lines))]
    if coming:
        words.append(_courses(chat, coming))
    return chat.screen(
        "\n".join(words),
        *lines,
        *((_line(chat, filling), _opens(chat, scope, filling)) for filling in shown),
        *always,
        more="soon 0" if coming[len(shown) :] else "",
        back=chat.back("menu"),
    )


def _always(chat: Chat, scope: Scope | None, coming: list[Filling]) -> list[Line]:
    """What can be done on any day; the way to all trainings where none stand here."""
    asked = [*staff.line(chat), *opting.work_line(chat)]
    if scope is None:
        return asked
    if not work.staffed(chat.db, scope):
        return [*_first_day(chat), *asked]
    figures = (chat._("Figures and indicators"), "statistics")
    courses = [] if coming else [(chat._("Trainings of the office"), "courses-desk")]
    return [figures, (chat._("Announcements"), "announce"), *courses, *asked]


def _first_day(chat: Chat) -> list[Line]:
    """What an office begins with, whose schools have nobody on their lists yet."""
    return [
        (chat._("Bring in a list of staff"), "roster"),
        (chat._("Past trainings and their results"), "past"),
        (chat._("Invite officers"), "invite"),
        (chat._("Trainings of the office"), "courses-desk"),
    ]


def nobody(chat: Chat) -> Reply:
    """What a teacher hears who asks for what officers see; a principal may take the role."""
    if identify.heads_without_role(chat):
        return chat.go("principal-offer")
    return chat.screen(
        chat._("This is for principals and for officers of the commune and the Department."),
        *roll_call.line(chat),
        *results.line(chat),
        (chat._("My trainings"), "mine"),
        (chat._("Training schedule"), "schedule"),
        back=chat.back("menu"),
    )


def _officer(chat: Chat, scope: Scope) -> list[Line]:
    claims, questions = work.claims(chat.db, scope), work.questions(chat.db, scope)
    return (
        _claims(chat, claims)
        + (
            [
                (
                    chat._("Unanswered questions: {count}", count=len(questions)),
                    f"question {questions[0]}",
                )
            ]
            if questions
            else []
        )
        + _requests(chat, work.requests(chat.db, scope))
        + roster_waiting.line(chat, scope)
        + progress.line(chat, scope)
        + substitutes.line(chat, scope)
        + nominations.line(chat, scope)
        + report_desk.line(chat, scope)
    )


def _school(chat: Chat, schools: list[int]) -> list[Line]:
    claims = principals.claims(chat.db, schools)
    requests = principals.requests(chat.db, schools)
    return (
        _claims(chat, claims)
        + _requests(chat, requests)
        + school_calls.line(chat)
        + substitutes.school_line(chat)
    )


def _requests(chat: Chat, requests: list[int]) -> list[Line]:
    if not requests:
        return []
    return [
        (chat._("Colleagues who ask to attend: {count}", count=len(requests)),
         f"asks {requests[0]}")
    ]  # fmt: skip


def _claims(chat: Chat, claims: list[int]) -> list[Line]:
    """The oldest is opened; the next ones follow from there."""
    if not claims:
        return []
    return [(chat._("People to confirm: {count}", count=len(claims)), f"claim {claims[0]}")]


def _heading(chat: Chat, scope: Scope | None, *, waits: bool) -> str:
    day = dates.day(chat.now.date(), chat.talk.language)
    unit = inside(scope.reaches[0].unit) if scope else chat.me.school
    if waits:
        return chat._("Today's work, {day}, {unit}:", day=day, unit=unit)
    return chat._("Nothing waits for {you} today, {day}, {unit}.", day=day, unit=unit)


def _courses(chat: Chat, coming: list[Filling]) -> str:
    waiting = sum(filling.waiting for filling in coming)
    if waiting:
        return chat._(
            "Trainings of the next 14 days: {count}, people waiting: {waiting}. Below: seats taken"
            " / seats.",
            count=len(coming), waiting=waiting,
        )  # fmt: skip
    return chat._(
        "Trainings of the next 14 days: {count}. Below: seats taken / seats.", count=len(coming)
    )


def _line(chat: Chat, filling: Filling) -> str:
    course = filling.course
    seats = f"{filling.held}/{course.seats}" if course.seats is not None else str(filling.held)
    return f"{course.code} {cards.when(chat, course.first, brief=True)} · {seats}"


def _opens(chat: Chat, scope: Scope | None, filling: Filling) -> str:
    """The desk of a training the officer runs; of another's that meets here, its figures."""
    course_id = filling.course.id
    runs = scope is not None and course_rows.covered(chat.db, scope, course_id)
    return f"run {course_id}" if runs else f"figures {course_id}"


@router.action("soon")
def soon(chat: Chat, page: str = "0") -> Reply:
    """All the courses of the next 14 days, a page at a time."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return nobody(chat)
    coming = work.coming(chat.db, scope, chat.now)
    start = number(page) * PAGE
    shown = coming[start : start + PAGE]
    if not shown:
        return today(chat)
    return chat.screen(
        _courses(chat, coming),
        *((_line(chat, filling), _opens(chat, scope, filling)) for filling in shown),
        more=f"soon {number(page) + 1}" if coming[start + PAGE :] else "",
        back=chat.back("work"),
    )
