"""The Official Account as part of the whole simulator: its addresses, phones and switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from bot.simulator import Person, Simulator
from tests.simulator.zalo_oa_stage import Ear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened:
        yield opened


async def control(session: ClientSession, url: str, body: dict[str, Any]) -> Any:
    async with session.post(url, json=body) as answer:
        assert answer.ok, await answer.text()
        return await answer.json()


async def test_the_three_hosts(simulator: Simulator, session: ClientSession) -> None:
    pair = simulator.oa.oauth.issue()
    form = {
        "app_id": simulator.oa.keys.app_id,
        "grant_type": "refresh_token",
        "refresh_token": pair.refresh,
    }
    headers = {"secret_key": simulator.oa.keys.app_secret}
    url = f"{simulator.oauth_url}/v4/oa/access_token"
    async with session.post(url, data=form, headers=headers) as answer:
        access = (await answer.json())["access_token"]
    headers = {"access_token": access}
    async with session.get(f"{simulator.oa_url}/v2.0/oa/getoa", headers=headers) as answer:
        assert (await answer.json())["data"]["name"] == simulator.bot_name("zalo_oa")
    url = f"{simulator.business_url}/message/quota"
    async with session.get(url, headers=headers) as answer:
        assert (await answer.json())["data"]["dailyQuota"] == 500
    calls = [call.method for call in simulator.journal.calls(platform="zalo_oa")]
    assert calls == ["access_token", "oa/getoa", "message/quota"]


async def test_a_phone_of_the_page(simulator: Simulator, session: ClientSession) -> None:
    person = Person("Út", number="0912345678", platform="zalo_oa")
    phone = simulator.add(person, started=True)
    ear = Ear()
    async with ear.server:
        await simulator.oa.hook(ear.url)
        base = f"{simulator.url}/control/phones/{phone.id}"
        await control(session, f"{base}/say", {"text": "L12"})
        await control(session, f"{base}/contact", {})
        await control(session, f"{base}/card", {"number": "0987654321"})
        await control(session, f"{base}/block", {})
        await simulator.oa.webhook.settled()
        assert ear.names == [
            "user_send_text",
            "user_submit_info",
            "user_send_business_card",
            "unfollow",
        ]
        last = simulator.journal.updates(phone.id)[-1].id
        simulator.deliver_again(last, platform="zalo_oa")
        await simulator.oa.webhook.settled()
        assert ear.names[-2:] == ["unfollow"] * 2
    async with session.get(f"{simulator.url}/control/state") as answer:
        (shown,) = (await answer.json())["phones"]
    assert (shown["platform"], shown["blocked"]) == ("zalo_oa", True)
    assert [one["kind"] for one in shown["messages"]] == ["text", "contact", "contact"]


async def test_the_switches(simulator: Simulator, session: ClientSession) -> None:
    url = f"{simulator.url}/control/switches/zalo_oa"
    await control(session, url, {"free_replies": 8, "receipts": True, "mac_first": "oa"})
    rules = simulator.oa.rules
    assert (rules.free_replies, rules.receipts, rules.mac_first) == (8, True, "oa")
    async with session.post(url, json={"unknown": 1}) as answer:
        assert answer.status == 400


async def test_a_phone_that_was_taken_away(simulator: Simulator) -> None:
    phone = simulator.phone("Út", platform="zalo_oa", number="0912345678")
    simulator.remove(phone.id)
    assert simulator.oa.accounts == {}
