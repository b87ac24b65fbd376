"""Whom a training is for: a few usual answers, or any audience in words, with its number today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers import audience_lines, audience_words
from handlers.audience_buttons import numbered
from handlers.audience_terms import MANAGERS, STAFF
from handlers.chat import PAGE
from handlers.course_editing import back, begin, listed, opened, skip
from handlers.course_sentence import audience
from handlers.course_shown import running
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import course_edits, course_rows
from storage.models import Mode, Position
from storage.recipients import Rule

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.scopes import Scope

USUAL = ((Position.TEACHER,), MANAGERS, STAFF)


@router.action("course-for")
def ask(chat: Chat, course_id: str) -> Reply:
    """For whom: the usual ones with their numbers, or in words."""
    scope, course = running(chat, course_id)
    rules = [audience(scope, course.unit_id, Rule(positions=each)) for each in USUAL]
    begin(chat, course, "course audience", rules=rules)
    return _offer(
        chat, scope, course,
        chat._("For whom is {code}? Please choose, or write for example: teachers of public"
               " preschools; managers; core teachers", code=course.code),
    )  # fmt: skip


def _offer(chat: Chat, scope: Scope, course: Training, words: str) -> Reply:
    rules: list[dict[str, Any]] = chat.form["rules"]
    return chat.screen(
        words,
        *((_line(chat, scope, course, rule), f"course-for-set {course.id} {course.version} {at}")
          for at, rule in enumerate(rules)),
        *skip(chat, course),
        back=back(chat, course),
    )  # fmt: skip


def _line(chat: Chat, scope: Scope, course: Training, said: dict[str, Any]) -> str:
    rule = Rule.from_json(said)
    rule = rule if rule.units else replace(rule, units=(course.unit_id,))
    count = course_rows.meant_now(chat.db, scope, course.unit_id, said)
    return numbered(chat, audience_lines.begun(audience_lines.line(chat, rule)), count)


@router.action("course-for-set", instead="course-back")
def choose(chat: Chat, course_id: str, version: str, at: str) -> Reply:
    """Keep the one that was chosen."""
    scope, course = running(chat, course_id)
    rules: list[dict[str, Any]] = chat.form.get("rules", [])
    if chat.form.get("course") != course.id or number(at) >= len(rules):
        raise BadArgument(at)
    return _keep(chat, scope, course, number(version), rules[number(at)])


@router.step("course audience")
def take(chat: Chat) -> Reply:
    """Read the audience that was written; several that may be meant are offered."""
    scope, course, version = opened(chat)
    heard = audience_words.audience(chat.db, scope, chat.text, chat.now)
    fitting = [one for one in heard.options if _fits(one)][:PAGE]
    if (rule := heard.rule) is not None and _fits(rule):
        return _keep(chat, scope, course, version, audience(scope, course.unit_id, rule))
    if heard.unclear or not fitting:
        said = heard.unclear or ", ".join(one for one in heard.outside if one) or chat.text
        return chat.again(chat._("Not understood: “{words}”.", words=said[:60]))
    begin(chat, course, "course audience",
          rules=[audience(scope, course.unit_id, one) for one in fitting])  # fmt: skip
    return _offer(chat, scope, course, chat._("Which of these is meant?"))


def _fits(rule: Rule) -> bool:
    """True where a course can keep it: schools and what people did are no part of its rule."""
    others = rule.schools or rule.about or rule.course_id or rule.officers
    return not (others or rule.by_announcement)


def _keep(chat: Chat, scope: Scope, course: Training, version: int, rule: dict[str, Any]) -> Reply:
    """Keep the rule, and say how many who have places are meant no more."""
    left = 0
    if course.mode is not Mode.NOMINATED:
        left = course_rows.meant_no_more(chat.db, scope, course.id, rule)
    edited = course_edits.change(chat.db, scope, course.id, version, chat.now, audience=rule)
    words = ""
    if left:
        words = chat._("{code} has been changed. {count} who have a place are no longer meant; they"
                       " keep it.", code=course.code, count=left)  # fmt: skip
    return listed(chat, scope, edited, "course-for", words)
