"""How many people of an announcement stand where."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage import announcements, recipients
from storage.models import BroadcastSeen, Notice, NoticeState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people stand where; `failed` and `skipped` by reason.

    `owed` are those the sender has, in hand or before it. `uncertain`: no answer came, so they
    may have it, even twice. `by_channel` are those sent and uncertain; `seen` pressed "seen".
    """

    planned: int = 0
    owed: int = 0
    sent: int = 0
    uncertain: int = 0
    failed: dict[str, int] = field(default_factory=dict[str, int])
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    by_channel: dict[str, int] = field(default_factory=dict[str, int])
    seen: int = 0

    @property
    def meant(self) -> int:
        """Everybody the announcement was meant for."""
        return self.left + self.sent + self.uncertain + self.not_reached

    @property
    def left(self) -> int:
        """Those who are still to get it."""
        return self.planned + self.owed

    @property
    def not_reached(self) -> int:
        """Those who did not get it, and will not."""
        return sum(self.failed.values()) + sum(self.skipped.values())


def of(broadcast_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions of the notices of one announcement."""
    return Notice.kind == recipients.KIND, Notice.subject_id == broadcast_id


def counts(db: Connection, broadcast_id: int) -> Counts:
    """The counts of an announcement; once its people are forgotten, as they were then."""
    found = announcements.get(db, broadcast_id)
    if found is None:
        return Counts()
    return Counts(**found.summary) if found.summary else counted(db, broadcast_id)


def counted(db: Connection, broadcast_id: int) -> Counts:
    """The counts by the rows of its people."""
    rows = db.execute(
        select(Notice.state, Notice.reason, Notice.channel, func.count().label("people"))
        .where(*of(broadcast_id))
        .group_by(Notice.state, Notice.reason, Notice.channel)
        .order_by(Notice.state, Notice.reason, Notice.channel)
    )
    states = dict.fromkeys(NoticeState, 0)
    reasons: dict[NoticeState, dict[str, int]] = {state: {} for state in NoticeState}
    channels: dict[str, int] = {}
    for row in rows:
        states[row.state] += row.people
        reasons[row.state][row.reason] = reasons[row.state].get(row.reason, 0) + row.people
        if row.state in {NoticeState.SENT, NoticeState.UNCERTAIN}:
            channels[row.channel] = channels.get(row.channel, 0) + row.people
    seen = select(func.count()).where(BroadcastSeen.broadcast_id == broadcast_id)
    return Counts(
        planned=states[NoticeState.PLANNED],
        owed=states[NoticeState.OWED] + states[NoticeState.CLAIMED],
        sent=states[NoticeState.SENT],
        uncertain=states[NoticeState.UNCERTAIN],
        failed=reasons[NoticeState.FAILED],
        skipped=reasons[NoticeState.SKIPPED],
        by_channel=channels,
        seen=db.execute(seen).scalar_one(),
    )


def to_json(found: Counts) -> dict[str, Any]:
    """A form that JSON keeps."""
    return asdict(found)
