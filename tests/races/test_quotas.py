"""Sixty people at once for forty seats, five of them set apart for one commune."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import conversations, registrations
from storage.models import (
    CourseQuota,
    Ownership,
    Person,
    Registration,
    School,
    SchoolType,
    Standing,
    Unit,
    UnitKind,
)
from storage.seats import Room
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

COURSE, SEATS, KEPT, PEOPLE = 12, 40, 5, 60
OTHER = 2


def world(db: Connection) -> None:
    """Fifty people of one commune and ten of another, for whom five seats are set apart."""
    rows.school(db)
    db.execute(insert(Unit).values(id=OTHER, code="24739", name="Xã Quảng Tân",
                                   kind=UnitKind.COMMUNE, path=f"/{OTHER}/"))  # fmt: skip
    db.execute(insert(School).values(
        id=OTHER, name="Trường MN Ban Mai", folded="ban mai", type=SchoolType.PRESCHOOL,
        ownership=Ownership.PUBLIC, unit_id=OTHER,
    ))  # fmt: skip
    rows.people(db, PEOPLE)
    db.execute(update(Person).where(Person.id > PEOPLE - 10).values(school_id=OTHER))
    rows.course(db, COURSE, seats=SEATS)
    db.execute(insert(CourseQuota).values(course_id=COURSE, unit_id=OTHER, seats=KEPT))


async def test_a_quota_under_sixty_who_ask_at_once(either: Database) -> None:
    """Whoever asks gets what is left for them at the moment the course is theirs to lock."""
    await either.turn(world)

    def ask(db: Connection, person_id: int) -> None:
        registrations.register(db, COURSE, conversations.who(db, person_id), MONDAY)

    # The others are first in line, so that the set apart seats would be gone.
    people = list(range(1, PEOPLE + 1))
    random.Random(5).shuffle(people)
    people.sort(key=lambda one: one > PEOPLE - 10)
    await asyncio.gather(*(either.turn(lambda db, one=one: ask(db, one)) for one in people))

    kept = await either.read(
        lambda db: db.execute(
            select(Registration.person_id, Registration.standing).order_by(Registration.turn)
        ).all()
    )
    room = Room(SEATS, {OTHER: KEPT})
    expected = [room.take(OTHER if one.person_id > PEOPLE - 10 else None) for one in kept]
    assert [one.standing is Standing.SEATED for one in kept] == expected
    assert sum(expected) == SEATS
    seated = [one.person_id for one in kept if one.standing is Standing.SEATED]
    assert sum(one > PEOPLE - 10 for one in seated) >= KEPT
