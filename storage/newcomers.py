"""People who are in no roster yet, and the namesakes they may turn out to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select, update

from storage import spelling
from storage.models import Called, Person, Position, Source

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class Namesake:
    """Somebody of the school with the same name; the birth year, where known, tells them apart."""

    id: int
    full_name: str
    birth_year: int | None
    position: Position


def add(db: Connection, full_name: str, *, school_id: int | None, phone: str | None) -> int:
    """A person as they describe themselves: a teacher until somebody says otherwise, unverified.

    The name is kept as it was typed, only cleaned.
    """
    name = spelling.clean(full_name)
    return db.execute(
        insert(Person)
        .values(
            full_name=name, sort_key=spelling.sort_key(name), folded=spelling.fold(name),
            nickname="", called=Called.TEACHER, position=Position.TEACHER, phone=phone,
            school_id=school_id, source=Source.SELF,
        )
        .returning(Person.id)
    ).scalar_one()  # fmt: skip


def rename(db: Connection, person_id: int, full_name: str) -> None:
    """Write a name anew, with the keys it is searched and sorted by."""
    name = spelling.clean(full_name)
    db.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(full_name=name, sort_key=spelling.sort_key(name), folded=spelling.fold(name))
    )


def namesakes(
    db: Connection, school_id: int | None, full_name: str, day: date, *, but: int
) -> list[Namesake]:
    """Confirmed or listed people of a school who have this name, without the person `but`.

    A name typed without any mark may be any name that folds to it; one with marks is meant so:
    "Hoa" is not "Hòa".
    """
    name = spelling.clean(full_name).casefold()
    folded = spelling.fold(name)
    if school_id is None:
        return []
    rows = db.execute(
        select(Person.id, Person.full_name, Person.birth_year, Person.position)
        .where(*_colleagues(school_id, day), Person.id != but, Person.folded == folded)
        .order_by(Person.birth_year, Person.id)
    )
    found = [Namesake(*row) for row in rows]
    if name.isascii():
        return found
    return [one for one in found if spelling.clean(one.full_name).casefold() == name]


def colleague(db: Connection, school_id: int | None, person_id: int, day: date) -> bool:
    """True where this is a confirmed or listed person of the school."""
    if school_id is None:
        return False
    found = select(Person.id).where(*_colleagues(school_id, day), Person.id == person_id)
    return db.execute(found).first() is not None


def _colleagues(school_id: int, day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Person.school_id == school_id,
        Person.merged_into_id.is_(None),
        or_(Person.left_on.is_(None), Person.left_on > day),
        or_(Person.source != Source.SELF, Person.verified_at.is_not(None)),
    )
