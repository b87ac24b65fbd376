"""Random and spoilt updates through the webhook of the running program: it answers, and goes on."""

from __future__ import annotations

import asyncio
import io
import json
import random
import sqlite3
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.simulator import Simulator
from bot.web import LARGEST
from handlers.understand import CALM, MOST
from storage.models import Position
from tests.soak import invariants, province
from tests.soak.mutations import Mutations, garbage
from tests.soak.people import Crowd
from tests.soak.process import HOOK, SECRET, Process

if TYPE_CHECKING:
    from pathlib import Path

    from bot.simulator.telegram_phone import Phone
    from tests.soak.people import Doing
    from tests.soak.province import Somebody

UPDATES = 100_000
WORKERS = 16
SCHOOLS = 12
HEADER = "X-Telegram-Bot-Api-Secret-Token"
SPOKEN = {"sendMessage", "editMessageText", "sendVenue", "sendDocument"}
TOO_LARGE = b'{"update_id": 1, "x": "' + b"a" * LARGEST + b'"}'
KEYBOARD = "…"  # only takes the contact keyboard away, and is deleted at once
PATIENCE = 30.0
MARGIN = 1.0  # seconds by which the clocks of two processes may seem to differ


class Ear:
    """Counts what was said in each chat; a message that stands there already counts as said."""

    def __init__(self, simulator: Simulator) -> None:
        self._note = simulator.journal.call
        self._counts: Counter[str] = Counter()
        self._news: dict[str, asyncio.Event] = {}
        simulator.journal.call = self._call  # type: ignore[method-assign]
        self.refused: Counter[str] = Counter()

    def _call(self, **call: Any) -> None:
        if call["method"] in SPOKEN and call["parameters"].get("text") != KEYBOARD:
            same = "message is not modified" in call["description"]
            if call["status"] == 200 or same:
                self._counts[call["chat"]] += 1
                if news := self._news.get(call["chat"]):
                    news.set()
            else:
                self.refused[f"{call['status']} {call['description']}"] += 1
        self._note(**call)

    def heard(self, phone: Phone) -> int:
        return self._counts[str(phone.id)]

    async def more(self, phone: Phone, than: int) -> None:
        """Return when more was said than that; raises TimeoutError."""
        news = self._news[str(phone.id)] = asyncio.Event()
        async with asyncio.timeout(PATIENCE):
            while self.heard(phone) <= than:
                news.clear()
                await news.wait()


class Fuzz:
    """Everybody at once; `failures` are lines with ids, kinds and statuses."""

    def __init__(
        self, rng: random.Random, simulator: Simulator, process: Process, path: Path, total: int
    ) -> None:
        self.rng = rng
        self.left = total
        self.silences = 0
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self.ear = Ear(simulator)
        self.crowd = Crowd(simulator, rng, cast_of(path, rng))
        self._process = process
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        self._reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        self._ids = iter(range(1, 10**9))

    async def close(self) -> None:
        await self._session.close()
        self._reader.close()

    async def run(self) -> None:
        """Split the phones among the workers: a phone's person does one thing at a time."""
        phones = list(self.crowd.phones)
        self.rng.shuffle(phones)
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(self._work(phones[number::WORKERS]))

    async def _work(self, phones: list[Phone]) -> None:
        own = tuple(phone.id for phone in phones)
        mutations = Mutations(self.rng, own)
        while self.left > 0 and len(self.failures) < 20:
            phone = self.rng.choice(phones)
            roll = self.rng.random()
            if roll < 0.66:
                await self._valid(phone)
            elif roll < 0.69:
                await self._together(phone)
            elif roll < 0.72:
                await self._again(phone)
            elif roll < 0.94:
                doing = await self.crowd.act(phone)
                body = mutations.spoil(self._numbered(doing)[0])
                await self._post("spoilt", body, {200, 400})
            else:
                await self._refusable(phone)

    async def _valid(self, phone: Phone) -> None:
        """One thing, and its answer."""
        doing = await self.crowd.act(phone)
        for update in self._numbered(doing):
            before = self.ear.heard(phone)
            if await self._post("valid", json.dumps(update).encode(), {200}) and doing.spoken_to:
                await self._answered(phone, update, before, doing)

    async def _answered(
        self, phone: Phone, update: dict[str, Any], before: int, doing: Doing
    ) -> None:
        message_id = f"u{update['update_id']}"
        row = self._conversation(phone)
        kind = next(iter(update.keys() - {"update_id"}))
        if row is None or message_id not in json.loads(row["heard"]):
            self.failures.append(f"{message_id} ({kind}): not taken")
        elif row["answering"] != message_id:
            self.silences += 1
            if not (doing.courtesy or flooded(row)):
                what = sorted(update.get("message", update.get("callback_query", {})))
                self.failures.append(f"{message_id} ({kind} {what}): silence")
        else:
            try:
                await self.ear.more(phone, before)
            except TimeoutError:
                self.failures.append(f"{message_id} ({kind}): the answer was not said")

    async def _together(self, phone: Phone) -> None:
        """A double tap, two phones at once: several things before any answer."""
        updates: list[dict[str, Any]] = []
        doing = await self.crowd.act(phone)
        for _ in range(self.rng.choice((2, 2, 3, 4))):
            updates += self._numbered(doing)
            if self.rng.random() < 0.5:
                doing = await self.crowd.act(phone)
        posts = [self._post("together", json.dumps(one).encode(), {200}) for one in updates]
        await asyncio.gather(*posts)

    async def _again(self, phone: Phone) -> None:
        """The same update twice or more, at once or later: one turn."""
        doing = await self.crowd.act(phone)
        for update in self._numbered(doing):
            row = self._conversation(phone)
            before = row["screen"] if row else 0
            body = json.dumps(update).encode()
            await asyncio.gather(*(self._post("again", body, {200}) for _ in range(2)))
            await self._post("again", body, {200})
            after = self._conversation(phone)
            if after and after["screen"] > before + 1:
                self.failures.append(f"u{update['update_id']}: answered twice")

    async def _refusable(self, phone: Phone) -> None:
        """What the route does not take: a wrong secret, no JSON, too much of it."""
        update = self._numbered(await self.crowd.act(phone))[0]
        body = json.dumps(update).encode()
        before = self._conversation(phone)
        roll = self.rng.random()
        if roll < 0.4:
            wrong = (
                None,
                "",
                "x",
                SECRET[:-1],
                f"{SECRET} x",
                SECRET.upper(),
                "đ" * 20,
                "x" * 4000,
            )
            await self._post("secret", body, {403}, secret=self.rng.choice(wrong))
        elif roll < 0.97:
            await self._post("no JSON", garbage(self.rng, update), {400})
        else:
            await self._post("too large", TOO_LARGE, set())
        if self._conversation(phone) != before:
            self.failures.append("something that was refused changed a conversation")

    def _numbered(self, doing: Doing) -> list[dict[str, Any]]:
        return [{"update_id": next(self._ids), **update} for update in doing.updates]

    async def _post(
        self, kind: str, body: bytes, allowed: set[int], secret: str | None = SECRET
    ) -> bool:
        self.left -= 1
        self.counts[kind] += 1
        headers = {} if secret is None else {HEADER: secret}
        large = len(body) > LARGEST
        allowed = {413} if large and secret == SECRET else allowed
        data = io.BytesIO(body) if large else body
        try:
            async with self._session.post(self._process.hook, data=data, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            # The server hangs up on whoever goes on sending.
            if not large or not self._process.alive:
                self.failures.append(f"{kind}: {type(error).__name__}")
            return False
        self.statuses[status] += 1
        if status not in allowed:
            self.failures.append(f"{kind}: {status} {body[:300]!r}")
        return status == 200

    def _conversation(self, phone: Phone) -> dict[str, Any] | None:
        found = self._reader.execute(
            "SELECT c.screen, c.answering, c.heard, c.data FROM conversations c"
            " JOIN accounts a ON a.id = c.account_id WHERE a.address = ?",
            (str(phone.id),),
        ).fetchone()
        return (
            dict(zip(("screen", "answering", "heard", "data"), found, strict=True))
            if found
            else None
        )


def flooded(row: dict[str, Any]) -> bool:
    """Whether the last moments held as many answers to nonsense as may be (product.md)."""
    now = province.now().timestamp()
    recent = [
        at for text in json.loads(row["data"]).get("unknown", [])
        if now - (at := moment(text)) < CALM.total_seconds() + MARGIN
    ]  # fmt: skip
    return len(recent) >= MOST


def moment(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def cast_of(path: Path, rng: random.Random) -> list[Somebody]:
    """Everybody of some schools, and the officers."""
    everybody = province.on_file(path, province.people)
    schools = {1, 3, *rng.sample(range(4, 124), SCHOOLS)}
    return [
        one for one in everybody
        if one.school_id in schools or one.position is Position.OFFICER
    ]  # fmt: skip


@pytest.mark.soak
async def test_updates_of_every_kind(tmp_path: Path):
    seed, total = province.seed(), province.count("SOAK_UPDATES", UPDATES)
    rng = random.Random(seed)
    path = tmp_path / "t.db"
    province.build(path)
    async with Simulator(limits=None) as simulator:
        process = Process(tmp_path, simulator, f"sqlite:///{path}", webhook=True)
        async with process:
            assert process.hook.endswith(HOOK)
            fuzz = Fuzz(rng, simulator, process, path, total)
            memory, began = process.memory, time.monotonic()
            try:
                await fuzz.run()
                seconds = time.monotonic() - began
                await process.ready()
                memory = (memory, process.memory)
                await quiet(process)
            finally:
                await fuzz.close()
            assert process.alive
            status = await process.stop()
        accounts, registered = province.on_file(path, figures)
    print(  # noqa: T201 - figures are what this run is for
        f"\nfuzz: seed {seed}, {sum(fuzz.counts.values())} updates in {seconds:.0f} s"
        f" = {sum(fuzz.counts.values()) / seconds:.0f}/s; {dict(fuzz.counts)};"
        f" statuses {dict(fuzz.statuses)}; silences {fuzz.silences};"
        f" refused by the platform {dict(fuzz.ear.refused)};"
        f" {len(fuzz.crowd.phones)} phones, {accounts} accounts, registrations {registered};"
        f" memory {memory[0]} -> {memory[1]} MiB;"
        f" unreadable {sum('is unreadable' in line for line in process.said())}"
    )
    assert not fuzz.failures, (seed, fuzz.failures)
    assert not process.alarms(), (seed, process.alarms()[:20])
    assert not [line for line in process.said() if "not spoken" in line], seed
    assert status == 0
    broken = province.on_file(path, lambda db: invariants.broken(db, province.now()))
    assert not broken, (seed, broken)
    assert sum(fuzz.counts.values()) >= total


async def quiet(process: Process) -> None:
    """Wait until nothing was sent for some seconds, while the clock goes on."""
    await asyncio.sleep(8)
    assert process.alive


def figures(db: Any) -> tuple[int, dict[str, int]]:
    from sqlalchemy import func, select

    from storage.models import Account, Registration

    accounts = db.execute(select(func.count()).select_from(Account)).scalar_one()
    rows = db.execute(select(Registration.standing, func.count()).group_by(Registration.standing))
    return accounts, {standing.value: count for standing, count in rows}
