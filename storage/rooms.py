"""Who may have which free seat: quotas of units until their day of return, limits per school.

A person takes from the quota of the nearest unit above their school first, then from the seats
that are open to all. What is set apart and not taken returns to all at `Course.quotas_until`, and
so near the beginning that a free seat is for whoever asks first. The course is locked by whoever
gives a seat away.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage import places, school_days, seats
from storage.meant import NOW, OLD
from storage.models import HOLDING, CourseQuota, Person, Registration, School, Standing
from storage.places import Place
from storage.seats import Room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.conversations import Who
    from storage.courses import Training

QUOTAS = select(CourseQuota.unit_id, CourseQuota.seats).where(
    CourseQuota.course_id == bindparam("course_id")
)
_old_path = func.coalesce(OLD.path, "")
_now_path = func.coalesce(NOW.path, "")


def _placed(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Registrations of a course with the units of their people's schools."""
    return (
        select(*columns)
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(School, School.id == Person.school_id)
        .outerjoin(NOW, NOW.id == School.unit_id)
        .outerjoin(OLD, OLD.id == School.old_unit_id)
        .where(Registration.course_id == bindparam("course_id"))
    )


HELD = (
    _placed(_now_path, _old_path, func.count())
    .where(Registration.standing.in_(HOLDING))
    .group_by(_now_path, _old_path)
)
QUEUE = (
    _placed(*places.FIELDS, Person.school_id, _now_path, _old_path)
    .where(Registration.standing == Standing.WAITING)
    .order_by(Registration.turn)
)


def quotas(db: Connection, course: Training, now: datetime) -> dict[int, int]:
    """The seats set apart, by unit, that still are; empty after the day of return."""
    returned = course.quotas_until is not None and course.quotas_until <= now
    if course.seats is None or returned or seats.first_come(now, course.starts_at):
        return {}
    rows = db.execute(QUOTAS, {"course_id": course.id})
    return {row.unit_id: row.seats for row in rows}


def taken(db: Connection, course_id: int, apart: dict[int, int]) -> Counter[int | None]:
    """Seats held in a course by the unit whose quota counts for their people; None: no quota's."""
    found: Counter[int | None] = Counter()
    for path, old_path, held in db.execute(HELD, {"course_id": course_id}):
        found[seats.quota_of(apart, path, old_path)] += held
    return found


def free(db: Connection, course: Training, apart: dict[int, int]) -> Room:
    """The free seats of a course, with what is left of these quotas."""
    if course.seats is None:
        return Room(None)
    held = taken(db, course.id, apart)
    return Room(course.seats - held.total(), seats.set_apart(apart, held))


def left(db: Connection, course: Training, who: Who | None, now: datetime) -> int | None:
    """How many seats are free for somebody who does not wait; None where as many come as like.

    A stranger sees those that nobody set apart. A free seat belongs to whoever already waits and
    can have it; not so near the beginning that it is for whoever asks first.
    """
    if course.seats is None:
        return None
    counts = db.execute(places.COUNTS, {"course_id": course.id}).one()
    open_to_all = seats.first_come(now, course.starts_at)
    if open_to_all or not (counts.quotas or course.school_limit is not None):
        return 0 if counts.waiting and not open_to_all else max(0, course.seats - counts.held)
    apart = quotas(db, course, now)
    room = free(db, course, apart)
    _serve(db, course, apart, room, now)
    return room.left(_quota(apart, who))


def _quota(apart: dict[int, int], who: Who | None) -> int | None:
    return seats.quota_of(apart, who.path or "", who.old_path or "") if who else None


def to_offer(db: Connection, course: Training, now: datetime) -> list[Place]:
    """Those in the queue who can be offered a seat now, in the order of their turns.

    Whoever could only have a seat of another unit, or whose school has sent enough people that
    day, goes on waiting and holds nobody up.
    """
    apart = quotas(db, course, now)
    return _serve(db, course, apart, free(db, course, apart), now)


def _serve(
    db: Connection, course: Training, apart: dict[int, int], room: Room, now: datetime
) -> list[Place]:
    rows: Sequence[Any] = db.execute(QUEUE, {"course_id": course.id}).all()
    schools = {row.school_id for row in rows if row.school_id is not None}
    days = school_days.read(db, course, schools, now)
    served: list[Place] = []
    for *place, school_id, path, old_path in rows:
        one = Place(*place)
        if days.full(school_id, one.person_id):
            continue
        if room.take(seats.quota_of(apart, path, old_path)):
            days.add(school_id, one.person_id)
            served.append(one)
    return served


def school_full(db: Connection, course: Training, who: Who, now: datetime) -> bool:
    """True where the person's school has sent as many as it may, on a day of this course."""
    if course.school_limit is None or who.school_id is None:
        return False
    days = school_days.read(db, course, (who.school_id,), now)
    return days.full(who.school_id, who.id)
