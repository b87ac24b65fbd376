"""Officers, the clock, senders and merging entries at one announcement at once, on both databases.

Whoever is first counts, nobody is written to twice, and nobody waits for ever.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select, update

from storage import approvals, broadcasts, dealing, merges, outbox, received
from storage.broadcasts import Outcome
from storage.database import Database
from storage.models import AuditEntry, BroadcastState, Notice, NoticeState, Person
from storage.recipients import KIND, Rule
from tests import offices
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, DEPARTMENT, PROVINCE
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

T = TypeVar("T")
BEGUN = MONDAY + timedelta(minutes=1)
PEOPLE, DRAFTS = 24, 4


async def at_once(url: str, *works: Callable[[Connection], T]) -> list[T]:
    """Each in a turn of its own, by three processes' worth of connections."""
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(Database.open(url)) for _ in range(3)]
        turns = (doors[number % 3].turn(work) for number, work in enumerate(works))
        return await asyncio.gather(*turns)


async def alone(url: str, work: Callable[[Connection], T]) -> T:
    return (await at_once(url, work))[0]


def office(db: Connection, teachers: int) -> None:
    offices.build(db, teachers)
    for person_id, unit_id in ((AUTHOR, COMMUNE), (COLLEAGUE, COMMUNE), (DEPARTMENT, PROVINCE)):
        offices.officer(db, person_id, unit_id)


async def test_one_author_on_several_phones_sends_no_more_than_on_one(url: str):
    """Of announcements of 45 people each to others only the first needs nobody's approval."""

    def set_up(db: Connection) -> list[int]:
        office(db, 0)
        scope = offices.scope_of(db, DEPARTMENT)
        found: list[int] = []
        for number in range(DRAFTS):
            unit_id = 20 + number
            offices.unit(db, unit_id, f"/2/{unit_id}/")
            for place in range(45):
                offices.officer(db, 20_000 + number * 100 + place, unit_id)
            found.append(
                broadcasts.draft(db, scope, Rule(officers=True, units=(unit_id,)), MONDAY, text="!")
            )
        db.execute(update(Person).where(Person.id >= 20_000).values(announcements="yes"))
        return found

    def confirming(draft: int) -> Callable[[Connection], Outcome]:
        def work(db: Connection) -> Outcome:
            scope = offices.scope_of(db, DEPARTMENT)
            return broadcasts.confirm(db, scope, draft, 45, MONDAY).outcome

        return work

    found = await alone(url, set_up)
    outcomes = await at_once(url, *(confirming(one) for one in found))

    assert outcomes.count(Outcome.HELD) == 1
    # Nobody is above the Sở, so the others wait for nobody in particular.
    assert outcomes.count(Outcome.ALONE) == DRAFTS - 1


async def test_of_yes_no_and_stop_the_first_counts(url: str):
    def asked(db: Connection) -> int:
        office(db, 51)
        return offices.confirmed(db, 51)

    one = await alone(url, asked)

    def by(officer: int, verdict: Callable[..., bool]) -> Callable[[Connection], bool]:
        return lambda db: verdict(db, offices.scope_of(db, officer), one, BEGUN)

    done = await at_once(
        url, by(COLLEAGUE, approvals.approve), by(DEPARTMENT, approvals.refuse),
        by(DEPARTMENT, approvals.approve), by(COLLEAGUE, approvals.refuse),
        by(AUTHOR, broadcasts.stop), lambda db: dealing.stop_by_office(db, one, BEGUN),
    )  # fmt: skip

    def left(db: Connection) -> tuple[BroadcastState, dict[str, int], list[str]]:
        log = select(AuditEntry.action).where(AuditEntry.subject == "broadcast")
        actions = db.execute(log.order_by(AuditEntry.id)).scalars()
        return offices.state(db, one), offices.states(db, one), list(actions)

    state, people, log = await alone(url, left)
    verdicts = [each for each in log if each not in {"drafted", "confirmed"}]
    assert sum(done) == len(verdicts), "each that says it was done stands in the log, and no other"
    assert verdicts.count("approved") + verdicts.count("disapproved") <= 1
    assert verdicts.count("stopped") <= 1
    assert (state, people) in (
        (BroadcastState.DRAFT, {}),
        (BroadcastState.CANCELLED, {"skipped cancelled": 51}),
    )


class Hands:
    """Everybody who has a hand in it, turn by turn, until it has come to its end."""

    def __init__(self, one: int) -> None:
        self.one = one
        self.sent: list[int] = []
        self.over = False

    async def dealing(self, door: Database) -> None:
        while not self.over:
            await door.turn(lambda db: dealing.deal(db, BEGUN))
            state = await door.read(lambda db: offices.state(db, self.one))
            self.over = state is BroadcastState.DONE
            await asyncio.sleep(0)

    async def sending(self, door: Database) -> None:
        while not self.over:
            claimed = await door.turn(lambda db: outbox.claim(db, BEGUN, 3))
            await asyncio.sleep(0)
            if claimed:
                self.sent += await door.turn(lambda db, claimed=claimed: self._settled(db, claimed))
            await asyncio.sleep(0)

    def _settled(self, db: Connection, claimed: list[outbox.Owed]) -> list[int]:
        """As the words of an announcement decide it; returns which notices are sent."""
        sent: list[int] = []
        for one, _ in outbox.in_hand(db, claimed):
            paused = one.kind == KIND and offices.state(db, self.one) is BroadcastState.PAUSED
            # Where it was let go on between the two, it goes.
            if paused and received.put_back(db, one, BEGUN):
                continue
            outbox.settle(db, one.id, NoticeState.SENT, at=BEGUN)
            sent += [one.id] if one.kind == KIND else []
        return sent

    async def pressing(self, door: Database) -> None:
        """The officers pause it and let it go on, again and again."""
        for number in range(8):
            press = broadcasts.resume if number % 2 else broadcasts.pause
            officer = (AUTHOR, COLLEAGUE, DEPARTMENT)[number % 3]
            await door.turn(
                lambda db, press=press, officer=officer: press(
                    db, offices.scope_of(db, officer), self.one, BEGUN
                )
            )
            await asyncio.sleep(0.002)
        await door.turn(
            lambda db: broadcasts.resume(db, offices.scope_of(db, AUTHOR), self.one, BEGUN)
        )

    async def merging(self, door: Database) -> None:
        """Every second entry becomes one with the next; the author with nobody's."""
        for person_id in range(1, PEOPLE, 4):
            await door.turn(
                lambda db, one=person_id: merges.merge(db, one, one + 1, BEGUN, actor_id=COLLEAGUE)
            )
            await asyncio.sleep(0.001)


async def test_nobody_gets_it_twice_whoever_has_a_hand_in_it(url: str):
    def running(db: Connection) -> int:
        office(db, PEOPLE)
        return offices.running(db, PEOPLE)

    hands = Hands(await alone(url, running))
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(Database.open(url)) for _ in range(3)]
        async with asyncio.timeout(30):
            await asyncio.gather(
                hands.dealing(doors[0]), hands.dealing(doors[1]), hands.sending(doors[1]),
                hands.sending(doors[2]), hands.pressing(doors[2]), hands.merging(doors[0]),
            )  # fmt: skip

    def ends(db: Connection) -> tuple[dict[str, int], dict[int | None, int]]:
        found = db.execute(
            select(Notice.person_id, func.count())
            .where(Notice.kind == KIND, Notice.state == NoticeState.SENT)
            .group_by(Notice.person_id)
        )
        return offices.states(db, hands.one), {row[0]: row[1] for row in found}

    states, got = await alone(url, ends)
    gone = set(range(1, PEOPLE, 4))
    assert sum(states.values()) == PEOPLE
    assert set(states) <= {"sent", "skipped merged"}
    assert len(hands.sent) == len(set(hands.sent)) == states["sent"], "each notice once"
    assert set(got) == set(range(1, PEOPLE + 1)) - gone
    # Two entries may both have got it, or have been in hand, before they became one.
    assert {person_id for person_id, count in got.items() if count > 1} <= {one + 1 for one in gone}
