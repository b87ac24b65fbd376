"""A dirty list of 50,000 rows brought into the running program, while people are answered.

An officer hands the file in, a process of its own reads it, the officer writes it. Times are
measured beside those of the same crowd before, on the same machine.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from bot import importing
from bot.simulator import Person as Somebody
from bot.simulator import Simulator
from storage import intake_work, intakes, scopes
from storage.database import address, sqlite
from storage.models import (
    ImportKind,
    ImportState,
    Intake,
    IntakeState,
    Person,
    PersonalCode,
    Role,
    RoleKind,
    RosterImport,
    Unit,
    Verdict,
)
from storage.rosters import findings, swap
from tests.bot.running import running, settings
from tests.soak import test_roster
from tests.soak.test_roster import ROWS, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.intakes import IntakeRow
    from storage.scopes import Scope

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]

SECONDS, MEGABYTES, SLOWER = 15, 300, 2
PHONES, RATE = 20, 10  # messages a second
SAID = ("lich", "tro giup", "menu", "L12")
QUIET = 10.0  # seconds of measuring before


class Crowd:
    """People who write at a steady rate, whether or not the last of them was answered."""

    def __init__(self, simulator: Simulator) -> None:
        self._phones = [simulator.add(Somebody(f"Người {at}")) for at in range(PHONES)]
        self._stop = asyncio.Event()
        self.took: list[tuple[float, float]] = []

    async def talk(self) -> None:
        """Until `end`."""
        asked: list[asyncio.Task[None]] = []
        for at, phone in enumerate(cycle(self._phones)):
            if self._stop.is_set():
                break
            asked.append(asyncio.create_task(self._ask(phone, SAID[at % len(SAID)])))
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*asked)

    def end(self) -> None:
        self._stop.set()

    async def _ask(self, phone: Any, text: str) -> None:
        begun = monotonic()
        await phone.say(text)
        await phone.answer(timeout=30)
        self.took.append((begun, monotonic() - begun))

    def late(self, since: float, until: float | None = None) -> tuple[float, float, int]:
        """The median and the 95th hundredth of what was asked in a time, in ms, and how many."""
        end = monotonic() if until is None else until
        took = sorted(each for begun, each in self.took if since <= begun < end)
        return took[len(took) // 2] * 1000, took[int(len(took) * 0.95)] * 1000, len(took)


class Memory:
    """The most memory, in MB, of the process that reads, looked at while it runs."""

    def __init__(self) -> None:
        self.most = 0

    async def watch(self) -> None:
        while True:
            self.most = max([self.most, *map(_peak, _readers())])
            await asyncio.sleep(0.1)


def _readers() -> Sequence[Path]:
    found: list[Path] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended
            continue
        if importing.__name__.encode() in words and int(parent) == os.getpid():
            found.append(folder)
    return found


def _peak(folder: Path) -> int:
    try:
        lines = (folder / "status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(one.split()[1]) // 1024 for one in lines if "VmHWM" in one), 0)


def make_officer(file: Path) -> int:
    """Somebody of the Sở, whose area is everything."""
    engine = sqlite(address(f"sqlite:///{file}"))
    with engine.begin() as db:
        person_id = db.execute(select(Person.id).order_by(Person.id.desc()).limit(1)).scalar_one()
        root = select(Unit.id).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)
        db.execute(
            insert(Role).values(
                person_id=person_id, kind=RoleKind.DEPARTMENT,
                unit_id=db.execute(root).scalar_one(),
                valid_from=test_roster.MONDAY.date().replace(year=2020),
            )
        )  # fmt: skip
    engine.dispose()
    return person_id


class Office:
    """The officer's hand in the running program."""

    def __init__(self, database: Database, now: Any, person_id: int) -> None:
        self.database, self.now, self.person_id = database, now, person_id

    def scope(self, db: Connection) -> Scope:
        found = scopes.of(db, self.person_id, self.now().date())
        assert found
        return found

    async def bring(self, content: bytes) -> IntakeRow:
        """Hand the file in and wait until it is read."""
        kind, name = ImportKind.ROSTER, "danh sách.xlsx"
        intake_id = await self.database.turn(
            lambda db: intakes.receive(db, self.scope(db), kind, name, content, self.now()),
            bulk=True,
        )
        while True:
            await asyncio.sleep(0.1)
            row = await self.database.read(lambda db: intakes.get(db, self.scope(db), intake_id))
            assert row
            assert row.state is not IntakeState.REFUSED, row.trouble
            if row.state is IntakeState.READY:
                return row

    async def counts(self, import_id: int) -> findings.Counts:
        found = await self.database.read(lambda db: findings.counts(db, self.scope(db), import_id))
        assert found
        return found

    async def write(self, import_id: int) -> swap.Done:
        return await self.database.turn(
            lambda db: swap.write(db, self.scope(db), import_id, self.now(), leavers=True)
        )

    async def undo(self, import_id: int) -> swap.Done:
        return await self.database.turn(
            lambda db: swap.undo(db, self.scope(db), import_id, self.now())
        )


def people(db: Connection) -> list[list[Any]]:
    return [
        [tuple(one) for one in db.execute(select(table.__table__).order_by(*keys))]
        for table, keys in ((Person, [Person.id]), (PersonalCode, [PersonalCode.code]))
    ]


@pytest.fixture(scope="module")
def folder(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    (folder / "roster.db").write_bytes(empty_file.read_bytes())
    test_roster.make(folder)
    return folder


async def test_a_list_is_brought_in_while_people_are_answered(folder: Path):
    person_id = make_officer(folder / "roster.db")
    content = (folder / "roster.xlsx").read_bytes()
    async with (
        Simulator() as simulator,
        running(settings(simulator, folder / "roster.db")) as mine,
    ):
        program = await mine.started()
        office = Office(program._database, program._inbox.now, person_id)
        crowd, memory = Crowd(simulator), Memory()
        talking = asyncio.create_task(crowd.talk())
        watching = asyncio.create_task(memory.watch())
        before = await office.database.read(people)
        await asyncio.sleep(3)
        begun = monotonic()
        await asyncio.sleep(QUIET)
        quiet = crowd.late(begun)

        begun = monotonic()
        row = await office.bring(content)
        read = monotonic()
        assert row.import_id
        written = await office.write(row.import_id)
        done = monotonic()
        await asyncio.sleep(1)
        busy = crowd.late(begun, done)
        crowd.end()
        await talking
        watching.cancel()

        assert written.outcome is swap.Outcome.WRITTEN
        assert row.total >= ROWS * 0.95
        tell(f"\nread and staged in {read - begun:.1f} s, written in {done - read:.2f} s")
        tell(f"{written.people} people; {memory.most} MB; load {os.getloadavg()[0]:.1f}")
        for name, (middle, late, count) in (("quiet", quiet), ("meanwhile", busy)):
            tell(f"answers {name}: {count}, half in {middle:.0f} ms, 95 of 100 in {late:.0f} ms")
        await check_again(office, content, row.import_id, before)
    assert 0 < memory.most <= MEGABYTES
    assert done - begun <= SECONDS
    assert busy[1] <= SLOWER * quiet[1]


async def check_again(
    office: Office, content: bytes, import_id: int, before: list[list[Any]]
) -> None:
    """The same file again changes nothing; what was written is taken back without a trace."""
    again = await office.bring(content)
    assert again.import_id
    verdicts = Counter((await office.counts(again.import_id)).verdicts)
    tell(f"the same file again: {dict(verdicts)}")
    assert not sum(verdicts[one] for one in swap.WRITES)
    assert verdicts[Verdict.UNCHANGED] > ROWS * 0.9
    undone = await office.undo(import_id)
    assert undone.outcome is swap.Outcome.UNDONE
    assert await office.database.read(people) == before


async def test_a_reader_that_is_killed_is_followed_by_another(folder: Path):
    person_id = make_officer(folder / "roster.db")
    content = (folder / "roster.xlsx").read_bytes()
    async with Simulator() as simulator, running(settings(simulator, folder / "roster.db")) as mine:
        program = await mine.started()
        office = Office(program._database, program._inbox.now, person_id)
        bringing = asyncio.create_task(office.bring(content))
        killed = ""
        while not killed:
            await asyncio.sleep(0.2)
            rows = await office.database.read(lambda db: intakes.of(db, office.scope(db)))
            # In the middle of staging.
            if rows and rows[0].done and (readers := _readers()):
                killed = readers[0].name
                os.kill(int(killed), signal.SIGKILL)
        row = await bringing

        assert row.import_id
        assert row.done == row.total
        tries = select(Intake.tries).where(Intake.id == row.id)
        assert await office.database.read(lambda db: db.execute(tries).scalar_one()) == 2
        verdicts = Counter((await office.counts(row.import_id)).verdicts)
        assert verdicts.total() == row.total
        left = select(func.count()).where(RosterImport.state == ImportState.STAGING)
        assert await office.database.read(lambda db: db.execute(left).scalar_one()) == 1
        later = program._inbox.now() + intake_work.LEFT_OVER * 2
        while await office.database.turn(lambda db: intake_work.sweep(db, later)):
            pass
        assert await office.database.read(lambda db: db.execute(left).scalar_one()) == 0
