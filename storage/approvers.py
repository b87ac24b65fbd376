"""The second pair of eyes: who may approve an announcement, and that it never waits in vain.

Above `APPROVAL_ABOVE` people another officer whose scope covers the announcement's unit has to
approve it. What one author sends within a day counts together, and so does how often: whoever
took over their account gains nothing by many small ones. Where nobody who could do so can be
reached, it goes on by itself after `ALONE_AFTER`, with a line in the audit and a warning in the
log. Before anything is sent it is held for a while, in which every covering officer can stop it;
the hold begins in waking hours, so that they can.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage import announcements, audit, outbox, reach, reminder_rules, roles, scopes, worktime
from storage.barriers import KIND
from storage.models import Broadcast, BroadcastState, Notice, NoticeState, Person, Role, Unit

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Select

    from storage.announcements import Announcement

log = logging.getLogger(__name__)

APPROVAL_ABOVE = 50
# What one author sends within this time is counted together; and so many of them need no approval.
APART = timedelta(days=1)
MOST_APART = 5
ALONE_AFTER = timedelta(minutes=30)
HOLD, LONG_HOLD = timedelta(seconds=60), timedelta(minutes=10)

# The kinds of notices about an announcement that officers get; their subject is its id.
APPROVAL, HOLDING, DISAPPROVED = "approval", "holding", "disapproved"
PAUSED, ANNOUNCED = "broadcast paused", "announced"


@dataclass(frozen=True, slots=True)
class Approver:
    """An officer who may approve, with the unit by which they may."""

    person_id: int
    full_name: str
    unit: str


def needed(people: int) -> bool:
    """True where an announcement to so many people needs a second officer, whatever else is."""
    return people > APPROVAL_ABOVE


def required(
    db: Connection, author_id: int, count: int, people: Select[Any], now: datetime
) -> bool:
    """True where one to these people needs a second officer, `count` being their number.

    Those the author wrote to within a day without approval are counted with them, each once; and
    from `MOST_APART` such announcements on every further one needs it. What went to many without,
    as nobody could approve it, has waited for that and does not count.
    """
    if needed(count):
        return True
    before = list(db.execute(_apart(author_id, now)).scalars())
    if len(before) >= MOST_APART:
        return True
    others = (
        select(func.count(Notice.person_id.distinct()))
        .where(
            Notice.kind == KIND, Notice.subject_id.in_(before), Notice.person_id.not_in(people),
            Notice.state != NoticeState.SKIPPED,
        )
    )  # fmt: skip
    return bool(before) and needed(count + db.execute(others).scalar_one())


def required_of(db: Connection, found: Announcement, now: datetime) -> bool:
    """The same of an announcement whose people are planned; of two of one author one waits."""
    author = select(Person.id).where(Person.id == found.author_id)
    db.execute(author.with_for_update(key_share=True))
    planned = select(Notice.person_id).where(
        Notice.kind == KIND, Notice.subject_id == found.id, Notice.state == NoticeState.PLANNED
    )
    return required(db, found.author_id, found.counted, planned, now)


def _apart(author_id: int, now: datetime) -> Select[int]:
    """The small announcements of an author that went out, or are held, without approval."""
    nobody = (Broadcast.state == BroadcastState.CANCELLED) & Broadcast.began_at.is_(None)
    return select(Broadcast.id).where(
        Broadcast.author_id == author_id, Broadcast.confirmed_at > now - APART,
        Broadcast.counted <= APPROVAL_ABOVE, Broadcast.approved_by_id.is_(None),
        Broadcast.state.not_in((BroadcastState.DRAFT, BroadcastState.ASKED)), ~nobody,
    )  # fmt: skip


def approvers(db: Connection, unit_path: str, author_id: int, now: datetime) -> list[Approver]:
    """Who may approve and can be reached, the nearest unit first; never the author."""
    others = [one for one in covering(db, unit_path, now.date()) if one.person_id != author_id]
    silent = reach.silent(db, {one.person_id for one in others}, now)
    return [one for one in others if one.person_id not in silent]


def covering(db: Connection, unit_path: str, day: date) -> list[Approver]:
    """Every officer of the unit or of one above it that day, each once, the nearest unit first."""
    rows = db.execute(
        select(Person.id, Person.full_name, Unit.name)
        .join_from(Role, Person, Person.id == Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(
            Role.kind.in_(scopes.OFFICERS),
            Role.unit_id.in_(roles.units_on(unit_path)),
            roles.holds(day),
        )
        .order_by(func.length(Unit.path).desc(), Person.sort_key, Person.id)
    )
    found: dict[int, Approver] = {}
    for row in rows:
        found.setdefault(row.id, Approver(*row))
    return list(found.values())


def covers(db: Connection, person_id: int, unit_path: str, day: date) -> bool:
    """True where the person's roles of that day cover a unit."""
    scope = scopes.of(db, person_id, day)
    return scope is not None and scope.covers(unit_path)


def ask(db: Connection, found: Announcement, asked: list[Approver], now: datetime) -> None:
    """Ask them to approve it; who was asked already, this time, is not asked again."""
    begun = f"{APPROVAL}:{found.id}:{(found.confirmed_at or now).timestamp()}:"
    # Looked up first: this is asked every second, and what is refused as a copy uses up ids.
    rows = select(Notice.key).where(Notice.kind == APPROVAL, Notice.subject_id == found.id)
    owed = set(db.execute(rows).scalars())
    for one in asked:
        if (key := f"{begun}{one.person_id}") not in owed:
            outbox.owe(
                db, APPROVAL, key=key, subject_id=found.id, person_id=one.person_id, due_at=now
            )


def alone(db: Connection, found: Announcement, now: datetime) -> datetime:
    """Note that nobody can approve it; returns from when on it goes on without.

    The administrator is told by the log.
    """
    until = now + ALONE_AFTER
    announcements.write(db, found.id, now, alone_from=until)
    audit.note(
        db, actor_id=None, action="nobody can approve", subject="broadcast", subject_id=found.id,
        unit_id=found.unit_id, now=now, people=found.counted,
    )  # fmt: skip
    log.warning("announcement %s has nobody to approve it and goes on alone", found.code)
    return until


def hold(
    db: Connection, found: Announcement, now: datetime, *, approved_by: int | None = None
) -> datetime:
    """Hold it; returns until when. Where it needed approval every covering officer is told.

    `approved_by` is not told. The hold begins at the next waking moment, and what is
    scheduled for later is held until then.
    """
    calendar = reminder_rules.corrections(db)
    long = found.state is BroadcastState.ASKED or needed(found.counted)
    until = worktime.next_waking(now, calendar) + (LONG_HOLD if long else HOLD)
    if found.due_at is not None:
        until = max(until, worktime.next_waking(found.due_at.astimezone(now.tzinfo), calendar))
    announcements.write(
        db, found.id, now, state=BroadcastState.HELD, held_until=until, approved_by_id=approved_by,
        alone_from=None,
    )  # fmt: skip
    outbox.withdraw(db, (APPROVAL,), found.id, now)
    told = covering(db, found.path, now.date()) if long else []
    since = found.confirmed_at or now
    for one in told:
        if one.person_id != approved_by:
            outbox.owe(
                db, HOLDING, key=f"{HOLDING}:{found.id}:{since.timestamp()}:{one.person_id}",
                subject_id=found.id, person_id=one.person_id, due_at=now,
            )  # fmt: skip
    return until
