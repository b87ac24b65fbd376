"""The trainers of a course, as an officer names them and takes the right back."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import cards, identify, naming
from handlers.router import number
from handlers.routes import router
from handlers.trainings import wanted
from storage import codes, conversations, courses, personal_codes, scopes, teaching, trainers
from storage.personal_codes import Tried
from storage.trainers import Granted

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.scopes import Scope
    from storage.trainers import Trainer

STEP = "trainer name"


@router.notice("trainer")
def named(chat: Chat, owed: Owed) -> Reply | None:
    """To somebody who has been named: what they may do, and where."""
    course = courses.get(chat.db, owed.subject_id)
    day = chat.now.date()
    if course is None or not teaching.may_teach(chat.db, chat.me.id, course.id, day):
        return None
    return chat.letter(
        chat._(
            "{name} is a trainer of {course}. {You} take attendance and write results here; to"
            " find it again, write: check in",
            name=chat.me.full_name, course=cards.named(chat, course),
        ),
        (chat._("Roll of {session}", session=course.code), f"roll-of {course.id}"),
    )  # fmt: skip


@router.action("trainers")
def listed(chat: Chat, course_id: str, *_: str) -> Reply:
    """Who trains, and how to add somebody."""
    scope, course = _own(chat, course_id)
    found = trainers.of(chat.db, scope, course.id)
    words = (
        chat._("Trainers of {code}: {count}. They take attendance and write results.",
               code=course.code, count=len(found))
        if found
        else chat._("{code} has no trainer yet. Attendance is taken by the person in charge.",
                    code=course.code)
    )  # fmt: skip
    return chat.screen(
        words,
        *((naming.choice(_label(chat, each)), f"trainer {course.id} {each.id}")
          for each in found[:6]),
        (chat._("Add a trainer"), f"trainer-new {course.id}"),
        back=chat.back(f"run {course.id}" if "run" in router.actions else "work"),
    )  # fmt: skip


def _own(chat: Chat, course_id: str) -> tuple[Scope, Training]:
    course = wanted(chat, course_id)
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise PermissionError(course_id)
    return scope, course


def _label(chat: Chat, each: Trainer) -> str:
    if each.school:
        return f"{each.full_name}, {each.school}"
    if each.birth_year:
        return chat._("{name}, born {year}", name=each.full_name, year=each.birth_year)
    return each.full_name


@router.action("trainer-new")
def new(chat: Chat, course_id: str) -> Reply:
    """Ask for a name or a code."""
    scope, course = _own(chat, course_id)
    trainers.of(chat.db, scope, course.id)  # refuses a course elsewhere
    chat.begin(course=course.id, people=[])
    return chat.ask(
        chat._(
            "Who trains in {code}? Please write the full name; for somebody of another area, their"
            " 8-digit personal code.",
            code=course.code,
        ),
        STEP,
        back=f"trainers {course.id}",
    )


@router.step(STEP)
def typed(chat: Chat) -> Reply:
    """A name, or a personal code."""
    course_id = chat.form.get("course")
    if not isinstance(course_id, int):
        return chat.go("work")
    scope, course = _own(chat, str(course_id))
    if (code := codes.read(chat.text)) is not None:
        return _by_code(chat, course, code)
    found = trainers.named(chat.db, scope, chat.text)
    if not found:
        return chat.again(
            chat._("Nobody of {your_area} has the name “{name}”. Please write it again, or the"
                   " personal code.", your_area=naming.inside(scope.reaches[0].unit),
                   name=chat.text[:60])
        )  # fmt: skip
    if len(found) > trainers.MOST:
        return chat.again(
            chat._("Many people have the name “{name}”. Please write the full name.",
                   name=chat.text[:60])
        )  # fmt: skip
    chat.form["people"] = [each.id for each in found]
    return chat.screen(
        chat._("Who is the trainer of {code}?", code=course.code),
        *((naming.choice(_label(chat, each)), f"trainer-add {course.id} {each.id}")
          for each in found),
        back=chat.back(f"trainer-new {course.id}"),
    )  # fmt: skip


def _by_code(chat: Chat, course: Training, code: str) -> Reply:
    """Wrong codes count here as everywhere."""
    tried = personal_codes.attempt(chat.db, chat.talk, code, chat.now)
    if tried.outcome is Tried.PAUSED and tried.until is not None:
        return identify.paused(chat, tried.until)
    if tried.person_id is None:
        return chat.again(
            chat._("This code is not right or no longer in use. Please write the name or the code"
                   " again.")
        )  # fmt: skip
    who = conversations.who(chat.db, tried.person_id)
    chat.form["people"] = [who.id]
    return chat.screen(
        chat._("{person}: trainer of {code}?", person=naming.introduced(chat, who),
               code=course.code),
        (chat._("Yes"), f"trainer-add {course.id} {who.id}"),
        back=chat.back(f"trainer-new {course.id}"),
    )  # fmt: skip


@router.action("trainer-add", instead="trainers")
def add(chat: Chat, course_id: str, person_id: str) -> Reply:
    """Give the right to somebody who was shown here."""
    scope, course = _own(chat, course_id)
    wanted_id = number(person_id)
    if wanted_id not in chat.form.get("people", []):
        return listed(chat, course_id)
    outcome = trainers.grant(chat.db, scope, course.id, wanted_id, chat.now)
    name = conversations.who(chat.db, wanted_id).full_name
    chat.begin()
    return chat.screen(
        _granted(chat, outcome, name, course.code),
        (chat._("Trainers of {code}", code=course.code), f"trainers {course.id}"),
        back=chat.back("work"),
    )


def _granted(chat: Chat, outcome: Granted, name: str, code: str) -> str:
    match outcome:
        case Granted.DONE:
            return chat._("{name} is a trainer of {code} from today on. The assistant tells them.",
                          name=name, code=code)  # fmt: skip
        case Granted.ALREADY:
            return chat._("{name} is a trainer of {code} already.", name=name, code=code)
        case Granted.GONE:
            return chat._("By the list {name} works here no more. Nothing has changed.", name=name)
        case _:
            assert_never(outcome)


@router.action("trainer")
def one(chat: Chat, course_id: str, person_id: str) -> Reply:
    """One trainer: take the right back?"""
    scope, course = _own(chat, course_id)
    found = {each.id: each for each in trainers.of(chat.db, scope, course.id)}
    each = found.get(number(person_id))
    if each is None:
        return listed(chat, course_id)
    return chat.screen(
        chat._("{person}, trainer of {code}.", person=_label(chat, each), code=course.code),
        (chat._("No trainer of {code} any more", code=course.code),
         f"trainer-end {course.id} {each.id}"),
        back=chat.back(f"trainers {course.id}"),
    )  # fmt: skip


@router.action("trainer-end", instead="trainers")
def end(chat: Chat, course_id: str, person_id: str) -> Reply:
    """Take the right back; what was marked stays."""
    scope, course = _own(chat, course_id)
    trainers.revoke(chat.db, scope, course.id, number(person_id), chat.now)
    return listed(chat, course_id)
