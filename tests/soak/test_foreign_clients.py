"""The local Zalo Bot Platform as two clients see it that were written against the real one.

They are installed into an environment of their own, since the program does not depend on them:
python-zalo-bot (the platform's own SDK, which takes a base URL) and zalo-bot-mcp (whose host is a
module constant, read when a client is made: it is set before).
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bot.simulator import Simulator
from tests.simulator.zalo import SECRET, Client, Ear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.simulator import ZaloBotPhone

pytestmark = pytest.mark.soak

PACKAGES = ("python-zalo-bot==0.1.9", "zalo-bot-mcp==0.1.1")
PICTURE = "https://example.org/ve/L12.png"
TOO_LONG = "ợ" * 2001

# Each makes the calls it is given as JSON, one after the other, and prints what came of them.
SDK = """
import asyncio, inspect, json, sys
from zalo_bot import Bot

def plain(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    fields = {name: getattr(value, name, None) for name in value.__slots__ if name[0] != "_"}
    return {n: plain(v) if hasattr(v, "__slots__") else str(v) for n, v in fields.items()}

base, token, calls = sys.argv[1:]
came = []
for method, parameters in json.loads(calls):
    bot = Bot(token, base)
    try:
        result = getattr(bot, method)(**parameters)
        came.append(plain(asyncio.run(result) if inspect.iscoroutine(result) else result))
    except Exception as error:
        came.append(f"{type(error).__name__}: {error}")
print(json.dumps(came))
"""
MCP = """
import asyncio, json, sys
from dataclasses import asdict
from zalo_bot_mcp import zalo_api

base, token, calls = sys.argv[1:]
zalo_api.BASE_URL = base

async def main():
    came = []
    async with zalo_api.ZaloBotApi(token) as api:
        for method, parameters in json.loads(calls):
            try:
                result = await getattr(api, method)(**parameters)
                read = zalo_api.parse_update(result) if method == "get_updates" else None
                came.append(asdict(read) if read else result)
            except Exception as error:
                came.append(f"{type(error).__name__}: {error}")
    print(json.dumps(came))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has both clients."""
    folder = tmp_path_factory.mktemp("foreign")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *PACKAGES]
    subprocess.run(install, check=True, timeout=300)
    return python


@pytest.fixture(params=[False, True], ids=["http-200", "http-errors"])
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    """With both habits: refusals with status 200, and with their own."""
    async with Simulator(limits=None) as running:
        running.zalo_bot.switches.http_errors = request.param
        yield running


@pytest.fixture
def phone(simulator: Simulator) -> ZaloBotPhone:
    return simulator.phone("Lê Thị Út", platform="zalo_bot")


async def ran(
    python: Path, script: str, simulator: Simulator, *calls: tuple[str, dict[str, Any]]
) -> list[Any]:
    """What came of these calls."""
    process = await asyncio.create_subprocess_exec(
        python,
        "-c",
        script,
        simulator.zalo_bot_url,
        simulator.zalo_token,
        json.dumps(calls),
        stdout=subprocess.PIPE,
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return json.loads(printed)


async def test_the_platforms_own_sdk_hears_and_speaks(
    python: Path, simulator: Simulator, phone: ZaloBotPhone
) -> None:
    said = await phone.say("L12", date=1_796_000_000_000)
    me, heard, text, photo, sticker, action = await ran(
        python,
        SDK,
        simulator,
        ("get_me", {}),
        ("get_update", {"timeout": 5}),
        ("send_message", {"chat_id": phone.id, "text": "Kính chào"}),
        ("send_photo", {"chat_id": phone.id, "photo": PICTURE, "caption": "Thẻ"}),
        ("send_sticker", {"chat_id": phone.id, "sticker": "ea880a6ea22b4b75"}),
        ("send_chat_action", {"chat_id": phone.id, "action": "typing"}),
    )
    assert (me["account_name"], me["account_type"]) == ("bot.taphuan", "BASIC")
    message = heard["message"]
    assert (message["text"], message["message_id"]) == ("L12", said)
    assert (message["chat"]["id"], message["chat"]["type"]) == (phone.id, "PRIVATE")
    assert message["from_user"]["display_name"] == "Lê Thị Út"
    shown = [(one.kind, one.text) for one in phone.messages[1:]]
    assert shown == [("text", "Kính chào"), ("photo", "Thẻ"), ("sticker", "")]
    ids = [one.id for one in phone.messages[1:]]
    assert [text["message_id"], photo["message_id"], sticker["message_id"]] == ids
    assert action is None, "the platform answers this call without a result"


async def test_what_the_platforms_own_sdk_makes_of_refusals(
    python: Path, simulator: Simulator, phone: ZaloBotPhone
) -> None:
    await phone.say("chào")
    _, idle, long, hooked, polled, *_ = came = await ran(
        python,
        SDK,
        simulator,
        ("get_update", {"timeout": 1}),
        ("get_update", {"timeout": 1}),
        ("send_message", {"chat_id": phone.id, "text": TOO_LONG}),
        ("set_webhook", {"url": f"{simulator.url}/none", "secret_token": SECRET}),
        ("get_update", {"timeout": 1}),
        ("get_webhook_info", {}),
        ("delete_webhook", {}),
        ("get_webhook_info", {}),
    )
    info, deleted, clean = came[5:]
    assert hooked is True, "it is stored although nothing answers there"
    assert info["url"] == f"{simulator.url}/none"
    assert deleted is True
    if simulator.zalo_bot.switches.http_errors:
        assert idle == "NetworkError: Request timeout (408)"
        assert long == "BadRequest: The text must not exceed 2000 characters"
        assert polled == "BadRequest: Getupdates cannot be used while a webhook is set"
        assert clean == "InvalidToken: Not Found"
    else:
        # It reads `result` and never looks at `ok`: every failure is a None.
        assert [idle, long, polled, clean] == [None] * 4
    assert len(phone.messages) == 1


async def test_the_other_client_hears_and_speaks(
    python: Path, simulator: Simulator, phone: ZaloBotPhone
) -> None:
    said = await phone.say("L12", date=1_796_000_000_000)
    me, heard, idle, told, action, long, nobody, clean = await ran(
        python,
        MCP,
        simulator,
        ("get_me", {}),
        ("get_updates", {"timeout": 5}),
        ("get_updates", {"timeout": 1}),
        ("send_message", {"chat_id": phone.id, "text": "Kính chào"}),
        ("send_chat_action", {"chat_id": phone.id}),
        ("_call", {"method": "sendMessage", "payload": {"chat_id": phone.id, "text": TOO_LONG}}),
        ("send_message", {"chat_id": "0123", "text": "Chào"}),
        ("get_webhook_info", {}),
    )
    assert me["account_name"] == "bot.taphuan"
    assert heard == {
        "user_id": phone.id,
        "display_name": "Lê Thị Út",
        "is_bot": False,
        "chat_id": phone.id,
        "chat_type": "PRIVATE",
        "text": "L12",
        "message_id": said,
        "date": 1_796_000_000_000,
    }
    assert idle is None
    assert told["message_id"] == phone.messages[-1].id
    assert action is None
    assert long.startswith("ZaloClientError: sendMessage:")
    assert "The text must not exceed 2000 characters" in long
    assert nobody.startswith("ZaloClientError: sendMessage:")
    assert clean is None
    assert len(phone.messages) == 2


async def test_the_other_client_beside_a_webhook_and_in_trouble(
    python: Path, simulator: Simulator, phone: ZaloBotPhone
) -> None:
    ear = Ear()
    async with ear.server, Client(simulator) as client:
        url = (await client.result("setWebhook", url=ear.url, secret_token=SECRET))["url"]
        simulator.faults.add("broken", method="getMe", status=502, platform="zalo_bot")
        simulator.faults.add("dropped", method="sendMessage", platform="zalo_bot")
        simulator.faults.add("flood", method="sendMessage", platform="zalo_bot")
        polled, info, broken, dropped, flood = await ran(
            python,
            MCP,
            simulator,
            ("get_updates", {"timeout": 1}),
            ("get_webhook_info", {}),
            ("get_me", {}),
            ("send_message", {"chat_id": phone.id, "text": "Chào"}),
            ("send_message", {"chat_id": phone.id, "text": "Chào"}),
        )
        await phone.say("chào")
        assert (await ear.hears(1))[0]["message"]["text"] == "chào"
    assert polled.startswith("ZaloClientError: getUpdates:")
    assert info["url"] == url
    assert broken.startswith("ZaloTransientError: getMe: HTTP 502")
    assert dropped.startswith("ZaloTransientError: sendMessage:")
    # It takes a quota for passing only where the HTTP status says so.
    passing = simulator.zalo_bot.switches.http_errors
    assert flood.startswith(f"Zalo{'Transient' if passing else 'Client'}Error: sendMessage:")
    assert simulator.zalo_token not in repr([polled, info, broken, dropped, flood])
