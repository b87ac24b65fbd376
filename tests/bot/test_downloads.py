"""Files brought from each platform, and shown on its phones, by the simulator's wires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web

from bot.channels.base import Rejected, SendError, TooLarge, TryLater
from bot.channels.download import download
from bot.channels.http import Http
from bot.channels.telegram import TelegramChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOaChannel
from bot.simulator import Simulator
from bot.simulator.files import PIXEL
from handlers.message import ATTACHMENT, Document, Kind, Reply
from storage import file_kinds
from tests.bot.served import served
from tests.bot.telegram_fakes import TOKEN, Recorder, ok, refused, render
from tests.bot.zalo_bot_fakes import link
from tests.bot.zalo_oa_fakes import APP, KEY, OA, Keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.channels.base import Fetch

PDF = b"%PDF-1.7 k\xe1\xba\xbf ho\xe1\xba\xa1ch"


# From the platforms


def channels(simulator: Simulator) -> dict[str, Any]:
    """Each platform's channel, as the program has them."""
    return {
        "telegram": TelegramChannel(
            simulator.token, render=render, base_url=simulator.base_url
        ),
        "zalo_bot": ZaloBotChannel(
            simulator.zalo_token, link=link, base_url=simulator.zalo_bot_url
        ),
        "zalo_oa": ZaloOaChannel(
            cast("Any", Keys()), app_id=APP, oa_id=OA, secret=KEY, render=render, link=link,
            base_url=simulator.oa_url,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("platform", ["telegram", "zalo_bot", "zalo_oa"])
async def test_what_a_person_sends_is_brought_from_its_platform(platform: str) -> None:
    async with Simulator(limits=None) as simulator:
        phone = simulator.phone("Út", platform=platform, started=True)
        async with channels(simulator)[platform] as channel:
            await phone.photo("Ảnh lớp", PIXEL)
            await phone.document("kế hoạch.pdf", PDF)
            said = [channel.read(one.body) for one in simulator.journal.updates(phone.id)]
            photo, file = said

            assert (photo.kind, photo.text) == (Kind.PHOTO, "Ảnh lớp")
            assert await channel.fetch(photo.file.id) == PIXEL
            if platform == "zalo_bot":  # it passes no files on
                assert (file.kind, file.file) == (Kind.OTHER, None)
            else:
                assert (file.kind, file.file.name) == (Kind.FILE, "kế hoạch.pdf")
                assert file.file.size == len(PDF)
                assert await channel.fetch(file.file.id) == PDF
            with pytest.raises(Rejected):
                await channel.fetch(photo.file.id + "x")


async def test_a_photo_and_its_words_are_one_message_on_each_phone() -> None:
    reply = Reply("TB-0141\nL12 chuyển sang 14h00", photo=Document(ATTACHMENT, 7, "anh.jpg"))
    async with Simulator(limits=None) as simulator:
        pair = simulator.oa.oauth.issue()
        for platform, made in channels(simulator).items():
            phone = simulator.phone("Út", platform=platform, started=True)
            async with made as channel:
                if platform == "zalo_oa":
                    channel._api._tokens.access = lambda: given(pair.access)
                for _ in range(2):
                    spoken = await channel.speak(str(phone.id), reply)
                    assert spoken.messages == 1
            shown = [(one.kind, one.text) for one in phone.messages]
            assert shown == [("photo", reply.text)] * 2
            if platform != "zalo_bot":
                assert len({one.file.id for one in phone.messages if one.file}) == 1


async def given(token: str) -> str:
    return token


async def test_telegram_gives_no_large_file() -> None:
    recorder = Recorder()
    channel: Fetch = TelegramChannel(TOKEN, render=render, request=recorder)
    described = {"file_id": "F1", "file_unique_id": "u", "file_path": "photos/1.jpg"}
    recorder.calls.script(
        "getFile",
        refused(400, "Bad Request: file is too big"),
        ok({**described, "file_size": file_kinds.LARGEST + 1}),
        refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        refused(429, "Too Many Requests", retry_after=3),
    )

    for meant in (TooLarge, TooLarge, Rejected, TryLater):
        with pytest.raises(meant):
            await channel.fetch("F1")


# Addresses


async def fetched(answer: Callable[[], web.StreamResponse]) -> bytes:
    async def handle(_: web.Request) -> web.StreamResponse:
        return answer()

    async with served(handle) as url, Http() as http:
        return await download(http, f"{url}/a.jpg", home=url)


async def test_a_file_is_taken_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.download.LARGEST", 100_000)

    assert len(await fetched(lambda: web.Response(body=b"x" * 100_000))) == 100_000
    with pytest.raises(TooLarge):
        await fetched(lambda: web.Response(body=b"x" * 100_001))


@pytest.mark.parametrize(
    ("status", "meant"),
    [(404, Rejected), (403, Rejected), (302, Rejected), (429, TryLater), (503, TryLater)],
)
async def test_what_is_not_given(status: int, meant: type[SendError]) -> None:
    with pytest.raises(meant) as caught:
        await fetched(lambda: web.Response(status=status, headers={"Location": "/b.jpg"}))
    assert type(caught.value) is meant


@pytest.mark.parametrize(
    ("leads", "ends"), [("/b.jpg", b"x"), ("/a.jpg", Rejected), ("https://127.0.0.2/", Rejected)]
)
async def test_an_address_may_send_on_a_few_times_but_not_into_the_house(
    leads: str, ends: Any
) -> None:
    asked = list[str]()

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/a.jpg":
            return web.Response(status=302, headers={"Location": leads})
        return web.Response(body=b"x")

    async with served(handle) as url, Http() as http:
        if isinstance(ends, bytes):
            assert await download(http, f"{url}/a.jpg", home=url) == ends
            return
        with pytest.raises(ends):
            await download(http, f"{url}/a.jpg", home=url)
    assert len(asked) <= 7


@pytest.mark.parametrize(
    "address",
    [
        "http://f20-zpc.zdn.vn/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://127.1/a.jpg",
        "https://0x7f.1/a.jpg",
        "https://2130706433/a.jpg",
        "https://localhost/a.jpg",
        "https://db.internal/a.jpg",
        "file:///etc/passwd",
        "https://[x/a.jpg",
        "",
    ],
)
async def test_only_the_web_is_asked(address: str) -> None:
    async with Http() as http:
        with pytest.raises(Rejected):
            await download(http, address, home="https://openapi.zalo.me")
