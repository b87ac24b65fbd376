"""After 24 months nobody knows any more who got what; the figures stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from storage import broadcasts, deliveries, outbox, retention
from storage.deliveries import Which
from storage.models import BroadcastSeen, Notice, NoticeState
from tests import offices
from tests.offices import AUTHOR, COMMUNE, Postman
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

BEGUN = MONDAY + timedelta(minutes=1)
# 24 months and a day later.
LATER = MONDAY.replace(year=2028) + timedelta(days=1)


def left(db: Connection) -> int:
    return db.execute(select(func.count(Notice.id))).scalar_one()


def condense(db: Connection, now: datetime) -> int:
    """Until there is nothing left to forget; how many turns it took."""
    turns = 1
    while retention.condense(db, now):
        turns += 1
    return turns


@pytest.mark.parametrize(
    ("now", "limit"),
    [
        ((2026, 11, 23), (2024, 11, 23)),
        ((2026, 1, 31), (2024, 1, 31)),
        ((2026, 12, 1), (2024, 12, 1)),
        ((2028, 2, 29), (2026, 2, 28)),
    ],
)
def test_twenty_four_months(now: tuple[int, int, int], limit: tuple[int, int, int]):
    at = datetime(*now, 8, tzinfo=ZONE)
    assert retention.before(at) == datetime(*limit, 8, tzinfo=ZONE)


def test_people_are_forgotten_in_portions_and_the_figures_stay(
    db: Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retention, "PORTION", 5)
    offices.build(db, 12)
    offices.officer(db, AUTHOR, COMMUNE)
    old, young = offices.running(db, 12), 0
    offices.deal(db, BEGUN)
    Postman().send(db, BEGUN, 10)
    for one in outbox.claim(db, BEGUN, 1):
        outbox.settle(db, one.id, NoticeState.FAILED, at=None, reason="unreachable")
    assert broadcasts.seen(db, old, 1, BEGUN)
    assert broadcasts.stop(db, offices.scope_of(db, AUTHOR), old, BEGUN)
    before = deliveries.counts(db, old)
    assert (before.sent, before.seen, before.meant) == (10, 1, 12)

    assert not retention.condense(db, BEGUN + timedelta(days=700))
    assert left(db) == 12
    young = offices.confirmed(db, 12, now=LATER)

    assert retention.condense(db, LATER)
    assert left(db) == 19, "a portion"
    assert deliveries.counts(db, old) == before, "halfway too"
    assert condense(db, LATER) == 3
    assert deliveries.counts(db, old) == before
    assert left(db) == 12
    assert db.execute(select(func.count()).select_from(BroadcastSeen)).scalar_one() == 0
    assert offices.states(db, young) == {"planned": 12}
    scope = offices.scope_of(db, AUTHOR, LATER)
    assert deliveries.people(db, scope, old, Which.SENT) == []
    assert deliveries.retry(db, scope, old, LATER) == 0


def test_other_messages_are_forgotten_as_well_unless_they_are_still_owed(db: Connection):
    for number, days in enumerate((0, 0, 40)):
        outbox.owe(db, "offer", key=str(number), subject_id=1, due_at=MONDAY + timedelta(days=days))
    ids = list(db.execute(select(Notice.id).order_by(Notice.id)).scalars())
    for one in (ids[0], ids[2]):
        outbox.settle(db, one, NoticeState.SENT, at=MONDAY)
    condense(db, LATER)
    assert list(db.execute(select(Notice.id).order_by(Notice.id)).scalars()) == ids[1:]
