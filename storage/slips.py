"""Personal codes that wait to be handed out: those of people who have not used theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, or_, select

from storage import personal_codes, roles
from storage.models import AccountPerson, Person, PersonalCode, Position, School, Source, Unit

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

# A commune has some hundreds of teachers; a file of more pages than this nobody prints.
MOST = 3000


@dataclass(frozen=True, slots=True)
class Slip:
    """One person's code, with what tells them apart on paper."""

    person_id: int
    full_name: str
    birth_year: int | None
    position: Position
    school: str
    commune: str
    code: str


_CODE = (
    select(func.min(PersonalCode.code))
    .where(PersonalCode.person_id == Person.id, PersonalCode.used_at.is_(None))
    .scalar_subquery()
)
WAITING = (
    select(
        Person.id, Person.full_name, Person.birth_year, Person.position,
        School.name.label("school"), Unit.name.label("commune"),
        func.coalesce(_CODE, "").label("code"),
    )
    .join(School, School.id == Person.school_id)
    .join(Unit, Unit.id == School.unit_id)
    .where(
        School.closed_on.is_(None),
        roles.present(roles.DAY),
        or_(Person.source != Source.SELF, Person.verified_at.is_not(None)),
        ~exists().where(AccountPerson.person_id == Person.id),
    )
    .limit(MOST + 1)
)  # fmt: skip
OF_SCHOOL = WAITING.where(School.id == bindparam("school_id")).order_by(Person.sort_key, Person.id)
OF_UNIT = WAITING.where(Unit.path.like(bindparam("below"))).order_by(
    Unit.name, School.name, School.id, Person.sort_key, Person.id
)


def of_school(db: Connection, school_id: int, day: date) -> list[Slip]:
    """The people of a school who use no assistant yet, by name; "" where no code is made."""
    rows = db.execute(OF_SCHOOL, {"school_id": school_id, "day": day})
    return [Slip(*row) for row in rows]


def of_unit(db: Connection, path: str, day: date) -> list[Slip]:
    """The same for all schools below a unit, school by school. The caller has asked the right."""
    return [Slip(*row) for row in db.execute(OF_UNIT, {"below": f"{path}%", "day": day})]


def prepared(db: Connection, slips: list[Slip]) -> list[Slip]:
    """The same, with a code made for everybody who had none that can be used."""
    return [
        replace(slip, code=slip.code or personal_codes.give(db, slip.person_id)) for slip in slips
    ]
