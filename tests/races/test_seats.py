"""Everybody at once: seats go to those who came first, on both databases, and the lock is why."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.inbox import Inbox
from handlers import assistant
from handlers.message import Kind, Message, Reply
from storage import conversations, courses, registrations
from storage.database import Database, address
from storage.models import (
    HOLDING,
    Conversation,
    Person,
    Registration,
    RegistrationEvent,
    Standing,
)
from storage.registrations import Outcome
from tests import rows
from tests.talk import MONDAY, ZONE, Clock, Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from handlers.chat import Chat
    from handlers.router import Router

COURSE, SEATS, PEOPLE = 12, 40, 300


def full_house(db: Connection) -> None:
    rows.school(db)
    rows.people(db, PEOPLE)
    rows.course(db, COURSE, seats=SEATS)


def places(db: Connection) -> list[Row[tuple[int, int, Standing, int]]]:
    return list(
        db.execute(
            select(
                Registration.id, Registration.person_id, Registration.standing, Registration.turn
            ).order_by(Registration.turn)
        )
    )


def count(db: Connection, *standings: Standing) -> int:
    return db.execute(
        select(func.count()).select_from(Registration).where(Registration.standing.in_(standings))
    ).scalar_one()


async def test_300_people_at_once_for_40_seats(either: Database):
    """The turn is the order in which the course row was locked, and so is the queue."""
    await either.turn(full_house)
    order: list[int] = []
    turns: dict[int, int] = {}

    def ask(db: Connection, person_id: int) -> Outcome:
        who = conversations.who(db, person_id)
        asked = registrations.register(db, COURSE, who, MONDAY)
        # The course is locked until this turn ends, so that nobody can come in between.
        order.append(person_id)
        assert asked.place
        turns[person_id] = asked.place.turn
        return asked.outcome

    people = list(range(1, PEOPLE + 1))
    random.Random(300).shuffle(people)
    outcomes = await asyncio.gather(
        *(either.turn(lambda db, one=one: ask(db, one)) for one in people)
    )

    assert outcomes.count(Outcome.SEATED) == SEATS
    assert outcomes.count(Outcome.WAITING) == PEOPLE - SEATS
    kept = await either.read(places)
    assert [row.turn for row in kept] == list(range(1, PEOPLE + 1))
    assert [row.person_id for row in kept] == order
    assert {row.person_id: row.turn for row in kept} == turns
    assert [row.standing for row in kept] == [Standing.SEATED] * SEATS + [Standing.WAITING] * (
        PEOPLE - SEATS
    )
    waiting = [row.turn for row in kept if row.standing is Standing.WAITING]
    assert waiting == list(range(SEATS + 1, PEOPLE + 1))


async def test_giving_up_and_asking_at_once_never_gives_a_seat_twice(either: Database):
    await either.turn(full_house)

    def ask(db: Connection, person_id: int) -> None:
        registrations.register(db, COURSE, conversations.who(db, person_id), MONDAY)

    def leave(db: Connection, person_id: int) -> None:
        registrations.give_up(db, COURSE, person_id, MONDAY)

    first, later = range(1, 61), range(61, 121)
    await asyncio.gather(*(either.turn(lambda db, one=one: ask(db, one)) for one in first))
    works = [lambda db, one=one: leave(db, one) for one in first]
    works += [lambda db, one=one: ask(db, one) for one in later]
    random.Random(60).shuffle(works)
    await asyncio.gather(*(either.turn(work) for work in works))

    kept = await either.read(places)
    # Of the first sixty everybody is out; whoever waited was offered a seat in the order of turns.
    assert all(row.standing is Standing.GIVEN_UP for row in kept if row.person_id in first)
    assert await either.read(lambda db: count(db, *HOLDING)) == SEATS
    assert await either.read(lambda db: count(db, Standing.WAITING)) == len(later) - SEATS
    holding = [row.turn for row in kept if row.standing in HOLDING]
    waiting = [row.turn for row in kept if row.standing is Standing.WAITING]
    assert max(holding) < min(waiting)


async def test_two_phones_of_one_person_at_once_make_one_registration(either: Database):
    await either.turn(full_house)

    def ask(db: Connection) -> Outcome:
        return registrations.register(db, COURSE, conversations.who(db, 1), MONDAY).outcome

    outcomes = await asyncio.gather(*(either.turn(ask) for _ in range(8)))

    assert sorted(outcomes) == [Outcome.ALREADY] * 7 + [Outcome.SEATED]
    assert len(await either.read(places)) == 1
    told = select(func.count()).select_from(RegistrationEvent)
    assert await either.read(lambda db: db.execute(told).scalar_one()) == 1


async def test_an_offer_is_taken_once_or_lapses_never_both(either: Database):
    def world(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 3)
        rows.course(db, COURSE, seats=1)
        for person_id in (1, 2, 3):
            registrations.register(db, COURSE, conversations.who(db, person_id), MONDAY)
        registrations.give_up(db, COURSE, 1, MONDAY)

    await either.turn(world)
    (offered,) = await either.read(
        lambda db: db.execute(
            select(Registration.id, Registration.offered_until).where(
                Registration.standing == Standing.OFFERED
            )
        ).all()
    )
    before, after = offered.offered_until - timedelta(seconds=1), offered.offered_until

    def take(db: Connection) -> bool:
        from storage import offers

        return offers.accept(db, offered.id, before.astimezone(ZONE)) is not None

    def lapse(db: Connection) -> bool:
        return registrations.lapse(db, after.astimezone(ZONE)) == 1

    taken, lapsed, again = await asyncio.gather(
        either.turn(take), either.turn(lapse), either.turn(lapse)
    )
    assert [taken, lapsed, again].count(True) == 1
    assert await either.read(lambda db: count(db, *HOLDING)) == 1


# Without the lock


def unlocked_turn(db: Connection, course_id: int) -> courses.Training | None:
    """What `courses.take_turn` would be without its lock: it only reads."""
    return courses.get(db, course_id)


async def test_without_the_lock_postgresql_gives_more_seats_than_there_are(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Both count before either writes; with the lock the second has to wait for the first."""

    async def rush() -> int:
        engine = create_async_engine(address(postgres_url))
        barrier = asyncio.Barrier(2)

        async def ask(person_id: int) -> None:
            async with engine.begin() as connection:

                @event.listens_for(connection.sync_connection, "after_execute")
                def _(conn: Connection, clause: object, *rest: object) -> None:
                    if clause is registrations.places.COUNTS:
                        held_up(conn)

                def held_up(conn: Connection) -> None:
                    from sqlalchemy.util import await_only

                    await_only(meet(barrier))

                await connection.run_sync(
                    lambda db: registrations.register(
                        db, COURSE, conversations.who(db, person_id), MONDAY
                    )
                )

        await asyncio.gather(ask(1), ask(2))
        async with engine.begin() as connection:
            held = await connection.run_sync(lambda db: count(db, *HOLDING))
            await connection.execute(text("DELETE FROM registration_events"))
            await connection.execute(text("DELETE FROM registrations"))
        await engine.dispose()
        return held

    async with Database.open(postgres_url) as database:
        await database.turn(one_seat)

    assert await rush() == 1
    monkeypatch.setattr(courses, "take_turn", unlocked_turn)
    assert await rush() == 2


async def meet(barrier: asyncio.Barrier) -> None:
    """Wait for the other one, but not for ever: under the lock the other cannot come."""
    try:
        async with asyncio.timeout(1):
            await barrier.wait()
    except (TimeoutError, asyncio.BrokenBarrierError):
        await barrier.abort()


def one_seat(db: Connection) -> None:
    rows.school(db)
    rows.people(db, 2)
    rows.course(db, COURSE, seats=1)


def test_without_the_lock_sqlite_gives_more_seats_than_there_are(
    empty_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Deferred transactions read before they lock, as the driver's own mode does.

    Each of the two counts in a transaction of its own and writes in the next one: that is what
    the driver makes of it when a transaction begins with the first statement that writes.
    """
    import shutil

    monkeypatch.setattr(courses, "take_turn", unlocked_turn)
    shutil.copy(empty_file, tmp_path / "race.db")
    # The driver in its own mode: reading takes no lock, writing begins a transaction.
    engine = create_engine(f"sqlite:///{tmp_path / 'race.db'}", connect_args={"timeout": 10})
    with engine.begin() as db:
        one_seat(db)
    barrier = threading.Barrier(2)
    errors: list[Exception] = []

    def ask(person_id: int) -> None:
        try:
            with engine.begin() as db:

                @event.listens_for(db, "after_execute")
                def _(conn: Connection, clause: object, *rest: object) -> None:
                    if clause is registrations.places.COUNTS:
                        barrier.wait(10)

                registrations.register(db, COURSE, conversations.who(db, person_id), MONDAY)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(person_id,)) for person_id in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with engine.begin() as db:
        held = count(db, *HOLDING)
    engine.dispose()
    assert errors == []
    assert held == 2


# One message, two inboxes


async def test_one_message_at_two_inboxes_is_one_turn(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Two processes on one database: the conversation's row keeps them in order."""
    clock = Clock()
    turns: list[str] = []
    route = assistant.turn.route

    def counted(router: Router, chat: Chat) -> Reply:
        turns.append("turn")
        # Long enough for the other process to come to the same door.
        chat.db.execute(text("SELECT pg_sleep(0.3)"))
        return route(router, chat)

    monkeypatch.setattr(assistant.turn, "route", counted)
    message = Message("telegram", "1000", "m1", Kind.TEXT, clock(), text="/help")
    async with Database.open(postgres_url) as one, Database.open(postgres_url) as two:
        # Known before: a stranger's new rows would keep the two apart by themselves.
        await one.turn(
            lambda db: conversations.enter(db, "telegram", "1000", language="vi", now=MONDAY)
        )
        channels = [Recorder("telegram", clock), Recorder("telegram", clock)]
        inboxes = [Inbox(one, ZONE, clock), Inbox(two, ZONE, clock)]
        for inbox, channel in zip(inboxes, channels, strict=True):
            inbox.channels = {"telegram": channel}
        await asyncio.gather(*(inbox.receive([message]) for inbox in inboxes))
        screens = await one.read(
            lambda db: db.execute(select(Conversation.screen, Conversation.heard)).all()
        )

    assert turns == ["turn"]
    assert [tuple(row) for row in screens] == [(1, ["m1"])]
    said = [reply for channel in channels for reply in channel.said.get("1000", [])]
    # It may be said twice, where the second could not know yet that it was heard; never more.
    assert 1 <= len(said) <= 2
    assert len({reply.mark for reply in said}) == 1


async def test_a_turn_that_waited_sees_the_person_the_turn_before_it_chose(postgres_url: str):
    """Two messages of one shared phone at two processes: "switch", then a choice."""

    def world(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 2)
        rows.account(db, "1000", 1, 2)
        conversations.enter(db, "telegram", "1000", language="vi", now=MONDAY)

    entered, waits = threading.Event(), asyncio.Event()

    def switch(db: Connection) -> None:
        from storage import accounts

        talk = conversations.enter(db, "telegram", "1000", language="vi", now=MONDAY)
        accounts.switch(db, talk.account_id, 2)
        entered.set()
        waits.set()
        db.execute(text("SELECT pg_sleep(0.3)"))
        conversations.save(db, talk)

    async def choice(database: Database) -> int:
        await waits.wait()
        talk = await database.turn(
            lambda db: conversations.enter(db, "telegram", "1000", language="vi", now=MONDAY)
        )
        assert talk.person
        return talk.person.id

    async with Database.open(postgres_url) as database:
        await database.turn(world)
        _, chosen = await asyncio.gather(database.turn(switch), choice(database))
    assert chosen == 2


@pytest.mark.parametrize("again", [False, True], ids=["first time", "after giving up"])
async def test_a_person_confirmed_while_asking_for_a_seat_has_a_certain_one(
    postgres_url: str, again: bool
):
    asking, confirming = asyncio.Event(), asyncio.Event()

    def world(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 1, verified=False)
        rows.course(db, COURSE, seats=1)
        if again:
            registrations.register(db, COURSE, conversations.who(db, 1), MONDAY)
            registrations.give_up(db, COURSE, 1, MONDAY)

    def ask(db: Connection) -> None:
        who = conversations.who(db, 1)
        registrations.register(db, COURSE, who, MONDAY)
        asking.set()
        db.execute(text("SELECT pg_sleep(0.2)"))

    def confirm(db: Connection) -> None:
        rows.confirm(db, 1, MONDAY)
        registrations.confirm_person(db, 1, MONDAY)
        confirming.set()

    async def confirmed(database: Database) -> None:
        await asking.wait()
        await database.turn(confirm)

    async with Database.open(postgres_url) as database:
        await database.turn(world)
        await asyncio.gather(database.turn(ask), confirmed(database))
        state = await database.read(
            lambda db: db.execute(
                select(Registration.standing, Registration.provisional, Person.verified_at).join(
                    Person, Person.id == Registration.person_id
                )
            ).one()
        )
    assert state.standing is Standing.SEATED
    assert state.verified_at is not None
    assert not state.provisional
