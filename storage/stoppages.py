"""A channel that carries nothing any more: closed for a while, and news to the Sở."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage import channels, outbox, reach, roles
from storage.models import ChannelState, RoleKind

# Approvals and quotas are those of one template; without its login it carries none of them.
BY_KIND = (channels.ZALO_TEMPLATE,)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

KIND = "channel"


def stop(
    db: Connection, name: str, state: ChannelState, reason: str, now: datetime, *, kind: str = ""
) -> None:
    """Note why a channel carries nothing; the Sở hears of it once a day and state.

    Where it was a message of a `kind` that was not taken, and the channel asks for every kind by
    itself, it goes on carrying the others.
    """
    if name not in channels.ways(db, now):
        channels.open_channel(db, name, channels.FREE, now)
    if kind and name in BY_KIND and state is not ChannelState.REFUSED:
        news = channels.stop_kind(db, name, kind, state, reason, now)
    else:
        news = channels.mark(db, name, state, reason, now)
    if not news:
        return
    for officer_id in roles.holders(db, RoleKind.DEPARTMENT, day=now.date()):
        outbox.owe(
            db, KIND, key=f"{KIND}:{name}:{state}:{now.date()}:{officer_id}", subject_id=0,
            person_id=officer_id, due_at=now, data={"channel": name, "state": state.value},
        )  # fmt: skip


def go_on(db: Connection, name: str, now: datetime, *, kind: str = "") -> None:
    """Note that a channel carries messages, and those of a kind, where it was held not to."""
    channels.recover(db, name, kind, now)


def divert(db: Connection, notice_id: int, now: datetime, *, again: bool) -> None:
    """Owe a notice of a stopped channel at once where another way is open, else when it may be.

    `again`: it may have arrived before, so that it stays where it went.
    """
    owed = replace(outbox.one(db, notice_id), again=again)
    elsewhere = reach.choose(db, owed, now).ways
    until = now if elsewhere else now + channels.PROBE
    outbox.postpone(db, notice_id, until, maybe_sent=again)
