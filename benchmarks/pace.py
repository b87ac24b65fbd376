"""How near to a platform's limit notices are sent, and what answers wait meanwhile.

`python -m benchmarks.pace [--rate 30] [--seconds 20] [--processes 1] [--talk 0] [--postgres]
[--what announcement]`;
see README.md here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from sqlalchemy import func, select

from benchmarks import crowd
from benchmarks.measure import ZONE
from benchmarks.stores import opened
from storage.barriers import KIND
from storage.database import Database
from storage.models import Notice

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parent.parent
# Seconds of talk without a broadcast, for comparison; seconds at both ends that are not counted.
IDLE, MARGIN = 12.0, 1.5


async def turn(url: str, work: Any) -> None:
    async with Database.open(url) as database:
        await database.turn(work)


async def states(url: str) -> dict[str, int]:
    """How many notices are in which state."""
    mine = Notice.kind.in_((KIND, crowd.KIND))
    found = select(Notice.state, func.count()).where(mine).group_by(Notice.state)
    async with Database.open(url) as database:
        rows = await database.read(lambda db: db.execute(found).all())
    return {row[0].value: row[1] for row in rows}


@contextmanager
def process(*words: str, told: bool = False) -> Generator[subprocess.Popen[str]]:
    """A process of our own, ended at the end."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", *words], cwd=ROOT, text=True,
        stdout=subprocess.PIPE if told else None,
    ) as running:  # fmt: skip
        try:
            yield running
        finally:
            running.terminate()
            running.wait(30)


def report(api: str, what: str = "report") -> Any:
    with urlopen(f"{api}/{what}") as response:  # noqa: S310 - our own server, by its number
        return json.load(response)


def steady(passed: list[float]) -> float:
    """Messages a second between the margins."""
    begin, end = passed[0] + MARGIN, passed[-1] - MARGIN
    inside = sum(begin <= at < end for at in passed)
    return inside / (end - begin)


def lasting(passed: list[float], rate: float) -> float:
    """The same at least, without what a full bucket may have added: half a second of the limit."""
    return steady(passed) - rate / 2 / (passed[-1] - passed[0] - 2 * MARGIN)


def share(waits: list[float], percent: int) -> float:
    """The time in milliseconds that so many of 100 do not exceed."""
    if len(waits) <= 20:
        return float("nan")
    return statistics.quantiles(waits, n=100)[percent - 1] * 1000


def measure(url: str, given: argparse.Namespace) -> dict[str, Any]:
    """One run: talk alone, then a full-rate send beside it."""
    people = int(given.rate * given.seconds)
    ahead = crowd.ahead()
    asyncio.run(turn(url, lambda db: crowd.settle(db, people, datetime.now(ZONE) + ahead)))
    limiter = ("benchmarks.limiter", "--rate", str(given.rate), "--talk", str(given.talk),
               "--ahead", str(ahead.total_seconds()))  # fmt: skip
    with ExitStack() as stack:
        server = stack.enter_context(process(*limiter, told=True))
        assert server.stdout
        api = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        orders = {"url": url, "api": api, "rate": given.rate, "what": given.what,
                  "people": people, "ahead": ahead.total_seconds()}  # fmt: skip
        workers: list[subprocess.Popen[str]] = []
        for number in range(given.processes):
            first = "web clock" if given.apart else "web sender clock"
            roles = "sender" if number else first
            words = json.dumps({**orders, "roles": roles, "number": number})
            worker = "benchmarks.bare" if given.bare else "benchmarks.pacer"
            workers.append(stack.enter_context(process(worker, words, told=not given.bare)))
        settled(api, workers, talks=given.talk > 0)
        warm = len(report(api)["answers"])
        time.sleep(IDLE if given.talk else 0)
        alone = report(api)
        idle = alone["answers"][warm:]
        begun, before, small = time.monotonic(), times(workers), memory(workers)
        if not given.bare:
            workers[0].send_signal(signal.SIGUSR1)
        limit = begun + 4 * given.seconds + 60
        while report(api, "progress") < people and time.monotonic() < limit:
            time.sleep(0.5)
        busy = [after - first for after, first in zip(times(workers), before, strict=True)]
        time.sleep(2)
        large, told = memory(workers), report(api)
    ends = asyncio.run(states(url))
    first, last = told["passed"][0], told["passed"][-1]
    during = [wait for wait, at in zip(told["answers"], told["answered_at"], strict=True)
              if first <= at <= last]  # fmt: skip
    return {
        "told": told, "refused": told["refused"] - alone["refused"], "idle": idle,
        "during": during, "ends": ends, "people": people,
        "cpu": sum(busy) / people * 1e6, "spoken": len(during) / (last - first),
        "memory": (max(small), max(large)),
    }  # fmt: skip


def settled(api: str, workers: list[subprocess.Popen[str]], *, talks: bool) -> None:
    """Return when all have started, and what people said meanwhile is answered."""
    for worker in workers:
        if worker.stdout:
            assert worker.stdout.readline() == "ready\n"
    time.sleep(3)
    limit = time.monotonic() + 60
    while talks and time.monotonic() < limit:
        lately = report(api)["answers"][-10:]
        if len(lately) == 10 and max(lately) < 0.5:
            return
        time.sleep(1)


def memory(workers: list[subprocess.Popen[str]]) -> list[float]:
    """The most megabytes each has ever had in memory."""
    found: list[float] = []
    for worker in workers:
        lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        found.append(int(peak.split()[1]) / 1024)
    return found


def times(workers: list[subprocess.Popen[str]]) -> list[float]:
    """Seconds of processor each has used."""
    ticks = os.sysconf("SC_CLK_TCK")
    found: list[float] = []
    for worker in workers:
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
        found.append((int(fields[11]) + int(fields[12])) / ticks)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=30, help="the platform's limit a second")
    parser.add_argument("--seconds", type=float, default=20, help="messages for so long")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--talk", type=float, default=0, help="messages a second from people")
    parser.add_argument("--apart", action="store_true", help="the first process sends nothing")
    parser.add_argument(
        "--what", default="announcement", choices=("announcement", "course", "synthetic"),
        help="a confirmed announcement; one with two choices; notices whose words cost nothing",
    )  # fmt: skip
    parser.add_argument("--bare", action="store_true", help="the pace alone, without notices")
    parser.add_argument("--postgres", action="store_true", help="in place of SQLite")
    given = parser.parse_args()
    with opened(1, postgres=given.postgres) as store:
        url = store.uri if given.postgres else f"sqlite:///{store.folder / 'pace.db'}"
        found = measure(url, given)
    told, (small, large) = found["told"], found["memory"]
    speed = steady(told["passed"])
    whole = speed + found["spoken"]
    print(
        f"{given.what}, {store.label}, {given.processes} process(es), limit {given.rate:g}/s: "
        f"{speed:.1f}/s = {speed / given.rate:.3f} of it "
        f"(at least {lasting(told['passed'], given.rate) / given.rate:.3f} without the burst), "
        f"with {found['spoken']:.1f} answers/s {whole / given.rate:.3f}; "
        f"{found['refused']} refused; {told['chats']} of {found['people']} chats, most "
        f"{told['most']}; {found['cpu']:,.0f} us CPU a message; {found['ends']}; "
        f"memory {small:.1f} MB before, {large:.1f} at most; load {os.getloadavg()[0]:.1f}"
    )
    if given.talk:
        for percent in (50, 95):
            idle, during = (share(found[when], percent) for when in ("idle", "during"))
            counts = f"{len(found['idle'])} and {len(found['during'])}"
            print(
                f"answers p{percent}: idle {idle:.1f} ms, during {during:.1f} ms = "
                f"{during / idle:.2f} ({counts})"
            )


if __name__ == "__main__":
    main()
