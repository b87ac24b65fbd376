"""A month of 2,000 people and three trainings: what went where, what it cost, what was withheld.

In process, on a clock that jumps from hour to hour: the real clock jobs, choosing and sender, and
channels that only note what they are told to say.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from bot.channels.base import Spoken, Unreachable
from bot.inbox import Inbox
from bot.sender import Sender
from handlers import templates
from storage import changes, channels, digests, reach, reminders, spending, worktime
from storage.channels import TELEGRAM, ZALO_BOT, ZALO_OA, ZALO_TEMPLATE, Terms
from storage.models import (
    Account,
    AccountPerson,
    Consent,
    ConsentPurpose,
    Conversation,
    Notice,
    NoticeState,
    Ownership,
    Person,
    Registration,
    Remind,
    Role,
    RoleKind,
    School,
    SchoolType,
    Standing,
)
from tests import rows
from tests.talk import MONDAY, ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from handlers.message import Message, Reply
    from storage.database import Database

pytestmark = pytest.mark.soak

PEOPLE, OF_A_SCHOOL = 2000, 50
OFFICER = PEOPLE + 1
# Every tenth school has no principal: its digest goes to the officer of the commune.
HEADLESS = 10
DAY_CEILING, MONTH_CEILING = 40_000, 400_000
PRICE = 55
MOVES = datetime(2026, 12, 1, 10, 0, tzinfo=ZONE)
CANCELS = datetime(2026, 12, 8, 15, 0, tzinfo=ZONE)
STARTS = {
    1: datetime(2026, 12, 5, 7, 30, tzinfo=ZONE),
    2: datetime(2026, 12, 9, 13, 30, tzinfo=ZONE),
    3: datetime(2026, 12, 18, 7, 30, tzinfo=ZONE),
}
MOVED_TO = datetime(2026, 12, 16, 13, 30, tzinfo=ZONE)
END = datetime(2026, 12, 23, 8, 0, tzinfo=ZONE)
ENDS = (NoticeState.SENT, NoticeState.SKIPPED, NoticeState.FAILED)


def way(person_id: int) -> str:
    """How a person can be reached: people by their place among twenty, fifty of them by a bot."""
    if person_id % OF_A_SCHOOL == 1:
        return "telegram"
    if person_id % 40 == 2:
        return "zalo bot"
    place = person_id % 20
    for kind, last in (("telegram", 7), ("blocked", 8), ("oa", 11), ("oa paid", 13),
                       ("oa silent", 15), ("phone", 18)):  # fmt: skip
        if place <= last:
            return kind
    return "nobody"


ACCOUNTS = {
    "telegram": TELEGRAM, "blocked": TELEGRAM, "zalo bot": ZALO_BOT, "oa": ZALO_OA,
    "oa paid": ZALO_OA, "oa silent": ZALO_OA, "phone": TELEGRAM, "nobody": TELEGRAM,
}  # fmt: skip
HAVE_PHONE = ("blocked", "oa silent", "phone")
# Hours since the person's last word, kept so by people who write again and again.
SILENT_FOR = {"oa": 10, "oa paid": 100}


def wish(person_id: int) -> Remind:
    """Half want the eve, a quarter also the week before, a quarter nothing."""
    return (Remind.EVE, Remind.WEEK, Remind.EVE, Remind.NEVER)[person_id // 20 % 4]


def phone(person_id: int) -> str:
    return f"+8491{person_id:07}"


class Fake:
    """A channel that notes what it says; some of its people have blocked us."""

    def __init__(self, name: str, clock: Clock, blocked: set[str]) -> None:
        self.name = name
        self.clock = clock
        self.blocked = blocked
        self.said: list[tuple[str, datetime, str]] = []

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        if address in self.blocked:
            raise Unreachable
        assert (reply.template is not None) == (self.name == ZALO_TEMPLATE)
        words = reply.text
        if reply.template:
            approved = templates.catalogue()[reply.template.kind]
            words = templates.filled(approved, reply.template.fields)
        assert len(words) <= (400 if reply.template else 300), words
        self.said.append((address, self.clock.now, words))
        return Spoken(self.clock())

    async def settle(self, message: Message) -> None:
        pass


def world(db: Connection) -> None:
    """Forty schools of one commune; everybody has a seat in each of the three trainings."""
    rows.school(db)
    db.execute(
        insert(School),
        [{"id": one, "name": f"Trường MN {one}", "folded": f"truong mn {one}",
          "type": SchoolType.PRESCHOOL, "ownership": Ownership.PUBLIC, "unit_id": rows.COMMUNE}
         for one in range(2, PEOPLE // OF_A_SCHOOL + 1)],
    )  # fmt: skip
    people = rows.people(db, PEOPLE)
    rows.people(db, 1, first=OFFICER)
    for person_id in people:
        values: dict[str, Any] = {"school_id": (person_id - 1) // OF_A_SCHOOL + 1}
        values["phone"] = phone(person_id) if way(person_id) in HAVE_PHONE else None
        values["remind"] = wish(person_id)
        db.execute(update(Person).where(Person.id == person_id).values(**values))
    accounts(db, people)
    roles(db)
    for number, start in STARTS.items():
        rows.course(db, number, seats=None, starts_at=start)
        db.execute(
            insert(Registration),
            [{"course_id": number, "person_id": one, "standing": Standing.SEATED, "turn": one,
              "provisional": False, "changed_at": MONDAY} for one in people],
        )  # fmt: skip


def accounts(db: Connection, people: list[int]) -> None:
    """One account each; whoever has only a phone, or nothing, lost theirs long ago."""
    db.execute(
        insert(Account),
        [{"id": one, "channel": ACCOUNTS[way(one)], "address": f"a{one}", "language": "vi",
          "created_at": MONDAY, "code_failures": 0, "person_id": one,
          "reachable": way(one) not in ("phone", "nobody")} for one in people],
    )  # fmt: skip
    db.execute(
        insert(AccountPerson),
        [{"account_id": one, "person_id": one, "since": MONDAY} for one in people],
    )
    db.execute(
        insert(Conversation),
        [{"account_id": one, "data": {}, "choices": {}, "heard": [], "answer": {}, "screen": 0,
          "heard_at": MONDAY - timedelta(days=30)} for one in people],
    )  # fmt: skip
    db.execute(
        insert(Consent),
        [{"account_id": one, "person_id": one, "purpose": ConsentPurpose.REMINDERS,
          "version": "x", "channel": ACCOUNTS[way(one)], "given_at": MONDAY}
         for one in people if wish(one) is not Remind.NEVER],
    )  # fmt: skip
    rows.account(db, "officer", OFFICER)


def roles(db: Connection) -> None:
    day = MONDAY.date()
    heads = [
        {"person_id": (school - 1) * OF_A_SCHOOL + 1, "kind": RoleKind.PRINCIPAL,
         "school_id": school, "valid_from": day}
        for school in range(1, PEOPLE // OF_A_SCHOOL + 1) if school % HEADLESS
    ]  # fmt: skip
    db.execute(insert(Role), heads)
    db.execute(insert(Role).values(person_id=OFFICER, kind=RoleKind.COMMUNE, unit_id=rows.COMMUNE,
                                   valid_from=day))  # fmt: skip


def open_channels(db: Connection) -> None:
    bounds = {"day_ceiling": DAY_CEILING, "month_ceiling": MONTH_CEILING}
    prices = {kind: one.price for kind, one in templates.catalogue().items()}
    for name, terms in {
        TELEGRAM: channels.FREE,
        ZALO_BOT: Terms(most_people=50, most_messages=3000),
        ZALO_OA: Terms(free_hours=48, paid_hours=168, price=PRICE, **bounds),
        ZALO_TEMPLATE: Terms(templates=prices, **bounds),
    }.items():
        channels.open_channel(db, name, terms, MONDAY)


def write_again(db: Connection, now: datetime) -> None:
    """Those within the window keep writing."""
    for kind, hours in SILENT_FOR.items():
        mine = [one for one in range(1, PEOPLE + 1) if way(one) == kind]
        db.execute(update(Conversation).where(Conversation.account_id.in_(mine))
                   .values(heard_at=now - timedelta(hours=hours)))  # fmt: skip


def hours() -> Iterator[datetime]:
    now = MONDAY
    while now <= END:
        yield now
        now += timedelta(minutes=30)


async def live(database: Database) -> dict[str, Fake]:
    """The month, half hour by half hour."""
    clock = Clock(MONDAY)
    blocked = {f"a{one}" for one in range(1, PEOPLE + 1) if way(one) == "blocked"}
    fakes = {name: Fake(name, clock, blocked)
             for name in (TELEGRAM, ZALO_BOT, ZALO_OA, ZALO_TEMPLATE)}  # fmt: skip
    inbox = Inbox(database, ZONE, clock)
    inbox.channels = fakes
    sender = Sender(database, inbox)
    for clock.now in hours():
        now = inbox.now()
        if now.minute == 0:
            await database.turn(lambda db, now=now: write_again(db, now))
        if now == MOVES:
            await database.turn(lambda db, now=now: changes.reschedule(
                db, 2, now=now, starts_at=MOVED_TO, why="sạt lở quốc lộ"))  # fmt: skip
        if now == CANCELS:
            await database.turn(lambda db, now=now: changes.cancel(db, 3, "bão số 12", now))
        await database.turn(lambda db, now=now: reminders.owe_due(db, now))
        while await sender.send_due():
            pass
    return fakes


async def test_a_month_of_two_thousand_people(database: Database) -> None:
    assert Counter(way(one) for one in range(1, PEOPLE + 1))["zalo bot"] <= 50
    await database.turn(world)
    await database.turn(open_channels)
    fakes = await live(database)
    all_ = await database.read(lambda db: db.execute(select(Notice.__table__)).all())
    show(all_)
    nobody_twice(all_, fakes)
    changes_all_sent(all_)
    await database.read(lambda db: within_the_ceiling(db, all_))
    one_digest_a_day(all_)


def nobody_twice(all_: Any, fakes: dict[str, Fake]) -> None:
    """Every notice has one end, each that was sent was said once, and none at night."""
    assert {one.state for one in all_} <= set(ENDS)
    said = [each for fake in fakes.values() for each in fake.said]
    assert len(said) == sum(one.state is NoticeState.SENT for one in all_)
    # A template says the same a week before and on the eve.
    again = Counter((address, at.date(), words) for address, at, words in said)
    assert again.most_common(1)[0][1] == 1
    assert not any(worktime.is_quiet(at) for _, at, _ in said)
    # One person's reminders of a moment are one message, whatever the way.
    moments = Counter(
        (one.person_id, one.data["at"])
        for one in all_
        if one.kind == reminders.KIND and one.state is NoticeState.SENT
    )
    assert moments.most_common(1)[0][1] == 1


def changes_all_sent(all_: Any) -> None:
    """What changed reached everybody who has any way at all, whatever it cost."""
    for kind in ("moved", "cancelled"):
        mine = [one for one in all_ if one.kind == kind]
        assert len(mine) == PEOPLE
        for one in mine:
            if way(one.person_id) == "nobody":
                assert (one.state, one.reason) == (NoticeState.FAILED, "unreachable")
            else:
                assert one.state is NoticeState.SENT, (one.reason, way(one.person_id))


def within_the_ceiling(db: Connection, all_: Any) -> None:
    """What is not critical never passes a ceiling; the counters agree with the ledger."""
    days: defaultdict[Any, int] = defaultdict(int)
    other: defaultdict[Any, int] = defaultdict(int)
    for one in all_:
        if one.state is NoticeState.SENT and one.cost:
            day = one.sent_at.astimezone(ZONE).date()
            days[day] += one.cost
            other[day] += one.cost if one.kind not in spending.CRITICAL else 0
    assert max(other.values()) <= DAY_CEILING
    assert sum(other.values()) <= MONTH_CEILING
    for day, total in days.items():
        counted = sum(spending.of_day(db, name, day).cost for name in (ZALO_OA, ZALO_TEMPLATE))
        assert counted == total
        assert total <= DAY_CEILING or total > other[day]
    withheld = [one for one in all_ if one.reason == reach.Why.CEILING]
    assert withheld, "the ceiling should bite"
    assert {one.kind for one in withheld} == {reminders.KIND}


def one_digest_a_day(all_: Any) -> None:
    """Everybody withheld is in one digest; each principal, else the officer, gets one a day."""
    sent = [one for one in all_ if one.kind == digests.KIND]
    assert all(one.state is NoticeState.SENT for one in sent)
    days = Counter((one.person_id, one.sent_at.astimezone(ZONE).date()) for one in sent)
    assert days.most_common(1)[0][1] == 1
    keys = {one.key: one.person_id for one in sent}
    for one in all_:
        if one.reason == reach.Why.CEILING:
            school = (one.person_id - 1) // OF_A_SCHOOL + 1
            reader = (school - 1) * OF_A_SCHOOL + 1 if school % HEADLESS else OFFICER
            assert keys[one.data[digests.KIND]] == reader


def show(all_: Any) -> None:
    """Kind by channel: messages and đồng; and how what was not sent ended."""
    table: dict[tuple[str, str], tuple[int, int]] = {}
    ends: Counter[tuple[str, str]] = Counter()
    for one in all_:
        if one.state is NoticeState.SENT:
            count, cost = table.get((one.kind, one.channel), (0, 0))
            table[one.kind, one.channel] = (count + 1, cost + one.cost)
        else:
            ends[one.kind, f"{one.state}: {one.reason}"] += 1
    lines = [f"{PEOPLE} people, {len(STARTS)} trainings; at most {DAY_CEILING} đồng a day"]
    for (kind, channel), (count, cost) in sorted(table.items()):
        lines.append(f"{kind:10} {channel:20} {count:6} messages {cost:8} đồng")
    messages, cost = (sum(each) for each in zip(*table.values(), strict=True))
    lines.append(f"{'together':31} {messages:6} messages {cost:8} đồng")
    for (kind, end), count in sorted(ends.items()):
        lines.append(f"{kind:10} {end:20} {count:6}")
    sys.stdout.write("\n".join(["", *lines, ""]))
