"""Phones on Zalo on the page: numbered lines, links, templates, and the disputed switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.simulator import Person, Simulator
from tests.browser.marks import BROWSER
from tests.browser.test_page import fits, opened, phone_of, say
from tests.simulator.zalo import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = BROWSER

PEOPLE = (
    Person("H'Mai Byă", role="Giáo viên", platform="zalo_bot"),
    Person("Lê Thị Út", number="0901234567", platform="zalo_oa"),
)
WORDS = """Lịch của lớp tập huấn: https://taphuan.example/tep/abc/l%E1%BB%8Bch.ics.
1 Đăng ký
0 Quay lại"""


@pytest_asyncio.fixture(loop_scope="session")
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(people=PEOPLE, limits=None) as running:
        yield running


async def test_a_zalo_bot_has_lines_and_links_but_no_buttons(
    browser: Browser, simulator: Simulator
) -> None:
    page = await opened(browser, simulator, 360, 740)
    mai = phone_of(page, "H'Mai Byă")
    await expect(mai.locator(".platform")).to_have_text("Zalo Bot")
    await say(mai, "L12")
    async with Client(simulator) as client:
        event = await client.result("getUpdates", timeout=5)
        chat = event["message"]["chat"]["id"]
        await client.result("sendMessage", chat_id=chat, text=WORDS)

    link = mai.locator(".theirs a.link")
    await expect(link).to_have_attribute("href", "https://taphuan.example/tep/abc/l%E1%BB%8Bch.ics")
    await expect(mai.locator(".theirs .text")).to_have_text(WORDS, use_inner_text=True)
    assert await mai.locator(".theirs button").count() == 0
    assert await fits(page)
    await page.close()


async def test_a_template_stands_on_the_phone_of_its_number(
    browser: Browser, simulator: Simulator
) -> None:
    page = await opened(browser, simulator, 1280, 800)
    simulator.oa.templates.register("1", "Nhắc <name>: L12 ngày mai.", {"name": 40})
    token = simulator.oa.oauth.issue().access
    async with Client(simulator) as client:
        body = {"phone": "84901234567", "template_id": "1", "template_data": {"name": "Lê Thị Út"}}
        url = f"{simulator.business_url}/message/template"
        async with client.session.post(url, json=body, headers={"access_token": token}) as answer:
            assert (await answer.json())["error"] == 0

    ut = phone_of(page, "Lê Thị Út")
    await expect(ut.locator(".template .sender")).to_have_text("Zalo thông báo")
    await expect(ut.locator(".template .text")).to_have_text("Nhắc Lê Thị Út: L12 ngày mai.")
    await ut.get_by_role("button", name="Tùy chọn").click()
    await expect(ut.get_by_role("button", name="Bỏ quan tâm", exact=True)).to_be_visible()
    await page.close()


async def test_the_disputed_switches_are_turned_on_the_page(
    browser: Browser, simulator: Simulator
) -> None:
    page = await opened(browser, simulator, 1280, 800)
    await page.get_by_role("button", name="Máy chủ thử").click()
    # The tick is shown at once; the server knows of it when it has answered.
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await page.get_by_label("Lỗi kèm mã HTTP thật").check()
    await expect(page.get_by_label("Lỗi kèm mã HTTP thật")).to_be_checked()
    async with Client(simulator) as client:
        url = f"{client.base}/sendDocument"
        async with client.session.post(url, json={}) as answer:
            assert answer.status == 404
    await page.get_by_role("button", name="Xong").click()
    assert await fits(page)
    await page.close()
