"""What a list would change, before anything is written: figures, rows, the file with remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import naming, roster_fields, roster_words
from handlers.audience_buttons import office
from handlers.chat import PAGE
from handlers.message import EXPORT, Document
from handlers.numbers import number as figure
from handlers.roster import stands
from handlers.roster_import import said, wanted
from handlers.roster_judgments import doubt, named
from handlers.roster_waiting import short
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import exports, intakes
from storage.models import ImportKind, ImportState, Verdict
from storage.rosters import findings, staging, unknown

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.rosters.findings import Counts, Line
    from storage.rosters.staging import Import
    from storage.scopes import Scope

FIGURES = (
    Verdict.NEW, Verdict.CHANGED, Verdict.MOVED, Verdict.UNCHANGED, Verdict.GONE, Verdict.DOUBTFUL,
    Verdict.REFUSED,
)  # fmt: skip
# Lists that are turned through, in the order of the screen.
SHOWN = (
    Verdict.NEW, Verdict.CHANGED, Verdict.MOVED, Verdict.GONE, Verdict.DOUBTFUL, Verdict.REFUSED,
    Verdict.SKIPPED,
)  # fmt: skip


@router.action("roster-import")
def summary(chat: Chat, import_id: str, *_: str) -> Reply:
    """What would change, with everything that can be done about it; else what became of it."""
    scope, found = wanted(chat, import_id)
    if found.kind is ImportKind.RESULTS:
        return chat.go(f"past-import {found.id}")
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or found.state is not ImportState.READY:
        return over(chat, found)
    if (intake := unknown.coming(chat.db, scope, found.id)) is not None:
        return comparing(chat, intake)
    return chat.screen(
        words(chat, found, counts),
        *steps(chat, scope, found, counts),
        (chat._("See the rows"), f"roster-lists {found.id}"),
        (chat._("Excel with remarks on every row"), f"roster-annotated {found.id}"),
        (chat._("Throw this file away"), f"roster-discard {found.id}"),
        back=chat.back("work"),
    )


def words(chat: Chat, found: Import, counts: Counts) -> str:
    """How many rows there are and what they mean; the first line is the answer."""
    code = chat.talk.language
    lines = [
        chat._("The file {name}: {count} rows read, nothing written yet.",
               name=short(found.file_name),
               count=figure(int(found.figures.get("lines", 0)), code))
    ]  # fmt: skip
    lines += [counted(chat, each, count) for each in FIGURES if (count := counts.of(each))]
    return "\n".join(lines)


def counted(chat: Chat, verdict: Verdict, count: int) -> str:
    """One line of figures, also a choice."""
    number_ = figure(count, chat.talk.language)
    match verdict:
        case Verdict.NEW:
            return chat._("New people: {count}", count=number_)
        case Verdict.CHANGED:
            return chat._("Changed: {count}", count=number_)
        case Verdict.UNCHANGED:
            return chat._("Unchanged: {count}", count=number_)
        case Verdict.MOVED:
            return chat._("Moved to another school: {count}", count=number_)
        case Verdict.GONE:
            return chat._("On the list, not in the file: {count}", count=number_)
        case Verdict.DOUBTFUL:
            return chat._("To be looked at: {count}", count=number_)
        case Verdict.REFUSED:
            return chat._("Not taken: {count}", count=number_)
        case Verdict.SKIPPED:
            return chat._("Left alone: {count}", count=number_)
        case _:
            assert_never(verdict)


def steps(chat: Chat, scope: Scope, found: Import, counts: Counts) -> list[tuple[str, str]]:
    """What comes next, the most pressing first: unknown schools, doubts, then writing."""
    code = chat.talk.language
    steps: list[tuple[str, str]] = []
    unclear = unknown.of(chat.db, scope, found.id)
    # While nothing can be written there is only this to do.
    schools = (chat._("Schools that are not known: {count}", count=figure(len(unclear), code)),
               f"roster-schools {found.id}")  # fmt: skip
    writes = sum(map(counts.of, (Verdict.NEW, Verdict.CHANGED, Verdict.MOVED)))
    writes += counts.judged_gone
    if unknown.answered(chat.db, scope, found.id):
        steps.append((chat._("Compare the file again"), f"roster-again {found.id}"))
    if unclear:
        steps.append(schools)
    if doubtful := counts.of(Verdict.DOUBTFUL):
        label = chat._("Judge what is doubtful: {count}", count=figure(doubtful, code))
        steps.append((label, f"roster-doubts {found.id}"))
    if writes:
        steps.append((_write(chat, counts), f"roster-write {found.id}"))
    if counts.missing:
        label = chat._("Write, and {count} who are not in it have left",
                       count=figure(counts.missing, code))  # fmt: skip
        steps.append((label, f"roster-leavers {found.id}"))
    return steps


def _write(chat: Chat, counts: Counts) -> str:
    """What writing means, on a choice."""
    code = chat.talk.language
    new = figure(counts.of(Verdict.NEW), code)
    others = counts.of(Verdict.CHANGED) + counts.of(Verdict.MOVED) + counts.judged_gone
    if not others:
        return chat._("Write {new} new people", new=new)
    if not counts.of(Verdict.NEW):
        return chat._("Write {others} changes", others=figure(others, code))
    return chat._("Write {new} new people, {others} changes", new=new, others=figure(others, code))


def over(chat: Chat, found: Import) -> Reply:
    """What became of an import that does not wait any more; of one compared anew the new one."""
    if (newer := findings.successor(chat.db, office(chat), found.id)) is not None:
        return summary(chat, str(newer))
    choices = [(chat._("Bring in another list"), "roster")]
    counts = findings.counts(chat.db, office(chat), found.id)
    # What is older than 90 days is forgotten, row by row.
    if found.state is ImportState.WRITTEN and counts is not None and counts.verdicts:
        choices = [
            (chat._("See the rows"), f"roster-lists {found.id}"),
            (chat._("Excel with remarks on every row"), f"roster-annotated {found.id}"),
            (chat._("Undo it"), f"roster-undo {found.id}"),
            *choices,
        ]
    return chat.screen(
        chat._(
            "The file {name}: {state}.",
            name=short(found.file_name),
            state=stands(chat, found.state),
        ),
        *choices,
        back=chat.back("roster-recent"),
    )


def comparing(chat: Chat, intake_id: int) -> Reply:
    """It is being compared anew; what is known of it now is about to change."""
    return chat.screen(
        chat._("The file is being compared with the list again. The assistant writes here by"
               " itself when that is done."),
        (chat._("See how far it is"), f"roster-file {intake_id}"),
        back=chat.back("work"),
    )  # fmt: skip


@router.action("roster-again", instead="roster-import")
def again(chat: Chat, import_id: str) -> Reply:
    """Compare the file with the list as it is now, or is by what was said of its schools."""
    scope, found = wanted(chat, import_id)
    intake = unknown.coming(chat.db, scope, found.id)
    if intake is None:
        intake = intakes.again(chat.db, scope, found.id, chat.now)
    if intake is None:
        return summary(chat, import_id)
    return comparing(chat, intake)


# The rows


@router.action("roster-lists")
def lists(chat: Chat, import_id: str) -> Reply:
    """The lists of one verdict each."""
    scope, found = wanted(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    there = [verdict for verdict in SHOWN if counts and counts.of(verdict)]
    if counts is None or not there:
        return chat.screen(
            chat._("No row of {name} is kept any more, or none changes anything.",
                   name=short(found.file_name)),
            back=chat.back(f"roster-import {found.id}"),
        )  # fmt: skip
    return chat.screen(
        chat._("Rows of {name}:", name=short(found.file_name)),
        *((counted(chat, verdict, counts.of(verdict)), f"roster-rows {found.id} {verdict} 0")
          for verdict in there),
        back=chat.back(f"roster-import {found.id}"),
    )  # fmt: skip


@router.action("roster-rows")
def rows(chat: Chat, import_id: str, verdict: str, page: str = "0") -> Reply:
    """One person a line, with what changes; each line opens the row."""
    scope, found = wanted(chat, import_id)
    if verdict not in list(Verdict):
        raise BadArgument(verdict)
    start = number(page) * PAGE
    shown = findings.lines(chat.db, scope, found.id, Verdict(verdict), start=start, limit=PAGE + 1)
    if not shown:
        return lists(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    heading = counted(chat, Verdict(verdict), counts.of(Verdict(verdict)) if counts else 0)
    return chat.screen(
        heading,
        *((_short(chat, one), f"roster-row {found.id} {one.at}") for one in shown[:PAGE]),
        more=f"roster-rows {found.id} {verdict} {number(page) + 1}" if shown[PAGE:] else "",
        back=chat.back(f"roster-lists {found.id}"),
    )


def _short(chat: Chat, one: Line) -> str:
    """A person and what changes, on a choice."""
    parts = [one.name or chat._("row {line}", line=one.line)]
    match one.verdict:
        case Verdict.CHANGED:
            parts.append(roster_fields.listed(chat, one.changed))
        case Verdict.MOVED:
            parts.append(f"→ {one.school}")
        case Verdict.REFUSED:
            parts.append(roster_words.reason(chat, one.reason))
        case Verdict.DOUBTFUL | Verdict.SKIPPED if one.doubted:
            parts.append(named(chat, doubt(one.reason)))
        case Verdict.NEW | Verdict.GONE | Verdict.UNCHANGED | Verdict.DOUBTFUL | Verdict.SKIPPED:
            parts.append(one.school)
        case _:
            assert_never(one.verdict)
    return naming.choice(" · ".join(filter(None, parts)))


@router.action("roster-row")
def row(chat: Chat, import_id: str, at: str) -> Reply:
    """One row in full: where it stands, what it says, what would be written."""
    scope, found = wanted(chat, import_id)
    one = findings.line(chat.db, scope, found.id, number(at))
    if one is None:
        raise BadArgument(at)
    if one.doubted and found.state is ImportState.READY:
        return chat.go(f"roster-judge {found.id} {one.at}")
    return chat.screen(
        "\n".join(said(chat, one)), back=chat.back(f"roster-rows {found.id} {one.verdict} 0")
    )


@router.action("roster-annotated")
def annotated(chat: Chat, import_id: str) -> Reply:
    """The rows of the file with what becomes of each, as Excel."""
    _, found = wanted(chat, import_id)
    request = exports.ask(chat.db, chat.me.id, "roster annotated", chat.now, **{"import": found.id})
    return chat.screen(
        chat._("The rows of {name}, each with what becomes of it and why.",
               name=short(found.file_name)),
        back=chat.back(f"roster-import {found.id}"),
        document=Document(EXPORT, request, "danh-sach-co-ghi-chu.xlsx"),
    )  # fmt: skip


# Thrown away


@router.action("roster-discard")
def ask_discard(chat: Chat, import_id: str) -> Reply:
    """Throw it away: sure?"""
    _, found = wanted(chat, import_id)
    if found.state is not ImportState.READY:
        return over(chat, found)
    return chat.screen(
        chat._("Throw {name} away? The list stays as it is.", name=short(found.file_name)),
        (chat._("Throw it away"), f"roster-discarded {found.id}"),
        back=(chat._("Keep it"), f"roster-import {found.id}"),
    )


@router.action("roster-discarded", instead="roster-discard")
def discard(chat: Chat, import_id: str) -> Reply:
    """Throw it away with its rows."""
    scope, found = wanted(chat, import_id)
    if not staging.discard(chat.db, scope, found.id, chat.now):
        return over(chat, found)
    return chat.screen(
        chat._(
            "The file {name} has been thrown away, nothing was changed.",
            name=short(found.file_name),
        ),
        (chat._("Send another file"), "roster"),
        back=chat.back("work"),
    )
