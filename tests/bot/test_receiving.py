"""The page for handing in a file: whose link it is, what is taken, what is said of the rest."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from sqlalchemy import select, update

from bot import receiving
from bot.channels import written
from bot.channels.telegram import TelegramChannel
from bot.links import PRIVATE_FOR, Links
from bot.receiving import Receiving
from bot.web import LARGEST, Web
from handlers.message import UPLOAD, Document, Reply
from storage import exports, intakes, scopes, workbooks
from storage.models import Attachment, ImportKind, Intake, IntakeState, Role
from storage.rosters import files
from tests.bot.telegram_fakes import TOKEN, Recorder, render
from tests.lists import officer, world
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from storage.database import Database

OFFICER = 901
BOOK = workbooks.xlsx([workbooks.Table("A", ("Họ và tên", "Trường"), [("Hoa", "Hoa Cúc")])])


@dataclass
class Site:
    database: Database
    clock: Clock
    links: Links
    url: str = ""

    async def link(self, kind: ImportKind = ImportKind.ROSTER) -> str:
        def ask(db: Connection) -> int:
            scope = scopes.of(db, OFFICER, self.clock.now.date())
            assert scope
            return intakes.upload(db, scope, kind, self.clock.now)

        subject = await self.database.turn(ask)
        return self.links(Document(UPLOAD, subject, "nop-danh-sach"))

    async def get(self, link: str) -> tuple[int, str]:
        async with aiohttp.request("GET", link) as answer:
            return answer.status, await answer.text()

    async def send(
        self, link: str, content: bytes, name: str = "ds.xlsx", field: str = receiving.FIELD
    ) -> tuple[int, str]:
        form = aiohttp.FormData(quote_fields=False)  # as browsers do
        form.add_field(field, io.BytesIO(content), filename=name)
        async with aiohttp.request("POST", link, data=form) as answer:
            return answer.status, await answer.text()

    async def brought(self) -> list[tuple[str, IntakeState]]:
        rows = select(Intake.file_name, Intake.state)
        return await self.database.read(lambda db: [(*one,) for one in db.execute(rows)])


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    def build(db: Connection) -> None:
        world(db)
        officer(db, 1)

    await database.turn(build)
    clock = Clock()
    web = Web("127.0.0.1", 0, database)
    await web.start()
    port = web.port
    await web.stop()
    web = Web("127.0.0.1", port, database)
    links = Links(f"http://127.0.0.1:{port}", ["a secret"], render, clock)
    page = Receiving(database, links, lambda: clock().astimezone(ZONE))
    web.add_page(page.route, page.show)
    web.add_hook(page.route, page.take)
    await web.start()
    yield Site(database, clock, links)
    await web.stop()


async def test_a_file_that_is_handed_in_is_read_next(site: Site):
    link = await site.link()
    status, page = await site.get(link)
    assert status == 200
    assert 'type="file"' in page
    assert "Nộp danh sách nhân sự" in page

    status, page = await site.send(link, BOOK + b"\0" * LARGEST, name="DS giáo viên.xlsx")

    assert status == 200
    assert "trò chuyện" in page
    assert await site.brought() == [("DS giáo viên.xlsx", IntakeState.WAITING)]
    kept = select(Attachment.person_id, Attachment.channel, Attachment.size)
    assert await site.database.read(lambda db: tuple(db.execute(kept).one())) == (
        OFFICER, "web", len(BOOK) + LARGEST,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "field", "status", "words"),
    [
        (b"%PDF-1.7", "tep", 415, "không phải bảng"),
        (b"", "tep", 400, "Chưa có tệp"),
        (BOOK, "other", 400, "Chưa có tệp"),
    ],
)
async def test_what_is_no_table_is_told_at_once(
    site: Site, content: bytes, field: str, status: int, words: str
):
    answered, page = await site.send(await site.link(), content, field=field)

    assert answered == status
    assert words in page
    assert 'type="file"' in page  # to try again
    assert await site.brought() == []


async def test_what_is_too_large_is_told_and_not_kept(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MOST_BYTES", 100_000)
    status, page = await site.send(await site.link(), b"x" * 200_000)

    assert status == 413
    assert "quá" in page
    assert await site.brought() == []


async def test_no_form_at_all_is_no_file(site: Site):
    async with aiohttp.request("POST", await site.link(), data=b"x") as answer:
        assert answer.status == 400


async def test_the_link_is_good_for_half_an_hour_and_as_long_as_the_role(site: Site):
    link = await site.link()
    yesterday = site.clock.now.date() - timedelta(days=1)
    await site.database.turn(lambda db: db.execute(update(Role).values(valid_to=yesterday)))
    assert (await site.get(link))[0] == 403
    assert (await site.send(link, BOOK))[0] == 403
    site.clock.advance(seconds=PRIVATE_FOR.total_seconds() + 1)
    assert (await site.get(link))[0] == 410
    assert (await site.send(link, BOOK))[0] == 410
    assert await site.brought() == []


async def test_no_other_link_opens_the_page(site: Site):
    link = await site.link()
    other = await site.database.turn(
        lambda db: exports.ask(db, OFFICER, "roster export", site.clock.now)
    )
    of_export = site.links(Document(UPLOAD, other, ""))
    export = site.links(Document("export", other, "a.xlsx"))
    forged = [
        link[:-1], f"{link}x", link.replace("upload.", "export."), of_export,
        export.replace("/tep/", "/nop/").rpartition("/")[0],
        site.links(Document(UPLOAD, 999, "")),
    ]  # fmt: skip
    for one in forged:
        assert (await site.get(one))[0] == 404, one
        assert (await site.send(one, BOOK))[0] == 404, one


def test_every_channel_says_the_link_of_a_page():
    reply = Reply("Gửi tệp.", document=Document(UPLOAD, 1, "x"))
    shown = written.paged(reply, lambda _: "https://a.vn/nop/1")
    assert (shown.text, shown.document) == ("Gửi tệp.\nhttps://a.vn/nop/1", None)
    assert written.paged(reply, lambda _: "").text == "Gửi tệp."
    file = Reply("x", document=Document("calendar", 1, "x"))
    assert written.paged(file, lambda _: "") is file


async def test_telegram_says_the_link_too_and_sends_no_file():
    recorder = Recorder()
    channel = TelegramChannel(TOKEN, render=render, request=recorder, link=lambda _: "https://a.vn")
    await channel.speak("7001", Reply("Mở trang:", document=Document(UPLOAD, 1, "nop")))

    (said,) = recorder.calls.of("sendMessage")
    assert said["text"] == "Mở trang:\nhttps://a.vn"
    assert not recorder.calls.of("sendDocument")
