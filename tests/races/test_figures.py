"""Everybody registers and leaves at once: the counters are what a recount says."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text, update

from storage import conversations, registrations
from storage.database import Database
from storage.figures import books, recount
from storage.models import Course, Figure, Person, Registration, Standing, Subject
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

COURSES, PEOPLE, TURNS = (11, 12, 13), 12, 120


def world(db: Connection) -> None:
    rows.school(db)
    rows.people(db, PEOPLE)
    for each in COURSES:
        rows.course(db, each, seats=None)
    books.open_day(db, MONDAY.date())


def register(db: Connection, course_id: int, person_id: int) -> None:
    registrations.register(db, course_id, conversations.who(db, person_id), MONDAY)


def give_up(db: Connection, course_id: int, person_id: int) -> None:
    registrations.give_up(db, course_id, person_id, MONDAY)


def leave(db: Connection, course_id: int, person_id: int) -> None:
    away = MONDAY.date() if course_id % 2 else None
    db.execute(update(Person).where(Person.id == person_id).values(leave_from=away))


def two_leave(db: Connection, course_id: int, person_id: int) -> None:
    """Two people in one turn, in any order: whoever meets them the other way round waits."""
    for each in (person_id, person_id % PEOPLE + 1):
        leave(db, course_id, each)


def for_others(db: Connection, course_id: int, person_id: int) -> None:
    audience = {"positions": ["GV"]} if person_id % 2 else {"positions": ["HT"]}
    db.execute(update(Course).where(Course.id == course_id).values(audience=audience))


async def test_counters_of_turns_at_once_are_those_of_a_recount(postgres_url: str):
    random = Random(6)
    works = (register, register, register, give_up, leave, two_leave, for_others)
    async with Database.open(postgres_url) as database:
        await database.turn(world)
        turns = [
            partial(
                random.choice(works),
                course_id=random.choice(COURSES), person_id=random.randrange(PEOPLE) + 1,
            )
            for _ in range(TURNS)
        ]  # fmt: skip
        await asyncio.gather(*(database.turn(turn) for turn in turns))
        assert await database.read(recount.differences) == []
        taken = select(Figure.registered + Figure.others)
        assert any(await database.read(lambda db: db.execute(taken).scalars().all()))


def sit_down(db: Connection, person_id: int) -> None:
    db.execute(
        insert(Registration).values(
            course_id=11, person_id=person_id, standing=Standing.SEATED, turn=person_id,
            provisional=False, changed_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(text("SELECT pg_sleep(0.05)"))  # the other has written by now, and not committed


def fall_ill(db: Connection, person_id: int) -> None:
    leave(db, 11, person_id)
    db.execute(text("SELECT pg_sleep(0.05)"))


async def test_who_falls_ill_while_they_register_counts_as_both(postgres_url: str):
    """Each of the two turns sees only its own change until the other has committed."""
    async with Database.open(postgres_url) as database:
        await database.turn(world)
        for each in range(1, 5):
            await asyncio.gather(
                database.turn(partial(sit_down, person_id=each)),
                database.turn(partial(fall_ill, person_id=each)),
            )
        assert await database.read(recount.differences) == []
        figures = select(Figure.expected, Figure.on_leave, Figure.others).join(
            Subject, Subject.id == Figure.subject_id
        )
        mine = figures.where(Subject.course_id == 11)
        found = await database.read(lambda db: db.execute(mine).one())
        assert tuple(found) == (PEOPLE - 4, 4, 4)
