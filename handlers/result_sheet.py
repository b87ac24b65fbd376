"""Results typed by the numbers of the sheet: echoed before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers import completions, result_words
from handlers.results import graded, of, written
from handlers.routes import router
from storage import sheet_lines, spelling
from storage.completion_rules import Outcome
from storage.models import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.chat import Chat
    from handlers.message import Reply

# Characters of a message before its choices; of one list in the echo, as many as fit.
LONGEST = 300
ROOMS = (60, 40, 25, 15)


@router.action("results-by-number")
def by_number(chat: Chat, course_id: str) -> Reply:
    """Ask for results by number."""
    course, people = of(chat, course_id)
    if course.sessions and any(one.number is None for one in people):
        sheet_lines.give(chat.db, course.sessions[-1].id, chat.me.id, chat.now)
    chat.begin(course=course.id)
    return chat.ask(
        chat._(
            "Please write the results of {code} by the numbers of the sheet, for example:"
            " 1 8,5; 2 7; 3 passed; 4-20 passed except 7; 5 not handed in", code=course.code,
        ),
        "results typed",
        (chat._("See the numbers"), f"results-each {course.id}"),
        back=f"results {course.id}",
    )  # fmt: skip


@router.step("results typed")
def typed(chat: Chat, *_: str) -> Reply:
    """Echo what was understood: who gets what, who gets nothing, and what nobody understood."""
    course, people = of(chat, str(chat.form.get("course", "")))
    by_number = {one.number: one for one in people if one.number is not None}
    words = spelling.clean(chat.message.text, lines=True)
    found = result_words.read(words, tuple(by_number))
    known = {each: outcome for each, outcome in found.outcomes.items() if each in by_number}
    unknown = sorted(found.outcomes.keys() - known.keys())
    if not known:
        nothing = chat._("Nothing was written. Please write like: 1 8,5; 2 passed")
        return chat.again("\n".join([nothing, *_unread(chat, found, unknown, ROOMS[1])]))
    chat.form["typed"] = {
        str(by_number[each].person_id): [outcome.score, outcome.passed, outcome.assignment]
        for each, outcome in known.items()
    }
    left = [n for n, one in by_number.items() if n not in known and not graded(one)]
    asked = chat._("Write the results of {count} people of {code}?", count=len(known),
                   code=course.code)  # fmt: skip
    words = ""
    for room in ROOMS:
        lines = [asked, *_echo(chat, known, room)]
        if left:
            lines.append(chat._("Without a result: {numbers}", numbers=_cut(spans(left), room)))
        words = "\n".join([*lines, *_unread(chat, found, unknown, room)])
        if len(words) <= LONGEST:
            break
    return chat.screen(
        words,
        (chat._("Write"), f"results-write {course.id}"),
        (chat._("Write the list anew"), f"results-by-number {course.id}"),
        back=(chat._("Leave it"), f"results {course.id}"),
    )


def _echo(chat: Chat, known: dict[int, Outcome], room: int) -> list[str]:
    scores = [
        f"{each} – {completions.decimal(outcome.score, 100, chat.talk.language)}"
        for each, outcome in sorted(known.items())
        if outcome.score is not None
    ]
    lines = [chat._("Scores: {scores}", scores=_cut("; ".join(scores), room))] if scores else []
    passed = [each for each, outcome in known.items() if outcome.passed is True]
    failed = [each for each, outcome in known.items() if outcome.passed is False]
    handed = [each for each, outcome in known.items() if outcome.assignment is True]
    missing = [each for each, outcome in known.items() if outcome.assignment is False]
    if passed:
        lines.append(chat._("Passed: {numbers}", numbers=_cut(spans(passed), room)))
    if failed:
        lines.append(chat._("Not passed: {numbers}", numbers=_cut(spans(failed), room)))
    if handed:
        lines.append(chat._("Handed in: {numbers}", numbers=_cut(spans(handed), room)))
    if missing:
        lines.append(chat._("Not handed in: {numbers}", numbers=_cut(spans(missing), room)))
    return lines


def _unread(chat: Chat, found: result_words.Typed, unknown: list[int], room: int) -> list[str]:
    lines: list[str] = []
    if found.unread:
        parts = "; ".join(found.unread)
        lines.append(chat._("Not understood: {words}", words=_cut(parts, room)))
    if unknown:
        lines.append(chat._("Not on the sheet: {numbers}", numbers=_cut(spans(unknown), room)))
    if found.twice:
        lines.append(
            chat._("Said twice, differently: {numbers}", numbers=_cut(spans(found.twice), room))
        )
    return lines


def spans(numbers: Iterable[int]) -> str:
    """Numbers as people write them: "1–6, 8"."""
    runs: list[list[int]] = []
    for each in sorted(numbers):
        if runs and runs[-1][-1] == each - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def _cut(words: str, room: int) -> str:
    return words if len(words) <= room else words[: room - 1].rstrip(" ,;") + "…"


@router.action("results-write", instead="results")
def write(chat: Chat, course_id: str) -> Reply:
    """Write what was echoed."""
    course, _ = of(chat, course_id)
    kept: dict[str, list[Any]] = chat.form.get("typed", {})
    if chat.form.get("course") != course.id or not kept:
        return chat.go(f"results {course_id}")
    outcomes = {int(each): Outcome(*outcome) for each, outcome in kept.items()}
    chat.begin()
    return written(chat, course, outcomes, Evidence.SHEET)
