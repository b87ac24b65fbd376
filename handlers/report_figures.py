"""The figures of a report, one after the other: right, corrected with a reason, or declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from handlers import relays, report_words
from handlers.report_desk import wanted
from handlers.report_words import amount
from handlers.router import BadArgument, number
from handlers.routes import router
from storage.models import Stated
from storage.reporting import drafts
from storage.reporting.drafts import MOST, Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.drafts import Draft
    from storage.reporting.lines import Line
    from storage.scopes import Scope

NUMBERS, REASON = "report numbers", "report reason"
SHOWN = 7
# Characters of a reason.
LONGEST = 150
# "12/14", "12 trên 14", "12 of 14", folded.
_TYPED = re.compile(r"(\d[\d., ]*?) ?(?:/|tren|tong|trong|of|out of) ?(?:tong so )?(\d[\d., ]*)")


@router.action("report-figures")
def figures(chat: Chat, report_id: str, page: str = "0") -> Reply:
    """All of them, a page at a time; once all that are open have been shown, all are right."""
    _, draft = wanted(chat, report_id)
    record, start = draft.record, number(page) * SHOWN
    shown = draft.lines[start : start + SHOWN]
    if not shown and start:
        return figures(chat, report_id)
    choices = [
        (report_words.on_line(chat, each), f"report-figure {record.id} {each.subject_id}")
        for each in shown
    ]
    seen = draft.lines[: start + SHOWN]
    if record.editable and draft.unseen and all(each in seen for each in draft.unseen):
        label = chat._("The rest is right: {count} figures", count=len(draft.unseen))
        choices.append((label, f"report-all-right {record.id} {draft.mark}"))
    return chat.screen(
        _heading(chat, draft),
        *choices,
        more=f"report-figures {record.id} {number(page) + 1}"
        if draft.lines[start + SHOWN :]
        else "",
        back=chat.back(f"report-of {record.id}"),
    )


def _heading(chat: Chat, draft: Draft) -> str:
    name = report_words.name(chat, draft.record)
    if not draft.lines:
        return chat._("Report {report}: there is nothing to count in this period.", report=name)
    if not draft.record.editable:
        return chat._("Figures of the report {report}, as handed in: completed / expected.",
                      report=name)  # fmt: skip
    return chat._(
        "Figures of the report {report}, counted from the lists by now: completed / expected."
        " Looked at: {seen} of {count}.", report=name, seen=len(draft.lines) - len(draft.unseen),
        count=len(draft.lines),
    )  # fmt: skip


def _line(draft: Draft, subject_id: str) -> Line:
    found = draft.line(number(subject_id))
    if found is None:
        raise BadArgument(subject_id)
    return found


@router.action("report-figure")
def one(chat: Chat, report_id: str, subject_id: str, *_: str) -> Reply:
    """One figure: what was counted, what is stated, and what can be said of it."""
    _scope, draft = wanted(chat, report_id)
    line, record = _line(draft, subject_id), draft.record
    choices: list[tuple[str, str]] = []
    if record.editable:
        completed, expected = line.counted[1], line.counted[0]
        ids = f"{record.id} {line.subject_id}"
        choices = [
            (chat._("Right: {figure}", figure=amount(chat, completed, expected)),
             f"report-right {ids} {completed} {expected}"),
            (chat._("Correct it, with a reason"), f"report-correct {ids}"),
            (chat._("Declare totals, there is no list"), f"report-declare {ids}"),
        ]  # fmt: skip
    return chat.screen(
        "\n".join(_details(chat, line)), *choices, back=chat.back(f"report-figures {record.id}")
    )


def _details(chat: Chat, line: Line) -> list[str]:
    said = f"{report_words.title(chat, line)}: {amount(chat, line.completed, line.expected)}"
    counted = amount(chat, line.counted[1], line.counted[0])
    found = [said]
    match line.stated:
        case Stated.UNSEEN:
            found.append(chat._("Counted from the lists of staff and from attendance."))
        case Stated.RIGHT if line.moved:
            found.append(chat._("It was right; now {figure} is counted.", figure=counted))
        case Stated.RIGHT:
            found.append(chat._("The commune: right."))
        case Stated.CORRECTED:
            found.append(chat._("The commune corrected it; counted: {figure}.", figure=counted))
            why = report_words.short(line.reason, LONGEST)
            found.append(chat._("Reason: {why}", why=why))
        case Stated.DECLARED:
            found.append(chat._("Declared by the commune; counted: {figure}.", figure=counted))
        case _:
            assert_never(line.stated)
    plain = line.stated in (Stated.UNSEEN, Stated.RIGHT)
    if plain and line.now is not None and line.now.unknown:
        found.append(chat._("Data missing, counted as not completed: {count}.",
                            count=line.now.unknown))  # fmt: skip
    if plain and line.now is not None and line.now.on_leave:
        found.append(chat._("On long leave, not counted: {count}.", count=line.now.on_leave))
    if line.declared:
        beside = amount(chat, line.declared.completed, line.declared.expected)
        found.append(chat._("Declared beside it by schools without a list: {figure}.",
                            figure=beside))  # fmt: skip
    return found


@router.action("report-right", instead="report-figure")
def right(chat: Chat, report_id: str, subject_id: str, completed: str, expected: str) -> Reply:
    """It is right as it was shown."""
    return _as_shown(chat, report_id, subject_id, Stated.RIGHT, completed, expected)


def _as_shown(chat: Chat, report_id: str, subject_id: str, stated: Stated, *said: str) -> Reply:
    scope, draft = wanted(chat, report_id)
    completed, expected = (number(each) for each in said)
    if not completed <= expected <= MOST:
        raise BadArgument(said[0])
    line = _line(draft, subject_id)
    return _stated(chat, scope, draft, line, stated, said=(completed, expected))


@router.action("report-all-right", instead="report-figures")
def all_right(chat: Chat, report_id: str, mark: str = "") -> Reply:
    """All that nobody has looked at are right as they were shown."""
    scope, draft = wanted(chat, report_id)
    drafts.all_right(chat.db, scope, draft.record.id, chat.now, mark)
    return chat.go(f"report-of {draft.record.id}" if draft.lines else "report-desk")


@router.action("report-correct")
def correct(chat: Chat, report_id: str, subject_id: str) -> Reply:
    """The right numbers, then why."""
    _, draft = wanted(chat, report_id)
    return _ask(chat, draft, _line(draft, subject_id), Stated.CORRECTED)


@router.action("report-declare")
def declare(chat: Chat, report_id: str, subject_id: str) -> Reply:
    """Totals of a commune, all or part of which has no list."""
    _, draft = wanted(chat, report_id)
    return _ask(chat, draft, _line(draft, subject_id), Stated.DECLARED)


def _ask(chat: Chat, draft: Draft, line: Line, stated: Stated) -> Reply:
    record = draft.record
    if not record.editable:
        return chat.go(f"report-of {record.id}")
    chat.begin(report=record.id, subject=line.subject_id, stated=stated.value)
    what = report_words.called(chat, line)
    counted = amount(chat, line.counted[1], line.counted[0])
    if stated is Stated.DECLARED:
        words = chat._(
            "Please write the totals of the whole commune for {what}, those with and without a"
            " list: completed/expected, for example 30/34. Counted from lists: {figure}.",
            what=what, figure=counted,
        )  # fmt: skip
    else:
        words = chat._("Please write the right numbers for {what}: completed/expected, for example"
                       " 12/14. Counted: {figure}.", what=what, figure=counted)  # fmt: skip
    return chat.ask(
        words,
        NUMBERS,
        *(_together(chat, record.id, line) if stated is Stated.DECLARED else []),
        back=f"report-figure {record.id} {line.subject_id}",
    )


def _together(chat: Chat, report_id: int, line: Line) -> list[tuple[str, str]]:
    """What is counted and what schools have declared, as one total."""
    if not line.declared:
        return []
    expected = line.counted[0] + line.declared.expected
    completed = line.counted[1] + line.declared.completed
    label = chat._("Counted and declared together: {figure}",
                   figure=amount(chat, completed, expected))  # fmt: skip
    return [(label, f"report-declared {report_id} {line.subject_id} {completed} {expected}")]


@router.action("report-declared", instead="report-figure")
def declared(chat: Chat, report_id: str, subject_id: str, completed: str, expected: str) -> Reply:
    """The total that was shown is the commune's."""
    return _as_shown(chat, report_id, subject_id, Stated.DECLARED, completed, expected)


@router.step(NUMBERS)
def take_numbers(chat: Chat) -> Reply:
    """Two numbers, the smaller one first."""
    scope, draft = wanted(chat, str(chat.form.get("report", "")))
    line = _line(draft, str(chat.form.get("subject", "")))
    said = typed(chat.folded)
    if said is None:
        return chat.again(chat._("Please write two numbers, for example 12/14."))
    if said[0] > said[1]:
        return chat.again(
            chat._("More have completed than are expected: {figure}. Please write it again.",
                   figure=f"{said[0]}/{said[1]}")
        )  # fmt: skip
    if chat.form.get("stated") == Stated.DECLARED:
        return _stated(chat, scope, draft, line, Stated.DECLARED, said=said)
    if said == (line.counted[1], line.counted[0]):
        return _stated(chat, scope, draft, line, Stated.RIGHT, said=said)
    chat.form.update(completed=said[0], expected=said[1])
    return chat.ask(
        chat._("{what} {figure} instead of {counted}: why? Please write at most {most}"
               " characters.", what=report_words.called(chat, line), figure=amount(chat, *said),
               counted=amount(chat, line.counted[1], line.counted[0]), most=LONGEST),
        REASON,
        back=f"report-figure {draft.record.id} {line.subject_id}",
    )  # fmt: skip


@router.step(REASON)
def take_reason(chat: Chat) -> Reply:
    """Why the figure is another one."""
    scope, draft = wanted(chat, str(chat.form.get("report", "")))
    line = _line(draft, str(chat.form.get("subject", "")))
    if trouble := relays.unfit(chat, LONGEST):
        return chat.again(trouble)
    said = int(chat.form.get("completed", 0)), int(chat.form.get("expected", 0))
    return _stated(chat, scope, draft, line, Stated.CORRECTED, said=said, reason=chat.text)


def typed(folded: str) -> tuple[int, int] | None:
    """(completed, expected) of "12/14" or "1.234 trên 1.300"; None for anything else."""
    found = _TYPED.fullmatch(folded.strip(" ."))
    if found is None:
        return None
    completed, expected = (int(re.sub(r"\D", "", each)[:9]) for each in found.groups())
    return (completed, expected) if max(completed, expected) <= MOST else None


def _stated(
    chat: Chat,
    scope: Scope,
    draft: Draft,
    line: Line,
    stated: Stated,
    *,
    said: tuple[int, int],
    reason: str = "",
) -> Reply:
    """Keep it, and go on with the next one nobody has looked at."""
    report_id = draft.record.id
    outcome = drafts.state(
        chat.db, scope, report_id, line.subject_id, stated, chat.now,
        completed=said[0], expected=said[1], reason=reason,
    )  # fmt: skip
    match outcome:
        case Outcome.DONE:
            return _next(chat, draft, line)
        case Outcome.MOVED:
            return one(chat, str(report_id), str(line.subject_id))
        case Outcome.CLOSED | Outcome.GONE:
            return chat.go(f"report-of {report_id}")
        case _:
            assert_never(outcome)


def _next(chat: Chat, draft: Draft, line: Line) -> Reply:
    left = [each for each in draft.unseen if each.subject_id != line.subject_id]
    at = draft.lines.index(line)
    after = [each for each in left if draft.lines.index(each) > at]
    if left:
        return one(chat, str(draft.record.id), str((after or left)[0].subject_id))
    return chat.go(f"report-of {draft.record.id}")
