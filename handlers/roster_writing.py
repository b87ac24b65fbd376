"""Writing a list in one step, those who have left among it, and taking it back in one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from handlers.digests import gathered
from handlers.numbers import number as figure
from handlers.roster_import import wanted
from handlers.roster_waiting import short
from handlers.router import number
from handlers.routes import router
from storage.models import ImportState, Verdict
from storage.rosters import findings, swap
from storage.rosters.swap import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.rosters.findings import Counts
    from storage.rosters.staging import Import
    from storage.rosters.swap import Done
    from storage.scopes import Scope

STEP = "roster leavers"
# The number of more leavers than this has to be typed back.
FEW = 50
NAMES = 120  # characters of the names that are shown
# "GHI 312", "ghi 1.234 nhé", "write 60", folded.
_TYPED = re.compile(r"(?:ghi|write) ?(\d[\d ,]*)(?: ?(?:nguoi|people))?(?: (?:nhe|nha|a|di|luon))?")


@router.action("roster-write", instead="roster-import")
def write(chat: Chat, import_id: str) -> Reply:
    """Write it; whoever is missing from the file stays on the list."""
    scope, found = wanted(chat, import_id)
    return _written(chat, scope, found, leavers=False)


@router.action("roster-leavers")
def ask_leavers(chat: Chat, import_id: str) -> Reply:
    """Who would be noted to have left, and what goes with it; many of them are typed back."""
    scope, found = wanted(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or not counts.missing or found.state is not ImportState.READY:
        return chat.go(f"roster-import {found.id}")
    lines = [_leavers(chat, scope, found, counts)]
    choices = [(chat._("See who they are"), f"roster-rows {found.id} {Verdict.GONE} 0")]
    if counts.missing > FEW:
        chat.begin(roster=found.id)
        chat.expect(STEP)
        lines.append(chat._("To write it, write: WRITE {count}", count=counts.missing))
    else:
        label = chat._("Write it, {count} people have left",
                       count=figure(counts.missing, chat.talk.language))  # fmt: skip
        choices.insert(0, (label, f"roster-write-all {found.id}"))
    back = (chat._("Do not write it"), f"roster-import {found.id}")
    return chat.screen("\n".join(lines), *choices, back=back)


def _leavers(chat: Chat, scope: Scope, found: Import, counts: Counts) -> str:
    first = findings.lines(chat.db, scope, found.id, Verdict.GONE, reason="", limit=5)
    names = gathered(chat._, [one.name for one in first], NAMES)
    if counts.missing > len(first):
        names = f"{names}…"
    return chat._(
        "Not in {name}: {count} people of these schools: {names}. If they have left, their"
        " seats in trainings to come are given to others; results stay.",
        count=figure(counts.missing, chat.talk.language), name=short(found.file_name), names=names,
    )  # fmt: skip


@router.action("roster-write-all", instead="roster-leavers")
def write_all(chat: Chat, import_id: str) -> Reply:
    """Write it with those who have left; many of them are not written by a press."""
    scope, found = wanted(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or counts.missing > FEW:
        return ask_leavers(chat, import_id)
    return _written(chat, scope, found, leavers=True)


@router.step(STEP)
def typed(chat: Chat) -> Reply:
    """Write it with those who have left, where their number was typed back."""
    scope, found = wanted(chat, str(number(str(chat.form.get("roster", 0)))))
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or found.state is not ImportState.READY:
        return chat.go(f"roster-import {found.id}")
    said = _TYPED.fullmatch(chat.folded.strip(" .,"))
    if said is None or int(re.sub(r"\D", "", said[1])[:9]) != counts.missing:
        return chat.again(
            chat._("Nothing has been written. To write it, write: WRITE {count}",
                   count=counts.missing)
        )  # fmt: skip
    return _written(chat, scope, found, leavers=True)


def _written(chat: Chat, scope: Scope, found: Import, *, leavers: bool) -> Reply:
    counts = findings.counts(chat.db, scope, found.id)
    done = swap.write(chat.db, scope, found.id, chat.now, leavers=leavers)
    match done.outcome:
        case Outcome.WRITTEN if counts is not None:
            return _report(chat, found, counts, leavers=leavers)
        case Outcome.OUTSIDE:
            return _compare(chat, found, chat._(
                "Nothing has been written: a school of {name} is closed now, or no longer in the"
                " charge of {you}. Please let it be compared again.", name=short(found.file_name),
            ))  # fmt: skip
        case Outcome.STALE:
            return _compare(chat, found, chat._(
                "Nothing has been written: the list has changed since {name} was compared. Please"
                " let it be compared again.", name=short(found.file_name),
            ))  # fmt: skip
        case Outcome.WRITTEN | Outcome.NOT_OPEN | Outcome.UNDONE | Outcome.TOUCHED:
            return chat.go(f"roster-import {found.id}")
        case _:
            assert_never(done.outcome)


def _compare(chat: Chat, found: Import, words: str) -> Reply:
    return chat.screen(
        words,
        (chat._("Compare it again"), f"roster-again {found.id}"),
        back=chat.back(f"roster-import {found.id}"),
    )


def _report(chat: Chat, found: Import, counts: Counts, *, leavers: bool) -> Reply:
    """What was written, and where the new codes are."""
    code = chat.talk.language
    new = counts.of(Verdict.NEW)
    gone = counts.judged_gone + (counts.missing if leavers else 0)
    lines = [chat._("The file {name} is written.", name=short(found.file_name))]
    for count, words in (
        (new, chat._("New people, each with a personal code: {count}", count=figure(new, code))),
        (counts.of(Verdict.CHANGED),
         chat._("Changed: {count}", count=figure(counts.of(Verdict.CHANGED), code))),
        (counts.of(Verdict.MOVED),
         chat._("Moved to another school: {count}", count=figure(counts.of(Verdict.MOVED), code))),
        (gone, chat._("Left: {count}", count=figure(gone, code))),
        (counts.of(Verdict.DOUBTFUL),
         chat._("Doubtful, not written: {count}",
                count=figure(counts.of(Verdict.DOUBTFUL), code))),
        (counts.of(Verdict.REFUSED),
         chat._("Not taken: {count}", count=figure(counts.of(Verdict.REFUSED), code))),
    ):  # fmt: skip
        if count:
            lines.append(words)
    codes = [(chat._("Personal codes"), "codes")] if new and "codes" in router.actions else []
    return chat.screen(
        "\n".join(lines),
        *codes,
        (chat._("Excel with remarks on every row"), f"roster-annotated {found.id}"),
        (chat._("Undo it"), f"roster-undo {found.id}"),
        back=chat.back("work"),
    )


# Taken back


@router.action("roster-undo")
def ask_undo(chat: Chat, import_id: str, *_: str) -> Reply:
    """What would be taken back: sure?"""
    scope, found = wanted(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or found.state is not ImportState.WRITTEN:
        return chat.go(f"roster-import {found.id}")
    code = chat.talk.language
    changed = sum(map(counts.of, (Verdict.CHANGED, Verdict.MOVED, Verdict.GONE)))
    if counts.of(Verdict.GONE):
        words = chat._(
            "Undo {name}? {new} new people are taken off the list with their codes, {changed} are"
            " as they were before. Seats that were given to others do not come back.",
            name=short(found.file_name), new=figure(counts.of(Verdict.NEW), code),
            changed=figure(changed, code),
        )  # fmt: skip
    else:
        words = chat._(
            "Undo {name}? {new} new people are taken off the list with their codes, {changed} are"
            " as they were before.",
            name=short(found.file_name), new=figure(counts.of(Verdict.NEW), code),
            changed=figure(changed, code),
        )  # fmt: skip
    return chat.screen(
        words,
        (chat._("Undo it"), f"roster-undone {found.id}"),
        back=(chat._("Keep it"), f"roster-import {found.id}"),
    )


@router.action("roster-undone", instead="roster-undo")
def undo(chat: Chat, import_id: str, rest: str = "") -> Reply:
    """Take it back; where people were changed since, ask whether the others are to be."""
    scope, found = wanted(chat, import_id)
    done = swap.undo(chat.db, scope, found.id, chat.now, but_touched=rest == "rest")
    match done.outcome:
        case Outcome.UNDONE:
            return _undone(chat, found, done)
        case Outcome.TOUCHED:
            return _touched(chat, scope, found, done)
        case Outcome.OUTSIDE:
            return chat.screen(
                chat._("Nothing has been undone: a school of {name} is no longer in the charge of"
                       " {you}.", name=short(found.file_name)),
                back=chat.back("work"),
            )  # fmt: skip
        case Outcome.NOT_OPEN if found.state is ImportState.WRITTEN:
            return chat.screen(
                chat._("The file {name} cannot be undone any more: its rows are kept for 90 days.",
                       name=short(found.file_name)),
                back=chat.back("work"),
            )  # fmt: skip
        case Outcome.NOT_OPEN | Outcome.WRITTEN | Outcome.STALE:
            return chat.go(f"roster-import {found.id}")
        case _:
            assert_never(done.outcome)


def _undone(chat: Chat, found: Import, done: Done) -> Reply:
    code = chat.talk.language
    said = {"name": short(found.file_name), "people": figure(done.people, code)}
    if done.touched:
        words = chat._(
            "The file {name} is undone for {people} people; {touched} who were changed since stay"
            " as they are.", touched=figure(len(done.touched), code), **said,
        )  # fmt: skip
    else:
        words = chat._(
            "The file {name} is undone: {people} people are as they were before.", **said
        )
    return chat.screen(words, (chat._("Bring in another list"), "roster"), back=chat.back("work"))


def _touched(chat: Chat, scope: Scope, found: Import, done: Done) -> Reply:
    """Nothing is undone yet: these people were changed since, or use their code."""
    first = findings.names(chat.db, scope, found.id, done.touched)
    names = gathered(chat._, first, NAMES)
    if len(done.touched) > len(first):
        names = f"{names}…"
    count = figure(len(done.touched), chat.talk.language)
    return chat.screen(
        chat._("Not undone yet: {count} people were changed since, or use the assistant already:"
               " {names}", count=count, names=names),
        (chat._("Undo the others, these {count} stay", count=count),
         f"roster-undone {found.id} rest"),
        back=(chat._("Keep it"), f"roster-import {found.id}"),
    )  # fmt: skip
