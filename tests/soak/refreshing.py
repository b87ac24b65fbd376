"""A process of its own that has the Official Account's token refused again and again.

Arguments: database URL, simulator URL, app id, app secret, up to which generation. What it says on
its last line is JSON: how many renewals it asked for and how many uses were refused.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp

from bot.channels.zalo_tokens import Tokens
from storage import oa_tokens
from storage.database import Database

AT_ONCE = 3


async def main(url: str, simulator: str, app_id: str, secret: str, last: int) -> None:
    counts = {"renewals": 0, "refused": 0}

    async def work(tokens: Tokens, database: Database, web: aiohttp.ClientSession) -> None:
        while True:
            pair = await database.read(lambda db: oa_tokens.pair(db, app_id))
            if pair is None or pair.generation >= last:
                return
            access = await tokens.renew(await tokens.access())
            counts["renewals"] += 1
            async with web.get(
                f"{simulator}/oa/v2.0/oa/getoa", headers={"access_token": access}
            ) as answer:
                counts["refused"] += (await answer.json(content_type=None))["error"] != 0

    async with (
        Database.open(url) as database,
        Tokens(database, app_id, secret, oauth_url=f"{simulator}/oauth") as tokens,
        aiohttp.ClientSession() as web,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(AT_ONCE):
            group.create_task(work(tokens, database, web))
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
