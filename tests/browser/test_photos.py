"""Photos and files on the phones: sent from this machine, and shown wherever they lie on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from playwright.async_api import expect

from bot.simulator import Simulator
from bot.simulator.files import PIXEL
from tests.bot.served import served
from tests.browser.marks import BROWSER

if TYPE_CHECKING:
    from playwright.async_api import Browser, FilePayload

pytestmark = BROWSER
INSIDE = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}


async def test_a_phone_sends_and_shows_photos_and_files(browser: Browser) -> None:
    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=PIXEL, content_type="image/png", headers=INSIDE)

    async with served(picture) as elsewhere, Simulator(limits=None) as simulator:
        telegram = simulator.phone("Út", started=True)
        zalo = simulator.phone("Lan", platform="zalo_bot", started=True)
        page = await browser.new_page()
        page.set_default_timeout(5000)
        errors = list[str]()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        await page.goto(simulator.url)
        phone = page.locator(f"#phone-{telegram.id}")
        await phone.locator(".clip").click()
        async with page.expect_file_chooser() as asked:
            await phone.locator(".choose-file").click()
        image: FilePayload = {"name": "ảnh lớp.png", "mimeType": "image/png", "buffer": PIXEL}
        await (await asked.value).set_files([image])
        await expect(phone.locator("img.picture")).to_have_js_property("naturalWidth", 1)
        file: FilePayload = {
            "name": "kế hoạch.pdf",
            "mimeType": "application/pdf",
            "buffer": b"%PDF-1.7",
        }
        await phone.locator(".own-file").set_input_files([file])
        await expect(phone.locator(".file-name")).to_have_text("kế hoạch.pdf")

        shown = {"chat_id": zalo.id, "photo": f"{elsewhere}/a.png", "caption": "TB-0141"}
        address = f"{simulator.zalo_bot_url}/bot{simulator.zalo_token}/sendPhoto"
        async with aiohttp.request("POST", address, json=shown) as answer:
            assert (await answer.json())["ok"] is True
        there = page.locator(f"#phone-{zalo.id} img.picture")
        await expect(there).to_have_js_property("naturalWidth", 1)

        sizes = [(one.kind, one.file.size) for one in telegram.messages if one.file]
        assert sizes == [("photo", len(PIXEL)), ("document", 8)]
        assert errors == []
        await page.close()
