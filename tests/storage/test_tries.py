"""Wrong codes: longer and longer pauses of one account, and a bound over all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import conversations, personal_codes, tries
from storage.models import AuditEntry, WrongCodes
from storage.personal_codes import Tried
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.conversations import Talk
    from storage.database import Database

WRONG = "11111111"


def account(db: Connection, address: str = "77") -> Talk:
    return conversations.enter(db, "telegram", address, language="vi", now=MONDAY)


async def test_each_pause_is_longer_than_the_one_before(database: Database) -> None:
    def work(db: Connection) -> None:
        now, pauses = MONDAY, list[timedelta]()
        for _ in range(4):
            tried = [personal_codes.attempt(db, account(db), WRONG, now) for _ in range(5)]
            found = tried[-1]
            assert found.until
            again = personal_codes.attempt(db, account(db), WRONG, found.until - timedelta(1e-5))
            assert again.outcome is Tried.PAUSED
            pauses.append(found.until - now)
            now = found.until
        assert pauses == [
            timedelta(minutes=30), timedelta(hours=2), timedelta(days=1), timedelta(days=1),
        ]  # fmt: skip

    await database.turn(work)


async def test_a_code_of_somebody_is_not_forgiveness(province: Database) -> None:
    def work(db: Connection) -> None:
        for number in range(12):
            code = "48271093" if number % 5 == 4 else WRONG
            found = personal_codes.attempt(db, account(db), code, MONDAY)
            if found.outcome is Tried.PAUSED:
                assert number == 5
                return
        raise AssertionError("no pause")

    await province.turn(work)


async def test_many_accounts_together_are_stopped_for_the_rest_of_the_hour(
    either: Database,
) -> None:
    quarter_to = datetime(2026, 11, 23, 8, 45, tzinfo=ZONE)

    def work(db: Connection) -> None:
        untils: list[datetime | None] = []
        for number in range(tries.MOST):
            talk = account(db, f"swarm {number // 4}")
            assert tries.paused(db, talk, quarter_to) is None
            untils.append(tries.failed(db, talk.account_id, quarter_to))
        nine = datetime(2026, 11, 23, 9, tzinfo=ZONE)
        assert untils == [None] * (tries.MOST - 1) + [nine]
        fresh = account(db, "somebody")
        assert tries.paused(db, fresh, quarter_to) == nine
        assert tries.failed(db, fresh.account_id, quarter_to) == nine
        noted = select(AuditEntry.action, AuditEntry.detail)
        found = [tuple(row) for row in db.execute(noted)]
        assert found == [("codes paused", {"wrong": tries.MOST})]
        assert tries.paused(db, fresh, nine) is None
        counts = select(WrongCodes.wrong)
        assert db.execute(counts).scalars().all() == [tries.MOST + 1]

    await either.turn(work)


async def test_where_both_pauses_run_the_later_end_is_said(database: Database) -> None:
    def work(db: Connection) -> None:
        for number in range(tries.MOST - 1):
            tries.failed(db, account(db, f"swarm {number // 4}").account_id, MONDAY)
        mine = account(db).account_id
        untils = [tries.failed(db, mine, MONDAY) for _ in range(2 * tries.TRIES)]
        assert untils[0] == MONDAY + timedelta(hours=1)
        assert untils[-1] == MONDAY + timedelta(hours=2)

    await database.turn(work)
