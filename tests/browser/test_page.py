"""The page with the phones, in a real browser."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.simulator import Hint, Person, Simulator
from tests.browser.echo import DONE, MENU, Echo
from tests.browser.marks import BROWSER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = BROWSER

PEOPLE = (
    Person(
        "Lê Thị Út",
        role="Giáo viên",
        number="+84901234567",
        hints=(Hint("/start L12", "Mở liên kết"), Hint("4827 1093", "Mã cá nhân")),
    ),
    Person("Nguyễn Thị Thanh Hương", role="Hiệu trưởng"),
    Person("H'Mai Byă", role="Cán bộ Sở GDĐT"),
)
LONG = "Trường_mầm_non_tư_thục_" * 8


@pytest_asyncio.fixture(loop_scope="session")
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(people=PEOPLE, limits=None) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def echo(simulator: Simulator) -> AsyncIterator[Echo]:
    bot = Echo(simulator)
    task = asyncio.create_task(bot.run())
    yield bot
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def opened(browser: Browser, simulator: Simulator, width: int, height: int) -> Page:
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    page.set_default_timeout(5000)
    page.on("pageerror", lambda error: pytest.fail(f"the page broke: {error}"))
    await page.goto(simulator.url)
    await expect(page.locator(".phone.current")).to_be_visible()
    return page


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def phone_of(page: Page, name: str) -> Locator:
    return page.get_by_role("tabpanel", name=name)


async def say(phone: Locator, text: str) -> None:
    await phone.get_by_role("textbox", name="Nhắn tin").fill(text)
    await phone.get_by_role("button", name="Gửi", exact=True).click()


async def test_a_talk_at_360_px(
    browser: Browser, simulator: Simulator, echo: Echo, tmp_path: Path
) -> None:
    page = await opened(browser, simulator, 360, 740)
    phone = phone_of(page, "Lê Thị Út")
    log = phone.get_by_role("log")

    await phone.get_by_role("button", name="Mở liên kết /start L12").click()
    await expect(log.get_by_text(MENU)).to_be_visible()
    await log.get_by_role("button", name="2 Đường đi").click()
    await expect(log.locator(".place")).to_contain_text("12.23210, 107.45670")
    await expect(phone.get_by_role("status")).to_have_text("Đã nhận")

    await log.get_by_role("button", name="3 Lưu vào lịch").click()
    async with page.expect_download() as expected:
        await log.get_by_role("link", name="lịch.ics").click()
    download = await expected.value
    assert download.suggested_filename == "lịch.ics"
    await download.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == b"BEGIN:VCALENDAR"

    before = await log.get_by_role("listitem").count()
    await log.get_by_role("button", name="1 Đăng ký").click()
    edited = log.get_by_role("listitem").filter(has_text=DONE)
    await expect(edited).to_contain_text("đã sửa")
    await expect(log.get_by_text(MENU)).to_have_count(0)
    assert await log.get_by_role("listitem").count() == before

    await say(phone, LONG)
    await expect(log.get_by_text(LONG)).to_have_count(2)
    assert await fits(page)
    await page.close()


async def test_words_are_never_html(browser: Browser, simulator: Simulator, echo: Echo) -> None:
    page = await opened(browser, simulator, 360, 740)
    phone = phone_of(page, "Lê Thị Út")
    await say(phone, "<img src=x onerror=alert(1)><b>đậm</b>")
    await expect(phone.locator(".theirs .text")).to_have_text(
        "<img src=x onerror=alert(1)><b>đậm</b>"
    )
    assert await phone.locator(".log img, .log b").count() == 0
    await page.close()


async def test_the_keyboard_alone_is_enough(
    browser: Browser, simulator: Simulator, echo: Echo
) -> None:
    page = await opened(browser, simulator, 1280, 800)
    phone = phone_of(page, "Lê Thị Út")
    keyboard = page.keyboard

    async def reach(name: str, key: str = "Tab") -> None:
        wanted = phone.get_by_role("button", name=name).or_(phone.get_by_role("textbox", name=name))
        for _ in range(30):
            if await wanted.evaluate_all("all => all.includes(document.activeElement)"):
                return
            await keyboard.press(key)
        pytest.fail(f"{name} is not reached by {key}")

    await reach("Nhắn tin")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await keyboard.type("/start")
    await keyboard.press("Enter")
    await expect(phone.get_by_text(MENU)).to_be_visible()
    await reach("1 Đăng ký", "Shift+Tab")
    await keyboard.press("Enter")
    await expect(phone.get_by_text(DONE)).to_be_visible()
    # The pressed button is gone; the focus goes on in the same phone.
    await reach("Các lệnh")
    await keyboard.press("Enter")
    await keyboard.press("Enter")
    await expect(phone.locator(".mine .text").last).to_have_text("/lich")
    await reach("Đính kèm")
    await keyboard.press("Space")
    await keyboard.press("Escape")
    await expect(phone.get_by_role("group", name="Đính kèm")).to_be_hidden()
    await reach("Đính kèm")
    await page.close()


async def test_a_contact_key_shares_the_own_number(
    browser: Browser, simulator: Simulator, echo: Echo
) -> None:
    page = await opened(browser, simulator, 360, 740)
    phone = phone_of(page, "Lê Thị Út")
    await say(phone, "số")
    await phone.get_by_role("button", name="Gửi số của tôi").click()
    await expect(phone.get_by_text("Số +84901234567")).to_be_visible()
    await expect(phone.get_by_role("button", name="Gửi số của tôi")).to_have_count(0)
    shared = simulator.journal.updates()[-1].body["message"]
    assert shared["contact"]["user_id"] == shared["from"]["id"]
    await page.close()


async def test_several_people_and_one_more(
    browser: Browser, simulator: Simulator, echo: Echo
) -> None:
    page = await opened(browser, simulator, 360, 740)
    first, third = phone_of(page, "Lê Thị Út"), phone_of(page, "H'Mai Byă")
    await page.get_by_role("tab", name="H'Mai Byă").click()
    await expect(first).to_be_hidden()
    await say(third, "chào")
    await expect(third.locator(".theirs .text")).to_have_text("chào")

    await page.get_by_role("button", name="Thêm người").click()
    await page.get_by_label("Họ và tên").fill("Điểu K'Ré")
    await page.get_by_label("Nhắn qua").select_option("Telegram")
    await page.get_by_role("button", name="Thêm", exact=True).click()
    added = phone_of(page, "Điểu K'Ré")
    await say(added, "có ai không")
    await expect(added.locator(".theirs .text")).to_have_text("có ai không")
    assert await fits(page)

    await added.get_by_role("button", name="Tùy chọn").click()
    await added.get_by_role("button", name="Bỏ điện thoại này").click()
    await expect(page.get_by_role("tab")).to_have_count(3)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(page.locator(".phone:visible")).to_have_count(3)
    assert await fits(page)
    await page.close()


async def test_a_long_handling_shows_dots_and_a_blocked_bot_is_let_in_again(
    browser: Browser, simulator: Simulator, echo: Echo
) -> None:
    page = await opened(browser, simulator, 360, 740)
    phone = phone_of(page, "Lê Thị Út")
    echo.pause = 1.0
    await say(phone, "chậm thôi")
    await expect(phone.get_by_text("đang nhập…")).to_be_visible()
    await expect(phone.locator(".theirs .text")).to_have_text("chậm thôi")
    await expect(phone.get_by_text("đang nhập…")).to_be_hidden()
    await phone.get_by_role("button", name="Tùy chọn").click()
    await phone.get_by_role("button", name="Chặn trợ lý").click()
    await expect(phone.get_by_role("textbox")).to_be_hidden()
    await phone.get_by_role("button", name="Bỏ chặn").click()
    await expect(phone.get_by_role("textbox")).to_be_visible()
    await page.close()


async def test_a_page_that_lost_the_connection_catches_up(browser: Browser) -> None:
    async with Simulator(people=PEOPLE, limits=None) as simulator:
        page = await opened(browser, simulator, 360, 740)
        phone = phone_of(page, "Lê Thị Út")
        await say(phone, "trước")
        await expect(phone.locator(".mine .text")).to_have_text("trước")
        port = simulator.port
    await expect(page.get_by_role("alert")).to_be_visible()
    async with Simulator(people=PEOPLE, limits=None, port=port) as again:
        await again.phones["700000001"].say("sau khi nối lại")
        await expect(phone.locator(".mine .text")).to_have_text("sau khi nối lại")
        await expect(page.get_by_role("alert")).to_be_hidden()
        await page.close()
