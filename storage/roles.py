"""Who holds which right, over what, on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Date, and_, bindparam, insert, or_, select, update

from storage.models import Person, Role, RoleKind

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import BindParameter, ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class Held:
    """A right with its reach and its dates; `valid_to` is the last day."""

    id: int
    person_id: int
    kind: RoleKind
    unit_id: int | None
    school_id: int | None
    course_id: int | None
    valid_from: date
    valid_to: date | None


FIELDS = (
    Role.id, Role.person_id, Role.kind, Role.unit_id, Role.school_id, Role.course_id,
    Role.valid_from, Role.valid_to,
)  # fmt: skip


def present(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that somebody has not left by a day, and is nobody else's second entry."""
    gone = or_(Person.left_on.is_(None), Person.left_on > day)
    return and_(Person.merged_into_id.is_(None), gone)


def holds(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """The one condition under which a right counts on a day; its person has to be joined.

    From its first day to its last, for whoever is `present`: leavers hold nothing.
    """
    ended = or_(Role.valid_to.is_(None), Role.valid_to >= day)
    return and_(Role.valid_from <= day, ended, present(day))


DAY: BindParameter[date] = bindparam("day", type_=Date())
OF = (
    select(*FIELDS)
    .join(Person, Person.id == Role.person_id)
    .where(Role.person_id == bindparam("person_id"), holds(DAY))
    .order_by(Role.id)
)
PRESENT = select(Person.id).where(Person.id == bindparam("person_id"), present(DAY))


def of(db: Connection, person_id: int, day: date) -> list[Held]:
    """The person's rights on a day, the oldest first."""
    return [Held(*row) for row in db.execute(OF, {"person_id": person_id, "day": day})]


def works(db: Connection, person_id: int, day: date) -> bool:
    """True for whoever has not left by a day, and is nobody else's second entry."""
    found = db.execute(PRESENT, {"person_id": person_id, "day": day})
    return found.one_or_none() is not None


def holders(
    db: Connection,
    kind: RoleKind,
    *,
    day: date,
    school_id: int | None = None,
    path: str | None = None,
) -> list[int]:
    """Ids of the people who hold a right on a day, the oldest right first.

    A principal's right is over one school, `school_id`; without a school nobody holds it. An
    officer's covers a place where its unit is on the place's `path`; several paths may be
    written one after the other. Without a path, whoever holds the right anywhere is meant.
    """
    wanted = (
        select(Role.person_id)
        .join(Person, Person.id == Role.person_id)
        .where(Role.kind == kind, holds(day))
        .order_by(Role.id)
    )
    if kind is RoleKind.PRINCIPAL:
        wanted = wanted.where(Role.school_id == school_id)
    elif path is not None:
        wanted = wanted.where(Role.unit_id.in_(units_on(path)))
    return list(dict.fromkeys(db.execute(wanted).scalars()))


def units_on(path: str) -> list[int]:
    """The ids of the units on a path: "/1/7/42/" gives 1, 7 and 42."""
    return [int(part) for part in path.split("/") if part]


def grant(
    db: Connection,
    person_id: int,
    kind: RoleKind,
    day: date,
    *,
    unit_id: int | None = None,
    school_id: int | None = None,
    course_id: int | None = None,
) -> int:
    """Give a right from a day on; who has it already keeps the one they have. Returns its id."""
    reach = (unit_id, school_id, course_id)
    for held in of(db, person_id, day):
        if held.kind is kind and (held.unit_id, held.school_id, held.course_id) == reach:
            return held.id
    return db.execute(
        insert(Role)
        .values(
            person_id=person_id, kind=kind, unit_id=unit_id, school_id=school_id,
            course_id=course_id, valid_from=day,
        )
        .returning(Role.id)
    ).scalar_one()  # fmt: skip


def stands_in(db: Connection, role_id: int, person_id: int, day: date) -> bool:
    """True where somebody stands in for the holder of a role that day, or will later."""
    found = select(Role.id).where(
        Role.covers_id == role_id,
        Role.person_id == person_id,
        or_(Role.valid_to.is_(None), Role.valid_to >= day),
    )
    return db.execute(found.limit(1)).first() is not None


def hand(db: Connection, role_id: int, person_id: int, first: date, last: date | None) -> int:
    """Give what one role holds to somebody else; returns the id of their role.

    With a last day they stand in for its holder. Without one it passes on: the old role ends the
    day before, with everything that hung on it. Whoever calls this has looked at the rights.
    """
    old = db.execute(
        select(Role.kind, Role.unit_id, Role.person_id, Role.valid_to).where(Role.id == role_id)
    ).one()
    made = db.execute(
        insert(Role)
        .values(
            person_id=person_id, kind=old.kind, unit_id=old.unit_id, valid_from=first,
            valid_to=last or old.valid_to, given_by_id=old.person_id,
            covers_id=role_id if last else None,
        )
        .returning(Role.id)
    ).scalar_one()  # fmt: skip
    if last is None:
        end(db, role_id, first - timedelta(days=1))
    return made


def end(db: Connection, role_id: int, last: date) -> None:
    """Let a role and those of its stand-ins end on a day at the latest."""
    later = or_(Role.valid_to.is_(None), Role.valid_to > last)
    mine = or_(Role.id == role_id, Role.covers_id == role_id)
    db.execute(update(Role).where(mine, later).values(valid_to=last))
