"""Announcements drafted, counted, confirmed, paused and stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from storage import announcements, broadcasts, conversations, profiles, work
from storage.broadcasts import Outcome
from storage.models import (
    Announce,
    Attachment,
    AttachmentKind,
    AttachmentState,
    AuditEntry,
    BroadcastSeen,
    BroadcastState,
    Person,
    Purpose,
)
from storage.recipients import Rule
from tests import offices
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, DEPARTMENT, PROVINCE, Postman
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.broadcasts import Announcement

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(db: Connection) -> Connection:
    """Nine teachers of a commune with one officer, below one of the Sở."""
    offices.build(db, 9)
    offices.officer(db, AUTHOR, COMMUNE)
    offices.officer(db, DEPARTMENT, PROVINCE)
    return db


def shown(db: Connection, broadcast_id: int) -> Announcement:
    found = broadcasts.get(db, broadcast_id)
    assert found
    return found


def test_a_draft_is_sent_for_the_narrowest_office_that_holds_its_units(world: Connection):
    scope = offices.scope_of(world, AUTHOR)
    both = replace(scope, reaches=(*offices.scope_of(world, DEPARTMENT).reaches, *scope.reaches))

    own = shown(world, broadcasts.draft(world, scope, Rule(), MONDAY))
    narrow = shown(world, broadcasts.draft(world, both, Rule(units=(COMMUNE,)), MONDAY))
    wide = shown(world, broadcasts.draft(world, both, Rule(core=True), MONDAY))

    assert (own.unit_id, own.unit, own.code) == (COMMUNE, "Xã Tuy Đức", "TB-0001")
    assert own.rule == Rule(units=(COMMUNE,)), "it says itself whom it means"
    assert narrow.unit_id == COMMUNE
    assert (wide.unit_id, wide.rule) == (PROVINCE, Rule(units=(PROVINCE,), core=True))


def test_only_the_number_of_this_moment_sends_it(world: Connection):
    scope, draft = offices.scope_of(world, AUTHOR), offices.drafted(world)
    world.execute(update(Person).where(Person.id == 3).values(announcements=Announce.NO))

    wrong = broadcasts.confirm(world, scope, draft, 9, MONDAY)
    assert (wrong.outcome, wrong.count) == (Outcome.OTHER_NUMBER, 8)
    assert offices.states(world, draft) == {}
    assert offices.state(world, draft) is BroadcastState.DRAFT

    right = broadcasts.confirm(world, scope, draft, 8, MONDAY)
    assert (right.outcome, right.count, right.until) == (Outcome.HELD, 8, MONDAY + MINUTE)
    assert offices.states(world, draft) == {"planned": 8, "skipped no consent": 1}
    assert broadcasts.confirm(world, scope, draft, 8, MONDAY).outcome is Outcome.GONE
    assert offices.told(world, "holding") == [], "nobody is troubled below the threshold"


def test_nothing_goes_to_nobody(world: Connection):
    world.execute(update(Person).values(announcements=Announce.UNASKED))
    for typed in (0, 9):
        result = broadcasts.confirm(
            world, offices.scope_of(world, AUTHOR), offices.drafted(world), typed, MONDAY
        )
        assert (result.outcome, result.count) == (Outcome.NOBODY, 0)


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (AttachmentState.PENDING, Outcome.NOT_READY),
        (AttachmentState.FAILED, Outcome.NOT_READY),
        (AttachmentState.READY, Outcome.HELD),
    ],
)
def test_a_file_that_is_not_here_holds_it_up(
    world: Connection, state: AttachmentState, outcome: Outcome
):
    scope, draft = offices.scope_of(world, AUTHOR), offices.drafted(world)
    world.execute(
        insert(Attachment).values(
            id=1, person_id=AUTHOR, kind=AttachmentKind.PHOTO, name="ảnh.jpg", channel="telegram",
            source="x", state=state, created_at=MONDAY,
        )
    )  # fmt: skip
    assert broadcasts.change(world, scope, draft, MONDAY, attachment_id=1)
    assert broadcasts.confirm(world, scope, draft, 9, MONDAY).outcome is outcome


def test_without_words_it_is_not_ready(world: Connection):
    scope, draft = offices.scope_of(world, AUTHOR), offices.drafted(world)
    assert broadcasts.change(world, scope, draft, MONDAY, text="  ")
    assert broadcasts.confirm(world, scope, draft, 9, MONDAY).outcome is Outcome.NOT_READY


def test_it_is_held_until_its_time_which_is_never_at_night_nor_on_a_holiday(world: Connection):
    scope = offices.scope_of(world, AUTHOR)
    new_year = MONDAY.replace(year=2027, month=1, day=1)
    for due, until in (
        (MONDAY + 3 * MINUTE, MONDAY + 3 * MINUTE),
        (MONDAY - MINUTE, MONDAY + MINUTE),
        (MONDAY.replace(day=25, hour=22), MONDAY.replace(day=26, hour=6)),
        (MONDAY.replace(hour=22), MONDAY.replace(day=25, hour=6)),  # 24/11 is a holiday
        (new_year, new_year.replace(day=2, hour=6)),
    ):
        draft = offices.drafted(world)
        assert broadcasts.change(world, scope, draft, MONDAY, due_at=due)
        assert broadcasts.confirm(world, scope, draft, 9, MONDAY).until == until


def test_a_covering_officer_who_sends_a_draft_answers_for_it_and_reaches_no_further(
    world: Connection,
):
    offices.unit(world, 3, "/2/3/")
    offices.officer(world, COLLEAGUE, 3)
    draft = offices.drafted(world)
    stranger = offices.scope_of(world, COLLEAGUE)
    assert broadcasts.seen_by(world, stranger, draft) is None
    assert not broadcasts.change(world, stranger, draft, MONDAY, text="x")
    assert broadcasts.confirm(world, stranger, draft, 9, MONDAY).outcome is Outcome.GONE
    assert not broadcasts.discard(world, stranger, draft, MONDAY)

    scope = offices.scope_of(world, DEPARTMENT)
    # A forged rule: the other commune lies in the officer's scope, not in the announcement's.
    assert broadcasts.change(world, scope, draft, MONDAY, rule=Rule(units=(PROVINCE,)))
    assert broadcasts.confirm(world, scope, draft, 9, MONDAY).outcome is Outcome.HELD
    found = shown(world, draft)
    assert (found.author_id, found.unit_id) == (DEPARTMENT, COMMUNE)


def test_an_author_whose_role_ended_sends_nothing_and_still_sees_it(world: Connection):
    scope, draft = offices.scope_of(world, AUTHOR), offices.drafted(world)
    elsewhere = replace(scope, reaches=tuple(replace(one, path="/2/3/") for one in scope.reaches))
    assert broadcasts.confirm(world, elsewhere, draft, 9, MONDAY).outcome is Outcome.GONE
    assert broadcasts.seen_by(world, elsewhere, draft)
    assert [one.id for one in broadcasts.drafts(world, elsewhere)] == [draft]


def test_a_draft_is_changed_until_it_is_confirmed(world: Connection):
    scope, draft = offices.scope_of(world, AUTHOR), offices.drafted(world)
    place = {"title": "Hội trường"}
    assert broadcasts.change(
        world, scope, draft, MONDAY, text="Mới", purpose=Purpose.ACT, place=place,
        rule=Rule(core=True),
    )  # fmt: skip
    found = shown(world, draft)
    assert (found.text, found.purpose, found.place) == ("Mới", Purpose.ACT, place)
    assert found.rule == Rule(units=(COMMUNE,), core=True)

    assert broadcasts.change(world, scope, draft, MONDAY, rule=Rule())
    assert broadcasts.confirm(world, scope, draft, 9, MONDAY).outcome is Outcome.HELD
    assert not broadcasts.change(world, scope, draft, MONDAY, text="Khác")
    assert not broadcasts.discard(world, scope, draft, MONDAY)
    assert broadcasts.drafts(world, scope) == []
    assert [one.id for one in broadcasts.recent(world, scope, 5)] == [draft]


def test_a_draft_that_is_thrown_away_is_gone(world: Connection):
    scope, draft = offices.scope_of(world, AUTHOR), offices.drafted(world)
    assert broadcasts.discard(world, scope, draft, MONDAY)
    assert not broadcasts.discard(world, scope, draft, MONDAY)
    assert broadcasts.get(world, draft) is None


def test_stopped_in_the_hold_nothing_was_sent(world: Connection):
    sent, postman = offices.confirmed(world, 9), Postman()
    offices.deal(world, MONDAY + timedelta(seconds=59))
    postman.send(world, MONDAY + timedelta(seconds=59))

    stopper = offices.scope_of(world, DEPARTMENT)
    assert broadcasts.stop(world, stopper, sent, MONDAY + timedelta(seconds=59))
    for minute in (1, 2, 600):
        offices.deal(world, MONDAY + minute * MINUTE)
        postman.send(world, MONDAY + minute * MINUTE)

    assert postman.people(sent) == []
    assert offices.states(world, sent) == {"skipped cancelled": 9}
    assert not broadcasts.stop(world, offices.scope_of(world, AUTHOR), sent, MONDAY), "one wins"
    assert postman.others == [("announced", AUTHOR)], "its author hears that it was stopped"


def test_a_pause_finishes_what_is_in_hand_and_keeps_the_rest(world: Connection):
    sent, postman = offices.running(world, 9), Postman()
    now, scope = MONDAY + MINUTE, offices.scope_of(world, AUTHOR)
    offices.deal(world, now)
    in_hand = broadcasts.outbox.claim(world, now, 2)

    assert broadcasts.pause(world, scope, sent, now)
    assert not broadcasts.pause(world, scope, sent, now)
    assert offices.states(world, sent) == {"planned": 7, "claimed": 2}
    postman.settle(world, in_hand, now)
    assert postman.send(world, now + MINUTE) == 0

    assert broadcasts.resume(world, scope, sent, now)
    assert not broadcasts.resume(world, scope, sent, now)
    offices.deal(world, now + MINUTE)
    postman.send(world, now + MINUTE)
    assert sorted(postman.people(sent)) == list(range(1, 10))


def test_stopped_while_it_is_sent_the_rest_gets_nothing(world: Connection):
    sent, postman = offices.running(world, 9), Postman()
    now = MONDAY + MINUTE
    offices.deal(world, now)
    postman.send(world, now, 4)
    assert broadcasts.stop_by_office(world, sent, now)
    postman.send(world, now)

    assert offices.states(world, sent) == {"sent": 4, "skipped cancelled": 5}
    last = select(AuditEntry.actor_id, AuditEntry.action).order_by(AuditEntry.id.desc()).limit(1)
    assert tuple(world.execute(last).one()) == (None, "stopped")
    assert not broadcasts.stop_by_office(world, sent, now)
    assert not broadcasts.stop_by_office(world, 999, now)


def test_nobody_outside_the_scope_stops_or_pauses_it(world: Connection):
    offices.unit(world, 3, "/2/3/")
    offices.officer(world, COLLEAGUE, 3)
    sent, stranger = offices.running(world, 9), offices.scope_of(world, COLLEAGUE)
    for forbidden in (broadcasts.pause, broadcasts.resume, broadcasts.stop):
        assert not forbidden(world, stranger, sent, MONDAY)
    assert offices.state(world, sent) is BroadcastState.RUNNING


def test_only_who_got_it_has_seen_it_and_once(world: Connection):
    sent, postman = offices.running(world, 9), Postman()
    offices.deal(world, MONDAY + MINUTE)
    assert not broadcasts.seen(world, sent, 1, MONDAY)
    postman.send(world, MONDAY + MINUTE)

    assert broadcasts.seen(world, sent, 1, MONDAY)
    assert broadcasts.seen(world, sent, 1, MONDAY + MINUTE)
    assert not broadcasts.seen(world, sent, DEPARTMENT, MONDAY)
    rows = world.execute(select(BroadcastSeen.person_id, BroadcastSeen.at)).all()
    assert [tuple(row) for row in rows] == [(1, MONDAY)]


def test_a_correction_goes_to_whom_the_first_one_reached(world: Connection):
    scope, sent, postman = offices.scope_of(world, AUTHOR), offices.running(world, 9), Postman()
    with pytest.raises(PermissionError):
        broadcasts.draft(world, scope, Rule(), MONDAY, corrects_id=offices.drafted(world))
    offices.deal(world, MONDAY + MINUTE)
    postman.send(world, MONDAY + MINUTE, 4)
    assert broadcasts.stop(world, scope, sent, MONDAY + MINUTE)

    draft = broadcasts.draft(world, scope, Rule(), MONDAY, text="Xin sửa.", corrects_id=sent)
    assert broadcasts.change(world, scope, draft, MONDAY, rule=Rule())
    assert shown(world, draft).rule.reached_by == sent
    assert broadcasts.confirm(world, scope, draft, 9, MONDAY).count == 4
    assert broadcasts.confirm(world, scope, draft, 4, MONDAY).outcome is Outcome.HELD


def test_every_decision_is_in_the_audit(world: Connection):
    scope, sent = offices.scope_of(world, AUTHOR), offices.running(world, 9)
    broadcasts.pause(world, scope, sent, MONDAY)
    broadcasts.resume(world, scope, sent, MONDAY)
    broadcasts.stop(world, scope, sent, MONDAY)
    rows = world.execute(
        select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.unit_id)
        .where(AuditEntry.subject == "broadcast")
        .order_by(AuditEntry.id)
    )
    deeds = ("drafted", "confirmed", "paused", "resumed", "stopped")
    assert [tuple(row) for row in rows] == [(deed, AUTHOR, COMMUNE) for deed in deeds]


def test_what_waits_for_approval_waits_for_the_others(db: Connection):
    offices.build(db, 51)
    offices.officer(db, AUTHOR, COMMUNE)
    offices.officer(db, DEPARTMENT, PROVINCE)
    sent = offices.confirmed(db, 51)
    assert work.announcements(db, offices.scope_of(db, DEPARTMENT)) == [sent]
    assert work.announcements(db, offices.scope_of(db, AUTHOR)) == []


def test_all_that_is_on_its_way_is_listed(world: Connection):
    held, sent = offices.confirmed(world, 9), offices.running(world, 9)
    offices.drafted(world)
    ids = [one.id for one in announcements.all_in(world, *broadcasts.ON_ITS_WAY)]
    assert ids == [held, sent]


def test_whoever_takes_every_consent_back_gets_no_announcements(world: Connection):
    profiles.withdraw(world, conversations.who(world, 3), MONDAY)
    wish = select(Person.announcements).where(Person.id == 3)
    assert world.execute(wish).scalar_one() is Announce.UNASKED
    result = broadcasts.confirm(
        world, offices.scope_of(world, AUTHOR), offices.drafted(world), 8, MONDAY
    )
    assert result.outcome is Outcome.HELD


def test_the_code_of_a_draft_thrown_away_is_never_given_again(world: Connection):
    scope = offices.scope_of(world, AUTHOR)
    first = offices.drafted(world)
    assert broadcasts.discard(world, scope, first, MONDAY)
    assert offices.drafted(world) > first
