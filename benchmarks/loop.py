"""The loop most bots send by: python-telegram-bot as it comes, a second's worth at once.

`python -m benchmarks.loop [--rate 1000] [--people 3000]`; see README.md here. Nothing is kept of
what was sent, nothing waits its turn, and a refusal is final.
"""

from __future__ import annotations

import argparse
import asyncio
import time

import telegram
from telegram.error import RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from benchmarks.crowd import TEXT
from benchmarks.limiter import TALKERS
from benchmarks.pace import process, report, steady


async def send(api: str, rate: int, people: int) -> tuple[int, float]:
    """Send to everybody; how many were refused, and processor time in microseconds a message."""
    request = HTTPXRequest(connection_pool_size=32, pool_timeout=60)
    bot = telegram.Bot("1000:benchmark", base_url=f"{api}/bot", request=request)
    room, refused = asyncio.Semaphore(32), 0

    async def one(chat: int) -> None:
        nonlocal refused
        async with room:
            try:
                await bot.send_message(chat, TEXT)
            except (RetryAfter, TelegramError):
                refused += 1

    async with request:
        begun = time.process_time()
        for first in range(TALKERS + 1, TALKERS + people + 1, rate):
            until = time.monotonic() + 1
            last = min(first + rate, TALKERS + people + 1)
            await asyncio.gather(*(one(chat) for chat in range(first, last)))
            await asyncio.sleep(max(0.0, until - time.monotonic()))
        return refused, (time.process_time() - begun) / people * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1000, help="the platform's limit a second")
    parser.add_argument("--people", type=int, default=3000)
    given = parser.parse_args()
    with process("benchmarks.limiter", "--rate", str(given.rate), told=True) as server:
        assert server.stdout
        api = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        refused, cpu = asyncio.run(send(api, given.rate, given.people))
        speed = steady(report(api)["passed"])
    print(
        f"plain loop, limit {given.rate}/s: {speed:.1f}/s = {speed / given.rate:.3f} of it; "
        f"{refused} refused; {cpu:,.0f} us CPU a message"
    )


if __name__ == "__main__":
    main()
