"""Whatever a list says: brought in twice it changes nothing more, and undone it leaves no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import address, sqlite
from storage.models import Core, Person, Position, Qualification, Rating, Source, Verdict
from storage.rosters import runs, swap
from storage.rosters.swap import Outcome
from tests.lists import DAY, EVERYWHERE, everything, lined, officer, person, row, world
from tests.lists import stage as staged
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from storage.rosters.entries import Entry

# A few; `tests.soak.test_roster_properties` tries many more.
EXAMPLES = 5
# Few of each, so that rows and people meet in every way they can.
NAMES = ("Nguyễn Thị Hoa", "Nguyen Thi Hoa", "Nguyễn Thị Hòa", "Hoa Nguyễn Thị", "Nguyễn Thị Hoan",
         "Điểu Thị Nga", "H'Mai Byă")  # fmt: skip
MAYBE_YEAR = st.sampled_from((None, 1988, 1990))
MAYBE_PHONE = st.sampled_from((None, "+84912345678", "+84987654321"))
MAYBE_ID = st.sampled_from((None, "67001", "67002"))
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(NAMES), "school": st.sampled_from((1, 2, 3)),
            "birth_year": MAYBE_YEAR, "phone": MAYBE_PHONE, "external_id": MAYBE_ID,
            "source": st.sampled_from((Source.ROSTER, Source.ROSTER, Source.PRINCIPAL)),
            "left_on": st.sampled_from((None, None, None, DAY)),
            "rating": st.sampled_from((None, Rating.GOOD)),
            "rating_year": st.sampled_from((None, "2024-2025", "2025-2026")),
        }
    ),
    max_size=5,
)  # fmt: skip
ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(NAMES),
        st.sampled_from(("MN Hoa Cúc", "MN Hoa Sen", "MN Sơn Ca", "MN Hoa Cút")),
        birth_year=MAYBE_YEAR, phone=MAYBE_PHONE, external_id=MAYBE_ID,
        position=st.sampled_from((None, Position.TEACHER, Position.PRINCIPAL)),
        qualification=st.sampled_from((None, Qualification.COLLEGE)),
        rating=st.sampled_from((None, Rating.GOOD, Rating.EXCELLENT)),
        rating_year=st.sampled_from((None, "2024-2025", "2025-2026")),
        core=st.sampled_from((None, Core.SCHOOL)),
    ),
    max_size=6,
)  # fmt: skip
SCHOOL = list(Person.__table__.c.keys()).index("school_id")
QUIET = (Verdict.UNCHANGED, Verdict.REFUSED, Verdict.DOUBTFUL)


@pytest.fixture(scope="module")
def engine(empty_file: Path) -> Iterator[Engine]:
    engine = sqlite(address(f"sqlite:///{empty_file}"))
    yield engine
    engine.dispose()


def fill(db: Connection, people: list[dict[str, Any]]) -> None:
    world(db)
    codes: set[str] = set()
    for number, each in enumerate(people, 11):
        fields = dict(each)
        if fields["external_id"] in codes:
            fields["external_id"] = None
        codes |= {fields["external_id"]} - {None}
        person(db, number, fields.pop("name"), **fields)


@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(people=PEOPLE, entries=ROWS, leavers=st.booleans())
def test_a_second_import_of_the_same_list_changes_nothing(
    engine: Engine, people: list[dict[str, Any]], entries: list[Entry], leavers: bool
):
    with engine.connect() as db, db.begin() as turn:
        fill(db, people)
        first = staged(db, *entries)
        assert swap.write(db, EVERYWHERE, first, MONDAY, leavers=leavers).outcome is Outcome.WRITTEN
        before = everything(db)

        again = runs.compare(db, EVERYWHERE, lined(tuple(entries))).judged
        quiet = QUIET if leavers else (*QUIET, Verdict.GONE)
        assert [one for one in again if one.verdict not in quiet] == []
        second = staged(db, *entries)
        swap.write(db, EVERYWHERE, second, MONDAY, leavers=leavers)
        assert everything(db) == before
        turn.rollback()


@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(people=PEOPLE, lists=st.lists(ROWS, min_size=1, max_size=3))
def test_undoing_brings_everything_back(
    engine: Engine, people: list[dict[str, Any]], lists: list[list[Entry]]
):
    with engine.connect() as db, db.begin() as turn:
        fill(db, people)
        states = [everything(db)]
        written: list[int] = []
        for entries in lists:
            written.append(staged(db, *entries))
            swap.write(db, EVERYWHERE, written[-1], MONDAY, leavers=True)
            states.append(everything(db))
        for import_id in reversed(written):
            assert everything(db) == states.pop()
            assert swap.undo(db, EVERYWHERE, import_id, MONDAY).outcome is Outcome.UNDONE
        assert everything(db) == states.pop()
        turn.rollback()


@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(people=PEOPLE, entries=ROWS)
def test_an_officer_changes_and_sees_nobody_elsewhere(
    engine: Engine, people: list[dict[str, Any]], entries: list[Entry]
):
    """The officer of commune 1 has one school; the people of the two others stay as they are."""
    with engine.connect() as db, db.begin() as turn:
        fill(db, people)
        scope = officer(db, 1)

        def others() -> list[Any]:
            return [one for one in everything(db)["people"] if one[SCHOOL] != 1]

        before = others()
        theirs = {one[0] for one in before}
        judged = runs.compare(db, scope, lined(tuple(entries))).judged
        assert not theirs & {offer.id for one in judged for offer in one.offers}
        assert not theirs & {one.person_id for one in judged}
        import_id = staged(db, *entries, scope=scope)
        swap.write(db, scope, import_id, MONDAY, leavers=True)
        assert others() == before
        turn.rollback()
