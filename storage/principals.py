"""What waits for a principal: claims and requests of the people of the school."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from storage import roles
from storage.models import (
    Claim,
    ClaimState,
    Person,
    Registration,
    Role,
    RoleKind,
    Rung,
    Standing,
)

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

SCHOOLS = (
    select(Role.school_id)
    .join(Person, Person.id == Role.person_id)
    .where(
        Role.person_id == bindparam("person_id"),
        Role.kind == RoleKind.PRINCIPAL,
        Role.school_id.is_not(None),
        roles.holds(roles.DAY),
    )
)


def schools(db: Connection, person_id: int, day: date) -> list[int]:
    """Ids of the schools the person is principal of on a day; empty for anybody else."""
    found = db.execute(SCHOOLS, {"person_id": person_id, "day": day}).scalars()
    return sorted({school_id for school_id in found if school_id is not None})


def claims(db: Connection, school_ids: list[int]) -> list[int]:
    """Ids of the open claims that wait for the principals of these schools, oldest first."""
    found = (
        select(Claim.id)
        .join(Person, Person.id == Claim.person_id)
        .where(
            Claim.state == ClaimState.OPEN,
            Claim.rung == Rung.PRINCIPAL,
            func.coalesce(Claim.to_school_id, Person.school_id).in_(school_ids),
        )
        .order_by(Claim.asked_at, Claim.id)
    )
    return list(db.execute(found).scalars())


def requests(db: Connection, school_ids: list[int]) -> list[int]:
    """Ids of the registrations these principals have not agreed to yet, oldest first."""
    found = (
        select(Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.standing == Standing.ASKED, Person.school_id.in_(school_ids))
        .order_by(Registration.changed_at, Registration.id)
    )
    return list(db.execute(found).scalars())
