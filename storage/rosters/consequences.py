"""What else changes when a list is written: rights over a former school, questions, seats.

Steps of `swap.write`, whose right was asked there, and of the clock; no officer calls them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from storage import registrations
from storage.models import (
    LIVE,
    Course,
    CourseState,
    Person,
    Position,
    Registration,
    Role,
    RoleKind,
    RosterState,
    Session,
    Side,
    Standing,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

# Seats given up in one turn.
PORTION = 25
_after = aliased(RosterState)
_last_day = func.coalesce(Session.last_day, Session.first_day)
_BEGUN = exists().where(
    Session.course_id == Course.id,
    or_(
        and_(Session.number == 1, Session.starts_at <= bindparam("now")),
        and_(Session.starts_at.is_(None), _last_day < bindparam("day")),
    ),
)
# What has begun keeps its record, and so does what was brought in from a file. The few courses to
# come are found first: the look at all registrations there ever were would hold everybody up.
COMING = select(Course.id).where(
    Course.state.in_((CourseState.OPEN, CourseState.CLOSED)), ~Course.past, ~_BEGUN
)
LEFT = (
    select(Registration.course_id, Registration.person_id, Registration.standing)
    .join(Person, Person.id == Registration.person_id)
    .where(
        Registration.course_id.in_(COMING),
        Registration.standing.in_(LIVE),
        Person.left_on.is_not(None),
        Person.left_on <= bindparam("day"),
    )
    .order_by(Registration.course_id, Registration.id)
    .limit(PORTION)
)


def written(db: Connection, import_id: int, day: date) -> None:
    """After a list was written: who moved, or heads a school no more, loses the right over it.

    Their requests are asked of the new school. The offer of the role to whoever heads a school now
    is made where they speak (`heads`).
    """
    of_it = (
        select(RosterState.person_id)
        .join(
            _after,
            and_(
                _after.import_id == RosterState.import_id,
                _after.at == RosterState.at,
                _after.side == Side.AFTER,
            ),
        )
        .where(RosterState.import_id == import_id, RosterState.side == Side.BEFORE)
    )
    moved = _after.school_id.is_distinct_from(RosterState.school_id)
    heads_no_more = and_(
        RosterState.position == Position.PRINCIPAL, _after.position != Position.PRINCIPAL
    )
    last = day - timedelta(days=1)
    db.execute(
        update(Role)
        .where(
            Role.kind == RoleKind.PRINCIPAL,
            or_(Role.valid_to.is_(None), Role.valid_to > last),
            of_it.where(
                RosterState.person_id == Role.person_id,
                RosterState.school_id == Role.school_id,
                or_(moved, heads_no_more),
            ).exists(),
        )
        .values(valid_to=last)
    )
    # The clock asks whoever may answer now.
    db.execute(
        update(Registration)
        .where(
            Registration.standing == Standing.ASKED,
            Registration.person_id.in_(of_it.where(moved)),
        )
        .values(asked_rung=None, climbs_at=None)
    )


def free_seats(db: Connection, now: datetime) -> int:
    """Give up seats of people who have left, a portion of them, and offer them on; how many."""
    found = db.execute(LEFT, {"day": now.date(), "now": now}).all()
    for row in found:
        nominated = row.standing is Standing.NOMINATED
        registrations.give_up(
            db, row.course_id, row.person_id, now, reason="left",
            standing=Standing.EXCUSED if nominated else Standing.GIVEN_UP,
        )  # fmt: skip
    return len(found)
