"""A new training: by one sentence, by one question after another, or like one there was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import course_desk, course_sentence, course_words, guard, relays
from handlers.course_again import NEW
from handlers.course_editing import CHAIN, onward
from handlers.course_sentence import deadline, meet
from handlers.course_shown import office, running
from handlers.course_text import Line
from handlers.course_times import Doubt, sessions
from handlers.course_where import may_join, offer, whole
from handlers.routes import router
from handlers.text import say
from storage import course_edits, course_rows, courses, scopes, sites, units
from storage.course_drafts import Draft, Meet
from storage.models import Called, UnitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.chat import Chat
    from handlers.course_sentence import Understood
    from handlers.course_words import Said
    from handlers.message import Reply
    from storage.courses import Training
    from storage.scopes import Scope

# Longer than this is no sentence about one training.
LONGEST = 400


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """`mở lớp tập huấn sơ cứu, sáng thứ 5 tuần sau, …`; without the verb, with a date and seats."""
    if chat.talk.step or chat.person is None or text != chat.text or len(text) > LONGEST:
        return None
    opens = course_words.opens(text)
    if not opens and not course_words.begins(text):
        return None
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return None
    said = course_words.read(chat.message.text.removeprefix("/"), chat.now.date())
    if not opens and not (said.slots and said.seats is not None):
        return None
    return begin(chat, scope, said)


@router.action("course-new")
def ask(chat: Chat) -> Reply:
    """The sentence, or one question after another."""
    office(chat)
    chat.begin()
    return chat.ask(
        chat._("Please write it in one sentence, for example: First aid, morning of Thursday next"
               " week, MN Hoa Sen, 40 seats, for teachers"),
        "course sentence",
        (chat._("One question after another"), "course-steps"),
        back="courses-desk",
    )  # fmt: skip


@router.step("course sentence")
def take(chat: Chat) -> Reply:
    """Read the sentence that was asked for."""
    scope = office(chat)
    if len(chat.text) > LONGEST:
        return chat.again(
            chat._("This is too long. Please write at most {most} characters.", most=LONGEST)
        )
    if not any(letter.isalpha() for letter in chat.text):
        return chat.again(chat._("Please write it in words."))
    return begin(chat, scope, course_words.read(chat.message.text, chat.now.date()))


@router.action("course-steps")
def steps(chat: Chat) -> Reply:
    """One question after another, beginning with the title."""
    office(chat)
    chat.begin()
    return chat.ask(
        chat._("Please write the title, at most {most} characters, for example: First aid for small"
               " children", most=course_sentence.TITLE),
        "course name",
        back="courses-desk",
    )  # fmt: skip


@router.step("course name")
def take_name(chat: Chat) -> Reply:
    """A draft with nothing but its title, and the next question."""
    scope = office(chat)
    if trouble := relays.unfit(chat, course_sentence.TITLE):
        return chat.again(trouble)
    home = course_rows.home(chat.db, scope, [])
    draft = Draft(
        chat.text[:1].upper() + chat.text[1:], home, sessions=(Meet(),),
        audience=course_sentence.audience(scope, home, None),
    )  # fmt: skip
    if trouble := _unfit(chat, draft):
        return chat.again(trouble)
    course_id = _written(chat, scope, draft)
    chat.begin(course=course_id, chain=list(CHAIN))
    return onward(chat, str(course_id))


def begin(chat: Chat, scope: Scope, said: Said) -> Reply:
    """A draft out of what was said, and its card; where a name is not clear, that first."""
    if said.like is not None:
        return _like(chat, scope, said)
    understood = course_sentence.understood(chat.db, scope, said, chat.now)
    draft = understood.draft
    if not (draft.title or said.slots or said.seats):
        return ask(chat)
    if trouble := _unfit(chat, draft):
        return _again(chat, trouble)
    notes = _notes(chat, said)
    if said.link and not may_join(chat, said.link):
        draft = replace(draft, sessions=tuple(replace(one, link="") for one in draft.sessions))
        notes.append(chat._("The link is on no site that is allowed; it was left out."))
    elif said.link:
        link = whole(said.link)
        draft = replace(draft, sessions=tuple(replace(one, link=link) for one in draft.sessions))
    course = course_rows.find(chat.db, scope, _written(chat, scope, draft))
    return _onward(chat, scope, course, understood, notes)


def _onward(
    chat: Chat, scope: Scope, course: Training, understood: Understood, notes: list[str]
) -> Reply:
    """What is asked before the card: the title, or which place is meant."""
    if not course.title:
        chat.begin(course=course.id, chain=["title", ""])
        return onward(chat, str(course.id))
    if understood.spots:
        unclear = understood.unclear
        said = chat._("Not understood: “{words}”.", words=", ".join(unclear)) if unclear else ""
        return offer(chat, course, understood.spots[:7], NEW, first=said)
    return course_desk.desk(
        chat, scope, course, unclear=", ".join(understood.unclear), notes=tuple(notes)
    )


def _unfit(chat: Chat, draft: Draft) -> str:
    """Why nothing of the kind is said to people; "" where it can be."""
    text = "\n".join((draft.title, draft.note, draft.bring, *(one.place for one in draft.sessions)))
    found = guard.objections(text, sites.allowed(chat.db))
    return guard.words(chat, found) if found else ""


def _again(chat: Chat, trouble: str) -> Reply:
    return chat.ask(trouble, "course sentence", back="courses-desk")


def _notes(chat: Chat, said: Said) -> list[str]:
    """What is strange about the dates, a line each."""
    words = {
        Doubt.PAST: chat._("Please check the date: it lies in the past."),
        Doubt.WEEKDAY: chat._("Please check the date: it is another day of the week."),
        Doubt.COUNT: chat._("Please check the sessions: another number was written."),
        Doubt.MANY: chat._("Please check the sessions: not all of them were kept."),
    }
    return [words[each] for each in said.doubts]


def _written(chat: Chat, scope: Scope, draft: Draft) -> int:
    """Write the draft down; whoever makes it is in charge, for their office."""
    unit = units.get(chat.db, draft.unit_id, chat.now.date())
    lead = _office(unit.kind, unit.name) if unit else ""
    kept = replace(draft, lead=lead, contact_id=chat.me.id, contact_name=chat.me.full_name,
                   contact_office=lead)  # fmt: skip
    return course_rows.insert_draft(chat.db, scope, kept, chat.now)


def _office(kind: UnitKind, name: str) -> str:
    """The office as papers and cards name it; what is kept is in Vietnamese."""
    inside = name[:1].lower() + name[1:]
    if kind is UnitKind.PROVINCE:
        bare = name.split(" ", 1)[-1]
        return say("vi", Called.TEACHER, "the Department of Education of {unit}", unit=bare)
    return say("vi", Called.TEACHER, "the culture and society office of {unit}", unit=inside)


# Like one there was


def _like(chat: Chat, scope: Scope, said: Said) -> Reply:
    """`mở lớp như L12, sáng 20/12`: of a training in the officer's scope."""
    found = courses.numbered(chat.db, said.like or 0)
    try:
        was = course_rows.find(chat.db, scope, found.id if found else 0)
    except PermissionError:
        return _again(
            chat, chat._("There is no training {code} in what {you} cover.", code=f"L{said.like}")
        )
    if not said.slots:
        return ask_clone(chat, str(was.id))
    zone = chat.now.tzinfo
    spot = course_sentence.Spot("", None)
    return _cloned(chat, scope, was, [meet(slot, zone, spot) for slot in said.slots])


@router.action("course-clone")
def ask_clone(chat: Chat, course_id: str) -> Reply:
    """All as it was; only the dates are asked."""
    _, course = running(chat, course_id)
    chat.begin(course=course.id)
    return chat.ask(
        chat._("One more training like {code} {title}: when? For example: morning of 3/12; whole"
               " day 3 and 4/12", code=course.code, title=course.short),
        "course clone",
        back=f"run {course.id}",
    )  # fmt: skip


@router.step("course clone")
def take_clone(chat: Chat) -> Reply:
    """Read the dates, and make the draft."""
    scope, course = running(chat, str(chat.form.get("course", "")))
    slots, doubts = sessions(Line(chat.text), chat.now.date())
    if not slots or Doubt.PAST in doubts:
        return chat.again(
            chat._("Please write a day, for example: morning of 3/12, or: 8h-11h 3/12")
        )
    zone = chat.now.tzinfo
    spot = course_sentence.Spot("", None)
    return _cloned(chat, scope, course, [meet(slot, zone, spot) for slot in slots])


def _cloned(chat: Chat, scope: Scope, was: Training, meets: Sequence[Meet]) -> Reply:
    made = course_rows.clone(chat.db, scope, was.id, tuple(meets), chat.now)
    course = course_rows.find(chat.db, scope, made)
    until = deadline(meets[0], chat.now)
    edited = course_edits.change(chat.db, scope, made, course.version, chat.now, closes_at=until)
    return course_desk.desk(chat, scope, edited.course)
