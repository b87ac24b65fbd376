"""Power cuts in the middle of an announcement to 20,000 people: nobody is missed.

SOAK_BROADCAST_PEOPLE, SOAK_KILLS and SOAK_SEED make a shorter run, or the same again. With
SOAK_LEASE (seconds, 20 or more) what a dead process had in hand comes back sooner than in
production: SOAK_BROADCAST_PEOPLE=1000 SOAK_KILLS=4 SOAK_LEASE=20 takes about a minute.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.simulator import Simulator
from storage import outbox
from storage.models import NoticeState
from tests.postgres import on
from tests.soak import broadcasting, province
from tests.soak.gate import Gate
from tests.soak.process import Process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.simulator import TelegramPhone
    from tests.soak.broadcasting import Line, On

PEOPLE, KILLS = 20_000, 25
RATE = "1000"
SECRET = "soak-soak-soak-soak"
# A slow machine sends so many a second; a process starts within so many seconds.
SLOWEST, START = 25, 15
# The platform and the database have seen the last of a dead process after so long.
LAST_SEEN = 0.3
LEASE = float(os.environ.get("SOAK_LEASE") or outbox.LEASE.total_seconds())


@dataclass(frozen=True, slots=True)
class Cut:
    """Whose message somebody had in hand when a process died, and who had it on their phone."""

    claimed: dict[int, datetime]
    got: set[int]


class Cuts:
    """Kills one of the processes at random moments, and notes what was in hand then."""

    def __init__(
        self, rng: random.Random, processes: Sequence[Process], work: On,
        phones: dict[int, TelegramPhone], broadcast_id: int,
    ) -> None:  # fmt: skip
        self.made: list[Cut] = []
        self._rng = rng
        self._processes = processes
        self._on = work
        self._phones = phones
        self._id = broadcast_id

    async def run(self, people: int, kills: int) -> None:
        """All kills, at random numbers of people who have it."""
        for cut in sorted(self._rng.sample(range(people * 19 // 20), kills)):
            while self._got().total() < cut:  # noqa: ASYNC110 - the phones tell nobody
                await asyncio.sleep(0.3)
            # Some die while they start.
            await asyncio.sleep(self._rng.random() * self._rng.choice((0.01, 0.1, 0.1, 1.5)))
            await self._kill(self._rng.choice(self._processes))

    def _got(self) -> Counter[int]:
        return broadcasting.copies(self._phones, self._id)

    async def _kill(self, process: Process) -> None:
        process.kill()
        await asyncio.sleep(LAST_SEEN)
        claimed = await asyncio.to_thread(self._on, broadcasting.in_hand)
        self.made.append(Cut(claimed, set(+self._got())))
        process.start()

    def lost(self, said: dict[int, Line]) -> list[Counter[int]]:
        """Whom each dead one had in hand, by the kills, and how many copies stood there then.

        What the living had in hand they have settled, so that it is not uncertain; what waits for
        its lease since an earlier kill counts there.
        """
        before: dict[int, datetime] = {}
        found: list[Counter[int]] = []
        for cut in self.made:
            mine = [
                each
                for each, until in cut.claimed.items()
                if said[each].state is NoticeState.UNCERTAIN and before.get(each) != until
            ]
            found.append(Counter({each: int(each in cut.got) for each in mine}))
            before |= cut.claimed
        return found


async def cut_off(tmp_path: Path, url: str, work: On, *, processes: int, name: str) -> None:
    """The whole run, with what must hold and the figures."""
    seed = province.seed()
    rng = random.Random(seed)
    people = province.count("SOAK_BROADCAST_PEOPLE", PEOPLE)
    kills = province.count("SOAK_KILLS", KILLS)
    work(lambda db: broadcasting.build(db, people))
    one = work(lambda db: broadcasting.announced(db, province.now()))
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(
            Simulator(limits=broadcasting.PAID, journal=1000)
        )
        phones = broadcasting.phones(simulator, people)
        running = await started(stack, tmp_path, simulator, url, rng, processes)
        cuts = Cuts(rng, running, work, phones, one)
        began = time.monotonic()
        async with asyncio.timeout(people / SLOWEST + kills * START):
            await cuts.run(people, kills)
        await broadcasting.finished(work, one, seconds=people / SLOWEST + 2 * LEASE + 60)
        seconds = time.monotonic() - began
        for process in running:
            await process.ready()
        statuses = [await process.stop() for process in running]
    got, said = broadcasting.copies(phones, one), work(lambda db: broadcasting.ledger(db, one))
    states = Counter(line.state for line in said.values())
    doubles = {each: copy - 1 for each, copy in got.items() if copy > 1}
    lost = cuts.lost(said)
    in_flight = sum(lost, Counter[int]())
    print(  # noqa: T201 - figures are what this run is for
        f"\nkills of a broadcast, {name}: seed {seed}, {people} people in {seconds:.0f} s with a"
        f" lease of {LEASE:.0f} s, {kills} kills with {[len(one) for one in lost]} in hand,"
        f" {in_flight.total()} of them on the phone then; {states[NoticeState.SENT]} sent,"
        f" {states[NoticeState.UNCERTAIN]} uncertain, {sum(not got[each] for each in said)} missed,"
        f" {sum(doubles.values())} doubles"
    )
    assert statuses == [0] * processes
    for process in running:
        assert not process.alarms(), (seed, process.alarms()[:20])
    assert len(said) == people
    assert not (found := list(broadcasting.wrongs(got, said))), (seed, found[:20], len(found))
    for each, more in doubles.items():
        assert more <= in_flight[each], (seed, each)
    # Whoever was in a dead one's hands may have it, and nobody else is said to be uncertain.
    unsure = {each for each, line in said.items() if line.state is NoticeState.UNCERTAIN}
    assert unsure <= {each for one in lost for each in one}, seed
    broken = work(lambda db: broadcasting.broken(db, province.now()))
    assert not broken, (seed, broken[:20])


async def started(
    stack: AsyncExitStack, folder: Path, simulator: Simulator, url: str, rng: random.Random,
    processes: int,
) -> list[Process]:  # fmt: skip
    """One process that polls, or several behind one address."""
    module = ("tests.soak.hasty",) if os.environ.get("SOAK_LEASE") else ("bot",)
    settings = {"TAPHUAN_TELEGRAM_RATE": RATE}
    running: list[Process] = []
    address = ""
    if processes > 1:
        gate = await stack.enter_async_context(Gate(rng))
        gate.processes, address = running, gate.url
        settings["TAPHUAN_TELEGRAM_WEBHOOK_SECRET"] = SECRET
    for number in range(processes):
        own = folder / str(number)
        own.mkdir()
        process = Process(own, simulator, url, module=module, public_url=address, settings=settings)
        await stack.enter_async_context(process)
        running.append(process)
    return running


@pytest.mark.soak
async def test_kills_of_a_broadcast_on_sqlite(empty_file: Path, tmp_path: Path):
    path = tmp_path / "t.db"
    shutil.copy(empty_file, path)
    await cut_off(
        tmp_path, f"sqlite:///{path}", lambda work: province.on_file(path, work),
        processes=1, name="SQLite",
    )  # fmt: skip


@pytest.mark.soak
async def test_kills_of_a_broadcast_on_postgresql(tmp_path: Path, postgres_url: str):
    await cut_off(
        tmp_path, postgres_url, lambda work: on(postgres_url, work),
        processes=3, name="one of three on PostgreSQL",
    )  # fmt: skip
