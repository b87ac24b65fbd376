"""The page for the projector, in a real browser whose network goes away."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from playwright.async_api import Browser, expect
from sqlalchemy import insert

from bot.boards import Boards
from bot.links import Links
from handlers.message import BOARD, Document
from storage import channels, exports
from storage.channels import TELEGRAM, Terms
from storage.database import Database
from storage.models import Attendance, Evidence, Mark
from tests import halls
from tests.bot.served import served
from tests.browser.marks import BROWSER
from tests.talk import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiohttp import web
    from sqlalchemy import Connection

pytestmark = BROWSER

MINUTE = timedelta(minutes=1)


async def test_the_code_goes_on_changing_without_network(
    browser: Browser, empty_file: Path, copied: Callable[[Path], Path]
) -> None:
    clock = Clock(halls.START - 5 * MINUTE)

    def ready(db: Connection) -> int:
        session = halls.hall(db, 40)
        halls.short(db, session)
        halls.opened(db, session, changing=True)
        channels.open_channel(db, TELEGRAM, Terms(contact="@taphuan_bot"), clock.now)
        return exports.ask(db, halls.TRAINER, BOARD, clock.now, session=session)

    def come(db: Connection) -> None:
        row = {"session_id": 1, "mark": Mark.PRESENT, "evidence": Evidence.CODE, "at": clock.now}
        db.execute(insert(Attendance), [{**row, "person_id": each} for each in range(1, 32)])

    async with Database.open(f"sqlite:///{copied(empty_file)}") as database:
        asked = await database.turn(ready)
        await database.turn(come)
        links = Links("http://127.0.0.1", ["secret"], _nothing, clock)
        boards = Boards(database, links, lambda: clock.now)

        async def serve(request: web.Request) -> web.StreamResponse:
            counts = request.path.endswith("/so")
            return await (boards.count if counts else boards.show)(request)

        async with served(serve, "/bang/{token:[^/]+}{rest:.*}") as address:
            token = links(Document(BOARD, asked, "")).rpartition("/")[2]
            context = await browser.new_context(viewport={"width": 1280, "height": 720})
            page = await context.new_page()
            broken: list[str] = []
            page.on("pageerror", lambda error: broken.append(str(error)))
            # The computer's clock is two hours behind ours.
            await page.clock.install(time=clock.now - timedelta(hours=2))
            await page.goto(f"{address}/bang/{token}")
            code = await database.read(lambda db: halls.code(db, 1))
            box = page.locator("#code")
            await expect(box).to_have_text(_spaced(code.at(clock.now)))
            await expect(page.locator("#count b")).to_have_text("31/40")
            assert await page.evaluate(
                "parseFloat(getComputedStyle(document.querySelector('#code')).fontSize)"
                " >= innerWidth * 0.2"
            )
            assert await page.evaluate(
                "document.documentElement.scrollWidth <= innerWidth"
                " && document.documentElement.scrollHeight <= innerHeight"
            )
            if folder := os.environ.get("PICTURES"):
                await page.screenshot(path=f"{folder}/board.png")
            before = await page.locator("#qr path").get_attribute("d")

            await context.set_offline(True)
            await page.clock.fast_forward("41:15")

            clock.now += timedelta(minutes=41, seconds=15)
            await expect(box).to_have_text(_spaced(code.at(clock.now)))
            assert await page.locator("#qr path").get_attribute("d") != before
            await expect(page.locator("#offline")).to_be_visible()
            assert broken == []
            await context.close()


def _spaced(digits: str) -> str:
    return f"{digits[:3]} {digits[3:]}"


async def _nothing(recipe: str, subject: int) -> bytes:
    raise LookupError(recipe, subject)
