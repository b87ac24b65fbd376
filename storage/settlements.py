"""How sends ended that went well: many in one turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, literal, or_, update

from storage import outbox, stoppages
from storage.models import Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

# Another process may have taken it for a dead one's, and have sent it as well.
TWICE = or_(Notice.state == NoticeState.UNCERTAIN, Notice.reason == outbox.NO_ANSWER)
SENT = (
    update(Notice)
    .where(Notice.id == bindparam("notice_id"))
    .values(
        state=case(
            (TWICE, literal(NoticeState.UNCERTAIN, Notice.state.type)),
            else_=bindparam("new_state", type_=Notice.state.type),
        ),
        reason="", sent_at=bindparam("at"),
        written_at=bindparam("written"), cost=bindparam("price"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """A notice that stands on a screen since `at`, by the platform's clock.

    `again`: it may have stood there before.
    """

    notice_id: int
    channel: str
    kind: str
    again: bool
    at: datetime
    cost: int


def settle(db: Connection, sent: Sequence[Sent], now: datetime) -> None:
    """Write that these were sent.

    Where a channel was held to carry nothing, or nothing of their kind, it does again.
    """
    # In one order everywhere: two processes never wait for each other's rows crosswise.
    db.execute(
        SENT,
        [
            {
                "notice_id": one.notice_id,
                "new_state": NoticeState.UNCERTAIN if one.again else NoticeState.SENT,
                "at": one.at,
                "written": now,
                "price": one.cost,
            }
            for one in sorted(sent, key=lambda one: one.notice_id)
        ],
    )
    for channel, kind in sorted({(one.channel, one.kind) for one in sent}):
        stoppages.go_on(db, channel, now, kind=kind)
