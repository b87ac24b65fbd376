"""Who decided what: one row for every decision of an officer or a principal. Ids only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from storage.models import AuditEntry

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope

NOTE = insert(AuditEntry)
REFUSED = "refused"
# Somebody who tries one thing after the other fills no table: of one officer so many an hour.
MOST_REFUSED = 10


def note(
    db: Connection,
    *,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int,
    now: datetime,
    unit_id: int | None = None,
    **detail: int | str | bool | None,
) -> None:
    """Keep that somebody did something to a subject, in the transaction of the deed itself.

    `action` and `subject` are words of the program ("invitation claimed", "role"); `detail` holds
    ids and figures, never what people wrote. `actor_id` None: the command line. `unit_id`: the
    unit whose officers may read the entry.
    """
    db.execute(
        NOTE,
        {
            "at": now, "actor_id": actor_id, "action": action, "subject": subject,
            "subject_id": subject_id, "unit_id": unit_id, "detail": detail,
        },
    )  # fmt: skip


def refused(
    db: Connection, scope: Scope, action: str, subject: str, subject_id: int, now: datetime
) -> bool:
    """Keep that an officer asked for what is not theirs, or no longer there; False in a flood.

    `action` is what they asked for, in words of the program; the unit is the officer's own, so that
    those above it read the entry.
    """
    lately = select(func.count()).where(
        AuditEntry.actor_id == scope.actor_id,
        AuditEntry.action == REFUSED,
        AuditEntry.at > now - timedelta(hours=1),
    )
    if db.execute(lately).scalar_one() >= MOST_REFUSED:
        return False
    note(
        db, actor_id=scope.actor_id, action=REFUSED, subject=subject, subject_id=subject_id,
        unit_id=scope.reaches[0].unit_id or None, now=now, asked=action,
    )  # fmt: skip
    return True
