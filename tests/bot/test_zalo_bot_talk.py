"""The channel and the simulator, each of which was written without looking at the other."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.base import Unreachable
from bot.channels.zalo_bot import ZaloBotChannel
from bot.simulator import Simulator
from bot.simulator.zalo_bot_switches import Switches
from handlers.message import Choice, Kind, Message, Reply
from tests.bot.zalo_bot_fakes import failure, link

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.parametrize(
    "switches",
    [
        Switches(),
        Switches(http_errors=True, photo_url=False, drop_unpolled=True),
        Switches(camel_case=True, wrapped=True, duplicates=True, empty_info=True),
    ],
    ids=str,
)
async def test_a_talk_with_the_simulator(switches: Switches) -> None:
    heard: list[Message] = []
    more = asyncio.Event()
    stop = asyncio.Event()
    async with Simulator(switches=switches) as simulator:
        lan = simulator.phone("Lê Thị Út", platform="zalo_bot")
        address = simulator.zalo_bot_url
        async with ZaloBotChannel(
            simulator.zalo_token, link=link, base_url=address, pause=0.01
        ) as speaker:

            async def keep(event: Mapping[str, Any]) -> None:
                message = speaker.read(event)
                assert message
                assert speaker.key(event) == message.id
                if message.id not in {one.id for one in heard}:
                    heard.append(message)
                    more.set()

            async def gap(since: datetime) -> None:
                raise AssertionError("no gap was made")

            async def hear() -> Message:
                await more.wait()
                more.clear()
                return heard[-1]

            assert await speaker.identify()
            assert await speaker.webhook() == ""
            async with asyncio.timeout(10):
                polling = asyncio.create_task(speaker.poll(keep, stop, gap))
                while not simulator.zalo_bot.events.polled:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
                await lan.say("L12")
                first = await hear()
                assert (first.kind, first.text, first.name) == (Kind.TEXT, "L12", "Lê Thị Út")
                asked = Reply("ế" * 2100, (Choice("1", "Có", "yes"),))
                spoken = await speaker.speak(first.address, asked, to=first)
                assert spoken.messages == 2
                shown = [(await lan.answer()).text for _ in range(2)]
                assert "".join("".join(shown).split()) == "".join(asked.written().split())
                while not simulator.zalo_bot.events.polled:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
                await lan.photo("lớp em đây")
                photo = await hear()
                assert photo.sent_at >= spoken.at > first.sent_at
                assert (photo.kind, photo.text) == (Kind.PHOTO, "lớp em đây")
                assert photo.file
                assert photo.file.id.startswith("http")
                await lan.block()
                assert type(await failure(speaker.speak(lan.id, Reply("?")))) is Unreachable
                assert type(await failure(speaker.speak("nobody", Reply("?")))) is Unreachable
                stop.set()
                await polling
