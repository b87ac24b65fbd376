"""Figures against the oracle, through far more and longer histories than the suite has time for."""

from __future__ import annotations

import os
from random import SystemRandom
from typing import TYPE_CHECKING

import pytest

from tests.storage.figures.test_oracle import play

if TYPE_CHECKING:
    from storage.database import Database

pytestmark = pytest.mark.soak

HISTORIES = int(os.environ.get("FIGURE_HISTORIES", "60"))
TURNS = int(os.environ.get("FIGURE_TURNS", "80"))


@pytest.mark.parametrize("at", range(HISTORIES))
async def test_a_long_history(either: Database, at: int) -> None:
    seed = int(os.environ.get("FIGURE_SEED", SystemRandom().randrange(10**9)))
    print(f"history {at}: FIGURE_SEED={seed}")  # noqa: T201 - to play it again
    await play(either, seed, TURNS, thorough=True)
