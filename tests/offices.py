"""A small world of offices: a Sở, a commune with its school, officers, and a postman."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from storage import (
    announcements,
    broadcasts,
    dealing,
    outbox,
    received,
    recipients,
    roles,
    scopes,
    spelling,
)
from storage.models import (
    Announce,
    BroadcastState,
    Called,
    Consent,
    ConsentPurpose,
    Notice,
    NoticeState,
    Person,
    Position,
    RoleKind,
    Source,
    Unit,
    UnitKind,
)
from storage.recipients import Rule
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from random import Random

    from sqlalchemy import Connection

    from storage.scopes import Scope

PROVINCE, COMMUNE = 2, rows.COMMUNE
# How often a platform asks for patience, where there is chance.
PUT_OFF = 0.1
# Officers have ids of their own kind.
AUTHOR, COLLEAGUE, DEPARTMENT = 9001, 9002, 9003


def build(db: Connection, teachers: int) -> None:
    """A province with one commune, and so many teachers who want announcements."""
    rows.school(db)
    unit(db, PROVINCE, "/2/", UnitKind.PROVINCE)
    db.execute(update(Unit).where(Unit.id == COMMUNE).values(path="/2/1/", parent_id=PROVINCE))
    if teachers:
        for person_id in rows.people(db, teachers):
            willing(db, person_id, rows.account(db, f"t{person_id}", person_id))


def unit(db: Connection, unit_id: int, path: str, kind: UnitKind = UnitKind.COMMUNE) -> None:
    """A unit of today."""
    db.execute(
        insert(Unit).values(
            id=unit_id, code=str(unit_id), name=f"Xã số {unit_id}", kind=kind, path=path
        )
    )


def willing(db: Connection, person_id: int, account_id: int) -> None:
    """Somebody says yes to announcements."""
    db.execute(update(Person).where(Person.id == person_id).values(announcements=Announce.YES))
    db.execute(
        insert(Consent).values(
            account_id=account_id, person_id=person_id, purpose=ConsentPurpose.ANNOUNCEMENTS,
            version="1", channel="telegram", given_at=MONDAY,
        )
    )  # fmt: skip


def officer(db: Connection, person_id: int, unit_id: int, *, account: bool = True) -> None:
    """An officer of a unit, who can be reached unless told otherwise."""
    name = f"Lê Văn Tình {person_id}"
    db.execute(
        insert(Person).values(
            id=person_id, full_name=name, sort_key=spelling.sort_key(name),
            folded=spelling.fold(name), nickname="", called=Called.ANH_CHI,
            position=Position.OFFICER, source=Source.ROSTER,
        )
    )  # fmt: skip
    kind = RoleKind.DEPARTMENT if unit_id == PROVINCE else RoleKind.COMMUNE
    roles.grant(db, person_id, kind, date(2026, 1, 1), unit_id=unit_id)
    if account:
        rows.account(db, f"o{person_id}", person_id)


def scope_of(db: Connection, person_id: int, now: datetime = MONDAY) -> Scope:
    found = scopes.of(db, person_id, now.date())
    assert found
    return found


def drafted(db: Connection, author_id: int = AUTHOR, now: datetime = MONDAY) -> int:
    """A draft for everybody of the author's unit."""
    scope = scope_of(db, author_id, now)
    return broadcasts.draft(db, scope, Rule(), now, text="Đề nghị trả lời.")


def confirmed(db: Connection, people: int, author_id: int = AUTHOR, now: datetime = MONDAY) -> int:
    """An announcement to so many people, confirmed by its author."""
    broadcast_id = drafted(db, author_id, now)
    result = broadcasts.confirm(db, scope_of(db, author_id, now), broadcast_id, people, now)
    assert result.count == people
    assert result.outcome in {
        broadcasts.Outcome.HELD, broadcasts.Outcome.ASKED, broadcasts.Outcome.ALONE
    }  # fmt: skip
    return broadcast_id


def running(db: Connection, people: int, now: datetime = MONDAY) -> int:
    """One whose hold is over; not above the threshold. `now` is when it began to be held."""
    broadcast_id = confirmed(db, people, now=now)
    dealing.deal(db, now + timedelta(minutes=1))
    assert state(db, broadcast_id) is BroadcastState.RUNNING
    return broadcast_id


def state(db: Connection, broadcast_id: int) -> BroadcastState:
    found = announcements.get(db, broadcast_id)
    assert found
    return found.state


def states(db: Connection, broadcast_id: int) -> dict[str, int]:
    """How many of an announcement's people stand where; with the reason, where there is one."""
    counted = db.execute(
        select(Notice.state, Notice.reason, func.count())
        .where(Notice.kind == recipients.KIND, Notice.subject_id == broadcast_id)
        .group_by(Notice.state, Notice.reason)
    )
    return {f"{row[0]} {row[1]}".strip(): row[2] for row in counted}


def told(db: Connection, kind: str) -> list[int]:
    """Whom something is owed to."""
    waiting = select(Notice.person_id).where(Notice.kind == kind, Notice.state == NoticeState.OWED)
    return sorted(one for one in db.execute(waiting).scalars() if one is not None)


def deal(db: Connection, now: datetime) -> None:
    """Deal until there is nothing more to do at this moment."""
    for _ in range(1000):
        if not dealing.deal(db, now):
            return
    raise AssertionError("dealing never comes to rest")


@dataclass
class Postman:
    """A sender without a wire: who got which announcement, and which other news.

    Both are in the order in which they were sent.
    """

    got: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    others: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def people(self, broadcast_id: int) -> list[int]:
        return [person for subject, person in self.got if subject == broadcast_id]

    def send(
        self, db: Connection, now: datetime, limit: int = 50, chance: Random | None = None
    ) -> int:
        """Claim and settle a batch as the sender would; some are put off where chance is given."""
        claimed = outbox.claim(db, now, limit)
        self.settle(db, claimed, now, chance)
        return len(claimed)

    def settle(
        self,
        db: Connection,
        claimed: Iterable[outbox.Owed],
        now: datetime,
        chance: Random | None = None,
        *,
        on_the_wire: bool = False,
    ) -> None:
        """Say what became of them; what was on the wire already is sent whatever was pressed."""
        stands: dict[int, BroadcastState] = {}
        for one in claimed:
            assert one.person_id is not None
            if one.kind != recipients.KIND:
                self.others.append((one.kind, one.person_id))
                outbox.settle(db, one.id, NoticeState.SENT, at=now)
                continue
            if on_the_wire:
                stands[one.subject_id] = BroadcastState.RUNNING
            elif one.subject_id not in stands:
                stands[one.subject_id] = state(db, one.subject_id)
            if stands[one.subject_id] is BroadcastState.PAUSED:
                assert received.put_back(db, one, now)
            elif stands[one.subject_id] is not BroadcastState.RUNNING:
                received.let_go(db, one, dealing.CANCELLED)
            elif chance and chance.random() < PUT_OFF:
                self._put_off(db, one, now, chance)
            else:
                self.got.append((one.subject_id, one.person_id))
                outbox.settle(db, one.id, NoticeState.SENT, at=now)

    @staticmethod
    def _put_off(db: Connection, one: outbox.Owed, now: datetime, chance: Random) -> None:
        """This try did not arrive: another may, or has to be asked for."""
        if chance.random() < 0.5:
            outbox.settle(db, one.id, NoticeState.FAILED, at=None, reason="rejected")
        else:
            until = now + timedelta(seconds=chance.choice((0, 10)))
            outbox.postpone(db, one.id, until, maybe_sent=False)
