"""People sent to a course: the step that gives them their seats, whoever sends them.

A nominated person holds a seat from that moment, and is asked whether they can come. The rights of
the sender are looked at before (`storage.nominations`, `storage.substitutions`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, update

from storage import audience, meant, outbox, places, rooms, school_days, seats, worktime
from storage.models import (
    LIVE,
    Course,
    CourseState,
    Person,
    Registration,
    School,
    Source,
    Standing,
)
from storage.places import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Select

    from storage.courses import Training

KIND = "nominated"


class Sent(StrEnum):
    """What came of sending one person."""

    NOMINATED = "nominated"
    ALREADY = "already"  # they have a seat, or were sent before
    FULL = "full"
    SCHOOL_FULL = "school full"
    NOT_MEANT = "not meant"
    LEFT = "left"  # or on nobody's list
    ON_LEAVE = "on leave"
    CLOSED = "closed"  # the course has begun, was cancelled, or is not open yet
    OUTSIDE = "outside"  # not the sender's to send


@dataclass(frozen=True, slots=True)
class Nominated:
    """One person and what came of it; the registration where there is one."""

    person_id: int
    outcome: Sent
    registration_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What would come of sending one person; `row` is what decided, `mine` their place so far."""

    person_id: int
    outcome: Sent
    row: Any
    mine: Place | None

    def told(self, registration_id: int | None = None) -> Nominated:
        """The same for the sender."""
        known = registration_id or (self.mine.id if self.mine else None)
        return Nominated(self.person_id, self.outcome, known)


def eligible(course: Training, day: date) -> Select[int, str, int | None]:
    """People who could be sent: id, full name, year of birth; schools and units are joined.

    Those whom the course is meant for, at work that day, without a place in it; nor does it help
    to ask whoever has said that they cannot come.
    """
    stands = exists().where(
        Registration.course_id == course.id,
        Registration.person_id == Person.id,
        Registration.standing.in_((*LIVE, Standing.EXCUSED)),
    )
    people = (
        select(Person.id, Person.full_name, Person.birth_year)
        .select_from(Person)
        .join(School, School.id == Person.school_id)
    )
    here: Any = meant.with_units(people, begun=True)
    return here.where(meant.is_meant(course.audience), meant.at_work(day), ~stands)


def look(
    db: Connection,
    course: Training,
    people: Sequence[int],
    now: datetime,
    *,
    only: Collection[int] | None = None,
) -> list[Nominated]:
    """What would come of sending these people now: NOMINATED for whoever would get a seat."""
    return [one.told() for one in _judged(db, course, people, now, only)]


def seat(
    db: Connection,
    course: Training,
    people: Sequence[int],
    now: datetime,
    *,
    actor_id: int | None,
    only: Collection[int] | None = None,
) -> list[Nominated]:
    """Send people to a course, in this order, as far as there are seats. It must be locked.

    Each takes from the quota of their unit first; with `only`, from the quotas of these units and
    nothing else. Whoever waits is taken out of the queue. Each is owed the question.
    """
    if course.school_limit is not None:
        school_days.lock(db, *_schools(db, people))
    found: list[Nominated] = []
    turn = course.turns
    for one in _judged(db, course, people, now, only):
        if one.outcome is not Sent.NOMINATED:
            found.append(one.told())
            continue
        turn += 1
        found.append(one.told(_write(db, course, one, now, turn=turn, actor_id=actor_id)))
    db.execute(update(Course).where(Course.id == course.id).values(turns=turn))
    return found


def _judged(
    db: Connection,
    course: Training,
    people: Sequence[int],
    now: datetime,
    only: Collection[int] | None,
) -> list[_Judged]:
    known, before = _read(db, course, people), _places(db, course, people)
    apart = rooms.quotas(db, course, now)
    room = rooms.free(db, course, apart)
    days = school_days.read(db, course, {row.school_id for row in known.values()}, now)

    def judge(person_id: int, row: Any | None) -> Sent:
        refused = _refused(course, row, before.get(person_id), now)
        if refused or row is None:
            return refused or Sent.LEFT
        if days.full(row.school_id, person_id):
            return Sent.SCHOOL_FULL
        quota = seats.quota_of(apart, row.path, row.old_path)
        kept = quota is not None and room.apart.get(quota, 0) > 0
        theirs = only is None or (quota in only and kept)
        if not theirs or not room.take(quota):
            return Sent.FULL
        days.add(row.school_id, person_id)
        return Sent.NOMINATED

    found = ((one, known.get(one), before.get(one)) for one in dict.fromkeys(people))
    return [_Judged(one, judge(one, row), row, mine) for one, row, mine in found]


def _schools(db: Connection, people: Collection[int]) -> list[int | None]:
    return list(db.execute(select(Person.school_id).where(Person.id.in_(people))).scalars())


def _places(db: Connection, course: Training, people: Collection[int]) -> dict[int, Place]:
    rows = db.execute(
        select(*places.FIELDS).where(
            Registration.course_id == course.id, Registration.person_id.in_(people)
        )
    )
    return {place.person_id: place for row in rows if (place := Place(*row))}


def _read(db: Connection, course: Training, people: Collection[int]) -> dict[int, Any]:
    """What decides about these people; second entries are left out."""
    rows = db.execute(
        select(
            Person.id, Person.source, Person.verified_at, Person.left_on, Person.leave_from,
            Person.leave_to, Person.school_id, meant.NOW.path,
            func.coalesce(meant.OLD.path, "").label("old_path"),
            meant.is_meant(course.audience).label("meant"),
        )
        .select_from(Person)
        .join(School, School.id == Person.school_id)
        .join(meant.NOW, meant.NOW.id == School.unit_id)
        .outerjoin(meant.OLD, meant.OLD.id == School.old_unit_id)
        .where(Person.id.in_(people), Person.merged_into_id.is_(None))
        # Whoever is sent stays as they are until the turn ends, as in `registrations`.
        .with_for_update(read=True, of=Person)
    )  # fmt: skip
    return {row.id: row for row in rows}


def _refused(course: Training, row: Any, mine: Place | None, now: datetime) -> Sent | None:
    absence = audience.Absence(row.left_on, row.leave_from, row.leave_to) if row else None
    if absence is None or absence.gone(now.date()) or _unknown(row):
        return Sent.LEFT
    if course.state not in (CourseState.OPEN, CourseState.CLOSED) or course.begun(now):
        return Sent.CLOSED
    if mine and mine.live and mine.standing is not Standing.WAITING:
        return Sent.ALREADY
    if not row.meant:
        return Sent.NOT_MEANT
    if any(absence.away(*span) for span in _spans(course, now)):
        return Sent.ON_LEAVE
    return None


def _unknown(row: Any) -> bool:
    """True for a newcomer nobody has confirmed: they are on no list to be sent from."""
    return row.source is Source.SELF and row.verified_at is None


def _spans(course: Training, now: datetime) -> list[tuple[date, date]]:
    return [span for meeting in course.sessions if (span := meeting.days(now))]


def _write(
    db: Connection,
    course: Training,
    one: _Judged,
    now: datetime,
    *,
    turn: int,
    actor_id: int | None,
) -> int:
    sent = {"nominated_by_id": actor_id, "provisional": one.row.verified_at is None}
    if one.mine:
        registration_id = one.mine.id
        outbox.withdraw(db, ("offer", "moved", "agree", KIND), registration_id, now)
        place = replace(one.mine, turn=turn)
        places.move(db, place, Standing.NOMINATED, now, actor_id=actor_id)
        mine = update(Registration).where(Registration.id == registration_id)
        db.execute(mine.values(**sent))
    else:
        new = {
            "course_id": course.id, "person_id": one.person_id, "turn": turn,
            "standing": Standing.NOMINATED, "changed_at": now, **sent,
        }  # fmt: skip
        registration_id = db.execute(places.ADD, new).scalar_one()
        places.tell(db, registration_id, Standing.NOMINATED, now, actor_id=actor_id)
    ask(db, registration_id, one.person_id, now, key=f"{KIND}:{registration_id}:{turn}")
    return registration_id


def ask(db: Connection, registration_id: int, person_id: int, now: datetime, *, key: str) -> None:
    """Owe the question whether they can come, at the next waking moment."""
    outbox.owe(db, KIND, key=key, subject_id=registration_id, person_id=person_id,
               due_at=worktime.next_waking(now))  # fmt: skip


def sender(db: Connection, registration_id: int) -> int | None:
    """Who sent the person of a registration; None where it is not known."""
    sent = select(Registration.nominated_by_id).where(Registration.id == registration_id)
    return db.execute(sent).scalar_one_or_none()
