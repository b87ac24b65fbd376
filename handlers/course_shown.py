"""What officers see of their own trainings: the card, whom it means, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import audience_lines, cards, dates, naming
from handlers.numbers import number as figure
from handlers.router import number
from storage import course_rows, courses, scopes, units
from storage.course_versions import Outcome
from storage.models import CourseState, Mode, Precision, UnitKind
from storage.models.courses import CourseKind, Modality
from storage.recipients import Rule

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.course_versions import Edited
    from storage.courses import Meeting, Training
    from storage.scopes import Scope

# Sessions that are named one by one; of more only the number is said.
NAMED = 3
# What is not understood is repeated up to so many characters.
REPEATED = 50


def office(chat: Chat) -> Scope:
    """The officer's scope; raises PermissionError for anybody else."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise PermissionError(chat.me.id)
    return scope


def running(chat: Chat, course_id: str) -> tuple[Scope, Training]:
    """The officer's scope and a course they run; PermissionError for anybody else's."""
    scope = office(chat)
    return scope, course_rows.find(chat.db, scope, number(course_id))


def card(chat: Chat, scope: Scope, course: Training, unclear: str = "") -> str:
    """A draft as it would be opened: what, when, where, for whom and how many these are now."""
    lines = [
        chat._("{code} (draft) · {title}", code=course.code, title=course.title or "…")
        if course.state is CourseState.DRAFT
        else f"{course.code} · {course.title}",
        *times(chat, course),
        place(chat, course),
        f"{seats(chat, course)}, {mode(chat, course.mode)}",
        means(chat, scope, course),
        closing(chat, course),
    ]
    if course.contact_name:
        lines.append(chat._("In charge: {name}", name=course.contact_name))
    if unclear:
        lines.append(chat._("Not understood: “{words}”.", words=naming.choice(unclear)[:REPEATED]))
    return "\n".join(line for line in lines if line)


def times(chat: Chat, course: Training) -> list[str]:
    """When it takes place, a line for each session."""
    sessions = course.sessions
    if len(sessions) <= 1:
        return [_capital(session(chat, course.first))]
    shown = [
        chat._("Session {number}: {when}", number=one.number, when=session(chat, one))
        for one in sessions[: NAMED if len(sessions) <= NAMED else NAMED - 1]
    ]
    if len(sessions) > NAMED:
        more = len(sessions) - len(shown)
        last = session(chat, sessions[-1])
        shown.append(chat._("And {count} more, the last: {when}", count=more, when=last))
    return shown


def session(chat: Chat, one: Meeting | None) -> str:
    """When a session is, and that its hour is still open where only the day is settled."""
    words = cards.when(chat, one)
    if one is None or one.precision is not Precision.DAY or one.first_day is None:
        return words
    if one.first_day == one.last_day and one.first_day >= chat.now.date():
        return chat._("{day}, hour to be announced", day=words)
    return words


def place_line(chat: Chat, course: Training) -> str:
    """Where it is, with what it says before it where the words do not say so themselves."""
    where, words = place(chat, course), cards.where(chat, course)
    known = course.first is not None and course.first.place and not words[:1].isdigit()
    return chat._("Place: {place}", place=where) if known else where


def place(chat: Chat, course: Training) -> str:
    """Where it is; a line that is no choice never begins with a digit."""
    first = course.first
    words = cards.where(chat, course)
    if course.modality is Modality.ONLINE:
        known = chat._("online, the link is known")
        return _capital(known if first and first.link else chat._("online, link to be announced"))
    unit = naming.inside(first.unit) if first and first.unit else ""
    if unit and unit.lower() not in words.lower():
        # "Hội trường UBND xã" of "xã Tuy Đức" is "Hội trường UBND xã Tuy Đức".
        level, _, name = unit.partition(" ")
        words = f"{words} {name}" if words.lower().endswith(f" {level}") else f"{words}, {unit}"
    if course.modality is Modality.BLENDED:
        words = chat._("{place}, and online", place=words)
    return chat._("Place: {place}", place=words) if words[:1].isdigit() else _capital(words)


def seats(chat: Chat, course: Training) -> str:
    """How many seats; never the beginning of a line with a digit."""
    if course.seats is None:
        return chat._("Seats: no limit")
    return chat._("Seats: {seats}", seats=figure(course.seats, chat.talk.language))


def mode(chat: Chat, chosen: Mode) -> str:
    """How people come in, inside a sentence."""
    match chosen:
        case Mode.FREE:
            return chat._("people register themselves")
        case Mode.PRINCIPAL:
            return chat._("the principal has to agree")
        case Mode.NOMINATED:
            return chat._("by nomination only")
        case _:
            assert_never(chosen)


def kind(chat: Chat, chosen: CourseKind) -> str:
    """The kind of activity, as the official plans call it."""
    return {
        CourseKind.TRAINING: chat._("training course"),
        CourseKind.FOSTERING: chat._("further training"),
        CourseKind.WORKSHOP: chat._("workshop"),
        CourseKind.EXCHANGE: chat._("exchange"),
        CourseKind.VISIT: chat._("study visit"),
    }[chosen]


def means(chat: Chat, scope: Scope, course: Training) -> str:
    """Whom it is for, with how many people that is today."""
    who = audience(chat, course)
    count = course_rows.meant_now(chat.db, scope, course.unit_id, course.audience)
    people = figure(count, chat.talk.language)
    home = units.get(chat.db, course.unit_id, chat.now.date())
    if not course.audience.get("units") and home and home.kind is not UnitKind.PROVINCE:
        return chat._("For {who}, in {unit} today: {count} people", who=who, unit=home.inside,
                      count=people)  # fmt: skip
    return chat._("For {who}: {count} people today", who=who, count=people)


def audience(chat: Chat, course: Training) -> str:
    """Whom it is for, inside a sentence."""
    rule = Rule.from_json(course.audience)
    if rule.units:
        return audience_lines.line(chat, rule)
    everywhere = [one.id for one in units.roots(chat.db, chat.now.date()) if not one.former]
    return audience_lines.line(chat, replace(rule, units=tuple(everywhere[:1])))


def closing(chat: Chat, course: Training) -> str:
    """Until when people can register."""
    if course.closes_at is None:
        return ""
    until = course.closes_at.astimezone(chat.now.tzinfo)
    return chat._("Register until {when}", when=dates.moment(until, chat.talk.language))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def held(chat: Chat, course: Training) -> int:
    """How many seats are taken."""
    return courses.held(chat.db, [course.id]).get(course.id, 0)


def refusal(chat: Chat, scope: Scope, edited: Edited) -> str:
    """Why an edit was not made; "" where it was."""
    code = edited.course.code
    words = {
        Outcome.DONE: "",
        Outcome.STALE: chat._("{code} has been changed meanwhile; nothing of this was kept.",
                              code=code),
        Outcome.OVER: chat._("{code} is cancelled or over and can no longer be changed.",
                             code=code),
        Outcome.FEW: chat._("{code}: {held} seats are taken; there cannot be fewer.", code=code,
                            held=edited.people),
        Outcome.ORDER: chat._("{code} would then have two sessions at once; nothing has changed.",
                              code=code),
        Outcome.BEGUN: chat._("This session of {code} has begun or is the only one; it stays.",
                              code=code),
        Outcome.UNREADY: chat._("{code} cannot be opened or closed as it stands.", code=code),
        Outcome.FULL: chat._("{code} has as many documents as it may have.", code=code),
    }  # fmt: skip
    if edited.outcome is Outcome.STALE:
        name = course_rows.editor(chat.db, scope, edited.course.id)
        if name and name != chat.me.full_name:
            return chat._("{code} has just been changed by {name}; nothing of this was kept.",
                          code=code, name=name)  # fmt: skip
    return words[edited.outcome]
