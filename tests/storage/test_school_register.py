"""Schools are opened, renamed, merged, closed; people, rights and results go along, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from storage import roles, school_register, schools, scopes
from storage.models import (
    Completed,
    Completion,
    Ownership,
    Person,
    RoleKind,
    School,
    SchoolChange,
    SchoolMove,
    SchoolType,
    Unit,
)
from storage.school_register import Refusal, Refused
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.scopes import Scope

DAY = MONDAY.date()
HOA_CUC = 1


def scope_of(db: Connection, name: str = "Lê Văn Tình") -> Scope:
    person_id = db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()
    scope = scopes.of(db, person_id, DAY)
    assert scope
    return scope


def beside(db: Connection, *, but: int = HOA_CUC) -> int:
    """Another school of the commune of MN Hoa Cúc."""
    here = select(School.unit_id).where(School.id == but).scalar_subquery()
    found = select(School.id).where(School.unit_id == here, School.id != but).order_by(School.id)
    return db.execute(found).scalars().first() or 0


def count(db: Connection, school_id: int) -> int:
    found = select(func.count()).select_from(Person).where(
        Person.school_id == school_id, roles.present(DAY)
    )  # fmt: skip
    return db.execute(found).scalar_one()


def open_(db: Connection, scope: Scope, name: str, type: SchoolType, unit: str) -> int | Refused:
    found = select(Unit.id).where(Unit.name == unit, Unit.valid_to.is_(None))
    return school_register.open_school(
        db, scope, name=name, type=type, ownership=Ownership.PUBLIC, now=MONDAY,
        unit_id=db.execute(found).scalar_one(),
    )  # fmt: skip


async def test_a_school_is_opened_once_in_its_commune_and_nowhere_else(province: Database) -> None:
    def work(db: Connection) -> None:
        scope = scope_of(db)
        made = open_(db, scope, "MN Hoa Sen", SchoolType.PRESCHOOL, "Xã Tuy Đức")
        assert isinstance(made, int)
        found = schools.get(db, made)
        assert found
        assert found.name == "Trường MN Hoa Sen"
        again = open_(db, scope, "mẫu giáo hoa sen", SchoolType.KINDERGARTEN, "Xã Tuy Đức")
        assert again == Refused(Refusal.THERE, made, "Trường MN Hoa Sen")
        small = open_(db, scope, "Nhóm trẻ Hoa Sen", SchoolType.GROUP, "Xã Tuy Đức")
        assert isinstance(small, int), "a small place beside it may bear the same name"
        for name, unit, why in (
            ("MN Hoa Sen", "Xã Quảng Tân", Refusal.OUTSIDE),
            ("MN", "Xã Tuy Đức", Refusal.NO_NAME),
        ):
            refused = open_(db, scope, name, SchoolType.PRESCHOOL, unit)
            assert isinstance(refused, Refused)
            assert refused.why is why
        kinds = db.execute(select(SchoolChange.kind)).scalars().all()
        assert kinds == [SchoolMove.OPENED] * 2

    await province.turn(work)


async def test_a_renamed_school_is_found_by_both_names(province: Database) -> None:
    def work(db: Connection) -> None:
        scope = scope_of(db)
        done = school_register.rename(db, scope, HOA_CUC, "Trường MN Sen Hồng", MONDAY)
        assert isinstance(done, int)
        for name in ("mn sen hong tuy duc", "mn hoa cuc tuy duc"):
            assert schools.search(db, name)[0].id == HOA_CUC, name
        assert school_register.undo(db, scope, done, MONDAY) == HOA_CUC
        found = schools.get(db, HOA_CUC)
        assert found
        assert found.name == "Trường MN Hoa Cúc"
        assert schools.search(db, "mn sen hong tuy duc") == []

    await province.turn(work)


async def test_a_merger_takes_people_rights_and_results_along_and_back(province: Database) -> None:
    def work(db: Connection) -> None:
        scope, into = scope_of(db), beside(db)
        here, there = count(db, HOA_CUC), count(db, into)
        heads: list[int] = []
        for school_id in (HOA_CUC, into):
            row = select(Person.id).where(Person.school_id == school_id, Person.position == "HT")
            heads.append(db.execute(row).scalars().first() or 0)
            roles.grant(db, heads[-1], RoleKind.PRINCIPAL, DAY, school_id=school_id)
        db.execute(insert(Completion).values(
            course_id=1, person_id=heads[0], state=Completed.COMPLETED, completed_on=DAY, hours=40,
            attended=1, held=1, school_id=HOA_CUC,
        ))  # fmt: skip
        nobody = school_register.merge(db, scope, HOA_CUC, into, MONDAY, head_id=3)
        assert isinstance(nobody, Refused)
        done = school_register.merge(db, scope, HOA_CUC, into, MONDAY, head_id=heads[0])
        assert isinstance(done, int)
        assert (count(db, HOA_CUC), count(db, into)) == (0, here + there)
        assert schools.search(db, "mn hoa cuc tuy duc")[0].id == into
        kind = RoleKind.PRINCIPAL
        assert roles.holders(db, kind, day=DAY, school_id=into) == heads[:1]
        assert roles.holders(db, kind, day=DAY, school_id=HOA_CUC) == []
        hers = (Completion.course_id == 1, Completion.person_id == heads[0])
        results = select(Completion.school_id).where(*hers)
        assert db.execute(results).scalars().all() == [into]
        again = school_register.merge(db, scope, HOA_CUC, into, MONDAY, head_id=heads[0])
        assert isinstance(again, Refused)
        assert again.why is Refusal.CLOSED

        assert school_register.undo(db, scope, done, MONDAY) == HOA_CUC
        assert (count(db, HOA_CUC), count(db, into)) == (here, there)
        assert roles.holders(db, kind, day=DAY, school_id=into) == heads[1:]
        assert roles.holders(db, kind, day=DAY, school_id=HOA_CUC) == heads[:1]
        assert db.execute(results).scalars().all() == [HOA_CUC]

    await province.turn(work)


async def test_a_closed_school_lets_its_people_go_and_undoing_takes_them_back(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        scope, school_id = scope_of(db), beside(db)
        there = count(db, school_id)
        done = school_register.close(db, scope, school_id, MONDAY)
        assert isinstance(done, int)
        assert count(db, school_id) == 0
        assert isinstance(school_register.close(db, scope, school_id, MONDAY), Refused)
        late = school_register.undo(db, scope, done, MONDAY + timedelta(days=8))
        assert isinstance(late, Refused)
        assert school_register.undo(db, scope, done, MONDAY) == school_id
        assert count(db, school_id) == there

    await province.turn(work)
