"""How a Zalo bot hears: polls that take one event for good, and webhooks."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError, ClientTimeout

from bot.simulator import Simulator
from tests.simulator.zalo import SECRET, Client, Ear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.simulator import ZaloBotPhone


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    async with Client(simulator) as ready:
        yield ready


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    listening = Ear()
    async with listening.server:
        yield listening


@pytest.fixture
def phone(simulator: Simulator) -> ZaloBotPhone:
    return simulator.phone("Lê Thị Út", platform="zalo_bot", number="0901234567")


async def test_an_event_as_it_stands_on_the_wire(client: Client, phone: ZaloBotPhone) -> None:
    id = await phone.say("L12", date=1_796_000_000_123)
    assert await client.call("getUpdates", timeout="5") == {
        "ok": True,
        "result": {
            "event_name": "message.text.received",
            "message": {
                "from": {"id": phone.id, "display_name": "Lê Thị Út", "is_bot": False},
                "chat": {"id": phone.id, "chat_type": "PRIVATE"},
                "text": "L12",
                "message_id": id,
                "date": 1_796_000_000_123,
                "message_type": "CHAT_MESSAGE",
            },
        },
    }


async def test_reading_takes_the_oldest_for_good(client: Client, phone: ZaloBotPhone) -> None:
    for text in ("một", "hai"):
        await phone.say(text)
    assert [await client.polled() for _ in range(3)] == ["một", "hai", ""]


async def test_a_poll_waits_as_long_as_it_said(client: Client, phone: ZaloBotPhone) -> None:
    began = time.monotonic()
    assert await client.polled(0.3) == ""
    assert 0.28 <= time.monotonic() - began < 2
    poll = asyncio.create_task(client.polled(5))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await phone.say("chào")
    assert await poll == "chào"
    assert time.monotonic() - began < 1


async def test_a_second_poll_ends_the_first(client: Client, phone: ZaloBotPhone) -> None:
    first = asyncio.create_task(client.polled(5))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(client.polled(5))
    assert await first == ""
    await phone.say("chào")
    assert await second == "chào"


async def test_what_comes_for_a_reader_who_has_gone_stays(
    client: Client, phone: ZaloBotPhone
) -> None:
    with pytest.raises(TimeoutError):
        async with client.session.post(
            f"{client.base}/getUpdates", timeout=ClientTimeout(total=0.1)
        ):
            pass
    await asyncio.sleep(0.05)
    await phone.say("chào")
    assert await client.polled() == "chào"


async def test_what_nobody_polls_for_is_lost(client: Client, phone: ZaloBotPhone) -> None:
    client.simulator.zalo_bot.switches.drop_unpolled = True
    await phone.say("mất")
    poll = asyncio.create_task(client.polled(5))
    await asyncio.sleep(0.1)
    await phone.say("còn")
    assert await poll == "còn"
    assert await client.polled() == ""


async def test_a_poll_meets_faults_that_name_it(client: Client, phone: ZaloBotPhone) -> None:
    client.simulator.faults.add("broken", platform="zalo_bot")
    await phone.say("chào")
    assert await client.polled() == "chào"
    client.simulator.faults.add("lost", method="getUpdates", platform="zalo_bot")
    await phone.say("mất")
    with pytest.raises(ClientError):
        await client.polled()
    assert await client.polled() == ""


@pytest.mark.parametrize(
    ("act", "event", "fields"),
    [
        ("photo", "image", {"photo_url", "message_type"}),
        ("sticker", "sticker", {"sticker", "url"}),
        ("voice", "voice", {"voice_url"}),
        ("unsupported", "unsupported", set[str]()),
    ],
)
async def test_other_kinds_of_events(
    client: Client, phone: ZaloBotPhone, act: str, event: str, fields: set[str]
) -> None:
    await getattr(phone, act)()
    got = await client.result("getUpdates")
    assert got["event_name"] == f"message.{event}.received"
    message = got["message"]
    assert message.keys() == {"from", "chat", "message_id", "date"} | fields
    for field in fields & {"photo_url", "voice_url", "url"}:
        async with client.session.get(message[field]) as answer:
            assert answer.status == 200
            assert await answer.read()


async def test_a_link_and_an_event_without_a_message(client: Client, phone: ZaloBotPhone) -> None:
    await phone.link("https://example.org/L12")
    assert (await client.result("getUpdates"))["message"]["url"] == "https://example.org/L12"
    await phone.unsupported(message=False)
    assert await client.result("getUpdates") == {"event_name": "message.unsupported.received"}


async def test_a_picture_under_the_documented_name(client: Client, phone: ZaloBotPhone) -> None:
    client.simulator.zalo_bot.switches.photo_url = False
    await phone.photo("thẻ")
    message = (await client.result("getUpdates"))["message"]
    assert "photo_url" not in message
    assert message["photo"].startswith(client.simulator.zalo_bot_url)
    assert message["caption"] == "thẻ"


async def test_any_event_and_any_again(client: Client, phone: ZaloBotPhone) -> None:
    zalo = client.simulator.zalo_bot
    for event in ({"event_name": "message.reaction.received"}, {"message": []}, {}):
        zalo.raw(event)
        assert await client.result("getUpdates") == event
    id = await phone.say("chào")
    client.simulator.deliver_again(id, platform="zalo_bot")
    assert [await client.polled() for _ in range(3)] == ["chào", "chào", ""]
    with pytest.raises(LookupError):
        zalo.deliver_again("0")
    client.simulator.faults.add("twice", chat=phone.id)
    await phone.say("hai")
    assert [await client.polled() for _ in range(3)] == ["hai", "hai", ""]


async def test_a_webhook_is_verified_stored_and_told(client: Client, ear: Ear) -> None:
    told = await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    assert told["url"] == ear.url
    assert told["updated_at"] > 1_700_000_000_000
    verified = {"ok": True, "url": ear.url, "outcome": "webhook.ok", "hint": ""}
    assert told["verification"] == verified
    ((body, headers),) = ear.brought
    assert (body, headers["X-Bot-Api-Secret-Token"]) == ({}, SECRET)
    kept = {"url": ear.url, "updated_at": told["updated_at"]}
    assert await client.result("getWebhookInfo") == kept
    refused = await client.refused("getUpdates", timeout=0)
    assert refused[0] == 400
    gone = await client.result("deleteWebhook")
    assert gone["url"] == ""
    assert (await client.result("deleteWebhook"))["url"] == ""
    assert (await client.refused("getUpdates", timeout=0))[0] == 408
    assert SECRET not in repr(client.simulator.journal.calls())


async def test_an_address_that_fails_is_stored_all_the_same(client: Client, ear: Ear) -> None:
    ear.answers = [403]
    told = await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    assert told["verification"]["ok"] is False
    assert told["verification"]["outcome"] == "webhook.http.403"
    assert (await client.result("getWebhookInfo"))["url"] == ear.url
    # Another machine is never asked.
    url = "https://example.org/zalo-bot"
    told = await client.result("setWebhook", url=url, secret_token=SECRET)
    assert (told["url"], told["verification"]["outcome"]) == (url, "webhook.unreachable")


@pytest.mark.parametrize("wrapped", [False, True])
async def test_what_a_webhook_is_brought(
    client: Client, phone: ZaloBotPhone, ear: Ear, wrapped: bool
) -> None:
    client.simulator.zalo_bot.switches.wrapped = wrapped
    await phone.say("trước")
    await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    await phone.say("sau")
    bodies: list[dict[str, Any]] = await ear.hears(2)
    if wrapped:
        assert {body["ok"] for body in bodies} == {True}
        bodies = [body["result"] for body in bodies]
    assert [body["message"]["text"] for body in bodies] == ["trước", "sau"]
    headers = ear.brought[-1][1]
    assert headers["X-Bot-Api-Secret-Token"] == SECRET
    assert headers["Content-Type"] == "application/json"


async def test_a_webhook_is_tried_a_few_times(
    client: Client, phone: ZaloBotPhone, ear: Ear
) -> None:
    await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    ear.answers = [500, 302, 403, 500, 500, 200]
    await phone.say("mất")
    await phone.say("còn")
    texts = [body["message"]["text"] for body in await ear.hears(6)]
    assert texts == ["mất"] * 4 + ["còn"] * 2


async def test_a_webhook_that_is_slow_is_tried_again(
    client: Client, phone: ZaloBotPhone, ear: Ear
) -> None:
    await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    switches = client.simulator.zalo_bot.switches
    switches.webhook_seconds, switches.webhook_tries, ear.pause = 0.1, 2, 0.3
    await phone.say("chậm")
    assert len(await ear.hears(2)) == 2


async def test_events_brought_twice(client: Client, phone: ZaloBotPhone, ear: Ear) -> None:
    client.simulator.zalo_bot.switches.duplicates = True
    await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    id = await phone.say("chào")
    assert [body["message"]["message_id"] for body in await ear.hears(2)] == [id, id]


async def test_what_was_not_brought_can_be_polled(
    client: Client, phone: ZaloBotPhone, ear: Ear
) -> None:
    ear.answers = [200] + [500] * 100
    client.simulator.zalo_bot.switches.webhook_tries = 1000
    await client.result("setWebhook", url=ear.url, secret_token=SECRET)
    await phone.say("chào")
    await ear.hears(1)
    await client.result("deleteWebhook")
    assert await client.polled() == "chào"
