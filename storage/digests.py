"""What could not be paid for: one message a day to whoever can say it to the people in person.

A notice withheld at the ceiling notes the digest it joined, so that each is listed exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import (
    announcements,
    conversations,
    outbox,
    places,
    reach,
    recipients,
    reminders,
    roles,
    worktime,
)
from storage.claims import LADDER, RUNGS
from storage.models import Course, Notice, NoticeState, Person, School, Session, Unit

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from storage.outbox import Owed

KIND = "digest"
# Waits for the end of school, or a little for the rest of a batch.
EVENING = time(17, 30)
GATHERING = timedelta(minutes=30)
# What was due longer ago is in no digest that is still read.
KEPT = timedelta(days=14)
# Notices whose subject is a registration.
ABOUT_A_PLACE = ("agreed", "not agreed", "lapsed")


@dataclass(frozen=True, slots=True)
class About:
    """What somebody was to be written about, by its code: a course, or an announcement.

    `starts_at` is of the session meant.
    """

    code: str
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Somebody who was not written to, and what about; nothing where it has no code."""

    person_id: int
    full_name: str
    about: tuple[About, ...]


def note(db: Connection, owed: Owed, now: datetime) -> None:
    """Let a notice that is withheld join the digest of whoever is nearest to its person.

    The principal of the school, else an officer of the commune, else of the Sở: the first who
    can be written to. `now` is in the local zone. Where there is nobody it joins none, and is
    listed for whoever looks (`storage.unreached`).
    """
    if owed.person_id is None:
        return
    who = conversations.who(db, owed.person_id)
    found = _readers(db, who.school_id, who.path, now)
    reader = next((one for one in found if reach.reachable(db, one, KIND, now)), None)
    data = {name: value for name, value in owed.data.items() if name != KIND}
    if reader is not None:
        data[KIND] = _open(db, reader, _due(owed.kind, now), now)
    db.execute(update(Notice).where(Notice.id == owed.id).values(data=data))


def hand_on(db: Connection, digest: Owed, now: datetime, *, lost: bool = False) -> None:
    """Let those who are not this reader's to tell any more join the digest of somebody else.

    All of them where the reader is `lost`, and cannot be written to.
    """
    joined = select(Notice.id).where(*_joined(digest.key, now)).order_by(Notice.id)
    for notice_id in list(db.execute(joined).scalars()):
        one = outbox.one(db, notice_id)
        if one.person_id is None:
            continue
        who = conversations.who(db, one.person_id)
        if lost or digest.person_id not in _readers(db, who.school_id, who.path, now):
            note(db, one, now)


def _readers(db: Connection, school_id: int | None, path: str, now: datetime) -> list[int]:
    """Those who can tell somebody of a school, at a place, the nearest first."""
    return [
        person_id
        for rung in RUNGS
        for person_id in roles.holders(
            db, dict(LADDER)[rung], day=now.date(), school_id=school_id,
            path=path if path or rung is not RUNGS[-1] else None,
        )
    ]  # fmt: skip


def _joined(key: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The condition on what a digest is about."""
    return (
        Notice.state == NoticeState.SKIPPED,
        Notice.due_at > now - KEPT,
        Notice.data[KIND].as_string() == key,
    )


def _open(db: Connection, reader: int, due: datetime, now: datetime) -> str:
    """The key of the digest that is still to be sent; the day's, unless that has gone out."""
    while True:
        key = f"{KIND}:{reader}:{due.date().isoformat()}"
        outbox.owe(db, KIND, key=key, subject_id=reader, person_id=reader, due_at=due)
        # Locked, so that its words are not being made while somebody joins it.
        state = db.execute(
            select(Notice.state).where(Notice.key == key).with_for_update()
        ).scalar_one()
        if state is NoticeState.OWED:
            return key
        morning = datetime.combine(due.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
        due = worktime.after_quiet(morning)


def _due(kind: str, now: datetime) -> datetime:
    """At 17:30, or shortly after a later moment; a reminder cannot wait that long."""
    evening = datetime.combine(now.date(), EVENING, tzinfo=now.tzinfo)
    soon = now + GATHERING
    return worktime.after_quiet(soon if kind == reminders.KIND else max(evening, soon))


def key_of(db: Connection, notice_id: int, reader: int) -> str | None:
    """The key of a digest, for the one it was written to; None for anybody else."""
    found = select(Notice.key).where(
        Notice.id == notice_id, Notice.kind == KIND, Notice.person_id == reader
    )
    return db.execute(found).scalar_one_or_none()


def newest(db: Connection, reader: int, now: datetime) -> int | None:
    """The last digest that was due for somebody; None for whoever has had none of late."""
    found = (
        select(Notice.id)
        .where(
            Notice.kind == KIND,
            Notice.person_id == reader,
            Notice.due_at <= now,
            Notice.due_at > now - KEPT,
        )
        .order_by(Notice.due_at.desc())
        .limit(1)
    )
    return db.execute(found).scalar_one_or_none()


def withheld(
    db: Connection, key: str, now: datetime, *, reader: int | None = None
) -> list[Withheld]:
    """Who is to be told what by a digest, as far as it is still true; in the order of names.

    With a `reader`, only those who are theirs to tell today.
    """
    rows = db.execute(
        select(Notice.kind, Notice.person_id, Notice.subject_id, Notice.data)
        .add_columns(Person.full_name, Person.school_id, Unit.path)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(School, School.id == Person.school_id)
        .outerjoin(Unit, Unit.id == School.unit_id)
        .where(*_joined(key, now), roles.present(now.date()))
        .order_by(Person.sort_key, Person.id, Notice.id)
    )
    found: dict[int, Withheld] = {}
    theirs: dict[tuple[int | None, str], bool] = {}
    for row in rows:
        place = (row.school_id, row.path or "")
        if reader and place not in theirs:
            theirs[place] = reader in _readers(db, *place, now)
        if reader and not theirs[place]:
            continue
        about = _about(db, row.kind, row.person_id, row.subject_id, row.data, now)
        if about is None:
            continue
        before = found.get(row.person_id)
        known = before.about if before else ()
        new = tuple(one for one in about if one not in known)
        found[row.person_id] = Withheld(row.person_id, row.full_name, (*known, *new))
    return list(found.values())


def _about(
    db: Connection,
    kind: str,
    person_id: int,
    subject_id: int,
    data: dict[str, object],
    now: datetime,
) -> list[About] | None:
    """What somebody would have been told; None where it is no longer true."""
    if kind == reminders.KIND:
        at = reminders.at(data, now)
        items = reminders.items(db, person_id, at, now)
        return [About(_code(db, one.course_id), one.starts_at) for one in items] or None
    if kind == recipients.KIND:
        return [About(announcements.code(subject_id), None)]
    if kind not in ABOUT_A_PLACE:
        return []
    place = places.by_id(db, subject_id)
    if place is None:
        return None
    first = db.execute(
        select(Session.starts_at).where(Session.course_id == place.course_id, Session.number == 1)
    ).scalar_one_or_none()
    over = first is not None and first <= now
    return None if over else [About(_code(db, place.course_id), first)]


def _code(db: Connection, course_id: int) -> str:
    number = db.execute(select(Course.number).where(Course.id == course_id)).scalar_one()
    return f"L{number}"
