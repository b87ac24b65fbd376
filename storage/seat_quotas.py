"""Seats of a course set apart for units, by the officers who run it; see `storage.rooms`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from storage import audit, courses, meant, offers, rooms, statistics, units
from storage.models import Course, CourseQuota, Person, School, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.scopes import Scope

# Unless it is said otherwise, what nobody took returns so long before registration closes ...
BEFORE_CLOSING = timedelta(days=2)
# ... or, where it never closes, before the course begins.
BEFORE_START = timedelta(days=4)


class Done(StrEnum):
    """What came of an officer's change."""

    DONE = "done"
    TOO_MANY = "too many"  # more seats than the course has
    NOT_YOURS = "not yours"  # the course or the unit is not covered, or there is none
    PAST = "past"  # a day of return that is over, or after the beginning


@dataclass(frozen=True, slots=True)
class Share:
    """A unit with the seats set apart for it, and how many of its people hold one."""

    unit_id: int
    name: str
    seats: int
    taken: int


def course(db: Connection, scope: Scope, course_id: int) -> Training | None:
    """The course, where the officer covers its unit."""
    found = courses.get(db, course_id)
    return found if found and _covers(db, scope, found.unit_id) else None


def shares(db: Connection, scope: Scope, course_id: int) -> list[Share]:
    """The quotas of a course, by the names of the units; also those that have returned."""
    if course(db, scope, course_id) is None:
        return []
    rows = db.execute(
        select(Unit.id, Unit.name, CourseQuota.seats)
        .join(CourseQuota, CourseQuota.unit_id == Unit.id)
        .where(CourseQuota.course_id == course_id)
    ).all()
    taken = rooms.taken(db, course_id, {row.id: row.seats for row in rows})
    found = [Share(row.id, row.name, row.seats, taken[row.id]) for row in rows]
    return sorted(found, key=lambda one: (statistics.order(one.name), one.unit_id))


def meant_by_commune(db: Connection, scope: Scope, course_id: int) -> dict[int, int]:
    """How many people at work a course is meant for, by the communes the officer covers."""
    found = course(db, scope, course_id)
    if found is None:
        return {}
    rows = db.execute(
        meant.with_units(
            select(meant.NOW.id, func.count())
            .select_from(Person)
            .join(School, School.id == Person.school_id),
            begun=True,
        )
        .where(
            scope.where(meant.NOW.path.expression),
            meant.is_meant(found.audience),
            meant.at_work(scope.day),
        )
        .group_by(meant.NOW.id)
    )
    return {row[0]: row[1] for row in rows}


def put(
    db: Connection,
    scope: Scope,
    course_id: int,
    wanted: Mapping[int, int],
    now: datetime,
    *,
    instead: bool = False,
) -> Done:
    """Set seats apart for units, 0 for none; `instead` of all the quotas there are.

    The first ones get a day of return. Seats that are set apart no more go to whoever waits.
    """
    found = _locked(db, scope, course_id)
    if found is None or any(not _reached(db, scope, unit_id) for unit_id in wanted):
        return Done.NOT_YOURS
    before = {} if instead else {one.unit_id: one.seats for one in shares(db, scope, course_id)}
    after = {unit: number for unit, number in {**before, **wanted}.items() if number > 0}
    if found.seats is None or sum(after.values()) > found.seats:
        return Done.TOO_MANY
    db.execute(delete(CourseQuota).where(CourseQuota.course_id == course_id))
    if after:
        db.execute(
            insert(CourseQuota),
            [{"course_id": course_id, "unit_id": unit, "seats": n} for unit, n in after.items()],
        )
    if after and found.quotas_until is None:
        _write_day(db, course_id, _usual_day(found, now))
    _settle(db, scope, found, now, units=len(after), seats=sum(after.values()))
    return Done.DONE


def return_after(
    db: Connection, scope: Scope, course_id: int, day: date | None, now: datetime
) -> Done:
    """Return what nobody took at the end of a local day; None: only when the course is near."""
    found = _locked(db, scope, course_id)
    if found is None:
        return Done.NOT_YOURS
    until = _end(day, now) if day else None
    if until and (until <= now or (found.starts_at and until > found.starts_at)):
        return Done.PAST
    _write_day(db, course_id, until)
    _settle(db, scope, found, now, until=day.isoformat() if day else "")
    return Done.DONE


def _end(day: date, now: datetime) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=now.tzinfo)


def _usual_day(found: Training, now: datetime) -> datetime | None:
    if found.closes_at:
        last = found.closes_at.astimezone(now.tzinfo) - BEFORE_CLOSING
    elif found.starts_at:
        last = found.starts_at.astimezone(now.tzinfo) - BEFORE_START
    else:
        return None
    until = _end(last.date(), now)
    return until if until > now else None


def _write_day(db: Connection, course_id: int, until: datetime | None) -> None:
    db.execute(update(Course).where(Course.id == course_id).values(quotas_until=until))


def _settle(
    db: Connection, scope: Scope, found: Training, now: datetime, **detail: int | str
) -> None:
    """Note the change, and offer what is open to others now."""
    audit.note(db, actor_id=scope.actor_id, action="quotas changed", subject="course",
               subject_id=found.id, unit_id=found.unit_id, now=now, **detail)  # fmt: skip
    if changed := courses.get(db, found.id):
        offers.pass_on(db, changed, now)


def _covers(db: Connection, scope: Scope, unit_id: int) -> bool:
    path = db.execute(select(Unit.path).where(Unit.id == unit_id)).scalar_one_or_none()
    return path is not None and scope.covers(path)


def _locked(db: Connection, scope: Scope, course_id: int) -> Training | None:
    found = courses.locked(db, course_id)
    return found if found and _covers(db, scope, found.unit_id) else None


def _reached(db: Connection, scope: Scope, unit_id: int) -> bool:
    """True where the unit, or all that a former one became, lies in the scope."""
    if _covers(db, scope, unit_id):
        return True
    became = units.successors(db, unit_id)
    return bool(became) and all(scope.covers(one.path) for one in became)


def left(db: Connection, scope: Scope, course_id: int, now: datetime) -> int | None:
    """Seats free for people of no quota's unit; None without a number, or for others' courses."""
    found = course(db, scope, course_id)
    if found is None or found.seats is None:
        return None
    return rooms.free(db, found, rooms.quotas(db, found, now)).left(None)
