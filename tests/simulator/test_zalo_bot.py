"""The calls of the Zalo Bot Platform: every method, every row of its error table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError, FormData

from bot.simulator import Simulator, Switches
from tests.simulator.zalo import SECRET, Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOBODY = "0123456789abcdef0123"


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    async with Client(simulator) as ready:
        yield ready


async def test_the_bot_is_told_who_it_is(client: Client) -> None:
    assert await client.result("getMe") == {
        "id": "987654",
        "account_name": "bot.taphuan",
        "account_type": "BASIC",
        "can_join_groups": False,
        "display_name": "Bot Trợ lý tập huấn",
    }


async def test_a_text_reaches_the_phone(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Lê Thị Út", platform="zalo_bot", started=True)
    told = await client.result("sendMessage", chat_id=phone.id, text="Kính chào\n1 Đồng ý")
    shown = await phone.answer()
    assert (shown.id, shown.text, shown.kind) == (told["message_id"], "Kính chào\n1 Đồng ý", "text")
    assert re.fullmatch("[0-9a-f]{20}", told["message_id"])
    assert re.fullmatch("[0-9a-f]{20}", phone.id)
    assert told["date"] // 1000 == shown.at > 1_700_000_000
    assert told["message_type"] == "CHAT_MESSAGE"
    (call,) = simulator.journal.calls("sendMessage", phone.id, "zalo_bot")
    assert (call.status, call.parameters["text"]) == (200, "Kính chào\n1 Đồng ý")


@pytest.mark.parametrize("form", ["query", "form", "json", "get"])
async def test_parameters_in_every_form(simulator: Simulator, client: Client, form: str) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    parameters = {"chat_id": phone.id, "text": "Chào chị"}
    keyword = {"query": "params", "form": "data", "json": "json", "get": "params"}[form]
    verb: Any = client.session.get if form == "get" else client.session.post
    async with verb(f"{client.base}/sendMessage", **{keyword: parameters}) as answer:
        assert (await answer.json())["ok"] is True
    assert (await phone.answer()).text == "Chào chị"


async def test_a_multipart_body_is_not_read(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    form = FormData({"chat_id": phone.id, "text": "Chào"}, default_to_multipart=True)
    async with client.session.post(f"{client.base}/sendMessage", data=form) as answer:
        assert (await answer.json())["description"] == "The chat_id must not be empty"


async def test_a_picture_a_sticker_a_voice(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    picture = "https://example.org/ve/L12.png"
    told = await client.result("sendPhoto", chat_id=phone.id, photo=picture, caption="Thẻ dự lớp")
    assert told["message_type"] == "CHAT_PHOTO"
    shown = await phone.answer()
    assert (shown.kind, shown.text) == ("photo", "Thẻ dự lớp")
    assert shown.file
    assert (shown.file.url, shown.file.name, shown.file.id) == (picture, "L12.png", "")
    sent = await client.result("sendSticker", chat_id=phone.id, sticker="ea880a6ea22b4b75")
    assert sent.keys() == {"message_id", "date"}
    assert (await phone.answer()).kind == "sticker"
    await client.result("sendVoice", chat_id=phone.id, voice_url="https://example.org/a.aac")
    assert (await phone.answer()).kind == "voice"


async def test_an_action_is_taken_without_a_result(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    assert await client.call("sendChatAction", chat_id=phone.id, action="typing") == {"ok": True}


@pytest.mark.parametrize(
    ("method", "parameters", "reason"),
    [
        ("sendMessage", {"chat_id": ""}, "The chat_id must not be empty"),
        ("sendMessage", {"chat_id": NOBODY}, "The chat_id is invalid"),
        ("sendMessage", {"chat_id": 700}, "The chat_id is invalid"),
        ("sendMessage", {}, "The text must not be empty"),
        ("sendMessage", {"text": " \n"}, "The text must not be empty"),
        ("sendMessage", {"text": "ơ" * 2001}, "The text must not exceed 2000 characters"),
        ("sendMessage", {"text": "a", "parse_mode": "HTML5"}, "The parse_mode is invalid"),
        ("sendPhoto", {}, "The photo must not be empty"),
        ("sendPhoto", {"photo": "ve.png"}, "The photo must start with http:// or https://"),
        ("sendPhoto", {"photo": "https://"}, "The photo URL is invalid"),
        ("sendPhoto", {"photo": "https://[a"}, "The photo URL is invalid"),
        (
            "sendPhoto",
            {"photo": "https://a.vn/b", "caption": "ơ" * 2001},
            "The caption must not exceed 2000 characters",
        ),
        ("sendSticker", {}, "The sticker must not be empty"),
        ("sendVoice", {}, "The voice_url must not be empty"),
        ("sendVoice", {"voice_url": "a.aac"}, "The voice_url must start with http:// or https://"),
        ("sendChatAction", {}, "The action must not be empty"),
        ("sendChatAction", {"action": "dance"}, "The action is invalid"),
        ("setWebhook", {"secret_token": SECRET}, "The url must not be empty"),
        ("setWebhook", {"url": "https://a.vn/z"}, "The secret_token must not be empty"),
        (
            "setWebhook",
            {"url": "https://a.vn/z", "secret_token": "1234567"},
            "The secret_token must have between 8 and 256 characters",
        ),
        (
            "setWebhook",
            {"url": "https://a.vn/z", "secret_token": "a" * 257},
            "The secret_token must have between 8 and 256 characters",
        ),
        (
            "setWebhook",
            {"url": "http://a.vn/z", "secret_token": SECRET},
            "The url must start with https://",
        ),
        ("setWebhook", {"url": "ftp://127.0.0.1", "secret_token": SECRET}, "The url must start"),
        ("getUpdates", {"timeout": "lâu"}, "The timeout is invalid"),
    ],
)
async def test_400_names_the_field(
    simulator: Simulator, client: Client, method: str, parameters: dict[str, Any], reason: str
) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    code, description = await client.refused(method, **{"chat_id": phone.id, **parameters})
    assert code == 400
    assert description.startswith(reason)
    assert phone.messages == []


async def test_two_thousand_characters_pass(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    for mode in ("markdown", "html"):
        await client.result("sendMessage", chat_id=phone.id, text="ợ" * 2000, parse_mode=mode)
        assert len((await phone.answer()).text) == 2000


@pytest.mark.parametrize("body", ["{", "[]", '"a"'])
async def test_400_for_a_body_that_is_no_object(client: Client, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{client.base}/getMe"
    async with client.session.post(url, data=body, headers=headers) as answer:
        assert (await answer.json())["error_code"] == 400


async def test_400_for_who_never_wrote_and_who_shut_the_bot_out(
    simulator: Simulator, client: Client
) -> None:
    phone = simulator.phone("Út", platform="zalo_bot")
    invalid = (400, "The chat_id is invalid")
    assert await client.refused("sendMessage", chat_id=phone.id, text="Chào") == invalid
    await phone.say("chào")
    await client.result("sendMessage", chat_id=phone.id, text="Chào")
    await phone.block()
    for _ in range(3):
        assert await client.refused("sendMessage", chat_id=phone.id, text="Chào") == invalid
    await phone.unblock()
    await client.result("sendMessage", chat_id=phone.id, text="Chào")


async def test_401_for_a_wrong_token(client: Client) -> None:
    client.base = client.base.replace("ZALO", "KHAC")
    assert (await client.refused("getMe"))[0] == 401
    assert (await client.refused("getUpdates"))[0] == 401
    assert "ZALO" not in repr(client.simulator.journal.calls())


async def test_403_is_the_platforms_own_failure(simulator: Simulator, client: Client) -> None:
    simulator.faults.add("broken", method="getMe", platform="zalo_bot")
    assert await client.refused("getMe") == (403, "Internal server error")
    assert (await client.call("getMe"))["ok"] is True


@pytest.mark.parametrize("method", ["sendDocument", "getme", "testWebhook", "editMessageText"])
async def test_404_for_a_method_that_is_not_there(client: Client, method: str) -> None:
    assert await client.refused(method) == (404, "Not Found")


async def test_404_for_the_webhook_of_a_clean_bot(simulator: Simulator, client: Client) -> None:
    assert await client.refused("getWebhookInfo") == (404, "Not Found")
    simulator.zalo_bot.switches.empty_info = True
    assert await client.result("getWebhookInfo") == {"url": "", "updated_at": 0}


async def test_408_where_nothing_came(client: Client) -> None:
    assert await client.refused("getUpdates", timeout="0.1") == (408, "Request timeout")


async def test_425_for_a_sticker_that_is_none(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    refused = await client.refused("sendSticker", chat_id=phone.id, sticker="mặt cười")
    assert refused == (425, "Invalid sticker")


async def test_426_and_any_other_code_by_a_fault(simulator: Simulator, client: Client) -> None:
    simulator.faults.add(
        "refused", status=426, description="Webhook test quota", platform="zalo_bot"
    )
    assert await client.refused("getMe") == (426, "Webhook test quota")


async def test_429_after_the_messages_of_a_month() -> None:
    now = 1_796_000_000.0  # 29 November 2026
    async with (
        Simulator(clock=lambda: now, switches=Switches(messages=2)) as simulator,
        Client(simulator) as client,
    ):
        phone = simulator.phone("Út", platform="zalo_bot", started=True)
        for _ in range(2):
            await client.result("sendMessage", chat_id=phone.id, text="Chào")
        refused = await client.refused("sendMessage", chat_id=phone.id, text="Chào")
        assert refused == (429, "Quota exceeded: messages of this month")
        now += 3 * 86400
        await client.result("sendMessage", chat_id=phone.id, text="Chào")


async def test_429_for_a_person_beyond_the_users_of_a_bot() -> None:
    async with Simulator(switches=Switches(users=1)) as simulator, Client(simulator) as client:
        late, early = (simulator.phone(name, platform="zalo_bot") for name in ("Út", "Lan"))
        await early.say("chào")
        await late.say("chào")
        assert await client.polled() == "chào"
        assert await client.polled() == "chào"
        await client.result("sendMessage", chat_id=early.id, text="Chào")
        refused = await client.refused("sendMessage", chat_id=late.id, text="Chào")
        assert refused == (429, "Quota exceeded: users of this bot")
        simulator.zalo_bot.switches.users = None
        await client.result("sendMessage", chat_id=late.id, text="Chào")


async def test_429_by_a_fault_does_not_say_how_long(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    simulator.faults.add("flood", method="sendMessage", chat=phone.id, seconds=9)
    refused = await client.refused("sendMessage", chat_id=phone.id, text="Chào")
    assert refused == (429, "Quota exceeded")


@pytest.mark.parametrize(
    ("method", "parameters", "status"),
    [
        ("sendMessage", {"chat_id": NOBODY, "text": "a"}, 400),
        ("sendDocument", {}, 404),
        ("getUpdates", {"timeout": 0}, 408),
    ],
)
async def test_refusals_with_their_own_http_status(
    client: Client, method: str, parameters: dict[str, Any], status: int
) -> None:
    client.simulator.zalo_bot.switches.http_errors = True
    async with client.session.post(f"{client.base}/{method}", json=parameters) as answer:
        assert answer.status == status
        assert (await answer.json())["error_code"] == status


async def test_a_refusal_in_camel_case(client: Client) -> None:
    client.simulator.zalo_bot.switches.camel_case = True
    assert await client.call("nothing") == {
        "ok": False,
        "errorCode": 404,
        "description": "Not Found",
    }


async def test_a_gateway_answers_with_a_page(simulator: Simulator, client: Client) -> None:
    simulator.faults.add("broken", status=502, platform="zalo_bot")
    async with client.session.post(f"{client.base}/getMe") as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")


async def test_connections_cut_before_and_after_the_deed(
    simulator: Simulator, client: Client
) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    for trouble in ("dropped", "lost"):
        simulator.faults.add(trouble, platform="zalo_bot")
        with pytest.raises(ClientError):
            await client.call("sendMessage", chat_id=phone.id, text=trouble)
    assert [shown.text for shown in phone.messages] == ["lost"]


async def test_a_fault_of_another_platform_does_not_concern(
    simulator: Simulator, client: Client
) -> None:
    simulator.faults.add("broken", method="getMe", platform="telegram")
    await client.result("getMe")
    assert len(simulator.faults.waiting) == 1
