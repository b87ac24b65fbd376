"""Where a training is held: a school, any other place, or online with its link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers import guard, naming
from handlers.course_again import NEW, ONLINE, pend, session_of
from handlers.course_days import days
from handlers.course_editing import back, begin, changed, done, opened, skip
from handlers.course_sentence import Spot, spots
from handlers.course_shown import running
from handlers.course_words import read
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import course_sessions, sites
from storage.course_drafts import Meet
from storage.models import CourseState
from storage.models.courses import Modality

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.scopes import Scope

# Where sessions are joined from afar, beside what announcements may link to.
MEETINGS = ("zoom.us", "meet.google.com", "teams.microsoft.com", "teams.live.com")


@router.action("course-where")
def ask_where(chat: Chat, course_id: str, session_id: str = "0", *__: str) -> Reply:
    """Where is it? Of a training with several sessions, first which of them."""
    _, course = running(chat, course_id)
    one = session_of(course, session_id)
    if one is None and course.state is not CourseState.DRAFT and len(course.sessions) > 1:
        return days(chat, course_id)
    begin(chat, course, "course where", session=number(session_id))
    return chat.screen(
        chat._("Where is it? Please write the school or the place, for example: MN Hoa Sen; hall of"
               " the commune. Online: write online, and the link."),
        *skip(chat, course),
        back=back(chat, course),
    )  # fmt: skip


@router.step("course where")
def take_where(chat: Chat) -> Reply:
    """Look the place up; several of one name are offered."""
    scope, course, version = opened(chat)
    said = read(chat.text, chat.now.date())
    if said.link or said.modality is not None:
        return _online(chat, scope, course, version, said.link)
    if not any(letter.isalpha() for letter in chat.text):
        return chat.again(chat._("Please write it in words."))
    if found := guard.objections(chat.text, sites.allowed(chat.db)):
        return chat.again(guard.words(chat, found))
    places = spots(chat.db, chat.text, chat.now)
    if len(places) == 1:
        return _at(chat, scope, course, version, places[0])
    return offer(chat, course, places, int(chat.form.get("session", NEW)))


def offer(
    chat: Chat, course: Training, places: tuple[Spot, ...], session: int, *, first: str = ""
) -> Reply:
    """Several places have that name: which one?"""
    begin(chat, course, "course where", session=session,
          spots=[[one.place, one.unit_id] for one in places])  # fmt: skip
    asked = chat._("Several places have that name. Where is it?")
    return chat.screen(
        "\n".join(line for line in (first, asked) if line),
        *((naming.choice(one.label or one.place), f"course-spot {course.id} {course.version} {at}")
          for at, one in enumerate(places)),
        back=(chat._("Another place"), f"course-where {course.id} {session}"),
    )  # fmt: skip


@router.action("course-spot", instead="course-back")
def choose(chat: Chat, course_id: str, version: str, at: str) -> Reply:
    """The place that is meant."""
    scope, course = running(chat, course_id)
    known: list[list[Any]] = chat.form.get("spots", [])
    if chat.form.get("course") != course.id or number(at) >= len(known):
        raise BadArgument(at)
    return _at(chat, scope, course, number(version), Spot(*known[number(at)]))


def _at(chat: Chat, scope: Scope, course: Training, version: int, spot: Spot) -> Reply:
    one = session_of(course, str(chat.form.get("session", NEW)))
    unit_id = spot.unit_id
    if unit_id is None and not scope.provincial:
        unit_id = course.unit_id
    if course.state is CourseState.DRAFT:
        ids = [one.id] if one else [each.id for each in course.sessions]
        edited = course_sessions.place(
            chat.db, scope, course.id, version, chat.now,
            sessions=ids, name=spot.place, unit_id=unit_id,
        )  # fmt: skip
        return done(chat, scope, edited, changed(chat, course))
    was = one or course.first
    if was is None:
        raise BadArgument(str(course.id))
    new = Meet(was.precision, was.first_day, was.last_day, was.starts_at, was.ends_at, spot.place,
               unit_id=unit_id, link=was.link)  # fmt: skip
    return pend(chat, scope, course, "move", new, was)


def _online(chat: Chat, scope: Scope, course: Training, version: int, link: str) -> Reply:
    """Online, with the link as far as there is one; people get it an hour before."""
    if link and not may_join(chat, link):
        return chat.again(
            chat._("This link is on none of the sites that are allowed: {sites}.",
                   sites=", ".join(("gov.vn", *MEETINGS[:3])))
        )  # fmt: skip
    if course.state is not CourseState.DRAFT and course.modality is Modality.IN_PERSON:
        return pend(chat, scope, course, ONLINE, Meet(link=whole(link)), course.first)
    edited = course_sessions.join(chat.db, scope, course.id, version, whole(link), chat.now)
    return done(chat, scope, edited, changed(chat, course))


def may_join(chat: Chat, link: str) -> bool:
    """True where people may be sent to join at a link."""
    return not guard.objections(whole(link), (*sites.allowed(chat.db), *MEETINGS))


def whole(link: str) -> str:
    """A link with its scheme."""
    return f"https://{link}" if link and "://" not in link else link
