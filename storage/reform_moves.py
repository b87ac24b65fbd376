"""What goes along when a unit ends: whatever says "this unit" of today, and none of its past.

With one successor, to it:
- rights of officers, and invitations into them: the old right ends the day before, so that who had
  it when stays known; whoever has the same right there already gets no second one;
- trainings and announcements it runs, with their results; files it brought in; open claims that
  name it; the place of sessions to come;
- seats set apart for it in trainings, added to those the successor has.

Whom trainings and announcements are for that are not over: every successor in place of the unit.
So whoever shares a commune with them since is meant too.

With several successors nobody can say who goes where: the rights end, invitations are void, seats
set apart are anybody's, and what the unit ran stays under it, where the unit above covers it.

What stays: reports (those who answer for the successor answer for them too, see
`storage.reporting.communes`), the audit, requests and nudges of the past, closed claims,
`School.old_unit_id`, and units in the rules of what is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, or_, select, update

from storage import courses
from storage.models import (
    Broadcast,
    BroadcastState,
    Claim,
    ClaimState,
    Course,
    CourseQuota,
    CourseState,
    Intake,
    Invitation,
    Role,
    RosterImport,
    Session,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

OVER: Final = (BroadcastState.DONE, BroadcastState.CANCELLED)


def follow(db: Connection, source_id: int, targets: Sequence[int], day: date, now: datetime) -> int:
    """Let everything follow a unit that ends the day before; how many rights went along.

    A unit that goes on is one of its own successors; then only rules change.
    """
    _rules(db, source_id, targets, now)
    if source_id in targets:
        return 0
    if len(targets) > 1:
        _part(db, source_id, day, now)
        return 0
    (target_id,) = targets
    for table in (Course, Broadcast, RosterImport, Intake):
        db.execute(update(table).where(table.unit_id == source_id).values(unit_id=target_id))
    claims = (Claim.unit_id == source_id, Claim.state == ClaimState.OPEN)
    db.execute(update(Claim).where(*claims).values(unit_id=target_id))
    there = (
        Session.unit_id == source_id,
        or_(Session.starts_at.is_(None), Session.starts_at > now),
    )
    db.execute(update(Session).where(*there).values(unit_id=target_id))
    _seats(db, source_id, target_id)
    return _rights(db, source_id, target_id, day)


def _rights(db: Connection, source_id: int, target_id: int, day: date) -> int:
    passed: dict[int, int] = {}
    for role in db.execute(_held(source_id, day)).all():
        if role.valid_from >= day:
            db.execute(update(Role).where(Role.id == role.id).values(unit_id=target_id))
            passed[role.id] = role.id
            continue
        there = _held(target_id, day).where(
            Role.person_id == role.person_id, Role.kind == role.kind
        )
        same = db.execute(there).first()
        passed[role.id] = same.id if same else _passed(db, role, target_id, day, passed)
        _end(db, role.id, day)
    for old, new in passed.items():
        mine = Invitation.covers_id == old
        db.execute(update(Invitation).where(mine).values(covers_id=new))
    moved = update(Invitation).where(Invitation.unit_id == source_id)
    db.execute(moved.values(unit_id=target_id))
    return len(passed)


def _passed(db: Connection, role: Any, target_id: int, day: date, passed: dict[int, int]) -> int:
    made = insert(Role).values(
        person_id=role.person_id, kind=role.kind, unit_id=target_id, valid_from=day,
        valid_to=role.valid_to, given_by_id=role.given_by_id,
        covers_id=passed.get(role.covers_id, role.covers_id),
    )  # fmt: skip
    return db.execute(made.returning(Role.id)).scalar_one()


def _held(unit_id: int, day: date) -> Any:
    ended = or_(Role.valid_to.is_(None), Role.valid_to >= day)
    return select(Role).where(Role.unit_id == unit_id, ended).order_by(Role.id)


def _end(db: Connection, role_id: int, day: date) -> None:
    last = day - timedelta(days=1)
    db.execute(update(Role).where(Role.id == role_id).values(valid_to=last))


def _part(db: Connection, source_id: int, day: date, now: datetime) -> None:
    for role in db.execute(_held(source_id, day)).all():
        _end(db, role.id, day)
    void = (Invitation.unit_id == source_id, Invitation.revoked_at.is_(None))
    db.execute(update(Invitation).where(*void).values(revoked_at=now))
    db.execute(delete(CourseQuota).where(CourseQuota.unit_id == source_id))


def _seats(db: Connection, source_id: int, target_id: int) -> None:
    mine = CourseQuota.unit_id == source_id
    theirs = select(CourseQuota.course_id).where(CourseQuota.unit_id == target_id)
    for course_id in db.execute(theirs).scalars().all():
        of_course = CourseQuota.course_id == course_id
        seats = db.execute(
            select(func.sum(CourseQuota.seats)).where(
                of_course, CourseQuota.unit_id.in_((source_id, target_id))
            )
        ).scalar_one()
        db.execute(delete(CourseQuota).where(of_course, mine))
        both = (of_course, CourseQuota.unit_id == target_id)
        db.execute(update(CourseQuota).where(*both).values(seats=seats))
    db.execute(update(CourseQuota).where(mine).values(unit_id=target_id))


def _rules(db: Connection, source_id: int, targets: Sequence[int], now: datetime) -> None:
    open_ = select(Course.id, Course.audience).where(
        Course.state != CourseState.CANCELLED, ~Course.past
    )
    for row in db.execute(open_.order_by(Course.id)).all():
        if source_id in row.audience.get("units", ()) and not _over(db, row.id, now):
            audience = _replaced(row.audience, source_id, targets)
            db.execute(update(Course).where(Course.id == row.id).values(audience=audience))
    waiting = select(Broadcast.id, Broadcast.audience).where(Broadcast.state.not_in(OVER))
    for row in db.execute(waiting.order_by(Broadcast.id)).all():
        if source_id in row.audience.get("units", ()):
            audience = _replaced(row.audience, source_id, targets)
            db.execute(update(Broadcast).where(Broadcast.id == row.id).values(audience=audience))


def _over(db: Connection, course_id: int, now: datetime) -> bool:
    course = courses.get(db, course_id)
    return course is not None and course.over(now)


def _replaced(rule: dict[str, Any], source_id: int, targets: Sequence[int]) -> dict[str, Any]:
    units = [each for unit in rule["units"] for each in (targets if unit == source_id else (unit,))]
    return {**rule, "units": list(dict.fromkeys(units))}
