"""Power cuts in the middle of conversations on Zalo, by webhook and by polls that forget."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.channels.zalo_tokens import Tokens
from bot.simulator import Simulator
from storage import sample
from storage.conversations import LEASE
from storage.database import Database
from storage.models import Account, Conversation, InboxEvent
from tests.postgres import on
from tests.soak import invariants, province, test_kills
from tests.soak.gate import Gate
from tests.soak.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection

    from bot.simulator import Shown
    from bot.simulator.zalo_bot_events import Waiting
    from bot.simulator.zalo_bot_phone import ZaloBotPhone
    from bot.simulator.zalo_oa_phone import OaPhone
    from tests.soak.province import Somebody

    On = Callable[[Callable[[Connection], Any]], Any]

CONVERSATIONS, KILLS = 200, 6
COURSES = test_kills.COURSES
AT_ONCE = 30
PATIENCE = 120.0
TURNS = 5
# The choices that lead to a seat, and the one that shows that a personal code is asked for.
FORWARD = ("Đăng ký", "Vào danh sách chờ", "Vẫn đăng ký", "Đúng", "Đồng ý")
NO_CODE = "Tôi chưa có mã"


@dataclass
class Caller:
    """Somebody on Zalo who wants one course and answers what they see.

    `answers` counts what was new to them, `doubles` what came once more.
    """

    phone: ZaloBotPhone | OaPhone
    somebody: Somebody
    course: int
    answers: int = 0
    doubles: int = 0
    failure: str = ""
    waits_for: str = ""
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    seen: set[tuple[object, ...]] = field(default_factory=set)

    async def call(self, sent: Callable[[], None]) -> None:
        """From the course's code to the seat; `sent` is told of each message."""
        try:
            shown = await self._ask(lambda: self.phone.say(f"L{self.course}"), sent)
            # More where a screen was not yet noted as seen when they answered it.
            for _ in range(2 * TURNS):
                act = self._next(shown)
                if act is None:
                    return
                await asyncio.sleep(0.2)
                shown = await self._ask(act, sent)
            self.failure = "no seat"
        except (TimeoutError, LookupError) as error:
            self.failure = f"{type(error).__name__} after {self.answers} answers"

    async def _ask(self, act: Callable[[], Any], sent: Callable[[], None]) -> Shown:
        """Say it, again where it was lost, until there is an answer that is no copy."""
        self.waits_for = await act()
        sent()
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    shown = await self.phone.answer(timeout=0.5)
                except TimeoutError:
                    if self.lost.is_set():
                        self.lost.clear()
                        self.waits_for = await act()
                    continue
                if not self._copy(shown):
                    self.waits_for = ""
                    self.answers += 1
                    return shown

    def _copy(self, shown: Shown) -> bool:
        what = (shown.text, *((button.label, button.data) for button in shown.buttons))
        if what in self.seen:
            self.doubles += 1
            return True
        self.seen.add(what)
        return False

    def _next(self, shown: Shown) -> Callable[[], Any] | None:
        """What this screen asks of them; None where nothing is left to do."""
        words = {button.label.partition(" ")[2] for button in shown.buttons}
        words |= {line.partition(" ")[2] for line in shown.text.splitlines() if line[:1].isdigit()}
        if NO_CODE in words:
            return lambda: self.phone.say(self.somebody.code)
        for wanted in FORWARD:
            if wanted in words:
                return lambda: self.phone.press(wanted, message=shown)
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


class Handed:
    """What the polls of the bot have taken from the platform, which then forgets it."""

    def __init__(self, simulator: Simulator) -> None:
        self.ids: list[str] = []
        self._taken = simulator.zalo_bot.taken
        simulator.zalo_bot.taken = self._note  # type: ignore[method-assign]

    def _note(self, waiting: Waiting) -> None:
        self.ids.append(waiting.id)
        self._taken(waiting)


class Street:
    """All callers, and the cuts: one of the processes each time."""

    def __init__(
        self, rng: random.Random, processes: Sequence[Process], on: On, callers: list[Caller],
        kills: int, handed: Handed | None,
    ) -> None:  # fmt: skip
        self.rng = rng
        self.callers = callers
        self.processes = processes
        self.in_flight: list[int] = []
        self.waiting: list[int] = []
        self.lost: list[str] = []
        self.unsaid: Counter[str] = Counter()
        self._on = on
        self._handed = handed
        self._sent = 0
        self._cuts = sorted(rng.sample(range(len(callers) * TURNS * 9 // 10), kills))
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
        await cutting

    async def _cut(self) -> None:
        for cut in self._cuts:
            while self._sent < cut:
                self._news.clear()
                await self._news.wait()
            await asyncio.sleep(self.rng.random() * self.rng.choice((0.01, 0.1, 1.5)))
            await self._kill(self.rng.choice(self.processes))

    async def _kill(self, process: Process) -> None:
        process.kill()
        self.in_flight.append(sum(bool(caller.waits_for) for caller in self.callers))
        unsaid = set(self._on(unspoken))
        # The platform may not have noticed yet, and a database finishes what it was told.
        await asyncio.sleep(0.3)
        for address in unsaid | set(self._on(unspoken)):
            self.unsaid[address] += 1
        self.waiting.append(self._on(kept))
        if self._handed:
            self._tell_the_lost(self._handed)
        process.start()

    def _tell_the_lost(self, handed: Handed) -> None:
        """Who said what nobody has any more says it again."""
        there = self._on(known)
        lost = [one for one in handed.ids if one not in there and one not in self.lost]
        for one in lost:
            for caller in self.callers:
                if caller.waits_for == one:
                    caller.lost.set()
        assert len(lost) <= 1, "a poll hands over one event, and it is kept before the next"
        self.lost += lost


def unspoken(db: Connection) -> list[str]:
    """Accounts whose answer was committed, and nobody has noted that it arrived."""
    found = select(Account.address).join(Conversation, Conversation.account_id == Account.id)
    return list(db.execute(found.where(Conversation.unspoken_since.is_not(None))).scalars())


def kept(db: Connection) -> int:
    """How many events wait for their turn."""
    return db.execute(select(func.count()).select_from(InboxEvent)).scalar_one()


def known(db: Connection) -> set[str]:
    """The messages that are kept or had their turn."""
    ids = set(db.execute(select(InboxEvent.key)).scalars())
    for heard in db.execute(select(Conversation.heard)).scalars():
        ids.update(heard)
    return ids


async def logged_in(simulator: Simulator, url: str) -> None:
    pair, keys = simulator.oa.oauth.issue(), simulator.oa.keys
    async with (
        Database.open(url) as opened,
        Tokens(opened, keys.app_id, keys.app_secret, oauth_url=simulator.oauth_url) as tokens,
    ):
        await tokens.adopt(pair.access, pair.refresh)


async def hooked(simulator: Simulator, channel: str, gate: Gate) -> None:
    """Bring events to the gate, patiently."""
    if channel == "zalo_oa":
        simulator.oa.webhook.delays = (0.5,) * 200
        await simulator.oa.hook(f"{gate.url}/zalo-oa")
    else:
        simulator.zalo_bot.switches.webhook_tries = 12
        async with asyncio.timeout(10):
            while not simulator.zalo_bot.webhook_json()["url"]:  # noqa: ASYNC110 - as it is announced
                await asyncio.sleep(0.05)


async def cut_off(
    tmp_path: Path, url: str, on: On, *, channel: str, processes: int = 1, webhook: bool = True
) -> None:
    """The whole run, with what must hold and the figures."""
    seed = province.seed()
    rng = random.Random(seed)
    people = on(lambda db: province.teachers(db, *COURSES))
    rng.shuffle(people)
    before = on(test_kills.taken)
    count = province.count("SOAK_CONVERSATIONS", CONVERSATIONS)
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(limits=None, journal=100))
        simulator.zalo_bot.switches.users = simulator.zalo_bot.switches.messages = None
        simulator.oa.rules.calls_a_minute = None
        gate = await stack.enter_async_context(Gate(rng))
        if channel == "zalo_oa":
            await logged_in(simulator, url)
        callers = [
            Caller(
                simulator.phone(somebody.name, platform=channel, started=True),  # type: ignore[arg-type]
                somebody,
                COURSES[number % len(COURSES)],
            )
            for number, somebody in enumerate(people[:count])
        ]
        assert len(callers) == count
        running: list[Process] = []
        for number in range(processes):
            folder = tmp_path / str(number)
            folder.mkdir()
            address = gate.url if webhook else ""
            process = Process(folder, simulator, url, channel=channel, public_url=address)
            gate.processes = running = [*running, process]
            await stack.enter_async_context(process)
        if webhook:
            await hooked(simulator, channel, gate)
        handed = None if webhook else Handed(simulator)
        street = Street(rng, running, on, callers, KILLS, handed)
        began = time.monotonic()
        await street.run()
        seconds = time.monotonic() - began
        for process in running:
            await process.ready()
        # Whatever may still be spoken again is spoken by now.
        await asyncio.sleep(LEASE.total_seconds() + 8)
        statuses = [await process.stop() for process in running]
        more = sum([await caller.drain() for caller in callers])
    doubles = sum(caller.doubles for caller in callers)
    print(  # noqa: T201 - figures are what this run is for
        f"\nkills, {channel}, {'webhook' if webhook else 'polling'}, {processes} processes:"
        f" seed {seed}, {len(callers)} conversations,"
        f" {sum(caller.answers for caller in callers)} answers in {seconds:.0f} s,"
        f" {len(street.in_flight)} kills with {street.in_flight} in flight,"
        f" {street.waiting} kept, {street.unsaid.total()} unspoken then,"
        f" {doubles} answers heard twice, {len(street.lost)} events lost by the platform,"
        f" {gate.taken.total()} times 200 for {len(gate.taken)} events, {dict(gate.statuses)}"
    )
    assert not [caller.failure for caller in callers if caller.failure], seed
    assert statuses == [0] * processes
    for process in running:
        assert not process.alarms(), (seed, process.alarms()[:20])
    assert more == 0, "something was said that nobody asked for"
    test_kills.once(on, callers, before)  # type: ignore[arg-type]
    for caller in callers:
        assert caller.doubles <= street.unsaid[caller.phone.id], (seed, caller.phone.id)
    assert on(kept) == 0
    assert set(gate.taken) - {""} <= on(known), "an event was taken and never heard"
    assert bool(gate.taken) == webhook
    broken = on(lambda db: invariants.broken(db, province.now()))
    assert not broken, (seed, broken)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("channel", "webhook"), [("zalo_oa", True), ("zalo_bot", True), ("zalo_bot", False)]
)
async def test_kills_on_sqlite(channel: str, webhook: bool, tmp_path: Path):
    path = tmp_path / "t.db"
    province.build(path)
    await cut_off(
        tmp_path, f"sqlite:///{path}", lambda work: province.on_file(path, work),
        channel=channel, webhook=webhook,
    )  # fmt: skip


@pytest.mark.soak
@pytest.mark.parametrize("channel", ["zalo_oa", "zalo_bot"])
async def test_kills_of_one_of_three_on_postgresql(channel: str, tmp_path: Path, postgres_url: str):
    on(postgres_url, lambda db: sample.load(db, province.now()))
    await cut_off(
        tmp_path, postgres_url, lambda work: on(postgres_url, work), channel=channel, processes=3
    )
