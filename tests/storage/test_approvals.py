"""A second officer approves what goes to many, and nothing ever waits in vain for one."""

from __future__ import annotations

import logging
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select, update

from storage import approvals, broadcasts, merges, roles, scopes
from storage.broadcasts import Outcome
from storage.models import (
    Account,
    AccountPerson,
    AuditEntry,
    BroadcastState,
    Notice,
    Role,
    Unit,
    UnitKind,
)
from tests import offices
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, DEPARTMENT, PROVINCE
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

MINUTE = timedelta(minutes=1)
YESTERDAY = (MONDAY - timedelta(days=1)).date()


@pytest.fixture
def world(db: Connection) -> Connection:
    """51 teachers of a commune with two officers, below one of the Sở."""
    offices.build(db, 51)
    for person_id, unit_id in ((AUTHOR, COMMUNE), (COLLEAGUE, COMMUNE), (DEPARTMENT, PROVINCE)):
        offices.officer(db, person_id, unit_id)
    return db


def until(db: Connection, broadcast_id: int) -> datetime | None:
    found = broadcasts.get(db, broadcast_id)
    return found.held_until if found else None


def alone_from(db: Connection, broadcast_id: int) -> datetime | None:
    found = broadcasts.get(db, broadcast_id)
    return found.alone_from if found else None


def dismissed(db: Connection, person_id: int) -> None:
    db.execute(update(Role).where(Role.person_id == person_id).values(valid_to=YESTERDAY))


def unlinked(db: Connection, person_id: int) -> None:
    db.execute(delete(AccountPerson).where(AccountPerson.person_id == person_id))


def test_the_threshold(world: Connection):
    assert not approvals.needed(50)
    assert approvals.needed(51)


def test_whoever_can_approve_is_asked_the_nearest_first(world: Connection):
    offices.unit(world, 3, "/2/3/")
    offices.officer(world, 9004, 3)
    offices.officer(world, 9005, PROVINCE, account=False)
    draft = offices.drafted(world)
    result = broadcasts.confirm(world, offices.scope_of(world, AUTHOR), draft, 51, MONDAY)

    assert (result.outcome, result.count) == (Outcome.ASKED, 51)
    assert [one.person_id for one in result.approvers] == [COLLEAGUE, DEPARTMENT]
    assert result.approvers[0].unit == "Xã Tuy Đức"
    assert offices.told(world, "approval") == [COLLEAGUE, DEPARTMENT]
    offices.deal(world, MONDAY + timedelta(days=3))
    assert offices.state(world, draft) is BroadcastState.ASKED, "it waits for them"
    assert offices.told(world, "approval") == [COLLEAGUE, DEPARTMENT], "they are asked once"


def test_approved_it_is_held_for_long_and_the_others_can_stop_it(world: Connection):
    sent = offices.confirmed(world, 51)
    now = MONDAY + 5 * MINUTE
    assert approvals.approve(world, offices.scope_of(world, COLLEAGUE), sent, now)
    assert not approvals.approve(world, offices.scope_of(world, DEPARTMENT), sent, now)
    assert not approvals.refuse(world, offices.scope_of(world, DEPARTMENT), sent, now)

    assert until(world, sent) == now + 10 * MINUTE
    assert offices.told(world, "approval") == []
    assert offices.told(world, "holding") == [AUTHOR, DEPARTMENT], "not whoever approved it"
    offices.deal(world, now + 9 * MINUTE)
    assert offices.state(world, sent) is BroadcastState.HELD
    offices.deal(world, now + 10 * MINUTE)
    assert offices.state(world, sent) is BroadcastState.RUNNING
    assert offices.told(world, "holding") == []


def test_nobody_approves_their_own(world: Connection):
    sent = offices.confirmed(world, 51)
    assert not approvals.approve(world, offices.scope_of(world, AUTHOR), sent, MONDAY)
    # The author turns out to be the colleague.
    merges.lock_courses(world, AUTHOR, COLLEAGUE)
    merges.merge(world, AUTHOR, COLLEAGUE, MONDAY, actor_id=DEPARTMENT)
    assert not approvals.approve(world, offices.scope_of(world, COLLEAGUE), sent, MONDAY)
    assert not approvals.refuse(world, offices.scope_of(world, COLLEAGUE), sent, MONDAY)
    assert approvals.approve(world, offices.scope_of(world, DEPARTMENT), sent, MONDAY)


def test_a_role_that_ended_meanwhile_approves_nothing(world: Connection):
    sent, before = offices.confirmed(world, 51), offices.scope_of(world, COLLEAGUE)
    dismissed(world, COLLEAGUE)
    assert not approvals.approve(world, before, sent, MONDAY)
    offices.unit(world, 3, "/2/3/")
    offices.officer(world, 9004, 3)
    assert not approvals.approve(world, offices.scope_of(world, 9004), sent, MONDAY)
    assert offices.state(world, sent) is BroadcastState.ASKED


def test_refused_it_is_a_draft_again_of_which_nothing_was_sent(world: Connection):
    sent = offices.confirmed(world, 51)
    now = MONDAY + MINUTE
    assert approvals.refuse(world, offices.scope_of(world, DEPARTMENT), sent, now)
    assert offices.state(world, sent) is BroadcastState.DRAFT
    assert offices.states(world, sent) == {}
    assert offices.told(world, "disapproved") == [AUTHOR]
    assert offices.told(world, "approval") == []

    again = broadcasts.confirm(world, offices.scope_of(world, AUTHOR), sent, 51, now + MINUTE)
    assert again.outcome is Outcome.ASKED
    assert offices.told(world, "approval") == [COLLEAGUE, DEPARTMENT], "asked anew"


def test_with_nobody_to_approve_it_goes_on_alone(
    world: Connection, caplog: pytest.LogCaptureFixture
):
    dismissed(world, COLLEAGUE)
    unlinked(world, DEPARTMENT)
    draft = offices.drafted(world)
    with caplog.at_level(logging.WARNING):
        result = broadcasts.confirm(world, offices.scope_of(world, AUTHOR), draft, 51, MONDAY)
    assert (result.outcome, result.until) == (Outcome.ALONE, MONDAY + 30 * MINUTE)
    assert "TB-0001 has nobody to approve it" in caplog.text
    actions = world.execute(select(AuditEntry.action).where(AuditEntry.actor_id.is_(None)))
    assert actions.scalars().all() == ["nobody can approve"]

    offices.deal(world, MONDAY + 29 * MINUTE)
    assert offices.state(world, draft) is BroadcastState.ASKED
    offices.deal(world, MONDAY + 30 * MINUTE)
    assert offices.state(world, draft) is BroadcastState.HELD
    assert until(world, draft) == MONDAY + 40 * MINUTE
    assert offices.told(world, "holding") == [AUTHOR, DEPARTMENT]


def test_the_last_approver_may_disappear_and_somebody_may_come(world: Connection):
    sent, now = offices.confirmed(world, 51), MONDAY + MINUTE
    unlinked(world, COLLEAGUE)
    offices.deal(world, now)
    assert alone_from(world, sent) is None
    dismissed(world, DEPARTMENT)
    offices.deal(world, now)
    assert alone_from(world, sent) == now + 30 * MINUTE

    offices.officer(world, 9004, PROVINCE)
    offices.deal(world, now + 30 * MINUTE)
    assert offices.state(world, sent) is BroadcastState.ASKED, "whoever can approve has to"
    assert offices.told(world, "approval") == [COLLEAGUE, DEPARTMENT, 9004]
    assert approvals.approve(world, offices.scope_of(world, 9004), sent, now)


def test_the_hold_begins_when_people_are_awake_to_stop_it(world: Connection):
    night = MONDAY.replace(day=25, hour=23)
    sent = offices.confirmed(world, 51, now=night)
    assert approvals.approve(world, offices.scope_of(world, COLLEAGUE, night), sent, night)
    morning = MONDAY.replace(day=26, hour=6)
    assert until(world, sent) == morning + 10 * MINUTE
    due = select(func.min(Notice.due_at)).where(Notice.kind == "holding")
    assert world.execute(due).scalar_one() == morning


# ---- Random trees: nothing ends unsendable, and nothing is sent without an approval there can be.


def forest(db: Connection, chance: Random) -> list[int]:
    """Units between the province and the commune, and officers anywhere on that way.

    The author is the only officer of all now and then, of the commune or of the Sở.
    """
    path = "/2/"
    for unit_id in range(10, 10 + chance.randrange(3)):
        path = f"{path}{unit_id}/"
        offices.unit(db, unit_id, path, UnitKind.DISTRICT)
    offices.unit(db, 5, "/2/5/")  # a neighbour, with officers who have no say
    commune_path = f"{path}1/"
    db.execute(update(Unit).where(Unit.id == COMMUNE).values(path=commune_path))
    spots = [*roles.units_on(commune_path), 5]
    author_at = chance.choice([COMMUNE, PROVINCE])
    offices.officer(db, AUTHOR, author_at)
    others = list(range(9100, 9100 + chance.randrange(5)))
    for person_id in others:
        offices.officer(db, person_id, chance.choice(spots), account=chance.random() < 0.7)
    return others


def happens(db: Connection, chance: Random, sent: int, others: list[int], now: datetime) -> None:
    """An officer approves, refuses, loses the role or the phone, or gets a phone."""
    person_id = chance.choice(others) if others else AUTHOR
    match chance.randrange(5):
        case 0:
            if scope := scopes.of(db, person_id, now.date()):
                approvals.approve(db, scope, sent, now)
        case 1:
            if (scope := scopes.of(db, person_id, now.date())) and chance.random() < 0.3:
                approvals.refuse(db, scope, sent, now)
        case 2:
            if person_id != AUTHOR:
                dismissed(db, person_id)
        case 3:
            reachable = chance.random() < 0.5
            db.execute(
                update(Account)
                .where(Account.address == f"o{person_id}")
                .values(reachable=reachable)
            )
        case _:
            pass


def approver_there(db: Connection, sent: int, now: datetime) -> bool:
    found = broadcasts.get(db, sent)
    return bool(found and approvals.approvers(db, found.path, found.author_id, now))


def last_hour(db: Connection, sent: int, now: datetime) -> None:
    """Everybody who is left does what they can: then it is on its way within the rules."""
    author = scopes.of(db, AUTHOR, now.date())
    assert author
    if offices.state(db, sent) is BroadcastState.DRAFT:
        assert broadcasts.confirm(db, author, sent, 51, now).count == 51
    offices.deal(db, now)
    found = broadcasts.get(db, sent)
    assert found
    if offices.state(db, sent) is BroadcastState.ASKED and found.alone_from is None:
        first = approvals.approvers(db, found.path, AUTHOR, now)[0]
        assert approvals.approve(db, offices.scope_of(db, first.person_id, now), sent, now)
    for minute in (31, 42, 43):
        offices.deal(db, now + minute * MINUTE)
    assert offices.state(db, sent) is BroadcastState.RUNNING


def test_no_announcement_ends_unsendable(db: Connection):
    offices.build(db, 51)
    ends: set[str] = set()
    for seed in range(25):
        with db.begin_nested() as trial:
            ends.add(one_life(db, Random(seed)))
            trial.rollback()
    assert ends == {"alone", "approved", "late"}, "the trials do not cover what may happen"


def one_life(db: Connection, chance: Random) -> str:
    """One announcement among officers who come and go; says how it came to be sent."""
    others = forest(db, chance)
    sent, now = offices.confirmed(db, 51), MONDAY
    for _ in range(12):
        now += chance.choice((MINUTE, 15 * MINUTE, 31 * MINUTE))
        happens(db, chance, sent, others, now)
        before, alone = offices.state(db, sent), not approver_there(db, sent, now)
        offices.deal(db, now)
        after = offices.state(db, sent)
        if before is BroadcastState.ASKED and after is not before:
            assert alone, "while somebody can approve it, it waits for them"
        if after is BroadcastState.RUNNING:
            found = broadcasts.get(db, sent)
            return "approved" if found and found.approved_by_id else "alone"
    last_hour(db, sent, now)
    return "late"
