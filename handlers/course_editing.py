"""What of a training can be changed: each thing with how it is now, asked for one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers import course_desk, course_fields, course_shown, naming
from handlers.chat import PAGE
from handlers.course_fields import FIELDS, RULES, Unfit
from handlers.course_shown import running
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import course_documents, course_edits
from storage.course_versions import Outcome
from storage.models import CourseState, Mode
from storage.models.courses import CourseKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.course_versions import Edited
    from storage.courses import Training
    from storage.scopes import Scope

Line = tuple[str, str]

# What a new training is asked for, one thing after another, by those who write no sentence.
CHAIN = ("when", "place", "seats", "audience")


@router.action("edit-course")
def edit(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """What can be changed, each with how it is now."""
    scope, course = running(chat, course_id)
    if course.state is CourseState.CANCELLED:
        return course_desk.desk(chat, scope, course)
    words = chat._("What of {code} {title} shall be changed?", code=course.code,
                   title=course.short)  # fmt: skip
    return _list(chat, course, words, page)


def _list(chat: Chat, course: Training, words: str, page: str) -> Reply:
    lines = _lines(chat, course)
    start = number(page) * PAGE
    shown = lines[start : start + PAGE]
    more = f"edit-course {course.id} {number(page) + 1}" if lines[start + PAGE :] else ""
    return chat.screen(
        words,
        *((naming.choice(label), action) for label, action in shown),
        more=more,
        back=chat.back(f"run {course.id}"),
    )


def _lines(chat: Chat, course: Training) -> list[Line]:
    def of(name: str) -> Line:
        return (FIELDS[name].now(chat, course), f"course-field {course.id} {name}")

    mode = course_shown.mode(chat, course.mode)
    rule = course_fields.rule(chat, course.completion)
    kind = course_shown.kind(chat, course.kind)
    documents = len(course_documents.of(chat.db, course.id))
    return [
        of("title"),
        (chat._("Date, hours, sessions: {count}", count=len(course.sessions)),
         f"course-days {course.id}"),
        (course_shown.place_line(chat, course),
         f"course-where {course.id}"),
        (course_shown.seats(chat, course), f"course-seats {course.id}"),
        (chat._("For: {who}", who=course_shown.audience(chat, course)), f"course-for {course.id}"),
        of("closing"),
        (chat._("How people come in: {mode}", mode=mode), f"course-choose {course.id} mode"),
        of("hours"),
        (chat._("Completed by: {rule}", rule=rule), f"course-choose {course.id} rule"),
        of("bring"),
        of("note"),
        (chat._("Documents: {count}", count=documents), f"course-docs {course.id}"),
        of("paper"),
        of("contact"),
        of("letter"),
        of("limit"),
        of("short"),
        (chat._("Kind: {kind}", kind=kind), f"course-choose {course.id} kind"),
    ]  # fmt: skip


# Dialogues


def begin(chat: Chat, course: Training, step: str, **more: Any) -> None:
    """Ask something about a training; what is written next answers it, in the version shown."""
    chain = chat.form.get("chain") if chat.form.get("course") == course.id else None
    chat.begin(
        course=course.id, version=course.version, **more, **({"chain": chain} if chain else {})
    )
    chat.expect(step)


def opened(chat: Chat) -> tuple[Scope, Training, int]:
    """The scope, the training that is asked about, and the version in which it was shown."""
    scope, course = running(chat, str(chat.form.get("course", "")))
    return scope, course, int(chat.form.get("version", -1))


def back(chat: Chat, course: Training) -> Line:
    """Choice 0 of a question: the next one of a new training, else the list of what is changed."""
    if chat.form.get("chain"):
        return (chat._("Enough for now"), f"course-enough {course.id}")
    return chat.back(f"edit-course {course.id}")


def skip(chat: Chat, course: Training) -> list[Line]:
    """The way past a question of a new training."""
    return [(chat._("Later"), f"course-next {course.id}")] if chat.form.get("chain") else []


@router.action("course-enough")
def enough(chat: Chat, course_id: str) -> Reply:
    """No more questions: the card as far as it is filled."""
    chat.form.pop("chain", None)
    return chat.go(f"run {course_id}")


@router.action("course-next")
def onward(chat: Chat, course_id: str) -> Reply:
    """The next question about a new training, else its card."""
    scope, course = running(chat, course_id)
    chain: list[str] = list(chat.form.get("chain", ()))
    if chat.form.get("course") != course.id or not chain:
        chat.form.pop("chain", None)
        return course_desk.desk(chat, scope, course)
    chat.form["chain"] = chain[1:]
    if not chain[1:]:
        # The last question; nothing comes after it.
        chat.form["chain"] = [""]
    if not chain[0]:
        chat.form.pop("chain")
        return course_desk.desk(chat, scope, course)
    asks = {
        "title": f"course-field {course.id} title", "when": f"course-days {course.id}",
        "place": f"course-where {course.id}", "seats": f"course-seats {course.id}",
        "audience": f"course-for {course.id}",
    }  # fmt: skip
    return chat.go(asks[chain[0]])


def done(chat: Chat, scope: Scope, edited: Edited, said: str) -> Reply:
    """On with a new training, else its card under what has become of the edit."""
    if edited.outcome is Outcome.DONE and chat.form.get("chain"):
        return onward(chat, str(edited.course.id))
    chat.form.pop("chain", None)
    return course_desk.answer(chat, scope, edited, said)


def listed(chat: Chat, scope: Scope, edited: Edited, name: str, said: str = "") -> Reply:
    """On with a new training, else the list in which the edit shows, for the next one."""
    if edited.outcome is not Outcome.DONE or chat.form.get("chain"):
        return done(chat, scope, edited, said)
    course = edited.course
    said = said or chat._("{code} has been changed.", code=course.code)
    lines = _lines(chat, course)
    at = next((at for at, (_, action) in enumerate(lines) if action.split()[-1] == name
               or action.split()[0] == name), 0)  # fmt: skip
    words = "\n".join((said, chat._("What else shall be changed?")))
    return _list(chat, course, words, str(at // PAGE))


def changed(chat: Chat, course: Training) -> str:
    """That it is written down; the card of a draft shows it by itself."""
    if course.state is CourseState.DRAFT:
        return ""
    return chat._("{code} has been changed.", code=course.code)


# By a text


@router.action("course-field")
def ask(chat: Chat, course_id: str, name: str) -> Reply:
    """Ask for one thing."""
    _, course = running(chat, course_id)
    if name not in FIELDS:
        raise BadArgument(name)
    begin(chat, course, "course field", field=name)
    return chat.screen(FIELDS[name].ask(chat, course), *skip(chat, course), back=back(chat, course))


@router.step("course field")
def take(chat: Chat) -> Reply:
    """Keep what was written."""
    scope, course, version = opened(chat)
    field = FIELDS.get(str(chat.form.get("field")))
    if field is None:
        return chat.go(f"edit-course {course.id}")
    try:
        said = field.take(chat, course)
    except Unfit as why:
        return chat.again(str(why))
    edited = course_edits.change(chat.db, scope, course.id, version, chat.now, **said)
    return listed(chat, scope, edited, str(chat.form["field"]))


# By a choice


@router.action("course-choose")
def choose(chat: Chat, course_id: str, name: str) -> Reply:
    """Which way people come in, which kind, which rule of completion."""
    _, course = running(chat, course_id)
    asked = {
        "mode": (chat._("How do people come into {code}?", code=course.code),
                 course_fields.modes(chat)),
        "kind": (chat._("What kind of activity is {code}?", code=course.code),
                 course_fields.kinds(chat)),
        "rule": (chat._("What completes {code}?", code=course.code), course_fields.rules(chat)),
    }.get(name)  # fmt: skip
    if asked is None:
        raise BadArgument(name)
    words, choices = asked
    return chat.screen(
        words,
        *((label, f"course-set {course.id} {course.version} {name} {value}")
          for label, value in choices),
        back=chat.back(f"edit-course {course.id}"),
    )  # fmt: skip


@router.action("course-set", instead="course-back")
def set_(chat: Chat, course_id: str, version: str, name: str, value: str) -> Reply:
    """Keep what was chosen."""
    scope, course = running(chat, course_id)
    said: Any
    if name == "mode" and value in list(Mode):
        said = {"mode": Mode(value)}
    elif name == "kind" and value.upper() in CourseKind.__members__:
        said = {"kind": CourseKind[value.upper()]}
    elif name == "rule" and value in RULES:
        said = {"completion": RULES[value]}
    else:
        raise BadArgument(value)
    edited = course_edits.change(chat.db, scope, course.id, number(version), chat.now, **said)
    return listed(chat, scope, edited, name)


# Seats


@router.action("course-seats")
def ask_seats(chat: Chat, course_id: str) -> Reply:
    """How many seats; what is held cannot be taken away."""
    _, course = running(chat, course_id)
    begin(chat, course, "course seats")
    held = course_shown.held(chat, course)
    words = chat._("How many seats has {code}? For example: 40. Without a limit, write: no limit",
                   code=course.code)  # fmt: skip
    if held:
        taken = chat._("Taken now: {held}.", held=figure(held, chat.talk.language))
        words = f"{words}\n{taken}"
    return chat.screen(words, back=back(chat, course))


@router.step("course seats")
def take_seats(chat: Chat) -> Reply:
    """Keep the number; whoever waits is offered what became free."""
    scope, course, version = opened(chat)
    try:
        seats = None if course_fields.endless(chat) else course_fields.amount(chat)
    except Unfit as why:
        return chat.again(str(why))
    edited = course_edits.resize(chat.db, scope, course.id, version, seats, chat.now)
    if edited.outcome is Outcome.FEW:
        return chat.again(course_shown.refusal(chat, scope, edited))
    return listed(chat, scope, edited, "course-seats")
