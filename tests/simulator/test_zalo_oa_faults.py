"""Every error of the table on demand, broken connections, and the rate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientError

from bot.simulator.zalo_oa_answers import OA_WORDS, TEMPLATE_WORDS
from tests.simulator.zalo_oa_stage import OaStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def stage() -> AsyncIterator[OaStage]:
    async with OaStage() as ready:
        ready.oa.templates.register("501", "Chào <ten>.", {"ten": 30})
        yield ready


# The table of docs/channels.md, by host.
OA_TABLE = (
    *(-216, -220, -32, -200, -100, -201, -210, -233, -213, -217, -227, -230, -232, -244),
    *(-211, -218, -320, -321, -221, -224, -223, -209, -212, -234),
)
TEMPLATE_TABLE = (
    *(-124, -32, -100, -108, -1121, -1122, -114, -118, -119, -139, -141, -115, -144, -147, -137),
    *(-135, -136, -131, -146, -133),
)


@pytest.mark.parametrize("code", OA_TABLE)
async def test_every_row_for_answers(stage: OaStage, code: int) -> None:
    phone = stage.phone(started=True)
    stage.faults.add("refused", method="oa/message/cs", chat=phone.id, status=code)
    answer = await stage.say(phone, {"text": "a"})
    assert answer == {"error": code, "message": OA_WORDS[code]}
    assert phone.messages == []
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0
    assert [call.status for call in stage.journal.calls("oa/message/cs")] == [code, 200]


@pytest.mark.parametrize("code", TEMPLATE_TABLE)
async def test_every_row_for_templates(stage: OaStage, code: int) -> None:
    phone = stage.phone(number="0912345678")
    stage.faults.add("refused", method="message/template", chat="84912345678", status=code)
    answer = await stage.template("84912345678")
    assert answer == {"error": code, "message": TEMPLATE_WORDS[code]}
    assert phone.messages == []
    assert (await stage.template("84912345678"))["error"] == 0


async def test_a_refusal_in_other_words(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    words = "Your OA reached limit call api"
    stage.faults.add("refused", status=-32, description=words, platform="zalo_oa")
    assert await stage.say(phone, {"text": "a"}) == {"error": -32, "message": words}


@pytest.mark.parametrize(
    ("trouble", "answer", "template"),
    [
        ("flood", -32, -32),
        ("blocked", -213, -119),
        ("missing", -201, -118),
        ("refused", -200, -100),
    ],
)
async def test_troubles_that_are_answers(
    stage: OaStage, trouble: str, answer: int, template: int
) -> None:
    phone = stage.phone(number="0912345678", started=True)
    stage.faults.add(trouble, times=2)
    assert (await stage.say(phone, {"text": "a"}))["error"] == answer
    assert (await stage.template("84912345678"))["error"] == template


async def test_troubles_of_another_platform_pass_by(stage: OaStage) -> None:
    stage.faults.add("refused", platform="zalo_bot")
    assert (await stage.get("/oa/v2.0/oa/getoa"))["error"] == 0


async def test_a_gateway_answers_instead(stage: OaStage) -> None:
    stage.faults.add("broken", status=503)
    url = stage.server.make_url("/oa/v2.0/oa/getoa")
    async with stage.session.get(url, headers={"access_token": stage.token}) as answer:
        assert (answer.status, answer.content_type) == (503, "text/html")
    assert stage.journal.calls("oa/getoa")[0].status == 503


@pytest.mark.parametrize(("trouble", "messages"), [("dropped", 0), ("lost", 1)])
async def test_a_cut_connection(stage: OaStage, trouble: str, messages: int) -> None:
    phone = stage.phone(started=True)
    stage.faults.add(trouble, method="oa/message/cs")
    with pytest.raises(ClientError):
        await stage.say(phone, {"text": "a"})
    assert len(phone.messages) == messages
    assert stage.journal.calls("oa/message/cs")[0].status == 0


async def test_a_slow_answer_comes_after_the_deed(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    stage.faults.add("slow", method="oa/message/cs", seconds=0.2)
    began = time.monotonic()
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0
    assert time.monotonic() - began >= 0.2


async def test_so_many_calls_a_minute(stage: OaStage) -> None:
    assert stage.oa.rules.calls_a_minute == 4000
    stage.oa.rules.calls_a_minute = 2
    url = stage.server.make_url("/oa/v2.0/oa/getoa")
    async with stage.session.get(url, headers={"access_token": stage.token}) as answer:
        assert answer.headers["X-RateLimit-Limit"] == "2"
        assert answer.headers["X-RateLimit-Remain"] == "1"
    assert (await stage.get("/oa/v2.0/oa/getoa"))["error"] == 0
    refused = {"error": -32, "message": "Your application reached limit call api"}
    assert await stage.get("/oa/v2.0/oa/getoa") == refused
    assert (await stage.get("/business/message/quota"))["error"] == -32
    stage.later(1 / 60)
    assert (await stage.get("/oa/v2.0/oa/getoa"))["error"] == 0
