"""What is no longer kept: who got which message more than 24 months ago. Figures stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select

from storage import announcements, recipients, tallies
from storage.models import Broadcast, BroadcastSeen, BroadcastState, Notice, NoticeState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

MONTHS = 24
# So many rows are deleted in one turn.
PORTION = 1000
OVER = (BroadcastState.DONE, BroadcastState.CANCELLED)
SETTLED = (
    NoticeState.SENT, NoticeState.FAILED, NoticeState.SKIPPED, NoticeState.UNCERTAIN,
)  # fmt: skip


def condense(db: Connection, now: datetime) -> bool:
    """Forget one portion of what is older than 24 months; True where there may be more.

    Of an announcement that ended before, the counts are kept in place of its people, and its words
    without its file; a draft that nobody has touched since is forgotten. Any other message is
    forgotten 24 months after it was due.
    """
    limit = before(now)
    found = _next(db, limit)
    if found is not None:
        _condense(db, found, now)
        return True
    _forget_drafts(db, limit)
    old = (
        select(Notice.id)
        .where(Notice.state.in_(SETTLED), Notice.due_at < limit, Notice.kind != recipients.KIND)
        .limit(PORTION)
    )
    ids = list(db.execute(old).scalars())
    db.execute(delete(Notice).where(Notice.id.in_(ids)))
    return len(ids) == PORTION


def before(now: datetime) -> datetime:
    """The same day 24 months ago, in local time; of 29 February, the 28th."""
    year, month = divmod(now.year * 12 + now.month - 1 - MONTHS, 12)
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return now.replace(year=year, month=month + 1, day=day)


def _forget_drafts(db: Connection, limit: datetime) -> None:
    untouched = (Broadcast.state == BroadcastState.DRAFT) & (Broadcast.changed_at < limit)
    db.execute(delete(Broadcast).where(untouched))


def _next(db: Connection, limit: datetime) -> int | None:
    """An announcement that ended before, and whose people are still known."""
    mine = exists().where(Notice.kind == recipients.KIND, Notice.subject_id == Broadcast.id)
    clicks = exists().where(BroadcastSeen.broadcast_id == Broadcast.id)
    found = (
        select(Broadcast.id)
        .where(Broadcast.state.in_(OVER), Broadcast.finished_at < limit, mine | clicks)
        .order_by(Broadcast.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return db.execute(found).scalar_one_or_none()


def _condense(db: Connection, broadcast_id: int, now: datetime) -> None:
    """Keep its counts, the first time, and forget a portion of its people."""
    found = announcements.get(db, broadcast_id)
    if found is not None and not found.summary:
        kept = tallies.to_json(tallies.counted(db, broadcast_id))
        announcements.write(db, broadcast_id, now, summary=kept, attachment_id=None)
        db.execute(delete(BroadcastSeen).where(BroadcastSeen.broadcast_id == broadcast_id))
    some = select(Notice.id).where(*tallies.of(broadcast_id)).limit(PORTION)
    ids = list(db.execute(some).scalars())
    db.execute(delete(Notice).where(Notice.id.in_(ids)))
