from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.simulator import Simulator
from tests.simulator.zalo_oa_stage import OaStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.simulator.zalo_oa_phone import OaPhone


@pytest.fixture(autouse=True)
def durations_not_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """PTB warns of `retry_after` as a number, which it is going to give up."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(limits=None) as running:
        yield running


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    async with a_bot(simulator) as ready:
        yield ready


def a_bot(simulator: Simulator, token: str = "") -> Bot:
    return Bot(
        token or simulator.token,
        base_url=simulator.base_url,
        base_file_url=simulator.base_file_url,
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )


@pytest.fixture
async def stage() -> AsyncIterator[OaStage]:
    """An Official Account whose events are brought to an ear."""
    async with OaStage() as ready:
        await ready.oa.hook(ready.ear.url)
        yield ready


@pytest.fixture
def phone(stage: OaStage) -> OaPhone:
    """A phone that follows it, on the stage of the test where that has one of its own."""
    return stage.phone(number="0912345678")
