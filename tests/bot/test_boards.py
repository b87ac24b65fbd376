"""The page of a board and the list to sign: whose they are, and what they hold."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import segno
from aiohttp import ClientSession, web
from sqlalchemy import update

from bot.boards import Boards, pictures
from bot.files import Files
from bot.links import Links
from handlers.message import BOARD, EXPORT, Document
from storage import channels, exports, sheet_lines
from storage.channels import TELEGRAM, ZALO_OA, Terms
from storage.models import Course, Role
from tests import halls
from tests.bot.served import served
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from storage.database import Database

MINUTE = timedelta(minutes=1)


class Hall:
    """A hall with a board, as it is seen over HTTP."""

    def __init__(self, database: Database, http: ClientSession, clock: Clock) -> None:
        self.database, self.clock, self._http = database, clock, http
        self.link, self.address = "", ""

    async def get(self, more: str = "", link: str = "") -> tuple[int, str]:
        path = "/" + (link or self.link).split("/", 3)[3] + more
        async with self._http.get(f"{self.address}{path}") as answer:
            return answer.status, await answer.text()

    async def told(self) -> dict[str, Any]:
        """What the page was given."""
        status, text = await self.get()
        assert status == 200
        found = re.search(r"const told = (\{.*\});", text)
        assert found
        return json.loads(found[1])


@pytest.fixture
async def hall(database: Database) -> AsyncIterator[Hall]:
    clock = Clock(halls.START)

    def ready(db: Connection) -> int:
        session = halls.hall(db, 3)
        halls.short(db, session)
        halls.opened(db, session, changing=True)
        db.execute(update(Course).values(title="<b>[[data]]</b>"))
        channels.open_channel(db, TELEGRAM, Terms(contact="@taphuan_bot"), clock.now)
        channels.open_channel(db, ZALO_OA, Terms(contact="Sở GDĐT"), clock.now)
        return exports.ask(db, halls.TRAINER, BOARD, clock.now, session=session)

    asked = await database.turn(ready)
    links = Links("http://here", ["secret"], Files(database, ZONE, clock), clock)
    boards = Boards(database, links, lambda: clock.now)

    async def serve(request: web.Request) -> web.StreamResponse:
        return await (boards.count if request.path.endswith("/so") else boards.show)(request)

    async with (
        served(serve, "/bang/{token:[^/]+}{rest:.*}") as address,
        ClientSession() as http,
    ):
        found = Hall(database, http, clock)
        found.link, found.address = links(Document(BOARD, asked, "")), address
        yield found


async def test_the_page_holds_every_code_to_come(hall: Hall):
    code = await hall.database.read(lambda db: halls.code(db, 1))
    told = await hall.told()
    digits = re.findall("......", told["digits"])
    for minutes in (0, 1, 30, 90):
        moment = hall.clock.now + minutes * MINUTE
        assert digits[int(moment.timestamp()) // 30 - told["first"]] == code.at(moment)
    assert len(digits) == 90 * 2 + 2
    assert told["now"] == int(hall.clock.now.timestamp() * 1000)
    assert len(base64.b64decode(told["qr"]["bits"])) == len(digits) * -(
        -(told["qr"]["size"] ** 2) // 8
    )
    _, text = await hall.get()
    assert "&lt;b&gt;" in text
    assert "Zalo Sở GDĐT" in text
    assert not re.search(r"""(?:src|href)=|https?://(?!t\.me)|@import|url\(""", text)


async def test_it_counts_and_says_when_it_is_out_of_date(hall: Hall):
    told = await hall.told()
    status, text = await hall.get("/so")
    assert (status, json.loads(text)) == (
        200,
        {"there": 0, "seats": 3, "version": told["version"], "now": told["now"]},
    )
    await hall.database.turn(lambda db: halls.opened(db, 1, changing=False))
    assert json.loads((await hall.get("/so"))[1])["version"] != told["version"]
    told = await hall.told()
    assert told["digits"] == (await hall.database.read(lambda db: halls.code(db, 1))).digits


async def test_it_is_nobody_elses_and_ends_with_the_code(hall: Hall):
    assert (await hall.get(link=hall.link[:-1] + "x"))[0] == 404
    assert (await hall.get(link=hall.link.replace("board.1", "export.1")))[0] == 404
    hall.clock.advance(hours=10)
    assert (await hall.get())[0] == (await hall.get("/so"))[0] == 410
    hall.clock.advance(hours=-10)
    yesterday = hall.clock.now.date() - timedelta(days=1)
    await hall.database.turn(lambda db: db.execute(update(Role).values(valid_to=yesterday)))
    assert (await hall.get())[0] == 410


async def test_the_qr_codes_are_those_of_the_digits():
    made = pictures("taphuan_bot", ["482913", "000001"])
    size, bits = made["size"], base64.b64decode(made["bits"])
    for at, digits in enumerate(("482913", "000001")):
        code = segno.make(
            f"https://t.me/taphuan_bot?start={digits}", error="l", mask=2, boost_error=False
        )
        one = bits[at * len(bits) // 2 : (at + 1) * len(bits) // 2]
        shown = "".join(f"{byte:08b}" for byte in one)[: size * size]
        assert shown == "".join(str(module) for row in code.matrix for module in row)
    assert pictures("", ["482913"]) == {"size": 0, "bits": ""}


async def test_the_list_to_sign_is_a_file_for_whoever_takes_attendance(hall: Hall):
    files = Files(hall.database, ZONE, hall.clock)

    def ask(db: Connection, person: int) -> int:
        sheet_lines.give(db, 1, halls.TRAINER, hall.clock.now)
        return exports.ask(db, person, "sheet", hall.clock.now, session=1)

    mine, anothers = await hall.database.turn(lambda db: (ask(db, halls.TRAINER), ask(db, 1)))
    assert (await files(EXPORT, mine)).startswith(b"%PDF")
    with pytest.raises(LookupError):
        await files(EXPORT, anothers)
