"""What became of an announcement, person by person: listed, tried again; see `tallies`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from storage import announcements, audit, dealing, outbox, roles
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    BroadcastSeen,
    BroadcastState,
    Notice,
    NoticeState,
    Person,
    School,
)
from storage.reach import Why
from storage.recipients import KIND, Barrier
from storage.tallies import Counts, counts, of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.scopes import Scope

__all__ = ["PAGE", "Counts", "Recipient", "Which", "counts", "people", "retry"]

# People on one page of a list.
PAGE = 10
# Skipped people to whom nothing was sent, and who may be reached another time.
ANOTHER_TIME = (Barrier.NO_ACCOUNT.value, Why.CEILING.value)
RETRIED = (BroadcastState.DONE, BroadcastState.RUNNING, BroadcastState.PAUSED)


class Which(StrEnum):
    """The people of one list."""

    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    SKIPPED = "skipped"
    NO_ACCOUNT = "no-account"  # one part of those who were skipped
    NOT_REACHED = "not-reached"  # failed and skipped
    UNSEEN = "unseen"  # they got it, and have not pressed "seen"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of a list; `reason` is why they did not get it, "" where they did."""

    person_id: int
    full_name: str
    birth_year: int | None
    school: str
    reason: str


GOT = Notice.state.in_((NoticeState.SENT, NoticeState.UNCERTAIN))
NOT_REACHED = Notice.state.in_((NoticeState.FAILED, NoticeState.SKIPPED))
HAS_SEEN = exists().where(
    BroadcastSeen.broadcast_id == Notice.subject_id, BroadcastSeen.person_id == Notice.person_id
)
LISTS: dict[Which, ColumnElement[bool]] = {
    Which.SENT: Notice.state == NoticeState.SENT,
    Which.UNCERTAIN: Notice.state == NoticeState.UNCERTAIN,
    Which.FAILED: Notice.state == NoticeState.FAILED,
    Which.SKIPPED: Notice.state == NoticeState.SKIPPED,
    Which.NO_ACCOUNT: and_(
        Notice.state == NoticeState.SKIPPED, Notice.reason == Barrier.NO_ACCOUNT.value
    ),
    Which.NOT_REACHED: NOT_REACHED,
    Which.UNSEEN: and_(GOT, ~HAS_SEEN),
}


def people(
    db: Connection, scope: Scope, broadcast_id: int, which: Which, page: int = 0
) -> list[Recipient]:
    """One page of a list, by name; empty beyond the last, and outside the officer's scope.

    There is one more than `PAGE` where another page follows. Names are for officers who cover
    the announcement's unit, not for an author who does no longer.
    """
    found = announcements.get(db, broadcast_id)
    if found is None or not scope.covers(found.path):
        return []
    rows = db.execute(
        select(Person.id, Person.full_name, Person.birth_year, School.name, Notice.reason)
        .join_from(Notice, Person, Person.id == Notice.person_id)
        .outerjoin(School, School.id == Person.school_id)
        .where(*of(broadcast_id), LISTS[which])
        .order_by(Person.sort_key, Person.id)
        .offset(max(0, page) * PAGE)
        .limit(PAGE + 1)
    )
    return [
        Recipient(row.id, row.full_name, row.birth_year, row.name or "", row.reason) for row in rows
    ]


def retry(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> int:
    """Plan anew those who did not get it and may get it now; returns how many.

    They are those with whom it failed, and those who had no account and have one now. Nobody who
    does not want announcements, and nobody who may have it already. 0 before anything was sent,
    once it was stopped, and outside the officer's scope.
    """
    found = announcements.locked(db, broadcast_id)
    if found is None or not scope.covers(found.path):
        return 0
    if found.state not in RETRIED or found.summary:
        return 0
    again = _another_time(broadcast_id, now)
    ids = list(db.execute(select(Notice.id).where(again).order_by(Notice.id)).scalars())
    if not ids:
        return 0
    db.execute(
        update(Notice)
        .where(again)
        .values(
            state=NoticeState.PLANNED, reason="", due_at=now, doubts=0, leased_until=None, route="",
            **outbox.UNSENT,
        )
    )  # fmt: skip
    going = found.state is not BroadcastState.DONE
    announcements.write(
        db, found.id, now, dealt_to=min(found.dealt_to, ids[0] - 1),
        state=found.state if going else BroadcastState.RUNNING, finished_at=None,
        **dealing.answering(db, found, scope.person_id, now),
    )  # fmt: skip
    audit.note(
        db, actor_id=scope.person_id, action="retried", subject="broadcast",
        subject_id=found.id, unit_id=found.unit_id, now=now, people=len(ids),
    )  # fmt: skip
    return len(ids)


def _another_time(broadcast_id: int, now: datetime) -> ColumnElement[bool]:
    """True of a notice that surely never arrived, of somebody who may be written to now."""
    willing = (
        select(Person.id)
        .join(AccountPerson, AccountPerson.person_id == Person.id)
        .join(Account, Account.id == AccountPerson.account_id)
        .where(Account.reachable, Person.announcements == Announce.YES, roles.present(now.date()))
    )
    refused = select(Person.id).where(Person.announcements == Announce.NO)
    return and_(
        *of(broadcast_id),
        Notice.doubts == 0,
        Notice.sent_at.is_(None),
        or_(
            (Notice.state == NoticeState.FAILED) & Notice.person_id.not_in(refused),
            (Notice.state == NoticeState.SKIPPED)
            & Notice.reason.in_(ANOTHER_TIME)
            & Notice.person_id.in_(willing),
        ),
        ~_by_another_entry(broadcast_id),
    )


def _by_another_entry(broadcast_id: int) -> ColumnElement[bool]:
    """True where the person, whose entries have become one, got it by the other or is to get it."""
    other = aliased(Notice)
    failed, skipped = other.state == NoticeState.FAILED, other.state == NoticeState.SKIPPED
    # Of two that can be tried again it is the first.
    before = (failed | (skipped & other.reason.in_(ANOTHER_TIME))) & (other.id < Notice.id)
    return exists().where(
        other.kind == KIND, other.subject_id == broadcast_id, other.id != Notice.id,
        other.person_id == Notice.person_id, or_(~failed & ~skipped, before),
    )  # fmt: skip
