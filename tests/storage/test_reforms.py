"""Units merged twice, split, renamed and put elsewhere: who goes along, and the figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from storage import reforms, scopes, units
from storage.figures import books, rows, subjects
from storage.models import (
    AuditEntry,
    Course,
    CourseQuota,
    Invitation,
    Ownership,
    Person,
    Role,
    RoleKind,
    School,
    SchoolPlace,
    SchoolType,
    Unit,
    UnitAlias,
    UnitChange,
    UnitKind,
)
from storage.reform_steps import Faulty, groups, read
from storage.statistics import View
from storage.unit_words import bare, key
from tests import rows as made
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()
BEGAN = date(2026, 10, 1)
PROVINCE, ELSEWHERE, OLD_PROVINCE, DISTRICT, OLD = 1, 2, 3, 4, 5
TUY_DUC, QUANG_TRUC, QUANG_TAN = 11, 12, 13
UNITS = {
    PROVINCE: ("Tỉnh Lâm Đồng", UnitKind.PROVINCE, None),
    ELSEWHERE: ("Tỉnh Đồng Nai", UnitKind.PROVINCE, None),
    OLD_PROVINCE: ("Tỉnh Đắk Nông", UnitKind.PROVINCE, None),
    DISTRICT: ("Huyện Tuy Đức", UnitKind.DISTRICT, OLD_PROVINCE),
    OLD: ("Xã Đắk Búk So", UnitKind.COMMUNE, DISTRICT),
    TUY_DUC: ("Xã Tuy Đức", UnitKind.COMMUNE, PROVINCE),
    QUANG_TRUC: ("Xã Quảng Trực", UnitKind.COMMUNE, PROVINCE),
    QUANG_TAN: ("Xã Quảng Tân", UnitKind.COMMUNE, PROVINCE),
}
# School: the commune of today, the old one.
SCHOOLS = {1: (TUY_DUC, OLD), 2: (QUANG_TRUC, OLD), 3: (QUANG_TAN, None), 4: (TUY_DUC, None)}
STEPS = """\
kind,day,from,to,code,parent,legal_basis,schools
merge,2026-10-05,Xã Tuy Đức,Xã Biên Giới,30001,,1/NQ,
merge,2026-10-05,xa quang truc,Xã Biên Giới,30001,,1/NQ,
merge,2026-10-12,Xã Quảng Tân,Xã Biên Giới,,,2/NQ,
split,2026-10-20,Xã Biên Giới,Xã Đông,30002,,3/NQ,MN 1;2
split,2026-10-20,Xã Biên Giới,Xã Tây,30003,,3/NQ,MN 3;4
rename,2026-10-25,Xã Đông,Phường Đông,,,4/NQ,
reparent,2026-11-01,Xã Tây,,,Tỉnh Đồng Nai,5/NQ,
"""


def world(db: Connection) -> None:
    for unit_id, (name, kind, parent) in UNITS.items():
        above = db.execute(select(Unit.path).where(Unit.id == parent)).scalar_one_or_none()
        old = unit_id in (OLD_PROVINCE, DISTRICT, OLD)
        db.execute(
            insert(Unit).values(
                id=unit_id, code=str(unit_id), name=name, kind=kind, parent_id=parent,
                path=f"{above or '/'}{unit_id}/", valid_from=None if old else date(2025, 7, 1),
                valid_to=date(2025, 6, 30) if old else None,
            )
        )  # fmt: skip
        db.execute(insert(UnitAlias).values(unit_id=unit_id, folded=key(bare(name))))
    for school, (unit, old_unit) in SCHOOLS.items():
        db.execute(
            insert(School).values(
                id=school, name=f"MN {school}", folded=str(school), unit_id=unit,
                old_unit_id=old_unit, type=SchoolType.PRESCHOOL, ownership=Ownership.PUBLIC,
            )
        )  # fmt: skip
    made.people(db, 8)
    for person in range(1, 9):
        at = Person.__table__.update().where(Person.id == person)
        db.execute(at.values(school_id=(person - 1) % 4 + 1))
    for course_id, audience in ((1, {}), (2, {"units": [TUY_DUC, PROVINCE]})):
        made.course(db, course_id, seats=20)
        db.execute(
            Course.__table__.update().where(Course.id == course_id).values(
                audience=audience, unit_id=TUY_DUC)
        )  # fmt: skip
    quotas = [{"course_id": 1, "unit_id": TUY_DUC, "seats": 5},
              {"course_id": 1, "unit_id": QUANG_TRUC, "seats": 7}]  # fmt: skip
    db.execute(insert(CourseQuota), quotas)
    for person, unit in ((1, TUY_DUC), (1, QUANG_TRUC), (2, QUANG_TAN)):
        db.execute(
            insert(Role).values(person_id=person, kind=RoleKind.COMMUNE, unit_id=unit,
                                valid_from=date(2025, 7, 1))
        )  # fmt: skip
    books.open_day(db, BEGAN)


def apply(db: Connection, text: str) -> list[reforms.Change]:
    return reforms.apply(db, read(text), MONDAY)


def until(count: int) -> str:
    """The headings and so many rows of the file."""
    return "\n".join(STEPS.splitlines()[: count + 1])


def after(*lines: int) -> str:
    """The headings and these rows of the file."""
    return "\n".join(STEPS.splitlines()[at] for at in (0, *lines))


def figures(db: Connection, view: View, day: date | None = None) -> dict[str, int]:
    topic = subjects.of_course(db, 1)
    assert topic is not None
    found = rows.by_unit(db, scopes.everywhere(TODAY), topic.id, view, day=day)
    return {row.name: row.count.expected for row in found}


def rights(db: Connection, day: date) -> list[tuple[int, int | None]]:
    found = select(Role.person_id, Role.unit_id).where(
        Role.valid_from <= day, Role.valid_to.is_(None) | (Role.valid_to >= day)
    )
    return [(row.person_id, row.unit_id) for row in db.execute(found.order_by(Role.person_id))]


async def test_merged_twice_split_renamed_and_put_elsewhere(either: Database) -> None:
    await either.turn(world)
    await either.turn(lambda db: books.open_day(db, TODAY))
    district = {"": 4, "Huyện Tuy Đức": 4}
    assert await either.read(lambda db: figures(db, View.DISTRICT)) == district
    changes = await either.turn(lambda db: apply(db, STEPS))
    assert [(one.kind, one.targets, one.schools, one.rights) for one in changes] == [
        ("merge", ("Xã Biên Giới",), 3, 2),
        ("merge", ("Xã Biên Giới",), 1, 1),
        ("split", ("Xã Đông", "Xã Tây"), 4, 0),
        ("rename", ("Phường Đông",), 2, 0),
        ("reparent", ("Xã Tây",), 2, 0),
    ]
    told = {
        date(2026, 10, 4): {"Xã Quảng Trực": 2, "Xã Quảng Tân": 2, "Xã Tuy Đức": 4},
        date(2026, 10, 5): {"Xã Biên Giới": 6, "Xã Quảng Tân": 2},
        date(2026, 10, 12): {"Xã Biên Giới": 8},
        date(2026, 10, 20): {"Xã Đông": 4, "Xã Tây": 4},
        date(2026, 10, 25): {"Phường Đông": 4, "Xã Tây": 4},
        TODAY: {"Phường Đông": 4, "Xã Tây": 4},
    }
    for day, communes in told.items():
        seen = await either.read(lambda db, day=day: figures(db, View.COMMUNE, day))
        assert seen == communes, day
        assert await either.read(lambda db, day=day: figures(db, View.DISTRICT, day)) == district
    assert await either.read(lambda db: figures(db, View.COMMUNE)) == told[TODAY]
    assert await either.read(_consistent) == []


def _consistent(db: Connection) -> list[Any]:
    """Paths that are not those of the tree, ends that are not beginnings, and schools astray."""
    tree = {row.id: row for row in db.execute(select(Unit))}
    wrong = [
        row.id for row in tree.values()
        if row.path != f"{tree[row.parent_id].path if row.parent_id else '/'}{row.id}/"
    ]  # fmt: skip
    for step in db.execute(select(UnitChange)):
        begins = tree[step.to_id].valid_from
        ended = tree[step.from_id].valid_to == step.day - timedelta(days=1)
        wrong += [] if ended and (begins == step.day or step.kind == "merge") else [step.id]
    places = select(SchoolPlace).order_by(SchoolPlace.first_day)
    newest = {row.school_id: row.unit_id for row in db.execute(places)}
    for school in db.execute(select(School)):
        kept = SCHOOLS[school.id][1]
        lives = tree[school.unit_id].valid_to is None and newest[school.id] == school.unit_id
        wrong += [] if lives and school.old_unit_id == kept else [school.name]
    return wrong


def test_what_goes_along_with_one_successor(db: Connection) -> None:
    world(db)
    db.execute(
        insert(Invitation).values(
            digest="d", kind=RoleKind.COMMUNE, unit_id=QUANG_TRUC, holder="", uses_left=1,
            expires_at=MONDAY, created_at=MONDAY,
        )
    )  # fmt: skip
    apply(db, until(2))
    new = units.named(db, "bien gioi", TODAY)[0].id
    # One right, though they had two; and who had which before stays known.
    assert rights(db, TODAY) == [(1, new), (2, QUANG_TAN)]
    assert rights(db, date(2026, 10, 4)) == [(1, TUY_DUC), (1, QUANG_TRUC), (2, QUANG_TAN)]
    quotas = db.execute(select(CourseQuota.unit_id, CourseQuota.seats)).all()
    assert [tuple(row) for row in quotas] == [(new, 12)]
    courses = db.execute(select(Course.unit_id, Course.audience).order_by(Course.id)).all()
    assert [tuple(row) for row in courses] == [(new, {}), (new, {"units": [new, PROVINCE]})]
    assert db.execute(select(Invitation.unit_id)).scalar_one() == new
    assert [one.id for one in units.predecessors(db, new)] == [TUY_DUC, QUANG_TRUC]
    assert db.execute(select(func.count()).select_from(AuditEntry)).scalar_one() == 2
    # What was theirs is nobody's where they are split; the program asks who goes where.
    apply(db, after(3, 4, 5).replace("MN 3;4", "3;MN 4"))
    assert rights(db, TODAY) == []
    assert db.execute(select(Invitation.revoked_at)).scalar_one() == MONDAY
    east, west = (units.named(db, name, TODAY)[0].id for name in ("xa dong", "xa tay"))
    assert db.execute(select(Course.audience).where(Course.id == 2)).scalar_one() == {
        "units": [east, west, PROVINCE]
    }


def test_a_part_goes_and_the_rest_stays(db: Connection) -> None:
    world(db)
    text = after(4, 5).replace("Xã Biên Giới,Xã Đông,30002", "Xã Tuy Đức,Xã Tuy Đức,")
    apply(
        db, text.replace("Xã Biên Giới", "Xã Tuy Đức").replace("MN 1;2", "1").replace("MN 3;", "")
    )
    stays = db.execute(select(Unit.valid_to).where(Unit.id == TUY_DUC)).scalar_one()
    west = units.named(db, "xa tay", TODAY)[0].id
    where = {row.id: row.unit_id for row in db.execute(select(School.id, School.unit_id))}
    assert (stays, where[1], where[4]) == (None, TUY_DUC, west)
    assert rights(db, TODAY)[0] == (1, TUY_DUC)


def test_a_province_takes_its_communes_along(db: Connection) -> None:
    world(db)
    text = after(6).replace("Xã Đông,Phường Đông", "Tỉnh Lâm Đồng,Thành phố Lâm Đồng")
    (change,) = apply(db, text)
    assert (change.targets, change.rights) == (("Thành phố Lâm Đồng",), 3)
    found = select(Unit.path).join(School, School.unit_id == Unit.id)
    top = db.execute(select(Unit.path).where(Unit.name == change.targets[0])).scalar_one()
    assert all(path.startswith(top) for path in db.execute(found).scalars())
    assert _consistent(db) == []
    assert len(rights(db, TODAY)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (after(1, 2).replace("quang truc", "quang xyz").replace("Tuy Đức", "Không Có"),
         ["2: no unit of today is called", "3: no unit of today is called"]),
        (after(4, 5), ["2: no unit of today"]),
        (after(4, 5).replace("Biên Giới", "Tuy Đức"),
         ['2: no school of Xã Tuy Đức is called "2"']),
        (after(4, 5).replace("Biên Giới", "Tuy Đức").replace(";2", "").replace("MN 3;4", ""),
         ["2: say to which part these schools go: MN 4 (4)"]),
        (after(4).replace("Biên Giới", "Tuy Đức"), ["2: a split has a row for each part"]),
        (after(6).replace("Xã Đông,P", "Xã Tuy Đức,p"), ["2: \"phường Đông\" is no full name"]),
        (after(7).replace("Xã Tây", "Xã Tuy Đức").replace("Đồng Nai", "Đức"), ["2: no unit"]),
        (after(1, 2).replace("2026-10-05", "2026-12-01"), ["2: 2026-12-01 is still to come"]),
        (after(3).replace("Biên Giới", "Quảng Tân"), ["2: Xã Quảng Tân cannot become itself"]),
        (after(3).replace("Xã Biên Giới", "Tỉnh Lâm Đồng"), ["2: Tỉnh Lâm Đồng is not"]),
        (after(6, 6).replace("Xã Đông", "Xã Tuy Đức"), ["3: Xã Tuy Đức cannot be followed twice"]),
        # What a wrong change would have made is not missed again by a later one.
        (after(1, 6).replace("Tuy Đức", "Sai").replace("Xã Đông", "Xã Biên Giới"), ["2: no unit"]),
    ],
    ids=lambda _: "",
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_written(
    db: Connection, text: str, said: list[str]
) -> None:
    world(db)
    before = db.execute(select(func.count()).select_from(Unit)).scalar_one()
    with pytest.raises(Faulty) as refused:
        apply(db, text)
    assert [f"{one.row}: {one.reason}"[: len(why)] for one, why in zip(
        refused.value.faults, said, strict=True)] == said  # fmt: skip
    assert db.execute(select(func.count()).select_from(Unit)).scalar_one() == before


def test_every_row_that_cannot_be_read_is_named() -> None:
    wrong = STEPS.replace("merge,2026-10-05,Xã", "fusion,2026-10-05,Xã").replace(
        "2026-10-12", "12/10/2026").replace("4/NQ", "").replace("Tỉnh Đồng Nai", "")  # fmt: skip
    with pytest.raises(Faulty) as refused:
        read(wrong)
    assert [one.row for one in refused.value.faults] == [2, 4, 7, 8]
    for text in ("", "kind,day\n", STEPS.splitlines()[0]):
        with pytest.raises(Faulty) as refused:
            read(text)
        assert [one.row for one in refused.value.faults] == [1]
    semicolons = until(2).replace(",", ";")
    assert [len(group) for group in groups(read(semicolons))] == [2]
    assert read(f"\ufeff{until(1)}")[0].day == datetime(2026, 10, 5).date()  # noqa: DTZ001 - a day
