"""A second officer's yes or no to an announcement, see `storage.approvers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import announcements, audit, outbox
from storage.approvers import (
    ALONE_AFTER,
    ANNOUNCED,
    APPROVAL,
    APPROVAL_ABOVE,
    DISAPPROVED,
    HOLD,
    HOLDING,
    LONG_HOLD,
    PAUSED,
    Approver,
    approvers,
    covering,
    covers,
    hold,
    needed,
    required,
)
from storage.models import BroadcastState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.announcements import Announcement
    from storage.scopes import Scope

__all__ = [
    "ALONE_AFTER",
    "ANNOUNCED",
    "APPROVAL",
    "APPROVAL_ABOVE",
    "DISAPPROVED",
    "HOLD",
    "HOLDING",
    "LONG_HOLD",
    "PAUSED",
    "Approver",
    "approve",
    "approvers",
    "covering",
    "covers",
    "needed",
    "refuse",
    "required",
]


def approve(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> bool:
    """Approve it, which begins the long hold; False where it does not wait for this officer.

    Whoever sends it cannot approve it.
    """
    found = _asked(db, scope, broadcast_id, now)
    if found is None:
        return False
    hold(db, found, now, approved_by=scope.person_id)
    _note(db, scope, found, "approved", now)
    return True


def refuse(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> bool:
    """Give it back to its author as a draft, who is told; False where `approve` would be."""
    found = _asked(db, scope, broadcast_id, now)
    if found is None:
        return False
    announcements.clear(db, found.id)
    announcements.write(
        db, found.id, now, state=BroadcastState.DRAFT, confirmed_at=None, alone_from=None, counted=0
    )
    outbox.withdraw(db, (APPROVAL,), found.id, now)
    outbox.owe(
        db, DISAPPROVED, key=f"{DISAPPROVED}:{found.id}:{now.timestamp()}",
        subject_id=found.id, person_id=found.author_id, due_at=now,
        data={"by": scope.person_id},
    )  # fmt: skip
    _note(db, scope, found, "disapproved", now)
    return True


def _asked(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> Announcement | None:
    """It, locked, where it waits for an approval that this officer may give today."""
    found = announcements.locked(db, broadcast_id)
    if found is None or found.state is not BroadcastState.ASKED or not scope.covers(found.path):
        return None
    # The author may have become one with another entry since it was asked about.
    if scope.person_id == found.author_id:
        return None
    return found if covers(db, scope.person_id, found.path, now.date()) else None


def _note(db: Connection, scope: Scope, found: Announcement, action: str, now: datetime) -> None:
    audit.note(
        db, actor_id=scope.person_id, action=action, subject="broadcast", subject_id=found.id,
        unit_id=found.unit_id, now=now,
    )  # fmt: skip
