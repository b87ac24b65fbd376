"""Announcements that did not reach people of a school, for the principal who can tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, or_, select, update

from storage import audit, digests, principals, reach, returns, roles
from storage.barriers import KIND, Barrier
from storage.models import (
    Broadcast,
    BroadcastState,
    Notice,
    NoticeState,
    Person,
    School,
)
from storage.unreached import SINCE, TOLD

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

# What was stopped is nobody's to pass on.
SENT_OUT: Final = (BroadcastState.RUNNING, BroadcastState.PAUSED, BroadcastState.DONE)
# Nobody could write to them. Whoever wants no announcements, or had enough, is left in peace.
MISSED: Final[ColumnElement[bool]] = or_(
    and_(Notice.state == NoticeState.SKIPPED, Notice.reason == Barrier.NO_ACCOUNT),
    and_(
        Notice.state == NoticeState.SKIPPED,
        Notice.reason == reach.Why.CEILING,
        Notice.data[digests.KIND].as_string().is_(None),
    ),
    and_(Notice.state == NoticeState.FAILED, Notice.reason.in_((returns.LOST, returns.REJECTED))),
)


@dataclass(frozen=True, slots=True)
class Unheard:
    """An announcement of the last 30 days, and how many of the reader's people it did not reach."""

    broadcast_id: int
    people: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody an announcement did not reach."""

    full_name: str
    birth_year: int | None


def listed(db: Connection, reader_id: int, now: datetime) -> list[Unheard]:
    """The announcements that did not reach people of the reader's schools, the newest first.

    Empty for whoever is principal of no school today: officers have the report of each.
    """
    schools = principals.schools(db, reader_id, now.date())
    if not schools:
        return []
    rows = db.execute(
        select(Notice.subject_id, func.count())
        .join_from(Notice, Broadcast, Broadcast.id == Notice.subject_id)
        .join(Person, Person.id == Notice.person_id)
        .where(*_theirs(schools, reader_id, now))
        .group_by(Notice.subject_id)
        .order_by(Notice.subject_id.desc())
    )
    return [Unheard(*row) for row in rows]


def people(db: Connection, reader_id: int, broadcast_id: int, now: datetime) -> list[Missed]:
    """Whom of the reader's schools an announcement did not reach, in the order of names."""
    schools = principals.schools(db, reader_id, now.date())
    rows = db.execute(
        select(Person.full_name, Person.birth_year)
        .join_from(Notice, Broadcast, Broadcast.id == Notice.subject_id)
        .join(Person, Person.id == Notice.person_id)
        .where(*_theirs(schools, reader_id, now), Notice.subject_id == broadcast_id)
        .order_by(Person.sort_key, Person.id)
    )
    return [Missed(*row) for row in rows]


def told(db: Connection, reader_id: int, broadcast_id: int, now: datetime) -> int:
    """Note that all of the reader's people it missed have been told in person; how many they were.

    They are on nobody's list any more.
    """
    schools = principals.schools(db, reader_id, now.date())
    mine = (
        select(Notice.id)
        .join_from(Notice, Broadcast, Broadcast.id == Notice.subject_id)
        .join(Person, Person.id == Notice.person_id)
        .where(*_theirs(schools, reader_id, now), Notice.subject_id == broadcast_id)
    )
    settled = db.execute(
        update(Notice).where(Notice.id.in_(mine)).values(state=NoticeState.SKIPPED, reason=TOLD)
    ).rowcount
    if settled:
        unit_id = db.execute(select(School.unit_id).where(School.id == schools[0])).scalar_one()
        audit.note(
            db, actor_id=reader_id, action="told in person", subject="broadcast",
            subject_id=broadcast_id, unit_id=unit_id, now=now, people=settled,
        )  # fmt: skip
    return settled


def _theirs(schools: list[int], reader_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Notice.kind == KIND,
        MISSED,
        Notice.due_at >= now - SINCE,
        Broadcast.state.in_(SENT_OUT),
        Person.school_id.in_(schools),
        Person.id != reader_id,
        roles.present(now.date()),
    )
