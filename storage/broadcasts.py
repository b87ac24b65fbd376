"""Announcements of officers: drafted, counted and confirmed, paused, stopped.

Whoever confirms an announcement sends it: from then on they are its author and answer for it.
Every change first locks its row, so that of two officers who press at once one finds it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sqlalchemy import delete, insert, select

from storage import announcements, approvers, audit, dealing, outbox, recipients
from storage.announcements import Announcement, code, get, seen, seen_by
from storage.dealing import ON_ITS_WAY, stop_by_office
from storage.models import (
    Attachment,
    AttachmentState,
    Broadcast,
    BroadcastState,
    Purpose,
    Unit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.approvals import Approver
    from storage.recipients import Rule
    from storage.scopes import Reach, Scope

__all__ = [
    "ON_ITS_WAY",
    "Announcement",
    "Changes",
    "Confirmed",
    "Outcome",
    "change",
    "code",
    "confirm",
    "discard",
    "draft",
    "drafts",
    "get",
    "pause",
    "recent",
    "resume",
    "seen",
    "seen_by",
    "sphere",
    "stop",
    "stop_by_office",
]

# Officers are shown so many drafts.
DRAFTS = 20


class Outcome(StrEnum):
    """What became of the typed number."""

    HELD = "held"  # it goes out at `until`
    ASKED = "asked"  # one of `approvers` has to approve it
    ALONE = "alone"  # nobody can approve it: it is held from `until` on without
    OTHER_NUMBER = "other number"  # it would reach `count` people, not the typed number
    NOBODY = "nobody"
    NOT_READY = "not ready"  # it says nothing yet, or its attachment is not here
    GONE = "gone"  # no draft any more, or not this officer's


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of the typed number; `count` people are reached."""

    outcome: Outcome
    count: int = 0
    until: datetime | None = None
    approvers: tuple[Approver, ...] = ()


class Changes(TypedDict, total=False):
    """What can be changed of a draft; `due_at` None: at once."""

    rule: Rule
    text: str
    purpose: Purpose
    course_id: int | None
    place: dict[str, Any]
    attachment_id: int | None
    due_at: datetime | None


def draft(
    db: Connection,
    scope: Scope,
    rule: Rule,
    now: datetime,
    *,
    text: str = "",
    purpose: Purpose = Purpose.KNOW,
    course_id: int | None = None,
    corrects_id: int | None = None,
) -> int:
    """Begin an announcement; returns its id.

    It is sent for the officer's narrowest unit that holds all units of the rule; a rule without
    units is given that one. A correction goes to the people whom the announcement reached that
    it corrects.

    Raises:
        PermissionError: the one to correct is not in the officer's scope, or was never sent.
    """
    if corrects_id is not None:
        corrected = seen_by(db, scope, corrects_id)
        if corrected is None or corrected.began_at is None:
            raise PermissionError(corrects_id)
    office = _office(db, scope, rule)
    broadcast_id = db.execute(
        insert(Broadcast)
        .values(
            author_id=scope.person_id, unit_id=office.unit_id, state=BroadcastState.DRAFT,
            purpose=purpose, audience=_kept(rule, office.unit_id, corrects_id).to_json(),
            text=text, course_id=course_id, place={}, corrects_id=corrects_id, summary={},
            created_at=now, changed_at=now,
        )
        .returning(Broadcast.id)
    ).scalar_one()  # fmt: skip
    _note(db, scope, broadcast_id, office.unit_id, "drafted", now)
    return broadcast_id


def _office(db: Connection, scope: Scope, rule: Rule) -> Reach:
    """The narrowest of the officer's units with everything of the rule below it, or the widest."""
    paths = db.execute(select(Unit.path).where(Unit.id.in_(rule.units))).scalars().all()
    wide_first = sorted(scope.reaches, key=lambda reach: reach.path.count("/"))
    holding = [
        reach
        for reach in wide_first
        if paths and all(path.startswith(reach.path) for path in paths)
    ]
    return holding[-1] if holding else wide_first[0]


def _kept(rule: Rule, unit_id: int, corrects_id: int | None) -> Rule:
    # Another officer who opens the draft covers more: the rule says itself whom it means.
    named = rule if rule.units else replace(rule, units=(unit_id,))
    return named if corrects_id is None else replace(named, reached_by=corrects_id)


def change(
    db: Connection, scope: Scope, broadcast_id: int, now: datetime, **fields: Unpack[Changes]
) -> bool:
    """Change a draft; False where it is none any more, or not within the officer's scope."""
    found = _draft(db, scope, broadcast_id)
    if found is None:
        return False
    values: dict[str, Any] = dict(fields)
    if (rule := fields.get("rule")) is not None:
        del values["rule"]
        values["audience"] = _kept(rule, found.unit_id, found.corrects_id).to_json()
    announcements.write(db, broadcast_id, now, **values)
    if found.author_id != scope.person_id:
        _note(db, scope, broadcast_id, found.unit_id, "changed", now)
    return True


def discard(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> bool:
    """Throw a draft away; False where it is none any more, or not within the officer's scope."""
    found = _draft(db, scope, broadcast_id)
    if found is None:
        return False
    outbox.withdraw(db, (approvers.DISAPPROVED,), found.id, now)
    db.execute(delete(Broadcast).where(Broadcast.id == broadcast_id))
    _note(db, scope, found.id, found.unit_id, "discarded", now)
    return True


def _draft(db: Connection, scope: Scope, broadcast_id: int) -> Announcement | None:
    found = announcements.locked_within(db, scope, broadcast_id)
    return found if found and found.state is BroadcastState.DRAFT else None


def drafts(db: Connection, scope: Scope) -> list[Announcement]:
    """The newest drafts within the officer's scope or of their own."""
    return announcements.listed(db, scope, BroadcastState.DRAFT, limit=DRAFTS)


def recent(db: Connection, scope: Scope, limit: int) -> list[Announcement]:
    """The announcements within the scope that were confirmed, the last changed first."""
    done = (BroadcastState.DONE, BroadcastState.CANCELLED)
    return announcements.listed(db, scope, *ON_ITS_WAY, *done, limit=limit)


def sphere(scope: Scope, found: Announcement) -> Scope:
    """The officer's scope, narrowed to the unit an announcement is sent for: whom it may reach."""
    over = next(reach for reach in scope.reaches if found.path.startswith(reach.path))
    narrow = replace(over, unit_id=found.unit_id, unit=found.unit, path=found.path)
    return replace(scope, reaches=(narrow,))


def confirm(
    db: Connection, scope: Scope, broadcast_id: int, typed: int, now: datetime
) -> Confirmed:
    """Send a draft, where the typed number is that of the people it reaches at this moment.

    Its people are fixed in the same turn. Nothing is sent before it was held, and, above the
    threshold, approved.
    """
    found = _draft(db, scope, broadcast_id)
    if found is None:
        return Confirmed(Outcome.GONE)
    if not _ready(db, found):
        return Confirmed(Outcome.NOT_READY)
    found = replace(found, author_id=scope.person_id, counted=typed, confirmed_at=now)
    count = _planned(db, scope, found, now)
    if not count or count != typed:
        announcements.clear(db, found.id)
        return Confirmed(Outcome.OTHER_NUMBER if count else Outcome.NOBODY, count)
    announcements.write(
        db, found.id, now, author_id=scope.person_id, counted=typed, confirmed_at=now,
        state=BroadcastState.ASKED, dealt_to=dealing.before_first(db, found.id),
    )  # fmt: skip
    _note(db, scope, found.id, found.unit_id, "confirmed", now, people=typed)
    return _let_go(db, found, now)


def _ready(db: Connection, found: Announcement) -> bool:
    if found.attachment_id is None:
        return bool(found.text.strip())
    state = select(Attachment.state).where(Attachment.id == found.attachment_id)
    return db.execute(state).scalar_one() is AttachmentState.READY


def _planned(db: Connection, scope: Scope, found: Announcement, now: datetime) -> int:
    """How many it reaches; where that is the number that was typed, they are planned."""
    rule, exempt = found.rule, found.corrects_id is not None
    reached = sphere(scope, found)
    count = recipients.tally(db, rule, reached, now, exempt=exempt).reachable
    if count == 0 or count != found.counted:
        return count
    # On PostgreSQL somebody may have come or gone between the two statements.
    return recipients.plan(db, found.id, rule, reached, now, exempt=exempt)


def _let_go(db: Connection, found: Announcement, now: datetime) -> Confirmed:
    """Hold it, or have it approved first."""
    if not approvers.required_of(db, found, now):
        until = approvers.hold(db, found, now)
        return Confirmed(Outcome.HELD, found.counted, until)
    asked = approvers.approvers(db, found.path, found.author_id, now)
    if not asked:
        until = approvers.alone(db, found, now)
        return Confirmed(Outcome.ALONE, found.counted, until)
    approvers.ask(db, found, asked, now)
    return Confirmed(Outcome.ASKED, found.counted, approvers=tuple(asked))


def pause(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> bool:
    """Pause what is being sent; False where it is not, or not within the officer's scope.

    What the sender has in hand at this moment is finished.
    """
    found = announcements.locked_within(db, scope, broadcast_id)
    if found is None or found.state is not BroadcastState.RUNNING:
        return False
    announcements.write(db, found.id, now, state=BroadcastState.PAUSED)
    dealing.recall(db, found, now)
    _note(db, scope, found.id, found.unit_id, "paused", now)
    return True


def resume(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> bool:
    """Go on with what was paused; False where it is not, or not within the officer's scope.

    Where nobody answers for it any more, this officer does from now on.
    """
    found = announcements.locked_within(db, scope, broadcast_id)
    if found is None or found.state is not BroadcastState.PAUSED:
        return False
    begun = found.began_at is not None
    announcements.write(
        db, found.id, now, state=BroadcastState.RUNNING if begun else BroadcastState.HELD,
        **dealing.answering(db, found, scope.person_id, now),
    )  # fmt: skip
    outbox.withdraw(db, (approvers.PAUSED,), found.id, now)
    _note(db, scope, found.id, found.unit_id, "resumed", now)
    return True


def stop(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> bool:
    """Stop it for good, before or while it is sent; False where there is nothing to stop.

    Whoever was not written to by then is not.
    """
    found = announcements.locked_within(db, scope, broadcast_id)
    return found is not None and dealing.end(db, found, scope.person_id, now)


def _note(
    db: Connection,
    scope: Scope,
    broadcast_id: int,
    unit_id: int,
    action: str,
    now: datetime,
    **detail: int,
) -> None:
    audit.note(
        db, actor_id=scope.person_id, action=action, subject="broadcast",
        subject_id=broadcast_id, unit_id=unit_id, now=now, **detail,
    )  # fmt: skip
