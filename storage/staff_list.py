"""A school's list: who works there, as what, and who has not used the assistant yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, or_, select

from storage import roles
from storage.models import AccountPerson, Person, Position, Source

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

# Heads first; among equals the order in which they came onto the list, which is the office's own.
ORDER = (Position.PRINCIPAL, Position.DEPUTY, Position.TEACHER)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on a school's list on a day. `used`: an account speaks for them.

    `away_until` is the last day of a long leave that runs, `away` says that one does.
    """

    id: int
    full_name: str
    birth_year: int | None
    position: Position
    used: bool
    away: bool
    away_until: date | None


_FIELDS = (
    Person.id, Person.full_name, Person.birth_year, Person.position, Person.leave_from,
    Person.leave_to, exists().where(AccountPerson.person_id == Person.id).label("used"),
)  # fmt: skip
# Who only says that they work there is no colleague yet.
_KNOWN = or_(Person.source != Source.SELF, Person.verified_at.is_not(None))
OF = (
    select(*_FIELDS)
    .where(Person.school_id == bindparam("school_id"), roles.present(roles.DAY), _KNOWN)
    .order_by(Person.id)
)


def of(db: Connection, school_id: int, day: date) -> list[Member]:
    """Everybody on the school's list that day, the head first. The caller has asked the right."""
    rows = db.execute(OF, {"school_id": school_id, "day": day}).all()
    members: list[Member] = []
    for row in rows:
        begun = row.leave_from is not None and row.leave_from <= day
        away = begun and (row.leave_to is None or row.leave_to >= day)
        members.append(
            Member(row.id, row.full_name, row.birth_year, row.position, bool(row.used), away,
                   row.leave_to if away else None)
        )  # fmt: skip
    return sorted(members, key=_rank)


def _rank(member: Member) -> tuple[int, int]:
    known = member.position in ORDER
    return (ORDER.index(member.position) if known else len(ORDER), member.id)


def there(db: Connection, school_id: int, day: date) -> int:
    """How many of the school are at work that day: on the list, and not on long leave."""
    return sum(not member.away for member in of(db, school_id, day))
