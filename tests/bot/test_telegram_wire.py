from __future__ import annotations

import copy
import logging
import unicodedata
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_wire import buttons, drawn, markup
from bot.channels.text import split, utf16
from handlers.message import Choice, Reply
from tests.bot.telegram_fakes import TOKEN, Recorder, render
from tests.bot.wire_tables import broken, expected, table, well_formed

ARRIVED = datetime.fromisoformat("2026-11-23T01:02:03.500000+00:00")
IN = table("telegram_in")
OUT = table("telegram_out")


def channel(recorder: Recorder | None = None) -> TelegramChannel:
    return TelegramChannel(
        TOKEN, render=render, request=recorder or Recorder(), clock=lambda: ARRIVED
    )


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_an_update_becomes_this_message(row: dict[str, Any]) -> None:
    assert channel().read(row["update"]) == expected(row["message"])


def test_the_table_holds_decomposed_letters() -> None:
    row = next(row for row in IN if "NFD" in row["name"])

    assert not unicodedata.is_normalized("NFC", row["message"]["text"])


@pytest.mark.parametrize("row", IN, ids=lambda row: row["name"])
def test_no_broken_update_raises_or_gives_an_unfit_message(row: dict[str, Any]) -> None:
    reader = channel()
    for what, update in broken(row["update"]):
        message = reader.read(update)
        assert message is None or well_formed(message), what


@pytest.mark.parametrize("update", [[], "x", None, 5, {}, {"update_id": "Lan"}])
def test_what_is_no_update_is_no_message(update: Any) -> None:
    assert channel().read(update) is None


def test_a_broken_update_is_logged_by_its_number_only(caplog: pytest.LogCaptureFixture) -> None:
    update = copy.deepcopy(IN[0]["update"])
    update["message"]["text"] = ["Lê Thị Út ở đây"]

    with caplog.at_level(logging.DEBUG):
        assert channel().read(update) is None

    assert f"update {update['update_id']} is unreadable" in caplog.text
    assert "Út" not in caplog.text


@pytest.mark.parametrize("row", OUT, ids=lambda row: row["name"])
async def test_a_reply_becomes_these_requests(row: dict[str, Any]) -> None:
    recorder = Recorder()
    speaker = channel(recorder)
    to = speaker.read(row["to"]) if "to" in row else None
    reply = Reply.from_json({**Reply().to_json(), **row["reply"]})

    await speaker.speak("7001", reply, to=to)

    requests = [{"method": name, "parameters": given} for name, given in recorder.calls.made]
    assert sorted(requests, key=order) == sorted(row["requests"], key=order)


def order(request: dict[str, Any]) -> bool:
    # A press is answered while the words are on their way: either may come first.
    return request["method"] == "answerCallbackQuery"


def test_buttons_carry_at_most_64_bytes() -> None:
    fits = Reply("?", (Choice("1", "Có", "x" * 61),), mark="s1")
    assert buttons(fits) is not None

    with pytest.raises(ValueError, match="button 1 carries 65 bytes"):
        markup(Reply("?", (Choice("1", "Có", "x" * 60 + "ă"),), mark="s1"))


def test_a_long_label_ends_in_an_ellipsis() -> None:
    keyboard = buttons(Reply("?", (Choice("1", "Trường " * 12, "a"),)))

    assert keyboard is not None
    label = keyboard.inline_keyboard[0][0].text
    assert len(label) <= 64
    assert label.endswith("Trườn…")


def test_a_text_is_cut_at_a_line_break_then_at_a_space_then_anywhere() -> None:
    assert split("một hai\nba bốn năm", 12) == ["một hai", "ba bốn năm"]
    assert split("một hai ba bốn", 10) == ["một hai ba", "bốn"]
    assert split("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert split("vừa đủ", 6) == ["vừa đủ"]
    assert split(" \n ", 10) == []


def test_a_letter_keeps_its_marks() -> None:
    word = unicodedata.normalize("NFD", "ế" * 10)  # three characters each

    assert split(word, 8)[0] == unicodedata.normalize("NFD", "ế" * 2)


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet="aế 😀", max_size=70), max_size=7),
    st.sampled_from(("", "Gửi số điện thoại")),
)
def test_a_keyboard_is_drawn_as_the_library_draws_it(labels: list[str], contact: str) -> None:
    choices = tuple(Choice(str(n), label, f"do {n}") for n, label in enumerate(labels, 1))
    reply = Reply("?", choices, mark="n7", ask_contact=contact)
    assert drawn(reply) == markup(reply).to_dict()


def test_telegram_counts_utf16() -> None:
    assert utf16("a😀ế") == len("a😀ế".encode("utf-16-le")) // 2
    assert [utf16(part) for part in split("😀" * 10, 7, utf16)] == [6, 6, 6, 2]


@given(st.text(alphabet="aế \n😀\u0301", max_size=80), st.integers(2, 12))
def test_no_part_is_too_long_and_no_letter_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit, utf16)

    assert all(part.strip() and utf16(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
