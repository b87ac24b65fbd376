"""An officer who brings in a file, and the process that reads it, for the tests of these talks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot import importing
from bot.inbox import Inbox
from handlers.message import File, Kind
from storage import intake_work, scopes, spelling, units, workbooks
from storage.models import (
    Attachment,
    AttachmentState,
    Called,
    ImportKind,
    Person,
    Position,
    Role,
    RoleKind,
    Source,
    Unit,
)
from storage.workbooks import Table
from tests import lists
from tests.people import known
from tests.talk import MONDAY, ZONE, Clock, Recorder, Town

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database
    from tests.talk import Phone

OFFICER = "Lê Văn Tình"
HEADING = ("STT", "Họ và tên", "Năm sinh", "Chức vụ", "Trường", "Xã", "Điện thoại")


def book(*rows: Sequence[Any], heading: Sequence[str] = HEADING, sheet: str = "DS") -> bytes:
    """An Excel file of these rows; the first column is counted."""
    body = [(at, *row) for at, row in enumerate(rows, 1)]
    return workbooks.xlsx([Table(sheet, heading, body)])


async def send(phone: Phone, name: str = "ds.xlsx", size: int = 5000) -> str:
    """Send a file into the chat; its bytes come with `reads`."""
    return await phone.send(Kind.FILE, file=File("f1", name, size))


async def reads(town: Town, folder: Path, content: bytes | None = None) -> None:
    """Let the bytes of what was sent arrive, the file be read, and the notice come."""

    def arrive(db: Connection) -> None:
        waiting = db.execute(
            select(Attachment.id).where(Attachment.state == AttachmentState.PENDING)
        ).scalars()
        for each in waiting.all():
            db.execute(
                update(Attachment)
                .where(Attachment.id == each)
                .values(state=AttachmentState.READY, content=content)
            )
            intake_work.arrived(db, each)

    await town.database.turn(arrive)
    now = town.inbox.now
    while work := await town.database.turn(
        lambda db: intake_work.claim(db, tuple(ImportKind), now())
    ):
        await importing.bring(town.database, work.id, work.tries, now, folder)
    await town.deliver()


async def first_officer(town: Town, unit: str = "Xã Tuy Đức") -> Phone:
    """An empty database with the units of the province, and one officer of one of them."""

    def work(db: Connection) -> None:
        units.load(db)
        unit_id = db.execute(
            select(Unit.id).where(Unit.name == unit, Unit.valid_to.is_(None))
        ).scalar_one()
        person_id = db.execute(
            insert(Person)
            .values(
                full_name=OFFICER, sort_key=spelling.sort_key(OFFICER),
                folded=spelling.fold(OFFICER), position=Position.OFFICER, source=Source.ROSTER,
                called=Called.ANH_CHI,
                verified_at=MONDAY,
            )
            .returning(Person.id)
        ).scalar_one()  # fmt: skip
        province = unit.startswith("Tỉnh")
        kind = RoleKind.DEPARTMENT if province else RoleKind.COMMUNE
        db.execute(
            insert(Role).values(
                person_id=person_id, kind=kind, unit_id=unit_id, valid_from=MONDAY.date()
            )
        )
        assert scopes.of(db, person_id, MONDAY.date())

    await town.database.turn(work)
    return await known(town, OFFICER)


def assistant(database: Database) -> Town:
    """An assistant on a database, on Telegram."""
    clock = Clock()
    return Town(database, Inbox(database, ZONE, clock), Recorder("telegram", clock), clock)


async def small(office: Town, work: Any = None) -> Phone:
    """Two communes with three schools, and the officer of the first, at a phone."""

    def both(db: Connection) -> None:
        lists.world(db)
        lists.officer(db, 1)
        db.execute(update(Person).where(Person.id == 901).values(called=Called.ANH_CHI))
        if work:
            work(db)

    await office.database.turn(both)
    return await known(office, f"{OFFICER} 1")


async def brings(office: Town, folder: Path, phone: Phone, *people: tuple[Any, ...]) -> str:
    """Send a list and wait for what the assistant says of it."""
    await phone.say("nhập danh sách")
    await send(phone)
    await reads(office, folder, book(*people))
    return phone.last.written()


def pick(phone: Phone, words: str) -> str:
    """The digits of the choice in which these words stand."""
    shown = phone.last.choices
    found = [one.digit for one in shown if words in one.label]
    assert len(found) == 1, (words, [one.label for one in shown])
    return found[0]


async def choose(phone: Phone, words: str) -> str:
    return await phone.say(pick(phone, words))


async def one(office: Town, statement: Any) -> Any:
    return await office.database.read(lambda db: db.execute(statement).scalar_one_or_none())


def row(name: str, *, year: int = 1988, position: str = "GV", school: str = "MN Hoa Cúc",
        commune: str = "Xã Tuy Đức", phone: str = "") -> tuple[Any, ...]:  # fmt: skip
    return (name, year, position, school, commune, phone)


def fits(said: str) -> None:
    """The rules for every screen."""
    words = re.split(r"\n(?=\d+ )", said)
    assert len(words[0]) <= 300
    assert all(len(line.partition(" ")[2]) <= 56 for line in words[1:])
    assert not any(line[:1].isdecimal() for line in words[0].split("\n"))
