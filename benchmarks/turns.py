"""Turns per second with a committed registration, by polling: ours beside the plain stack.

`python -m benchmarks.turns [--people 3000] [--reps 5] [--postgres]`; see README.md here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.measure import Orders
from benchmarks.stores import check, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from benchmarks.stores import Postgres, Sqlite

ROOT = Path(__file__).parent.parent
STACKS = ("ours", "plain")
BOT, OTHERS = 0, 1  # the core of the bot; the core of everything it talks to
Run = dict[str, float]
WARM = 200
COUNTED = 200  # turns of the run that counts statements, whose time is not taken
LIMIT = 180  # seconds one run may last


@contextmanager
def telegram(updates: Path, first: int) -> Generator[str]:
    """The address of a fake Bot API in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.server", updates, "--first", str(first),
               "--core", str(OTHERS)]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own server
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Contest:
    """Both stacks, the databases they work in, and the presses they answer."""

    store: Sqlite | Postgres
    updates: Path

    def run(self, stack: str, turns: int, *, count: bool = False) -> Run:
        """One run of one stack in a process of its own; fails unless it did all of its work."""
        url = self.store.fresh()
        with telegram(self.updates, turns) as api:
            orders = Orders(url, api, 0 if count else WARM, turns, BOT, count)
            command = [sys.executable, "-m", f"benchmarks.{stack}", json.dumps(asdict(orders))]
            done = subprocess.run(  # noqa: S603 - our own worker
                command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, timeout=LIMIT
            )
            with urlopen(f"{api}/report") as response:  # noqa: S310 - our own server, by its number
                answers = json.load(response)
        expected = {"answered": turns, "most": 1, "settled": turns, "most_settled": 1}
        assert {key: answers[key] for key in expected} == expected, (stack, answers)
        asyncio.run(check(url, turns))
        self._compare(stack, turns, answers)
        return json.loads(done.stdout)

    def pair(self, turns: int) -> dict[str, Run]:
        """One run of each stack, one right after the other."""
        return {stack: self.run(stack, turns) for stack in STACKS}

    def _compare(self, stack: str, turns: int, answers: dict[str, object]) -> None:
        """Every run has to say the same words under the same buttons as the first one."""
        kept = self.updates.with_suffix(f".{turns}")
        if not kept.exists():
            kept.write_text(json.dumps(answers))
        first = json.loads(kept.read_text())
        assert first["digest"] == answers["digest"], (stack, first["example"], answers["example"])


def within(seconds: float, most: int, pair: Callable[[], dict[str, Run]]) -> list[dict[str, Run]]:
    """At most so many pairs; none is begun that would not end in time, except the first."""
    begun = time.monotonic()
    pairs = [pair()]
    while len(pairs) < most:
        spent = time.monotonic() - begun
        if spent + spent / len(pairs) > seconds:
            break
        pairs.append(pair())
    return pairs


def table(runs: dict[str, list[Run]], counted: dict[str, Run]) -> str:
    """The figures of both stacks, median and from the least to the most."""
    lines = [f"{'':8}{'turns/s':>24}{'CPU us/turn':>24}{'statements/turn':>18}"]
    for stack in STACKS:
        speed = spread([run["per_second"] for run in runs[stack]])
        cpu = spread([run["cpu"] for run in runs[stack]])
        lines.append(f"{stack:8}{speed:>24}{cpu:>24}{counted[stack]['statements']:>18.1f}")
    return "\n".join(lines)


def spread(values: list[float], form: str = ",.0f") -> str:
    """ "1,234 [1,200-1,300]"."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:{form}} [{least:{form}}-{most:{form}}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=150, help="begin no pair after these")
    parser.add_argument("--postgres", action="store_true", help="in place of SQLite")
    given = parser.parse_args()
    with opened(OTHERS, postgres=given.postgres) as store:
        updates = store.folder / "updates"
        updates.write_bytes(b"\n".join(store.build(given.people + WARM)))
        contest = Contest(store, updates)
        counted = {stack: contest.run(stack, COUNTED, count=True) for stack in STACKS}
        pairs = within(given.seconds, given.reps, lambda: contest.pair(given.people + WARM))
    runs = {stack: [pair[stack] for pair in pairs] for stack in STACKS}
    ratios = [pair["ours"]["per_second"] / pair["plain"]["per_second"] for pair in pairs]
    print(f"{given.people} people, {len(pairs)} pairs of runs, {store.label}\n")
    print(table(runs, counted))
    print("\nEveryone has one committed seat and one answer, the same words in both.")
    print(f"ours/plain = {statistics.median(ratios):.1f} times, pairs {spread(ratios, '.1f')}")


if __name__ == "__main__":
    main()
