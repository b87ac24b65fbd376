"""Announcements that are made ready together: each is what it would have been by itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event, insert, select, update

from handlers import letters, notices
from storage import broadcasts, crowds, outbox
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    BroadcastState,
    Called,
    Conversation,
    Notice,
    Person,
    Purpose,
    Registration,
    Standing,
)
from storage.recipients import KIND, Rule
from tests.announced import confirmed, deal, scope_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.notices import Letter
    from storage.outbox import Owed
    from tests.talk import Town

PEOPLE = 24


def reached(db: Connection, town: Town) -> list[int]:
    """Teachers of two forms of address with an account each, who all want announcements."""
    now = town.inbox.now()
    ids = list(
        db.execute(select(Person.id).where(Person.school_id.is_not(None)).limit(PEOPLE)).scalars()
    )
    db.execute(update(Person).where(Person.id.in_(ids)).values(announcements=Announce.YES))
    db.execute(update(Person).where(Person.id.in_(ids[::3])).values(called=Called.CO))
    for each in ids:
        account_id = db.execute(
            insert(Account)
            .values(channel="telegram", address=f"x{each}", language="en" if each % 5 == 0 else
                    "vi", reachable=True, code_failures=0, created_at=now, person_id=each)
            .returning(Account.id)
        ).scalar_one()  # fmt: skip
        db.execute(insert(AccountPerson).values(account_id=account_id, person_id=each, since=now))
        db.execute(insert(Conversation).values(
            account_id=account_id, screen=0, step="", data={}, choices={}, newest=False, heard=[],
            answering="", answer={},
        ))  # fmt: skip
    return ids


def account_of(db: Connection, person_id: int) -> int:
    mine = select(Account.id).where(Account.person_id == person_id, Account.address.like("x%"))
    return db.execute(mine).scalar_one()


def differ(db: Connection, town: Town, ids: list[int], course_id: int) -> None:
    """After they were planned: one said no, one left, one registered, two share an account."""
    now = town.inbox.now()
    db.execute(update(Person).where(Person.id == ids[0]).values(announcements=Announce.NO))
    db.execute(update(Person).where(Person.id == ids[1]).values(left_on=now.date()))
    db.execute(insert(Registration).values(
        course_id=course_id, person_id=ids[2], standing=Standing.SEATED, turn=900,
        provisional=False, changed_at=now,
    ))  # fmt: skip
    db.execute(insert(AccountPerson).values(
        account_id=account_of(db, ids[3]), person_id=ids[4], since=now
    ))  # fmt: skip
    mine = (Notice.person_id == ids[5], Notice.kind == KIND)
    db.execute(update(Notice).where(*mine).values(tried=True, sent_to_id=account_of(db, ids[5])))


async def planned(town: Town) -> tuple[int, list[int]]:
    """An announcement with a course to the whole province, given to the sender."""
    ids = await town.database.turn(lambda db: reached(db, town))
    one = await confirmed(town, rule=Rule(units=(await unit(town),)), purpose=Purpose.ACT)
    await deal(town)
    return one, ids


async def unit(town: Town) -> int:
    return (await scope_of(town)).reaches[0].unit_id


def plain(letter: Letter) -> tuple[object, ...]:
    return letter.notice_id, letter.address, letter.reply, letter.again


def states(db: Connection) -> list[tuple[object, ...]]:
    found = select(Notice.id, Notice.state, Notice.reason, Notice.block, Notice.choices)
    return [tuple(row) for row in db.execute(found.where(Notice.kind == KIND).order_by(Notice.id))]


async def compared(town: Town) -> tuple[list[tuple[object, ...]], ...]:
    """The letters and what is noted of them: one by one, and then the same together."""
    ends: list[list[tuple[object, ...]]] = []
    now = town.inbox.now()

    def singly(db: Connection, owed: list[Owed]) -> list[Letter]:
        return [letter for one in owed if (letter := notices.prepare(db, one, now))]

    def together(db: Connection, owed: list[Owed]) -> list[Letter]:
        return letters.made(db, owed, now, never)

    def tried(db: Connection, make: Callable[[Connection, list[Owed]], list[Letter]]) -> None:
        owed = [one for one in outbox.claim(db, now, 100) if one.kind == KIND]
        ends.append([plain(letter) for letter in make(db, owed)])
        ends.append(states(db))
        raise Undone

    with suppress(Undone):
        await town.database.turn(lambda db: tried(db, singly))
    with suppress(Undone):
        await town.database.turn(lambda db: tried(db, together))
    return tuple(ends)


def never(_db: Connection, _letter: Letter, _until: datetime) -> None:
    raise AssertionError("nobody has to wait")


class Undone(Exception):
    """Takes a turn back, so that it can be made again in another way."""


async def test_together_they_are_what_each_is_by_itself(town: Town) -> None:
    one, ids = await planned(town)
    found = await town.database.read(lambda db: broadcasts.get(db, one))
    assert found
    assert found.course_id
    course_id = found.course_id
    await town.database.turn(lambda db: differ(db, town, ids, course_id))

    alone, alone_states, crowd, crowd_states = await compared(town)

    assert alone, "somebody is written to"
    assert len({row[1:3] for row in alone_states}) >= 3, "several ends are met"
    assert crowd == alone
    assert crowd_states == alone_states


async def test_nothing_is_ready_of_what_does_not_run(town: Town) -> None:
    one, _ = await planned(town)
    now = town.inbox.now()

    def work(db: Connection) -> tuple[int, int]:
        owed = outbox.claim(db, now, 100)
        running = len(crowds.gather(db, owed, now))
        broadcasts.announcements.write(db, one, now, state=BroadcastState.PAUSED)
        return running, len(crowds.gather(db, owed, now))

    running, paused = await town.database.turn(work)
    assert running > 0
    assert paused == 0


async def test_of_two_announcements_to_one_person_only_the_first_is_ready(town: Town) -> None:
    await planned(town)
    await confirmed(town, rule=Rule(units=(await unit(town),)), purpose=Purpose.KNOW)
    await deal(town)
    now = town.inbox.now()

    def work(db: Connection) -> tuple[list[Owed], set[int]]:
        owed = outbox.claim(db, now, 100)
        return owed, set(crowds.gather(db, owed, now))

    owed, ready = await town.database.turn(work)
    people = [one.person_id for one in owed if one.id in ready]
    assert len(people) == len(set(people)) > 0
    assert len({one.subject_id for one in owed}) == 2


async def test_more_people_take_no_more_statements(town: Town) -> None:
    await planned(town)
    now = town.inbox.now() + timedelta(seconds=1)

    def counted(db: Connection, owed: list[Owed]) -> int:
        asked: list[str] = []

        def see(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(db, "before_cursor_execute", see)
        letters.made(db, owed, now, never)
        event.remove(db, "before_cursor_execute", see)
        return len(asked)

    def work(db: Connection) -> tuple[int, int, int]:
        owed = [one for one in outbox.claim(db, now, 100) if one.kind == KIND]
        few, many = owed[:2], owed[2:]
        return len(many), counted(db, few), counted(db, many)

    many, for_two, for_many = await town.database.turn(work)
    assert many > 6
    assert for_many <= for_two + 1


async def test_a_pause_holds_up_what_may_have_arrived_in_the_same_commit(town: Town) -> None:
    one, _ = await planned(town)
    now = town.inbox.now()

    def work(db: Connection) -> tuple[Letter | None, Letter | None]:
        owed = [replace(each, again=True) for each in outbox.claim(db, now, 100)]
        first = notices.prepare(db, owed[0], now)
        broadcasts.announcements.write(db, one, now, state=BroadcastState.PAUSED)
        return first, notices.prepare(db, owed[1], now)

    first, second = await town.database.turn(work)
    assert first is not None
    assert second is None
