"""Reminders: derived from who sits where and when, owed once each, and never kept ahead.

None falls into the quiet hours. Moving a session makes new reminders; what was owed about the old
time is no longer true when its words are made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, func, select, update
from sqlalchemy.orm import aliased

from storage import consents, deadlines, reminder_ledger, reminder_rules
from storage.models import (
    ConsentPurpose,
    Course,
    CourseState,
    Modality,
    Notice,
    NoticeState,
    Offset,
    Person,
    Precision,
    Registration,
    Remind,
    Session,
)
from storage.moments import Moment, Start, Wish, moments
from storage.reminder_ledger import GOING, KIND, REMINDED, Due, agreed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

# A program that was down still reminds for so long: until seven the next morning on the eve.
WINDOW = timedelta(hours=12)
HELD = (CourseState.OPEN, CourseState.CLOSED)
# A reminder can move earlier by so much: Tết with the days around it.
HOLIDAYS = timedelta(days=14)
# At most so many are written at a time, so that nobody waits for the burst of the evening.
BATCH = 3000
# One process at a time derives them; the number is any that nothing else locks.
LOCK = 7_310_019
# What cannot wait is written first.
URGENT = (Offset.JOIN, Offset.HOURS, Offset.EVE, Offset.WEEK)


@dataclass(frozen=True, slots=True)
class Item:
    """One of the sessions a reminder speaks of; `at` is when it was or will be due."""

    registration_id: int
    course_id: int
    starts_at: datetime
    offset: Offset
    at: datetime
    joins: bool = False  # with the link


# What is settled to the minute, of courses that have a session soon.
_SOON = aliased(Session)
SETTLED = (
    Course.state.in_(HELD),
    ~Course.past,
    Session.precision == Precision.MINUTE,
    Session.starts_at.is_not(None),
)
FIELDS = (Session.course_id, Session.starts_at, Session.link, Course.modality)
SESSIONS = (
    select(*FIELDS)
    .join(Course, Course.id == Session.course_id)
    .where(
        *SETTLED,
        Session.course_id.in_(
            select(_SOON.course_id).where(
                _SOON.starts_at > bindparam("now"), _SOON.starts_at <= bindparam("until")
            )
        ),
    )
)


def owe_due(db: Connection, now: datetime) -> int:
    """Owe the reminders whose time has come, at most `BATCH`; returns how many are new.

    `now` is in the local zone. Running twice adds nothing, nor does a clock that is put back;
    what came due more than `WINDOW` ago, or of a session that has begun, is owed no more. Whoever
    asked for the seat, agreed, or was asked about a new date after the moment knows already.
    Deadlines of officers are owed along with them. Nothing is done while another process does it.
    """
    if db.dialect.name == "postgresql" and not _alone(db):
        return 0
    owed = deadlines.owe_due(db, now)
    return owed + reminder_ledger.owe(db, _due(db, now), BATCH, now)


def _alone(db: Connection) -> bool:
    return bool(db.execute(select(func.pg_try_advisory_xact_lock(LOCK))).scalar())


def _due(db: Connection, now: datetime) -> list[Due]:
    """The moments that have come, what cannot wait first."""
    until = now + reminder_rules.furthest(db) + HOLIDAYS
    starts: defaultdict[int, list[Start]] = defaultdict(list)
    for row in db.execute(SESSIONS, {"now": now, "until": until}):
        starts[row.course_id].append(_start(row))
    rules = reminder_rules.of_courses(db, starts)
    corrections = reminder_rules.corrections(db)
    found = [
        Due(course_id, moment)
        for course_id, its in starts.items()
        for moment in _come(moments(its, now.tzinfo, rules[course_id], corrections), now)
    ]
    return sorted(found, key=lambda due: (URGENT.index(due.moment.offset), due.moment.starts_at))


def _come(its: list[Moment], now: datetime) -> list[Moment]:
    """Those that have come, without what is superseded by one that everybody wants."""
    found: dict[datetime, list[Moment]] = {}
    for moment in its:
        if moment.starts_at > now and moment.at <= now < moment.at + WINDOW:
            before = [] if moment.for_all else found.get(moment.starts_at, [])
            found[moment.starts_at] = [*before, moment]
    return [moment for each in found.values() for moment in each]


def _start(row: Any) -> Start:
    link = row.link if row.modality is not Modality.IN_PERSON else ""
    return Start(row.starts_at, link, row.modality is Modality.ONLINE)


def at(data: Mapping[str, Any], now: datetime) -> datetime:
    """The moment a notice of this kind stands for, out of its data, in the zone of `now`."""
    return datetime.fromisoformat(str(data["at"])).astimezone(now.tzinfo)


def items(db: Connection, person_id: int, at: datetime, now: datetime) -> list[Item]:
    """What a person is to be reminded of at a moment, as the facts are now, the earliest first.

    Empty for whoever does not want it any more, and of what has begun, moved or been given up; nor
    is a session in it of which a later reminder has come due meanwhile.
    """
    mine = wishes(db, person_id)
    newest: dict[tuple[int, datetime], Item] = {}
    for item in _items(db, person_id, mine, now):
        if item.at <= max(at, now) and item.starts_at > now:
            newest[item.registration_id, item.starts_at] = item
    found = [item for item in newest.values() if item.at == at]
    return sorted(found, key=lambda item: (item.starts_at, item.registration_id))


def doubled(db: Connection, notice_id: int, person_id: int, data: Mapping[str, Any]) -> bool:
    """True where another notice says the same: two entries became one person after it was owed."""
    others = select(Notice.id, Notice.state).where(
        Notice.person_id == person_id, Notice.kind == KIND, Notice.id != notice_id,
        Notice.state.in_(GOING), Notice.data["at"].as_string() == str(data["at"]),
    )  # fmt: skip
    waits = (NoticeState.OWED, NoticeState.CLAIMED)
    return any(row.state not in waits or row.id < notice_id for row in db.execute(others))


def coming(
    db: Connection, person_id: int, wanted: Remind, now: datetime, *, course_id: int | None = None
) -> list[Item]:
    """The reminders still to come for somebody with this wish, the next first."""
    mine = Wish(wanted, wishes(db, person_id).on_day)
    found = [
        item
        for item in _items(db, person_id, mine, now)
        if course_id in (None, item.course_id) and item.at > now
    ]
    return sorted(found, key=lambda item: (item.at, item.starts_at, item.registration_id))


def _items(db: Connection, person_id: int, wish: Wish, now: datetime) -> list[Item]:
    """All moments of the person's seats that they want; those of one session in order."""
    seats = _seats(db, person_id)
    rules = reminder_rules.of_courses(db, {course_id for _, course_id in seats})
    corrections = reminder_rules.corrections(db) if seats else {}
    return [
        Item(registration_id, course_id, moment.starts_at, moment.offset, moment.at,
             Offset.JOIN in moment.offsets)
        for (registration_id, course_id), its in seats.items()
        for moment in moments(its, now.tzinfo, rules[course_id], corrections)
        if wish.wants(moment)
    ]  # fmt: skip


def _seats(db: Connection, person_id: int) -> dict[tuple[int, int], list[Start]]:
    """The person's seats, each with the settled starts of its course."""
    rows = db.execute(
        select(Registration.id.label("seat"), *FIELDS)
        .join(Session, Session.course_id == Registration.course_id)
        .join(Course, Course.id == Registration.course_id)
        .where(
            Registration.person_id == person_id, Registration.standing.in_(REMINDED), *SETTLED
        )
        .order_by(Registration.id)
    )  # fmt: skip
    starts: dict[tuple[int, int], list[Start]] = {}
    for row in rows:
        starts.setdefault((row.seat, row.course_id), []).append(_start(row))
    return starts


def settled(db: Connection, registration_id: int, now: datetime) -> None:
    """Free the numbers of the reminders about one seat, which is settled.

    What is still owed stays: its words are made from what is true then, and may speak of others.
    """
    about = cast(Notice.choices, String).contains(f'"attend {registration_id}"')
    db.execute(
        update(Notice)
        .where(
            Notice.kind == KIND, Notice.subject_id == registration_id, about,
            Notice.state != NoticeState.OWED, Notice.answered_at.is_(None),
        )
        .values(answered_at=now)
    )  # fmt: skip


def wishes(db: Connection, person_id: int) -> Wish:
    """What the person wants; UNASKED where a yes was taken back elsewhere."""
    row = db.execute(
        select(Person.remind, Person.remind_on_day, agreed().label("agreed")).where(
            Person.id == person_id
        )
    ).one()
    asked = row.remind not in (Remind.EVE, Remind.WEEK) or row.agreed
    return Wish(row.remind if asked else Remind.UNASKED, row.remind_on_day)


def on_day(db: Connection, person_id: int, *, wanted: bool) -> None:
    """Remind also two hours before a session, or no more."""
    db.execute(update(Person).where(Person.id == person_id).values(remind_on_day=wanted))


def wish(db: Connection, person_id: int) -> Remind:
    """When the person wants to be reminded; UNASKED where a yes was taken back elsewhere."""
    return wishes(db, person_id).remind


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
    if wanted is not Remind.NEVER:
        consents.give(db, account_id, ConsentPurpose.REMINDERS, now, channel=channel,
                      person_id=person_id)  # fmt: skip
    db.execute(update(Person).where(Person.id == person_id).values(remind=wanted))
