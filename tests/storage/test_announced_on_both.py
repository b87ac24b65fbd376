"""Consent to announcements, and what recipients and principals have of them, on either database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from storage import consents, mentions, opting, outbox, received, roles, unheard
from storage.models import (
    Announce,
    Broadcast,
    BroadcastState,
    ConsentPurpose,
    Notice,
    NoticeState,
    Person,
    Purpose,
    RoleKind,
)
from storage.recipients import KIND
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

TUESDAY = MONDAY + timedelta(days=1)


async def test_the_statements_run_on_either_database(either: Database) -> None:
    def everything(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 4)
        account = rows.account(db, "9", 1)
        answers(db, account)
        one = broadcast(db, BroadcastState.PAUSED)
        claimed(db, one)
        overlooked(db, one)
        assert mentions.left_out(db, "Mời Điểu Thị Nga 2, 0912345678") == "Mời …, …"

    await either.turn(everything)


def answers(db: Connection, account: int) -> None:
    """Asked from the second day on; a yes has its proof, and goes with it."""
    consents.give(db, account, ConsentPurpose.REGISTRATION, MONDAY, channel="telegram", person_id=1)
    assert not opting.may_ask(db, 1, MONDAY + timedelta(hours=5))
    assert opting.may_ask(db, 1, TUESDAY)
    assert not opting.may_ask(db, 2, TUESDAY), "nobody is asked who has not agreed to anything"
    wishes = ((True, Announce.YES), (False, Announce.NO), (True, Announce.YES))
    for hour, (wanted, wish) in enumerate(wishes):
        at = TUESDAY + timedelta(hours=hour)
        opting.choose(db, 1, at, wanted=wanted, account_id=account, channel="telegram")
        assert opting.wish(db, 1) is wish
    consents.withdraw(db, 1, ConsentPurpose.ANNOUNCEMENTS, TUESDAY)
    assert opting.wish(db, 1) is Announce.UNASKED
    kept = db.execute(select(Person.announcements).where(Person.id == 1)).scalar_one()
    assert kept is Announce.UNASKED, "what is counted by the column is never without its proof"


def broadcast(db: Connection, state: BroadcastState) -> int:
    one = db.execute(
        insert(Broadcast)
        .values(author_id=1, unit_id=rows.COMMUNE, state=state, purpose=Purpose.ACT, audience={},
                text="Mai họp", place={}, summary={}, created_at=MONDAY, changed_at=MONDAY,
                began_at=MONDAY, dealt_to=10_000)
        .returning(Broadcast.id)
    ).scalar_one()  # fmt: skip
    for person_id in (1, 2, 3):
        outbox.owe(db, KIND, key=f"{KIND}:{one}:{person_id}", subject_id=one,
                   person_id=person_id, due_at=MONDAY)  # fmt: skip
    return one


def state(db: Connection, notice_id: int) -> tuple[NoticeState, str, bool]:
    fields = select(Notice.state, Notice.reason, Notice.tried).where(Notice.id == notice_id)
    row = db.execute(fields).one()
    return row.state, row.reason, row.tried


def claimed(db: Connection, one: int) -> None:
    """Put back, let go, or known to have arrived: each is out of the sender's hands."""
    first, second, third = outbox.claim(db, MONDAY)
    assert received.put_back(db, first, MONDAY)
    assert state(db, first.id) == (NoticeState.PLANNED, "", False)
    dealt = select(Broadcast.dealt_to).where(Broadcast.id == one)
    assert db.execute(dealt).scalar_one() == first.id - 1
    received.let_go(db, second, "no consent")
    assert state(db, second.id) == (NoticeState.SKIPPED, "no consent", False)
    assert not received.arrived_before(db, third)
    still = outbox.in_hand(db, (first, second, third))
    assert [each.id for each, _ in still] == [third.id]

    outbox.settle(db, third.id, NoticeState.UNCERTAIN, at=MONDAY, reason="no answer")
    assert received.newest(db, 3) == one
    received.acknowledge(db, one, 3, TUESDAY)
    assert state(db, third.id)[:2] == (NoticeState.SENT, "")
    assert received.got(db, one, 3)
    assert not received.got(db, one, 2)
    assert received.meant_for(db, one, 2)
    assert not received.meant_for(db, one, 4)
    assert received.correction_of(db, one) is None
    assert received.newest(db, 4) is None


def overlooked(db: Connection, one: int) -> None:
    """Who has no account is listed for the principal, once."""
    roles.grant(db, 4, RoleKind.PRINCIPAL, MONDAY.date(), school_id=rows.SCHOOL)
    assert unheard.listed(db, 4, TUESDAY) == []
    missed = outbox.one(db, db.execute(select(Notice.id).where(Notice.person_id == 2)).scalar_one())
    received.let_go(db, missed, "no account")
    assert unheard.listed(db, 4, TUESDAY) == [unheard.Unheard(one, 1)]
    assert [each.full_name for each in unheard.people(db, 4, one, TUESDAY)] == ["Điểu Thị Nga 2"]
    assert unheard.listed(db, 4, TUESDAY + unheard.SINCE) == []
    assert unheard.told(db, 4, one, TUESDAY) == 1
    assert unheard.told(db, 4, one, TUESDAY) == 0
    assert unheard.listed(db, 4, TUESDAY) == []
