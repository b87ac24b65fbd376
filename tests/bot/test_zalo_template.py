"""Templates by phone: the exact request, what Zalo says about one, and what is missing."""

from __future__ import annotations

import pytest

from bot.channels.base import Halted, Rejected, Unreachable
from bot.channels.zalo_template import Approved
from handlers.message import Reply, Template
from storage.models import ChannelState
from tests.bot.test_zalo_oa_errors import NEWS, PHONE, TEMPLATE, templates
from tests.bot.zalo_oa_fakes import SENT, done, refused, serving

INFO = "/template/info/v2"


async def test_a_template_becomes_this_request() -> None:
    async with serving() as zalo, templates(zalo.url, tracking=lambda: "t" * 60) as speaker:
        spoken = await speaker.speak(PHONE, NEWS)

        assert zalo.made == [
            (
                TEMPLATE,
                {
                    "phone": "84912345678",
                    "template_id": "301",
                    "template_data": {"course": "L12"},
                    "tracking_id": "t" * 48,
                },
            )
        ]
        assert zalo.headers[0]["access_token"] == "access-SECRET-0"
    assert spoken.at.timestamp() * 1000 == SENT
    assert (spoken.messages, spoken.cost) == (1, 0)


async def test_each_send_has_an_id_of_its_own() -> None:
    async with serving() as zalo, templates(zalo.url) as speaker:
        for _ in range(3):
            await speaker.speak(PHONE, NEWS)

        ids = [body["tracking_id"] for body in zalo.of(TEMPLATE)]
    assert len(set(ids)) == 3
    assert all(0 < len(one) <= 48 for one in ids)


async def test_development_is_said() -> None:
    async with serving() as zalo, templates(zalo.url, development=True) as speaker:
        await speaker.speak(PHONE, NEWS)

        assert zalo.of(TEMPLATE)[0]["mode"] == "development"


@pytest.mark.parametrize("address", ["0912345678", "84912345678", "+1 555", "", "+84x"])
async def test_only_a_vietnamese_number_can_be_sent_to(address: str) -> None:
    async with serving() as zalo, templates(zalo.url) as speaker:
        with pytest.raises(Rejected):
            await speaker.speak(address, NEWS)

        assert not zalo.made


async def test_without_a_template_nothing_is_sent() -> None:
    async with serving() as zalo, templates(zalo.url) as speaker:
        with pytest.raises(Rejected):
            await speaker.speak(PHONE, Reply("Chào cô."))

        assert not zalo.made


@pytest.mark.parametrize("kind", ["cancelled", "offer"])
async def test_a_kind_without_an_id_waits_for_somebody(kind: str) -> None:
    async with serving() as zalo, templates(zalo.url) as speaker:
        with pytest.raises(Halted) as raised:
            await speaker.speak(PHONE, Reply(template=Template(kind, {})))
        with pytest.raises(Halted):
            await speaker.info(kind)

        assert not zalo.made
    assert raised.value.state is ChannelState.HALTED
    assert kind in raised.value.reason


async def test_what_zalo_says_about_a_template() -> None:
    async with serving() as zalo, templates(zalo.url) as speaker:
        zalo.script(
            INFO,
            done(
                templateId=301,
                status="ENABLE",
                price="300.0",
                listParams=[
                    {"name": "course", "require": True, "type": "STRING", "maxLength": 30},
                    {"name": "when", "maxLength": "20"},
                    {"name": "free"},
                    "?",
                ],
            ),
            done(status="PENDING_REVIEW", listParams="?", price="?"),
            refused(-118),
        )
        enabled, pending = [await speaker.info("moved") for _ in range(2)]
        with pytest.raises(Unreachable):
            await speaker.info("moved")

        assert zalo.of(INFO)[0] == {"template_id": "301"}
    assert enabled == Approved("301", "ENABLE", {"course": 30, "when": 20, "free": None}, 300)
    assert enabled.usable
    assert pending == Approved("301", "PENDING_REVIEW", {}, None)
    assert not pending.usable
