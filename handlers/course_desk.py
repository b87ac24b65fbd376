"""One training as its officers run it: how it stands, and what can be done about it today."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from handlers import cards, course_shown, dates
from handlers.course_shown import running
from handlers.router import number
from handlers.routes import router
from storage import course_documents, courses
from storage.models import CourseState, Mode

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.course_versions import Edited
    from storage.courses import Training
    from storage.scopes import Scope

# Lines of one page of the desk; 9 shows the others.
LINES = 8
# Characters before the choices.
ROOM = 300
# The roll of a session matters from so long before it begins until so long after it.
AROUND = timedelta(hours=3), timedelta(hours=20)

Line = tuple[str, str]


@router.action("run")
def run(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """The desk of a training, for whoever runs it."""
    scope, course = running(chat, course_id)
    return desk(chat, scope, course, page=number(page))


@router.action("course-back")
def back(chat: Chat, course_id: str, *_: str) -> Reply:
    """The desk in place of an outdated press."""
    scope, course = running(chat, course_id)
    return desk(chat, scope, course)


def answer(chat: Chat, scope: Scope, edited: Edited, done: str) -> Reply:
    """The training as it is now, under what has become of an edit."""
    said = course_shown.refusal(chat, scope, edited) or done
    return desk(chat, scope, edited.course, said)


def desk(
    chat: Chat,
    scope: Scope,
    course: Training,
    said: str = "",
    *,
    page: int = 0,
    unclear: str = "",
    notes: tuple[str, ...] = (),
) -> Reply:
    """The card with its choices, after what was `said` about it; `notes` stand below it."""
    if course.state is CourseState.DRAFT:
        words = course_shown.card(chat, scope, course, unclear)
        return chat.screen(
            fitting([said, *words.split("\n")], list(notes)),
            *_of_draft(chat, course),
            back=chat.back("courses-desk"),
        )
    lines = _lines(chat, course)
    shown = lines[page * LINES : (page + 1) * LINES]
    more = f"run {course.id} {page + 1}" if lines[(page + 1) * LINES :] else ""
    return chat.screen(
        fitting([said, *_standing(chat, course)], list(notes)),
        *shown,
        more=more,
        back=chat.back(f"run {course.id}" if page else "courses-desk"),
    )


def fitting(lines: list[str], notes: list[str]) -> str:
    """The lines as far as there is room, the last ones left out first; all of the notes."""
    kept = [line for line in lines if line]
    while len(kept) > 1 and len("\n".join([*kept, *notes])) > ROOM:
        kept = kept[:-1]
    return "\n".join([*kept, *notes])


def _of_draft(chat: Chat, course: Training) -> list[Line]:
    return [
        (chat._("Open registration now"), f"course-open {course.id} {course.version}"),
        (chat._("Keep as a draft"), f"course-keep {course.id}"),
        (chat._("Change something"), f"edit-course {course.id}"),
        (chat._("Delete the draft"), f"course-discard {course.id}"),
    ]


def _standing(chat: Chat, course: Training) -> list[str]:
    """What it is and how it stands, for an officer who runs it."""
    return [
        f"{course.code} · {course.title}",
        *course_shown.times(chat, course),
        *([] if course.past else [course_shown.place(chat, course)]),
        taken(chat, course),
        state(chat, course),
    ]


def taken(chat: Chat, course: Training) -> str:
    """How many have a seat, of how many, and who waits."""
    held = course_shown.held(chat, course)
    waiting = courses.waiting(chat.db, [course.id]).get(course.id, 0)
    if course.past:
        return chat._("People on its list: {held}", held=held)
    if course.seats is None:
        return chat._("Seats taken: {held}, no limit", held=held)
    if waiting:
        return chat._("Seats taken: {held} of {seats}, waiting: {waiting}", held=held,
                      seats=course.seats, waiting=waiting)  # fmt: skip
    return chat._("Seats taken: {held} of {seats}", held=held, seats=course.seats)


def state(chat: Chat, course: Training) -> str:
    """Whether people can register, and until when."""
    if over := cards.ended(chat, course):
        return over
    if course.begun(chat.now):
        return chat._("It has begun")
    if not course.takes(chat.now):
        return chat._("Registration is closed")
    if course.closes_at is None:
        return chat._("Registration is open")
    until = dates.moment(course.closes_at.astimezone(chat.now.tzinfo), chat.talk.language)
    return chat._("Registration is open until {when}", when=until)


def _lines(chat: Chat, course: Training) -> list[Line]:
    """What can be done, what matters at this moment first."""
    before, after = _before(chat, course), _after(chat, course)
    if course.state is CourseState.CANCELLED:
        lines = [("figures", _figures(chat, course)), *_always(chat, course)]
    elif course.past or course.over(chat.now):
        done = (chat._("Who has completed it, and who not"), f"completion {course.id}")
        figures = [] if course.past else [("figures", _figures(chat, course))]
        lines = [*after, *_named(done), *figures, *_always(chat, course)]
    elif _today(chat, course):
        lines = [*after, *before, *_always(chat, course)]
    else:
        lines = [*before, *_always(chat, course), *after]
    return [line for name, line in lines if name in router.actions]


def _today(chat: Chat, course: Training) -> bool:
    early, late = AROUND
    return any(
        one.starts_at - early <= chat.now <= (one.ends_at or one.starts_at) + late
        for one in course.sessions
        if one.starts_at
    )


def _named(*lines: Line) -> list[tuple[str, Line]]:
    return [(action.split()[0], (label, action)) for label, action in lines]


def _figures(chat: Chat, course: Training) -> Line:
    return (chat._("Who has registered, by unit"), f"figures {course.id}")


def _before(chat: Chat, course: Training) -> list[tuple[str, Line]]:
    nominate = (chat._("Nominate people"), f"nominate {course.id}")
    chosen = [nominate] if course.mode is Mode.NOMINATED else []
    return _named(
        *chosen,
        _figures(chat, course),
        (chat._("Change date, place, seats and more"), f"edit-course {course.id}"),
        *([] if chosen else [nominate]),
        (chat._("Seats set apart for units"), f"course-quotas {course.id}"),
        (chat._("Text for the Zalo group"), f"course-copy {course.id}"),
        _switch(chat, course),
        (chat._("Cancel the training {code}", code=course.code), f"course-cancel {course.id}"),
    )


def _switch(chat: Chat, course: Training) -> Line:
    if course.state is CourseState.OPEN and course.takes(chat.now):
        label = chat._("Close registration")
        return (label, f"course-close {course.id} {course.version}")
    return (chat._("Open registration again"), f"course-open {course.id} {course.version}")


def _after(chat: Chat, course: Training) -> list[tuple[str, Line]]:
    return _named(
        (chat._("Attendance"), f"roll-of {course.id}"),
        (chat._("Results"), f"results {course.id}"),
        (chat._("Papers"), f"papers {course.id}"),
    )


def _always(chat: Chat, course: Training) -> list[tuple[str, Line]]:
    documents = len(course_documents.of(chat.db, course.id))
    return _named(
        (chat._("Documents: {count}", count=documents), f"course-docs {course.id}"),
        (chat._("Trainers"), f"trainers {course.id}"),
        (chat._("One more training like {code}", code=course.code), f"course-clone {course.id}"),
    )
