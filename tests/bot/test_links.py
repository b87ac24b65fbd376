"""Signed links: only ours open, only for a while, and the file has its whole name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest

from bot import links
from bot.files import Files
from bot.links import GOOD_FOR, PRIVATE_FOR, Links
from bot.web import Web
from handlers.message import Document
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.database import Database

FILE = Document("calendar", 12, "lịch L12.ics")
SECRETS = ["a-secret-of-this-test"]


async def render(recipe: str, subject: int) -> bytes:
    if recipe not in ("calendar", "export") or subject != 12:
        raise LookupError(recipe)
    return b"BEGIN:VCALENDAR\r\n"


class Site:
    """The server with its links."""

    def __init__(self, url: str, link: Links, clock: Clock) -> None:
        self.url = url
        self.link = link
        self.clock = clock

    async def get(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        address = path if path.startswith("http") else f"{self.url}{path}"
        async with aiohttp.request("GET", address) as response:
            return response.status, await response.read(), dict(response.headers)


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[Site]:
    clock = Clock()
    web = Web("127.0.0.1", 0, database)
    link = Links("", SECRETS, render, clock)
    web.add_page(link.route, link.serve)
    await web.start()
    url = f"http://127.0.0.1:{web.port}"
    yield Site(url, Links(f"{url}/", SECRETS, render, clock), clock)
    await web.stop()


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with serving(database) as running:
        yield running


async def test_a_link_opens_the_file_under_its_whole_name(site: Site):
    status, body, headers = await site.get(site.link(FILE))

    assert (status, body) == (200, b"BEGIN:VCALENDAR\r\n")
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"lich L12.ics\"; filename*=UTF-8''l%E1%BB%8Bch%20L12.ics"
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_link_fits_into_a_line_of_a_chat(site: Site):
    link = site.link(FILE)

    assert all(33 <= ord(letter) < 127 for letter in link)
    assert unquote(urlsplit(link).path).endswith("/lịch L12.ics")
    assert len(urlsplit(link).path) < 100


async def test_what_is_made_for_one_person_opens_for_half_an_hour(site: Site):
    link = site.link(Document("export", FILE.subject, FILE.name))
    site.clock.advance(seconds=PRIVATE_FOR.total_seconds())
    assert (await site.get(link))[0] == 200
    site.clock.advance(seconds=1)
    assert (await site.get(link))[0] == 410


async def test_it_opens_for_48_hours(site: Site):
    link = site.link(FILE)
    site.clock.advance(seconds=GOOD_FOR.total_seconds())
    assert (await site.get(link))[0] == 200
    site.clock.advance(seconds=1)

    status, body, headers = await site.get(link)
    assert status == 410
    assert body.decode() == "Đường dẫn này đã hết hạn. Xin nhắn Trợ lý để nhận lại tệp."
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"


async def test_whatever_is_changed_in_a_link_closes_it(site: Site):
    path = urlsplit(site.link(FILE)).path
    token, name = path.split("/")[2:]
    recipe, subject, until, signed = token.split(".")
    forged = [
        f"/tep/{recipe}.13.{until}.{signed}/{name}",
        f"/tep/{recipe}.{subject}.{int(until) + 1}.{signed}/{name}",
        f"/tep/people.{subject}.{until}.{signed}/{name}",
        f"/tep/{recipe}.{subject}.{until}.{signed}/other.html",
        f"/tep/{recipe}.{subject}.{until}.{signed[:-1]}/{name}",
        f"/tep/{recipe}.{subject}.{until}.{'A' * 22}/{name}",
        f"/tep/{recipe}.{subject}.{until}/{name}",
        f"/tep/{token}.x/{name}",
        f"/tep/{'9' * 4000}/{name}",
        f"/tep/%00/{name}",
        f"/tep/{token}/",
        "/tep/",
    ]
    for one in forged:
        assert (await site.get(one))[0] == 404, one
    assert (await site.get(path))[0] == 200


async def test_another_installations_links_are_closed(site: Site):
    other = Links(site.url, ["another-secret"], render, site.clock)

    assert (await site.get(other(FILE)))[0] == 404


async def test_what_is_no_longer_there_is_not_found(site: Site):
    assert (await site.get(site.link(Document("calendar", 13, "x.ics"))))[0] == 404
    assert (await site.get(site.link(Document("people", 12, "x.ics"))))[0] == 404


def test_the_route_lies_below_the_public_address():
    def route(url: str) -> str:
        return Links(url, SECRETS, render).route

    assert route("https://taphuan.example/") == "/tep/{token}/{name}"
    assert route("https://office.example/taphuan") == "/taphuan/tep/{token}/{name}"


def test_without_a_public_address_there_is_no_link():
    assert Links("", SECRETS, render)(FILE) == ""


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ('a"b\\c.ics', "attachment; filename=\"abc.ics\"; filename*=UTF-8''a%22b%5Cc.ics"),
        ("Đ.csv", "attachment; filename=\"D.csv\"; filename*=UTF-8''%C4%90.csv"),
        ("a\r\nb", "attachment; filename=\"ab\"; filename*=UTF-8''a%0D%0Ab"),
    ],
)
def test_a_name_cannot_break_its_header(name: str, header: str):
    assert links.described(name)["Content-Disposition"] == header


async def test_a_name_in_two_letter_forms_is_one_link(site: Site):
    composed = site.link(FILE)
    import unicodedata

    decomposed = site.link(Document("calendar", 12, unicodedata.normalize("NFD", "lịch L12.ics")))
    assert decomposed == composed


async def test_a_course_of_the_province_comes_through(province: Database):
    files = Files(province, ZONE)
    web = Web("127.0.0.1", 0, province)
    course = await province.read(
        lambda db: db.exec_driver_sql("SELECT id FROM courses WHERE number = 12").scalar_one()
    )
    clock = Clock()
    link = Links("https://taphuan.example", SECRETS, files, clock)
    web.add_page(link.route, link.serve)
    await web.start()
    path = urlsplit(link(Document("calendar", course, "lịch L12.ics"))).path
    try:
        async with aiohttp.request("GET", f"http://127.0.0.1:{web.port}{path}") as response:
            assert response.status == 200
            assert "L12" in (await response.read()).decode()
    finally:
        await web.stop()


async def anything(recipe: str, subject: int) -> bytes:
    return f"{recipe} {subject}".encode()


async def test_only_what_everybody_may_see_has_a_link(database: Database):
    clock = Clock()
    web = Web("127.0.0.1", 0, database)
    link = Links("https://taphuan.example", SECRETS, anything, clock)
    web.add_page(link.route, link.serve)
    await web.start()
    until, name = int(clock().timestamp()) + 60, "x.csv"
    signed = link._sign("people", "12", str(until), name)  # pyright: ignore[reportPrivateUsage] - ours, and not for this
    try:
        url = f"http://127.0.0.1:{web.port}/tep/people.12.{until}.{signed}/{name}"
        async with aiohttp.request("GET", url) as response:
            assert response.status == 404
    finally:
        await web.stop()

    assert link(Document("people", 12, name)) == ""


def test_without_a_secret_nobody_signs():
    with pytest.raises(ValueError, match="secret"):
        Links("https://taphuan.example", [], render)
