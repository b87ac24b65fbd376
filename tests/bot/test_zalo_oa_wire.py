from __future__ import annotations

import copy
import logging
import unicodedata
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_wire import buttons
from handlers.message import Choice, Kind, Reply
from tests.bot.wire_tables import broken, expected, table, well_formed
from tests.bot.zalo_oa_fakes import (
    APP,
    APP_KEY,
    ARRIVED,
    KEY,
    OA,
    SENT,
    USER,
    Keys,
    done,
    link,
    refused,
    render,
    serving,
)

IN = table("zalo_oa_in")
OUT = table("zalo_oa_out")
CS = "/v3.0/oa/message/cs"


def channel(url: str = "http://127.0.0.1:9", **more: Any) -> ZaloOaChannel:
    keys = more.pop("keys", None) or Keys()
    return ZaloOaChannel(
        keys, app_id=APP, oa_id=OA, secret=KEY, app_secret=APP_KEY, render=render, link=link,
        base_url=url, clock=lambda: ARRIVED, **more,
    )  # fmt: skip


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_an_event_becomes_this_message(row: dict[str, Any]) -> None:
    assert channel().read(row["event"]) == expected(row["message"])


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_an_event_is_kept_where_a_person_did_something_and_under_one_id(
    row: dict[str, Any],
) -> None:
    key = channel().key(row["event"])

    assert key == (row["message"]["id"] if row["message"] else "")


def test_the_tables_hold_decomposed_letters() -> None:
    said = next(row for row in IN if "NFD" in row["name"])
    answered = next(row for row in OUT if "NFC" in row["name"])

    assert not unicodedata.is_normalized("NFC", said["message"]["text"])
    assert not unicodedata.is_normalized("NFC", answered["reply"]["text"])
    assert unicodedata.is_normalized("NFC", answered["requests"][0]["body"]["message"]["text"])


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_no_broken_event_raises_or_gives_an_unfit_message(row: dict[str, Any]) -> None:
    reader = channel()
    for what, event in broken(row["event"]):
        key, message = reader.key(event), reader.read(event)
        assert message is None or (well_formed(message) and message.id == key), what


@pytest.mark.parametrize("event", [[], "x", None, 5, {}, {"event_name": []}])
def test_what_is_no_event_is_no_message(event: Any) -> None:
    assert channel().read(event) is None
    assert channel().key(event) == ""


def test_an_unreadable_event_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    event = copy.deepcopy(IN[0]["event"])
    event["message"]["text"] = ["Lê Thị Út ở đây"]

    with caplog.at_level(logging.DEBUG):
        assert channel().read(event) is None

    assert "an event is unreadable (TypeError)" in caplog.text
    assert "Út" not in caplog.text


@given(st.text(max_size=40))
def test_only_our_own_buttons_are_presses(text: str) -> None:
    event = {**IN[0]["event"], "message": {"msg_id": "m1", "text": f"#{text}"}}
    message = channel().read(event)

    assert message
    assert message.kind in (Kind.TEXT, Kind.PRESS)
    if message.kind is Kind.PRESS:
        assert "|" in message.press
        assert not message.text


def test_what_a_button_sends_comes_back_as_its_press() -> None:
    reply = Reply("?", (Choice("1", "Có", "register 12"),), mark="s12")
    attached = buttons(reply, typed=True)
    assert attached
    payload = attached["payload"]["buttons"][0]["payload"]

    message = channel().read({**IN[0]["event"], "message": {"msg_id": "m1", "text": payload}})

    assert message
    assert (message.kind, message.press) == (Kind.PRESS, "s12|register 12")


@pytest.mark.parametrize("row", OUT, ids=lambda row: row["name"])
async def test_a_reply_becomes_these_requests(row: dict[str, Any]) -> None:
    reply = Reply.from_json({**Reply().to_json(), **row["reply"]})
    async with serving() as zalo, channel(zalo.url) as speaker:
        await speaker.speak(USER, reply)

        assert [{"path": path, "body": body} for path, body in zalo.made] == row["requests"]
        assert {one["access_token"] for one in zalo.headers} <= {"access-SECRET-0"}
        assert not any("authorization" in one for one in zalo.headers)


async def test_no_request_is_longer_than_zalo_allows() -> None:
    choices = tuple(Choice(str(n), "Trường mầm non " * 12, "x" * 45) for n in range(1, 6))
    async with serving() as zalo, channel(zalo.url) as speaker:
        spoken = await speaker.speak(USER, Reply("ế " * 4000, choices, mark="s1"))

        messages = [body["message"] for body in zalo.of(CS)]
    assert all(len(message.get("text", "")) <= 2000 for message in messages)
    attached = [message["attachment"]["payload"] for message in messages if "attachment" in message]
    (below,) = attached
    assert all(len(one["title"]) <= 100 for one in below["buttons"])
    assert all(len(one["payload"]) <= 1000 for one in below["buttons"])
    assert spoken.messages == len(messages)


async def test_buttons_need_not_name_their_kind() -> None:
    reply = Reply("?", (Choice("1", "Có", "yes"),), mark="s1")
    async with serving() as zalo, channel(zalo.url, typed_buttons=False) as speaker:
        await speaker.speak(USER, reply)

        payload = zalo.of(CS)[0]["message"]["attachment"]["payload"]
    assert "template_type" not in payload
    assert len(payload["buttons"]) == 1


async def test_the_form_of_buttons_that_zalo_takes_is_kept() -> None:
    reply = Reply("?", (Choice("1", "Có", "yes"),), mark="s1")
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, refused(-233))
        for _ in range(2):
            spoken = await speaker.speak(USER, reply)
            assert spoken.messages == 1

        payloads = [body["message"]["attachment"]["payload"] for body in zalo.of(CS)]
    assert ["template_type" in payload for payload in payloads] == [True, False, False]


async def test_where_buttons_are_refused_the_numbered_lines_have_to_do() -> None:
    reply = Reply("?", (Choice("1", "Có", "yes"),), mark="s1")
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, refused(-201), refused(-233))
        spoken = await speaker.speak(USER, reply)

        assert zalo.of(CS)[2]["message"] == {"text": "?\n1 Có"}
    assert spoken.messages == 1


async def test_what_was_said_is_dated_and_counted_and_priced_by_zalo() -> None:
    async with serving() as zalo, channel(zalo.url, price=55) as speaker:
        paid = {"quota_type": "purchase_quota", "remain": "7", "total": "2000"}
        zalo.script(
            CS,
            done(message_id="m", user_id=USER, sent_time=str(SENT), quota={"quota_type": "reply"}),
            done(message_id="m", user_id=USER, sent_time=str(SENT + 5), quota=paid),
            done(message_id="m", user_id=USER, quota="?"),
        )
        free, bought, odd = [await speaker.speak(USER, Reply("Chào cô.")) for _ in range(3)]

    assert (free.at, free.messages, free.cost) == (
        datetime.fromtimestamp(SENT / 1000, ARRIVED.tzinfo),
        1,
        0,
    )
    assert (bought.cost, (bought.at - free.at).microseconds) == (55, 5000)
    assert (odd.at, odd.cost) == (ARRIVED, 0)


async def test_the_account_tells_its_name_and_what_a_person_can_still_get() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(
            "/v3.0/oa/quota/message",
            done(cs_reply={"remain": "7", "total": 8}, last_interaction=str(SENT)),
            done(),
        )
        assert await speaker.identify() == "Phòng Giáo dục"
        window, empty = [await speaker.window(USER) for _ in range(2)]

        assert zalo.of("/v3.0/oa/quota/message")[0] == {"user_id": USER}
    assert (window.remaining, window.total) == (7, 8)
    assert window.heard_at
    assert (empty.remaining, empty.total, empty.heard_at) == (None, None, None)
