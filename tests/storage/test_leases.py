"""Who has a late answer or an undelivered notice in hand, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from storage import conversations, outbox, returns
from storage.models import Conversation, Notice, NoticeState
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.database import Database


async def one(either: Database) -> int:
    """One person's account, whose last answer was not spoken."""

    def write(db: Connection) -> int:
        rows.school(db)
        rows.people(db, 1)
        account_id = rows.account(db, "1000", 1)
        conversations.enter(db, "telegram", "1000", language="vi", now=MONDAY)
        db.execute(update(Conversation).values(answering="m1", unspoken_since=MONDAY))
        return account_id

    return await either.turn(write)


async def test_a_late_answer_is_in_one_hand_at_a_time(either: Database):
    await one(either)
    now = MONDAY + timedelta(minutes=1)

    async def late(now: datetime) -> list[conversations.Unspoken]:
        return await either.read(lambda db: conversations.unspoken(db, now, now))

    (found,) = await late(now)
    taken = await asyncio.gather(
        *(either.turn(lambda db: conversations.lease(db, found, now, now)) for _ in range(5))
    )
    assert sorted(taken) == [False, False, False, False, True]
    assert await late(now) == []
    after = now + conversations.LEASE + timedelta(seconds=1)
    assert await late(after) == [found]
    await either.turn(lambda db: conversations.spoken(db, found.account_id, "m1", now))
    assert not await either.turn(lambda db: conversations.lease(db, found, after, after))


async def test_a_notice_put_off_lost_and_owed_again(either: Database):
    account_id = await one(either)

    async def kept() -> Row[Any]:
        return await either.read(lambda db: db.execute(select(Notice.__table__)).one())

    def send(db: Connection) -> None:
        outbox.owe(db, "claim", key="k", subject_id=1, person_id=1, due_at=MONDAY)
        (owed,) = outbox.claim(db, MONDAY)
        addressed = outbox.addressed(
            owed.id, account_id=account_id, channel="telegram", cost=0, block=1,
            choices={"11": "menu"}, now=MONDAY,
        )  # fmt: skip
        outbox.address(db, [addressed])

    await either.turn(send)
    late = MONDAY.replace(hour=22)
    notice = (await kept()).id
    await either.turn(lambda db: outbox.postpone(db, notice, late, maybe_sent=True))
    put_off = await kept()
    assert put_off.due_at == MONDAY.replace(hour=6) + timedelta(days=1)
    assert (put_off.block, put_off.tried, put_off.sent_at) == (1, True, MONDAY)

    await either.turn(lambda db: outbox.postpone(db, notice, late, maybe_sent=False))
    unsent = await kept()
    assert (unsent.block, unsent.tried, unsent.sent_at, unsent.choices) == (0, False, None, {})

    await either.turn(lambda db: returns.lost(db, notice, account_id, MONDAY))
    assert ((await kept()).state, (await kept()).reason) == (NoticeState.FAILED, "unreachable")

    await either.turn(lambda db: returns.come_back(db, account_id, MONDAY))
    again = await kept()
    assert (again.state, again.reason, again.due_at) == (NoticeState.OWED, "", MONDAY)
