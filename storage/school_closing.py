"""What ends or goes along when a school closes or is merged: people, rights, questions, results.

Steps of deeds of the register, whose right was asked there.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from storage import merges, roles, staff_moves
from storage.models import (
    Claim,
    ClaimState,
    Completion,
    Person,
    Position,
    Role,
    RoleKind,
    School,
    StaffChange,
    StaffMove,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


def people(db: Connection, school_id: int, day: date) -> list[int]:
    """The ids of everybody who works at a school that day, claimants too."""
    found = select(Person.id).where(Person.school_id == school_id, roles.present(day))
    return list(db.execute(found.order_by(Person.id)).scalars())


def hold(db: Connection, school_ids: list[int], day: date, *, changes: Sequence[int] = ()) -> None:
    """Lock the courses of everybody at these schools, then the schools, each by their ids.

    `changes` are changes of their lists that are to be taken back: those people count too.
    """
    everybody = [person for each in school_ids for person in people(db, each, day)]
    gone = select(StaffChange.person_id).where(StaffChange.id.in_(changes))
    everybody += db.execute(gone).scalars() if changes else ()
    merges.lock_courses(db, *everybody)
    rows = select(School.id).where(School.id.in_(school_ids)).order_by(School.id)
    db.execute(rows.with_for_update())


def heads(db: Connection, school_ids: list[int], day: date) -> list[int]:
    """Who may head what comes of these schools: those with the right, then those listed so."""
    found = [
        person
        for each in school_ids
        for person in roles.holders(db, RoleKind.PRINCIPAL, day=day, school_id=each)
    ]
    listed = select(Person.id).where(
        Person.school_id.in_(school_ids), Person.position == Position.PRINCIPAL, roles.present(day)
    )
    found += db.execute(listed.order_by(Person.id)).scalars()
    return list(dict.fromkeys(found))


def end_rights(
    db: Connection, school_id: int, now: datetime, *, but: int | None = None
) -> list[list[Any]]:
    """End the principals' rights over a school, except one person's; kept for undoing."""
    last = now.date() - timedelta(days=1)
    mine = (
        Role.kind == RoleKind.PRINCIPAL, Role.school_id == school_id, Role.person_id != (but or 0),
        or_(Role.valid_to.is_(None), Role.valid_to > last),
    )  # fmt: skip
    held = db.execute(select(Role.id, Role.valid_to).where(*mine)).all()
    db.execute(update(Role).where(*mine).values(valid_to=last))
    return [[row.id, row.valid_to.isoformat() if row.valid_to else None] for row in held]


def give_back_rights(db: Connection, ended: list[list[Any]]) -> None:
    """Put ended rights back as they were."""
    for role_id, last in ended:
        valid_to = date.fromisoformat(last) if last else None
        db.execute(update(Role).where(Role.id == role_id).values(valid_to=valid_to))


def leave_all(db: Connection, person_ids: list[int], by_id: int, now: datetime) -> list[int]:
    """Write everybody down as having left with their school; the ids of these changes."""
    values = {"left_on": now.date()}
    return [
        staff_moves.write(db, StaffMove.LEFT, each, values, by_id=by_id, now=now).id
        for each in person_ids
    ]


def carry(
    db: Connection, person_ids: list[int], school_id: int, into_id: int, now: datetime
) -> list[list[int]]:
    """Put people and all that is said of the one school under the other.

    What waits for a principal's word is asked of the other school; results of before follow too,
    and (course, person) of each are returned for undoing.
    """
    db.execute(update(Person).where(Person.id.in_(person_ids)).values(school_id=into_id))
    db.execute(
        update(Claim)
        .where(Claim.to_school_id == school_id, Claim.state == ClaimState.OPEN)
        .values(to_school_id=into_id)
    )
    done = db.execute(
        update(Completion)
        .where(Completion.school_id == school_id)
        .values(school_id=into_id)
        .returning(Completion.course_id, Completion.person_id)
    )
    pairs = [[row.course_id, row.person_id] for row in done]
    for person_id in person_ids:
        staff_moves.ask_anew(db, person_id, now)
    return pairs


def carry_back(
    db: Connection,
    person_ids: list[int],
    school_id: int,
    into_id: int,
    completions: list[list[int]],
    now: datetime,
) -> list[int]:
    """Undo `carry` for everybody who is still where it put them; returns who went back."""
    back = db.execute(
        update(Person)
        .where(Person.id.in_(person_ids), Person.school_id == into_id)
        .values(school_id=school_id)
        .returning(Person.id)
    )
    went = sorted(back.scalars())
    for course_id, person_id in completions:
        db.execute(
            update(Completion)
            .where(
                Completion.course_id == course_id, Completion.person_id == person_id,
                Completion.school_id == into_id,
            )
            .values(school_id=school_id)
        )  # fmt: skip
    for person_id in went:
        staff_moves.ask_anew(db, person_id, now)
    return went
