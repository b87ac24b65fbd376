"""Who decided what: one row for every decision of an officer or a principal. Ids only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from storage.models import AuditEntry

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

NOTE = insert(AuditEntry)


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
