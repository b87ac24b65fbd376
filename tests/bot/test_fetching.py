"""From a photo in a chat to bytes that are passed on, and a word where that fails."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from sqlalchemy import insert, select, update

from bot.channels.base import Rejected, TooLarge, TryLater, Uncertain
from bot.fetching import Fetching
from bot.files import Files
from bot.links import Links
from bot.simulator import Simulator
from bot.simulator.files import PIXEL
from handlers.message import ATTACHMENT, Document, File, Kind, Reply
from handlers.router import Router
from handlers.routes import router
from storage import attachments, file_kinds
from storage.database import Database
from storage.models import (
    Account,
    AccountPerson,
    AttachmentKind,
    AttachmentState,
    Broadcast,
    BroadcastState,
    Purpose,
    Unit,
)
from tests.bot.running import running, settings
from tests.bot.telegram_fakes import render
from tests.people import known
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from handlers.chat import Chat
    from storage.attachments import Attached
    from tests.talk import Phone, Town

PHOTO, DOCUMENT = AttachmentKind.PHOTO, AttachmentKind.DOCUMENT
PDF = b"%PDF-1.7 k\xe1\xba\xbf ho\xe1\xba\xa1ch"
NAME = "Lê Thị Út"


class Platform:
    """A channel that brings what it is told to, again and again."""

    def __init__(self, brings: bytes | Exception) -> None:
        self.name, self.brings, self.asked = "telegram", brings, list[str]()

    async def fetch(self, source: str) -> bytes:
        self.asked.append(source)
        if isinstance(self.brings, Exception):
            raise self.brings
        return self.brings


class Desk:
    """An officer who sends a file, and the job that brings it."""

    def __init__(self, town: Town, phone: Phone) -> None:
        self.town, self.phone, self.number = town, phone, 0
        self.fetching = Fetching(town.database, town.inbox)

    async def sends(self, name: str, kind: AttachmentKind = DOCUMENT, size: int = 0) -> None:
        now = self.town.inbox.now()
        account = (
            select(AccountPerson.person_id)
            .join(Account)
            .where(Account.address == self.phone.address)
        )

        def work(db: Connection) -> int:
            person = db.execute(account).scalar_one()
            return attachments.keep(db, person, "telegram", kind, "F1", name, size, now)

        self.number = await self.town.database.turn(work)

    async def brought(self, brings: bytes | Exception) -> Attached:
        """What became of the file after one look of the job."""
        channel = Platform(brings)
        before, self.town.inbox.channels = self.town.inbox.channels, {"telegram": channel}  # pyright: ignore[reportAttributeAccessIssue] - only fetches
        await self.fetching.fetch_due()
        self.town.inbox.channels = before
        found = await self.town.database.read(lambda db: attachments.get(db, self.number))
        assert found
        return found


@pytest.fixture
async def desk(town: Town) -> Desk:
    return Desk(town, await known(town, NAME))


async def test_what_is_brought_is_ready(desk: Desk) -> None:
    await desk.sends("Kế hoạch.PDF")

    found = await desk.brought(PDF)

    assert (found.state, found.name, found.size) == (
        AttachmentState.READY,
        "Kế hoạch.pdf",
        len(PDF),
    )
    assert await desk.town.database.read(lambda db: attachments.content(db, desk.number)) == PDF


async def test_what_may_come_later_is_tried_again(desk: Desk) -> None:
    await desk.sends("Kế hoạch.pdf")

    for error, seconds in ((TryLater(), 20), (Uncertain("lost"), 100), (OSError("fault"), 480)):
        assert (await desk.brought(error)).state is AttachmentState.PENDING
        assert (await desk.brought(PDF)).state is AttachmentState.PENDING  # not at once
        desk.town.clock.advance(seconds=seconds)
    assert (await desk.brought(PDF)).state is AttachmentState.READY


def packed(*names: str) -> bytes:
    body = BytesIO()
    with ZipFile(body, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return body.getvalue()


REFUSED = (
    ("Lịch.pdf", TooLarge("large"), "Tệp Lịch.pdf quá lớn."),
    ("Lịch.pdf", Rejected("gone"), "Trợ lý không tải được tệp Lịch.pdf."),
    ("Lịch.pdf", b"", "Tệp Lịch.pdf không có nội dung."),
    ("Lịch.pdf", b"MZ\x90", "Tệp Lịch.pdf là chương trình,"),
    ("Ảnh.zip", packed("a.jpg"), "Tệp Ảnh.zip là tệp nén,"),
    ("Lương.xlsm", packed("[Content_Types].xml", "xl/workbook.xml"), "có chứa macro,"),
    ("Ghi âm.mp3", b"ID3", "Trợ lý không chuyển tiếp được loại tệp như Ghi âm.mp3."),
)


async def test_what_is_not_passed_on_is_told_at_once(desk: Desk) -> None:
    desk.town.clock.advance(hours=15)  # at night as well: the officer waits for it
    for name, brings, words in REFUSED:
        await desk.sends(name)
        assert (await desk.brought(brings)).state is AttachmentState.FAILED

        await desk.town.deliver()

        assert words in desk.phone.last.text


async def test_nothing_is_said_of_a_file_that_another_took_the_place_of(desk: Desk) -> None:
    await desk.sends("Lịch.pdf")
    first = desk.number
    await desk.brought(Rejected("gone"))
    await desk.sends("Lịch mới.pdf")

    await desk.town.deliver()

    assert not desk.phone.said
    assert first != desk.number


async def test_a_draft_that_waits_for_the_file_is_the_way_on(desk: Desk) -> None:
    await desk.sends("Lịch.pdf")
    draft = await desk.town.database.turn(lambda db: announced(db, desk.number))
    await desk.brought(Rejected("gone"))

    await desk.town.deliver()

    (choice,) = desk.phone.last.choices
    assert (choice.label, choice.action) == ("Sửa thông báo", f"announce-edit {draft}")


async def test_an_idle_job_writes_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: object) -> None:
        raise AssertionError("written without need")

    monkeypatch.setattr(town.database, "turn", never)

    assert await Fetching(town.database, town.inbox).fetch_due() is False


def announced(db: Connection, number: int, state: BroadcastState = BroadcastState.DRAFT) -> int:
    unit = db.execute(select(Unit.id).limit(1)).scalar_one()
    made = db.execute(
        insert(Broadcast)
        .values(
            author_id=1, unit_id=unit, state=state, purpose=Purpose.KNOW, audience={}, text="L12",
            place={}, attachment_id=number, summary={}, created_at=MONDAY, changed_at=MONDAY,
        )
        .returning(Broadcast.id)
    )  # fmt: skip
    return made.scalar_one()


# A step that wants files


async def test_a_step_gets_the_photo_only_where_it_wants_files(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = list[tuple[Kind, str, str]]()
    steps = Router()

    @steps.step("a letter", files=True)
    @steps.step("a name")
    def take(chat: Chat) -> Reply:
        file = chat.message.file
        got.append((chat.message.kind, chat.text, file.id if file else ""))
        return chat.again("Xin gửi tiếp")

    @steps.action("ask")
    def ask(chat: Chat, step: str) -> Reply:
        return chat.ask("Xin gửi ảnh", step.replace("-", " "))

    for name, handle in steps.steps.items():
        monkeypatch.setitem(router.steps, name, handle)
    monkeypatch.setattr(router, "takes_files", steps.takes_files)
    monkeypatch.setitem(router.actions, "ask", steps.actions["ask"])
    monkeypatch.setitem(router.words, "gui anh", "ask a-letter")
    monkeypatch.setitem(router.words, "gui ten", "ask a-name")
    phone, photo = await known(town, NAME), File("F9", "", 10)

    await phone.say("gửi tên")
    assert "chưa xem được" in await phone.send(Kind.PHOTO, file=photo)
    await phone.say("0")
    await phone.say("gửi ảnh")
    assert "chưa xem được" in await phone.send(Kind.PHOTO, file=File("", "", 0))
    await phone.send(Kind.PHOTO, file=photo, text="Ảnh lớp")
    await phone.send(Kind.FILE, file=File("F10", "a.pdf", 10))
    await phone.say("xong")

    assert got == [(Kind.PHOTO, "Ảnh lớp", "F9"), (Kind.FILE, "", "F10"), (Kind.TEXT, "xong", "")]


# What leaves the house


async def test_the_bytes_are_read_once_and_end_with_the_announcement(province: Database) -> None:
    known_as = file_kinds.Known("anh.png", "image/png")

    def work(db: Connection) -> int:
        number = attachments.keep(db, 1, "telegram", PHOTO, "F1", "", 10, MONDAY)
        attachments.ready(db, number, known_as, PIXEL)
        return number

    number = await province.turn(work)
    files, read = Files(province, ZONE), list[object]()
    with pytest.raises(LookupError):
        await files(ATTACHMENT, number)
    await province.turn(lambda db: announced(db, number))
    original = attachments.content

    def content(db: Connection, attachment_id: int) -> bytes | None:
        read.append(attachment_id)
        return original(db, attachment_id)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(attachments, "content", content)
        assert {await files(ATTACHMENT, number) for _ in range(50)} == {PIXEL}
    assert read == [number]

    await province.turn(lambda db: db.execute(update(Broadcast).values(attachment_id=None)))
    with pytest.raises(LookupError):
        await files(ATTACHMENT, number)


def test_an_attachment_has_a_signed_link() -> None:
    made = Links("https://tap.example", ["a-secret"], render)(Document(ATTACHMENT, 7, "anh.jpg"))

    assert made.startswith("https://tap.example/tep/attachment.7.")


async def test_the_program_brings_what_lies_on_its_platform(
    sample_file: Path, tmp_path: Path
) -> None:
    path = shutil.copy(sample_file, tmp_path / "files.db")
    async with Simulator(limits=None) as simulator, running(settings(simulator, path)) as program:
        lying, now = simulator.files.put(PIXEL, "photo.png"), datetime.now(ZONE)
        async with Database.open(f"sqlite:///{path}") as database, asyncio.timeout(10):
            number = await database.turn(
                lambda db: attachments.keep(db, 1, "telegram", PHOTO, lying.id, "", 0, now)
            )
            (await program.started()).wake()
            while await database.read(attachments.pending):  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.02)
            found = await database.read(lambda db: attachments.get(db, number))
    assert found
    assert (found.state, found.name) == (AttachmentState.READY, "anh.png")
