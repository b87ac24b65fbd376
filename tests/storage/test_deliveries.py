"""What became of an announcement: counted, listed, tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage import announcements, broadcasts, deliveries, outbox
from storage.deliveries import Which
from storage.models import Account, Announce, BroadcastState, Notice, NoticeState, Person, Role
from tests import offices, rows
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, DEPARTMENT, PROVINCE, Postman
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

MINUTE = timedelta(minutes=1)
BEGUN, LATER = MONDAY + MINUTE, MONDAY + 9 * MINUTE
FATES = (
    (2, NoticeState.FAILED, "unreachable"),
    (3, NoticeState.FAILED, "rejected"),
    (4, NoticeState.UNCERTAIN, "no answer"),
)


@pytest.fixture
def sent(db: Connection) -> int:
    """One that is done: of 14 people two failed, one is uncertain, and two had no account."""
    offices.build(db, 14)
    offices.officer(db, AUTHOR, COMMUNE)
    offices.officer(db, DEPARTMENT, PROVINCE)
    for address in ("t13", "t14"):
        db.execute(update(Account).where(Account.address == address).values(reachable=False))
    broadcast_id = offices.running(db, 12)
    offices.deal(db, BEGUN)
    for one in outbox.claim(db, BEGUN):
        fate = next((fate for fate in FATES if fate[0] == one.person_id), None)
        state, reason = fate[1:] if fate else (NoticeState.SENT, "")
        way = outbox.addressed(
            one.id, account_id=None, channel="telegram", cost=0, block=0, choices={}, now=BEGUN
        )
        outbox.address(db, [way])
        at = None if state is NoticeState.FAILED else BEGUN
        outbox.settle(db, one.id, state, at=at, reason=reason)
    offices.deal(db, BEGUN)
    assert offices.state(db, broadcast_id) is BroadcastState.DONE
    return broadcast_id


def names(db: Connection, sent: int, which: Which) -> list[int]:
    found = deliveries.people(db, offices.scope_of(db, AUTHOR), sent, which)
    return [one.person_id for one in found]


def test_everybody_is_counted_once_with_the_reason(db: Connection, sent: int):
    assert broadcasts.seen(db, sent, 1, LATER)
    counts = deliveries.counts(db, sent)
    assert counts == deliveries.Counts(
        planned=0, owed=0, sent=9, uncertain=1, failed={"rejected": 1, "unreachable": 1},
        skipped={"no account": 2}, by_channel={"telegram": 10}, seen=1,
    )  # fmt: skip
    assert (counts.meant, counts.left, counts.not_reached) == (14, 0, 4)
    assert deliveries.counts(db, 999) == deliveries.Counts()


def test_the_lists_name_people_with_their_reasons(db: Connection, sent: int):
    scope = offices.scope_of(db, AUTHOR)
    assert names(db, sent, Which.FAILED) == [2, 3]
    assert names(db, sent, Which.UNCERTAIN) == [4]
    assert names(db, sent, Which.SKIPPED) == [13, 14]
    assert sorted(names(db, sent, Which.NOT_REACHED)) == [2, 3, 13, 14]
    assert broadcasts.seen(db, sent, 1, LATER)
    assert sorted(names(db, sent, Which.UNSEEN)) == [4, *range(5, 13)]

    first = deliveries.people(db, scope, sent, Which.SKIPPED)[0]
    assert (first.full_name, first.school) == ("Điểu Thị Nga 13", "Trường MN Hoa Cúc")
    assert first.reason == "no account"


def test_a_long_list_has_pages(db: Connection, sent: int):
    scope = offices.scope_of(db, AUTHOR)
    everybody = update(Notice).where(Notice.kind == "announcement")
    db.execute(everybody.values(state=NoticeState.SENT))
    pages = [deliveries.people(db, scope, sent, Which.SENT, page) for page in range(3)]
    assert [len(page) for page in pages] == [deliveries.PAGE + 1, 4, 0]
    assert pages[0][-1] == pages[1][0], "one more shows that another page follows"


def test_names_are_for_officers_who_cover_them(db: Connection, sent: int):
    offices.unit(db, 3, "/2/3/")
    offices.officer(db, COLLEAGUE, 3)
    stranger = offices.scope_of(db, COLLEAGUE)
    assert deliveries.people(db, stranger, sent, Which.FAILED) == []
    assert deliveries.retry(db, stranger, sent, LATER) == 0
    above = offices.scope_of(db, DEPARTMENT)
    assert len(deliveries.people(db, above, sent, Which.FAILED)) == 2


def test_only_what_failed_is_tried_again(db: Connection, sent: int):
    rows.account(db, "new", 13)
    scope, postman = offices.scope_of(db, AUTHOR), Postman()
    assert deliveries.retry(db, scope, sent, LATER) == 3
    assert deliveries.retry(db, scope, sent, LATER) == 0, "they are planned already"
    found = announcements.get(db, sent)
    assert found
    assert (found.state, found.finished_at) == (BroadcastState.RUNNING, None)

    offices.deal(db, LATER)
    postman.send(db, LATER)
    offices.deal(db, LATER)
    assert sorted(postman.people(sent)) == [2, 3, 13]
    assert offices.state(db, sent) is BroadcastState.DONE
    told = db.execute(select(Notice.person_id).where(Notice.kind == "announced")).scalars()
    assert list(told) == [AUTHOR, AUTHOR], "its author hears of the end again"


def test_whoever_said_no_or_may_have_it_is_left_alone(db: Connection, sent: int):
    db.execute(update(Person).where(Person.id == 2).values(announcements=Announce.NO))
    # The answer to an earlier try was lost.
    db.execute(update(Notice).where(Notice.person_id == 3).values(doubts=1))
    assert deliveries.retry(db, offices.scope_of(db, AUTHOR), sent, LATER) == 0
    assert offices.state(db, sent) is BroadcastState.DONE


def test_nothing_is_tried_again_once_it_was_stopped(db: Connection, sent: int):
    scope = offices.scope_of(db, AUTHOR)
    assert deliveries.retry(db, scope, sent, LATER) == 2
    assert broadcasts.stop(db, scope, sent, LATER)
    assert deliveries.retry(db, scope, sent, LATER) == 0


def test_who_tries_again_answers_for_it(db: Connection, sent: int):
    ended = (MONDAY - timedelta(days=1)).date()
    db.execute(update(Role).where(Role.person_id == AUTHOR).values(valid_to=ended))
    assert deliveries.retry(db, offices.scope_of(db, DEPARTMENT), sent, LATER) == 2
    offices.deal(db, LATER)
    assert offices.state(db, sent) is BroadcastState.RUNNING
