"""Anybody checks a paper in a browser: genuine, changed, revoked, and without a network."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import insert, update

from bot.proofs import Proofs
from bot.web import Web
from storage import signing
from storage.models import Paper, SigningKey
from tests import rows
from tests.browser.marks import BROWSER
from tests.storage.test_signing import PRIVATE, PUBLIC, facts
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page
    from sqlalchemy import Connection

    from storage.database import Database

pytestmark = BROWSER

SIGNED = signing.sign(facts(course="Sơ cứu <b>&amp;"), PRIVATE)


def kept(db: Connection) -> None:
    rows.school(db)
    rows.people(db, 1)
    rows.course(db, 1, seats=5)
    older = {"public": signing.pair()[0], "private": "", "made_at": MONDAY}
    db.execute(insert(SigningKey).values(id=1, **older))
    db.execute(insert(SigningKey).values(id=2, public=PUBLIC, private=PRIVATE, made_at=MONDAY))
    db.execute(
        insert(Paper).values(
            number=SIGNED.facts["number"], course_id=1, person_id=1, facts=SIGNED.facts, key_id=2,
            signature=SIGNED.signature, issued_at=MONDAY,
        )
    )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def site(database: Database) -> AsyncIterator[str]:
    await database.turn(kept)
    web = Web("127.0.0.1", 0, database)
    proofs = Proofs(database, "", ZoneInfo("Asia/Ho_Chi_Minh"))
    web.add_page(proofs.route, proofs.show)
    web.add_page(proofs.asking, proofs.tell)
    await web.start()
    yield f"http://127.0.0.1:{web.port}/giay"
    await web.stop()


async def opened(browser: Browser, url: str) -> Page:
    page = await browser.new_page(locale="vi-VN")
    page.set_default_timeout(5000)
    page.on("pageerror", lambda error: pytest.fail(f"the page broke: {error}"))
    await page.goto(url)
    return page


async def test_a_paper_is_checked_in_the_browser(
    browser: Browser, site: str, database: Database
) -> None:
    page = await opened(browser, f"{site}#{SIGNED.text}")
    verdict, online = page.locator("#verdict"), page.locator("#online")

    await expect(verdict).to_have_text("Giấy thật")
    await expect(online).to_have_text("Vừa hỏi máy chủ: giấy chưa bị rút.")
    shown = await page.locator("#facts").inner_text()
    for words in ("H'Mai Byă", "Sơ cứu <b>&amp; (L12)", "12/12/2026 – 13/12/2026", "7,5 tiết",
                  "8,5", "GXN-2026-000123", "20/12/2026"):  # fmt: skip
        assert words in shown

    # One letter of what it says is another: nothing of it is shown.
    at = len("TH1.") + 60
    letter = "A" if SIGNED.text[at] != "A" else "B"
    await page.fill("#text", f"{SIGNED.text[:at]}{letter}{SIGNED.text[at + 1 :]}")
    await page.click("button")
    await expect(verdict).to_have_class("bad")
    await expect(page.locator("#facts")).to_be_hidden()
    stranger = signing.sign(facts(), signing.pair()[1]).text
    await page.fill("#text", stranger)
    await page.click("button")
    await expect(verdict).to_contain_text("Không phải giấy thật")

    await database.turn(lambda db: db.execute(update(Paper).values(revoked_at=MONDAY)))
    await page.fill("#text", SIGNED.text)
    await page.click("button")
    await expect(verdict).to_have_text("Giấy đã bị rút ngày 23/11/2026, không còn hiệu lực")

    # Loaded once, it goes on without a network, and says what it does not know.
    await page.context.set_offline(True)
    await page.click("button")
    await expect(verdict).to_have_text("Giấy thật")
    await expect(online).to_contain_text("Không có mạng")
    await page.close()


async def test_what_the_page_computes_is_what_the_standards_say(
    browser: Browser, site: str
) -> None:
    page = await opened(browser, site)
    computed = await page.evaluate(
        """() => {
        const text = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
        const of = (words) => sha512(new TextEncoder().encode(words));
        return [text(of("abc")), text(of("a".repeat(200))), text(of(""))];
        }"""
    )
    assert computed == [hashlib.sha512(each).hexdigest() for each in (b"abc", b"a" * 200, b"")]
    # RFC 8032, 7.1: tests 1 and 2; then with one bit changed, and with s not below the order.
    good = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(bytes.fromhex(good[64:]), "little") + order
    malleable = good[:64] + s.to_bytes(32, "little").hex()
    second = (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        [0x72],
    )
    cases: list[tuple[str, str, list[int]]] = [
        (PUBLIC, good, []),
        second,
        (PUBLIC, f"f{good[1:]}", []),
        (PUBLIC, malleable, []),
        (PUBLIC, good, [0]),
        ("f" * 64, good, []),
    ]
    verdicts = await page.evaluate(
        "(cases) => cases.map(([key, signature, words]) =>"
        " verified(hex(key), Uint8Array.from(words), hex(signature)))",
        cases,
    )
    assert verdicts == [True, True, False, False, False, False]
    await page.close()
