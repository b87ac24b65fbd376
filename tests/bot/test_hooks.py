"""The webhooks over HTTP: who may bring something, and when the platform gets its 200."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot import hooks
from bot.channels.telegram import TelegramChannel
from bot.events import Events
from bot.hooks import TELEGRAM_SECRET, ZALO_SECRET, TelegramHook, ZaloBotHook, ZaloOaHook
from bot.inbox import Inbox
from bot.simulator import Fault, Simulator, Trouble
from bot.web import LARGEST, Web
from tests.bot.mailbag import Wire, rows, said
from tests.bot.running import SECRET as OURS
from tests.talk import ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from storage.database import Database


class Site:
    """The server, and a client that posts to it."""

    def __init__(self, web: Web, inbox: Inbox, client: aiohttp.ClientSession) -> None:
        self.inbox = inbox
        self.url = f"http://127.0.0.1:{web.port}"
        self._client = client

    async def post(self, body: bytes | dict[str, Any], secret: str | None = OURS) -> int:
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {TELEGRAM_SECRET: secret} if secret is not None else {}
        async with self._client.post(f"{self.url}/hook", data=data, headers=headers) as response:
            return response.status


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(limits=None) as running:
        yield running


@pytest.fixture
async def site(simulator: Simulator, database: Database) -> AsyncIterator[Site]:
    async with serving(simulator, database) as running:
        yield running


@asynccontextmanager
async def serving(simulator: Simulator, database: Database) -> AsyncIterator[Site]:
    async def render(_recipe: str, _subject: int) -> bytes:
        return b""

    async with (
        TelegramChannel(simulator.token, render=render, base_url=simulator.base_url) as channel,
        aiohttp.ClientSession() as client,
    ):
        inbox = Inbox(database, ZONE)
        inbox.channels = {channel.name: channel}
        web = Web("127.0.0.1", 0, database)
        web.add_hook("https://taphuan.example/hook", TelegramHook(channel, inbox, OURS).take)
        await web.start()
        yield Site(web, inbox, client)
        await web.stop()
        await inbox.finish()


async def update_of(simulator: Simulator, text: str = "/start") -> dict[str, Any]:
    phone = next(iter(simulator.phones.values()), None) or simulator.phone("Lê Thị Út")
    await phone.say(text)
    return dict(simulator.journal.updates()[-1].body)


async def test_an_update_is_answered_on_the_phone(site: Site, simulator: Simulator):
    assert await site.post(await update_of(simulator)) == 200

    (phone,) = simulator.phones.values()
    assert (await phone.answer()).text


async def test_200_does_not_wait_for_the_answer_to_be_spoken(site: Site, simulator: Simulator):
    simulator.faults.waiting.append(Fault(Trouble.SLOW, method="sendMessage", seconds=0.6))
    update = await update_of(simulator)
    began = asyncio.get_running_loop().time()

    assert await site.post(update) == 200
    assert asyncio.get_running_loop().time() - began < 0.5
    await site.inbox.finish()
    assert asyncio.get_running_loop().time() - began > 0.5


async def test_a_repeated_update_is_answered_once(site: Site, simulator: Simulator):
    update = await update_of(simulator)

    assert [await site.post(update) for _ in range(3)] == [200, 200, 200]
    await site.inbox.finish()
    assert len(simulator.journal.calls("sendMessage")) == 1


@pytest.mark.parametrize("secret", [None, "", "wrong", OURS + "x", "bí mật", OURS[:-1]])
async def test_without_the_secret_nothing_is_taken(
    secret: str | None, site: Site, simulator: Simulator
):
    assert await site.post(await update_of(simulator), secret) == 403
    await site.inbox.finish()
    assert not simulator.journal.calls("sendMessage")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000])
async def test_what_is_no_update_is_refused(body: bytes, site: Site):
    assert await site.post(body) == 400


@pytest.mark.parametrize(
    "body", [{}, {"update_id": "x"}, {"message": {"text": 1}}, {"update_id": 1, "message": []}]
)
async def test_an_update_nobody_can_read_is_taken_and_left(body: dict[str, Any], site: Site):
    assert await site.post(body) == 200


async def test_a_body_that_is_too_large_is_refused(site: Site):
    assert await site.post(b" " * (LARGEST + 1)) == 413
    assert await site.post(b" " * (LARGEST + 1), "wrong") == 403


async def test_a_turn_that_cannot_be_kept_is_delivered_again(
    site: Site, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError

    update = await update_of(simulator)
    with monkeypatch.context() as patched:
        patched.setattr("handlers.assistant.answer", broken)
        patched.setattr("handlers.apology.answer", broken)
        assert await site.post(update) == 500

    assert await site.post(update) == 200
    await site.inbox.finish()
    assert len(simulator.journal.calls("sendMessage")) == 1


# Zalo

APP, ACCOUNT = "3608465248940903967", "388613280878808645"


class Signing(Wire):
    """An Official Account's wire whose signature is a word in a header."""

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        return headers.get("X-ZEvent-Signature") == f"mac={len(body)}"


class Zalo:
    """Both of Zalo's hooks behind the server, with what was kept and answered."""

    def __init__(self, database: Database) -> None:
        self.database = database
        clock = Clock()
        self.bot, self.oa = Wire("zalo_bot", clock), Signing("zalo_oa", clock)
        self.inbox = Inbox(database, ZONE, clock)
        self.inbox.channels = {"zalo_bot": self.bot, "zalo_oa": self.oa}
        self.events = Events(database, self.inbox)
        self.web = Web("127.0.0.1", 0, database)
        hook = ZaloBotHook(self.events.keeper(self.bot), OURS)
        self.web.add_hook("https://taphuan.example/zalo-bot", hook.take)
        account = ZaloOaHook(self.oa, self.events.keeper(self.oa), app_id=APP, oa_id=ACCOUNT)
        self.web.add_hook("https://taphuan.example/zalo-oa", account.take)

    async def post(self, path: str, body: bytes | object, headers: Mapping[str, str]) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.web.port}/{path}"
        async with aiohttp.request("POST", url, data=io.BytesIO(data), headers=headers) as answer:
            return answer.status

    async def post_bot(self, body: bytes | object, secret: str | None = OURS) -> int:
        return await self.post("zalo-bot", body, {} if secret is None else {ZALO_SECRET: secret})

    async def post_oa(self, body: bytes | object, signature: str | None = None) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        mac = f"mac={len(data)}" if signature is None else signature
        return await self.post("zalo-oa", data, {"X-ZEvent-Signature": mac} if mac else {})

    async def end(self) -> None:
        await self.events.finish()
        await self.inbox.finish()

    def answers(self, channel: Wire) -> int:
        return sum(len(said) for said in channel.said.values())


@pytest.fixture
async def zalo(province: Database) -> AsyncIterator[Zalo]:
    mine = Zalo(province)
    await mine.web.start()
    yield mine
    await mine.web.stop()
    await mine.end()


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    parties = {"app_id": APP, "recipient": {"id": ACCOUNT}, "sender": {"id": "500"}}
    return {**said(number), "event_name": "user_send_text", **parties, **more}


async def test_a_bare_and_a_wrapped_event_of_the_bot_are_answered_once(zalo: Zalo):
    bare = {"event_name": "message.text.received", **said(1)}
    statuses = [await zalo.post_bot(body) for body in (bare, {"ok": True, "result": bare}, bare)]
    await zalo.end()

    assert statuses == [200, 200, 200]
    assert zalo.answers(zalo.bot) == 1
    assert await rows(zalo.database) == 0


@pytest.mark.parametrize("secret", [None, "", "wrong", OURS + "x", OURS[:-1], "bí mật"])
async def test_without_the_bots_secret_nothing_is_kept(secret: str | None, zalo: Zalo):
    assert await zalo.post_bot(said(1), secret) == 403
    assert await rows(zalo.database) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"null", b"\xff", b"[" * 100_000])
async def test_what_is_no_event_is_refused(body: bytes, zalo: Zalo):
    assert await zalo.post_bot(body) == 400
    assert await zalo.post_oa(body) == 400


async def test_an_event_that_is_too_large_is_refused(zalo: Zalo):
    large = b" " * (LARGEST + 1)
    assert await zalo.post_bot(large) == 413
    assert await zalo.post_oa(large) == 413


@pytest.mark.parametrize(
    "body", [{}, {"ok": True}, {"result": []}, {"event_name": "message.unsupported.received"}]
)
async def test_an_event_of_the_bot_that_says_nothing_gets_its_200(body: dict[str, Any], zalo: Zalo):
    assert await zalo.post_bot(body) == 200
    await zalo.end()
    assert await rows(zalo.database) == 0


async def test_a_signed_event_of_the_account_is_answered_once_however_often_it_comes(zalo: Zalo):
    assert [await zalo.post_oa(event()) for _ in range(3)] == [200, 200, 200]
    await zalo.end()
    assert await zalo.post_oa(event()) == 200
    await zalo.end()

    assert zalo.answers(zalo.oa) == 1
    assert await rows(zalo.database) == 0


@pytest.mark.parametrize("signature", ["", "mac=", "mac=1", "wrong"])
async def test_a_forged_or_unsigned_event_is_refused_and_not_kept(signature: str, zalo: Zalo):
    assert await zalo.post_oa(event(), signature) == 403
    assert await rows(zalo.database) == 0


async def test_the_check_of_the_address_gets_its_200(zalo: Zalo):
    assert await zalo.post_oa({}, "") == 200
    assert await zalo.post_oa(b" {} ", "") == 200
    assert await rows(zalo.database) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"app_id": "1"},
        {"recipient": {"id": "1"}},
        {"oa_id": "1", "recipient": None},
        {"recipient": {"id": 7}, "sender": "x"},
    ],
)
async def test_an_event_of_another_account_is_refused(more: dict[str, Any], zalo: Zalo):
    assert await zalo.post_oa(event(**more)) == 403
    assert await rows(zalo.database) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"recipient": {"id": "500"}, "sender": {"id": ACCOUNT}},
        {"recipient": None, "sender": None, "oa_id": ACCOUNT},
        {"recipient": None, "sender": None},
    ],
)
async def test_our_account_may_stand_in_several_places(more: dict[str, Any], zalo: Zalo):
    assert await zalo.post_oa(event(**more)) == 200


async def test_what_is_not_kept_in_time_is_brought_again(
    zalo: Zalo, monkeypatch: pytest.MonkeyPatch
):
    turn = zalo.database.turn

    async def slow(work: Any) -> Any:
        await asyncio.sleep(0.5)
        return await turn(work)

    assert hooks.PROMPT < 2, "the platforms wait for two seconds"
    with monkeypatch.context() as patched:
        patched.setattr(hooks, "PROMPT", 0.2)
        patched.setattr(zalo.database, "turn", slow)
        began = asyncio.get_running_loop().time()
        statuses = await asyncio.gather(zalo.post_oa(event()), zalo.post_bot(said(1)))
        assert asyncio.get_running_loop().time() - began < 0.45
    assert statuses == [503, 503]
    assert await zalo.post_oa(event()) == 200
    await asyncio.sleep(0.5)  # the first try, which had not been given up by the database
    await zalo.end()

    assert zalo.answers(zalo.oa) == 1
    assert zalo.answers(zalo.bot) == 1


async def test_a_database_that_is_away_is_a_503(zalo: Zalo, monkeypatch: pytest.MonkeyPatch):
    from storage.database import DatabaseError

    async def away(_work: object) -> None:
        raise DatabaseError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(zalo.database, "turn", away)
        assert await zalo.post_oa(event()) == 503
    assert await zalo.post_oa(event()) == 200


@pytest.mark.parametrize("path", ["zalo-bot", "zalo-oa"])
async def test_a_client_that_never_ends_its_body_is_sent_away(
    path: str, zalo: Zalo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.hooks.UPLOAD", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", zalo.web.port)
    head = (
        f"POST /{path} HTTP/1.1\r\nHost: x\r\n{ZALO_SECRET}: {OURS}\r\nContent-Length: 90\r\n\r\n{{"
    )
    writer.write(head.encode())
    assert await zalo.post_oa(event()) == 200  # nobody else waits
    async with asyncio.timeout(3):
        assert b"408" in await reader.readline()
    writer.close()
    await writer.wait_closed()
