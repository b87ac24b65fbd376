"""Two processes refresh the Official Account's token 1,000 times: none spent twice, none lost."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.channels.zalo_tokens import Tokens
from bot.simulator import Simulator
from storage import oa_tokens
from storage.database import Database
from storage.models import TokenState

if TYPE_CHECKING:
    from storage.oa_tokens import Pair

ROOT = Path(__file__).parents[2]
TIMES = 1000
PATIENCE = 540.0


async def process(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.refreshing", *arguments,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def pair_of(database: Database, app_id: str) -> Pair:
    pair = await database.read(lambda db: oa_tokens.pair(db, app_id))
    assert pair
    return pair


@pytest.mark.soak
async def test_two_processes_never_use_a_spent_token_nor_lose_a_pair(url: str) -> None:
    async with Simulator(port=0) as simulator, Database.open(url) as database:
        oauth, keys = simulator.oa.oauth, simulator.oa.keys
        app, secret = keys.app_id, keys.app_secret
        simulator.oa.rules.calls_a_minute = None
        async with Tokens(database, app, secret, oauth_url=simulator.oauth_url) as tokens:
            await tokens.adopt(*oauth.issue())
            begun = [
                await process(url, simulator.url, app, secret, str(TIMES + 1)) for _ in range(2)
            ]
            try:
                async with asyncio.timeout(PATIENCE):
                    ended = await asyncio.gather(*(one.communicate() for one in begun))
            finally:
                for one in begun:
                    if one.returncode is None:
                        one.kill()

            assert [one.returncode for one in begun] == [0, 0], [said[1][-2000:] for said in ended]
            counts = [json.loads(said[0].splitlines()[-1]) for said in ended]
            assert all(one["renewals"] > TIMES // 10 for one in counts)
            assert [one["refused"] for one in counts] == [0, 0]

            pair = await pair_of(database, app)
            assert oauth.spent_uses == 0
            assert oauth.refreshes == pair.generation - 1 >= TIMES
            assert (pair.state, pair.holder) == (TokenState.GOOD, "")
            oauth.check(pair.access)
            # The pair that is left is alive: it gives the next one.
            oauth.check(await tokens.renew(pair.access))
            assert oauth.spent_uses == 0
        logs = b"".join(said[1] for said in ended)
        assert pair.access.encode() not in logs
        assert secret.encode() not in logs
