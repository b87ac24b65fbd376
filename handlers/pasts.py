"""Past trainings: an officer brings in the office's own lists, and sees what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, handing_in, naming, roster_news, work
from handlers.chat import PAGE
from handlers.handing_in import WITH_FILES
from handlers.numbers import number as figure
from handlers.roster_import import wanted
from handlers.roster_waiting import short
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import scopes
from storage.models import ImportKind, ImportState
from storage.pasts import findings
from storage.pasts.rows import Trouble
from storage.rosters import staging, unknown

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.intakes import IntakeRow
    from storage.pasts.findings import Counts, Given, Refused
    from storage.rosters.staging import Import
    from storage.scopes import Scope

STEP = "past file"
PAGE_NAME = "nop-ket-qua"

router.command(
    "past", "ketquacu", "past",
    words=("nhap ket qua", "nhap ket qua cu", "nhap ket qua tap huan", "lop da qua",
           "nhap lop cu"),
)  # fmt: skip


@router.action("past")
def begin(chat: Chat) -> Reply:
    """Ask for the file: who took part in which past training, and what came of it."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return work.nobody(chat)
    page = chat.talk.channel not in WITH_FILES
    words = (
        chat._("To bring in past trainings, please hand in the Excel or CSV file by the link below."
               " A row for each person and training: full name, school, training, day, result.")
        if page
        else chat._("To bring in past trainings, please send the Excel or CSV file here. A row for"
                    " each person and training: full name, school, training, day, result.")
    )  # fmt: skip
    chat.expect(STEP)
    return chat.screen(
        words,
        *([] if page else [(chat._("Hand it in by a web page"), "past-page")]),
        (chat._("Files brought in before"), "roster-recent"),
        back=chat.back("roster"),
        document=handing_in.link(chat, scope, ImportKind.RESULTS, PAGE_NAME) if page else None,
    )


@router.action("past-page")
def page(chat: Chat) -> Reply:
    """The link of the page on which a list is handed in."""
    chat.expect(STEP)
    return handing_in.page(chat, ImportKind.RESULTS, PAGE_NAME, back="past")


@router.step(STEP, files=True)
def take(chat: Chat) -> Reply:
    """Keep the list to be read."""
    return handing_in.take(chat, ImportKind.RESULTS)


@roster_news.ready(ImportKind.RESULTS)
def came(chat: Chat, scope: Scope, found: IntakeRow) -> Reply | None:
    """The list can be looked at: its figures and the next steps."""
    staged = staging.get(chat.db, scope, found.import_id or 0)
    counts = findings.counts(chat.db, scope, found.import_id or 0)
    if staged is None or counts is None or staged.state is not ImportState.READY:
        return None
    return chat.letter(
        words(chat, staged, counts),
        *steps(chat, scope, staged, counts),
        (chat._("See the trainings and what else can be done"), f"past-import {staged.id}"),
    )


@router.action("past-import")
def summary(chat: Chat, import_id: str, *_: str) -> Reply:
    """What the list says, with everything that can be done about it; else what became of it."""
    scope, found = wanted(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or found.state is not ImportState.READY:
        return _over(chat, found)
    if (intake := unknown.coming(chat.db, scope, found.id)) is not None:
        return chat.go(f"roster-file {intake}")
    return chat.screen(
        words(chat, found, counts),
        *steps(chat, scope, found, counts),
        (chat._("Trainings of the list: {count}",
                count=figure(counts.courses, chat.talk.language)), f"past-courses {found.id}"),
        *_more(chat, found, counts),
        (chat._("Throw this file away"), f"roster-discard {found.id}"),
        back=chat.back("work"),
    )  # fmt: skip


def words(chat: Chat, found: Import, counts: Counts) -> str:
    """How many rows and trainings there are and what they say; the first line is the answer."""
    code = chat.talk.language
    lines = [
        chat._("The file {name}: {count} trainings, nothing written yet.",
               name=short(found.file_name), count=figure(counts.courses, code)),
        chat._("Took part: {there}, passed {passed}, not passed {failed}",
               there=figure(counts.there, code), passed=figure(counts.passed, code),
               failed=figure(counts.failed, code)),
    ]  # fmt: skip
    if counts.known:
        lines.append(chat._("People on the list of staff: {count} rows",
                            count=figure(counts.known, code)))  # fmt: skip
    if counts.new:
        lines.append(chat._("People on no list: {count} rows", count=figure(counts.new, code)))
    if counts.unclear:
        lines.append(chat._("Not clear who it is: {count} rows",
                            count=figure(counts.unclear, code)))  # fmt: skip
    if counts.refused:
        lines.append(chat._("Not taken: {count}", count=figure(counts.refused, code)))
    return "\n".join(lines)


def steps(chat: Chat, scope: Scope, found: Import, counts: Counts) -> list[tuple[str, str]]:
    """What comes next: unknown schools, people to be judged, then writing."""
    code = chat.talk.language
    steps: list[tuple[str, str]] = []
    if unclear := unknown.of(chat.db, scope, found.id):
        label = chat._("Schools that are not known: {count}", count=figure(len(unclear), code))
        steps.append((label, f"roster-schools {found.id}"))
    if counts.unclear:
        steps.append((chat._("Judge who is doubtful"), f"roster-doubts {found.id}"))
    if counts.known:
        label = chat._("Write it for people on the list only")
        steps.append((label, f"past-write {found.id} known"))
    if counts.new:
        label = chat._("Write it, and add the others to their schools")
        steps.append((label, f"past-write {found.id} all"))
    return steps


def _more(chat: Chat, found: Import, counts: Counts) -> list[tuple[str, str]]:
    if not counts.refused:
        return []
    return [(chat._("Rows that are not taken"), f"past-refused {found.id} 0")]


def _over(chat: Chat, found: Import) -> Reply:
    """What became of a list that does not wait any more."""
    if found.state is not ImportState.WRITTEN:
        return chat.screen(
            chat._("The file {name} was not written, or is undone.", name=short(found.file_name)),
            (chat._("Bring in past trainings"), "past"),
            back=chat.back("roster-recent"),
        )
    return chat.screen(
        chat._("The file {name} is written.", name=short(found.file_name)),
        (chat._("Trainings of the list"), f"past-courses {found.id}"),
        (chat._("Undo it"), f"past-undo {found.id}"),
        back=chat.back("roster-recent"),
    )


@router.action("past-courses")
def courses(chat: Chat, import_id: str, page: str = "0") -> Reply:
    """The trainings of a list; a written one opens its figures."""
    scope, found = wanted(chat, import_id)
    given = findings.courses(chat.db, scope, found.id)
    start = number(page) * PAGE
    shown = given[start : start + PAGE]
    if not shown:
        raise BadArgument(page)
    return chat.screen(
        chat._("Trainings of {name}, took part · passed:", name=short(found.file_name)),
        *((_course(chat, one), _leads(found, one)) for one in shown),
        more=f"past-courses {found.id} {number(page) + 1}" if given[start + PAGE :] else "",
        back=chat.back(f"past-import {found.id}"),
    )


def _leads(found: Import, one: Given) -> str:
    written = found.state is ImportState.WRITTEN and one.course_id is not None
    return f"completion {one.course_id}" if written else f"past-course {found.id} {one.at}"


def _course(chat: Chat, one: Given) -> str:
    code = chat.talk.language
    counted = f"{figure(one.there, code)} · {figure(one.passed, code)}"
    day = f"{one.last_day:%d/%m/%Y}"
    title = one.title if len(one.title) <= 28 else f"{one.title[:27].rstrip()}…"
    return naming.choice(f"{title}, {day}: {counted}")


@router.action("past-course")
def course(chat: Chat, import_id: str, at: str) -> Reply:
    """One training of a list in full."""
    scope, found = wanted(chat, import_id)
    one = next((each for each in findings.courses(chat.db, scope, found.id)
                if each.at == number(at)), None)  # fmt: skip
    if one is None:
        raise BadArgument(at)
    code = chat.talk.language
    last = "" if one.first_day == one.last_day else f" – {dates.day(one.last_day, code)}"
    lines = [
        one.title,
        f"{dates.day(one.first_day, code)}{last}",
        chat._("Rows {rows}, took part {there}, passed {passed}", rows=figure(one.rows, code),
               there=figure(one.there, code), passed=figure(one.passed, code)),
    ]  # fmt: skip
    if one.course_id is not None:
        lines.append(chat._("This training is known already: its list is completed."))
    return chat.screen("\n".join(lines), back=chat.back(f"past-courses {found.id}"))


@router.action("past-refused")
def refused(chat: Chat, import_id: str, page: str) -> Reply:
    """The rows that are not taken, each with its reason."""
    scope, found = wanted(chat, import_id)
    start = number(page) * PAGE
    rows = findings.refused(chat.db, scope, found.id, start=start, limit=PAGE + 1)
    if not rows:
        raise BadArgument(page)
    lines = [chat._("Rows that are not taken:"), *(_refused(chat, one) for one in rows[:PAGE])]
    return chat.screen(
        "\n".join(lines),
        more=f"past-refused {found.id} {number(page) + 1}" if rows[PAGE:] else "",
        back=chat.back(f"past-import {found.id}"),
    )


def _refused(chat: Chat, one: Refused) -> str:
    said = {"line": one.line, "name": one.name or "…"}
    match one.trouble:
        case Trouble.NO_COURSE:
            return chat._("Row {line}, {name}: no training named", **said)
        case Trouble.NO_DAY:
            return chat._("Row {line}, {name}: no day named", **said)
        case Trouble.FUTURE:
            return chat._("Row {line}, {name}: the day is still to come", **said)
        case Trouble.RESULT_UNCLEAR:
            return chat._("Row {line}, {name}: the result is not clear", **said)
        case Trouble.CONTRADICTS:
            return chat._("Row {line}, {name}: another row says otherwise", **said)
        case _:
            assert_never(one.trouble)
