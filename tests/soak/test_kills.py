"""Power cuts in the middle of thousands of conversations: everybody is answered, nothing twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.simulator import Simulator
from storage import sample
from storage.conversations import LEASE
from storage.models import (
    Account,
    Consent,
    Conversation,
    Course,
    Registration,
    RegistrationEvent,
    Standing,
)
from tests.postgres import on
from tests.soak import invariants, province
from tests.soak.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection

    from bot.simulator import Shown
    from bot.simulator.telegram_phone import Phone
    from tests.soak.province import Somebody

    On = Callable[[Callable[[Connection], Any]], Any]

CONVERSATIONS, KILLS = 2000, 25
# Courses for everybody, on different days: full with a queue, nearly full, half empty, endless.
COURSES = (7, 8, 12, 15)
AT_ONCE = 40
# A lost answer is spoken again after 20 s by a process that lives.
PATIENCE = 90.0
# Messages of one conversation: code, consent, personal code, yes, register; known people need two.
TURNS, KNOWN = 5, 2
KEYBOARD = "…"  # only takes the contact keyboard away, and is deleted at once


@dataclass
class Caller:
    """Somebody at a phone who wants one course and answers what they see."""

    phone: Phone
    somebody: Somebody
    course: int
    waiting: bool = False
    answers: int = 0
    doubles: int = 0
    failure: str = ""
    seen: set[tuple[object, ...]] = field(default_factory=set)  # one for each phone

    async def call(self, sent: Callable[[], None]) -> None:
        """From the course's code to the seat; `sent` is told of each message."""
        try:
            shown = await self._ask(self.phone.say(f"L{self.course}"), sent)
            # One more where the course overlaps with another of theirs.
            for _ in range(TURNS + 1):
                action = self._next(shown)
                if action is None:
                    return
                shown = await self._ask(action, sent)
            self.failure = f"no seat after {[button.data for button in shown.buttons]}"
        except (TimeoutError, LookupError) as error:
            self.failure = f"{type(error).__name__} after {self.answers} answers"

    async def _ask(self, action: Any, sent: Callable[[], None]) -> Shown:
        """Say it, and wait for an answer that is not a copy of one answered before."""
        self.waiting = True
        await action
        sent()
        while True:
            shown = await self.phone.answer(timeout=PATIENCE)
            if not self._copy(shown):
                self.waiting = False
                self.answers += 1
                return shown

    def _copy(self, shown: Shown) -> bool:
        if shown.text == KEYBOARD:
            return True
        what = (shown.text, *((button.label, button.data) for button in shown.buttons))
        if what in self.seen:
            self.doubles += 1
            return True
        self.seen.add(what)
        return False

    def _next(self, shown: Shown) -> Any:
        """What this screen asks of them; None where nothing is left to do."""
        for wanted in ("register", "itsme", "agree"):
            for button in shown.buttons:
                if button.data.partition("|")[2].split()[0] == wanted:
                    return self.phone.press(button.data, message=shown)
        if self.phone.keyboard:
            return self.phone.say(self.somebody.code)
        return None

    async def drain(self) -> int:
        """How much came after the end that was no copy."""
        more = 0
        while True:
            try:
                shown = await self.phone.answer(timeout=0)
            except TimeoutError:
                return more
            more += not self._copy(shown)


class Street:
    """All callers, and the cuts."""

    def __init__(
        self, rng: random.Random, process: Process, on: On, callers: list[Caller], kills: int
    ) -> None:
        self.rng = rng
        self.callers = callers
        self.in_flight: list[int] = []
        self.unsaid: Counter[str] = Counter()
        self._process = process
        self._on = on
        self._sent = 0
        new = len({caller.phone.id for caller in callers})
        messages = new * TURNS + (len(callers) - new) * KNOWN
        self._cuts = sorted(rng.sample(range(messages * 19 // 20), kills))
        self._news = asyncio.Event()

    def sent(self) -> None:
        self._sent += 1
        self._news.set()

    async def run(self) -> None:
        """Everybody calls, some at a time, while the power fails again and again."""
        queue = iter(self.callers)

        async def line() -> None:
            for caller in queue:
                await caller.call(self.sent)

        cutting = asyncio.create_task(self._cut())
        await asyncio.gather(*(line() for _ in range(AT_ONCE)))
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        if not cutting.cancelled() and cutting.exception():
            raise cutting.exception()  # type: ignore[misc]

    async def _cut(self) -> None:
        for cut in self._cuts:
            while self._sent < cut:
                self._news.clear()
                await self._news.wait()
            # Some die while they start.
            await asyncio.sleep(self.rng.random() * self.rng.choice((0.01, 0.1, 0.1, 1.5)))
            await self._kill()

    async def _kill(self) -> None:
        self._process.kill()
        self.in_flight.append(sum(caller.waiting for caller in self.callers))
        for address in self._on(unsaid):
            self.unsaid[address] += 1
        self._process.start()


def unsaid(db: Connection) -> list[str]:
    """Accounts whose answer was committed, and nobody knows whether it arrived."""
    _settle(db)
    return list(
        db.execute(
            select(Account.address)
            .join(Conversation, Conversation.account_id == Account.id)
            .where(Conversation.unspoken_since.is_not(None))
        ).scalars()
    )


def _settle(db: Connection) -> None:
    """PostgreSQL finishes what a dead client had sent; wait for that."""
    if db.dialect.name != "postgresql":
        return
    from sqlalchemy import text

    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in range(200):
        if not db.execute(others).scalar_one():
            return
        db.execute(text("SELECT pg_stat_clear_snapshot()"))
        time.sleep(0.02)


def events(db: Connection) -> dict[tuple[int, int], list[Standing]]:
    """The history of each (person, course number)."""
    found: dict[tuple[int, int], list[Standing]] = {}
    for row in db.execute(
        select(Registration.person_id, Course.number, RegistrationEvent.standing)
        .join(Course, Course.id == Registration.course_id)
        .join(RegistrationEvent, RegistrationEvent.registration_id == Registration.id)
        .order_by(RegistrationEvent.id)
    ):
        found.setdefault((row.person_id, row.number), []).append(row.standing)
    return found


def consents(db: Connection) -> dict[int, int]:
    """How often each person agreed."""
    rows = db.execute(select(Consent.person_id, func.count()).group_by(Consent.person_id))
    return {person_id: count for person_id, count in rows if person_id}


def taken(db: Connection) -> dict[int, int]:
    """Turns of each course."""
    return {row.number: row.turns for row in db.execute(select(Course.number, Course.turns))}


async def cut_off(
    tmp_path: Path, url: str, on: On, *, conversations: int, kills: int, webhook: bool, name: str
) -> None:
    """The whole run, with what must hold and the figures."""
    seed = province.seed()
    rng = random.Random(seed)
    people = on(lambda db: province.teachers(db, *COURSES))
    before = on(taken)
    async with Simulator(limits=None, journal=100) as simulator:
        callers = called(simulator, rng, people, conversations)
        process = Process(tmp_path, simulator, url, webhook=webhook)
        async with process:
            street = Street(rng, process, on, callers, kills)
            began = time.monotonic()
            await street.run()
            seconds = time.monotonic() - began
            await process.ready()
            # Whatever may still be spoken again is spoken by now.
            await asyncio.sleep(LEASE.total_seconds() + 8)
            status = await process.stop()
        more = sum([await caller.drain() for caller in callers])
    doubles = sum(caller.doubles for caller in callers)
    print(  # noqa: T201 - figures are what this run is for
        f"\nkills, {name}: seed {seed}, {len(callers)} conversations,"
        f" {sum(caller.answers for caller in callers)} answers in {seconds:.0f} s,"
        f" {len(street.in_flight)} kills with {street.in_flight} in flight,"
        f" {street.unsaid.total()} committed and unspoken then, {doubles} answers heard twice"
    )
    assert not [caller.failure for caller in callers if caller.failure], seed
    assert status == 0
    assert not process.alarms(), (seed, process.alarms()[:20])
    assert len(street.in_flight) == kills
    assert more == 0, "something was said that nobody asked for"
    once(on, callers, before)
    for phone in {caller.phone.id: caller.phone for caller in callers}.values():
        mine = sum(caller.doubles for caller in callers if caller.phone is phone)
        assert mine <= street.unsaid[str(phone.id)], (seed, phone.id)
    broken = on(lambda db: invariants.broken(db, province.now()))
    assert not broken, (seed, broken)


def called(
    simulator: Simulator, rng: random.Random, people: list[Somebody], count: int
) -> list[Caller]:
    """Who calls about what: first everybody about one course, then known people about another."""
    rng.shuffle(people)
    callers: list[Caller] = []
    for round_ in range(len(COURSES)):
        for number, somebody in enumerate(people):
            if len(callers) == count:
                return callers
            course = COURSES[(number + round_) % len(COURSES)]
            if round_:
                first = callers[number]
                callers.append(Caller(first.phone, somebody, course, seen=first.seen))
            else:
                phone = simulator.phone(somebody.name, started=True)
                callers.append(Caller(phone, somebody, course))
    raise ValueError("not so many people")


def once(on: On, callers: list[Caller], before: dict[int, int]) -> None:
    """One registration each, asked for once, and one consent each."""
    found, agreed, now = on(events), on(consents), on(taken)
    asked = Counter(caller.course for caller in callers)
    for caller in callers:
        history = found.get((caller.somebody.id, caller.course), [])
        assert history in ([Standing.SEATED], [Standing.WAITING]), (caller.somebody.id, history)
    assert now == {number: turns + asked[number] for number, turns in before.items()}
    assert {caller.somebody.id: 1 for caller in callers} == agreed


@pytest.mark.soak
async def test_2000_conversations_and_25_kills(tmp_path: Path):
    province.build(tmp_path / "t.db")
    await cut_off(
        tmp_path, f"sqlite:///{tmp_path / 't.db'}",
        lambda work: province.on_file(tmp_path / "t.db", work),
        conversations=province.count("SOAK_CONVERSATIONS", CONVERSATIONS), kills=KILLS,
        webhook=False, name="polling, SQLite",
    )  # fmt: skip


@pytest.mark.soak
async def test_kills_with_the_webhook(tmp_path: Path):
    province.build(tmp_path / "t.db")
    await cut_off(
        tmp_path, f"sqlite:///{tmp_path / 't.db'}",
        lambda work: province.on_file(tmp_path / "t.db", work),
        conversations=400, kills=8, webhook=True, name="webhook, SQLite",
    )  # fmt: skip


@pytest.mark.soak
async def test_kills_on_postgresql(tmp_path: Path, postgres_url: str):
    on(postgres_url, lambda db: sample.load(db, province.now()))
    await cut_off(
        tmp_path, postgres_url, lambda work: on(postgres_url, work),
        conversations=400, kills=8, webhook=False, name="polling, PostgreSQL",
    )  # fmt: skip
