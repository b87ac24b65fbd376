"""Why somebody is not written to, when people are planned and right before sending."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, insert, update

from storage import announcements, channels, outbox, recipients
from storage.models import (
    Account,
    Announce,
    Broadcast,
    BroadcastSeen,
    ChangeKind,
    Course,
    Mode,
    Notice,
    NoticeState,
    Person,
    Registration,
    School,
    Standing,
    UnitChange,
    UnitKind,
)
from storage.recipients import KIND, NO_LONGER_MEANT, About, Barrier, Rule, barrier_now
from tests import offices, rows
from tests.offices import AUTHOR, scope_of
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

DAY = timedelta(days=1)


def world(db: Connection, rule: Rule, teachers: int = 5) -> int:
    """A commune of teachers who can be reached and agreed, and a draft for whom a rule means."""
    offices.build(db, teachers)
    offices.officer(db, AUTHOR, offices.COMMUNE)
    rows.course(db, 12, seats=None)
    one = offices.drafted(db)
    announcements.write(db, one, MONDAY, audience=rule.to_json())
    return one


def got(db: Connection, person_id: int, days: float, broadcast_id: int) -> None:
    """An announcement that arrived so many days ago."""
    key = f"{KIND}:{broadcast_id}:{person_id}"
    outbox.owe(db, KIND, key=key, subject_id=broadcast_id, person_id=person_id, due_at=MONDAY)
    claimed = next(one for one in outbox.claim(db, MONDAY) if one.key == key)
    outbox.settle(db, claimed.id, NoticeState.SENT, at=MONDAY - days * DAY)


def stand(db: Connection, person_id: int, standing: Standing) -> None:
    db.execute(
        insert(Registration).values(
            course_id=12, person_id=person_id, standing=standing, turn=person_id,
            provisional=False, changed_at=MONDAY,
        )
    )  # fmt: skip


def change(db: Connection, person_id: int, **values: Any) -> None:
    db.execute(update(Person).where(Person.id == person_id).values(**values))


async def test_barred_people_are_skipped_with_the_first_reason(either: Database) -> None:
    def work(db: Connection) -> None:
        one = world(db, Rule())
        change(db, 1, announcements=Announce.NO)
        db.execute(update(Account).where(Account.address.in_(("t1", "t2"))).values(reachable=False))
        change(db, 3, announcements=Announce.UNASKED)
        for days in (1, 6):
            got(db, 4, days, 900 + days)
            got(db, 5, days + 2, 900 + days)  # the older one is no longer of this week
        scope = scope_of(db, AUTHOR)
        assert recipients.plan(db, one, Rule(), scope, MONDAY, exempt=False) == 1
        assert offices.states(db, one) == {
            "planned": 1, "skipped no account": 2, "skipped no consent": 1,
            "skipped weekly limit": 1,
        }  # fmt: skip
        assert recipients.barred(db, Rule(), scope, MONDAY, exempt=True) == {
            Barrier.NO_ACCOUNT: 2, Barrier.NO_CONSENT: 1
        }  # fmt: skip
        # Once more adds nothing and changes nothing.
        db.execute(update(Account).values(reachable=True))
        assert recipients.plan(db, one, Rule(), scope, MONDAY, exempt=True) == 1
        assert offices.states(db, one)["skipped no account"] == 2

    await either.turn(work)


async def test_former_units_positions_and_courses_on_either_database(either: Database) -> None:
    def work(db: Connection) -> None:
        rule = Rule(course_id=12, about=About.UNANSWERED)
        one = world(db, rule)
        stand(db, 1, Standing.NOMINATED)
        stand(db, 2, Standing.SEATED)
        scope = scope_of(db, AUTHOR)
        for wanted, count in (
            (rule, 1),
            (Rule(course_id=12, about=About.REGISTERED), 2),
            (Rule(course_id=12, about=About.MISSING, units=(offices.COMMUNE,)), 3),
            (Rule(course_id=12, about=About.WAITING, schools=(rows.SCHOOL,)), 0),
            (Rule(units=(77,), officers=True), 0),
            (Rule(reached_by=one, unseen_of=one, core=True), 0),
        ):
            assert recipients.count(db, wanted, scope) == count, wanted
        assert barrier_now(db, one, 1, MONDAY) is None
        assert barrier_now(db, one, 2, MONDAY) == NO_LONGER_MEANT

    await either.turn(work)


def test_a_channel_that_was_given_up_reaches_nobody(db: Connection) -> None:
    one = world(db, Rule(), 2)
    assert barrier_now(db, one, 1, MONDAY) is None  # a channel without a row runs
    channels.open_channel(db, "zalo_oa", channels.FREE, MONDAY)
    channels.close_others(db, ["zalo_oa"], MONDAY)
    assert barrier_now(db, one, 1, MONDAY) is Barrier.NO_ACCOUNT
    rows.account(db, "o1", 1, channel="zalo_oa")
    assert barrier_now(db, one, 1, MONDAY) is None
    tally = recipients.tally(db, Rule(), scope_of(db, AUTHOR), MONDAY, exempt=False)
    assert (tally.meant, tally.reachable, tally.barred) == (2, 1, {Barrier.NO_ACCOUNT: 1})


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"announcements": Announce.NO}, Barrier.NO_CONSENT),
        ({"left_on": MONDAY.date()}, NO_LONGER_MEANT),
        ({"leave_from": MONDAY.date() - DAY}, NO_LONGER_MEANT),
        ({"leave_from": MONDAY.date() + DAY}, None),
        ({"merged_into_id": 2}, NO_LONGER_MEANT),
    ],
)
def test_what_changed_since_it_was_planned(
    db: Connection, values: dict[str, Any], found: str | None
) -> None:
    one = world(db, Rule(), 2)
    change(db, 1, **values)
    assert barrier_now(db, one, 1, MONDAY) == found
    assert barrier_now(db, one, 999, MONDAY) == NO_LONGER_MEANT


def test_whoever_moved_to_another_office_is_in_its_hands(db: Connection) -> None:
    one = world(db, Rule(), 2)
    elsewhere = 77
    offices.unit(db, elsewhere, "/2/77/")
    db.execute(update(School).values(unit_id=elsewhere))
    assert barrier_now(db, one, 1, MONDAY) == NO_LONGER_MEANT
    db.execute(update(Broadcast).where(Broadcast.id == one).values(unit_id=offices.PROVINCE))
    assert barrier_now(db, one, 1, MONDAY) is None


@pytest.mark.parametrize("standing", [*Standing])
def test_whoever_registered_meanwhile_is_not_asked_to(db: Connection, standing: Standing) -> None:
    missing = Rule(course_id=12, about=About.MISSING)
    one = world(db, missing, 2)
    assert barrier_now(db, one, 1, MONDAY) is None
    stand(db, 1, standing)
    still = recipients.people(db, missing, scope_of(db, AUTHOR))
    found = barrier_now(db, one, 1, MONDAY)
    assert found == (None if 1 in db.execute(still).scalars().all() else NO_LONGER_MEANT)


def test_whoever_says_at_last_that_they_saw_it_is_not_reminded(db: Connection) -> None:
    first = world(db, Rule(), 2)
    for person_id in (1, 2):
        got(db, person_id, 20, first)
    follow_up = offices.drafted(db)
    rule = Rule(unseen_of=first)
    announcements.write(db, follow_up, MONDAY, audience=rule.to_json())
    scope = scope_of(db, AUTHOR)
    assert recipients.count(db, rule, scope) == 2
    db.execute(insert(BroadcastSeen).values(broadcast_id=first, person_id=1, at=MONDAY))
    assert list(db.execute(recipients.people(db, rule, scope)).scalars()) == [2]
    assert barrier_now(db, follow_up, 1, MONDAY) == NO_LONGER_MEANT
    assert barrier_now(db, follow_up, 2, MONDAY) is None


def test_the_week_counts_what_is_on_its_way_but_not_the_one_in_hand(db: Connection) -> None:
    one = world(db, Rule(), 1)
    got(db, 1, 1, 901)
    for subject in (one, 902):
        outbox.owe(db, KIND, key=f"{KIND}:{subject}:1", subject_id=subject, person_id=1,
                   due_at=MONDAY)  # fmt: skip
    outbox.claim(db, MONDAY)
    # Both are in hand: the older one goes.
    assert barrier_now(db, one, 1, MONDAY) is None
    newer = offices.drafted(db)
    db.execute(update(Notice).where(Notice.subject_id == 902).values(subject_id=newer))
    assert barrier_now(db, newer, 1, MONDAY) is Barrier.WEEKLY
    # The newer one is under way, whatever becomes of it.
    db.execute(update(Notice).where(Notice.subject_id == newer).values(sent_at=MONDAY))
    assert barrier_now(db, one, 1, MONDAY) is Barrier.WEEKLY
    assert barrier_now(db, one, 1, MONDAY + 7 * DAY) is None
    announcements.write(db, one, MONDAY, corrects_id=newer)
    assert barrier_now(db, one, 1, MONDAY) is None


@pytest.mark.parametrize(
    ("rule", "most"),
    [(Rule(), 1), (Rule(course_id=12), 1), (Rule(course_id=12, about=About.MISSING), 2)],
)
def test_asking_costs_two_statements_at_most(db: Connection, rule: Rule, most: int) -> None:
    one = world(db, rule, 1)
    statements: list[str] = []
    event.listen(db, "before_cursor_execute", lambda *told: statements.append(told[2]))
    assert barrier_now(db, one, 1, MONDAY) is None
    assert len(statements) == most


def test_officers_are_found_by_their_offices_and_by_what_they_got(db: Connection) -> None:
    first = world(db, Rule(officers=True), 1)
    offices.officer(db, offices.DEPARTMENT, offices.PROVINCE)
    whole = scope_of(db, offices.DEPARTMENT)
    narrow = scope_of(db, AUTHOR)
    assert recipients.count(db, Rule(officers=True), whole) == 1  # not the officer who asks
    assert recipients.count(db, Rule(officers=True), narrow) == 0
    got(db, AUTHOR, 1, first)
    got(db, 1, 1, first)
    again = recipients.people(db, Rule(reached_by=first), whole)
    assert set(db.execute(again).scalars()) == {1, AUTHOR}


def test_an_office_is_found_by_the_former_units_that_became_its_unit(db: Connection) -> None:
    world(db, Rule())
    offices.officer(db, offices.DEPARTMENT, offices.PROVINCE)
    offices.unit(db, 50, "/50/", UnitKind.PROVINCE)
    offices.unit(db, 51, "/50/51/")
    db.execute(
        insert(UnitChange).values(
            from_id=51, to_id=offices.COMMUNE, kind=ChangeKind.MERGE, day=MONDAY.date(),
            legal_basis="1671/NQ-UBTVQH15",
        )
    )  # fmt: skip
    offices.unit(db, 5, "/2/5/")
    whole = scope_of(db, offices.DEPARTMENT)
    for unit, count in ((50, 1), (51, 1), (offices.COMMUNE, 1), (offices.PROVINCE, 1), (5, 0)):
        assert recipients.count(db, Rule(officers=True, units=(unit,)), whole) == count, unit


def test_missing_are_those_a_course_is_meant_for(db: Connection) -> None:
    world(db, Rule())
    scope = scope_of(db, AUTHOR)
    for audience, count in (({"positions": ["HT"]}, 0), ({"positions": ["GV"]}, 5)):
        db.execute(update(Course).values(audience=audience))
        for about in (About.MISSING, None):
            assert recipients.count(db, Rule(course_id=12, about=about), scope) == count
    db.execute(update(Course).values(mode=Mode.NOMINATED))
    stand(db, 1, Standing.EXCUSED)
    assert recipients.count(db, Rule(course_id=12, about=About.MISSING), scope) == 1
