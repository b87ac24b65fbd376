"""A process of its own that reads one file: `python -m bot.importing`, told on stdin what to do.

It has less priority than the program that answers people, and no more memory and time than it
needs: a file that is made to take the machine down takes only this process. Rows are staged in
short transactions, so that whoever answers people hardly waits.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot import logs
from storage import intake_work, scopes
from storage.database import Database, address
from storage.intakes import Trouble
from storage.models import ImportKind
from storage.pasts import again as past_again
from storage.pasts import comparison as past_comparison
from storage.pasts import rows as past_rows
from storage.pasts import runs as past_runs
from storage.rosters import judging, runs, staging, unknown
from storage.rosters.entries import Entry, Skipped
from storage.rosters.files import FileTrouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Connection, Dialect

    from storage.intake_work import Work
    from storage.pasts.comparison import Difference as PastDifference
    from storage.rosters.comparison import Judged
    from storage.rosters.layouts import Answers
    from storage.rosters.runs import Reading as Read
    from storage.rosters.staging import Basis
    from storage.scopes import Scope

    Reader = Callable[[Path, date, Answers | None], Read | FileTrouble]

log = logging.getLogger(__name__)

# The exit status of a process that would have needed more memory than it may have.
TOO_MUCH = 3
# Bytes of address space; a list of 50,000 rows takes a third of it.
MEMORY = 1_000_000_000
# Seconds of processor time, more than a list of 100,000 rows takes on a slow machine.
PROCESSOR = 240
NICE = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do: which try of which intake, in whose database, at what time.

    `folder` is an empty folder that is its own; `moment` is now, by the clock of the program.
    """

    database: str
    intake: int
    tries: int
    folder: str
    moment: str
    zone: str

    def to_json(self) -> bytes:
        """As it is written to the process."""
        return json.dumps(asdict(self)).encode()


class _Stopped(Exception):
    """The file is somebody else's by now, or was thrown away."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The people of a file, and what is noted of the file itself."""

    entries: list[Entry]
    digest: str
    skipped: Skipped
    lines: int
    settled: dict[str, int]


class Reading:
    """One file on its way to an import. `now` tells the time; `folder` is where it may lie."""

    def __init__(
        self,
        database: Database,
        work: Work,
        scope: Scope,
        now: Callable[[], datetime],
        folder: Path,
    ) -> None:
        self.database, self.work, self.scope = database, work, scope
        self.now, self.folder = now, folder

    async def file(self) -> Path | None:
        """The file, written down; None where its bytes are not there any more."""
        content = await self.database.read(lambda db: intake_work.content(db, self.work))
        if content is None:
            return None
        path = self.folder / "file"
        await asyncio.to_thread(path.write_bytes, content)
        return path

    async def refuse(self, trouble: Trouble) -> None:
        """End it; the officer is told why."""
        work = self.work
        await self.database.turn(
            lambda db: intake_work.refuse(db, work.id, work.tries, str(trouble), self.now())
        )

    async def roster(self) -> None:
        """Read a staff list up to its import, a question, or the reason why neither can be."""
        source = await (self._kept() if self.work.import_id else self._read(runs.read))
        if source is None:
            return
        people, settled = source.entries, source.settled
        found = await self.database.read(lambda db: runs.compare(db, self.scope, people, settled))

        def begin(db: Connection) -> tuple[int, Dialect]:
            made = staging.begin(
                db, self.scope, file_name=self.work.file_name, digest=source.digest, on=found.on,
                now=self.now(), settled=settled,
            )  # fmt: skip
            return made, db.dialect

        import_id, dialect = await self.database.turn(begin)
        await self._stage(import_id, found.judged, dialect)
        await self.database.turn(lambda db: self._end(db, import_id, found.judged, source))

    async def results(self) -> None:
        """Read a list of past courses up to its import, as `roster` does a staff list."""
        source = await (self._kept() if self.work.import_id else self._read(past_runs.read))
        if source is None:
            return
        entries, settled = source.entries, source.settled
        if self.work.import_id:
            again = await self.database.read(
                lambda db: past_again.compare(db, self.scope, entries, settled)
            )
            await self._keep_results(again.judged, again.on, source, None)
            return
        rows = await asyncio.to_thread(past_rows.read, entries, self.scope.day)
        found = await self.database.read(
            lambda db: past_comparison.compare(db, self.scope, rows, settled)
        )
        await self._keep_results(found.people, found.on, source, found)

    async def _keep_results(
        self, people: Sequence[Judged], on: Basis, source: _Source, found: PastDifference | None
    ) -> None:
        """Stage who the rows are about, then the courses and the rows; without `found` the old."""

        def begin(db: Connection) -> tuple[int, Dialect]:
            made = staging.begin(
                db, self.scope, file_name=self.work.file_name, digest=source.digest, on=on,
                now=self.now(), settled=source.settled, kind=ImportKind.RESULTS,
            )  # fmt: skip
            if found is not None:
                past_runs.stage_courses(db, made, found)
            return made, db.dialect

        import_id, dialect = await self.database.turn(begin)
        await self._stage(import_id, people, dialect)
        if found is not None:
            await self._stage_results(import_id, found)

        def end(db: Connection) -> None:
            if found is None:
                past_again.carry(db, self.work.import_id or 0, import_id)
            self._end(db, import_id, people, source)

        await self.database.turn(end)

    async def _stage_results(self, import_id: int, found: PastDifference) -> None:
        for start in range(0, len(found.rows), past_runs.PIECE):

            def write(db: Connection, start: int = start) -> None:
                past_runs.stage_rows(db, import_id, start, found)

            await self.database.turn(write)

    async def _read(self, reader: Reader) -> _Source | None:
        """The people of the file; None where it had to end here."""
        path, work = await self.file(), self.work
        if path is None:
            await self.refuse(Trouble.LOST)
            return None
        read = await asyncio.to_thread(reader, path, self.scope.day, work.answers)
        if isinstance(read, FileTrouble):
            await self.refuse(Trouble(str(read)))
        elif questions := read.layout.questions:
            await self.database.turn(
                lambda db: intake_work.ask(db, work.id, work.tries, questions, self.now())
            )
        elif not read.entries:
            await self.refuse(Trouble.NOBODY if read.layout.sheets else Trouble.NO_LIST)
        else:
            known = await self.database.read(lambda db: unknown.remembered(db, self.scope))
            return _Source(read.entries, read.digest, read.skipped, read.lines, known)
        return None

    async def _kept(self) -> _Source | None:
        """The people of an import that is compared anew."""
        import_id = self.work.import_id or 0

        def read(db: Connection) -> _Source | None:
            old = staging.get(db, self.scope, import_id)
            entries = list(judging.entries_again(db, self.scope, import_id))
            if old is None or not entries:
                return None
            skipped = Skipped(**old.figures.get("no rows", {}))
            lines = int(old.figures.get("lines", 0))
            return _Source(entries, old.digest, skipped, lines, old.settled)

        found = await self.database.read(read)
        if found is None:
            await self.refuse(Trouble.GONE)
        return found

    async def _stage(self, import_id: int, judged: Sequence[Judged], dialect: Dialect) -> None:
        for start, rows in staging.pieces(judged):
            piece = staging.piece(dialect, import_id, start, rows)

            def write(db: Connection, piece: staging.Piece = piece) -> None:
                self._hold(db, piece.last + 1, len(judged))
                staging.put(db, piece)

            await self.database.turn(write)

    def _hold(self, db: Connection, done: int, total: int) -> None:
        if not intake_work.go_on(db, self.work.id, self.work.tries, done, total, self.now()):
            raise _Stopped

    def _end(
        self, db: Connection, import_id: int, judged: Sequence[Judged], source: _Source
    ) -> None:
        staging.ready(db, import_id, judged, source.skipped, source.lines)
        if not intake_work.ready(db, self.work.id, self.work.tries, import_id, self.now()):
            raise _Stopped


# What reads a file of each kind.
READERS: dict[ImportKind, Callable[[Reading], Awaitable[None]]] = {
    ImportKind.ROSTER: Reading.roster,
    ImportKind.RESULTS: Reading.results,
}


async def bring(
    database: Database, intake: int, tries: int, now: Callable[[], datetime], folder: Path
) -> None:
    """Read the file of an intake; what comes of it is in the database when this returns.

    Where the try has the file no more, nothing is done. Rows of an import that comes to nothing
    are cleared away by the clock.
    """
    work = await database.read(lambda db: intake_work.held(db, intake, tries))
    if work is None:
        return
    moment = now()
    scope = await database.read(lambda db: scopes.of(db, work.person_id, moment.date()))
    if scope is None:
        await database.turn(
            lambda db: intake_work.refuse(db, intake, tries, str(Trouble.NO_RIGHT), moment)
        )
        return
    try:
        await READERS[work.kind](Reading(database, work, scope, now, folder))
    except _Stopped:
        return


async def _obey(order: Order) -> None:
    begun, moment = monotonic(), datetime.fromisoformat(order.moment)
    zone = ZoneInfo(order.zone)

    def now() -> datetime:
        passed = timedelta(seconds=monotonic() - begun)
        return (moment.astimezone(UTC) + passed).astimezone(zone)

    async with Database.open(order.database) as database:
        await bring(database, order.intake, order.tries, now, Path(order.folder))


def bound() -> None:
    """Take less priority, and no more than a share of the machine's memory and time."""
    os.nice(NICE)
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, PROCESSOR)):
        _soft, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Do what stdin says; the exit status is 0 where the database says what came of it."""
    told: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    order = Order(**told)
    password = address(order.database).password
    # Errors name places in the program, never what stood in the file.
    logs.set_up("WARNING", [password] if password else [])
    bound()
    try:
        asyncio.run(_obey(order))
    except MemoryError:
        sys.exit(TOO_MUCH)
    except Exception:
        log.exception("intake %s is not read", order.intake)
        sys.exit(1)


if __name__ == "__main__":
    main()
