"""What the assistant says of a file by itself: it can be looked at, asks something, or is refused.

Lists of staff are worded here; other kinds of files add their words for READY by `ready`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import roster_columns, roster_difference
from handlers.roster import why_refused
from handlers.routes import router
from storage import intake_work, intakes, scopes
from storage.models import ImportKind, ImportState, IntakeState
from storage.rosters import findings, staging

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.intakes import IntakeRow
    from storage.outbox import Owed
    from storage.scopes import Scope

    Ready = Callable[[Chat, Scope, IntakeRow], Reply | None]

# Where an officer brings in another file of a kind.
BEGIN = {ImportKind.ROSTER: "roster", ImportKind.RESULTS: "past"}
READY: dict[ImportKind, Ready] = {}


def ready(kind: ImportKind) -> Callable[[Ready], Ready]:
    """Register the words for a file of a kind that can be looked at; None: no longer true."""

    def register(words: Ready) -> Ready:
        READY[kind] = words
        return words

    return register


def _found(chat: Chat, owed: Owed, state: IntakeState) -> tuple[Scope, IntakeRow] | None:
    """The file, where it still stands so and its officer still holds a role."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    found = intakes.get(chat.db, scope, owed.subject_id) if scope else None
    return (scope, found) if scope and found and found.state is state else None


@router.notice(intake_work.READY)
def can_be_seen(chat: Chat, owed: Owed) -> Reply | None:
    """The difference stands: its figures and the next steps."""
    known = _found(chat, owed, IntakeState.READY)
    if known is None or known[1].kind not in READY:
        return None
    return READY[known[1].kind](chat, *known)


@ready(ImportKind.ROSTER)
def _roster(chat: Chat, scope: Scope, found: IntakeRow) -> Reply | None:
    staged = staging.get(chat.db, scope, found.import_id or 0)
    counts = findings.counts(chat.db, scope, found.import_id or 0)
    if staged is None or counts is None or staged.state is not ImportState.READY:
        return None
    return chat.letter(
        roster_difference.words(chat, staged, counts),
        *roster_difference.steps(chat, scope, staged, counts),
        (chat._("See the rows and what else can be done"), f"roster-import {staged.id}"),
    )


@router.notice(intake_work.ASKS)
def asks(chat: Chat, owed: Owed) -> Reply | None:
    """Columns are not clear: the first question."""
    known = _found(chat, owed, IntakeState.ASKING)
    if known is None or not known[1].questions:
        return None
    found = known[1]
    one = found.questions[0]
    return chat.letter(
        roster_columns.question(chat, found),
        *roster_columns.columns(one, found.id),
        (chat._("None of these columns"), f"roster-column {found.id} {one.sheet} {one.field} none"),
    )


@router.notice(intake_work.REFUSED)
def refused(chat: Chat, owed: Owed) -> Reply | None:
    """It cannot be read: why, and the way to another file."""
    known = _found(chat, owed, IntakeState.REFUSED)
    if known is None:
        return None
    choices = [(chat._("Send another file"), BEGIN[known[1].kind])]
    if known[1].kind is ImportKind.ROSTER:
        choices.append((chat._("A template to fill in"), "roster-template"))
    return chat.letter(why_refused(chat, known[1]), *choices)
