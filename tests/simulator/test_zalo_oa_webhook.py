"""Events brought to the program: what is in them, how they are signed, how often they come."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.zalo_oa_stage import APP, OA, OaStage, to_phone

if TYPE_CHECKING:
    from bot.simulator.zalo_oa_phone import OaPhone


async def test_the_check_of_the_address_is_unsigned_and_empty(stage: OaStage) -> None:
    assert stage.ear.bodies == [b"{}"]
    assert "X-ZEvent-Signature" not in stage.ear.headers[0]


async def test_an_address_that_does_not_answer_200_is_refused(stage: OaStage) -> None:
    stage.ear.answers = [403]
    with pytest.raises(ValueError, match="403"):
        await stage.oa.hook(stage.ear.url)
    with pytest.raises(ValueError, match="this machine"):
        await stage.oa.hook("https://example.org/hook")


async def test_receipts_and_echoes_are_switches(stage: OaStage, phone: OaPhone) -> None:
    await phone.say("chào")
    await stage.heard()
    await stage.say(phone, {"text": "một"})
    assert await phone.see() == "0"
    await stage.oa.webhook.settled()
    assert stage.ear.events == []
    stage.oa.rules.receipts = stage.oa.rules.echoes = True
    id = (await stage.say(phone, {"text": "hai"}))["data"]["message_id"]
    await phone.see()
    await stage.oa.webhook.settled()
    echo = to_phone(phone, "oa_send_text", {"msg_id": id, "text": "hai"})
    received = to_phone(phone, "user_received_message", {"msg_id": id})
    seen = to_phone(phone, "user_seen_message", {"msg_ids": [id]})
    assert stage.ear.events == [
        {**echo, "timestamp": "1795316400001"},
        {**received, "timestamp": "1795316400001"},
        {**seen, "timestamp": "1795316400002"},
    ]


async def test_an_officer_writes_by_hand(stage: OaStage, phone: OaPhone) -> None:
    id = stage.oa.admin_says(phone.id, "Chị gọi lại nhé.")
    assert await stage.heard() == to_phone(
        phone, "oa_send_text", {"msg_id": id, "text": "Chị gọi lại nhé."}, admin_id="9000001"
    )
    assert (await phone.answer()).author == "Cán bộ"


async def test_the_receipt_of_a_template(stage: OaStage, phone: OaPhone) -> None:
    stage.oa.templates.register("501", "Chào <ten>.", {"ten": 30})
    stage.oa.rules.template_receipts = True
    id = (await stage.template("84912345678", tracking_id="n-7"))["data"]["msg_id"]
    event = await stage.heard()
    assert event == {
        "sender": {"id": OA},
        "recipient": {"id": "84912345678"},
        "event_name": "user_received_message",
        "message": {"delivery_time": "1795316400000", "msg_id": id, "tracking_id": "n-7"},
        "app_id": APP,
        "timestamp": "1795316400000",
    }
    assert stage.ear.headers[-1]["X-ZEvent-Server"] == "ZNS"
    stage.oa.deliver_again(stage.journal.updates()[-1].id)
    await stage.oa.webhook.settled()
    assert stage.ear.headers[-1]["X-ZEvent-Server"] == "ZNS"


def mac(*terms: str | bytes) -> str:
    raw = b"".join(term if isinstance(term, bytes) else term.encode() for term in terms)
    return "mac=" + hashlib.sha256(raw).hexdigest()


async def test_the_mac(stage: OaStage, phone: OaPhone) -> None:
    await phone.say("Chào Út")
    await stage.oa.webhook.settled()
    body, headers = stage.ear.bodies[-1], stage.ear.headers[-1]
    assert headers["X-ZEvent-Signature"] == mac(APP, body, "1795316400000", "oa-secret")
    assert "X-ZEvent-Timestamp" not in headers
    assert headers["Content-Type"] == "application/json"
    assert body != json.dumps(json.loads(body)).encode()  # whoever signs anew signs other bytes


@pytest.mark.parametrize("first", ["app", "oa"])
@pytest.mark.parametrize("last", ["oa", "app"])
async def test_the_other_ways_to_sign(
    stage: OaStage, phone: OaPhone, first: Any, last: Any
) -> None:
    rules = stage.oa.rules
    rules.mac_time, rules.mac_first, rules.mac_last = "header", first, last
    await phone.say("Chào Út")
    await stage.oa.webhook.settled()
    body, headers = stage.ear.bodies[-1], stage.ear.headers[-1]
    stamp = headers["X-ZEvent-Timestamp"]
    assert stamp == "1795316400007"
    wanted = mac({"app": APP, "oa": OA}[first], body, stamp, f"{last}-secret")
    assert headers["X-ZEvent-Signature"] == wanted


async def test_forged_and_unsigned_deliveries(stage: OaStage, phone: OaPhone) -> None:
    id = await phone.say("Chào")
    await stage.heard()
    stage.ear.answers = [403, 401]
    event = stage.oa.noted(id)
    assert await stage.oa.webhook.deliver(event, mac="0" * 64) == 403
    assert stage.ear.headers[-1]["X-ZEvent-Signature"] == "mac=" + "0" * 64
    assert await stage.oa.webhook.deliver(event, mac="") == 401
    assert "X-ZEvent-Signature" not in stage.ear.headers[-1]
    assert await stage.oa.webhook.deliver(event) == 200
    assert stage.ear.events == [event.body] * 3


async def test_an_event_is_tried_again_with_its_number(stage: OaStage, phone: OaPhone) -> None:
    stage.ear.answers = [500, 404, 200]
    await phone.say("một")
    await stage.oa.webhook.settled()
    assert stage.ear.names == ["user_send_text"] * 3
    assert [one.get("num_retry") for one in stage.ear.headers[1:]] == [None, "1", "2"]
    assert len(set(stage.ear.bodies[1:])) == 1
    assert stage.oa.webhook.enabled
    assert list(stage.oa.webhook.lost) == []


async def test_later_events_do_not_wait_for_the_retries(stage: OaStage, phone: OaPhone) -> None:
    stage.ear.answers = [500]
    stage.oa.webhook.delays = (0.3,)
    await phone.say("một")
    await phone.say("hai")
    await stage.oa.webhook.settled()
    assert [event["message"]["text"] for event in stage.ear.events] == ["một", "hai", "một"]


async def test_the_address_is_given_up_after_the_last(stage: OaStage, phone: OaPhone) -> None:
    stage.ear.answers = [500] * 4
    first = await phone.say("một")
    await stage.oa.webhook.settled()
    assert not stage.oa.webhook.enabled
    second = await phone.say("hai")
    await stage.oa.webhook.settled()
    assert list(stage.oa.webhook.lost) == [first, second]
    await stage.oa.hook(stage.ear.url)
    stage.ear.bodies.clear()
    stage.oa.deliver_again(second)
    assert (await stage.heard())["message"]["text"] == "hai"
    with pytest.raises(LookupError):
        stage.oa.deliver_again("none")


async def test_two_seconds_are_the_patience(stage: OaStage, phone: OaPhone) -> None:
    assert stage.oa.webhook.patience == 2.0
    stage.oa.webhook.patience, stage.ear.pauses = 0.3, [1.0]
    await phone.say("một")
    await stage.oa.webhook.settled()
    assert stage.ear.headers[-1]["num_retry"] == "1"
    assert stage.oa.webhook.enabled


async def test_an_event_comes_twice(stage: OaStage, phone: OaPhone) -> None:
    stage.faults.add("twice", chat=phone.id, platform="zalo_oa")
    await phone.say("một")
    await phone.say("hai")
    await stage.oa.webhook.settled()
    assert [event["message"]["text"] for event in stage.ear.events] == ["một", "một", "hai"]


async def test_any_event(stage: OaStage) -> None:
    stage.oa.raw({"event_name": "change_oa_daily_quota", "oaId": OA, "timestamp": "5"})
    assert (await stage.heard())["event_name"] == "change_oa_daily_quota"
    assert stage.ear.headers[-1]["X-ZEvent-Signature"].startswith("mac=")


async def test_without_an_address_events_are_only_noted(stage: OaStage, phone: OaPhone) -> None:
    await stage.oa.hook("")
    id = await phone.say("một")
    assert [update.id for update in stage.journal.updates(platform="zalo_oa")] == [id]
    await stage.oa.hook(stage.ear.url)
    await stage.oa.webhook.settled()
    assert stage.ear.events == []


async def test_people_do_not_wait_for_each_other(stage: OaStage) -> None:
    stage.ear.pauses = [0.4] * 5
    phones = [stage.phone(f"Người {number}") for number in range(5)]
    began = asyncio.get_running_loop().time()
    for phone in phones:
        await phone.say("chào")
    await stage.oa.webhook.settled()
    assert asyncio.get_running_loop().time() - began < 1.6
    assert len(stage.ear.events) == 5
