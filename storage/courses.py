"""Courses as people ask for them: by number, by what they may attend, under lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, func, or_, select, update

from storage.models import HOLDING, Course, CourseState, Modality, Mode, Registration, Session, Unit
from storage.models.courses import CourseKind, Precision
from storage.models.registrations import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session: when as far as it is settled, and where; "" is to be announced."""

    number: int
    precision: Precision
    first_day: date | None
    last_day: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    arrive_at: datetime | None
    place: str
    address: str
    unit: str
    latitude: float | None
    longitude: float | None
    link: str
    id: int

    def days(self, now: datetime) -> tuple[date, date] | None:
        """First and last possible day, in the zone of `now`; None where nothing is settled."""
        if self.starts_at:
            end = self.ends_at or self.starts_at
            return self.starts_at.astimezone(now.tzinfo).date(), end.astimezone(now.tzinfo).date()
        if self.first_day:
            return self.first_day, self.last_day or self.first_day
        return None

    def later(self, span: timedelta) -> Meeting:
        """The same session moved by so much; "July to August" is too vague to be moved."""
        days = timedelta(days=round(span / timedelta(days=1)))
        settled = self.precision is Precision.DAY
        return replace(
            self,
            first_day=self.first_day + days if settled and self.first_day else self.first_day,
            last_day=self.last_day + days if settled and self.last_day else self.last_day,
            starts_at=self.starts_at + span if self.starts_at else None,
            ends_at=self.ends_at + span if self.ends_at else None,
            arrive_at=self.arrive_at + span if self.arrive_at else None,
        )


@dataclass(frozen=True, slots=True)
class Training:
    """A course with its sessions, in order. `hours` in tenths of a tiết."""

    id: int
    number: int
    title: str
    short: str
    folded: str
    modality: Modality
    mode: Mode
    state: CourseState
    unit_id: int
    audience: dict[str, Any]
    seats: int | None
    turns: int
    fee: int
    note: str
    bring: str
    needs: str
    letter: str
    lead: str
    cooperating: str
    contact_id: int | None
    contact_name: str
    contact_office: str
    contact_phone: str
    opens_at: datetime | None
    closes_at: datetime | None
    moved_at: datetime | None
    moved_why: str
    kind: CourseKind
    school_limit: int | None
    quotas_until: datetime | None
    version: int
    past: bool
    block: str
    hours: int
    completion: dict[str, Any]
    paper_title: str
    sessions: tuple[Meeting, ...]

    @property
    def code(self) -> str:
        """What people call it: L12."""
        return f"L{self.number}"

    @property
    def first(self) -> Meeting | None:
        """The first session."""
        return self.sessions[0] if self.sessions else None

    @property
    def starts_at(self) -> datetime | None:
        """When it begins, where that is settled to the minute."""
        return self.first.starts_at if self.first else None

    def over(self, now: datetime) -> bool:
        """True from the end of the last session on, and of what was brought in from a file."""
        if self.past:
            return True
        ends = [meeting.ends_at or meeting.starts_at for meeting in self.sessions]
        known = [end for end in ends if end]
        return bool(known) and len(known) == len(ends) and max(known) <= now

    def begun(self, now: datetime) -> bool:
        """True from the first minute of the first session on."""
        return self.past or (self.starts_at is not None and self.starts_at <= now)

    def takes(self, now: datetime) -> bool:
        """True while people can register."""
        return (
            self.state is CourseState.OPEN
            and not self.past
            and (self.opens_at is None or self.opens_at <= now)
            and (self.closes_at is None or now < self.closes_at)
            and not self.begun(now)
        )


FIELDS = (
    Course.id, Course.number, Course.title, Course.short, Course.folded, Course.modality,
    Course.mode, Course.state, Course.unit_id, Course.audience, Course.seats, Course.turns,
    Course.fee, Course.note, Course.bring, Course.needs, Course.letter, Course.lead,
    Course.cooperating, Course.contact_id, Course.contact_name, Course.contact_office,
    Course.contact_phone, Course.opens_at, Course.closes_at, Course.moved_at, Course.moved_why,
    Course.kind, Course.school_limit, Course.quotas_until, Course.version, Course.past,
    Course.block, Course.hours, Course.completion, Course.paper_title,
)  # fmt: skip
BY_ID = select(*FIELDS).where(Course.id == bindparam("course_id"))
BY_NUMBER = select(*FIELDS).where(Course.number == bindparam("number"))
# Taking a turn locks the row, counts the turn and reads the course in one statement.
TAKE_TURN = (
    update(Course)
    .where(Course.id == bindparam("course_id"))
    .values(turns=Course.turns + 1)
    .returning(*FIELDS)
)
LOCK = BY_ID.with_for_update()
_SESSIONS = (
    select(
        Session.course_id, Session.number, Session.precision, Session.first_day, Session.last_day,
        Session.starts_at, Session.ends_at, Session.arrive_at, Session.place, Session.address,
        func.coalesce(Unit.name, ""), Session.latitude, Session.longitude, Session.link, Session.id,
    )
    .join(Unit, Unit.id == Session.unit_id, isouter=True)
    .order_by(Session.course_id, Session.number)
)  # fmt: skip
SESSIONS = _SESSIONS.where(Session.course_id.in_(bindparam("ids", expanding=True)))
# A list of ids is written into the statement anew each time; one id is not.
SESSIONS_OF_ONE = _SESSIONS.where(Session.course_id == bindparam("course_id"))
# Drafts are the officers' own, past ones of a file too; what ended a day ago is nobody's schedule.
LISTED = (
    select(*FIELDS)
    .where(Course.state.in_((CourseState.OPEN, CourseState.CLOSED)), ~Course.past)
    .where(
        or_(
            ~select(Session.id).where(Session.course_id == Course.id).exists(),
            select(Session.id)
            .where(
                Session.course_id == Course.id,
                or_(
                    Session.starts_at >= bindparam("since"),
                    Session.starts_at.is_(None) & Session.last_day.is_(None),
                    Session.starts_at.is_(None) & (Session.last_day >= bindparam("day")),
                ),
            )
            .exists(),
        )
    )
)
HELD = (
    select(Registration.course_id, func.count().label("held"))
    .where(
        Registration.course_id.in_(bindparam("ids", expanding=True)),
        Registration.standing.in_(HOLDING),
    )
    .group_by(Registration.course_id)
)
WAITING = (
    select(Registration.course_id, func.count().label("waiting"))
    .where(
        Registration.course_id.in_(bindparam("ids", expanding=True)),
        Registration.standing == Standing.WAITING,
    )
    .group_by(Registration.course_id)
)


# Two who make courses at once never get the same number; nothing else locks this one.
NUMBERING = 7_310_041


def next_number(db: Connection) -> int:
    """The number of the next course, for this turn alone: whoever makes one as well waits."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(NUMBERING)))
    return (db.execute(select(func.max(Course.number))).scalar() or 0) + 1


def get(db: Connection, course_id: int) -> Training | None:
    """The course with this id."""
    return _one(db, db.execute(BY_ID, {"course_id": course_id}).one_or_none())


def numbered(db: Connection, number: int) -> Training | None:
    """The course people call L<number>; drafts are not seen."""
    found = _one(db, db.execute(BY_NUMBER, {"number": number}).one_or_none())
    return None if found is None or found.state is CourseState.DRAFT else found


def take_turn(db: Connection, course_id: int) -> Training | None:
    """Lock the course for the rest of the turn and count one more who asked for a place."""
    return _one(db, db.execute(TAKE_TURN, {"course_id": course_id}).one_or_none())


def locked(db: Connection, course_id: int) -> Training | None:
    """Lock the course for the rest of the turn."""
    return _one(db, db.execute(LOCK, {"course_id": course_id}).one_or_none())


def listed(db: Connection, now: datetime) -> list[Training]:
    """Courses still to come, by their first possible day; those without a date come last."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = db.execute(LISTED, {"since": midnight, "day": now.date()}).all()
    courses = with_sessions(db, rows)
    return sorted(courses, key=lambda course: _order(course, now))


def lately(db: Connection, now: datetime, limit: int = 60) -> list[Training]:
    """Courses that have begun and were not cancelled, the last one first; past ones too."""
    began = (
        select(func.min(func.coalesce(Session.starts_at, Session.first_day)))
        .where(Session.course_id == Course.id)
        .correlate(Course)
        .scalar_subquery()
    )
    rows = db.execute(
        select(*FIELDS)
        .where(Course.state.in_((CourseState.OPEN, CourseState.CLOSED)), began <= now)
        .order_by(began.desc(), Course.number.desc())
        .limit(limit)
    ).all()
    return with_sessions(db, rows)


def held(db: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Seats taken, by course; a course nobody asked for is left out."""
    return {row.course_id: row.held for row in db.execute(HELD, {"ids": list(ids)})}


def waiting(db: Connection, ids: Sequence[int]) -> dict[int, int]:
    """People in the queue, by course; empty queues are left out."""
    return {row.course_id: row.waiting for row in db.execute(WAITING, {"ids": list(ids)})}


def with_sessions(db: Connection, rows: Sequence[Any]) -> list[Training]:
    """Course rows, each with its sessions, in two statements however many there are."""
    sessions: dict[int, list[Meeting]] = {row.id: [] for row in rows}
    for row in db.execute(SESSIONS, {"ids": list(sessions)}) if rows else ():
        course_id, *meeting = cast("tuple[Any, ...]", tuple(row))
        sessions[course_id].append(Meeting(*meeting))
    return [Training(*row, sessions=tuple(sessions[row.id])) for row in rows]


def _one(db: Connection, row: Any | None) -> Training | None:
    if row is None:
        return None
    sessions = db.execute(SESSIONS_OF_ONE, {"course_id": row.id}).all()
    return Training(*row, sessions=tuple(Meeting(*session[1:]) for session in sessions))


def _order(course: Training, now: datetime) -> tuple[bool, str, int]:
    days = course.first.days(now) if course.first else None
    return (days is None, days[0].isoformat() if days else "", course.number)
