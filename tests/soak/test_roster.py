"""A dirty list of 50,000 rows: each row gets its verdict, and undo leaves no trace of it."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from storage import scopes
from storage.database import Database, address, sqlite
from storage.models import Base, Person, Verdict
from storage.rosters import runs, staging, swap
from tests import dirty, dirty_book
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.rosters.comparison import Judged

pytestmark = pytest.mark.soak

ROWS = int(os.environ.get("ROSTER_ROWS", "50000"))
SCOPE = scopes.everywhere(MONDAY.date())


def tell(words: str) -> None:
    sys.stdout.write(words + "\n")


def make(folder: Path) -> dirty_book.Dirty:
    """Half of the people are known already."""
    rng = Random("dirty")
    engine = sqlite(address(f"sqlite:///{folder / 'roster.db'}"))
    with engine.begin() as db:
        places = dirty_book.province(db, max(250, ROWS // 80))
        clean = dirty_book.people(rng, places, ROWS)
        dirty_book.known(db, clean[: ROWS // 2], MONDAY)
    engine.dispose()
    old, new = [row for _, row in clean[: ROWS // 2]], [row for _, row in clean[ROWS // 2 :]]
    for row in old:
        row.expected = "unchanged"
    rows = dirty.soil(rng, old, dirty.KNOWN_KINDS) + dirty.soil(rng, new, dirty.KINDS)
    return dirty_book.write(folder / "roster.xlsx", rows)


async def bring_in(database: Database, path: Path) -> tuple[int, list[Judged], dict[str, float]]:
    """The whole way of a file; returns the import, its verdicts and the seconds of each part."""
    laps: dict[str, float] = {}
    start = time.monotonic()

    def lap(name: str) -> None:
        laps[name] = round(time.monotonic() - start - sum(laps.values()), 2)

    reading = runs.read(path, MONDAY.date())
    assert isinstance(reading, runs.Reading), reading
    assert not reading.layout.questions
    lap("read")
    found = await database.read(lambda db: runs.compare(db, SCOPE, reading.entries))
    lap("compare")
    import_id = await database.turn(
        lambda db: staging.begin(
            db, SCOPE, file_name=path.name, digest=reading.digest, on=found.on, now=MONDAY
        )
    )
    for at, piece in staging.pieces(found.judged):
        await database.turn(lambda db, at=at, piece=piece: staging.stage(db, import_id, at, piece))
    await database.turn(
        lambda db: staging.ready(db, import_id, found.judged, reading.skipped, reading.lines)
    )
    lap("stage")
    done = await database.turn(lambda db: swap.write(db, SCOPE, import_id, MONDAY, leavers=True))
    assert done.outcome is swap.Outcome.WRITTEN
    lap("write")
    return import_id, found.judged, laps


def contents(db: Connection) -> dict[str, list[Any]]:
    own = ("roster_imports", "roster_rows", "roster_states", "audit", "units", "unit_aliases")
    return {
        table.name: [tuple(each) for each in db.execute(select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
        if table.name not in own
    }


@pytest.fixture(scope="module")
def folder(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("roster")
    (folder / "roster.db").write_bytes(empty_file.read_bytes())
    return folder


async def test_every_row_gets_its_verdict_and_undo_leaves_no_trace(folder: Path):
    made = make(folder)
    async with Database.open(f"sqlite:///{folder / 'roster.db'}") as database:
        before = await database.read(contents)
        import_id, judged, _ = await bring_in(database, folder / "roster.xlsx")
        rows = [one for one in judged if one.entry]
        got = Counter(
            (made.expected[one.entry.sheet, one.entry.line], f"{one.verdict} {one.reason}".strip())
            for one in rows
            if one.entry
        )
        wrong = {pair: count for pair, count in got.items() if pair[0] != pair[1]}
        gone = select(Person.full_name).where(Person.left_on == MONDAY.date())
        left = Counter(await database.read(lambda db: db.execute(gone).scalars().all()))
        tell(f"\nkinds of dirt: {dict(made.kinds)}\nfigures: {staging.count(judged)}")
        tell(f"rows judged otherwise than meant: {wrong}; gone {left.total()} of {len(made.gone)}")
        assert len(rows) == len(made.expected)
        assert sum(wrong.values()) <= len(rows) // 5000  # namesakes that chance has made
        assert left <= Counter(made.gone)
        assert left.total() >= len(made.gone) * 0.9

        reading = runs.read(folder / "roster.xlsx", MONDAY.date())
        assert isinstance(reading, runs.Reading)
        again = await database.read(lambda db: runs.compare(db, SCOPE, reading.entries))
        writes = [one for one in again.judged if one.verdict in swap.WRITES]
        assert [one for one in writes if one.verdict is not Verdict.GONE] == writes == []

        undone = await database.turn(lambda db: swap.undo(db, SCOPE, import_id, MONDAY))
        assert undone.outcome is swap.Outcome.UNDONE
        assert await database.read(contents) == before
