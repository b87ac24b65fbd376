"""Announcements as officers find them: within their scope, or their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_

from storage.announcement_rows import (
    ALL,
    Announcement,
    all_in,
    clear,
    code,
    get,
    locked,
    locked_if_free,
    seen,
    write,
)
from storage.models import Broadcast, Unit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.models import BroadcastState
    from storage.scopes import Scope

__all__ = [
    "Announcement",
    "all_in",
    "clear",
    "code",
    "get",
    "listed",
    "locked",
    "locked_if_free",
    "locked_within",
    "seen",
    "seen_by",
    "write",
]


def locked_within(db: Connection, scope: Scope, broadcast_id: int) -> Announcement | None:
    """Lock it; None where its unit is not within the officer's scope today."""
    found = locked(db, broadcast_id)
    return found if found and scope.covers(found.path) else None


def seen_by(db: Connection, scope: Scope, broadcast_id: int) -> Announcement | None:
    """The announcement, for its own author and for officers whose scope covers its unit."""
    found = get(db, broadcast_id)
    if found is None:
        return None
    mine = found.author_id == scope.person_id or scope.covers(found.path)
    return found if mine else None


def listed(db: Connection, scope: Scope, *states: BroadcastState, limit: int) -> list[Announcement]:
    """The newest announcements in these states that `seen_by` would show."""
    rows = db.execute(
        ALL.where(
            Broadcast.state.in_(states),
            or_(Broadcast.author_id == scope.person_id, scope.where(Unit.path)),
        )
        .order_by(Broadcast.changed_at.desc(), Broadcast.id.desc())
        .limit(limit)
    )
    return [Announcement(*row) for row in rows]
