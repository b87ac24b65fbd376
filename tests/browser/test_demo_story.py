"""The demo as a newcomer plays it: from nothing to a seat, counting what has to be typed.

`PICTURES=1` keeps what was seen in docs/pictures, for the README.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.marks import BROWSER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = BROWSER

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    """The address of the page of a real `taphuan demo`, which ends cleanly afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser",
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout
    url = ""
    async with asyncio.timeout(30):
        while not url:
            line = (await process.stdout.readline()).decode()
            assert line, "the demo ended before it said where its page is"
            url = next(iter(re.findall(r"http://\S+", line)), "")
    yield url
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0


class Hand:
    """One phone on the page, and how much was done and typed on it."""

    def __init__(self, page: Page, place: int = 0) -> None:
        self.phone = page.locator(".phone").nth(place)
        self.inputs = self.typed = 0

    async def types(self, text: str, answer: str) -> None:
        self.inputs += 1
        self.typed += len(text)
        box = self.phone.get_by_placeholder("Nhắn tin")
        await box.fill(text)
        await box.press("Enter")
        await self.sees(answer)

    async def presses(self, label: str, answer: str) -> None:
        self.inputs += 1
        await self.phone.get_by_role("button", name=label, exact=True).last.click()
        await self.sees(answer)

    async def sees(self, words: str) -> None:
        await expect(self.phone.get_by_text(words).last).to_be_visible(timeout=8000)


async def opened(browser: Browser, url: str, width: int, height: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.goto(url)
    return page


async def keep(page: Page, name: str) -> None:
    if os.environ.get("PICTURES"):
        await page.wait_for_timeout(400)
        await page.screenshot(path=PICTURES / name)


async def test_from_nothing_to_a_seat_in_six_inputs(browser: Browser, demo: str) -> None:
    page = await opened(browser, demo, 360, 740)
    teacher = Hand(page)
    await teacher.types("L12", "Kính chào")
    await teacher.presses("1 Đồng ý", "mã cá nhân 8 số")
    await teacher.types("48271093", "Có phải thầy/cô")
    await teacher.presses("1 Đúng", "Còn 14/40 chỗ")
    await teacher.presses("1 Đăng ký", "Đã đăng ký cho H'Mai Byă")

    assert teacher.inputs <= 6
    assert teacher.typed <= 16
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "nothing may stand out at the side"
    await keep(page, "phone.png")

    desk = await opened(browser, demo, 1760, 860)
    principal, officer = Hand(desk, 1), Hand(desk, 2)
    await principal.types("viec", "Kính chào")
    await principal.presses("1 Đồng ý", "mã cá nhân 8 số")
    await principal.types("61520389", "Có phải thầy/cô")
    await principal.presses("1 Đúng", "vai trò hiệu trưởng")
    await officer.types("MOI-VHXH-2739", "xã Tuy Đức")
    await officer.presses("1 Đồng ý", "Lê Văn Tình")
    await officer.presses("1 Đúng là tôi", "Kính chào Lê Văn Tình")
    await officer.types("thong ke L12 theo huyen cu", "Theo huyện cũ")
    await draws_the_figures(browser, demo)
    await Hand(desk).presses("1 Nhắc tối hôm trước", "Trợ lý sẽ nhắc")
    await links_the_tablet(desk)
    await keep(desk, "desk.png")


async def draws_the_figures(browser: Browser, url: str) -> None:
    """The officer's phone draws a chart where it was asked for in words."""
    page = await opened(browser, url, 360, 740)
    await page.get_by_role("tab", name="Lê Văn Tình").click()
    officer = Hand(page, 2)
    await officer.types("bieu do kpi1", "KPI1 năm 2026: ")
    picture = officer.phone.locator("img.picture").last
    await expect(picture).to_be_visible(timeout=8000)
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 360
    # It came in above the last lines; whoever reads scrolls down to them.
    await officer.phone.locator(".theirs").last.evaluate("it => it.scrollIntoView(false)")
    await keep(page, "figures.png")
    await page.close()


async def links_the_tablet(desk: Page) -> None:
    """What was begun on Zalo is there on Telegram, after one code."""
    on_zalo, tablet = Hand(desk), Hand(desk, 4)
    await on_zalo.types("noi tai khoan", "NOI-")
    said = await on_zalo.phone.locator(".theirs .text").last.inner_text()
    code = re.findall(r"NOI-\w{3}-\w{3}", said)[0]
    await tablet.types(code, "Nối tài khoản này với")
    await tablet.presses("1 Đúng", "Đã nối")
    await on_zalo.sees("Tài khoản Telegram vừa được nối")
    await tablet.types("cua toi", "1 L12 Sơ cứu, Thứ Bảy 12/12, Tuy Đức")
    colleague = Hand(desk, 3)
    await colleague.types("lich", "Sắp tới có")
