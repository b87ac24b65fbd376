"""The last safe day, who owes a report, and communes that merge while it is made."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from storage import deadlines, roles, scopes, worktime
from storage.figures import books, opening, settling
from storage.models import (
    ChangeKind,
    Collection,
    Notice,
    Period,
    PeriodKind,
    Person,
    Position,
    ReportState,
    RoleKind,
    School,
    Source,
    Unit,
    UnitChange,
    UnitKind,
)
from storage.reporting import collections, communes, drafts, records, status, submitting, texts
from storage.reporting.collections import Outcome
from storage.reporting.texts import Section
from tests.storage.reporting.conftest import (
    MONDAY,
    PLAN,
    TODAY,
    YEAR,
    filled,
    handed_in,
    officer,
    unit,
)
from tests.storage.reporting.test_snapshots import merge

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.scopes import Scope

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@settings(max_examples=60, deadline=None)
@given(before=DAYS, swapped=st.dictionaries(DAYS, st.booleans(), max_size=4))
def test_the_last_safe_day_is_the_last_working_day_before(
    before: date, swapped: dict[date, bool]
) -> None:
    last = opening.last_safe_day(before, swapped)
    assert last < before
    assert worktime.is_working(last, swapped)
    between = (last + timedelta(days=each) for each in range(1, (before - last).days))
    assert not any(worktime.is_working(each, swapped) for each in between)


def test_a_deadline_after_a_holiday(db: Connection, office: Scope) -> None:
    # Before Monday 04/01/2027: Friday is New Year's day, so the last day is Thursday.
    opened = collections.open_for(db, office, YEAR, None, MONDAY, before=date(2027, 1, 4))
    assert collections.get(db, office, opened.id).last == date(2026, 12, 31)
    assert collections.open_for(db, office, YEAR, None, MONDAY).outcome is Outcome.ALREADY
    past = collections.open_for(db, office, YEAR, PLAN, MONDAY, before=TODAY)
    assert past.outcome is Outcome.PAST
    assert collections.open_for(db, office, 3, None, MONDAY).outcome is Outcome.UNDATED
    with pytest.raises(LookupError):
        collections.open_for(db, office, 99, None, MONDAY)


def test_who_is_late(db: Connection, office: Scope, home: Scope, round_id: int) -> None:
    handed_in(db, home, round_id, unit(db))
    after = MONDAY + timedelta(days=22)  # the 15th
    found = {one.unit: one for one in status.of(db, office, round_id, after)}
    assert not found["Xã Tuy Đức"].late
    assert all(one.late for name, one in found.items() if name != "Xã Tuy Đức")
    assert not any(one.late for one in status.of(db, office, round_id, MONDAY))
    # Whoever has handed in is reminded no more; others are.
    there = officer(db, RoleKind.COMMUNE, unit(db, "Xã Quảng Trực"))
    data = {"at": (MONDAY + timedelta(days=14)).isoformat()}
    now = MONDAY + timedelta(days=14, minutes=5)
    assert not deadlines.items(db, home.person_id, data, now)
    (one,) = deadlines.items(db, there.person_id, data, now)
    assert (one.before, one.last) == (date(2026, 12, 15), date(2026, 12, 14))


def test_a_commune_that_merged_is_found_by_whoever_took_it_over(
    db: Connection, office: Scope, home: Scope, round_id: int
) -> None:
    begun = filled(db, home, round_id, unit(db))
    before = drafts.open_(db, home, begun)
    taking = officer(db, RoleKind.COMMUNE, unit(db, "Xã Quảng Trực"))
    with pytest.raises(PermissionError):
        records.get(db, taking, begun)
    merge(db)
    settling.settle(db)

    # Its schools count elsewhere: the figures stay as they were, and can be handed in.
    (own, other) = records.due(db, taking)
    assert (own.unit, own.state) == ("Xã Quảng Trực", None)
    assert (other.unit, other.report_id, other.former) == ("Xã Tuy Đức", begun, True)
    draft = drafts.open_(db, taking, begun)
    assert [(one.completed, one.expected) for one in draft.lines] == [
        (one.completed, one.expected) for one in before.lines
    ]
    assert drafts.begin(db, taking, round_id, draft.record.unit_id, MONDAY) == begun
    done = submitting.submit(db, taking, begun, draft.mark, MONDAY)
    assert (done.outcome, done.version) == (submitting.Outcome.DONE, 1)
    found = {one.unit: one for one in status.of(db, office, round_id, MONDAY)}
    assert found["Xã Tuy Đức"].former
    assert found["Xã Tuy Đức"].state is ReportState.SUBMITTED
    # What took it over was there before, and owes its own.
    assert found["Xã Quảng Trực"].state is None


def test_a_new_commune_owes_nothing_that_was_reported_before_it(
    db: Connection, office: Scope, home: Scope, round_id: int
) -> None:
    handed_in(db, home, round_id, unit(db))
    merge(db)
    new = unit(db, "Xã Quảng Trực")
    count = len(status.of(db, office, round_id, MONDAY))
    db.execute(update(Unit).where(Unit.id == new).values(valid_from=TODAY))
    assert len(status.of(db, office, round_id, MONDAY)) == count - 1
    assert communes.heirs(db, [home.reaches[0].unit_id])[home.reaches[0].unit_id] == {
        home.reaches[0].path, f"/1/{new}/",
    }  # fmt: skip


def test_whoever_takes_over_a_part_answers_for_nothing_of_the_rest(
    db: Connection, office: Scope, home: Scope, round_id: int
) -> None:
    whole, part = unit(db), unit(db, "Xã Quảng Trực")
    taking = officer(db, RoleKind.COMMUNE, part)
    db.execute(
        insert(UnitChange).values(
            from_id=whole, to_id=part, kind=ChangeKind.SPLIT, day=TODAY, legal_basis="NQ 1"
        )
    )
    report = handed_in(db, home, round_id, whole)
    with pytest.raises(PermissionError):
        records.get(db, taking, report)
    with pytest.raises(PermissionError):
        records.of_unit(db, taking, round_id, whole)
    # Made of that part today: what was handed in today no longer counts it.
    db.execute(update(Unit).where(Unit.id == part).values(valid_from=TODAY))
    assert part in {one.unit_id for one in status.of(db, office, round_id, MONDAY)}
    assert [one.unit_id for one in records.due(db, taking)] == [part]


def test_communes_without_lists_and_without_schools(
    db: Connection, office: Scope, round_id: int
) -> None:
    name = "Xã Quảng Trực"
    here = unit(db, name)
    mine = db.execute(select(School.id).where(School.unit_id == here)).scalars().all()
    db.execute(
        update(Person).where(Person.school_id.in_(mine[: len(mine) // 2]))
        .values(source=Source.SELF, verified_at=None)
    )  # fmt: skip
    one = communes.one(db, here, TODAY)
    assert (one.schools, one.unlisted) == (len(mine), len(mine) // 2)
    db.execute(update(School).where(School.unit_id == here).values(closed_on=TODAY))
    db.execute(update(Person).where(Person.school_id.in_(mine)).values(left_on=date(2026, 1, 1)))
    settling.settle(db)
    assert name not in {one.unit for one in status.of(db, office, round_id, MONDAY)}
    # It may report all the same, of nobody.
    report_id = handed_in(db, office, round_id, here)
    kept = submitting.frozen(db, office, report_id, 1)
    assert kept.on_behalf
    assert {(one.completed, one.expected) for one in kept.figures if one.code.startswith("K")} == {
        (0, 0)
    }
    assert name in {one.unit for one in status.of(db, office, round_id, MONDAY)}


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        ("12/BC-UBND", "12/BC-UBND"), ("số: 7/bc-ubnd.", "7/BC-UBND"),
        ("105 / BC – UBND", "105/BC-UBND"), ("3/BC-VHXH-TĐ", "3/BC-VHXH-TĐ"), ("12", None),
        ("BC-UBND", None), ("12/KH-UBND", None), ("0/BC-UBND", None), ("12/BC-", None),
        ("12/BC-UBND 13/BC-UBND", None), ("123456/BC-UBND", None),
    ],
)  # fmt: skip
def test_the_form_of_an_official_number(typed: str, official: str | None) -> None:
    assert submitting.official(typed) == official


PERSON, OTHER, CHIEF = 1, 2, 3


def world(db: Connection) -> None:
    """A province with one commune, whose two officers and one of the Sở have a period."""
    for id_, kind, path in ((1, UnitKind.PROVINCE, "/1/"), (2, UnitKind.COMMUNE, "/1/2/")):
        db.execute(insert(Unit).values(id=id_, code="", name=f"Xã {id_}", kind=kind, path=path))
    db.execute(
        insert(School).values(id=1, name="Hoa Sen", folded="hoa sen", type="MN",
                              ownership="public", unit_id=2)
    )  # fmt: skip
    for id_ in (PERSON, OTHER, CHIEF):
        db.execute(
            insert(Person).values(
                id=id_,
                full_name=f"Nga {id_}",
                sort_key="",
                folded="",
                position=Position.OFFICER,
                source=Source.ROSTER,
                verified_at=MONDAY,
            )
        )
        kind = RoleKind.DEPARTMENT if id_ == CHIEF else RoleKind.COMMUNE
        roles.grant(db, id_, kind, TODAY, unit_id=1 if id_ == CHIEF else 2)
    db.execute(
        insert(Period).values(
            id=1,
            kind=PeriodKind.CALENDAR,
            title="Năm 2026",
            first_day=date(2026, 1, 1),
            last_day=date(2026, 12, 31),
            report_before=date(2026, 12, 15),
        )
    )
    books.open_day(db, TODAY)


async def test_two_at_once(either: Database) -> None:
    """On both databases: one collection, one report, and both officers' words."""
    await either.turn(world)

    def scope(db: Connection, who: int) -> Scope:
        found = scopes.of(db, who, TODAY)
        assert found is not None
        return found

    opened = await asyncio.gather(
        *(either.turn(lambda db: collections.open_for(db, scope(db, CHIEF), 1, None, MONDAY))
          for _ in range(3))
    )  # fmt: skip
    assert sorted(one.outcome for one in opened) == ["already", "already", "opened"]
    round_id = opened[0].id

    def write(db: Connection, who: int, said: str) -> int:
        report_id = drafts.begin(db, scope(db, who), round_id, 2, MONDAY)
        assert report_id is not None
        drafts.open_(db, scope(db, who), report_id)
        texts.add(db, scope(db, who), report_id, Section.DIFFICULTIES, said)
        return report_id

    each = ((PERSON, "Một"), (OTHER, "Hai"), (PERSON, "Ba"))
    ids = await asyncio.gather(
        *(either.turn(lambda db, who=who, said=said: write(db, who, said)) for who, said in each)
    )
    assert len(set(ids)) == 1

    def finish(db: Connection) -> tuple[str, str, int]:
        report_id, mine = ids[0], scope(db, PERSON)
        texts.nothing(db, mine, report_id, Section.PROPOSALS)
        drafts.all_right(db, mine, report_id, MONDAY, drafts.open_(db, mine, report_id).mark)
        mark = drafts.open_(db, mine, report_id).mark
        done = submitting.submit(db, mine, report_id, mark, MONDAY)
        kept = submitting.frozen(db, mine, report_id, 1)
        told = db.execute(select(func.count()).where(Notice.kind == "report opened")).scalar_one()
        assert db.execute(select(func.count()).select_from(Collection)).scalar_one() == 1
        return done.outcome, kept.difficulties, told

    outcome, said, told = await either.turn(finish)
    assert (outcome, told) == (submitting.Outcome.DONE, 2)
    assert sorted(said.split("\n")) == ["Ba", "Hai", "Một"]
