"""Everybody takes at once: the pace holds, on both databases, and the lock is why."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.util import await_only

from storage import channels, dispatch, outbox, paces, sheaves
from storage.channels import Terms
from storage.database import Database
from storage.models import Account, AccountPerson, Person, Position, Source
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

LIMIT = 100.0
FIRST = int(LIMIT * 0.995 / 2)


async def at_once(url: str, count: int) -> int:
    """So many takers of ten each, over three processes' worth of connections."""
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(Database.open(url)) for _ in range(3)]

        def take(db: Connection) -> int:
            return paces.take(db, "telegram", MONDAY, 10, LIMIT).count

        return sum(await asyncio.gather(*(doors[n % 3].turn(take) for n in range(count))))


async def test_takers_together_get_what_one_would(url: str):
    assert await at_once(url, 30) == FIRST


async def test_without_the_lock_they_get_more(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    async with Database.open(postgres_url) as database:
        await database.turn(lambda db: paces.take(db, "telegram", MONDAY, 0, LIMIT))
    monkeypatch.setattr(paces, "LOCKED", paces.OF_ACCOUNT)
    assert await at_once(postgres_url, 60) > FIRST


def settle(db: Connection) -> None:
    """Ninety people on Telegram, each owed a notice."""
    channels.open_channel(db, "telegram", Terms(rate=LIMIT), MONDAY)
    for number in range(1, 91):
        db.execute(
            Person.__table__.insert().values(
                id=number, full_name="Lan", sort_key="lan", folded="lan", nickname="",
                position=Position.TEACHER, source=Source.ROSTER, verified_at=MONDAY,
            )
        )  # fmt: skip
        db.execute(
            Account.__table__.insert().values(
                id=number, channel="telegram", address=str(number), language="vi",
                person_id=number, reachable=True, code_failures=0, created_at=MONDAY,
            )
        )  # fmt: skip
        db.execute(
            AccountPerson.__table__.insert().values(
                account_id=number, person_id=number, since=MONDAY
            )
        )
        outbox.owe(db, "plain", key=f"k{number}", subject_id=1, person_id=number, due_at=MONDAY)


async def test_what_is_in_hand_is_claimed_by_nobody_while_its_words_are_made(postgres_url: str):
    """However long that takes: the lease may end meanwhile."""
    late = MONDAY + 2 * outbox.LEASE
    async with Database.open(postgres_url) as one, Database.open(postgres_url) as other:
        await one.turn(settle)
        owed = await one.turn(lambda db: outbox.claim(db, MONDAY, 5))

        def work(db: Connection) -> tuple[int, int]:
            sheaf = sheaves.gather(db, owed, MONDAY)
            stolen = await_only(other.turn(lambda db: outbox.claim(db, late, 90)))
            return len(sheaf.owed), len({one.id for one in stolen} & set(sheaf.owed))

        assert await one.turn(work) == (5, 0)
        assert len(await other.turn(lambda db: outbox.claim(db, late, 90))) == 5


async def test_processes_share_what_is_granted_and_claim_each_notice_once(url: str):
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(Database.open(url)) for _ in range(3)]
        await doors[0].turn(settle)
        await doors[0].turn(lambda db: dispatch.route(db, MONDAY))
        claimed: list[int] = []
        for now, together in ((MONDAY, FIRST), (MONDAY + timedelta(seconds=0.5), 90)):
            looks = await asyncio.gather(
                *(door.turn(lambda db, now=now: dispatch.look(db, now, 20)) for door in doors * 3)
            )
            claimed += [one.id for look in looks for one in look.owed]
            assert len(claimed) == together
        assert len(set(claimed)) == len(claimed)
