"""A training is opened, closed, cancelled, or its draft thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import course_desk, course_shown, relays
from handlers.course_shown import running
from handlers.guard import objections
from handlers.guard import words as objected
from handlers.router import number
from handlers.routes import router
from storage import course_edits, course_rows, sites
from storage.course_versions import Outcome
from storage.models import CourseState, Mode

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training

# Characters of a reason.
REASON = 120


@router.action("course-open", instead="course-back")
def open_(chat: Chat, course_id: str, version: str) -> Reply:
    """Let people register, from now on."""
    scope, _ = running(chat, course_id)
    edited = course_edits.open_(chat.db, scope, number(course_id), number(version), chat.now)
    if edited.outcome is Outcome.UNREADY:
        return course_desk.desk(chat, scope, edited.course, _lacks(chat, edited.course))
    code = edited.course.code
    done = (
        chat._("{code} is open: whoever is sent is asked whether they can come.", code=code)
        if edited.course.mode is Mode.NOMINATED
        else chat._("{code} is open: people can register by writing {code}.", code=code)
    )
    return course_desk.answer(chat, scope, edited, done)


def _lacks(chat: Chat, course: Training) -> str:
    """Why nobody can register for it as it is."""
    if not course.title:
        return chat._("{code} has no title yet; it cannot be opened.", code=course.code)
    return chat._("{code} lies in the past; please change its date first.", code=course.code)


@router.action("course-close", instead="course-back")
def close(chat: Chat, course_id: str, version: str) -> Reply:
    """Let nobody register any more."""
    scope, _ = running(chat, course_id)
    edited = course_edits.close(chat.db, scope, number(course_id), number(version), chat.now)
    done = chat._("Registration for {code} is closed. Who has a seat keeps it.",
                  code=edited.course.code)  # fmt: skip
    return course_desk.answer(chat, scope, edited, done)


@router.action("course-keep")
def keep(chat: Chat, course_id: str) -> Reply:
    """The draft stays."""
    _, course = running(chat, course_id)
    return chat.screen(
        chat._("{code} is kept as a draft; only officers see it. To go on, write: courses",
               code=course.code),
        (chat._("Continue {code}", code=course.code), f"run {course.id}"),
        back=chat.back("menu"),
    )  # fmt: skip


@router.action("course-discard")
def ask_discard(chat: Chat, course_id: str, *_: str) -> Reply:
    """Throw the draft away: sure?"""
    scope, course = running(chat, course_id)
    if course.state is not CourseState.DRAFT:
        return course_desk.desk(chat, scope, course)
    return chat.screen(
        chat._("Delete the draft {code} {title}? Nobody but officers has seen it.",
               code=course.code, title=course.title),
        (chat._("Delete it"), f"course-discarded {course.id}"),
        back=(chat._("Keep it"), f"run {course.id}"),
    )  # fmt: skip


@router.action("course-discarded", instead="course-discard")
def discard(chat: Chat, course_id: str) -> Reply:
    """Throw the draft away."""
    scope, course = running(chat, course_id)
    if not course_rows.discard(chat.db, scope, course.id, chat.now):
        said = chat._("{code} is in use already and cannot be deleted.", code=course.code)
        return course_desk.desk(chat, scope, course, said)
    return chat.screen(
        chat._("The draft {code} has been deleted.", code=course.code),
        back=chat.back("courses-desk"),
    )


# Cancelling


@router.action("course-cancel")
def ask_why(chat: Chat, course_id: str, *_: str) -> Reply:
    """Cancel it: how many would be told, and the question for the reason."""
    scope, course = running(chat, course_id)
    if course.state is CourseState.CANCELLED or course.past or course.over(chat.now):
        return course_desk.desk(chat, scope, course)
    people = course_rows.people(chat.db, scope, course.id)
    chat.begin(course=course.id, version=course.version)
    chat.expect("course cancel")
    return chat.screen(
        chat._("Cancel {code} {title}? {count} people with a seat or a turn would be told.\nPlease"
               " write the reason, which they read.",
               code=course.code, title=course.short, count=people),
        (chat._("Without a reason"), f"course-cancel-sure {course.id}"),
        back=(chat._("Do not cancel"), f"run {course.id}"),
    )  # fmt: skip


@router.step("course cancel")
def take_why(chat: Chat) -> Reply:
    """Keep the reason, and ask once more before anybody hears of it."""
    course_id = int(chat.form.get("course", 0))
    if trouble := unfit(chat):
        return chat.again(trouble)
    chat.form["why"] = chat.text
    return sure(chat, str(course_id))


def unfit(chat: Chat) -> str:
    """Why a text cannot be the reason that people read; "" where it can be."""
    if trouble := relays.unfit(chat, REASON):
        return trouble
    found = objections(chat.text, sites.allowed(chat.db))
    return objected(chat, found) if found else ""


@router.action("course-cancel-sure")
def sure(chat: Chat, course_id: str) -> Reply:
    """The last question: its name, how many hear of it, and the reason they read."""
    scope, course = running(chat, course_id)
    if not _mine(chat, course):
        return ask_why(chat, course_id)
    people = course_rows.people(chat.db, scope, course.id)
    why = str(chat.form.get("why", ""))
    words = chat._("Cancel {course}?", course=_named(chat, course))
    if why:
        words = "\n".join((words, chat._("Reason: {why}.", why=why.rstrip("."))))
    version = int(chat.form.get("version", course.version))
    return chat.screen(
        words,
        (chat._("Cancel {code} and tell {count} people", code=course.code, count=people),
         f"course-cancelled {course.id} {version}"),
        back=(chat._("Do not cancel"), f"run {course.id}"),
    )  # fmt: skip


def _named(chat: Chat, course: Training) -> str:
    return f"{course.code} {course.short}, {course_shown.session(chat, course.first)}"


def _mine(chat: Chat, course: Training) -> bool:
    """True where the open dialogue is about this training."""
    return chat.form.get("course") == course.id


@router.action("course-cancelled", instead="course-cancel")
def cancel(chat: Chat, course_id: str, version: str) -> Reply:
    """Cancel it, and tell everybody."""
    scope, course = running(chat, course_id)
    if not _mine(chat, course):
        return ask_why(chat, course_id)
    why = str(chat.form.get("why", ""))
    edited = course_edits.cancel(chat.db, scope, course.id, number(version), why, chat.now)
    return course_desk.answer(chat, scope, edited, _told(chat, course, edited.people))


def _told(chat: Chat, course: Training, people: int) -> str:
    if not people:
        return chat._("{code} is cancelled; nobody had a seat.", code=course.code)
    return chat._("{code} is cancelled; the assistant tells {count} people.", code=course.code,
                  count=people)  # fmt: skip
