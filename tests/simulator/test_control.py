"""The endpoints of the page, and who may use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from telegram import Bot

from bot.simulator import Simulator
from bot.simulator.events import Feed
from tests.simulator.test_calls import buttons

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[ClientSession]:
    async with ClientSession(simulator.url) as session:
        yield session


async def post(http: ClientSession, path: str, body: Any, status: int = 200) -> Any:
    async with http.post(f"/control/{path}", json=body) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return json.loads(text) if answer.content_type == "application/json" else text


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(f"/control/{path}") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_person_speaks_by_script(
    simulator: Simulator, bot: Bot, http: ClientSession
) -> None:
    person = {"name": "Lê Thị Út", "role": "Giáo viên", "hints": ["L12"], "number": "0901234567"}
    phone = (await post(http, "phones", person, 201))["id"]
    await post(http, f"phones/{phone}/start", {"payload": "L12"})
    await post(http, f"phones/{phone}/say", {"text": "chào", "date": 1_700_000_000})
    await post(http, f"phones/{phone}/contact", {})
    for act in ("sticker", "voice", "photo", "block", "unblock"):
        await post(http, f"phones/{phone}/{act}", {})
    sent = await bot.send_message(int(phone), "Chọn", reply_markup=buttons("a"))
    await post(http, f"phones/{phone}/press", {"button": "Nút 1", "message": sent.message_id})
    said, pressed = simulator.journal.updates()[1], simulator.journal.updates()[-1]
    assert (said.body["message"]["text"], said.body["message"]["date"]) == ("chào", 1_700_000_000)
    assert pressed.body["callback_query"]["data"] == "a"

    state = (await get(http, "state"))["phones"][0]
    assert (state["role"], state["hints"][0]["text"]) == ("Giáo viên", "L12")
    assert state["messages"][-1]["rows"] == [[{"label": "Nút 1", "data": "a", "url": ""}]]
    entries = await get(http, f"journal?after={said.number}")
    assert [entry["entry"] for entry in entries].count("call") == 1
    assert entries[0]["number"] == said.number + 1


async def test_what_cannot_be_done_is_said(simulator: Simulator, http: ClientSession) -> None:
    phone = simulator.phone("Út").id
    await post(http, f"phones/{phone}/say", {"text": " "}, 400)
    await post(http, f"phones/{phone}/say", {}, 400)
    await post(http, f"phones/{phone}/press", {"button": "1"}, 400)
    await post(http, f"phones/{phone}/fly", {}, 404)
    await post(http, "phones/7/say", {"text": "chào"}, 404)
    await post(http, "phones", {}, 400)
    await post(http, "phones", ["Út"], 400)
    await post(http, "faults", {"trouble": "mưa"}, 400)


async def test_faults_by_script(simulator: Simulator, http: ClientSession) -> None:
    await post(http, "faults", {"trouble": "flood", "method": "sendMessage", "times": 2}, 201)
    assert [fault["trouble"] for fault in await get(http, "faults")] == ["flood"]
    async with http.delete("/control/faults"):
        assert simulator.faults.waiting == []


async def test_any_update_by_script(simulator: Simulator, http: ClientSession) -> None:
    update = await post(http, "raw", {"poll": {}})
    assert simulator.journal.updates()[-1].body["poll"] == {}
    await post(http, "again", update)
    assert len(simulator.telegram.updates) == 2
    await post(http, "again", {"update_id": 7}, 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_gets_nothing(http: ClientSession, headers: dict[str, str]) -> None:
    for path in ("/", "/control/state"):
        async with http.get(path, headers=headers) as answer:
            assert answer.status == 403
    async with http.post("/control/raw", json={}, headers=headers) as answer:
        assert answer.status == 403


async def test_a_form_of_another_site_is_not_taken(
    simulator: Simulator, http: ClientSession
) -> None:
    async with http.post("/control/raw", data='{"poll": {}}') as answer:
        assert answer.status == 415
    assert simulator.journal.updates() == []


async def test_the_page_loads_nothing_from_elsewhere(http: ClientSession) -> None:
    for path in ("/", "/app.js", "/phone.js", "/draw.js", "/style.css"):
        async with http.get(path) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
            text = (await answer.text()).replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text
            assert "https://" not in text
    async with http.get("/../server.py") as answer:
        assert answer.status == 404


async def test_a_file_is_saved_and_not_shown(
    simulator: Simulator, bot: Bot, http: ClientSession
) -> None:
    phone = simulator.phone("Út", started=True)
    await bot.send_document(phone.id, b"<script>", filename="trang.html")
    file = (await phone.answer()).file
    assert file is not None
    async with http.get(f"/control/files/{file.id}") as answer:
        assert await answer.read() == b"<script>"
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_a_person_sends_a_photo_and_a_file_of_their_own(
    simulator: Simulator, bot: Bot, http: ClientSession
) -> None:
    for platform in ("telegram", "zalo_oa"):
        phone = simulator.phone("Út", platform=platform, started=True)
        photo = {"caption": "Ảnh lớp", "content": "/9j/4A=="}
        await post(http, f"phones/{phone.id}/photo", photo)
        file = {"name": "kế hoạch.pdf", "content": "JVBERi0="}
        await post(http, f"phones/{phone.id}/document", file)
        await post(http, f"phones/{phone.id}/document", {**file, "content": "%"}, 400)

        shown = [(one.kind, one.text, one.file) for one in phone.messages]
        assert [(kind, text) for kind, text, _ in shown] == [
            ("photo", "Ảnh lớp"),
            ("document", ""),
        ]
        bodies = [stored.body for _, _, one in shown if (stored := simulator.files.get(one.id))]
        assert bodies == [b"\xff\xd8\xff\xe0", b"%PDF-"]
    received = [update.message for update in await bot.get_updates()]
    got = await received[1].document.get_file()
    assert bytes(await got.download_as_bytearray()) == b"%PDF-"


async def test_events_resume_where_the_reader_stopped(
    simulator: Simulator, http: ClientSession
) -> None:
    phone = simulator.phone("Út")
    after = (await get(http, "state"))["event"]
    for text in ("một", "hai"):
        await phone.say(text)
    first = await events(http, 1, {}, after)
    assert "một" in first[0]
    resumed = await events(http, 1, {"Last-Event-ID": first[0].split()[1]}, "")
    assert "hai" in resumed[0]
    assert "event: reset" in (await events(http, 1, {"Last-Event-ID": "lạ-1"}, ""))[0]


async def events(http: ClientSession, count: int, headers: dict[str, str], after: str) -> list[str]:
    read: list[str] = []
    query = {"after": after}
    async with http.get("/control/events", headers=headers, params=query) as answer:
        assert answer.content_type == "text/event-stream"
        await answer.content.readuntil(b"\n\n")
        while len(read) < count:
            read.append((await answer.content.readuntil(b"\n\n")).decode())
    return read


async def test_a_reader_too_far_behind_starts_anew() -> None:
    feed = Feed(length=3)
    start = feed.last
    for number in range(5):
        feed.publish("message", {"number": number})
    reader = feed.after(start, idle=0.01)
    first = await anext(reader)
    assert first is not None
    assert (first.kind, first.id) == ("reset", feed.last)
    assert await anext(reader) is None
    feed.publish("message", {"number": 5})
    later = await anext(reader)
    assert later is not None
    assert later.data == {"number": 5}
    feed.close()
    with pytest.raises(StopAsyncIteration):
        await anext(reader)
