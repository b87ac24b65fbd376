"""Sending people to a training: by name, by a condition in words; looked at, then done.

The dialogue's form keeps the course, who is sure to be meant, the names that are still to be
decided, and those that are nobody's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from handlers import (
    audience_lines,
    audience_words,
    cards,
    naming,
    school_calls,
    sent_words,
)
from handlers.audience_buttons import office
from handlers.digests import gathered
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import name_lists, nominations, recipients
from storage.nominees import Sent
from storage.recipients import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.audience_sentence import Heard
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.name_lists import Found
    from storage.nominations import Right

# So many are sent at a time: more is a file.
MOST = 300
# So many bearers of one name can be shown.
SHOWN = 7
# Characters of a row of names.
NAMES = 120
_WHOLE = re.compile(r"^(?:cu\s+)?(?:ca|toan|het|tat ca)\s+(?=(?:xa|phuong|truong)\s)")


def may(chat: Chat, course_id: str) -> Right:
    """How the officer who speaks may send people to a course.

    Raises:
        PermissionError: they are no officer.
        BadArgument: they may not, or there is no such course.
    """
    found = nominations.right(chat.db, office(chat), number(course_id))
    if found is None:
        raise BadArgument(course_id)
    return found


def desk(course_id: int) -> str:
    """Where an officer goes back to: what a course offers to those who run it."""
    return f"run {course_id}" if "run" in router.actions else "work"


@router.action("nominate")
def nominate(chat: Chat, course_id: str) -> Reply:
    """Who is to be sent? Names, or a condition; how many seats there are for it."""
    course = may(chat, course_id).course
    chat.begin(nominate=course.id, people=[], asks=[], unknown=[])
    return chat.ask(
        "\n".join((
            cards.brief(chat, course),
            _room(chat, course.id),
            chat._(
                "Please write the names of those to be sent, one a line; or a condition, for"
                " example: core teachers of xã Tuy Đức; or to let the schools choose: 2 of each"
                " school",
            ),
        )),
        "nominate-text",
        (chat._("Those who have been sent"), f"nominees {course.id}"),
        back=desk(course.id),
    )  # fmt: skip


def _room(chat: Chat, course_id: int) -> str:
    sent = len(nominations.nominated(chat.db, office(chat), course_id))
    left = nominations.left(chat.db, office(chat), course_id, chat.now)
    if left is None:
        return chat._("Sent so far: {count}", count=sent)
    return chat._("Sent so far: {count}, seats left: {left}", count=sent, left=left)


@router.step("nominate-text")
def named(chat: Chat) -> Reply:
    """Names first; where nobody is called so, a condition."""
    course_id = chat.form.get("nominate")
    if course_id is None:
        return chat.go("menu")
    may(chat, str(course_id))
    if each := school_calls.each_school(chat.folded):
        return school_calls.ask(chat, course_id, each)
    lines = name_lists.read(chat.db, office(chat), chat.message.text)
    if any(line.people for line in lines):
        for line in lines:
            _take(chat, line.typed, line.people, line.person)
        return preview(chat, str(course_id))
    heard = audience_words.audience(chat.db, office(chat), _condition(chat), chat.now)
    if heard.options and not heard.outside:
        return _by_rules(chat, course_id, heard)
    chat.expect("nominate-text")
    return chat.again(_nobody(chat, [line.typed for line in lines], heard))


def _condition(chat: Chat) -> str:
    """The words without "cả" before a unit, which here says no more than the unit itself."""
    found = _WHOLE.match(chat.folded)
    return " ".join(chat.text.split()[len(found[0].split()) :]) if found else chat.text


def _nobody(chat: Chat, typed: Sequence[str], heard: Heard) -> str:
    if heard.outside:
        return chat._("This is outside what {you} are in charge of.")
    names = gathered(chat._, typed, NAMES)
    return chat._(
        "In what {you} are in charge of there is nobody called: {names}. Please write the full"
        " names as in the staff list, or a condition.", names=names,
    )  # fmt: skip


def _take(chat: Chat, typed: str, people: Sequence[Found], person: Found | None) -> None:
    form = chat.form
    if person is not None:
        form["people"] = list(dict.fromkeys((*form["people"], person.id)))
    elif people:
        form["asks"].append([typed[:40], [[one.id, _bearer(one)] for one in people[:SHOWN]]])
    else:
        form["unknown"].append(typed[:40])


def _bearer(one: Found) -> str:
    """A choice that tells bearers of one name apart: "Lê Thị Út, 1990, Trường MN Hoa Cúc"."""
    born = str(one.birth_year) if one.birth_year else ""
    parts = [part for part in (one.full_name, born, one.school) if part]
    here = ", ".join((*parts, naming.inside(one.commune)))
    return here if len(here) <= naming.CHOICE else naming.choice(", ".join(parts))


def _by_rules(chat: Chat, course_id: int, heard: Heard) -> Reply:
    rules = [heard.rule] if heard.rule else list(heard.options)
    if heard.rule is None:
        chat.form["rules"] = [rule.to_json() for rule in rules]
        said = chat._("Not understood: {words}.", words=heard.unclear) if heard.unclear else ""
        asked = chat._("Who is meant?")
        return chat.screen(
            f"{said} {asked}".strip(),
            *((naming.choice(_people(chat, rule)), f"nominate-rule {course_id} {at}")
              for at, rule in enumerate(rules[:SHOWN])),
            back=chat.back(f"nominate {course_id}"),
        )  # fmt: skip
    return _of_rule(chat, course_id, rules[0])


def _people(chat: Chat, rule: Rule) -> str:
    return audience_lines.begun(audience_lines.line(chat, rule))


@router.action("nominate-rule")
def rule(chat: Chat, course_id: str, at: str) -> Reply:
    """One of the conditions that were offered."""
    rules: list[Any] = chat.form.get("rules", [])
    if chat.form.get("nominate") != may(chat, course_id).course.id or number(at) >= len(rules):
        return nominate(chat, course_id)
    return _of_rule(chat, number(course_id), Rule.from_json(rules[number(at)]))


def _of_rule(chat: Chat, course_id: int, wanted: Rule) -> Reply:
    scope = office(chat)
    meant = recipients.people(chat.db, wanted, scope)
    found = nominations.candidates(chat.db, scope, course_id, meant)
    if not found:
        chat.expect("nominate-text")
        return chat.again(
            chat._("There is nobody left to be sent: {people}.",
                   people=audience_lines.line(chat, wanted))
        )  # fmt: skip
    chat.form["people"] = list(dict.fromkeys((*chat.form["people"], *found)))
    return preview(chat, str(course_id))


@router.action("nominate-this")
def this(chat: Chat, course_id: str, person_id: str) -> Reply:
    """Which bearer of a name is meant; 0: none of them."""
    asks: list[Any] = chat.form.get("asks", [])
    if chat.form.get("nominate") != may(chat, course_id).course.id or not asks:
        return nominate(chat, course_id)
    _typed, bearers = asks[0]
    chosen = number(person_id)
    if chosen and chosen not in [one for one, _ in bearers]:
        raise BadArgument(person_id)
    chat.form["asks"] = asks[1:]
    if chosen:
        chat.form["people"] = list(dict.fromkeys((*chat.form["people"], chosen)))
    return preview(chat, course_id)


def _ask(chat: Chat, course_id: int) -> Reply:
    typed, bearers = chat.form["asks"][0]
    return chat.screen(
        chat._("Who is “{name}”?", name=typed),
        *((label, f"nominate-this {course_id} {one}") for one, label in bearers),
        back=(chat._("None of them"), f"nominate-this {course_id} 0"),
    )


@router.action("nominate-preview")
def preview(chat: Chat, course_id: str) -> Reply:
    """How many will be sent, who cannot be and why; nothing is done yet."""
    right = may(chat, course_id)
    course, form = right.course, chat.form
    if form.get("nominate") != course.id:
        return nominate(chat, course_id)
    if form["asks"]:
        return _ask(chat, course.id)
    people = form["people"] = form["people"][:MOST]
    looked = nominations.look(chat.db, office(chat), course.id, people, chat.now)
    sent = sum(one.outcome is Sent.NOMINATED for one in looked)
    lines = [
        chat._("Send {count} people to {course}?", count=sent, course=cards.named(chat, course))
        if sent
        else chat._("Nobody can be sent to {code}.", code=course.code),
        *sent_words.refused(chat, course, looked),
    ]
    if form["unknown"]:
        names = gathered(chat._, form["unknown"], NAMES)
        lines.append(chat._("Found nobody called: {names}.", names=names))
    do = [(chat._("Send {count} people", count=sent), f"nominate-do {course.id} {len(people)}")]
    return chat.screen(
        "\n".join(lines),
        *(do if sent else []),
        (chat._("See the names"), f"nominate-names {course.id} 0"),
        (chat._("Add others"), f"nominate-more {course.id}"),
        back=(chat._("Leave it"), f"nominate {course.id}"),
    )


@router.action("nominate-more")
def more(chat: Chat, course_id: str) -> Reply:
    """Others besides those who are chosen already."""
    course = may(chat, course_id).course
    if chat.form.get("nominate") != course.id:
        return nominate(chat, course_id)
    chat.form["unknown"] = []
    return chat.ask(
        chat._("Chosen so far: {count}. Please write more names, or a condition.",
               count=len(chat.form["people"])),
        "nominate-text", back=f"nominate-preview {course.id}",
    )  # fmt: skip


@router.action("nominate-names")
def names(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """Those who are chosen, each with what would come of it; a choice leaves one out."""
    course = may(chat, course_id).course
    if chat.form.get("nominate") != course.id:
        return nominate(chat, course_id)
    looked = nominations.look(chat.db, office(chat), course.id, chat.form["people"], chat.now)
    return sent_words.chosen(chat, course, looked, number(page))


@router.action("nominate-without", instead="nominate-names")
def without(chat: Chat, course_id: str, person_id: str) -> Reply:
    """Leave one of the chosen out."""
    course = may(chat, course_id).course
    if chat.form.get("nominate") != course.id:
        return nominate(chat, course_id)
    chat.form["people"] = [one for one in chat.form["people"] if one != number(person_id)]
    return names(chat, course_id) if chat.form["people"] else nominate(chat, course_id)


@router.action("nominate-do", instead="nominate")
def do(chat: Chat, course_id: str, count: str) -> Reply:
    """Send them; `count` says how many were chosen when it was shown."""
    course = may(chat, course_id).course
    people = chat.form.get("people", [])
    if chat.form.get("nominate") != course.id or len(people) != number(count) or not people:
        return nominate(chat, course_id)
    done = nominations.nominate(chat.db, office(chat), course.id, people, chat.now)
    chat.begin()
    sent = sum(one.outcome is Sent.NOMINATED for one in done)
    lines = [
        chat._("Sent {count} people to {code}. The assistant asks each of them whether they can"
               " come.", count=sent, code=course.code),
        *sent_words.refused(chat, course, done),
    ]  # fmt: skip
    return chat.screen(
        "\n".join(lines),
        (chat._("Those who have been sent"), f"nominees {course.id}"),
        (chat._("Send more people"), f"nominate {course.id}"),
        back=chat.back(desk(course.id)),
    )
