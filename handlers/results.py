"""Results of a course: what there is, and writing them by taps, for all or one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from handlers import completions, naming, result_words
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import completion_rules, courses, results, scopes, teaching
from storage.completion_rules import NOTHING, Outcome
from storage.models import Evidence

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.results import Participant

# So long after a course its results are asked for among the day's work.
WAITED_FOR = timedelta(days=60)
# What a tap says.
TAPS = {
    "passed": Outcome(passed=True),
    "failed": Outcome(passed=False),
    "missing": Outcome(assignment=False),
    "handed": Outcome(assignment=True),
}


def of(chat: Chat, course_id: str) -> tuple[Training, list[Participant]]:
    """A course and its people; BadArgument or PermissionError where they are not theirs to see."""
    course = courses.get(chat.db, number(course_id))
    if course is None:
        raise BadArgument(course_id)
    return course, results.participants(chat.db, chat.me.id, course.id, chat.now)


@router.action("results")
def show(chat: Chat, course_id: str) -> Reply:
    """Counts first; then the ways to write results."""
    course, people = of(chat, course_id)
    asked = completion_rules.rule(course.completion)
    with_result = [one for one in people if graded(one)]
    passed = sum(completion_rules.passed(asked, one.outcome) is True for one in people)
    failed = sum(completion_rules.passed(asked, one.outcome) is False for one in people)
    lines = [
        chat._("{code}: results of {graded}/{people} people; passed {passed}, not passed {failed}.",
               code=course.code, graded=len(with_result), people=len(people), passed=passed,
               failed=failed),
        _needs(chat, asked),
    ]  # fmt: skip
    there = [one for one in people if one.there and not graded(one)]
    choices = [(chat._("Write by the numbers of the sheet"), f"results-by-number {course.id}")]
    if there:
        label = chat._("All who were there and have no result: passed ({count})", count=len(there))
        choices.append((label, f"results-present {course.id}"))
    choices.append((chat._("One person after the other"), f"results-each {course.id}"))
    return chat.screen(
        "\n".join(lines),
        *(choices if people else []),
        *_figures(chat, course),
        back=chat.back(desk(course.id)),
    )


def desk(course_id: int) -> str:
    """Where a course is run from."""
    return f"run {course_id}" if "run" in router.actions else "work"


def _figures(chat: Chat, course: Training) -> list[tuple[str, str]]:
    if scopes.of(chat.db, chat.me.id, chat.now.date()) is None:
        return []
    return [(chat._("Who has completed it, and who not"), f"completion {course.id}")]


def graded(one: Participant) -> bool:
    """True for somebody with a score, or of whom it was said whether they passed."""
    return one.outcome.score is not None or one.outcome.passed is not None


def _needs(chat: Chat, asked: completion_rules.Rule) -> str:
    """What completes the course beside being there."""
    least = completions.decimal(asked.least, 100, chat.talk.language)
    if asked.result is completion_rules.Needs.SCORE and asked.assignment:
        return chat._("Needed: a score of {least} or more, and the assignment.", least=least)
    if asked.result is completion_rules.Needs.SCORE:
        return chat._("Needed: a score of {least} or more.", least=least)
    if asked.result is completion_rules.Needs.PASSED and asked.assignment:
        return chat._("Needed: passed, and the assignment.")
    if asked.result is completion_rules.Needs.PASSED:
        return chat._("Needed: passed.")
    if asked.assignment:
        return chat._("Needed: the assignment.")
    return chat._("This training is completed by attendance; results are not needed.")


@router.action("results-present")
def ask_present(chat: Chat, course_id: str) -> Reply:
    """Ask once before everybody who was there passes."""
    course, people = of(chat, course_id)
    there = [one for one in people if one.there and not graded(one)]
    return chat.screen(
        chat._("{count} people were at {code} and have no result. Write “passed” for all of them?",
               count=len(there), code=course.code),
        (chat._("Write"), f"results-pass {course.id}"),
        back=(chat._("Leave it"), f"results {course.id}"),
    )  # fmt: skip


@router.action("results-pass", instead="results")
def pass_present(chat: Chat, course_id: str) -> Reply:
    """Everybody who was there and has no result passes."""
    course, people = of(chat, course_id)
    there = [one.person_id for one in people if one.there and not graded(one)]
    return written(chat, course, dict.fromkeys(there, TAPS["passed"]), Evidence.TRAINER)


def written(
    chat: Chat, course: Training, outcomes: dict[int, Outcome], evidence: Evidence
) -> Reply:
    """Write results, by person, and say so."""
    count = results.record(
        chat.db, chat.me.id, course.id, outcomes, chat.now, evidence=evidence
    )  # fmt: skip
    done = chat._("The results of {count} people of {code} are written.", count=count,
                  code=course.code)  # fmt: skip
    return chat.screen(
        done,
        (chat._("All results of {code}", code=course.code), f"results {course.id}"),
        *_figures(chat, course),
        back=chat.back(desk(course.id)),
    )


# One person after the other


@router.action("results-each")
def each(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """Everybody, with number and result; a tap opens one."""
    course, people = of(chat, course_id)
    start = number(page) * PAGE
    shown = people[start : start + PAGE]
    if not shown:
        return show(chat, course_id)
    asked = completion_rules.rule(course.completion)
    return chat.screen(
        chat._("{code}: whose result?",
               code=course.code),
        *((_label(chat, one, asked), f"result {course.id} {one.person_id}") for one in shown),
        more=f"results-each {course.id} {number(page) + 1}" if people[start + PAGE :] else "",
        back=chat.back(f"results {course.id}"),
    )  # fmt: skip


def _label(chat: Chat, one: Participant, asked: completion_rules.Rule) -> str:
    name = one.full_name
    if one.number is not None:
        name = chat._("no. {number}: {name}", number=one.number, name=one.full_name)
    result = completions.said(chat, asked, one.outcome)
    room = naming.CHOICE - len(result) - 3
    return f"{name[:room]} · {result}" if result else naming.choice(name)


@router.action("result")
def person(chat: Chat, course_id: str, person_id: str, *_tap_of_before: str) -> Reply:
    """One person: what is known, and what can be said by a tap."""
    course, people = of(chat, course_id)
    one = _one(people, person_id)
    asked = completion_rules.rule(course.completion)
    known = completions.said(chat, asked, one.outcome) or chat._("no result yet")
    about = ", ".join(part for part in (one.full_name, one.school) if part)
    taps = ["passed", "failed"] + (["handed", "missing"] if asked.assignment else [])
    key = f"{course.id} {one.person_id}"
    lines = [(_tap(chat, tap), f"result-set {key} {tap}") for tap in taps]
    by_score = (chat._("Write a score"), f"result-score {key}")
    scored = asked.result is completion_rules.Needs.SCORE
    return chat.screen(
        chat._("{person}: sessions attended {there}/{total}, {result}.",
               person=about, there=one.there, total=len(course.sessions), result=known),
        *([by_score, *lines] if scored else [*lines, by_score]),
        back=chat.back(f"results-each {course.id}"),
    )  # fmt: skip


def _one(people: list[Participant], person_id: str) -> Participant:
    wanted = number(person_id)
    for one in people:
        if one.person_id == wanted:
            return one
    raise BadArgument(person_id)


def _tap(chat: Chat, tap: str) -> str:
    return {
        "passed": chat._("Passed"),
        "failed": chat._("Not passed"),
        "handed": chat._("Assignment handed in"),
        "missing": chat._("Assignment not handed in"),
    }[tap]


@router.action("result-score")
def ask_score(chat: Chat, course_id: str, person_id: str) -> Reply:
    """Ask for one person's score."""
    course, people = of(chat, course_id)
    one = _one(people, person_id)
    chat.begin(course=course.id, person=one.person_id)
    return chat.ask(
        chat._("Please write the score of {name} in {code}, 0 to 10, like 8,5.",
               name=one.full_name, code=course.code),
        "result typed",
        back=f"result {course.id} {one.person_id}",
    )  # fmt: skip


@router.step("result typed")
def score_typed(chat: Chat, *_: str) -> Reply:
    """A score, or the word for passing, for the one person asked about."""
    found = result_words.read(f"1 {chat.text}").outcomes.get(1)
    if found is None:
        return chat.again(chat._("A score is 0 to 10, like 8,5."))
    return _set(chat, str(chat.form.get("course", "")), str(chat.form.get("person", "")), found)


@router.action("result-set", instead="result")
def set_(chat: Chat, course_id: str, person_id: str, tap: str) -> Reply:
    """Write one result by a tap, and go on with the next person without one."""
    if tap not in TAPS:
        raise BadArgument(tap)
    return _set(chat, course_id, person_id, TAPS[tap])


def _set(chat: Chat, course_id: str, person_id: str, outcome: Outcome) -> Reply:
    course, people = of(chat, course_id)
    one = _one(people, person_id)
    results.record(chat.db, chat.me.id, course.id, {one.person_id: outcome}, chat.now)
    behind = people[people.index(one) + 1 :]
    following = next((each for each in behind if each.outcome == NOTHING), None)
    asked = completion_rules.rule(course.completion)
    result = completions.said(chat, asked, outcome)
    done = chat._("Written: {name}, {result}.", name=one.full_name, result=result)
    choices = [(chat._("All results of {code}", code=course.code), f"results {course.id}")]
    if following:
        label = chat._("Next: {name}", name=following.full_name)
        choices.insert(0, (naming.choice(label), f"result {course.id} {following.person_id}"))
    return chat.screen(done, *choices, back=chat.back(f"results-each {course.id}"))


def line(chat: Chat) -> list[tuple[str, str]]:
    """What waits for a trainer or a contact: courses that are over and lack results they need."""
    found: list[tuple[str, str]] = []
    for course in teaching.own(chat.db, chat.me.id, chat.now.date()):
        if not completion_rules.rule(course.completion).asks or not _lately(chat, course):
            continue
        people = results.participants(chat.db, chat.me.id, course.id, chat.now)
        missing = completion_rules.Why.NO_RESULT
        if lacking := sum(one.why[:1] == (missing,) for one in people):
            label = chat._("Results of {code} still missing: {count}", code=course.code,
                           count=lacking)  # fmt: skip
            found.append((label, f"results {course.id}"))
    return found[:1]


def _lately(chat: Chat, course: Training) -> bool:
    """True where a course ended, and not so long ago that nobody waits for results any more."""
    return course.over(chat.now) and not course.over(chat.now - WAITED_FOR)
