"""The rule of whom a course is meant for, and the same rule as a condition on rows, agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from storage import conversations, meant
from storage.audience import Absence, admits
from storage.database import address, sqlite
from storage.models import (
    Called,
    Core,
    Ownership,
    Person,
    Position,
    School,
    SchoolType,
    Source,
    Unit,
    UnitKind,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    Somebody = tuple[tuple[Any, ...], Position, Core | None]

# A province over two communes; a former district over two old communes. 1 is on the path of 11
# as digits only.
UNITS = {1: "/1/", 11: "/1/11/", 12: "/1/12/", 2: "/2/", 21: "/2/21/", 22: "/2/22/"}
TODAY = [11, 12]
BEFORE = [21, 22]
RULES = st.fixed_dictionaries(
    {},
    optional={
        "positions": st.lists(st.sampled_from(Position), max_size=2),
        "types": st.lists(st.sampled_from(SchoolType), max_size=2),
        "ownership": st.lists(st.sampled_from(Ownership), max_size=2),
        "units": st.lists(st.sampled_from([*UNITS, 3, 111]), max_size=2),
        "core": st.booleans(),
    },
)
SCHOOLS = st.tuples(
    st.sampled_from(SchoolType),
    st.sampled_from(Ownership),
    st.sampled_from(TODAY),
    st.sampled_from([None, *BEFORE]),
)
PEOPLE = st.lists(
    st.tuples(SCHOOLS, st.sampled_from(Position), st.sampled_from([None, *Core])),
    min_size=1, max_size=6,
)  # fmt: skip


def fill(db: Connection, people: list[Somebody]) -> None:
    for id_, path in UNITS.items():
        kind = UnitKind.PROVINCE if path.count("/") == 2 else UnitKind.COMMUNE
        parent = int(path.split("/")[-3]) if kind is UnitKind.COMMUNE else None
        db.execute(
            insert(Unit).values(
                id=id_, code=str(id_), name=f"Xã {id_}", kind=kind, path=path, parent_id=parent
            )
        )
    for id_, ((type_, ownership, unit, old), position, core) in enumerate(people, start=1):
        db.execute(
            insert(School).values(
                id=id_, name=f"Trường {id_}", folded=f"truong {id_}", type=type_,
                ownership=ownership, unit_id=unit, old_unit_id=old,
            )
        )  # fmt: skip
        db.execute(
            insert(Person).values(
                id=id_, full_name="Điểu Thị Nga", nickname="", sort_key="nga",
                folded="dieu thi nga", called=Called.TEACHER, position=position, core=core,
                school_id=id_, source=Source.ROSTER,
            )
        )  # fmt: skip


def test_the_rule_and_its_condition_admit_the_same_people(empty_file: Path):
    engine = sqlite(address(f"sqlite:///{empty_file}"))

    @settings(
        max_examples=60, deadline=None, derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(people=PEOPLE, rules=st.lists(RULES, min_size=1, max_size=5))
    def agree(people: list[Somebody], rules: list[dict[str, Any]]):
        with engine.connect() as db, db.begin() as turn:
            fill(db, people)
            everybody = [conversations.who(db, id_) for id_ in range(1, len(people) + 1)]
            for rule in rules:
                found = select(Person.id).join(School, School.id == Person.school_id)
                found = meant.with_units(found, begun=True).where(meant.is_meant(rule))
                assert set(db.execute(found).scalars()) == {
                    who.id for who in everybody if admits(rule, who)
                }
            turn.rollback()

    try:
        agree()
    finally:
        engine.dispose()


def test_long_leave_counts_where_it_covers_all_the_days():
    day = date(2026, 12, 12)
    step = timedelta(days=1)
    assert not Absence(None, None, None).away(day, day)
    assert Absence(None, day, day).away(day, day)
    assert Absence(None, day - step, None).away(day, day + 99 * step)
    assert not Absence(None, day, day).away(day, day + step)
    assert not Absence(None, day + step, None).away(day, day + step)
    assert Absence(day, None, None).gone(day)
    assert not Absence(day + step, None, None).gone(day)
