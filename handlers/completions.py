"""What came of a course: for whoever took part, and in figures for its officers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from handlers import naming, numbers
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import audit, completion, completion_figures, completion_rules, scopes
from storage.completion_rules import THERE, Why

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.completion_figures import Figures
    from storage.completion_rules import Outcome, Rule
    from storage.courses import Training
    from storage.results import Participant


def decimal(tenths: int, parts: int, language: str = "vi") -> str:
    """A figure kept in tenths or hundredths (`parts` 10, 100) without idle zeros: "7,5", "40"."""
    units, rest = divmod(tenths, parts)
    digits = str(rest).rjust(len(str(parts)) - 1, "0").rstrip("0")
    point = "." if language == "en" else ","
    return (
        f"{numbers.number(units, language)}{point}{digits}"
        if digits
        else numbers.number(units, language)
    )


def hours(chat: Chat, tenths: int) -> str:
    """So many periods: "7,5 tiết"."""
    return chat._("{hours} periods", hours=decimal(tenths, 10, chat.talk.language))


def said(chat: Chat, asked: Rule, outcome: Outcome) -> str:
    """A result for a line: "8,5 điểm, đạt", "không đạt", "chưa nộp bài"; "" for none."""
    words: list[str] = []
    if outcome.score is not None:
        score = decimal(outcome.score, 100, chat.talk.language)
        words.append(chat._("score {score}", score=score))
    passed = completion_rules.passed(asked, outcome)
    if passed is not None:
        words.append(chat._("passed") if passed else chat._("not passed"))
    if outcome.assignment is not None and (asked.assignment or not outcome.assignment):
        words.append(
            chat._("assignment handed in")
            if outcome.assignment
            else chat._("assignment not handed in")
        )
    return ", ".join(words)


def because(chat: Chat, why: Why) -> str:
    """What keeps somebody from having completed a course, for a line or a list."""
    match why:
        case Why.SESSIONS:
            return chat._("was at too few sessions")
        case Why.FAILED:
            return chat._("not passed")
        case Why.NO_ASSIGNMENT:
            return chat._("assignment not handed in")
        case Why.COMING:
            return chat._("the training is not over")
        case Why.NO_MARKS:
            return chat._("attendance is not complete")
        case Why.NO_RESULT:
            return chat._("no result yet")
        case _:
            assert_never(why)


def mine(chat: Chat, course: Training) -> str:
    """What somebody reads on the card of a course that is over: what came of it; "" for nothing."""
    roll = completion.roll_of(chat.db, course, chat.now)
    known = completion.known_of(chat.db, course, [chat.me.id], chat.now)[chat.me.id]
    if not (known.marks or known.outcome):
        return ""
    there = sum(mark in THERE for mark in known.marks.values())
    attended = chat._("Sessions attended: {there}/{total}", there=there, total=roll.total)
    result = (
        said(chat, completion_rules.rule(course.completion), known.outcome)
        if (known.outcome)
        else ""
    )
    why = completion.why(course, roll, known)
    lines = [attended, chat._("Result: {result}", result=result) if result else ""]
    if not why and course.hours:
        lines.append(chat._("Completed, counts {hours}", hours=hours(chat, course.hours)))
    elif not why:
        lines.append(chat._("Completed"))
    elif why[0] in completion_rules.MISSED:
        lines.append(chat._("Not completed: {why}", why=because(chat, why[0])))
    else:
        lines.append(chat._("Not decided yet: {why}", why=because(chat, why[0])))
    return "\n".join(line for line in lines if line)


@router.action("completion")
def figures(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """How a course ended: the figures first, then everybody who has not completed it, with why."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    found = (
        completion_figures.of_course(chat.db, scope, number(course_id), chat.now) if scope else None
    )
    if found is None:
        if scope:
            audit.refused(chat.db, scope, "completion", "course", number(course_id), chat.now)
        raise BadArgument(course_id)
    open_ones = (*found.missed, *found.undecided)
    start = number(page) * PAGE
    shown = open_ones[start : start + PAGE]
    following = open_ones[start + PAGE :]
    return chat.screen(
        "\n".join(_summary(chat, found)),
        *((_line(chat, one), f"result {found.course.id} {one.person_id}") for one in shown),
        more=f"completion {found.course.id} {number(page) + 1}" if following else "",
        back=chat.back(f"results {found.course.id}"),
    )


def _summary(chat: Chat, found: Figures) -> list[str]:
    code = found.course.code
    if not found.people:
        return [chat._("Nobody has registered for {code} or was marked there.", code=code)]
    share = numbers.percent(found.completed, found.people, chat.talk.language)
    lines = [
        chat._("{code}: completed by {completed}/{people} · {share}", code=code,
               completed=found.completed, people=found.people, share=share),
        chat._("Attended at least one session: {count}", count=found.attended),
    ]  # fmt: skip
    if found.missed:
        lines.append(chat._("Not completed: {count} ({why})", count=len(found.missed),
                            why=_reasons(chat, found.missed)))  # fmt: skip
    if found.undecided:
        lines.append(chat._("Not decided yet: {count} ({why})", count=len(found.undecided),
                            why=_reasons(chat, found.undecided)))  # fmt: skip
    return lines


def _reasons(chat: Chat, people: tuple[Participant, ...]) -> str:
    counted = Counter(one.why[0] for one in people)
    return ", ".join(f"{because(chat, why)} {counted[why]}" for why in Why if counted[why])


def _line(chat: Chat, one: Participant) -> str:
    why = because(chat, one.why[0])
    name = naming.choice(one.full_name)[: naming.CHOICE - len(why) - 3]
    return f"{name} · {why}"
