"""How sends ended that went well: many in one turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from storage import stoppages
from storage.models import Notice, NoticeState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

SENT = (
    update(Notice)
    .where(Notice.id == bindparam("notice_id"))
    .values(
        state=bindparam("new_state"), reason="", sent_at=bindparam("at"),
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
