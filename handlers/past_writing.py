"""A list of past trainings is written in one step, and taken back in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers.numbers import number as figure
from handlers.roster_import import wanted
from handlers.roster_waiting import short
from handlers.router import BadArgument
from handlers.routes import router
from storage.models import ImportState
from storage.pasts import undoing, writing
from storage.rosters.swap import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.pasts.standing import Done
    from storage.rosters.staging import Import

ALL, KNOWN = "all", "known"


@router.action("past-write", instead="past-import")
def write(chat: Chat, import_id: str, whom: str) -> Reply:
    """Write it: for people on the list, or for the others as well, who are added to it."""
    if whom not in (ALL, KNOWN):
        raise BadArgument(whom)
    scope, found = wanted(chat, import_id)
    done = writing.write(chat.db, scope, found.id, chat.now, add=whom == ALL)
    match done.outcome:
        case Outcome.WRITTEN:
            return _report(chat, found, done)
        case Outcome.OUTSIDE | Outcome.STALE:
            return chat.screen(
                chat._(
                    "Nothing has been written: the list has changed since {name} was compared."
                    " Please let it be compared again.", name=short(found.file_name),
                ),
                (chat._("Compare it again"), f"roster-again {found.id}"),
                back=chat.back(f"past-import {found.id}"),
            )  # fmt: skip
        case Outcome.NOT_OPEN | Outcome.UNDONE | Outcome.TOUCHED:
            return chat.go(f"past-import {found.id}")
        case _:
            assert_never(done.outcome)


def _report(chat: Chat, found: Import, done: Done) -> Reply:
    code = chat.talk.language
    lines = [
        chat._("The file {name} is written: {rows} rows, {courses} trainings that were not here"
               " before.",
               name=short(found.file_name), rows=figure(done.rows, code),
               courses=figure(done.courses, code))
    ]  # fmt: skip
    if done.people:
        lines.append(
            chat._("New people, each with a personal code: {count}",
                   count=figure(done.people, code))
        )  # fmt: skip
    return chat.screen(
        "\n".join(lines),
        (chat._("Trainings of the list"), f"past-courses {found.id}"),
        (chat._("Undo it"), f"past-undo {found.id}"),
        back=chat.back("work"),
    )


@router.action("past-undo")
def ask_undo(chat: Chat, import_id: str, *_: str) -> Reply:
    """What would be taken back: sure?"""
    _scope, found = wanted(chat, import_id)
    if found.state is not ImportState.WRITTEN:
        return chat.go(f"past-import {found.id}")
    return chat.screen(
        chat._("Undo {name}? Its marks and results go, and the trainings and people it added, but"
               " for those somebody has used since.", name=short(found.file_name)),
        (chat._("Undo it"), f"past-undone {found.id}"),
        back=(chat._("Keep it"), f"past-import {found.id}"),
    )  # fmt: skip


@router.action("past-undone", instead="past-undo")
def undo(chat: Chat, import_id: str) -> Reply:
    """Take it back."""
    scope, found = wanted(chat, import_id)
    done = undoing.undo(chat.db, scope, found.id, chat.now)
    if done.outcome is not Outcome.UNDONE:
        return chat.go(f"past-import {found.id}")
    return chat.screen(
        chat._("The file {name} is undone: {rows} rows, {courses} trainings.",
               name=short(found.file_name), rows=figure(done.rows, chat.talk.language),
               courses=figure(done.courses, chat.talk.language)),
        (chat._("Bring in past trainings"), "past"),
        back=chat.back("work"),
    )  # fmt: skip
