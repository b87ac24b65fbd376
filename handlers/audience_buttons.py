"""Whom an announcement is for, chosen by numbers: who, where, and how they stand with a training.

The dialogue's form keeps the rule so far, the text that was written already, and the draft that
is being changed, if it is one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import audience_lines, cards, guard, naming
from handlers.audience_lines import begun
from handlers.audience_terms import MANAGERS, STAFF
from handlers.chat import PAGE
from handlers.composing import LONGEST, keep
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import broadcasts, courses, localities, recipients, schools, scopes, sites, units
from storage.localities import Level
from storage.models import CourseState, Position, Purpose
from storage.recipients import About, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.scopes import Scope

WHO: dict[str, Rule] = {
    "gv": Rule(positions=(Position.TEACHER,)),
    "cbql": Rule(positions=MANAGERS),
    "all": Rule(positions=STAFF),
    "officers": Rule(officers=True),
}
_ABOUT = {each.name.lower(): each for each in About}
# What is asked of courses that have begun.
HELD = (About.ATTENDED, About.ABSENT, About.COMPLETED, About.NOT_COMPLETED)


def office(chat: Chat) -> Scope:
    """The scope of the officer who speaks.

    Raises:
        PermissionError: they are none, or no longer.
    """
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise PermissionError(chat.me.id)
    return scope


def so_far(chat: Chat) -> Rule | None:
    """The rule that is being put together; None where this dialogue is over."""
    kept = chat.form.get("rule")
    return Rule.from_json(kept) if kept is not None else None


@router.action("announce-new")
def who(chat: Chat, *_: str) -> Reply:
    """Who gets it? And what it needs where they are many."""
    scope = office(chat)
    kept = {name: chat.form[name] for name in ("text", "draft", "topic") if name in chat.form}
    chat.begin(rule={}, **kept)
    shown = [("gv", chat._("Teachers")), ("cbql", chat._("Managers")),
             ("all", chat._("All teachers and managers"))]  # fmt: skip
    if scope.provincial:
        shown.append(("officers", chat._("Officers of the communes")))
    counts = [recipients.count(chat.db, WHO[key], scope) for key, _label in shown]
    return chat.screen(
        "\n".join((chat._("Who is to get it?"), audience_lines.approval(chat, scope))),
        *((numbered(chat, label, count), f"announce-who {key}")
          for (key, label), count in zip(shown, counts, strict=True)),
        (chat._("In words"), "announce-words"),
        back=chat.back("announce-leave"),
    )  # fmt: skip


@router.action("announce-rule")
def anew(chat: Chat, draft_id: str) -> Reply:
    """Other people for a draft."""
    found = broadcasts.seen_by(chat.db, office(chat), number(draft_id))
    if found is None:
        raise BadArgument(draft_id)
    chat.begin(draft=found.id)
    return who(chat)


@router.action("announce-leave")
def leave(chat: Chat) -> Reply:
    """Out of the choice of people: to the draft that was being changed, or to the list."""
    draft_id = chat.form.get("draft")
    chat.begin()
    return chat.go(f"announce-preview {draft_id}" if draft_id else "menu")


@router.action("announce-who")
def chosen(chat: Chat, key: str) -> Reply:
    """Teachers, managers, everybody, officers; then where."""
    if key not in WHO:
        raise BadArgument(key)
    if so_far(chat) is None:
        return who(chat)
    return _where(chat, WHO[key])


def _where(chat: Chat, rule: Rule) -> Reply:
    """Where are they? Officers are asked for as a whole."""
    scope = office(chat)
    chat.form["rule"] = rule.to_json()
    if rule.officers:
        return finish(chat, rule)
    whole = audience_lines.place(chat, Rule(), scope)
    ways = [(numbered(chat, begun(whole), recipients.count(chat.db, rule, scope)),
             "announce-whole")]  # fmt: skip
    if scope.provincial or len(scope.reaches) > 1:
        ways.append((chat._("One commune"), f"announce-units {Level.COMMUNE} 0"))
        ways.append((chat._("One former district"), f"announce-units {Level.DISTRICT} 0"))
    else:
        ways.append((chat._("One school"), f"announce-units {Level.SCHOOL} 0"))
    return chat.screen(
        chat._("{people}: where?", people=begun(audience_lines.who(chat, rule))),
        *ways, back=chat.back("announce-new"),
    )  # fmt: skip


def _people(chat: Chat, rule: Rule) -> str:
    return audience_lines.line(chat, rule)


@router.action("announce-whole")
def whole(chat: Chat) -> Reply:
    """Everywhere the officer covers; then the condition."""
    rule = so_far(chat)
    return who(chat) if rule is None else _condition(chat, replace(rule, units=(), schools=()))


@router.action("announce-units")
def localities_of(chat: Chat, level: str, page: str) -> Reply:
    """A list of communes, former districts or schools, each with how many people are there."""
    rule = so_far(chat)
    if rule is None:
        return who(chat)
    if level not in list(Level):
        raise BadArgument(level)
    found = localities.of(chat.db, replace(rule, units=(), schools=()), office(chat), Level(level))
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    kind = "announce-school" if level == Level.SCHOOL else "announce-at"
    return chat.screen(
        chat._("Where? Below: how many people there."),
        *((numbered(chat, one.name, one.count), f"{kind} {one.id}") for one in shown),
        more=f"announce-units {level} {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("announce-new"),
    )


@router.action("announce-at")
def at(chat: Chat, unit_id: str) -> Reply:
    """One commune or former district; then the condition."""
    rule, found = so_far(chat), units.get(chat.db, number(unit_id), chat.now.date())
    if rule is None:
        return who(chat)
    if found is None:
        raise BadArgument(unit_id)
    return _condition(chat, replace(rule, units=(found.id,), schools=()))


@router.action("announce-school")
def at_school(chat: Chat, school_id: str) -> Reply:
    """One school; then the condition."""
    rule, found = so_far(chat), schools.get(chat.db, number(school_id))
    if rule is None:
        return who(chat)
    if found is None:
        raise BadArgument(school_id)
    return _condition(chat, replace(rule, schools=(found.id,), units=()))


def _condition(chat: Chat, rule: Rule) -> Reply:
    """Everybody there, or only those who stand so or so with a training?"""
    chat.form["rule"] = rule.to_json()
    count = recipients.count(chat.db, rule, office(chat))
    return chat.screen(
        chat._("{people}: which of them?", people=begun(_people(chat, rule))),
        (numbered(chat, chat._("Everybody"), count), "announce-everybody"),
        (chat._("Not registered for a training"), "announce-for missing 0"),
        (chat._("Registered for a training"), "announce-for registered 0"),
        (chat._("Waiting for a seat"), "announce-for waiting 0"),
        (chat._("Have not answered about a training"), "announce-for unanswered 0"),
        (chat._("By what came of a training"), "announce-after"),
        back=chat.back("announce-new"),
    )


@router.action("announce-after")
def after(chat: Chat) -> Reply:
    """Of a training that was held: who was there, who was not, who completed it."""
    rule = so_far(chat)
    if rule is None:
        return who(chat)
    return chat.screen(
        chat._("{people}: which of them?", people=begun(_people(chat, rule))),
        (chat._("Attended a training"), "announce-for attended 0"),
        (chat._("Absent from a training"), "announce-for absent 0"),
        (chat._("Completed a training"), "announce-for completed 0"),
        (chat._("Not completed a training"), "announce-for not_completed 0"),
        back=chat.back("announce-new"),
    )


@router.action("announce-for")
def trainings(chat: Chat, key: str, page: str) -> Reply:
    """Which training? Each with the number of people."""
    rule = so_far(chat)
    if rule is None:
        return who(chat)
    about = _standing(key)
    known = (courses.lately if about in HELD else courses.listed)(chat.db, chat.now)
    start = number(page) * PAGE
    shown = known[start : start + PAGE]
    if not shown:
        return chat.screen(chat._("No training has been held yet."), back=chat.back("announce-new"))
    scope = office(chat)
    counts = [
        recipients.count(chat.db, replace(rule, course_id=one.id, about=about), scope)
        for one in shown
    ]
    return chat.screen(
        chat._("Which training? Below: how many people."),
        *((numbered(chat, cards.line(chat, one), count), f"announce-of {key} {one.id}")
          for one, count in zip(shown, counts, strict=True)),
        more=f"announce-for {key} {number(page) + 1}" if known[start + PAGE :] else "",
        back=chat.back("announce-new"),
    )  # fmt: skip


def _standing(key: str) -> About:
    if key not in _ABOUT:
        raise BadArgument(key)
    return _ABOUT[key]


@router.action("announce-of", instead="announce-new")
def about(chat: Chat, key: str, course_id: str) -> Reply:
    """Those who stand so with this training."""
    rule, course = so_far(chat), courses.get(chat.db, number(course_id))
    if rule is None:
        return who(chat)
    if course is None or course.state is CourseState.DRAFT:
        raise BadArgument(course_id)
    return finish(chat, replace(rule, course_id=course.id, about=_standing(key)))


@router.action("announce-everybody", instead="announce-new")
def everybody(chat: Chat) -> Reply:
    """No condition."""
    rule = so_far(chat)
    return who(chat) if rule is None else finish(chat, replace(rule, course_id=None, about=None))


def finish(chat: Chat, rule: Rule) -> Reply:
    """Keep the rule: of the draft that is being changed, or of a new one; then on to its text."""
    scope, draft_id = office(chat), chat.form.get("draft")
    if not recipients.count(chat.db, rule, scope):
        return _nobody(chat, rule)
    if draft_id:
        broadcasts.change(chat.db, scope, int(draft_id), chat.now, rule=rule)
        return chat.go(f"announce-preview {draft_id}")
    text, topic = str(chat.form.get("text", "")), chat.form.get("topic")
    asks = rule.about in (About.MISSING, About.UNANSWERED)
    new = broadcasts.draft(
        chat.db, scope, rule, chat.now, purpose=Purpose.ACT if asks else Purpose.KNOW,
        course_id=topic or rule.course_id,
    )  # fmt: skip
    return _with_text(chat, scope, new, text) if text else chat.go(f"announce-text {new}")


def _nobody(chat: Chat, rule: Rule) -> Reply:
    return chat.screen(
        chat._("At the moment there is nobody: {people}.", people=_people(chat, rule)),
        (chat._("Choose other people"), "announce-new"),
        (chat._("In words"), "announce-words"),
        back=chat.back("announce-leave"),
    )


def _with_text(chat: Chat, scope: Scope, draft_id: int, text: str) -> Reply:
    """The text that was written together with the audience is taken like any other."""
    if len(text) > LONGEST:
        words = chat._(
            "The text is {over} characters too long, nothing has been changed. Please shorten"
            " it to {most} and send it again.",
            over=len(text) - LONGEST, most=LONGEST,
        )  # fmt: skip
    elif objections := guard.objections(text, sites.allowed(chat.db)):
        words = guard.words(chat, objections)
    else:
        broadcasts.change(chat.db, scope, draft_id, chat.now, text=text)
        return chat.go(f"announce-preview {draft_id}")
    found = broadcasts.seen_by(chat.db, scope, draft_id)
    if found is None:
        raise BadArgument(str(draft_id))
    chat.begin()
    change = (chat._("Change the text"), f"announce-again {draft_id}")
    return chat.screen(words, change, back=keep(chat, found))


def counted(chat: Chat, rules: Iterable[Rule]) -> list[int]:
    """How many people each of these rules means."""
    scope = office(chat)
    return [recipients.count(chat.db, rule, scope) for rule in rules]


def numbered(chat: Chat, label: str, count: int) -> str:
    """A choice with the number of people; the number is never cut."""
    people = f" · {figure(count, chat.talk.language)}"
    room = naming.CHOICE - len(people)
    return (label if len(label) <= room else f"{label[: room - 1].rstrip()}…") + people
