"""Totals that are stated: only where there is no list, the last one, and never beyond the scope."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage.figures import declared, rows
from storage.figures.counts import NOTHING, Count
from storage.models import AuditEntry, Declaration, Figure
from storage.statistics import View, Within
from tests.storage.figures import small
from tests.storage.figures.small import COURSE, HIGHLAND, NORTH, NOW, TODAY, WHOLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.scopes import Scope


def stated(
    db: Connection, school: int, completed: int, scope: Scope = WHOLE, days: int = 0
) -> None:
    declared.state(
        db, scope, COURSE, school, expected=9, completed=completed, now=NOW - timedelta(days=days)
    )


def test_a_declaration_counts_beside_the_figures_where_nobody_is_on_a_list(db: Connection) -> None:
    small.build(db)
    small.counters(db, COURSE, 1, expected=4, completed=2)
    small.changed(db, COURSE, 1, TODAY, expected=4, completed=2)
    small.counters(db, COURSE, 2, expected=0, left=1)
    for school in (1, 2, 3):
        stated(db, school, 5, days=3)
    stated(db, 2, 6, days=1)

    whole = rows.total(db, WHOLE, COURSE)
    assert (whole.count.expected, whole.declared) == (4, Count(expected=18, completed=11))
    highland = rows.by_unit(db, WHOLE, COURSE, View.DISTRICT)[0]
    assert (highland.id, highland.declared.completed) == (HIGHLAND, 11)
    assert rows.total(db, NORTH, COURSE).declared == Count(expected=9, completed=6)
    # As of two days ago school 1 had no list yet, and school 2 had stated less.
    before = rows.total(db, WHOLE, COURSE, day=TODAY - timedelta(days=2))
    assert before.declared == Count(expected=27, completed=15)
    assert [one.counts for one in declared.of(db, WHOLE, COURSE)] == [False, True, True]
    part = Within(View.DISTRICT, HIGHLAND)
    assert [one.school_id for one in declared.of(db, NORTH, COURSE, part)] == [2]


def test_a_list_that_comes_later_takes_the_place_of_what_was_stated(db: Connection) -> None:
    small.build(db)
    small.counters(db, COURSE, 3, expected=0)
    stated(db, 3, 5)
    assert rows.total(db, WHOLE, COURSE).declared.completed == 5
    db.execute(update(Figure).values(expected=1))

    assert rows.total(db, WHOLE, COURSE).declared == NOTHING


def test_what_is_withdrawn_stands_no_more_and_nothing_older_comes_back(db: Connection) -> None:
    small.build(db)
    stated(db, 1, 3, NORTH)
    stated(db, 1, 5, NORTH)

    assert declared.withdraw(db, NORTH, COURSE, 1, NOW)
    assert not declared.withdraw(db, NORTH, COURSE, 1, NOW)
    assert rows.by_unit(db, WHOLE, COURSE, View.SCHOOL) == []
    actions = db.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars().all()
    assert actions == ["total declared", "total declared", "declared total withdrawn"]


def test_nothing_is_stated_beyond_the_scope_or_beyond_sense(db: Connection) -> None:
    small.build(db)

    with pytest.raises(LookupError):
        stated(db, 3, 5, NORTH)
    with pytest.raises(LookupError):
        declared.withdraw(db, NORTH, COURSE, 3, NOW)
    with pytest.raises(ValueError, match="10 of 9"):
        stated(db, 1, 10)
    assert db.execute(select(func.count()).select_from(Declaration)).scalar() == 0


def test_schools_without_a_list_can_be_chosen_page_by_page(db: Connection) -> None:
    small.build(db)
    small.counters(db, COURSE, 1, expected=1)

    found = [declared.candidates(db, NORTH, COURSE, limit=1, offset=at) for at in (0, 1, 2)]
    assert [[id_ for id_, _ in page] for page in found] == [[2], [6], []]
