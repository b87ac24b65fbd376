"""A change of a school's list as it is read afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from storage.models import Course, Person, Registration, School, StaffChange

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from storage.models import StaffMove


@dataclass(frozen=True, slots=True)
class Written:
    """Who changed where, written by whom; `codes` are courses whose registrations ended."""

    kind: StaffMove
    full_name: str
    school: str
    target: str
    day: date
    until: date | None
    by: str
    undone: bool
    codes: tuple[str, ...]


_by, _target = aliased(Person), aliased(School)
ONE = (
    select(
        StaffChange.kind, Person.full_name, School.name.label("school"),
        _target.name.label("target"), StaffChange.day, StaffChange.until,
        _by.full_name.label("by"), StaffChange.undone_at, StaffChange.ended,
    )
    .join(Person, Person.id == StaffChange.person_id)
    .outerjoin(School, School.id == StaffChange.school_id)
    .outerjoin(_target, _target.id == StaffChange.to_school_id)
    .outerjoin(_by, _by.id == StaffChange.by_id)
    .where(StaffChange.id == bindparam("change_id"))
)  # fmt: skip
NUMBERS = (
    select(Course.number)
    .join(Registration, Registration.course_id == Course.id)
    .where(Registration.id.in_(bindparam("ids", expanding=True)))
    .order_by(Course.number)
)


def get(db: Connection, change_id: int) -> Written | None:
    """The change with this id."""
    row = db.execute(ONE, {"change_id": change_id}).one_or_none()
    if row is None:
        return None
    ended = db.execute(NUMBERS, {"ids": row.ended}).scalars() if row.ended else ()
    return Written(
        row.kind, row.full_name, row.school or "", row.target or "", row.day, row.until,
        row.by or "", row.undone_at is not None, tuple(f"L{number}" for number in ended),
    )  # fmt: skip
