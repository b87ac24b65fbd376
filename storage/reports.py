"""What people tell the Sở about messages that look like a swindle."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import audit, outbox, reach, roles
from storage.masking import masked
from storage.models import Notice, RoleKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

KIND = "report"
# Reports of one account in a day; the words of a report are cut to so many characters.
MOST = 5
LONGEST = 500


class Outcome(StrEnum):
    """What came of a report."""

    TOLD = "told"
    NOBODY = "nobody"  # no officer of the Sở can be reached here
    ENOUGH = "enough"  # this account has reported as often as is of use today


def tell(
    db: Connection,
    account_id: int,
    words: str,
    *,
    message_id: str,
    person_id: int | None,
    now: datetime,
) -> Outcome:
    """Owe a report to the officers of the Sở who can be reached; the same message tells once.

    Long numbers are left out of the words.
    """
    officers = roles.holders(db, RoleKind.DEPARTMENT, day=now.date())
    reached = [one for one in officers if reach.reachable(db, one, KIND, now)]
    if not reached:
        return Outcome.NOBODY
    if _today(db, account_id, now) >= MOST:
        return Outcome.ENOUGH
    data = {"words": masked(words)[:LONGEST], "person": person_id}
    for officer_id in reached:
        outbox.owe(
            db, KIND, key=f"{KIND}:{account_id}:{message_id}:{officer_id}", subject_id=account_id,
            person_id=officer_id, due_at=now, data=data,
        )  # fmt: skip
    audit.note(
        db, actor_id=person_id, action="reported", subject="account", subject_id=account_id, now=now
    )
    return Outcome.TOLD


def _today(db: Connection, account_id: int, now: datetime) -> int:
    """Different reports; each is owed to several officers at one moment."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return db.execute(
        select(func.count(Notice.due_at.distinct())).where(
            Notice.kind == KIND, Notice.subject_id == account_id, Notice.due_at >= midnight
        )
    ).scalar_one()
