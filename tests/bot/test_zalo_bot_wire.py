from __future__ import annotations

import copy
import logging
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text import utf16
from bot.channels.written import LIMIT, texts
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_bot_wire import polled
from handlers.message import Choice, Reply
from tests.bot.wire_tables import broken, expected, table, well_formed
from tests.bot.zalo_bot_fakes import PERSON, TOKEN, link, serving

ARRIVED = datetime.fromisoformat("2026-11-23T01:02:03.500000+00:00")
IN = table("zalo_bot_in")
OUT = table("zalo_bot_out")


def channel(url: str = "http://127.0.0.1:9") -> ZaloBotChannel:
    return ZaloBotChannel(TOKEN, link=link, base_url=url, clock=lambda: ARRIVED)


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_an_event_becomes_this_message(row: dict[str, Any]) -> None:
    assert channel().read(row["event"]) == expected(row["message"])


@pytest.mark.parametrize("row", [row for row in IN if row["message"]], ids=lambda row: row["name"])
def test_what_is_said_is_kept_by_its_own_id(row: dict[str, Any]) -> None:
    assert channel().key(row["event"]) == row["message"]["id"]


def test_an_event_without_a_message_has_nothing_to_keep() -> None:
    for event in ({}, {"event_name": "message.unsupported.received"}, [], None, 5, "x"):
        assert channel().key(event) == ""


def test_the_table_holds_decomposed_letters() -> None:
    row = next(row for row in IN if "NFD" in row["name"])

    assert not unicodedata.is_normalized("NFC", row["message"]["text"])


def test_the_time_of_arrival_is_universal_time_whatever_the_clock() -> None:
    local = ARRIVED.astimezone(timezone(timedelta(hours=7)))
    reader = ZaloBotChannel(TOKEN, link=link, clock=lambda: local)
    row = next(row for row in IN if row["name"].startswith("no date"))

    message = reader.read(row["event"])

    assert message
    assert (message.sent_at, message.sent_at.tzinfo) == (ARRIVED, UTC)


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_no_broken_event_raises_or_gives_an_unfit_message(row: dict[str, Any]) -> None:
    reader = channel()
    for what, event in broken(row["event"]):
        message = reader.read(event)
        assert isinstance(reader.key(event), str)
        assert message is None or well_formed(message), what


@pytest.mark.parametrize("event", [[], "x", None, 5, {}, {"event_name": 7}, {"result": []}])
def test_what_is_no_event_is_no_message(event: Any) -> None:
    assert channel().read(event) is None


def test_a_broken_event_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    event = copy.deepcopy(IN[0]["event"])
    event["message"]["text"] = ["Lê Thị Út ở đây"]

    with caplog.at_level(logging.DEBUG):
        assert channel().read(event) is None

    assert "an event is unreadable" in caplog.text
    assert "Út" not in caplog.text


@pytest.mark.parametrize(
    ("result", "count"),
    [(None, 0), ({}, 0), ([], 0), ("x", 0), (True, 0), ([None, {}, 7], 0), ({"a": 1}, 1)],
)
def test_a_poll_brings_an_object_or_a_list_or_nothing(result: Any, count: int) -> None:
    assert len(polled(result)) == count


def test_a_list_of_events_keeps_its_order() -> None:
    assert polled([{"a": 1}, "x", {"b": 2}]) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("row", OUT, ids=lambda row: row["name"])
async def test_a_reply_becomes_these_requests(row: dict[str, Any]) -> None:
    async with serving() as server, channel(server.url) as speaker:
        to = speaker.read(row["to"]) if "to" in row else None
        reply = Reply.from_json({**Reply().to_json(), **row["reply"]})

        spoken = await speaker.speak(PERSON, reply, to=to)

        made = [{"method": name, "parameters": given} for name, given in server.made]
        assert made == row["requests"]
        assert spoken.messages == len(made)
        assert set(server.kinds) <= {"POST application/json utf-8"}


LETTERS = st.builds(
    lambda text, times: text * times,
    st.text(alphabet="aế \n🌷\u0301đ", max_size=60),
    st.integers(1, 120),
)


@given(LETTERS, st.integers(0, 9))
def test_no_part_is_too_long_and_no_letter_is_lost(text: str, count: int) -> None:
    choices = tuple(Choice(str(digit), "Lựa chọn", "a") for digit in range(count))
    parts = texts(Reply(text, choices), link)

    assert all(part.strip() and utf16(part) <= LIMIT for part in parts)
    composed = unicodedata.normalize("NFC", text)
    lines = [f"{digit} Lựa chọn" for digit in range(count)]
    assert "".join("".join(parts).split()) == "".join([*composed.split(), *"".join(lines).split()])
    assert not lines or parts[-1].endswith("\n".join(lines))
