"""What a message to many would cost, before it is owed: the same ways as sending would take."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from handlers import notices, templates
from handlers.message import Reply, Template
from handlers.routes import router
from storage import channels, estimates, outbox, reach, spending
from storage.channels import Terms
from storage.database import address, sqlite
from storage.estimates import Sum
from storage.models import (
    Account,
    AccountPerson,
    Channel,
    ChannelState,
    Conversation,
    Notice,
    NoticeState,
    Person,
    Registration,
    Source,
    Standing,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.outbox import Owed

HOUR = timedelta(hours=1)
OA = Terms(free_hours=48, paid_hours=168, price=55, day_ceiling=1000)
TEMPLATES = Terms(templates={"moved": 200, "reminder": 200}, day_ceiling=1000)


def world(db: Connection, count: int = 12) -> list[int]:
    """People in turn: Telegram, OA within the window, OA paid, OA silent, phone only, nobody."""
    rows.school(db)
    people = rows.people(db, count)
    channels.open_channel(db, channels.TELEGRAM, channels.FREE, MONDAY)
    channels.open_channel(db, channels.ZALO_OA, OA, MONDAY)
    channels.open_channel(db, channels.ZALO_TEMPLATE, TEMPLATES, MONDAY)
    for person_id in people:
        match person_id % 6:
            case 1:
                rows.account(db, f"t{person_id}", person_id)
            case 2 | 3 | 4 as kind:
                hours = {2: 10, 3: 100, 4: 400}[kind]
                account_id = rows.account(db, f"o{person_id}", person_id, channel="zalo_oa")
                db.execute(
                    insert(Conversation).values(
                        account_id=account_id, data={}, choices={}, heard=[], answer={},
                        screen=0, heard_at=MONDAY - hours * HOUR,
                    )
                )  # fmt: skip
            case _:
                pass
        if person_id % 6 in (4, 5):
            db.execute(
                update(Person).where(Person.id == person_id).values(phone=f"+849123{person_id:05}")
            )
    return people


async def test_each_takes_the_way_it_would_be_sent(either: Database) -> None:
    def test(db: Connection) -> None:
        people = world(db)
        found = estimates.estimate(db, people, "moved", MONDAY)
        assert found.ways == {
            "telegram": Sum(2, 0), "zalo_oa": Sum(4, 110), "zalo_template": Sum(4, 800),
        }  # fmt: skip
        assert (found.unreachable, found.waiting, found.withheld) == (2, 0, 0)
        assert (found.people, found.cost) == (12, 910)
        for person_id in people:  # one by one the choice is the same
            outbox.owe(db, "moved", key=f"m{person_id}", subject_id=1, person_id=person_id,
                       due_at=MONDAY)  # fmt: skip
        chosen: dict[str, int] = {}
        for notice_id in db.execute(select(Notice.id)).scalars().all():
            best = reach.choose(db, outbox.one(db, notice_id), MONDAY).best
            if best:
                chosen[best.channel] = chosen.get(best.channel, 0) + 1
        assert chosen == {name: one.messages for name, one in found.ways.items()}

    await either.turn(test)


async def test_the_ceiling_withholds_what_is_not_critical(database: Database) -> None:
    def test(db: Connection) -> None:
        people = world(db)
        spending.note(db, channels.ZALO_OA, MONDAY.date(), "x", 1, 440)
        found = estimates.estimate(db, people, "reminder", MONDAY)
        # 560 đồng are left: each in turn, twice 55 and twice 200.
        assert found.cost == 510
        assert (found.withheld, found.unreachable, found.people) == (2, 2, 12)
        assert estimates.estimate(db, people, "moved", MONDAY).withheld == 0

    await database.turn(test)


async def test_a_closed_way_waits_and_one_given_up_is_none(database: Database) -> None:
    def test(db: Connection) -> None:
        people = world(db)
        channels.mark(db, channels.TELEGRAM, ChannelState.REFUSED, "", MONDAY)
        assert estimates.estimate(db, people, "moved", MONDAY).waiting == 2
        db.execute(update(Channel).where(Channel.name == "telegram").values(running=False))
        found = estimates.estimate(db, people, "moved", MONDAY)
        assert (found.waiting, found.unreachable) == (0, 4)

    await database.turn(test)


async def test_nothing_is_changed_and_nobody_is_nobody(database: Database) -> None:
    def test(db: Connection) -> None:
        people = world(db)
        estimates.estimate(db, people, "reminder", MONDAY)
        assert spending.by_kind(db, MONDAY.date()) == {}
        assert estimates.estimate(db, [], "moved", MONDAY) == estimates.Estimate()

    await database.turn(test)


async def test_everybody_of_a_course(database: Database) -> None:
    def test(db: Connection) -> None:
        people = world(db)
        rows.course(db, 12, seats=None)
        for person_id, standing in zip(
            people, (Standing.SEATED, Standing.WAITING, Standing.GIVEN_UP), strict=False
        ):
            db.execute(
                insert(Registration).values(
                    course_id=12, person_id=person_id, standing=standing, turn=1,
                    provisional=False, changed_at=MONDAY,
                )
            )  # fmt: skip
        found = estimates.of_course(db, 12, "moved", MONDAY)
        assert found.ways == {"telegram": Sum(1, 0), "zalo_oa": Sum(1, 0)}

    await database.turn(test)


@pytest.mark.parametrize("count", [2000])
async def test_two_thousand_people_take_less_than_a_second(either: Database, count: int) -> None:
    def fill(db: Connection) -> list[int]:
        rows.school(db)
        people = rows.people(db, count)
        channels.open_channel(db, channels.ZALO_OA, OA, MONDAY)
        channels.open_channel(db, channels.ZALO_TEMPLATE, TEMPLATES, MONDAY)
        db.execute(update(Person).values(phone="+84912345678"))
        db.execute(
            insert(Account),
            [{"id": one, "channel": "zalo_oa", "address": str(one), "language": "vi",
              "reachable": True, "code_failures": 0, "created_at": MONDAY} for one in people],
        )  # fmt: skip
        db.execute(
            insert(AccountPerson),
            [{"account_id": one, "person_id": one, "since": MONDAY} for one in people],
        )
        return people

    people = await either.turn(fill)

    def ask(db: Connection) -> float:
        begun = time.perf_counter()
        found = estimates.estimate(db, people, "moved", MONDAY)
        assert found.ways == {"zalo_template": Sum(count, 200 * count)}
        return time.perf_counter() - begun

    assert await either.read(ask) < 1


HOURS = st.sampled_from((None, 0, 47, 48, 167, 168, 500))
ACCOUNTS = st.tuples(
    st.sampled_from((channels.TELEGRAM, channels.ZALO_BOT, channels.ZALO_OA)), HOURS, st.booleans()
)
PEOPLE = st.lists(
    st.tuples(
        st.lists(ACCOUNTS, max_size=3),
        st.sampled_from(("", "+84912345678")),
        st.sampled_from(("known", "deaf", "left", "unsure")),
    ),
    min_size=1,
    max_size=12,
)
STANDING = st.sampled_from(("ready", "closed", "given up"))
LIMITS = st.sampled_from((0, 55, 200, 310, 1000))


def filled(_db: Connection, owed: Owed, _now: object) -> Template:
    return Template(owed.kind, {})


def fill(db: Connection, people: list[Any]) -> None:
    rows.school(db)
    rows.people(db, len(people))
    for person_id, (accounts, phone, how) in enumerate(people, start=1):
        for number, (channel, hours, reachable) in enumerate(accounts):
            address = f"{person_id}.{number}"
            account_id = rows.account(db, address, person_id, channel=channel)
            heard_at = None if hours is None else MONDAY - hours * HOUR
            outbox.reach(db, account_id, reachable=reachable)
            db.execute(
                insert(Conversation).values(
                    account_id=account_id, data={}, choices={}, heard=[], answer={}, screen=0,
                    heard_at=heard_at,
                )
            )  # fmt: skip
        changed: dict[str, Any] = {"phone": phone or None}
        match how:
            case "deaf":
                changed["deaf_phone"] = changed["phone"]
            case "left":
                changed["left_on"] = MONDAY.date()
            case "unsure":
                changed |= {"source": Source.SELF, "verified_at": None}
            case _:
                pass
        db.execute(update(Person).where(Person.id == person_id).values(**changed))


@given(
    people=PEOPLE,
    standing=st.fixed_dictionaries(
        dict.fromkeys(("telegram", "zalo_bot", "zalo_oa", "zalo_template"), STANDING)
    ),
    money=st.tuples(LIMITS, LIMITS, st.sampled_from((0, 100))),
    kind=st.sampled_from(("plain", "moved")),
)
@example(
    people=[([("zalo_oa", 48, True)], "+84912345678", "known")],
    standing={
        "telegram": "ready",
        "zalo_bot": "ready",
        "zalo_oa": "ready",
        "zalo_template": "closed",
    },
    money=(0, 55, 100),
    kind="plain",
)  # the ceiling is reached, and the way that is closed would cost as well
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_what_was_estimated_is_what_then_happens(
    empty_file: Path,
    people: list[Any],
    standing: dict[str, str],
    money: tuple[int, int, int],
    kind: str,
) -> None:
    day, month, before = money
    terms = {
        channels.ZALO_OA: Terms(
            free_hours=48, paid_hours=168, price=55, day_ceiling=day, month_ceiling=month
        ),
        channels.ZALO_TEMPLATE: Terms(
            templates={"plain": 200, "moved": 200}, day_ceiling=day, month_ceiling=month
        ),
    }
    engine = sqlite(address(f"sqlite:///{empty_file}"))
    with pytest.MonkeyPatch.context() as patch, engine.connect() as db:
        patch.setitem(router.notices, "plain", lambda _chat, _owed: Reply("x"))
        patch.setitem(router.notices, "moved", lambda _chat, _owed: Reply("x"))
        patch.setattr(templates, "fields", filled)
        fill(db, people)
        for name, how in standing.items():
            channels.open_channel(db, name, terms.get(name, channels.FREE), MONDAY)
            if how == "closed":
                channels.mark(db, name, ChannelState.REFUSED, "", MONDAY)
        channels.close_others(
            db, [name for name, how in standing.items() if how != "given up"], MONDAY
        )
        if before:
            spending.note(db, channels.ZALO_OA, MONDAY.date(), "answer", 1, before)

        ids = range(1, len(people) + 1)
        found = estimates.estimate(db, ids, kind, MONDAY)
        assert found.people == len(people)
        happened: dict[str, Sum] = {}
        for person_id in ids:
            outbox.owe(db, kind, key=f"n{person_id}", subject_id=1, person_id=person_id,
                       due_at=MONDAY)  # fmt: skip
        for owed in outbox.claim(db, MONDAY):
            letter = notices.prepare(db, owed, MONDAY)
            if letter:
                so_far = happened.get(letter.channel, Sum())
                happened[letter.channel] = so_far.plus(letter.cost)
        ends = select(Notice.state, Notice.reason, func.count()).where(Notice.kind == kind)
        rest = {row[:2]: row[2] for row in db.execute(ends.group_by(Notice.state, Notice.reason))}

        assert happened == found.ways
        assert rest.get((NoticeState.OWED, ""), 0) == found.waiting
        assert rest.get((NoticeState.FAILED, "unreachable"), 0) == found.unreachable
        assert rest.get((NoticeState.SKIPPED, "ceiling"), 0) == found.withheld
        spent = sum(one.cost for one in spending.by_kind(db, MONDAY.date()).values())
        assert spent == before + found.cost
        if kind == "plain" and (day or month) and before <= min(day or 10**9, month or 10**9):
            assert spent <= min(day or 10**9, month or 10**9)
    engine.dispose()


def test_an_estimate_in_one_line() -> None:
    from bot.office import forecast

    ways = {"telegram": Sum(2, 0), "zalo_oa": Sum(4, 110)}
    assert forecast(estimates.Estimate(ways, unreachable=2, waiting=1, withheld=3)) == (
        "To tell: 12 people; telegram 2, zalo_oa 4 (110 đồng), 1 wait for a channel that is closed,"
        " 3 over the ceiling, 2 cannot be reached; 110 đồng together."
    )


async def test_the_command_line_says_the_cost_before_anything_is_owed(
    province: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import office
    from bot.settings import Settings

    settings = Settings(database_url=f"sqlite:///{province.url.database}")
    said: list[tuple[str, int]] = []

    def owed() -> int:
        with sqlite3.connect(str(province.url.database)) as db:
            count = db.execute("SELECT count(*) FROM notices WHERE kind = 'moved'").fetchone()[0]
        db.close()
        return int(count)

    def told(line: str) -> None:
        said.append((line, owed()))

    monkeypatch.setattr("bot.office.sys.stdout.write", told)
    await office.reschedule(settings, "L12", why="x", place="Nhà văn hóa")
    monkeypatch.undo()

    ((line, before),) = said
    assert line.startswith("To tell: 26 people; ")
    assert before == 0
    assert owed() == 26
    with pytest.raises(office.OfficeError, match="in the past"):
        await office.reschedule(settings, "L12", why="x", start=datetime(2020, 1, 1))  # noqa: DTZ001 - as typed
