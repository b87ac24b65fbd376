"""Reminders: when each is due, for whom, once; through clock steps, moves and cancellations."""

from __future__ import annotations

import asyncio
import shutil
import time as stopwatch
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from storage import (
    changes,
    consents,
    conversations,
    merges,
    moments,
    outbox,
    registrations,
    reminder_rules,
    reminders,
    worktime,
)
from storage.database import Database, address, sqlite
from storage.models import (
    Account,
    AccountPerson,
    Consent,
    ConsentPurpose,
    Course,
    CourseState,
    Modality,
    Notice,
    NoticeState,
    Offset,
    Person,
    Precision,
    Registration,
    Remind,
    Session,
    Standing,
)
from tests import rows
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from storage.reminders import Item

DAY = timedelta(days=1)
START = datetime(2026, 12, 12, 7, 30, tzinfo=ZONE)  # a Saturday
EVE = datetime(2026, 12, 11, 19, 0, tzinfo=ZONE)
WEEK = datetime(2026, 12, 5, 19, 0, tzinfo=ZONE)


def world(db: Connection, count: int = 1, *, starts_at: datetime = START) -> None:
    """Course 12 and people with a seat in it who want to be reminded on the eve."""
    rows.school(db)
    rows.course(db, 12, seats=None, starts_at=starts_at)
    for person_id in rows.people(db, count):
        account_id = rows.account(db, f"a{person_id}", person_id)
        reminders.choose(db, person_id, Remind.EVE, MONDAY, account_id=account_id,
                         channel="telegram")  # fmt: skip
        seat(db, person_id, 12)


def seat(
    db: Connection,
    person_id: int,
    course_id: int,
    *,
    at: datetime = MONDAY,
    standing: Standing = Standing.SEATED,
) -> None:
    db.execute(
        insert(Registration).values(course_id=course_id, person_id=person_id, standing=standing,
                                    turn=1, provisional=False, changed_at=at)
    )  # fmt: skip


def owed(db: Connection, state: NoticeState = NoticeState.OWED) -> list[str]:
    """Keys of the reminders in a state."""
    found = select(Notice.key).where(Notice.kind == reminders.KIND, Notice.state == state)
    return list(db.execute(found.order_by(Notice.id)).scalars())


def iso(start: datetime) -> str:
    return start.astimezone(UTC).isoformat()


async def test_one_reminder_on_the_eve_and_running_twice_adds_nothing(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        assert reminders.owe_due(db, EVE - timedelta(seconds=1)) == 0
        assert reminders.owe_due(db, EVE) == 2
        assert reminders.owe_due(db, EVE) == 0
        assert reminders.owe_due(db, EVE + timedelta(hours=1)) == 0
        assert owed(db) == [f"reminder:{one}:{iso(START)}:eve" for one in (1, 2)]
        due = db.execute(select(Notice.due_at, Notice.person_id, Notice.subject_id)).first()
        assert due == (EVE.astimezone(UTC), 1, 1)

    await either.turn(test)


@pytest.mark.parametrize(
    ("clock", "hours"),
    [
        ("00:30", ""),  # right after midnight: two hours before is late at night
        ("05:00", ""),
        ("07:30", ""),  # half past five
        ("07:59", ""),
        ("08:00", "2026-12-12 06:00"),
        ("13:30", "2026-12-12 11:30"),
        ("18:00", "2026-12-12 16:00"),
        ("22:59", "2026-12-12 20:59"),
        ("23:00", ""),  # nine in the evening
        ("23:59", ""),
    ],
)
def test_a_class_at_any_hour_has_one_reminder_on_its_eve_and_none_at_night(
    clock: str, hours: str
) -> None:
    start = datetime.fromisoformat(f"2026-12-12T{clock}").replace(tzinfo=ZONE)
    found = moments.moments([moments.Start(start.astimezone(UTC))], ZONE)
    late = f"2026-12-1{1 if start.hour < 23 else 2} 19:00"
    wanted = [("week", "2026-12-05 19:00"), ("eve", "2026-12-11 19:00")]
    wanted += [("hours", hours or late)] if hours or start.hour >= 23 else []
    assert [(one.offset, f"{one.at:%Y-%m-%d %H:%M}") for one in found] == wanted
    assert not any(worktime.is_quiet(one.at) for one in found)
    merged = Offset.HOURS in next(one.offsets for one in found if one.offset is Offset.EVE)
    assert merged is (len(wanted) == 2)


def test_a_class_at_half_past_seven_is_announced_once_on_its_eve_to_whoever_wants_the_eve() -> None:
    found = moments.moments([moments.Start(START)], ZONE)
    mine = [one.at for one in found if moments.Wish(Remind.EVE).wants(one)]
    assert mine == [EVE]


def test_a_second_session_of_a_day_or_a_week_is_not_announced_twice() -> None:
    starts = [START, START + timedelta(hours=6), START + DAY, START + 14 * DAY]
    found = moments.moments([moments.Start(one) for one in starts], ZONE)
    eves = [one.starts_at for one in found if one.offset is Offset.EVE]
    weeks = [one.starts_at for one in found if one.offset is Offset.WEEK]
    assert eves == [START, START + DAY, START + 14 * DAY]
    assert weeks == [START, START + 14 * DAY]
    assert {one.offset for one in found} == {Offset.EVE, Offset.WEEK}


LINK = "https://hop.example/l12"


@pytest.mark.parametrize(
    ("clock", "afar", "wanted"),
    [
        ("13:30", True, ["eve 11 19:00", "join 12 12:30"]),
        ("13:30", False, ["eve 11 19:00", "hours 12 11:30", "join 12 12:30"]),
        ("07:30", True, ["eve 11 19:00", "join 12 06:30"]),
        ("06:30", True, ["eve+join 11 19:00"]),
        ("22:00", True, ["eve 11 19:00", "join 12 19:00"]),
    ],
)
def test_the_link_comes_an_hour_before(clock: str, afar: bool, wanted: list[str]) -> None:
    start = datetime.fromisoformat(f"2026-12-12T{clock}").replace(tzinfo=ZONE)
    found = moments.moments([moments.Start(start, LINK, afar)], ZONE)
    said = [f"{'+'.join(one.offsets)} {one.at:%d %H:%M}" for one in found[1:]]
    assert said == wanted


def test_a_second_link_of_a_day_comes_as_well() -> None:
    starts = [START, START + timedelta(hours=3), START + timedelta(hours=6)]
    links = [LINK, LINK, f"{LINK}b"]
    its = [moments.Start(at, link, afar=True) for at, link in zip(starts, links, strict=True)]
    joins = [one.starts_at for one in moments.moments(its, ZONE) if Offset.JOIN in one.offsets]
    assert joins == [starts[0], starts[2]]


def test_holidays_move_a_weeks_notice_earlier_and_nothing_that_is_near() -> None:
    # Tết 2027: no work from 4 to 10 February.
    start = datetime(2027, 2, 17, 13, 30, tzinfo=ZONE)
    found = moments.moments([moments.Start(start)], ZONE)
    assert [f"{one.at:%d/%m %H:%M}" for one in found] == [
        "03/02 19:00",
        "16/02 19:00",
        "17/02 11:30",
    ]
    within = moments.moments([moments.Start(start.replace(day=8))], ZONE)
    assert [f"{one.at:%d/%m %H:%M}" for one in within] == [
        "01/02 19:00",
        "07/02 19:00",
        "08/02 11:30",
    ]
    days = {datetime(2027, 2, day, tzinfo=ZONE).date(): False for day in range(4, 11)}
    moved = moments.moments([moments.Start(start)], ZONE, corrections=days)
    assert f"{moved[0].at:%d/%m}" == "10/02"


async def test_a_course_may_have_times_of_its_own(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db, starts_at=START + timedelta(hours=6))
        reminder_rules.change(db, 12, Offset.EVE, moments.Rule(days=2, clock=time(17)))
        reminder_rules.change(db, 12, Offset.WEEK, moments.Rule(days=30, clock=time(18)))
        reminder_rules.change(db, 12, Offset.HOURS, None)
        reminders.choose(db, 1, Remind.WEEK, MONDAY + DAY, account_id=1, channel="telegram")
        rules = reminder_rules.of_courses(db, [12, 13])
        assert rules[13] == moments.DEFAULTS
        assert reminder_rules.furthest(db) == 31 * DAY
        found = moments.moments([moments.Start(START)], ZONE, rules[12])
        assert [(one.offset, f"{one.at:%d/%m %H:%M}") for one in found] == [
            ("week", "12/11 18:00"), ("eve", "10/12 17:00"),
        ]  # fmt: skip
        assert reminders.owe_due(db, EVE) == 0
        early = EVE.replace(day=10, hour=17)
        assert reminders.owe_due(db, early) == 1
        assert [one.at for one in reminders.items(db, 1, early, early)] == [early]
        reminder_rules.as_usual(db, 12, Offset.EVE)
        assert reminders.owe_due(db, EVE) == 0  # told already
        with pytest.raises(ValueError, match="before"):
            reminder_rules.change(db, 12, Offset.JOIN, moments.Rule())

    await either.turn(test)


async def test_two_hours_before_for_whoever_has_not_switched_it_off(either: Database) -> None:
    noon = START + timedelta(hours=4)

    def test(db: Connection) -> None:
        world(db, 2, starts_at=START + timedelta(hours=6))
        reminders.on_day(db, 2, wanted=False)
        assert reminders.owe_due(db, noon) == 1
        assert owed(db) == [f"reminder:1:{iso(START + timedelta(hours=6))}:hours"]
        assert reminders.wishes(db, 2) == moments.Wish(Remind.EVE, on_day=False)
        assert [one.at for one in reminders.coming(db, 1, Remind.EVE, MONDAY)] == [EVE, noon]
        assert [one.at for one in reminders.coming(db, 2, Remind.EVE, MONDAY)] == [EVE]

    await either.turn(test)


async def test_the_link_comes_with_every_yes(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        reminders.on_day(db, 2, wanted=False)
        db.execute(update(Course).values(modality=Modality.ONLINE))
        db.execute(update(Session).values(link=LINK))
        at = START - timedelta(hours=1)
        assert reminders.owe_due(db, at) == 2
        assert [one.joins for one in reminders.items(db, 2, at, at)] == [True]

    await either.turn(test)


async def test_what_waited_for_too_long_gives_way_to_the_next(database: Database) -> None:
    def test(db: Connection) -> None:
        start = EVE + timedelta(hours=13)  # 8:00
        world(db, starts_at=start)
        assert reminders.owe_due(db, EVE) == 1
        assert reminders.items(db, 1, EVE, start - timedelta(hours=2, minutes=1)) != []
        late = start - timedelta(hours=2)
        assert reminders.owe_due(db, late) == 1
        assert reminders.items(db, 1, EVE, late) == []
        assert [one.at for one in reminders.items(db, 1, late, late)] == [late]

    await database.turn(test)


async def test_a_seat_given_up_frees_the_numbers_of_what_was_said_about_it(
    database: Database,
) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        reminders.owe_due(db, EVE)
        db.execute(update(Notice).where(Notice.id == 1).values(
            state=NoticeState.SENT, choices={"11": "attend 1"}))  # fmt: skip
        registrations.give_up(db, 12, 1, EVE)
        registrations.give_up(db, 12, 2, EVE)
        rows_ = db.execute(select(Notice.state, Notice.answered_at).order_by(Notice.id)).all()
        # What is still owed may speak of other seats: its words are made when it is said.
        assert rows_ == [(NoticeState.SENT, EVE), (NoticeState.OWED, None)]
        assert reminders.items(db, 2, EVE, EVE) == []

    await database.turn(test)


async def test_a_burst_is_written_in_batches(either: Database, monkeypatch: Any) -> None:
    monkeypatch.setattr(reminders, "BATCH", 3)

    def test(db: Connection) -> None:
        world(db, 7)
        rows.course(db, 13, seats=None, starts_at=START + timedelta(hours=6))
        for person_id in range(1, 8):
            seat(db, person_id, 13)
        assert [reminders.owe_due(db, EVE) for _ in range(6)] == [3, 3, 3, 3, 2, 0]
        assert len(owed(db)) == len(owed(db, NoticeState.SKIPPED)) == 7

    await either.turn(test)


async def test_what_was_put_off_still_takes_in_the_rest(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        assert reminders.owe_due(db, EVE) == 1
        outbox.postpone(db, 1, EVE + timedelta(minutes=20))
        rows.course(db, 13, seats=None, starts_at=START + timedelta(hours=6))
        seat(db, 1, 13)
        assert reminders.owe_due(db, EVE + timedelta(minutes=1)) == 1
        assert len(owed(db)) == 1

    await either.turn(test)


async def test_a_week_before_for_those_who_want_it(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        reminders.choose(db, 1, Remind.WEEK, MONDAY + DAY, account_id=1, channel="telegram")
        assert reminders.owe_due(db, WEEK + timedelta(minutes=5)) == 1
        assert owed(db) == [f"reminder:1:{iso(START)}:week"]
        assert reminders.owe_due(db, EVE) == 2

    await either.turn(test)


def gone(**values: Any) -> Any:
    return lambda db: db.execute(update(Person).values(**values))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(gone(remind=Remind.NEVER), id="never"),
        pytest.param(gone(remind=Remind.UNASKED), id="unasked"),
        pytest.param(gone(left_on=START.date()), id="left"),
        pytest.param(gone(leave_from=START.date()), id="on leave"),
        pytest.param(
            lambda db: db.execute(update(Consent).values(withdrawn_at=MONDAY)), id="withdrawn"
        ),
        pytest.param(
            lambda db: db.execute(update(Consent).values(purpose=ConsentPurpose.REGISTRATION)),
            id="another consent",
        ),
        pytest.param(
            lambda db: db.execute(update(Course).values(state=CourseState.DRAFT)), id="draft"
        ),
        pytest.param(lambda db: changes.cancel(db, 12, "bão", MONDAY), id="cancelled"),
        pytest.param(lambda db: registrations.give_up(db, 12, 1, MONDAY), id="given up"),
        pytest.param(
            lambda db: db.execute(update(Registration).values(standing=Standing.WAITING)),
            id="waiting",
        ),
        pytest.param(
            lambda db: db.execute(update(Registration).values(standing=Standing.OFFERED)),
            id="offered",
        ),
        pytest.param(
            lambda db: db.execute(update(Session).values(precision=Precision.DAY)), id="no hour"
        ),
        pytest.param(
            lambda db: db.execute(update(Registration).values(changed_at=EVE + DAY / 100)),
            id="registered after the moment",
        ),
        pytest.param(
            lambda db: db.execute(update(Registration).values(unanswered_since=EVE + DAY / 100)),
            id="moved after the moment",
        ),
        pytest.param(
            lambda db: db.execute(update(Consent).values(given_at=EVE + DAY / 100)),
            id="agreed after the moment",
        ),
    ],
)
async def test_who_is_not_reminded(database: Database, change: Any) -> None:
    def test(db: Connection) -> None:
        world(db)
        change(db)
        assert reminders.owe_due(db, EVE + timedelta(hours=1)) == 0
        assert reminders.items(db, 1, EVE, EVE) == [] or owed(db) == []

    await database.turn(test)


async def test_a_program_that_was_down_catches_up_while_it_is_of_use(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        assert reminders.owe_due(db, EVE + reminders.WINDOW) == 0
        assert reminders.owe_due(db, EVE + reminders.WINDOW - timedelta(minutes=1)) == 1
        early = START.replace(hour=0, minute=30)
        rows.course(db, 13, seats=None, starts_at=early)
        seat(db, 1, 13)
        # What has begun is reminded of no more.
        assert reminders.owe_due(db, early) == 0
        assert reminders.owe_due(db, early - timedelta(minutes=1)) == 1

    await database.turn(test)


async def test_a_moved_class_is_reminded_of_anew_and_the_old_words_are_none(
    database: Database,
) -> None:
    def test(db: Connection) -> None:
        world(db)
        assert reminders.owe_due(db, EVE) == 1
        changes.reschedule(db, 12, now=EVE, starts_at=START + 2 * DAY)
        assert reminders.items(db, 1, EVE, EVE) == []
        assert reminders.owe_due(db, EVE + 2 * DAY) == 1
        assert [one.starts_at for one in reminders.items(db, 1, EVE + 2 * DAY, EVE)] == [
            START + 2 * DAY
        ]

    await database.turn(test)


async def test_several_at_one_moment_become_one_message(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        rows.course(db, 13, seats=None, starts_at=START + timedelta(hours=6))
        rows.course(db, 14, seats=None, starts_at=START + 6 * DAY)
        seat(db, 1, 13)
        seat(db, 1, 14)
        reminders.choose(db, 1, Remind.WEEK, MONDAY + DAY, account_id=1, channel="telegram")
        assert reminders.owe_due(db, EVE) == 4  # 14 is a week from the same evening
        assert len(owed(db)) == 2
        assert len(owed(db, NoticeState.SKIPPED)) == 2
        found = [(one.course_id, one.offset) for one in reminders.items(db, 1, EVE, EVE)]
        assert found == [(12, "eve"), (13, "eve"), (14, "week")]
        assert reminders.owe_due(db, EVE + DAY / 24) == 0

    await either.turn(test)


async def test_each_choice_is_proved_and_no_takes_it_back(database: Database) -> None:
    def test(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 1)
        account_id = rows.account(db, "a", 1)
        given = select(func.count()).where(
            Consent.purpose == ConsentPurpose.REMINDERS, Consent.withdrawn_at.is_(None)
        )
        assert reminders.wish(db, 1) is Remind.UNASKED
        for days, wanted, standing in (
            (1, Remind.EVE, 1), (2, Remind.EVE, 1), (3, Remind.WEEK, 1), (4, Remind.NEVER, 0),
            (5, Remind.EVE, 1),
        ):  # fmt: skip
            reminders.choose(db, 1, wanted, MONDAY + days * DAY, account_id=account_id,
                             channel="zalo_oa")  # fmt: skip
            assert reminders.wish(db, 1) is wanted
            assert db.execute(given).scalar_one() == standing
        kept = db.execute(select(Consent.version, Consent.channel, Consent.given_at)).all()
        assert kept == [(consents.VERSION, "zalo_oa", MONDAY + days * DAY) for days in (1, 3, 5)]
        consents.withdraw(db, 1, ConsentPurpose.REMINDERS, MONDAY + 6 * DAY)
        assert reminders.wish(db, 1) is Remind.UNASKED
        with pytest.raises(ValueError, match="unasked"):
            reminders.choose(db, 1, Remind.UNASKED, MONDAY, account_id=1, channel="zalo_oa")

    await database.turn(test)


# What happens to the small world below, in any order.
STEP = st.one_of(
    st.tuples(st.just("tick"), st.integers(-120, 60 * 30)),  # minutes: the clock may go back
    st.tuples(st.just("move"), st.integers(-72, 24 * 9)),  # hours from where it was
    st.tuples(st.just("place"), st.just(0)),
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("leave"), st.integers(1, 3)),
    st.tuples(st.just("return"), st.integers(1, 3)),
    st.tuples(st.just("day"), st.integers(1, 2)),
    st.tuples(st.just("merge"), st.just(0)),
    st.tuples(st.just("send"), st.just(0)),
)
STEPS = st.lists(STEP, max_size=30)


@pytest.fixture(scope="module")
def scratch(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database whose every example is rolled back."""
    path = tmp_path_factory.mktemp("scratch") / "scratch.db"
    shutil.copy(empty_file, path)
    engine = sqlite(address(f"sqlite:///{path}"))
    yield engine
    engine.dispose()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, first=st.integers(1, 9 * 24))
def test_nobody_is_reminded_twice_or_of_what_is_not(
    scratch: Engine, steps: list[tuple[str, int]], first: int
) -> None:
    live(scratch, steps, first)


@pytest.mark.soak
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=10, max_size=80), first=st.integers(1, 9 * 24))
def test_nobody_is_reminded_twice_in_any_of_many_lives(
    scratch: Engine, steps: list[tuple[str, int]], first: int
) -> None:
    live(scratch, steps, first)


@dataclass
class World:
    """Three people with a seat in a course whose time changes, and in one of the same day."""

    db: Connection
    now: datetime
    said: Counter[tuple[int, datetime, Offset]] = field(
        default_factory=Counter[tuple[int, datetime, Offset]]
    )

    def tick(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        reminders.owe_due(self.db, self.now)
        assert reminders.owe_due(self.db, self.now) == 0

    def move(self, hours: int) -> None:
        old = select(Session.starts_at).where(Session.course_id == 12)
        start = self.db.execute(old).scalar_one() + timedelta(hours=hours)
        if start > self.now:
            changes.reschedule(self.db, 12, now=self.now, starts_at=start.astimezone(ZONE))

    def place(self, _: int) -> None:
        changes.reschedule(self.db, 12, now=self.now, place=f"{self.now}")

    def cancel(self, _: int) -> None:
        changes.cancel(self.db, 12, "bão", self.now)

    def leave(self, person_id: int) -> None:
        registrations.give_up(self.db, 12, person_id, self.now)

    def return_(self, person_id: int) -> None:
        registrations.register(self.db, 12, conversations.who(self.db, person_id), self.now)

    def day(self, person_id: int) -> None:
        wanted = reminders.wishes(self.db, person_id).on_day
        reminders.on_day(self.db, person_id, wanted=not wanted)

    def merge(self, _: int) -> None:
        left = select(Person.id).where(Person.id == 2, Person.merged_into_id.is_(None))
        if self.db.execute(left).first():
            merges.lock_courses(self.db, 1, 2)
            merges.merge(self.db, 2, 1, self.now, actor_id=1)

    def send(self, _: int) -> None:
        """What the sender does: claims what is due and says what is still true."""
        due = select(Notice.id, Notice.person_id, Notice.data).where(
            Notice.kind == reminders.KIND, Notice.state == NoticeState.OWED,
            Notice.due_at <= self.now,
        )  # fmt: skip
        for row in self.db.execute(due).all() if not worktime.is_quiet(self.now) else ():
            found = self.true(row.id, row.person_id, row.data)
            state = NoticeState.SENT if found else NoticeState.SKIPPED
            self.db.execute(update(Notice).where(Notice.id == row.id).values(state=state))
            if found:
                self.check(row.id, row.person_id, row.data["at"])
            for item in found:
                self.said[item.registration_id, item.starts_at, item.offset] += 1

    def true(self, notice_id: int, person_id: int, data: dict[str, Any]) -> list[Item]:
        if reminders.doubled(self.db, notice_id, person_id, data):
            return []
        found = reminders.items(self.db, person_id, reminders.at(data, self.now), self.now)
        state = dict(self.db.execute(select(Course.id, Course.state)).all())
        assert all(self.now < item.starts_at for item in found)
        assert all(state[item.course_id] is not CourseState.CANCELLED for item in found)
        return found

    def check(self, notice_id: int, person_id: int, at: str) -> None:
        """Nothing went to whoever said no, and nothing else to this person for this moment."""
        assert person_id != 3
        others = select(func.count()).where(
            Notice.person_id == person_id, Notice.id != notice_id, Notice.kind == reminders.KIND,
            Notice.state == NoticeState.SENT, Notice.data["at"].as_string() == at,
        )  # fmt: skip
        assert self.db.execute(others).scalar_one() == 0


def live(scratch: Engine, steps: list[tuple[str, int]], first: int) -> None:
    with scratch.connect() as db, db.begin() as transaction:
        start = MONDAY + timedelta(hours=first)
        world(db, 3, starts_at=start)
        rows.course(db, 13, seats=None, starts_at=start + timedelta(hours=5))
        for person_id in (1, 2, 3):
            seat(db, person_id, 13)
        reminders.choose(db, 2, Remind.WEEK, MONDAY - DAY, account_id=2, channel="telegram")
        db.execute(update(Person).where(Person.id == 3).values(remind=Remind.NEVER))
        here = World(db, MONDAY)
        for kind, value in steps:
            getattr(here, "return_" if kind == "return" else kind)(value)
        transaction.rollback()
    # Of each session once a way, however the clock, the dates and the people went.
    assert not here.said or max(here.said.values()) == 1


async def test_processes_that_look_at_once_owe_once(postgres_url: str) -> None:
    async with Database.open(postgres_url) as one, Database.open(postgres_url) as other:
        await one.turn(lambda db: world(db, 300))
        looks = [each.turn(lambda db: reminders.owe_due(db, EVE)) for each in (one, other) * 4]
        assert sum(await asyncio.gather(*looks)) == 300
        assert await one.turn(lambda db: reminders.owe_due(db, EVE)) == 0
        assert len(await one.read(owed)) == 300


async def test_many_registrations_are_looked_through_quickly(either: Database) -> None:
    count, due = 20_000, 2_000

    def fill(db: Connection) -> None:
        rows.school(db)
        rows.people(db, due)
        for course_id in range(1, count // due + 1):
            rows.course(db, course_id, seats=None, starts_at=START + (course_id - 1) * 10 * DAY)
        ids = range(1, due + 1)
        db.execute(update(Person).values(remind=Remind.WEEK))
        db.execute(
            insert(Account),
            [{"id": one, "channel": "telegram", "address": str(one), "created_at": MONDAY,
              "language": "vi", "reachable": True, "code_failures": 0} for one in ids],
        )  # fmt: skip
        db.execute(
            insert(AccountPerson),
            [{"account_id": one, "person_id": one, "since": MONDAY} for one in ids],
        )
        db.execute(
            insert(Consent),
            [{"account_id": one, "person_id": one, "purpose": ConsentPurpose.REMINDERS,
              "version": "1", "channel": "telegram", "given_at": MONDAY} for one in ids],
        )  # fmt: skip
        for course_id in range(1, count // due + 1):
            db.execute(
                insert(Registration),
                [{"course_id": course_id, "person_id": one, "standing": Standing.SEATED,
                  "turn": one, "provisional": False, "changed_at": MONDAY} for one in ids],
            )  # fmt: skip

    def owe(db: Connection) -> tuple[int, float]:
        begun = stopwatch.perf_counter()
        return reminders.owe_due(db, EVE), stopwatch.perf_counter() - begun

    await either.turn(fill)
    new, took = await either.turn(owe)
    again, idle = await either.turn(owe)
    assert (new, again) == (due, 0)
    assert took < 1
    assert idle < 0.5
