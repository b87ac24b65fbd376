"""The phone with Zalo on it, and phones of several platforms beside each other on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from bot.simulator import Person, Simulator
from tests.simulator.zalo import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.simulator import Phone

MENU = "Kính chào thầy/cô. Năm 2026 có 3 lớp:\n1 Đăng ký\n2. Để sau\n10) Lớp khác"


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    async with Client(simulator) as ready:
        yield ready


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[ClientSession]:
    async with ClientSession(simulator.url) as session:
        yield session


def typed(phone: Phone) -> list[str]:
    return [shown.text for shown in phone.messages if shown.mine]


@pytest.mark.parametrize(
    ("wanted", "digit"),
    [("1", "1"), ("Đăng ký", "1"), ("1 Đăng ký", "1"), ("Để sau", "2"), ("Lớp khác", "10")],
)
async def test_a_choice_is_typed_by_its_number(
    simulator: Simulator, client: Client, wanted: str, digit: str
) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    for text in (MENU, "Không có gì để chọn ở đây."):
        await client.result("sendMessage", chat_id=phone.id, text=text)
    await phone.press(wanted)
    assert typed(phone) == [digit]


async def test_a_choice_that_is_not_there(simulator: Simulator, client: Client) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", started=True)
    await client.result("sendMessage", chat_id=phone.id, text=MENU)
    told = await client.result("sendMessage", chat_id=phone.id, text="1 Đúng\n2 Sai")
    for wanted in ("3", "Năm", ""):
        with pytest.raises(LookupError, match="Đúng"):
            await phone.press(wanted)
    with pytest.raises(LookupError):
        await phone.press("Đăng ký", told["message_id"])
    await phone.press("Đăng ký")
    await phone.press("2", phone.messages[1])
    await phone.press("Sai", told["message_id"])
    assert typed(phone) == ["1", "2", "2"]


async def test_what_takes_a_link_or_a_card_elsewhere_is_typed(simulator: Simulator) -> None:
    phone = simulator.phone("Út", platform="zalo_bot", number="0901234567")
    await phone.start("L12")
    await phone.start()
    await phone.share_contact()
    await phone.share_contact("0911111111")
    assert typed(phone) == ["L12", "Xin chào", "0901234567", "0911111111"]
    with pytest.raises(ValueError, match="empty"):
        await phone.say(" ")
    with pytest.raises(ValueError, match="no phone number"):
        await simulator.phone("Lan", platform="zalo_bot").share_contact()


async def test_a_message_is_stamped_after_what_it_answers() -> None:
    async with Simulator(clock=lambda: 1_796_000_000.0) as simulator, Client(simulator) as client:
        phone = simulator.phone("Út", platform="zalo_bot", started=True)
        told = await client.result("sendMessage", chat_id=phone.id, text="Chào")
        await phone.say("chào")
        assert (await client.result("getUpdates"))["message"]["date"] == told["date"] + 1


async def test_phones_of_both_platforms_by_script(
    simulator: Simulator, client: Client, http: ClientSession
) -> None:
    telegram = await post(http, "phones", {"name": "Lan"}, 201)
    zalo = await post(http, "phones", {"name": "Út", "platform": "zalo_bot"}, 201)
    assert (telegram["platform"], telegram["bot"]) == ("telegram", "Trợ lý tập huấn")
    assert (zalo["platform"], zalo["bot"]) == ("zalo_bot", "Bot Trợ lý tập huấn")
    assert (telegram["acts"], zalo["acts"]) == ([], ["link", "unsupported"])
    assert list(simulator.phones) == [telegram["id"], zalo["id"]]

    await post(http, f"phones/{telegram['id']}/say", {"text": "chào"})
    said = await post(http, f"phones/{zalo['id']}/say", {"text": "chào", "date": 1_796_000_000_000})
    assert await client.polled() == "chào"
    for act in ("start", "sticker", "voice", "photo", "block", "unblock", "unsupported"):
        await post(http, f"phones/{zalo['id']}/{act}", {})
    await post(http, f"phones/{zalo['id']}/link", {"url": "https://example.org"})
    await post(http, f"phones/{zalo['id']}/link", {}, 400)
    await post(http, f"phones/{zalo['id']}/contact", {"number": "0901234567"})
    told = await client.result("sendMessage", chat_id=zalo["id"], text="1 Đúng")
    await post(
        http, f"phones/{zalo['id']}/press", {"button": "Đúng", "message": told["message_id"]}
    )
    await post(http, f"phones/{telegram['id']}/link", {"url": "https://example.org"}, 404)

    entries = await get(http, "journal")
    assert {entry["platform"] for entry in entries} == {"telegram", "zalo_bot"}
    assert entries[1]["id"] == said["update_id"]
    first, second = (await get(http, "state"))["phones"]
    assert [one["text"] for one in first["messages"]] == ["chào"]
    assert second["messages"][-1]["text"] == "1"

    await post(http, "phones", {"name": "Út", "platform": "viber"}, 400)
    async with http.delete(f"/control/phones/{zalo['id']}") as answer:
        assert answer.status == 200
    assert list(simulator.phones) == [telegram["id"]]
    gone = await client.refused("sendMessage", chat_id=zalo["id"], text="Chào")
    assert gone == (400, "The chat_id is invalid")


async def test_a_picture_of_a_person_is_on_the_page(
    simulator: Simulator, http: ClientSession
) -> None:
    phone = simulator.phone("Út", platform="zalo_bot")
    await phone.photo()
    file = phone.messages[-1].file
    assert file
    async with http.get(f"/control/files/{file.id}") as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")


async def test_switches_raw_events_and_faults_by_script(
    simulator: Simulator, client: Client, http: ClientSession
) -> None:
    assert (await get(http, "state"))["switches"]["zalo_bot"]["http_errors"] is False
    turned = await post(http, "switches/zalo_bot", {"http_errors": True, "users": None})
    assert (turned["http_errors"], turned["users"]) == (True, None)
    assert simulator.zalo_bot.switches.http_errors
    await post(http, "switches/zalo_bot", {"http_errors": False, "users": 2})
    await post(http, "switches/zalo_bot", {"http_error": True}, 400)
    await post(http, "switches/zalo_bot", {"http_errors": 1}, 400)
    await post(http, "switches/zalo_bot", {"messages": "nhiều"}, 400)
    await post(http, "switches/zalo_oa", {"mac_first": "oa_id", "admins": ["84901234567"]})
    assert simulator.oa.switches.admins == ("84901234567",)
    await post(http, "switches/zalo_oa", {"admins": "84901234567"}, 400)
    await post(http, "switches/viber", {}, 404)

    event = {"event_name": "message.poll.received"}
    noted = await post(http, "raw?platform=zalo_bot&chat=abc", event)
    await post(http, "again?platform=zalo_bot", noted)
    assert [await client.result("getUpdates") for _ in range(2)] == [event, event]
    assert simulator.journal.updates("abc")[0].body == event
    await post(http, "raw?platform=viber", event, 400)
    await post(http, "again?platform=zalo_bot", {"update_id": "0"}, 400)

    await post(http, "faults", {"trouble": "broken", "platform": "zalo_bot"}, 201)
    assert (await get(http, "faults"))[0]["platform"] == "zalo_bot"
    assert (await client.refused("getMe"))[0] == 403


async def test_a_person_may_have_a_phone_from_the_start() -> None:
    people = [Person("Lan"), Person("Út", platform="zalo_bot", number="0901234567")]
    async with Simulator(people=people) as first, Simulator(people=people) as second:
        assert [phone.platform for phone in first.phones.values()] == ["telegram", "zalo_bot"]
        assert list(first.phones) == list(second.phones)
        sent = [await list(one.phones.values())[1].say("chào") for one in (first, second)]
        assert sent[0] != sent[1], "ids of messages differ from run to run"


async def post(http: ClientSession, path: str, body: Any, status: int = 200) -> Any:
    async with http.post(f"/control/{path}", json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json() if answer.content_type == "application/json" else None


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(f"/control/{path}") as answer:
        assert answer.status == 200
        return await answer.json()
