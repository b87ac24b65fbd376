"""Indicators from the file of an office to the counters, through a year and past its end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from storage import plan_files, plans
from storage.figures import books, indicator_rules, indicators, rating_years
from storage.figures.counts import Bit
from storage.models import (
    Completed,
    Completion,
    Core,
    Counted,
    CourseProgramme,
    IndicatorVersion,
    PeriodKind,
    Person,
    Position,
    Qualification,
    Rating,
    Source,
    Subject,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()
EXAMPLE = plan_files.EXAMPLE.read_text("utf-8")
GOOD = {"rating": Rating.GOOD, "rating_year": "2025-2026", "rating_source": Source.ROSTER}
PEOPLE: dict[int, dict[str, Any]] = {
    1: {"qualification": Qualification.COLLEGE, **GOOD},
    2: {"qualification": Qualification.SECONDARY, **GOOD, "rating": Rating.ADEQUATE},
    3: {"core": Core.SCHOOL, **GOOD, "rating_year": "2023-2024"},
    4: {"qualification": Qualification.UNIVERSITY, **GOOD, "rating_source": Source.SELF},
    5: {"leave_from": date(2026, 11, 1), "leave_to": None},
    6: {"left_on": date(2026, 3, 1)},
    7: {"left_on": date(2025, 12, 31)},
    8: {"position": Position.PRINCIPAL},
    9: {"source": Source.SELF, "verified_at": None},
}
DONE, UNKNOWN, FAILED = (Bit.EXPECTED | each for each in (Bit.COMPLETED, Bit.UNKNOWN, Bit.FAILED))


def world(db: Connection) -> None:
    rows.school(db)
    rows.people(db, len(PEOPLE))
    for person_id, values in PEOPLE.items():
        db.execute(update(Person).where(Person.id == person_id).values(values))
    rows.course(db, 1, seats=None)
    books.open_day(db, TODAY)


def counted(db: Connection) -> dict[str, dict[int, Bit]]:
    """What everybody adds, by the key of each indicator."""
    found = select(Subject.key, Counted.person_id, Counted.bits)
    told: dict[str, dict[int, Bit]] = {}
    for row in db.execute(
        found.join(Subject, Subject.id == Counted.subject_id).where(
            Subject.indicator_id.is_not(None), Counted.bits != 0
        )
    ):
        told.setdefault(row.key, {})[row.person_id] = Bit(row.bits)
    return told


def complete(db: Connection, *people: int, on: date) -> None:
    db.execute(
        insert(Completion),
        [
            {"course_id": 1, "person_id": each, "state": Completed.COMPLETED, "completed_on": on,
             "school_id": rows.SCHOOL}
            for each in people
        ],
    )  # fmt: skip


async def test_an_indicator_counts_by_the_definition_of_the_day(either: Database) -> None:
    await either.turn(world)
    written = await either.turn(lambda db: plans.load(db, plan_files.read(EXAMPLE)))
    assert len(written) == 10
    assert await either.turn(lambda db: plans.load(db, plan_files.read(EXAMPLE))) == []
    aside = {5: Bit.ON_LEAVE, 6: Bit.LEFT}
    assert await either.read(counted) == {
        "indicator:1:1": {1: DONE, 2: FAILED, 3: UNKNOWN, 4: DONE, **aside},
        # Since July only whoever was rated counts: not in 2024, not by themselves.
        "indicator:2:1": {1: DONE, 2: FAILED},
        "indicator:3:1": {3: FAILED, 8: FAILED},
    }
    # Everybody instead, from a later day on: who was not rated is not known.
    later = EXAMPLE.replace("valid_from = 2026-07-01", "valid_from = 2026-11-25").replace(
        ", rated = true", ""
    )
    await either.turn(lambda db: plans.load(db, plan_files.read(later)))
    assert (await either.read(counted))["indicator:2:1"].keys() == {1, 2}
    await either.turn(lambda db: books.open_day(db, date(2026, 11, 25)))
    expected = {1: DONE, 2: FAILED, 3: UNKNOWN, 4: UNKNOWN, **aside}
    assert (await either.read(counted))["indicator:2:1"] == expected


async def test_once_its_period_is_over_only_training_counts(database: Database) -> None:
    await database.turn(world)
    await database.turn(lambda db: plans.load(db, plan_files.read(EXAMPLE)))
    await database.turn(
        lambda db: db.execute(insert(CourseProgramme).values(course_id=1, programme_id=1))
    )
    await database.turn(lambda db: complete(db, 3, on=date(2026, 12, 12)))
    before = await database.read(counted)
    assert before["indicator:3:1"] == {3: DONE, 8: FAILED}
    await database.turn(lambda db: books.open_day(db, date(2027, 1, 4)))

    def leave(db: Connection) -> None:
        """Everything about them changes; the year is over."""
        changes = {"qualification": None, "core": None, "left_on": date(2027, 1, 3)}
        db.execute(update(Person).values(changes))

    await database.turn(leave)
    assert await database.read(counted) == before
    # A certificate of December comes in, and one of January; the last is of another year.
    await database.turn(lambda db: complete(db, 8, on=date(2026, 12, 31)))
    assert (await database.read(counted))["indicator:3:1"] == {3: DONE, 8: DONE}
    await database.turn(
        lambda db: db.execute(update(Completion).values(completed_on=date(2027, 1, 2)))
    )
    assert (await database.read(counted))["indicator:3:1"] == {3: FAILED, 8: FAILED}


def test_a_rule_that_cannot_be_read_counts_nobody(db: Connection) -> None:
    world(db)
    plans.load(db, plan_files.read(EXAMPLE.replace('"GV"', '"GV", "HT"')))
    topics = indicators.live(db, TODAY)
    first = db.execute(indicators.fresh(db, topics[0], TODAY)).all()
    assert {row.person_id for row in first} == {1, 2, 3, 4, 5, 6, 8}
    db.execute(update(IndicatorVersion).values(rule={"numerator": {"sex": "f"}}))
    assert db.execute(indicators.fresh(db, topics[0], TODAY)).all() == []
    assert indicators.live(db, TODAY) == topics
    assert indicators.live(db, date(2030, 1, 1)) == []


CONDITION = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "positions": st.lists(st.sampled_from([*Position]), min_size=1),
            "qualifications": st.lists(st.sampled_from([*Qualification]), min_size=1),
            "ratings": st.lists(st.sampled_from([*Rating]), min_size=1),
            **dict.fromkeys(("rated", "core"), st.just(value=True)),
        },
    ),
    lambda inside: st.fixed_dictionaries({"any": st.lists(inside, min_size=1, max_size=3)}),
    max_leaves=3,
)


@settings(max_examples=25, deadline=None)
@given(numerator=CONDITION, denominator=CONDITION, word=st.text(max_size=9))
def test_a_rule_says_what_it_needs(
    numerator: dict[str, Any], denominator: dict[str, Any], word: str
) -> None:
    raw = {"numerator": numerator, "denominator": denominator}
    rule = indicator_rules.read(raw)
    said = str(numerator)
    assert {need.value for need in rule.needs} == {
        each for each in ("qualification", "rating") if f"'{each}s'" in said
    }
    assert not rule.asks_training
    trained = indicator_rules.read({**raw, "numerator": {"any": [{**numerator, "trained": True}]}})
    assert trained.asks_training
    assert trained.numerator.of_training.asks_training
    assert rule.numerator.beyond(rule.numerator) == indicator_rules.Condition()
    wrong = [
        {**numerator, word or "?": 1}, {**numerator, "core": 1}, {**numerator, "any": []},
        {**numerator, "positions": [word]}, {**numerator, "positions": "GV"}, [numerator],
    ]  # fmt: skip
    for each in wrong:
        with pytest.raises(ValueError, match="numerator"):
            indicator_rules.read({**raw, "numerator": each})
    with pytest.raises(ValueError, match="trained"):
        indicator_rules.read({**raw, "denominator": {"trained": True}})


@settings(max_examples=25, deadline=None)
@given(first=st.dates(date(2000, 1, 1), date(2090, 1, 1)), days=st.integers(0, 700))
def test_a_rating_counts_for_two_years(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    for kind in PeriodKind:
        newest, before = rating_years.counting(kind, first, last)
        begins, ends = map(int, newest.split("-"))
        assert ends == begins + 1
        assert before == f"{begins - 1}-{begins}"
        year = last.year if kind is PeriodKind.CALENDAR else first.year + (first.month >= 7)
        assert ends == year


def test_school_years_and_calendar_years_meet() -> None:
    calendar = rating_years.counting(PeriodKind.CALENDAR, date(2026, 1, 1), date(2026, 12, 31))
    school = rating_years.counting(PeriodKind.SCHOOL, date(2025, 9, 1), date(2026, 8, 31))
    assert calendar == school == ("2025-2026", "2024-2025")
