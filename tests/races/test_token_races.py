"""Two stores of one account's tokens at once: a token is spent once, and the hold is why."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.base import SendError
from bot.channels.zalo_tokens import Tokens
from storage import oa_tokens
from storage.database import Database
from storage.models import TokenState
from tests.bot.zalo_oa_fakes import ACCESS, APP, APP_KEY, REFRESH, Zalo, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OAUTH = "/v4/oa/access_token"
TIMES = 15


@asynccontextmanager
async def process(url: str, zalo: Zalo) -> AsyncIterator[tuple[Database, Tokens]]:
    """What one process has: connections, a writer and a token store of its own."""
    pause = timedelta(milliseconds=20)
    async with (
        Database.open(url) as database,
        Tokens(database, APP, APP_KEY, oauth_url=zalo.url, pause=pause) as tokens,
    ):
        yield database, tokens


async def renew(tokens: Tokens, times: int) -> list[str]:
    """Have the token at hand refused again and again; the tokens that were got for it."""
    return [await tokens.renew(await tokens.access()) for _ in range(times)]


async def test_two_processes_never_spend_a_token_twice_nor_lose_a_pair(url: str) -> None:
    async with serving() as zalo, process(url, zalo) as (database, one), process(url, zalo) as two:
        zalo.slow[OAUTH] = 0.005
        await one.adopt(ACCESS, REFRESH)
        got = await asyncio.gather(*(renew(tokens, TIMES) for tokens in (one, two[1], one, two[1])))

        pair = await database.read(lambda db: oa_tokens.pair(db, APP))
        assert pair
        assert not zalo.spent
        assert pair.refresh == zalo.live
        assert pair.generation == zalo.pairs + 1
        assert zalo.pairs >= TIMES
        assert pair.state is TokenState.GOOD
        assert not pair.holder
    assert all(token.startswith("access-SECRET-") for tokens in got for token in tokens)


async def test_all_who_meet_a_revoked_token_get_one_new_one(url: str) -> None:
    async with serving() as zalo, process(url, zalo) as (_, one), process(url, zalo) as (_, two):
        zalo.slow[OAUTH] = 0.05
        await one.adopt(ACCESS, REFRESH)
        got = await asyncio.gather(
            *(tokens.renew(ACCESS) for tokens in (one, two) for _ in range(10))
        )

    assert set(got) == {"access-SECRET-1"}
    assert zalo.pairs == 1
    assert not zalo.spent


async def test_without_the_hold_a_token_is_spent_twice(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the other tests can fail."""

    def everybody(*_: Any, **__: Any) -> bool:
        return True

    monkeypatch.setattr("bot.channels.zalo_refresh.oa_tokens.hold", everybody)
    async with serving() as zalo, process(url, zalo) as (_, one), process(url, zalo) as (_, two):
        zalo.slow[OAUTH] = 0.3
        await one.adopt(ACCESS, REFRESH)
        assert await two.access() == ACCESS  # both are connected
        got = await asyncio.gather(one.renew(ACCESS), two.renew(ACCESS), return_exceptions=True)

    assert zalo.spent == [REFRESH]
    assert any(isinstance(one, SendError) for one in got) or got[0] == got[1]
