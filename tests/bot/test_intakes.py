"""Files on their way to an import: read by a process of its own, asked about, given up."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from bot import importing
from bot import intakes as reading
from bot.intakes import Intakes
from storage import attachments, intake_work, intakes, scopes, workbooks
from storage.database import Database
from storage.intakes import Said, Trouble
from storage.models import (
    Attachment,
    AttachmentKind,
    ImportKind,
    ImportState,
    Intake,
    IntakeState,
    Notice,
    Person,
    Role,
    RosterImport,
    RosterRow,
)
from storage.rosters import judging, staging, swap
from storage.rosters.headings import Field
from tests.lists import HOA_CUC, officer, person, world
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.scopes import Scope

# Of commune 1, where the file's school is, and of commune 2.
OFFICER, STRANGER = 901, 902
HEADINGS = ("STT", "Họ và tên", "Trường", "Xã", "Điện thoại")
PEOPLE = (
    ("1", "Nguyễn Thị Hoa", "MN Hoa Cúc", "Xã Tuy Đức", "0912345678"),
    ("2", "Võ Thị Loan", "MN Hoa Cúc", "Xã Tuy Đức", "0987654321"),
    ("3", "Thị Mai", "MN Không Biết", "Xã Tuy Đức", ""),
)
BOOK = workbooks.xlsx([workbooks.Table("Danh sách", HEADINGS, PEOPLE)])
TWO_PHONES = workbooks.xlsx(
    [workbooks.Table("A", (*HEADINGS, "SĐT"), [(*each, "0911111111") for each in PEOPLE])]
)


class Desk:
    """An officer of commune 1 with a file, and what became of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.now = database, folder, MONDAY

    def scope(self, db: Connection, person_id: int = OFFICER) -> Scope:
        found = scopes.of(db, person_id, self.now.date())
        assert found
        return found

    async def brings(self, content: bytes, name: str = "danh sách.xlsx") -> int:
        return await self.database.turn(
            lambda db: intakes.receive(
                db, self.scope(db), ImportKind.ROSTER, name, content, self.now
            )
        )

    async def read(self) -> intakes.IntakeRow:
        """Have the next file read in this process; its row then."""
        work = await self.database.turn(
            lambda db: intake_work.claim(db, [ImportKind.ROSTER], self.now)
        )
        assert work
        await importing.bring(self.database, work.id, work.tries, lambda: self.now, self.folder)
        return await self.row(work.id)

    async def row(self, intake_id: int) -> intakes.IntakeRow:
        found = await self.database.read(lambda db: intakes.get(db, self.scope(db), intake_id))
        assert found
        return found

    async def told(self) -> list[str]:
        notices = select(Notice.kind).where(Notice.person_id == OFFICER).order_by(Notice.id)
        return await self.database.read(lambda db: list(db.execute(notices).scalars()))

    async def count(self, model: Any) -> int:
        return await self.database.read(
            lambda db: db.execute(select(func.count()).select_from(model)).scalar_one()
        )


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    def build(db: Connection) -> None:
        world(db)
        officer(db, 1)
        officer(db, 2)
        person(db, 11, "Nguyễn Thị Hoa", HOA_CUC)

    await database.turn(build)
    return Desk(database, tmp_path)


async def test_a_file_becomes_an_import_and_its_bytes_are_forgotten(desk: Desk):
    await desk.brings(BOOK)

    row = await desk.read()

    assert (row.state, row.done, row.total) == (IntakeState.READY, 3, 3)
    assert row.import_id
    verdicts = select(RosterRow.verdict).order_by(RosterRow.at)
    found = await desk.database.read(lambda db: list(db.execute(verdicts).scalars()))
    assert [str(one) for one in found] == ["changed", "new", "refused"]
    assert await desk.count(Attachment) == 0
    assert await desk.told() == ["intake ready"]


async def test_columns_that_are_not_clear_are_asked_about(desk: Desk):
    intake_id = await desk.brings(TWO_PHONES)
    row = await desk.read()
    assert row.state is IntakeState.ASKING
    (question,) = row.questions
    assert [one.letter for one in question.columns] == ["E", "F"]
    said: list[Said] = []

    def answer(db: Connection, about: tuple[int, Field], column: int | None, by: int) -> Said:
        return intakes.answer(db, desk.scope(db, by), intake_id, {about: column}, MONDAY)

    phone = (0, Field.PHONE)
    for about, column, by in (
        (phone, 5, STRANGER), ((0, Field.BIRTH), 5, OFFICER), (phone, 1, OFFICER),
        (phone, 5, OFFICER), (phone, 4, OFFICER),
    ):  # fmt: skip
        said.append(await desk.database.turn(lambda db: answer(db, about, column, by)))  # noqa: B023 - awaited
    assert said == [
        Said.NOT_ASKED, Said.NOT_ASKED, Said.IMPOSSIBLE, Said.TAKEN, Said.NOT_ASKED,
    ]  # fmt: skip

    assert (await desk.read()).state is IntakeState.READY
    entry = select(RosterRow.entry).where(RosterRow.at == 0)
    kept = await desk.database.read(lambda db: db.execute(entry).scalar_one())
    assert kept["phone"] == "+84911111111"
    assert await desk.told() == ["intake asks", "intake ready"]


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"%PDF-1.7", Trouble.NOT_A_TABLE),
        (b"PK\x03\x04 not really", Trouble.BROKEN),
        (workbooks.xlsx([workbooks.Table("A", ("Món ăn", "Giá"), [("Cơm", 1)])]), Trouble.NO_LIST),
        (workbooks.xlsx([workbooks.Table("A", HEADINGS, [])]), Trouble.NOBODY),
    ],
)
async def test_what_cannot_be_read_is_refused_with_the_reason(
    desk: Desk, content: bytes, trouble: Trouble
):
    await desk.brings(content)

    row = await desk.read()

    assert (row.state, row.trouble) == (IntakeState.REFUSED, trouble)
    assert await desk.count(Attachment) == 0
    assert await desk.told() == ["intake refused"]


async def test_whoever_is_no_officer_any_more_brings_nothing_in(desk: Desk):
    intake_id = await desk.brings(BOOK)
    yesterday = MONDAY.date() - timedelta(days=1)
    await desk.database.turn(lambda db: db.execute(update(Role).values(valid_to=yesterday)))
    work = await desk.database.turn(lambda db: intake_work.claim(db, [ImportKind.ROSTER], MONDAY))
    assert work
    await importing.bring(desk.database, intake_id, 1, lambda: MONDAY, desk.folder)

    trouble = select(Intake.trouble)
    assert await desk.database.read(lambda db: db.execute(trouble).scalar_one()) == "no right"
    assert await desk.count(RosterImport) == 0


async def test_what_is_thrown_away_meanwhile_is_not_staged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    intake_id = await desk.brings(BOOK)
    compare = importing.runs.compare

    def thrown_away(db: Connection, *told: Any) -> Any:
        ends.append(asyncio.ensure_future(desk.database.turn(ended)))
        return compare(db, *told)

    def ended(db: Connection) -> bool:
        return intakes.end(db, desk.scope(db), intake_id, MONDAY)

    ends: list[asyncio.Future[bool]] = []
    monkeypatch.setattr(importing.runs, "compare", thrown_away)
    row = await desk.read()

    assert [await one for one in ends] == [True]
    assert row.state is IntakeState.ENDED
    assert await desk.count(RosterRow) == 0
    assert await desk.count(Attachment) == 0
    assert await desk.told() == []


async def test_a_reader_that_dies_leaves_nothing_half_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    intake_id = await desk.brings(BOOK)
    monkeypatch.setattr(staging, "PIECE", 1)
    monkeypatch.setattr(staging, "ready", lambda *_: 1 / 0)
    for _ in range(intake_work.TRIES):
        with pytest.raises(ZeroDivisionError):
            await desk.read()
        waiting = await desk.database.turn(
            lambda db: intake_work.claim(db, [ImportKind.ROSTER], desk.now)
        )
        assert waiting is None
        desk.now += intake_work.LEASE
    assert (
        await desk.database.turn(lambda db: intake_work.claim(db, [ImportKind.ROSTER], desk.now))
        is None
    )

    row = await desk.row(intake_id)
    assert (row.state, row.trouble) == (IntakeState.REFUSED, Trouble.BROKEN)
    assert await desk.told() == ["intake refused"]
    written = await desk.database.turn(
        lambda db: swap.write(db, desk.scope(db), 1, MONDAY, leavers=True)
    )
    assert written.outcome is swap.Outcome.NOT_OPEN
    later = desk.now + intake_work.LEFT_OVER
    while await desk.database.turn(lambda db: intake_work.sweep(db, later)):
        pass
    assert await desk.count(RosterRow) == 0
    states = select(RosterImport.state).distinct()
    assert await desk.database.read(lambda db: list(db.execute(states).scalars())) == [
        ImportState.DISCARDED
    ]


async def test_an_import_is_compared_anew_without_its_file(desk: Desk):
    await desk.brings(BOOK)
    old = (await desk.read()).import_id
    assert old

    def settle(db: Connection, by: int) -> int | None:
        scope = desk.scope(db, by)
        judging.settle(db, scope, old, 2, HOA_CUC, MONDAY)
        return intakes.again(db, scope, old, MONDAY)

    assert await desk.database.turn(lambda db: settle(db, STRANGER)) is None
    assert await desk.database.turn(lambda db: settle(db, OFFICER))
    new = (await desk.read()).import_id

    assert new
    states = dict(
        await desk.database.read(
            lambda db: [
                tuple(one) for one in db.execute(select(RosterImport.id, RosterImport.state))
            ]
        )
    )
    assert states == {old: ImportState.DISCARDED, new: ImportState.READY}
    done = await desk.database.turn(
        lambda db: swap.write(db, desk.scope(db), new, MONDAY, leavers=False)
    )
    assert done.people == 3
    names = select(Person.full_name).where(Person.school_id == HOA_CUC)
    assert "Thị Mai" in await desk.database.read(lambda db: list(db.execute(names).scalars()))


async def test_another_officers_file_is_neither_seen_nor_ended(desk: Desk):
    intake_id = await desk.brings(BOOK)

    def tries(db: Connection) -> list[object]:
        stranger = desk.scope(db, STRANGER)
        attached = db.execute(select(Attachment.id)).scalar_one()
        with pytest.raises(PermissionError):
            intakes.begin(db, stranger, ImportKind.ROSTER, "x.xlsx", attached, MONDAY)
        return [
            intakes.get(db, stranger, intake_id), intakes.of(db, stranger),
            intakes.end(db, stranger, intake_id, MONDAY),
            intakes.last(db, stranger, ImportKind.ROSTER),
        ]  # fmt: skip

    assert await desk.database.turn(tries) == [None, [], False, None]
    assert [one.id for one in await desk.database.read(lambda db: intakes.of(db, desk.scope(db)))]


async def test_a_file_whose_bytes_never_come_is_refused_once(desk: Desk):
    def send(db: Connection) -> int:
        kept = attachments.keep(
            db, OFFICER, "telegram", AttachmentKind.DOCUMENT, "f1", "ds.csv", 0, MONDAY
        )
        return intakes.begin(db, desk.scope(db), ImportKind.ROSTER, "ds.csv", kept, MONDAY)

    intake_id = await desk.database.turn(send)
    assert (await desk.row(intake_id)).state is IntakeState.FETCHING
    late = MONDAY + attachments.TRIES[-1]
    await desk.database.turn(lambda db: attachments.claim(db, ["telegram"], late))

    row = await desk.row(intake_id)
    assert (row.state, row.trouble) == (IntakeState.REFUSED, Trouble.LOST)
    assert await desk.told() == ["intake refused"]


async def test_a_question_nobody_answers_is_forgotten_with_the_file(desk: Desk):
    await desk.brings(TWO_PHONES)
    intake_id = (await desk.read()).id
    before = MONDAY + timedelta(days=8)

    assert await desk.database.turn(lambda db: intake_work.forget(db, before)) == 1
    assert (await desk.row(intake_id)).state is IntakeState.ENDED
    assert await desk.count(Attachment) == 0


# The processes


@pytest.fixture
def job(desk: Desk) -> Intakes:
    url = f"sqlite:///{desk.database.url.database}"
    return Intakes(desk.database, url, lambda: MONDAY, lambda: None)


async def ended(job: Intakes) -> None:
    assert job._task
    await job._task


async def test_a_process_of_its_own_reads_it(desk: Desk, job: Intakes):
    intake_id = await desk.brings(BOOK)
    await job.look()
    await job.look()  # one at a time
    await ended(job)

    assert (await desk.row(intake_id)).state is IntakeState.READY


@pytest.mark.parametrize(
    ("status", "state", "tries"),
    [
        (-signal.SIGKILL, IntakeState.WAITING, 1),
        (1, IntakeState.WAITING, 1),
        (importing.TOO_MUCH, IntakeState.REFUSED, 1),
        (-signal.SIGXCPU, IntakeState.REFUSED, 1),
        (OSError("no process"), IntakeState.WAITING, 1),
        (asyncio.CancelledError(), IntakeState.WAITING, 0),
    ],
)
async def test_a_process_that_dies_gives_its_file_back(
    desk: Desk,
    job: Intakes,
    monkeypatch: pytest.MonkeyPatch,
    status: int | BaseException,
    state: IntakeState,
    tries: int,
):
    async def run(_: object) -> int:
        if isinstance(status, BaseException):
            raise status
        return status

    intake_id = await desk.brings(BOOK)
    monkeypatch.setattr(job, "_run", run)
    await job.look()
    assert job._task
    await asyncio.gather(job._task, return_exceptions=True)

    assert (await desk.row(intake_id)).state is state
    count = select(Intake.tries)
    assert await desk.database.read(lambda db: db.execute(count).scalar_one()) == tries


async def test_the_end_of_the_program_stops_the_process(desk: Desk, job: Intakes):
    intake_id = await desk.brings(BOOK)
    await job.look()
    await asyncio.sleep(0.05)
    await job.stop()

    assert (await desk.row(intake_id)).state is IntakeState.WAITING
    assert await job.clear() is False


def test_whoever_reads_strange_files_has_no_keys(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TAPHUAN_TELEGRAM_TOKEN", "123:abc")
    assert not [name for name in reading._plain() if name.startswith("TAPHUAN")]
