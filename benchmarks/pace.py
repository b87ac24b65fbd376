"""How near to a platform's limit notices are sent, and what answers wait meanwhile.

`python -m benchmarks.pace [--rate 30] [--seconds 20] [--processes 1] [--talk 0] [--postgres]`;
see README.md here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from sqlalchemy import func, insert, select

from benchmarks.limiter import TALKERS
from benchmarks.pacer import KIND
from benchmarks.stores import opened
from storage import schema
from storage.database import Database
from storage.models import (
    Account,
    AccountPerson,
    Conversation,
    Notice,
    NoticeState,
    Person,
    Position,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

ROOT = Path(__file__).parent.parent
# Seconds of talk without a broadcast, for comparison; seconds at both ends that are not counted.
IDLE, MARGIN = 8.0, 1.5


def settle(db: Connection, people: int) -> None:
    """Everybody has an account and has talked before; the first few talk again."""
    schema.upgrade(db)
    now = datetime.now(UTC)
    everyone = range(1, people + TALKERS + 1)
    db.execute(
        insert(Person),
        [
            {"id": each, "full_name": "Nguyễn Thị Bình", "sort_key": "binh", "folded": "binh",
             "nickname": "", "position": Position.TEACHER, "source": Source.ROSTER,
             "verified_at": now}
            for each in everyone
        ],
    )  # fmt: skip
    db.execute(
        insert(Account),
        [
            {"id": each, "channel": "telegram", "address": str(each), "language": "vi",
             "person_id": each, "reachable": True, "code_failures": 0, "created_at": now}
            for each in everyone
        ],
    )  # fmt: skip
    db.execute(
        insert(AccountPerson),
        [{"account_id": each, "person_id": each, "since": now} for each in everyone],
    )
    db.execute(
        insert(Conversation),
        [
            {"account_id": each, "screen": 0, "step": "", "data": {}, "choices": {},
             "newest": False, "heard": [], "answering": "", "answer": {}}
            for each in everyone
        ],
    )  # fmt: skip


def owe(db: Connection, people: int) -> None:
    """Everybody who does not talk is owed a notice, by day and by night."""
    now = datetime.now(UTC)
    db.execute(
        insert(Notice),
        [
            {"key": f"k{each}", "kind": KIND, "person_id": each, "subject_id": 1, "data": {},
             "due_at": now, "urgent": True, "state": NoticeState.OWED, "reason": "", "block": 0,
             "choices": {}}
            for each in range(TALKERS + 1, people + TALKERS + 1)
        ],
    )  # fmt: skip


async def turn(url: str, work: Any) -> None:
    async with Database.open(url) as database:
        await database.turn(work)


async def states(url: str) -> dict[str, int]:
    """How many notices are in which state."""
    found = select(Notice.state, func.count()).group_by(Notice.state)
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


def report(api: str) -> dict[str, Any]:
    with urlopen(f"{api}/report") as response:  # noqa: S310 - our own server, by its number
        return json.load(response)


def steady(passed: list[float]) -> float:
    """Messages a second between the margins."""
    begin, end = passed[0] + MARGIN, passed[-1] - MARGIN
    inside = sum(begin <= at < end for at in passed)
    return inside / (end - begin)


def p95(waits: list[float]) -> float:
    """The time in milliseconds that 95 of 100 do not exceed."""
    return statistics.quantiles(waits, n=20)[-1] * 1000 if len(waits) > 20 else float("nan")


def measure(url: str, given: argparse.Namespace) -> dict[str, Any]:
    """One run: talk alone, then a full-rate send beside it."""
    people = int(given.rate * given.seconds)
    asyncio.run(turn(url, lambda db: settle(db, people)))
    limiter = ("benchmarks.limiter", "--rate", str(given.rate), "--talk", str(given.talk))
    with ExitStack() as stack:
        server = stack.enter_context(process(*limiter, told=True))
        assert server.stdout
        api = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        orders = {"url": url, "api": api, "rate": given.rate}
        workers: list[subprocess.Popen[str]] = []
        for number in range(given.processes):
            first = "web clock" if given.apart else "web sender clock"
            roles = "sender" if number else first
            words = json.dumps({**orders, "roles": roles, "number": number})
            worker = "benchmarks.bare" if given.bare else "benchmarks.pacer"
            workers.append(stack.enter_context(process(worker, words)))
        time.sleep(5)
        warm = len(report(api)["answers"])
        time.sleep(IDLE if given.talk else 0)
        idle = report(api)["answers"][warm:]
        asyncio.run(turn(url, lambda db: owe(db, people)))
        begun, before = time.monotonic(), times(workers)
        limit = begun + 4 * given.seconds + 30
        while len((told := report(api))["passed"]) < people and time.monotonic() < limit:
            time.sleep(0.5)
        busy = [after - first for after, first in zip(times(workers), before, strict=True)]
    ends = asyncio.run(states(url))
    first, last = told["passed"][0], told["passed"][-1]
    during = [wait for wait, at in zip(told["answers"], told["answered_at"], strict=True)
              if first <= at <= last]  # fmt: skip
    return {
        "told": told, "idle": idle, "during": during, "ends": ends, "people": people,
        "cpu": sum(busy) / people * 1e6, "spoken": len(during) / (last - first),
    }  # fmt: skip


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
    parser.add_argument("--bare", action="store_true", help="the pace alone, without notices")
    parser.add_argument("--postgres", action="store_true", help="in place of SQLite")
    given = parser.parse_args()
    with opened(1, postgres=given.postgres) as store:
        url = store.uri if given.postgres else f"sqlite:///{store.folder / 'pace.db'}"
        found = measure(url, given)
    told = found["told"]
    speed = steady(told["passed"])
    whole = speed + found["spoken"]
    print(
        f"{store.label}, {given.processes} process(es), limit {given.rate:g}/s: "
        f"{speed:.1f}/s = {speed / given.rate:.3f} of it, "
        f"with {found['spoken']:.1f} answers/s {whole / given.rate:.3f}; "
        f"{told['refused']} refused; {told['chats']} of {found['people']} chats, most "
        f"{told['most']}; {found['cpu']:,.0f} us CPU a message; {found['ends']}"
    )
    if given.talk:
        idle, during = p95(found["idle"]), p95(found["during"])
        print(f"answers p95: idle {idle:.0f} ms, during {during:.0f} ms = {during / idle:.2f}"
              f" ({len(found['idle'])} and {len(found['during'])})")  # fmt: skip


if __name__ == "__main__":
    main()
