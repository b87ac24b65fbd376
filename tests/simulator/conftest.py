from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


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
