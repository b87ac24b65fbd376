"""Announcements as they stand: read, and locked to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import recipients
from storage.models import Broadcast, BroadcastSeen, Notice, NoticeState, Person, Unit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.models import BroadcastState, Purpose, UnitKind
    from storage.recipients import Rule


@dataclass(frozen=True, slots=True)
class Announcement:
    """A broadcast as it stands, with the office it is sent for and who sends it.

    `path` is that of the unit; `counted` the number that was typed to send it.
    """

    id: int
    author_id: int
    unit_id: int
    state: BroadcastState
    purpose: Purpose
    audience: dict[str, Any]
    text: str
    course_id: int | None
    place: dict[str, Any]
    attachment_id: int | None
    corrects_id: int | None
    counted: int
    due_at: datetime | None
    confirmed_at: datetime | None
    alone_from: datetime | None
    approved_by_id: int | None
    held_until: datetime | None
    dealt_to: int
    pause_reason: str
    answers_id: int | None
    began_at: datetime | None
    finished_at: datetime | None
    summary: dict[str, Any]
    created_at: datetime
    changed_at: datetime
    author: str
    unit: str
    unit_kind: UnitKind
    path: str

    @property
    def code(self) -> str:
        """How people name it: TB-0141."""
        return code(self.id)

    @property
    def rule(self) -> Rule:
        """Who it is for."""
        return recipients.Rule.from_json(self.audience)


FIELDS = (
    Broadcast.id, Broadcast.author_id, Broadcast.unit_id, Broadcast.state, Broadcast.purpose,
    Broadcast.audience, Broadcast.text, Broadcast.course_id, Broadcast.place,
    Broadcast.attachment_id, Broadcast.corrects_id, Broadcast.counted, Broadcast.due_at,
    Broadcast.confirmed_at, Broadcast.alone_from, Broadcast.approved_by_id, Broadcast.held_until,
    Broadcast.dealt_to, Broadcast.pause_reason, Broadcast.answers_id, Broadcast.began_at,
    Broadcast.finished_at, Broadcast.summary, Broadcast.created_at, Broadcast.changed_at,
    Person.full_name, Unit.name, Unit.kind, Unit.path,
)  # fmt: skip
ALL = (
    select(*FIELDS)
    .join(Person, Person.id == Broadcast.author_id)
    .join(Unit, Unit.id == Broadcast.unit_id)
)
ONE = ALL.where(Broadcast.id == bindparam("broadcast_id"))
LOCK = ONE.with_for_update(of=Broadcast)
LOCK_FREE = ONE.with_for_update(of=Broadcast, skip_locked=True)


def code(broadcast_id: int) -> str:
    """How people name an announcement: TB-0141."""
    return f"TB-{broadcast_id:04}"


def get(db: Connection, broadcast_id: int) -> Announcement | None:
    """The announcement with this id, whoever asks; None where there is none."""
    row = db.execute(ONE, {"broadcast_id": broadcast_id}).one_or_none()
    return Announcement(*row) if row else None


def locked(db: Connection, broadcast_id: int) -> Announcement | None:
    """Lock an announcement for the rest of the turn; every change of one begins so."""
    row = db.execute(LOCK, {"broadcast_id": broadcast_id}).one_or_none()
    return Announcement(*row) if row else None


def locked_if_free(db: Connection, broadcast_id: int) -> Announcement | None:
    """Lock it like `locked`; None where somebody else is at it."""
    row = db.execute(LOCK_FREE, {"broadcast_id": broadcast_id}).one_or_none()
    return Announcement(*row) if row else None


def all_in(db: Connection, *states: BroadcastState) -> list[Announcement]:
    """Every announcement in these states, the oldest first; for the administrator."""
    rows = db.execute(ALL.where(Broadcast.state.in_(states)).order_by(Broadcast.id))
    return [Announcement(*row) for row in rows]


def write(db: Connection, broadcast_id: int, now: datetime, **values: object) -> None:
    """Write columns of a locked announcement."""
    db.execute(
        update(Broadcast).where(Broadcast.id == broadcast_id).values(changed_at=now, **values)
    )


def clear(db: Connection, broadcast_id: int) -> None:
    """Forget whom it was planned for; only of one that has not begun."""
    db.execute(
        delete(Notice).where(
            Notice.kind == recipients.KIND,
            Notice.subject_id == broadcast_id,
            Notice.state.in_((NoticeState.PLANNED, NoticeState.SKIPPED)),
        )
    )


def seen(db: Connection, broadcast_id: int, person_id: int, now: datetime) -> bool:
    """Keep that somebody has seen it, the first time; False for whoever did not get it."""
    got = select(func.count()).where(
        Notice.kind == recipients.KIND,
        Notice.subject_id == broadcast_id,
        Notice.person_id == person_id,
        # A send whose answer is still under way may stand on the phone already.
        Notice.tried,
        Notice.state.not_in((NoticeState.PLANNED, NoticeState.SKIPPED)),
    )
    if not db.execute(got).scalar_one():
        return False
    upsert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    db.execute(
        upsert(BroadcastSeen)
        .values(broadcast_id=broadcast_id, person_id=person_id, at=now)
        .on_conflict_do_nothing()
    )
    return True
