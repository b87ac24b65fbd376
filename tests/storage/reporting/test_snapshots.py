"""What was handed in stays as it was, whatever becomes of people, units, courses and plans."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from storage.models import (
    ChangeKind,
    Collection,
    Completed,
    Completion,
    Course,
    CourseState,
    Indicator,
    IndicatorVersion,
    Period,
    Person,
    Programme,
    Report,
    Role,
    School,
    Stated,
    Subject,
    SubjectKind,
    Unit,
    UnitChange,
)
from storage.reporting import drafts, papers, snapshot, submitting, summary
from storage.reporting.snapshot import Figure, Part
from storage.scopes import Reach, Scope
from tests.storage.reporting.conftest import MONDAY, TODAY, handed_in, officer, unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def merge(db: Connection) -> None:
    """The commune becomes part of the next one, with its schools; its officer keeps the role."""
    here, there = unit(db), unit(db, "Xã Quảng Trực")
    db.execute(update(Unit).where(Unit.id == here).values(valid_to=TODAY - timedelta(days=1)))
    db.execute(insert(UnitChange).values(
        from_id=here, to_id=there, kind=ChangeKind.MERGE, day=TODAY, legal_basis=""))  # fmt: skip
    db.execute(update(School).where(School.unit_id == here).values(unit_id=there))


def complete(db: Connection) -> None:
    """Everybody has completed everything."""
    db.execute(update(Completion).values(state=Completed.COMPLETED, completed_on=TODAY))


CHANGES: tuple[Callable[[Connection], object], ...] = (
    lambda db: db.execute(update(Person).where(Person.id % 3 == 0).values(left_on=TODAY)),
    lambda db: db.execute(update(Person).where(Person.id % 3 == 1).values(school_id=9)),
    lambda db: db.execute(update(Person).values(full_name="", folded="", qualification=None)),
    lambda db: db.execute(update(School).values(name="Trường MN Khác", closed_on=TODAY)),
    lambda db: db.execute(update(Unit).values(name="Xã Khác")),
    lambda db: db.execute(update(Course).values(title="Khác", state=CourseState.CANCELLED)),
    lambda db: db.execute(update(Indicator).values(title="Khác", code="K")),
    lambda db: db.execute(update(IndicatorVersion).values(target=0.5)),
    lambda db: db.execute(update(Programme).values(title="Khác", letter="1/KH")),
    lambda db: db.execute(update(Period).values(title="Khác", last_day=date(2027, 1, 1))),
    lambda db: db.execute(update(Subject).values(due_on=TODAY)),
    lambda db: db.execute(update(Collection).values(title="Khác", before=date(2027, 1, 1))),
    lambda db: db.execute(delete(Role).where(Role.id % 2 == 0)),
    complete,
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_bytes_never_change(
    db: Connection, office: Scope, home: Scope, round_id: int, seed: int
) -> None:
    report_id = handed_in(db, home, round_id, unit(db))
    before = submitting.frozen(db, office, report_id, 1)
    kept = db.execute(select(Report.snapshot, Report.digest)).one()
    bytes_ = snapshot.canonical(kept.snapshot)
    assert snapshot.digest(kept.snapshot) == kept.digest
    assert snapshot.to_json(before) == kept.snapshot
    assert b"H'Mai" not in bytes_

    changes = [merge, *Random(seed).sample(CHANGES, len(CHANGES))]
    for change in changes:
        change(db)
        now = db.execute(select(Report.snapshot, Report.digest)).one()
        assert (snapshot.canonical(now.snapshot), now.digest) == (bytes_, kept.digest)
        assert submitting.frozen(db, office, report_id, 1) == before
        lines = drafts.open_(db, office, report_id).lines
        assert [(one.title, one.completed) for one in lines] == [
            (one.title, one.completed) for one in before.figures
        ]


def test_what_was_meddled_with_is_told(db: Connection, home: Scope, round_id: int) -> None:
    report_id = handed_in(db, home, round_id, unit(db))
    db.execute(update(Report).values(digest="0" * 64))
    with pytest.raises(snapshot.DamagedError):
        submitting.frozen(db, home, report_id, 1)
    with pytest.raises(LookupError):
        submitting.frozen(db, home, report_id, 2)


def test_a_paper_is_made_once(db: Connection, office: Scope, home: Scope, round_id: int) -> None:
    report_id = handed_in(db, home, round_id, unit(db))
    assert papers.kept(db, home, report_id=report_id, version=1) is None
    assert papers.keep(db, home, b"first", MONDAY, report_id=report_id, version=1) == b"first"
    assert papers.keep(db, office, b"second", MONDAY, report_id=report_id, version=1) == b"first"
    assert papers.kept(db, home, report_id=report_id, version=1) == b"first"
    # A collection has a paper of its own for each state of its reports.
    numbers = [summary.version(db, office, round_id)]
    papers.keep(db, office, b"whole", MONDAY, collection_id=round_id, version=numbers[0])
    for step in (
        lambda: submitting.accept(db, office, report_id, 1, MONDAY),
        lambda: submitting.send_back(db, office, report_id, 1, "Sai", MONDAY),
        lambda: submitting.submit(
            db, home, report_id, drafts.open_(db, home, report_id).mark, MONDAY
        ),
        lambda: submitting.accept(db, office, report_id, 2, MONDAY),
        lambda: submitting.enter_number(db, home, report_id, "12/BC-UBND", TODAY, MONDAY),
    ):
        step()
        numbers.append(summary.version(db, office, round_id))
    assert numbers == sorted(set(numbers))
    refused = submitting.send_back(db, office, report_id, 2, "Sai", MONDAY)
    assert refused is submitting.Outcome.NUMBERED
    assert papers.kept(db, office, collection_id=round_id, version=numbers[-1]) is None
    assert papers.kept(db, office, collection_id=round_id, version=numbers[0]) == b"whole"
    # Each only within its rights.
    stranger = officer(db, home.reaches[0].kind, unit(db, "Xã Quảng Trực"))
    for who, what in ((stranger, {"report_id": report_id}), (home, {"collection_id": round_id})):
        with pytest.raises(LookupError):
            papers.kept(db, who, version=1, **what)


def figure(stated: Stated, expected: int, completed: int, *parts: Part) -> Figure:
    return Figure(
        1, SubjectKind.INDICATOR, "KPI1", "", stated, expected, completed, 0, 0, parts=parts
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (figure(Stated.CORRECTED, 9, 8, Part("A", 7, 7)), [("A", 9, 8)]),
        (figure(Stated.DECLARED, 9, 8), [("", 9, 8)]),
        (figure(Stated.RIGHT, 9, 8, Part("A", 5, 5), Part("B", 4, 3)), [("A", 5, 5), ("B", 4, 3)]),
        (figure(Stated.DECLARED, 9, 8, Part("A", 5, 5), Part("B", 1, 1)),
         [("A", 5, 5), ("B", 1, 1), ("", 3, 2)]),
        (figure(Stated.CORRECTED, 9, 4, Part("A", 5, 5), Part("B", 4, 3)), [("", 9, 4)]),
    ],
)  # fmt: skip
def test_a_commune_that_straddles_districts_is_divided_as_far_as_one_knows(
    given: Figure, told: list[tuple[str, int, int]]
) -> None:
    cells = summary.parts(given)
    assert [(one.name, one.expected, one.completed) for one in cells] == told


def test_only_the_reach_decides(db: Connection, home: Scope, round_id: int) -> None:
    report_id = handed_in(db, home, round_id, unit(db))
    elsewhere = Scope(home.person_id, TODAY, (Reach(home.reaches[0].kind, 9, "", "/9/"),))
    for act in (
        lambda: drafts.open_(db, elsewhere, report_id),
        lambda: submitting.accept(db, home, report_id, 1, MONDAY),
        lambda: submitting.send_back(db, home, report_id, 1, "Sai", MONDAY),
        lambda: submitting.enter_number(db, elsewhere, report_id, "1/BC-UBND", TODAY, MONDAY),
        lambda: summary.of(db, home, round_id, MONDAY),
    ):
        with pytest.raises(PermissionError):
            act()
