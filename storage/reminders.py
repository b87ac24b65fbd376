"""Reminders: derived from who sits where and when, owed once each, and never kept ahead.

Each is due at 19h00 of an earlier day, so that none falls into the quiet hours. Moving a session
makes new reminders; what was owed about the old time is no longer true when its words are made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from storage import consents, roles
from storage.models import (
    Consent,
    ConsentPurpose,
    Course,
    CourseState,
    Notice,
    NoticeState,
    Person,
    Precision,
    Registration,
    Remind,
    Session,
    Standing,
)
from storage.moments import DAYS, WANTED, Moment, Offset, moments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

KIND = "reminder"
MERGED = "merged"
# A program that was down at 19h00 still reminds until seven the next morning.
WINDOW = timedelta(hours=12)
# Whoever was only offered a seat is asked by the offer; a reminder would say they had it.
REMINDED = (Standing.SEATED, Standing.ASKED, Standing.NOMINATED)
HELD = (CourseState.OPEN, CourseState.CLOSED)


AHEAD = timedelta(days=max(DAYS.values()) + 1)


@dataclass(frozen=True, slots=True)
class Item:
    """One of the sessions a reminder speaks of; `at` is when it was or will be due."""

    registration_id: int
    course_id: int
    starts_at: datetime
    offset: Offset
    at: datetime


# What is settled to the minute, of courses that have a session soon.
_SOON = aliased(Session)
SESSIONS = (
    select(Session.course_id, Session.starts_at)
    .join(Course, Course.id == Session.course_id)
    .where(
        Course.state.in_(HELD),
        Session.precision == Precision.MINUTE,
        Session.starts_at.is_not(None),
        Session.course_id.in_(
            select(_SOON.course_id).where(
                _SOON.starts_at > bindparam("now"), _SOON.starts_at <= bindparam("until")
            )
        ),
    )
    .order_by(Session.course_id, Session.starts_at)
)


def _agreed(at: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    """The condition that the person's yes to reminders stands, and was said by then."""
    given = [] if at is None else [Consent.given_at <= at]
    return exists().where(
        Consent.person_id == Person.id,
        Consent.purpose == ConsentPurpose.REMINDERS,
        Consent.withdrawn_at.is_(None),
        *given,
    )


def _at_work(day: date) -> ColumnElement[bool]:
    """The condition that a person has not left by a day and is on no long leave then."""
    until = or_(Person.leave_to.is_(None), Person.leave_to >= day)
    on_leave = func.coalesce((Person.leave_from <= day) & until, literal(False, Boolean()))
    return roles.present(day) & ~on_leave


def owe_due(db: Connection, now: datetime) -> int:
    """Owe the reminders whose time has come; returns how many are new.

    `now` is in the local zone. Running twice adds nothing, nor does a clock that is put back;
    what came due more than `WINDOW` ago, or of a session that has begun, is owed no more. Whoever
    asked for the seat, agreed, or was asked about a new date after the moment knows already.
    """
    starts: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in db.execute(SESSIONS, {"now": now, "until": now + AHEAD}):
        starts[row.course_id].append(row.starts_at)
    owed = 0
    due_at: set[datetime] = set()
    for course_id, its in starts.items():
        for moment in moments(its, now.tzinfo):
            if moment.starts_at > now and moment.at <= now < moment.at + WINDOW:
                owed += _owe(db, course_id, moment)
                due_at.add(moment.at)
    if owed:
        for at in due_at:
            _merge(db, at)
    return owed


def _owe(db: Connection, course_id: int, moment: Moment) -> int:
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    at = literal(moment.at, Notice.due_at.type)
    start = moment.starts_at.astimezone(UTC).isoformat()
    key = (
        literal(f"{KIND}:", String())
        + cast(Registration.id, String)
        + literal(f":{start}:{moment.offset}", String())
    )
    values: dict[str, Any] = {
        "key": key, "kind": literal(KIND, String()), "person_id": Registration.person_id,
        "subject_id": Registration.id,
        "data": literal({"at": moment.at.isoformat()}, Notice.data.type),
        "due_at": at, "urgent": literal(False, Boolean()),
        "state": literal(NoticeState.OWED, Notice.state.type), "reason": literal("", String()),
        "tried": literal(False, Boolean()), "block": literal(0, Integer()),
        "choices": literal({}, Notice.choices.type), "channel": literal("", String()),
        "cost": literal(0, Integer()),
    }  # fmt: skip
    wishes = [wish for wish, offsets in WANTED.items() if moment.offset in offsets]
    told = exists().where(Notice.key == key).correlate(Registration)
    due = (
        select(*(value.label(name) for name, value in values.items()))
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.course_id == course_id,
            Registration.standing.in_(REMINDED),
            Registration.changed_at <= at,
            or_(Registration.unanswered_since.is_(None), Registration.unanswered_since <= at),
            Person.remind.in_(wishes),
            _at_work(moment.starts_at.date()),
            _agreed(at),
            ~told,
        )
    )
    return db.execute(
        insert(Notice).from_select(list(values), due).on_conflict_do_nothing()
    ).rowcount


def _merge(db: Connection, at: datetime) -> None:
    """Leave one message of those one person gets at the same moment: its words speak of all."""
    going = (NoticeState.OWED, NoticeState.CLAIMED, NoticeState.SENT, NoticeState.UNCERTAIN)
    order = func.row_number().over(partition_by=Notice.person_id, order_by=Notice.id)
    mine = (
        select(Notice.id, order.label("place"))
        .where(Notice.kind == KIND, Notice.due_at == at, Notice.state.in_(going))
        .subquery()
    )
    db.execute(
        update(Notice)
        .where(
            Notice.id.in_(select(mine.c.id).where(mine.c.place > 1)),
            Notice.state == NoticeState.OWED,
        )
        .values(state=NoticeState.SKIPPED, reason=MERGED)
    )


def at(data: Mapping[str, Any], now: datetime) -> datetime:
    """The moment a notice of this kind stands for, out of its data, in the zone of `now`."""
    return datetime.fromisoformat(str(data["at"])).astimezone(now.tzinfo)


def items(db: Connection, person_id: int, at: datetime, now: datetime) -> list[Item]:
    """What a person is to be reminded of at a moment, as the facts are now, the earliest first.

    Empty for whoever does not want it any more, and of what has begun, moved or been given up.
    """
    offsets = WANTED[wish(db, person_id)]
    found = [
        Item(registration_id, course_id, moment.starts_at, moment.offset, moment.at)
        for registration_id, course_id, its in _seats(db, person_id)
        for moment in moments(its, now.tzinfo)
        if moment.at == at and moment.starts_at > now and moment.offset in offsets
    ]
    return sorted(found, key=lambda item: (item.starts_at, item.registration_id))


def coming(
    db: Connection, person_id: int, wanted: Remind, now: datetime, *, course_id: int | None = None
) -> list[Item]:
    """The reminders still to come for somebody with this wish, the next first."""
    found = [
        Item(registration_id, its_course, moment.starts_at, moment.offset, moment.at)
        for registration_id, its_course, its in _seats(db, person_id)
        for moment in moments(its, now.tzinfo)
        if course_id in (None, its_course) and moment.offset in WANTED[wanted] and moment.at > now
    ]
    return sorted(found, key=lambda item: (item.at, item.starts_at, item.registration_id))


def _seats(db: Connection, person_id: int) -> list[tuple[int, int, list[datetime]]]:
    """The person's seats, each with the settled starts of its course."""
    rows = db.execute(
        select(Registration.id, Registration.course_id, Session.starts_at)
        .join(Session, Session.course_id == Registration.course_id)
        .join(Course, Course.id == Registration.course_id)
        .where(
            Registration.person_id == person_id,
            Registration.standing.in_(REMINDED),
            Course.state.in_(HELD),
            Session.precision == Precision.MINUTE,
            Session.starts_at.is_not(None),
        )
        .order_by(Registration.id, Session.starts_at)
    )
    starts: dict[tuple[int, int], list[datetime]] = {}
    for row in rows:
        starts.setdefault((row.id, row.course_id), []).append(row.starts_at)
    return [(*ids, its) for ids, its in starts.items()]


def wish(db: Connection, person_id: int) -> Remind:
    """When the person wants to be reminded; UNASKED where a yes was taken back elsewhere."""
    row = db.execute(
        select(Person.remind, _agreed().label("agreed")).where(Person.id == person_id)
    ).one()
    stands = row.agreed or not WANTED[row.remind]
    return row.remind if stands else Remind.UNASKED


def choose(
    db: Connection, person_id: int, wanted: Remind, now: datetime, *, account_id: int, channel: str
) -> None:
    """Keep the person's wish; a yes is proved by a consent, and a no takes the last one back.

    Raises ValueError for UNASKED, which nobody can choose.
    """
    if wanted is Remind.UNASKED:
        raise ValueError(wanted)
    if wish(db, person_id) is wanted:
        return
    consents.withdraw(db, person_id, ConsentPurpose.REMINDERS, now)
    if WANTED[wanted]:
        consents.give(db, account_id, ConsentPurpose.REMINDERS, now, channel=channel,
                      person_id=person_id)  # fmt: skip
    db.execute(update(Person).where(Person.id == person_id).values(remind=wanted))
