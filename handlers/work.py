"""`viec`: what waits for an officer or a principal today, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, dates, identify, opting, progress, unreached
from handlers.chat import PAGE
from handlers.naming import inside
from handlers.router import number
from handlers.routes import router
from storage import principals, scopes, work

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.scopes import Scope
    from storage.work import Filling

router.command(
    "work", "viec", "work",
    words=("viec hom nay", "viec can lam", "viec cua toi", "cong viec", "hom nay co viec gi"),
)  # fmt: skip

# (label, action) of a numbered line.
Line = tuple[str, str]


@router.action("work")
def today(chat: Chat) -> Reply:
    """What waits: claims, questions, requests, people to tell; then the courses of 14 days."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    schools = principals.schools(chat.db, chat.me.id, chat.now.date())
    if scope is None and not schools:
        return nobody(chat)
    lines = (_officer(chat, scope) if scope else []) + (_school(chat, schools) if schools else [])
    lines += unreached.line(chat)
    coming = work.coming(chat.db, scope, chat.now) if scope else []
    always = _always(chat, scope)
    shown = coming[: max(0, PAGE - len(lines) - len(always))]
    words = [_heading(chat, scope, waits=bool(lines))]
    if coming:
        words.append(_courses(chat, coming))
    return chat.screen(
        "\n".join(words),
        *lines,
        *((_line(chat, filling), f"figures {filling.course.id}") for filling in shown),
        *always,
        more="soon 0" if coming[len(shown) :] else "",
        back=chat.back("menu"),
    )


def _always(chat: Chat, scope: Scope | None) -> list[Line]:
    """What can be done on any day."""
    asked = opting.work_line(chat)
    if scope is None:
        return asked
    figures = (chat._("Figures of a training"), "statistics")
    return [figures, (chat._("Announcements"), "announce"), *asked]


def nobody(chat: Chat) -> Reply:
    """What a teacher hears who asks for what officers see; a principal may take the role."""
    if identify.heads_without_role(chat):
        return chat.go("principal-offer")
    return chat.screen(
        chat._("This is for principals and for officers of the commune and the Department."),
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
        + progress.line(chat, scope)
    )


def _school(chat: Chat, schools: list[int]) -> list[Line]:
    claims = principals.claims(chat.db, schools)
    requests = principals.requests(chat.db, schools)
    return _claims(chat, claims) + _requests(chat, requests)


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
        *((_line(chat, filling), f"figures {filling.course.id}") for filling in shown),
        more=f"soon {number(page) + 1}" if coming[start + PAGE :] else "",
        back=chat.back("work"),
    )
