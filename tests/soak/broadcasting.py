"""An announcement to a whole commune: its people, their phones, and what became of it.

What counts is what stands on the phones of the simulator; the ledger has to say the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.simulator import Limits
from storage import announcements, approvals, broadcasts, recipients, reminder_rules, scopes
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    BroadcastState,
    Consent,
    ConsentPurpose,
    Notice,
    NoticeState,
    Person,
    Purpose,
)
from storage.recipients import KIND, Rule
from tests import offices, rows
from tests.soak import invariants, province

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.simulator import Simulator, TelegramPhone

    On = Callable[[Callable[[Connection], Any]], Any]

COMMUNE, PROVINCE = offices.COMMUNE, offices.PROVINCE
# Officers: the author in the commune, and two of the Sở.
AUTHOR, HEAD, DEPUTY = 900_001, 900_002, 900_003
OFFICERS = {AUTHOR: COMMUNE, HEAD: PROVINCE, DEPUTY: PROVINCE}
# The chat of a person is this and their id.
FIRST = 710_000_000
TEXT = "Đề nghị thầy cô trả lời trước ngày 09/12 để xã chuẩn bị hội trường."
# What Telegram takes of whoever pays for it.
PAID = Limits(overall=1000, overall_burst=1000)
FINISHED = (BroadcastState.DONE, BroadcastState.CANCELLED)
GOT = (NoticeState.SENT, NoticeState.UNCERTAIN)


def build(db: Connection, people: int) -> None:
    """A province of one commune; its teachers and officers have phones, and want announcements."""
    now = province.now()
    offices.build(db, 0)
    for officer_id, unit_id in OFFICERS.items():
        offices.officer(db, officer_id, unit_id, account=False)
    teachers = rows.people(db, people)
    db.execute(update(Person).values(announcements=Announce.YES))
    everybody = [*teachers, *OFFICERS]
    accounts = [
        {"id": each, "channel": "telegram", "address": str(FIRST + each), "language": "vi",
         "created_at": now, "reachable": True, "code_failures": 0, "person_id": each}
        for each in everybody
    ]  # fmt: skip
    db.execute(insert(Account), accounts)
    served = [{"account_id": each, "person_id": each, "since": now} for each in everybody]
    db.execute(insert(AccountPerson), served)
    for purpose in (ConsentPurpose.REGISTRATION, ConsentPurpose.ANNOUNCEMENTS):
        consents = [
            {"account_id": each, "person_id": each, "purpose": purpose, "version": "1",
             "channel": "telegram", "given_at": now}
            for each in everybody
        ]  # fmt: skip
        db.execute(insert(Consent), consents)
    # On a holiday nothing would be sent all day.
    reminder_rules.correct(db, now.date(), holiday=False)


def scope(db: Connection, officer_id: int, now: datetime) -> scopes.Scope:
    """What an officer may do."""
    found = scopes.of(db, officer_id, now.date())
    assert found
    return found


def confirmed(db: Connection, now: datetime) -> int:
    """The author's announcement to all teachers, which waits for the Sở where they are many."""
    author = scope(db, AUTHOR, now)
    one = broadcasts.draft(db, author, Rule(), now, text=TEXT, purpose=Purpose.ACT)
    number = recipients.tally(db, Rule(), author, now, exempt=False).reachable
    done = broadcasts.confirm(db, author, one, number, now)
    assert done.outcome in {broadcasts.Outcome.ASKED, broadcasts.Outcome.HELD}, done
    return one


def let_go(db: Connection, broadcast_id: int, now: datetime) -> None:
    """It is approved, and its hold is over."""
    found = announcements.get(db, broadcast_id)
    assert found
    if found.state is BroadcastState.ASKED:
        assert approvals.approve(db, scope(db, HEAD, now), broadcast_id, now)
    announcements.write(db, broadcast_id, now, held_until=now)


def announced(db: Connection, now: datetime) -> int:
    """One that begins to be sent as soon as a program runs."""
    one = confirmed(db, now)
    let_go(db, one, now)
    return one


def state(db: Connection, broadcast_id: int) -> BroadcastState:
    """How it stands."""
    found = announcements.get(db, broadcast_id)
    assert found
    return found.state


def phones(simulator: Simulator, people: int) -> dict[int, TelegramPhone]:
    """Everybody's phone by their id, the officers' too."""
    return {
        each: simulator.phone(f"Người {each}", user_id=FIRST + each, started=True)
        for each in (*range(1, people + 1), *OFFICERS)
    }


def copies(held: dict[int, TelegramPhone], broadcast_id: int) -> Counter[int]:
    """How often the announcement stands on the phone of each teacher."""
    heading = f"({announcements.code(broadcast_id)},"
    found: Counter[int] = Counter()
    for each, phone in held.items():
        if each not in OFFICERS:
            found[each] = sum(heading in shown.text for shown in phone.messages if not shown.mine)
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """What the ledger says of one person."""

    state: NoticeState
    reason: str
    doubts: int


def ledger(db: Connection, broadcast_id: int) -> dict[int, Line]:
    """What it says of everybody the announcement was meant for."""
    found = select(Notice.person_id, Notice.state, Notice.reason, Notice.doubts).where(
        Notice.kind == KIND, Notice.subject_id == broadcast_id
    )
    return {row.person_id or 0: Line(*row[1:]) for row in db.execute(found)}


def in_hand(db: Connection) -> dict[int, datetime]:
    """Whose message somebody is sending at this moment, and until when it is theirs."""
    found = select(Notice.person_id, Notice.leased_until).where(
        Notice.kind == KIND, Notice.state == NoticeState.CLAIMED
    )
    return {row.person_id: row.leased_until for row in db.execute(found)}


def wrongs(
    got: Counter[int], said: dict[int, Line], *, barred: Container[int] = ()
) -> Iterable[str]:
    """A line for everybody of whom the ledger and their phone say different things.

    `barred` are those who could not be reached: it must not have been sent to them.
    """
    for each, line in said.items():
        copy = got[each]
        if each in barred:
            if line.state in GOT or copy:
                yield f"person {each}: barred, {line}, {copy} copies"
        elif line.state not in GOT:
            yield f"person {each}: {line}, {copy} copies"
        elif not copy:
            yield f"person {each}: missed, and {line}"
        elif copy > 1 and line.state is not NoticeState.UNCERTAIN:
            yield f"person {each}: {copy} copies, and {line}"
    yield from (f"person {each}: {copy} copies of nothing" for each, copy in got.items()
                if copy and each not in said)  # fmt: skip


def broken(db: Connection, now: datetime) -> list[str]:
    """What any history has to leave right, of notices."""
    checks = (invariants.keys, invariants.blocks, invariants.owed)
    return [line for check in checks for line in check(db, now)]


async def until(condition: Callable[[], object], *, seconds: float, every: float = 0.05) -> None:
    """Return once it holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(every)


async def finished(on: On, broadcast_id: int, *, seconds: float, every: float = 1.0) -> float:
    """Wait until it is sent or stopped; returns how many seconds that took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while await asyncio.to_thread(on, lambda db: state(db, broadcast_id)) not in FINISHED:
        if loop.time() - began > seconds:
            counts = await asyncio.to_thread(on, lambda db: offices.states(db, broadcast_id))
            raise TimeoutError(f"after {seconds} s: {counts}")
        await asyncio.sleep(every)
    return loop.time() - began
