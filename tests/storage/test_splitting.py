"""Many small announcements of one author are one large one: a second officer has to approve it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from storage import approvals, broadcasts, rehearsals
from storage.approvers import MOST_APART
from storage.broadcasts import Outcome
from storage.models import BroadcastState, Notice, NoticeState, Person, Position
from storage.recipients import KIND, Rule
from tests import offices
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, DEPARTMENT, PROVINCE
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

TEACHERS = Rule(positions=(Position.TEACHER,))
PRINCIPALS = Rule(positions=(Position.PRINCIPAL,))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(db: Connection) -> Connection:
    """A commune of 30 teachers and 21 principals with two officers, below one of the Sở."""
    offices.build(db, 51)
    principals = update(Person).where(Person.id > 30).values(position=Position.PRINCIPAL)
    db.execute(principals)
    for person_id, unit_id in ((AUTHOR, COMMUNE), (COLLEAGUE, COMMUNE), (DEPARTMENT, PROVINCE)):
        offices.officer(db, person_id, unit_id)
    return db


def sent(
    db: Connection, rule: Rule, count: int, now: datetime = MONDAY, author_id: int = AUTHOR
) -> tuple[int, Outcome]:
    scope = offices.scope_of(db, author_id, now)
    draft = broadcasts.draft(db, scope, rule, now, text="Đề nghị trả lời.")
    rehearsed = rehearsals.rehearse(db, scope, draft, now)
    result = broadcasts.confirm(db, scope, draft, count, now)
    assert rehearsed
    # What was said beforehand is what happens.
    assert rehearsed.needs_approval == (result.outcome is not Outcome.HELD)
    assert result.count == count
    return draft, result.outcome


def test_an_audience_in_two_halves_is_approved_like_the_whole(world: Connection):
    first, outcome = sent(world, TEACHERS, 30)
    assert outcome is Outcome.HELD
    second, outcome = sent(world, PRINCIPALS, 21, MONDAY + MINUTE)
    assert outcome is Outcome.ASKED

    assert approvals.approve(world, offices.scope_of(world, DEPARTMENT), second, MONDAY + MINUTE)

    assert offices.state(world, first) is BroadcastState.HELD
    held = broadcasts.get(world, second)
    assert held
    assert held.held_until == MONDAY + MINUTE + approvals.LONG_HOLD
    assert offices.told(world, "holding") == [AUTHOR, COLLEAGUE]


def test_the_same_people_count_once_but_not_for_ever(world: Connection):
    outcomes: list[Outcome] = []
    for number in range(MOST_APART + 1):
        draft, outcome = sent(world, TEACHERS, 30, MONDAY + number * MINUTE)
        outcomes.append(outcome)
        # Nobody has two of a week yet: they are all still held.
        assert offices.state(world, draft) in {BroadcastState.HELD, BroadcastState.ASKED}
    assert outcomes == [Outcome.HELD] * MOST_APART + [Outcome.ASKED]


def test_a_chain_of_corrections_is_bounded_too(world: Connection):
    broadcast_id, _ = sent(world, TEACHERS, 30)
    outcomes: list[Outcome] = []
    for number in range(1, MOST_APART + 2):
        now = MONDAY + 2 * number * MINUTE
        offices.deal(world, now)
        mine = update(Notice).where(Notice.kind == KIND, Notice.subject_id == broadcast_id)
        world.execute(mine.values(state=NoticeState.SENT, sent_at=now))
        scope = offices.scope_of(world, AUTHOR, now)
        broadcast_id = broadcasts.draft(
            world, scope, Rule(), now, text="Xin sửa lại.", corrects_id=broadcast_id
        )
        outcomes.append(broadcasts.confirm(world, scope, broadcast_id, 30, now).outcome)
        if outcomes[-1] is Outcome.ASKED:
            break
    assert outcomes == [Outcome.HELD] * (MOST_APART - 1) + [Outcome.ASKED]


def test_a_day_later_somebody_else_and_what_never_went_out_count_anew(world: Connection):
    sent(world, TEACHERS, 30)
    assert sent(world, PRINCIPALS, 21, MONDAY, COLLEAGUE)[1] is Outcome.HELD
    tomorrow = MONDAY + timedelta(days=1, minutes=1)
    third, outcome = sent(world, PRINCIPALS, 21, tomorrow)
    assert outcome is Outcome.HELD
    assert broadcasts.stop(world, offices.scope_of(world, AUTHOR, tomorrow), third, tomorrow)
    assert sent(world, TEACHERS, 30, tomorrow)[1] is Outcome.HELD


def test_what_was_approved_does_not_count(world: Connection):
    sent(world, TEACHERS, 30)
    second, outcome = sent(world, PRINCIPALS, 21, MONDAY + MINUTE)
    assert outcome is Outcome.ASKED
    assert approvals.approve(world, offices.scope_of(world, COLLEAGUE), second, MONDAY + MINUTE)

    assert sent(world, TEACHERS, 30, MONDAY + 2 * MINUTE)[1] is Outcome.HELD


def test_alone_it_still_goes_on_by_itself(db: Connection):
    offices.build(db, 51)
    db.execute(update(Person).where(Person.id > 30).values(position=Position.PRINCIPAL))
    offices.officer(db, AUTHOR, COMMUNE)
    sent(db, TEACHERS, 30)
    second, outcome = sent(db, PRINCIPALS, 21)
    assert outcome is Outcome.ALONE

    offices.deal(db, MONDAY + approvals.ALONE_AFTER)
    offices.deal(db, MONDAY + approvals.ALONE_AFTER + approvals.LONG_HOLD)

    assert offices.state(db, second) is BroadcastState.RUNNING
