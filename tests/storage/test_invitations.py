"""Invitations: what a code opens, how often, for whom, until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage import codes, conversations, invitations, scopes, tries
from storage.invitations import Invited, Outcome
from storage.models import (
    Account,
    AuditEntry,
    Called,
    Invitation,
    Notice,
    Person,
    Position,
    Role,
    RoleKind,
    Unit,
)
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Talk
    from storage.database import Database


def commune(db: Connection, name: str = "Xã Quảng Tân") -> int:
    found = select(Unit.id).where(Unit.name == name, Unit.valid_to.is_(None))
    return db.execute(found).scalar_one()


def person(db: Connection, name: str) -> int:
    return db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()


def account(db: Connection, address: str = "77") -> Talk:
    return conversations.enter(db, "telegram", address, language="vi", now=MONDAY)


def claim(
    db: Connection,
    code: str,
    *,
    address: str = "77",
    person_id: int | None = None,
    name: str = "K'Brai Ndu",
    now: datetime = MONDAY,
) -> Invited:
    return invitations.claim(
        db, codes.digest(code), account_id=account(db, address).account_id, person_id=person_id,
        name=name, now=now,
    )  # fmt: skip


async def test_the_code_itself_is_not_kept(province: Database) -> None:
    def work(db: Connection) -> None:
        code = invitations.create(db, RoleKind.COMMUNE, commune(db), MONDAY)
        rows = db.execute(select(Invitation.__table__)).all()
        assert not any(code in str(column) for row in rows for column in row)
        assert invitations.look(db, codes.digest(code.lower()), MONDAY).outcome is Outcome.CLAIMED

    await province.turn(work)


async def test_a_newcomer_becomes_an_officer_from_today_on(province: Database) -> None:
    def work(db: Connection) -> None:
        code = invitations.create(db, RoleKind.COMMUNE, commune(db), MONDAY)

        result = claim(db, code)

        assert result.outcome is Outcome.CLAIMED
        talk = account(db)
        assert talk.person
        assert (talk.person.full_name, talk.person.position) == ("K'Brai Ndu", Position.OFFICER)
        assert talk.person.verified
        assert talk.person.called is Called.ANH_CHI
        scope = scopes.of(db, talk.person.id, MONDAY.date())
        assert scope
        assert [reach.unit for reach in scope.reaches] == ["Xã Quảng Tân"]
        assert scopes.of(db, talk.person.id, MONDAY.date() - timedelta(days=1)) is None

    await province.turn(work)


async def test_somebody_known_gets_the_role_and_the_inviter_is_told(province: Database) -> None:
    def work(db: Connection) -> None:
        inviter, teacher = person(db, "Đinh Thị Thu Hằng"), person(db, "Lê Thị Út")
        code = invitations.create(
            db, RoleKind.COMMUNE, commune(db), MONDAY, invited_by=inviter, uses=2
        )

        first = claim(db, code, person_id=teacher, name="Lê Thị Út")
        again = claim(db, code, person_id=teacher, name="Lê Thị Út")

        assert (first.outcome, again.outcome) == (Outcome.CLAIMED, Outcome.ALREADY)
        owed = db.execute(select(Notice.person_id, Notice.data, Notice.subject_id)).all()
        assert [(row.person_id, row.data) for row in owed] == [(inviter, {"person": teacher})]
        joined = invitations.joined(db, owed[0].subject_id, teacher)
        assert joined
        assert (joined.name, joined.unit) == ("Lê Thị Út", "xã Quảng Tân")
        left = db.execute(
            select(Invitation.uses_left).order_by(Invitation.id.desc()).limit(1)
        ).scalar_one()
        assert left == 1, "a second claim by the same person uses nothing up"
        noted = db.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars().all()
        assert noted == ["invited", "invitation claimed"]

    await province.turn(work)


async def test_the_holder_on_our_list_is_joined_not_doubled(province: Database) -> None:
    def work(db: Connection) -> None:
        listed = person(db, "Lê Văn Tình")
        before = db.execute(select(func.count(Role.id))).scalar_one()

        result = claim(db, "MOI-VHXH-2739", name="le van tinh")

        assert (result.outcome, result.person_id) == (Outcome.CLAIMED, listed)
        assert db.execute(select(func.count(Role.id))).scalar_one() == before

    await province.turn(work)


async def test_a_name_that_anybody_may_type_joins_nobody_on_our_list(province: Database) -> None:
    def work(db: Connection) -> None:
        code = invitations.create(db, RoleKind.COMMUNE, commune(db, "Xã Tuy Đức"), MONDAY)

        result = claim(db, code, name="Lê Văn Tình")

        assert result.person_id not in (None, person_of_list(db))

    def person_of_list(db: Connection) -> int:
        return db.execute(
            select(func.min(Person.id)).where(Person.full_name == "Lê Văn Tình")
        ).scalar_one()

    await province.turn(work)


async def test_an_invitation_in_a_name_is_for_that_name(province: Database) -> None:
    def work(db: Connection) -> None:
        result = claim(db, "MOI-VHXH-2739", name="Lê Văn Tính Khác")

        assert result.outcome is Outcome.OTHERS
        assert account(db).person is None

    await province.turn(work)


async def test_a_code_ends_with_its_uses_and_with_its_days(province: Database) -> None:
    def work(db: Connection) -> None:
        once = invitations.create(db, RoleKind.COMMUNE, commune(db), MONDAY)
        late = invitations.create(db, RoleKind.COMMUNE, commune(db), MONDAY, days=14)

        assert claim(db, once, address="1").outcome is Outcome.CLAIMED
        assert claim(db, once, address="2").outcome is Outcome.USED
        end = MONDAY + timedelta(days=14)
        assert claim(db, late, address="3", now=end).outcome is Outcome.EXPIRED
        before = end - timedelta(seconds=1)
        assert claim(db, late, address="3", now=before).outcome is Outcome.CLAIMED

    await province.turn(work)


async def test_the_fifth_wrong_code_brings_a_pause_that_ends(province: Database) -> None:
    def work(db: Connection) -> None:
        for _ in range(4):
            assert claim(db, "MOI-2222-3333").outcome is Outcome.UNKNOWN
            assert tries.paused(db, account(db), MONDAY) is None
        claim(db, "MOI-2222-3333")

        assert tries.paused(db, account(db), MONDAY) == MONDAY + tries.PAUSE
        assert tries.paused(db, account(db), MONDAY + tries.PAUSE) is None

    await province.turn(work)


async def test_a_right_code_forgets_the_wrong_ones(province: Database) -> None:
    def work(db: Connection) -> None:
        for _ in range(4):
            claim(db, "MOI-2222-3333")
        code = invitations.create(db, RoleKind.COMMUNE, commune(db), MONDAY)
        claim(db, code)

        failures = select(Account.code_failures).where(Account.address == "77")
        assert db.execute(failures).scalar_one() == 0

    await province.turn(work)


async def test_a_role_that_ended_is_not_announced_any_more(province: Database) -> None:
    def work(db: Connection) -> None:
        teacher = person(db, "Lê Thị Út")
        code = invitations.create(db, RoleKind.COMMUNE, commune(db), MONDAY)
        result = claim(db, code, person_id=teacher, name="Lê Thị Út")
        db.execute(update(Role).where(Role.person_id == teacher).values(valid_to=MONDAY.date()))

        assert invitations.joined(db, result.id, teacher) is None

    await province.turn(work)


@pytest.mark.parametrize(
    ("kind", "uses", "days"),
    [(RoleKind.PRINCIPAL, 1, 14), (RoleKind.COMMUNE, 0, 14), (RoleKind.COMMUNE, 1, 0)],
)
async def test_senseless_invitations_are_refused(
    province: Database, kind: RoleKind, uses: int, days: int
) -> None:
    def work(db: Connection) -> None:
        with pytest.raises(ValueError, match="invitation"):
            invitations.create(db, kind, commune(db), MONDAY, uses=uses, days=days)

    await province.turn(work)
