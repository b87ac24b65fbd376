"""Reminders: when each is due, for whom, once; through clock steps, moves and cancellations."""

from __future__ import annotations

import shutil
import time as stopwatch
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from storage import changes, consents, moments, registrations, reminders, worktime
from storage.database import address, sqlite
from storage.models import (
    Account,
    AccountPerson,
    Consent,
    ConsentPurpose,
    Course,
    CourseState,
    Notice,
    NoticeState,
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

    from storage.database import Database

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
    ("clock", "eve"),
    [
        ("00:30", "2026-12-11 19:00"),  # right after midnight: still the evening of the day before
        ("05:00", "2026-12-11 19:00"),
        ("07:30", "2026-12-11 19:00"),
        ("13:30", "2026-12-11 19:00"),
        ("18:00", "2026-12-11 19:00"),
        ("23:59", "2026-12-11 19:00"),
    ],
)
def test_a_class_at_any_hour_has_one_reminder_on_its_eve_and_none_at_night(
    clock: str, eve: str
) -> None:
    start = datetime.fromisoformat(f"2026-12-12T{clock}").replace(tzinfo=ZONE)
    found = moments.moments([start.astimezone(UTC)], ZONE)
    assert [(one.offset, f"{one.at:%Y-%m-%d %H:%M}") for one in found] == [
        (moments.Offset.WEEK, "2026-12-05 19:00"), (moments.Offset.EVE, eve),
    ]  # fmt: skip
    assert not any(worktime.is_quiet(one.at) for one in found)


def test_a_second_session_of_a_day_or_a_week_is_not_announced_twice() -> None:
    starts = [START, START + timedelta(hours=6), START + DAY, START + 14 * DAY]
    found = moments.moments(starts, ZONE)
    eves = [one.starts_at for one in found if one.offset is moments.Offset.EVE]
    weeks = [one.starts_at for one in found if one.offset is moments.Offset.WEEK]
    assert eves == [START, START + DAY, START + 14 * DAY]
    assert weeks == [START, START + 14 * DAY]


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


STEP = st.one_of(
    st.tuples(st.just("tick"), st.integers(-90, 60 * 30)),  # minutes: the clock may go back
    st.tuples(st.just("move"), st.integers(-72, 24 * 9)),  # hours from where it was
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("leave"), st.integers(1, 3)),
    st.tuples(st.just("send"), st.just(0)),
)


@pytest.fixture(scope="module")
def scratch(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database whose every example is rolled back."""
    path = tmp_path_factory.mktemp("scratch") / "scratch.db"
    shutil.copy(empty_file, path)
    engine = sqlite(address(f"sqlite:///{path}"))
    yield engine
    engine.dispose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, max_size=30), first=st.integers(1, 9 * 24))
def test_nobody_is_reminded_twice_or_of_what_is_not(
    scratch: Engine, steps: list[tuple[str, int]], first: int
) -> None:
    with scratch.connect() as db, db.begin() as transaction:
        now = MONDAY
        world(db, 3, starts_at=now + timedelta(hours=first))
        reminders.choose(db, 2, Remind.WEEK, MONDAY - DAY, account_id=2, channel="telegram")
        db.execute(update(Person).where(Person.id == 3).values(remind=Remind.NEVER))
        sent: list[tuple[int, datetime, datetime]] = []
        for kind, value in steps:
            now = play(db, kind, value, now, sent)
        transaction.rollback()
    # One message a person and moment, none for whoever said no, none at night.
    assert len({(person_id, at) for person_id, at, _ in sent}) == len(sent)
    assert all(person_id != 3 for person_id, _, _ in sent)
    assert not any(worktime.is_quiet(said) for _, _, said in sent)


def play(
    db: Connection, kind: str, value: int, now: datetime, sent: list[tuple[int, datetime, datetime]]
) -> datetime:
    match kind:
        case "tick":
            now += timedelta(minutes=value)
            reminders.owe_due(db, now)
            assert reminders.owe_due(db, now) == 0
        case "move":
            start = db.execute(select(Session.starts_at)).scalar_one() + timedelta(hours=value)
            if start > now:
                changes.reschedule(db, 12, now=now, starts_at=start.astimezone(ZONE))
        case "cancel":
            changes.cancel(db, 12, "bão", now)
        case "leave":
            registrations.give_up(db, 12, value, now)
        case _ if not worktime.is_quiet(now):
            send(db, now, sent)
        case _:
            pass
    return now


def send(db: Connection, now: datetime, sent: list[tuple[int, datetime, datetime]]) -> None:
    """What the sender does: claims what is due and says what is still true."""
    due = select(Notice.id, Notice.person_id, Notice.data).where(
        Notice.kind == reminders.KIND, Notice.state == NoticeState.OWED, Notice.due_at <= now
    )
    for row in db.execute(due).all():
        at = reminders.at(row.data, now)
        found = reminders.items(db, row.person_id, at, now)
        for item in found:
            assert now < item.starts_at
            state = db.execute(select(Course.state)).scalar_one()
            assert state is not CourseState.CANCELLED
        if found:
            sent.append((row.person_id, at, now))
        state = NoticeState.SENT if found else NoticeState.SKIPPED
        db.execute(update(Notice).where(Notice.id == row.id).values(state=state))


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
