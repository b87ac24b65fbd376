"""Who is asked and when: the people, three days later their principal, then the commune."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update

from storage import opting, outbox, roles, send_times, worktime
from storage.figures import books, nudged, nudging, rows, settling, subjects, unmet
from storage.figures.nudging import Plan, Skip
from storage.models import (
    AuditEntry,
    CourseProgramme,
    Indicator,
    IndicatorVersion,
    Notice,
    NoticeState,
    Nudge,
    NudgeRung,
    Period,
    Person,
    Position,
    Programme,
    Registration,
    RoleKind,
    Standing,
    SubjectKind,
)
from storage.sample import plans
from tests import offices
from tests import rows as made
from tests.storage.figures.test_unmet import about, stand
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database

ONE, TWO, HEAD = 1, 2, 8
PEOPLE = 8
DAY = timedelta(days=1)
# What a plan's first message waits for.
NOON = MONDAY.replace(hour=11, minute=30)


def build(db: Connection) -> None:
    """A school of eight, of whom the last is its principal; officers of commune and Sở."""
    offices.build(db, PEOPLE)
    for person_id, unit_id in (
        (offices.AUTHOR, made.COMMUNE), (offices.DEPARTMENT, offices.PROVINCE)
    ):  # fmt: skip
        offices.officer(db, person_id, unit_id)
    made.course(db, ONE, seats=40, starts_at=MONDAY + 60 * DAY)
    made.course(db, TWO, seats=40, starts_at=MONDAY + 61 * DAY)
    db.execute(update(Person).where(Person.id == HEAD).values(position=Position.PRINCIPAL))
    roles.grant(db, HEAD, RoleKind.PRINCIPAL, (MONDAY - DAY).date(), school_id=made.SCHOOL)
    books.open_day(db, MONDAY.date())
    settling.settle(db)


@pytest.fixture
def world(db: Connection) -> Connection:
    build(db)
    return db


def press(db: Connection, officer: int, course_id: int, now: datetime) -> Plan:
    scope = offices.scope_of(db, officer, now)
    return nudging.start(db, scope, about(db, course_id), None, now)


def sent(db: Connection, now: datetime) -> list[tuple[int, int, NudgeRung]]:
    """Send what is due as the sender would: (person, subject, rung) of what went out."""
    went: list[tuple[int, int, NudgeRung]] = []
    for one in outbox.claim(db, now):
        due = nudged.due(db, one, now)
        if due is not None:
            assert one.person_id
            went.append((one.person_id, due.topic.id, due.rung))
            outbox.settle(db, one.id, NoticeState.SENT, at=now)
            db.execute(update(Notice).where(Notice.id == one.id).values(sent_at=now))
        elif outbox.in_hand(db, [one]):
            outbox.settle(db, one.id, NoticeState.SKIPPED, at=None, reason="no longer true")
    return went


def test_one_press_asks_people_then_the_principal_then_the_commune(world: Connection) -> None:
    stand(world, ONE, 1, Standing.SEATED)
    stand(world, ONE, 2, Standing.EXCUSED, reason="om")
    world.execute(update(Person).where(Person.id == 3).values(announcements="no"))
    settling.settle(world)

    plan = press(world, offices.DEPARTMENT, ONE, MONDAY)

    assert [plan.count(rung) for rung in NudgeRung] == [5, 1, 1]
    assert [plan.first(rung) for rung in NudgeRung] == [NOON, NOON + 3 * DAY, NOON + 6 * DAY]
    assert plan.skipped == {Skip.NO_CONSENT: 1, Skip.CANNOT: 1}
    assert sent(world, MONDAY) == []
    # Whoever registers, falls ill for long or changes their mind meanwhile is left alone.
    stand(world, ONE, 4, Standing.SEATED)
    world.execute(update(Person).where(Person.id == 5).values(leave_from=MONDAY.date()))
    settling.settle(world)
    subject = about(world, ONE).id
    assert sent(world, NOON) == [(each, subject, NudgeRung.PERSON) for each in (6, 7, HEAD)]
    assert press(world, offices.AUTHOR, ONE, NOON + DAY).skipped[Skip.LATELY] == 3
    # The principal was asked three days ago, as one of the people; now as principal.
    books.open_day(world, (NOON + 3 * DAY).date())
    assert sent(world, NOON + 3 * DAY) == [(HEAD, subject, NudgeRung.PRINCIPAL)]
    assert sent(world, NOON + 6 * DAY) == [(offices.AUTHOR, subject, NudgeRung.COMMUNE)]
    noted = world.execute(select(AuditEntry.detail).where(AuditEntry.action == "nudged")).scalars()
    assert {"persons": 5, "principals": 1, "communes": 1}.items() <= noted.all()[0].items()


def test_nobody_is_asked_too_late_and_a_school_that_is_done_hears_nothing(
    world: Connection,
) -> None:
    press(world, offices.AUTHOR, ONE, MONDAY)
    sent(world, NOON)
    for each in range(1, PEOPLE + 1):
        stand(world, ONE, each, Standing.SEATED)
    settling.settle(world)
    assert sent(world, NOON + 3 * DAY) == []
    assert press(world, offices.AUTHOR, ONE, MONDAY + 70 * DAY) == Plan(closed=True)


def test_on_a_holiday_it_waits_for_the_next_good_hour(world: Connection) -> None:
    eve = MONDAY.replace(month=12, day=31, hour=21)
    plan = press(world, offices.AUTHOR, ONE, eve)
    first = plan.first(NudgeRung.PERSON)
    assert first
    assert not worktime.is_holiday(first.date())
    assert first == NOON.replace(year=2027, month=1, day=first.day)
    # What the evening left over does not wake anybody.
    morning = first.replace(hour=6) + DAY
    assert sent(world, morning) == []
    assert len(sent(world, morning.replace(hour=11, minute=30))) == PEOPLE


async def test_two_officers_who_press_at_once_ask_everybody_once(either: Database) -> None:
    await either.turn(build)
    both = [
        either.turn(partial(press, officer=each, course_id=ONE, now=MONDAY))
        for each in (offices.AUTHOR, offices.DEPARTMENT)
    ]

    plans = await asyncio.gather(*both)

    assert sorted(plan.count(NudgeRung.PERSON) for plan in plans) == [0, PEOPLE]
    twice = select(Nudge.person_id).group_by(Nudge.person_id, Nudge.at).having(func.count() > 1)
    assert await either.read(lambda db: db.execute(twice).all()) == []
    keys = select(func.count()).where(Notice.kind == "nudge")
    assert await either.read(lambda db: db.execute(keys).scalar_one()) == PEOPLE
    await either.turn(plan_the_year)
    await either.read(compare)


def plan_the_year(db: Connection) -> None:
    """Programmes with indicators of every kind, and periods."""
    for table, lines in (
        (Programme, plans.programmes(2026, 2026)), (Indicator, plans.indicators()),
        (IndicatorVersion, plans.versions(2026)), (Period, plans.periods(2026, MONDAY.date())),
    ):  # fmt: skip
        db.execute(insert(table), lines)
    db.execute(insert(CourseProgramme).values(course_id=ONE, programme_id=1))
    settling.everything(db)


def compare(db: Connection) -> None:
    """Of every subject the reasons add up to what the counters say, and have names behind them."""
    scope = offices.scope_of(db, offices.DEPARTMENT)
    kinds: set[SubjectKind] = set()
    for topic in subjects.listed(db, MONDAY.date()):
        found = unmet.counts(db, scope, topic, None, MONDAY)
        assert sum(found.values()) == rows.total(db, scope, topic.id).count.missing
        for reason, people in found.items():
            kinds.add(topic.kind)
            names = unmet.people(db, scope, topic, reason, MONDAY, limit=99)
            assert len(names) == people
        nudging.plan(db, scope, topic, None, MONDAY)
    assert kinds == set(SubjectKind)


def change(db: Connection, random: Random, now: datetime) -> None:
    """Somebody registers, goes on leave, comes back, or thinks again about announcements."""
    person_id = random.randint(1, PEOPLE)
    choice = random.randrange(5)
    if choice == 0:
        leave = {"leave_from": now.date(), "leave_to": (now + 4 * DAY).date()}
        db.execute(update(Person).where(Person.id == person_id).values(leave))
    elif choice == 1:
        wanted = random.random() < 0.7
        opting.choose(db, person_id, now, wanted=wanted, account_id=person_id, channel="telegram")
    else:
        course_id = random.choice((ONE, TWO))
        mine = (Registration.course_id == course_id, Registration.person_id == person_id)
        standing = random.choice(
            (Standing.NOMINATED, Standing.SEATED, Standing.LAPSED, Standing.EXCUSED)
        )
        if not db.execute(update(Registration).where(*mine).values(standing=standing)).rowcount:
            stand(db, course_id, person_id, standing)


@pytest.mark.parametrize("seed", [0, 2])
def test_whatever_happens_nobody_is_asked_too_often_nor_on_leave(db: Connection, seed: int) -> None:
    random = Random(seed)
    build(db)
    log: list[tuple[int, int, NudgeRung, Any]] = []
    # Over the New Year, which is a holiday.
    start = MONDAY + 24 * DAY
    for at in range(9 * 3):
        now = (start + DAY * (at // 3)).replace(hour=(7, 12, 18)[at % 3])
        if at % 3 == 0:
            books.open_day(db, now.date())
        change(db, random, now)
        settling.settle(db)
        if random.random() < 0.5:
            officer = random.choice((offices.AUTHOR, offices.DEPARTMENT))
            press(db, officer, random.choice((ONE, TWO)), now)
        for person_id, subject_id, rung in sent(db, now):
            log.append((person_id, subject_id, rung, now))
            check(db, person_id, subject_id, rung, now)
    assert {rung for _, _, rung, _ in log} == set(NudgeRung)
    for at, (person_id, subject_id, _, now) in enumerate(log):
        for other, subject, _, then in log[:at]:
            apart = (now.date() - then.date()).days
            assert other != person_id or apart >= (3 if subject == subject_id else 1)


def check(db: Connection, person_id: int, subject_id: int, rung: NudgeRung, now: datetime) -> None:
    """What holds of everybody who is asked."""
    assert now.time() >= send_times.WINDOWS[0][0]
    assert not worktime.is_quiet(now)
    assert not worktime.is_holiday(now.date())
    who = db.execute(select(Person).where(Person.id == person_id)).one()
    assert not (who.leave_from and who.leave_from <= now.date() <= who.leave_to)
    if rung is not NudgeRung.PERSON:
        return
    assert opting.wish(db, person_id) == "yes"
    topic = subjects.get(db, subject_id)
    assert topic
    stands = db.execute(
        select(Registration.standing).where(
            Registration.person_id == person_id, Registration.course_id == topic.course_id
        )
    ).scalar_one_or_none()
    assert stands in {None, Standing.NOMINATED, Standing.LAPSED}
