"""Forged, unsigned, replayed and skewed webhooks; each way the sources sign one."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from multidict import CIMultiDict

from bot.channels.zalo_oa_signature import CANDIDATES, Signature
from tests.bot.test_zalo_oa_wire import channel
from tests.bot.zalo_oa_fakes import APP, APP_KEY, ARRIVED, KEY, OA, SENT, mac

IN_BODY, IN_HEADER = str(SENT), str(SENT + 1)
EVENT = {"app_id": APP, "event_name": "user_send_text", "timestamp": IN_BODY}
BODY = json.dumps(EVENT).encode()


def headers(signature: str, stamp: str = IN_HEADER) -> dict[str, str]:
    return {"X-ZEvent-Signature": signature, "X-ZEvent-Timestamp": stamp}


def signed_as(way: str) -> dict[str, str]:
    first, stamp, key = way.split("-")
    return headers(
        mac(
            {"app": APP, "oa": OA}[first],
            BODY,
            {"body": IN_BODY, "header": IN_HEADER}[stamp],
            {"oakey": KEY, "appkey": APP_KEY}[key],
        )
    )


def test_the_signature_is_a_plain_hash_over_the_four_parts() -> None:
    text = f"{APP}{BODY.decode()}{IN_BODY}{KEY}".encode()
    given = {"X-ZEvent-Signature": f"mac={hashlib.sha256(text).hexdigest()}"}

    assert channel().signed(given, BODY)


@pytest.mark.parametrize("way", CANDIDATES)
def test_each_way_is_taken_by_auto_and_logged_once(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader = channel()

    with caplog.at_level(logging.INFO):
        assert [reader.signed(signed_as(way), BODY) for _ in range(3)] == [True] * 3

    assert caplog.text.count(f"webhooks are signed as {way}") == 1
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize("chosen", CANDIDATES)
def test_where_one_way_is_chosen_the_others_are_forged(chosen: str) -> None:
    reader = channel(signature=chosen)

    taken = [way for way in CANDIDATES if reader.signed(signed_as(way), BODY)]

    assert taken == [chosen]


def test_an_unknown_way_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="auto, app-body-oakey"):
        channel(signature="hmac")


def test_headers_are_found_however_they_are_written() -> None:
    good = signed_as("app-header-oakey")

    assert channel().signed({name.lower(): value for name, value in good.items()}, BODY)
    assert channel().signed(CIMultiDict(good), BODY)
    assert channel().signed(
        {**good, "X-ZEvent-Signature": good["X-ZEvent-Signature"][4:].upper()}, BODY
    )


FORGED: list[tuple[str, dict[str, str], bytes]] = [
    ("unsigned", {}, BODY),
    ("empty", headers(""), BODY),
    ("no hash", headers("mac="), BODY),
    ("another key", headers(mac(APP, BODY, IN_BODY, "another")), BODY),
    ("no key", headers(mac(APP, BODY, IN_BODY, "")), BODY),
    ("one byte more", signed_as("app-body-oakey"), BODY + b" "),
    ("another app", headers(mac("1", BODY, IN_BODY, KEY)), BODY),
    ("without a time", headers(mac(APP, BODY, "", KEY), ""), BODY),
    ("odd letters", headers("mac=\udcff\u1ec7"), BODY),
    ("not JSON", headers("mac=" + "0" * 64), b"\xff\xfe["),
    ("too deep", headers("mac=" + "0" * 64), b"[" * 100_000),
    ("an empty object", {}, b"{}"),
    ("nothing", {}, b""),
]


@pytest.mark.parametrize(("name", "given", "body"), FORGED, ids=[row[0] for row in FORGED])
def test_what_is_forged_is_not_signed(name: str, given: dict[str, str], body: bytes) -> None:
    assert not channel().signed(given, body)


def test_the_time_may_be_a_number_in_the_body() -> None:
    body = json.dumps({**EVENT, "timestamp": SENT}).encode()

    assert channel().signed(headers(mac(APP, body, str(SENT), KEY), ""), body)


def test_a_time_that_is_none_is_no_reason_to_refuse_what_is_signed() -> None:
    assert channel().signed(headers(mac(APP, BODY, "now", KEY), "now"), BODY)


def test_a_body_that_is_not_json_can_be_signed_with_the_headers_time() -> None:
    body = b"\xff not json"

    assert channel().signed(headers(mac(APP, body, IN_HEADER, KEY)), body)


def at(offset: timedelta, **more: Any) -> bool:
    now = ARRIVED + offset
    check = Signature(
        app_id=APP, oa_id=OA, secret=KEY, app_secret="", way="app-body-oakey", clock=lambda: now,
        **more,
    )  # fmt: skip
    return check.holds(signed_as("app-body-oakey"), BODY)


def test_a_repetition_and_a_skewed_clock_are_taken_a_recording_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert at(timedelta(hours=2))
    assert "check the clock" not in caplog.text
    assert at(timedelta(hours=20))
    assert at(-timedelta(hours=5))
    assert "20 hours off; check the clock" in caplog.text
    assert not at(timedelta(days=1, hours=1))
    assert not at(-timedelta(days=2))


def test_without_the_apps_secret_nothing_is_signed_with_it() -> None:
    check = Signature(
        app_id=APP, oa_id=OA, secret=KEY, app_secret="", way="auto", clock=lambda: ARRIVED
    )

    assert not check.holds(headers(mac(APP, BODY, IN_BODY, "")), BODY)
    assert check.holds(signed_as("oa-header-oakey"), BODY)


def recorded(stamp: str, event: dict[str, Any], *, after: timedelta) -> bool:
    body = json.dumps(event).encode()
    check = Signature(
        app_id=APP, oa_id=OA, secret=KEY, app_secret="", way="auto", clock=lambda: ARRIVED + after
    )
    return check.holds(headers(mac(APP, body, stamp, KEY), stamp), body)


@pytest.mark.parametrize(
    ("stamp", "event"),
    [
        ("once", EVENT),
        (str(SENT // 1000), {**EVENT, "timestamp": "once"}),
        (str(SENT // 1000), EVENT),
    ],
)
def test_a_recording_is_told_by_whatever_time_was_signed(stamp: str, event: dict[str, Any]) -> None:
    assert recorded(stamp, event, after=timedelta(hours=1))
    assert not recorded(stamp, event, after=timedelta(days=2))


def test_nothing_moves_from_one_part_of_what_is_signed_into_another() -> None:
    """Nothing stands between the parts: what is cut off the body and given as a time."""
    good = signed_as("app-body-oakey")["X-ZEvent-Signature"]
    reader = channel(signature="auto")

    for cut in range(1, len(BODY)):
        rest = BODY[-cut:].decode()
        assert not reader.signed(headers(good, rest + IN_BODY), BODY[:-cut])
    # The other way round the hash holds, and what it holds for is no event.
    for cut in range(1, len(IN_BODY)):
        with pytest.raises(ValueError, match="Extra data"):
            json.loads(BODY + IN_BODY[:cut].encode())
