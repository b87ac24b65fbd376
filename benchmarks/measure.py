"""What both stacks have in common: their orders, their stopwatch, their counting of statements."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TOKEN = "1:benchmark"
COURSE = 1
CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "PRAGMA")


@dataclass(frozen=True, slots=True)
class Orders:
    """What one run of one stack is told. The first `warm` of `total` turns are not measured."""

    url: str
    api: str
    warm: int
    total: int
    core: int
    count: bool


class Stopwatch:
    """Seconds of wall clock and processor from the end of the warm-up to the last turn."""

    def __init__(self, orders: Orders) -> None:
        self.finished = asyncio.Event()
        self._orders = orders
        self._turns = 0
        self._begun = self._ended = (0.0, 0.0)

    def done(self, turns: int) -> None:
        """So many more turns are committed, spoken, and noted as spoken."""
        self._turns += turns
        if self._turns == self._orders.warm:
            self._begun = _now()
        if self._turns == self._orders.total:
            self._ended = _now()
            self.finished.set()

    def report(self) -> dict[str, float]:
        """Turns per second and processor time per turn in microseconds."""
        turns = self._orders.total - self._orders.warm
        seconds, cpu = (
            after - before for before, after in zip(self._begun, self._ended, strict=True)
        )
        return {"per_second": turns / seconds, "cpu": cpu / turns * 1e6}


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


class Statements:
    """Counts what is sent to the database, the words that only begin or end something apart."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        event.listen(Engine, "before_cursor_execute", self._see)

    def _see(self, _db: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.seen[" ".join(statement.split())] += 1

    def per_turn(self, turns: int) -> float:
        """Statements per turn without those that only frame a transaction."""
        work = {text: n for text, n in self.seen.items() if not text.startswith(CONTROL)}
        return sum(n for n in work.values() if n >= turns // 2) / turns


def pin(core: int) -> None:
    """Keep this process, and the threads it will start, on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        available = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {available[core % len(available)]})


def main(run: Callable[[Orders, Stopwatch], Coroutine[Any, Any, None]]) -> None:
    """Carry out the orders of the command line and print the report as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("orders")
    orders = Orders(**json.loads(parser.parse_args().orders))
    pin(orders.core)
    statements = Statements() if orders.count else None

    async def measured() -> dict[str, float]:
        stopwatch = Stopwatch(orders)
        await run(orders, stopwatch)
        return stopwatch.report()

    report = asyncio.run(measured())
    if statements:
        report["statements"] = statements.per_turn(orders.total)
    print(json.dumps(report))
