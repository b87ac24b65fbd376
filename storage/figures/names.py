"""The people a figure is made of, by name, as far as an officer's scope reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage.figures import extents
from storage.figures.counts import Bit
from storage.models import Counted, Person, School

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from storage.models import Position
    from storage.scopes import Scope
    from storage.statistics import Within

_NOBODY = Bit(0)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody behind a figure: the full name as written, and the school that counts them.

    `bits` is all that they add to the figures of the subject.
    """

    person_id: int
    full_name: str
    birth_year: int | None
    position: Position
    school: str
    school_id: int
    bits: Bit


def people(
    db: Connection,
    scope: Scope,
    subject_id: int,
    bit: Bit,
    *,
    within: Within | None = None,
    without: Bit = _NOBODY,
    limit: int,
    offset: int = 0,
) -> list[Named]:
    """Who adds all of `bit` and nothing of `without` now, by school and name.

    `Bit.EXPECTED` without `Bit.COMPLETED` are those who have not completed. Of whoever is counted
    at a school of the scope and works elsewhere by now, the name is left out: `count` tells how
    many there are. So it is of whoever was deleted.
    """
    rows = db.execute(
        _counted(
            select(
                Person.id, Person.full_name, Person.birth_year, Person.position,
                School.name.label("school"), School.id.label("school_id"), Counted.bits,
            ).join_from(Counted, Person, Person.id == Counted.person_id),
            scope, subject_id, bit, without, within,
        )
        .where(*([] if extents.all_of(scope) else [_still_here(scope)]))
        .order_by(School.folded, School.id, Person.sort_key, Person.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [Named(*row[:-1], bits=Bit(row.bits)) for row in rows]


def count(
    db: Connection,
    scope: Scope,
    subject_id: int,
    bit: Bit,
    *,
    within: Within | None = None,
    without: Bit = _NOBODY,
) -> int:
    """How many people a figure is made of now, those without a name among them."""
    statement = select(func.count()).select_from(Counted)
    found = _counted(statement, scope, subject_id, bit, without, within)
    return db.execute(found).scalar_one()


def _still_here(scope: Scope) -> Any:
    mine = select(School.id).where(School.unit_id.in_(extents.communes(scope)))
    return Person.school_id.is_(None) | Person.school_id.in_(mine)


def _counted(
    statement: Select[*tuple[Any, ...]],
    scope: Scope,
    subject_id: int,
    bit: Bit,
    without: Bit,
    within: Within | None,
) -> Select[*tuple[Any, ...]]:
    joined = statement.join(School, School.id == Counted.school_id)
    return extents.with_old(joined).where(
        Counted.subject_id == subject_id,
        Counted.bits.bitwise_and(int(bit)) == int(bit),
        Counted.bits.bitwise_and(int(without)) == 0,
        *extents.conditions(extents.OF_SCHOOLS, scope, within),
    )
