"""The mailbag: what was brought once is answered once, whatever dies in between."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.events import EACH, LEASE, TRIES, Events
from bot.inbox import Inbox
from storage import inbox_events
from storage.database import Database, DatabaseError
from tests.bot.mailbag import Slow, Wire, rows, said, until
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from handlers.message import Message


class Bag:
    """A mailbag with its wire; several may stand on one database."""

    def __init__(self, database: Database, **more: Any) -> None:
        self.database = database
        self.clock = Clock()
        self.wire = Wire("zalo_bot", self.clock)
        self.inbox = Inbox(database, ZONE, self.clock)
        self.inbox.channels = {"zalo_bot": self.wire}
        self.events = Events(database, self.inbox, **{"pause": 0.01, **more})
        self.keep = self.events.keeper(self.wire)

    def texts(self, who: str = "500") -> list[str]:
        return [reply.text for reply in self.wire.said.get(who, [])]

    async def end(self) -> None:
        async with asyncio.timeout(5):
            await self.events.finish()
            await self.inbox.finish()


def listened(bag: Bag) -> list[str]:
    """The words of every turn from here on."""
    heard: list[str] = []
    accept = bag.inbox.accept

    async def listening(message: Message) -> None:
        heard.append(message.text)
        await accept(message)

    bag.inbox.accept = listening
    return heard


@pytest.fixture
async def bag(province: Database) -> AsyncIterator[Bag]:
    mine = Bag(province)
    yield mine
    await mine.end()


async def test_an_event_is_answered_and_its_row_goes(bag: Bag):
    await bag.keep(said(1))
    await bag.end()

    assert len(bag.texts()) == 1
    assert await rows(bag.database) == 0


async def test_keeping_does_not_wait_for_the_turn(bag: Bag, monkeypatch: pytest.MonkeyPatch):
    slow = Slow(bag.inbox)
    monkeypatch.setattr(bag.inbox, "accept", slow)

    await asyncio.wait_for(bag.keep(said(1)), 2)
    await until(lambda: slow.began)
    assert await rows(bag.database) == 1
    slow.go.set()
    await bag.end()
    assert await rows(bag.database) == 0


async def test_a_repeated_delivery_is_one_answer_before_and_after_the_turn(
    bag: Bag, monkeypatch: pytest.MonkeyPatch
):
    slow = Slow(bag.inbox)
    with monkeypatch.context() as patched:
        patched.setattr(bag.inbox, "accept", slow)
        for _ in range(3):
            await bag.keep(said(1))
        assert await rows(bag.database) == 1
        slow.go.set()
        await until(bag.texts)
    await bag.keep(said(1))
    await bag.end()

    assert len(bag.texts()) == 1
    assert await rows(bag.database) == 0


async def test_one_person_is_heard_in_order_and_holds_up_nobody(
    bag: Bag, monkeypatch: pytest.MonkeyPatch
):
    slow = Slow(bag.inbox)
    monkeypatch.setattr(bag.inbox, "accept", slow)
    for number in range(3):
        await bag.keep(said(number, f"câu {number}"))
    await bag.keep(said(9, "người khác", who="501"))
    await until(lambda: len(slow.began) == 2)

    assert slow.began == ["câu 0", "người khác"]
    slow.go.set()
    await bag.end()
    assert slow.began == ["câu 0", "người khác", "câu 1", "câu 2"]


async def test_what_says_nothing_is_dropped_without_its_content(
    bag: Bag, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    await bag.keep({"id": "e1", "secret words": "của ai đó"})
    await bag.keep({"no id": 1})
    await bag.end()

    assert await rows(bag.database) == 0
    assert not bag.wire.said
    assert "says nothing to us" in caplog.text
    assert "của ai" not in caplog.text


async def test_what_a_dead_process_held_is_answered_after_its_lease_in_order(
    bag: Bag, province: Database
):
    now = bag.inbox.now()

    def left(db: Connection) -> None:
        for number in range(3):
            inbox_events.keep(
                db, "zalo_bot", f"e{number}", json.dumps(said(number, f"câu {number}")),
                now=now, until=now + LEASE,
            )  # fmt: skip

    await province.turn(left)
    await bag.events.recover()
    await bag.events.finish()
    assert await rows(province) == 3
    assert not bag.texts()

    later = Bag(province)
    later.clock.advance(seconds=LEASE.total_seconds() + 1)
    heard = listened(later)
    await later.events.recover()
    await later.end()
    assert heard == ["câu 0", "câu 1", "câu 2"]
    assert await rows(province) == 0


async def test_a_death_between_the_commit_and_the_dropping_repeats_no_answer(
    bag: Bag, province: Database
):
    await bag.keep(said(1))
    await bag.end()
    now = bag.inbox.now()
    await province.turn(
        lambda db: inbox_events.keep(
            db, "zalo_bot", "e1", json.dumps(said(1)), now=now, until=now - LEASE
        )
    )
    later = Bag(province)
    await later.events.recover()
    await later.end()

    assert not later.texts()
    assert await rows(province) == 0


async def test_two_processes_never_take_one_row(province: Database):
    first, second = Bag(province), Bag(province)
    now = first.inbox.now()

    def left(db: Connection) -> None:
        for number in range(60):
            inbox_events.keep(
                db, "zalo_bot", f"e{number}", json.dumps(said(number, who=str(number))),
                now=now, until=now - LEASE,
            )  # fmt: skip

    await province.turn(left)
    await asyncio.gather(*(bag.events.recover() for bag in (first, second) * 3))
    for bag in (first, second):
        await bag.end()

    answers = [len(bag.texts(str(number))) for bag in (first, second) for number in range(60)]
    assert sum(answers) == 60
    assert await rows(province) == 0


async def test_what_is_in_hand_is_renewed_and_never_taken_twice(
    bag: Bag, province: Database, monkeypatch: pytest.MonkeyPatch
):
    slow = Slow(bag.inbox)
    monkeypatch.setattr(bag.inbox, "accept", slow)
    await bag.keep(said(1))
    other = Bag(province)
    for _ in range(4):
        for one in (bag, other):
            one.clock.advance(seconds=20)
        await bag.events.renew()
        await other.events.recover()
    for one in (bag, other):
        one.clock.advance(hours=1)
    await bag.events.recover()  # its own, whose lease it let run out

    slow.go.set()
    for one in (bag, other):
        await one.end()
    assert slow.began == ["xin chào"]
    assert not other.texts()
    assert len(bag.texts()) == 1


async def test_a_turn_that_fails_by_itself_is_given_up_after_five_tries(
    bag: Bag, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    tries: list[str] = []

    async def broken(message: Message) -> None:
        tries.append(message.text)
        raise RuntimeError(message.text)

    with monkeypatch.context() as patched:
        patched.setattr(bag.inbox, "accept", broken)
        await bag.keep(said(1, "bí mật"))
        await until(lambda: len(tries) == TRIES)
        await until(lambda: "is given up" in caplog.text)
    await bag.keep(said(2, "còn đây"))
    await bag.end()

    assert len(tries) == TRIES
    assert len(bag.texts()) == 1
    assert await rows(bag.database) == 0


async def test_tries_are_counted_across_processes(bag: Bag, province: Database):
    now = bag.inbox.now()

    def left(db: Connection) -> None:
        kept = inbox_events.keep(
            db, "zalo_bot", "e1", json.dumps(said(1)), now=now, until=now - LEASE
        )
        assert kept
        for _ in range(TRIES - 1):
            inbox_events.failed(db, kept.id)

    await province.turn(left)
    tries: list[str] = []

    async def broken(message: Message) -> None:
        tries.append(message.id)
        raise RuntimeError

    bag.inbox.accept = broken
    await bag.events.recover()
    await until(lambda: tries)
    await bag.end()
    assert tries == ["e1"]
    assert await rows(province) == 0


async def test_an_outage_is_waited_out_and_keeps_the_order(
    bag: Bag, monkeypatch: pytest.MonkeyPatch
):
    heard: list[str] = []
    down = True
    accept = bag.inbox.accept

    async def flaky(message: Message) -> None:
        heard.append(message.text)
        if down:
            raise DatabaseError("the database is away")
        await accept(message)

    monkeypatch.setattr(bag.inbox, "accept", flaky)
    await bag.keep(said(1, "một"))
    await bag.keep(said(2, "hai"))
    await until(lambda: len(heard) > TRIES)
    assert set(heard) == {"một"}
    down = False
    await until(lambda: len(bag.texts()) == 2)
    await bag.end()

    assert heard[-2:] == ["một", "hai"]
    assert len(bag.texts()) == 2


async def test_the_end_gives_back_what_had_no_turn(
    bag: Bag, province: Database, monkeypatch: pytest.MonkeyPatch
):
    async def away(_message: Message) -> None:
        raise DatabaseError("the database is away")

    monkeypatch.setattr(bag.inbox, "accept", away)
    for number in range(3):
        await bag.keep(said(number, f"câu {number}"))
    await bag.end()
    assert await rows(province) == 3

    later = Bag(province)
    heard = listened(later)
    await later.events.recover()
    await later.end()
    assert heard == ["câu 0", "câu 1", "câu 2"]
    assert later.texts()
    assert await rows(province) == 0


async def test_what_there_is_no_room_for_is_kept_for_later(province: Database):
    bag = Bag(province, most=2)
    slow = Slow(bag.inbox)
    bag.inbox.accept = slow
    for number in range(4):
        await asyncio.wait_for(bag.keep(said(number, who=str(number))), 2)
    await until(lambda: len(slow.began) == 2)
    await bag.events.recover()

    assert await rows(province) == 4
    assert len(slow.began) == 2
    slow.go.set()
    await until(lambda: len(slow.began) == 4)
    await bag.end()
    assert all(bag.texts(who) for who in ("0", "1", "2", "3"))
    assert await rows(province) == 0


async def test_a_flood_of_one_person_holds_up_nobody_and_stays_in_order(province: Database):
    bag = Bag(province, most=3 * EACH)
    slow = Slow(bag.inbox)
    bag.inbox.accept = slow
    flood = [f"câu {number}" for number in range(5 * EACH)]
    for number, text in enumerate(flood):
        await asyncio.wait_for(bag.keep(said(number, text)), 2)
    await bag.keep(said(9999, "người khác", who="501"))
    await until(lambda: len(slow.began) == 2)

    assert slow.began == ["câu 0", "người khác"]
    slow.go.set()
    async with asyncio.timeout(20):
        while await rows(province):  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.05)
    await bag.end()
    assert [text for text in slow.began if text != "người khác"] == flood


async def test_whoever_writes_again_after_a_crash_is_heard_in_order(bag: Bag, province: Database):
    now = bag.inbox.now()
    await province.turn(
        lambda db: inbox_events.keep(
            db, "zalo_bot", "e1", json.dumps(said(1, "một")), now=now, until=now + LEASE
        )
    )
    heard = listened(bag)
    await bag.keep(said(2, "hai"))
    await bag.keep(said(3, "ba"))
    await bag.keep(said(4, "người khác", who="501"))
    await until(lambda: heard)
    await bag.events.recover()
    assert heard == ["người khác"]

    bag.clock.advance(seconds=LEASE.total_seconds() + 1)
    await bag.events.recover()
    await until(lambda: len(heard) == 4)
    await bag.end()
    assert heard == ["người khác", "một", "hai", "ba"]
    assert await rows(province) == 0


async def test_an_event_waits_for_the_one_before_in_another_process(bag: Bag, province: Database):
    other = Bag(province)
    slow = Slow(bag.inbox)
    bag.inbox.accept = slow
    heard = listened(other)
    await bag.keep(said(1, "một"))
    await other.keep(said(2, "hai"))
    await until(lambda: slow.began)
    await asyncio.sleep(0.2)
    assert not heard

    slow.go.set()
    await until(lambda: heard)
    for one in (bag, other):
        await one.end()
    assert (slow.began, heard) == (["một"], ["hai"])
    assert await rows(province) == 0


async def test_a_repetition_while_the_answer_is_spoken_elsewhere_is_not_spoken_again(
    bag: Bag, province: Database, monkeypatch: pytest.MonkeyPatch
):
    go = asyncio.Event()
    speak = bag.wire.speak

    async def slow(*said: Any, **more: Any) -> Any:
        await go.wait()
        return await speak(*said, **more)

    monkeypatch.setattr(bag.wire, "speak", slow)
    await bag.keep(said(1))
    async with asyncio.timeout(5):
        while await rows(province):  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.01)
    other = Bag(province)
    await other.keep(said(1))
    await other.end()
    go.set()
    await bag.end()

    assert not other.texts()
    assert len(bag.texts()) == 1
    assert await rows(province) == 0


async def test_what_says_nothing_costs_no_row(bag: Bag, monkeypatch: pytest.MonkeyPatch):
    async def away(_work: object) -> None:
        raise DatabaseError("the database is away")

    monkeypatch.setattr(bag.database, "turn", away)
    await bag.keep({"id": "e1"})


async def test_who_gives_up_waiting_undoes_nothing(bag: Bag, monkeypatch: pytest.MonkeyPatch):
    turn = bag.database.turn
    go = asyncio.Event()

    async def slow(work: Any) -> Any:
        await go.wait()
        return await turn(work)

    with monkeypatch.context() as patched:
        patched.setattr(bag.database, "turn", slow)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await bag.keep(said(1))
        go.set()
        await until(bag.texts)
    await bag.end()
    assert await rows(bag.database) == 0


async def test_what_the_database_does_not_take_is_said_to_whoever_brought_it(
    bag: Bag, monkeypatch: pytest.MonkeyPatch
):
    async def away(_work: object) -> None:
        raise DatabaseError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(bag.database, "turn", away)
        with pytest.raises(DatabaseError):
            await bag.keep(said(1))
    await bag.keep(said(1))
    await bag.end()
    assert len(bag.texts()) == 1


async def test_odd_letters_are_kept_as_they_came(bag: Bag, monkeypatch: pytest.MonkeyPatch):
    slow = Slow(bag.inbox)
    monkeypatch.setattr(bag.inbox, "accept", slow)
    await bag.keep(said(1, "a\x00b \ud800 ế 🙂"))
    row = await bag.database.read(
        lambda db: db.exec_driver_sql("SELECT body FROM inbox_events").scalar_one()
    )

    assert json.loads(row)["text"] == "a\x00b \ud800 ế 🙂"
    slow.go.set()
    await bag.end()
    assert await rows(bag.database) == 0


async def test_what_another_channel_left_is_left_alone(bag: Bag, province: Database):
    now = bag.inbox.now() - timedelta(hours=1)
    await province.turn(
        lambda db: inbox_events.keep(db, "zalo_oa", "e1", json.dumps(said(1)), now=now, until=now)
    )

    await bag.events.recover()
    await bag.end()
    assert await rows(province) == 1
    waiting = await province.read(lambda db: inbox_events.waiting(db, bag.inbox.now()))
    assert waiting == 1


async def test_two_processes_on_postgresql_share_the_rows(postgres_url: str, bag: Bag):
    from storage import schema

    async with Database.open(postgres_url) as database:
        await database.turn(schema.upgrade)
        bags = [Bag(database), Bag(database)]
        now = bags[0].inbox.now()

        def left(db: Connection) -> None:
            for number in range(40):
                inbox_events.keep(
                    db, "zalo_bot", f"e{number}", json.dumps(said(number, who=str(number))),
                    now=now, until=now - LEASE,
                )  # fmt: skip

        await database.turn(left)
        await asyncio.gather(*(one.events.recover() for one in bags * 2))
        for number in range(40, 50):
            await bags[number % 2].keep(said(number, who=str(number)))
            await bags[1 - number % 2].keep(said(number, who=str(number)))
        for one in bags:
            await one.end()

        answers = [len(one.texts(str(number))) for one in bags for number in range(50)]
        assert sum(answers) == 50
        assert await rows(database) == 0


async def test_five_deliveries_at_once_to_each_of_two_processes_are_one_turn(postgres_url: str):
    async with Database.open(postgres_url) as one, Database.open(postgres_url) as other:
        bags = [Bag(one), Bag(other)]
        turns = [listened(bag) for bag in bags]
        for number in range(20):
            event = said(number, who=str(number))
            await asyncio.gather(*(bag.keep(event) for bag in bags * 5))
        for bag in bags:
            await bag.end()

        answers = [len(bag.texts(str(number))) for bag in bags for number in range(20)]
        assert sum(answers) == sum(map(len, turns)) == 20
        assert await rows(one) == 0
