"""From the difference to the list and back, with the rights of whoever brings it in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage.models import (
    AuditEntry,
    ImportState,
    Person,
    PersonalCode,
    School,
    Source,
    Verdict,
)
from storage.rosters import judging, runs, staging, swap
from storage.rosters.entries import Skipped
from storage.rosters.judging import Answer, Choice
from storage.rosters.swap import Outcome
from tests import rows
from tests.lists import (
    DAY,
    EVERYWHERE,
    HOA_CUC,
    HOA_SEN,
    SON_CA,
    done,
    everything,
    lined,
    officer,
    person,
    row,
    stage,
    world,
)
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


async def test_written_once_and_undone_once_on_either_database(either: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hoa", phone="+84912345678")
        person(db, 12, "Điểu Thị Nga")
        person(db, 13, "Lê Thị Út", HOA_SEN, external_id="1")
        people = (
            row("Nguyễn Thị Hoa", phone="+84987654321"), row("Lê Thị Út", external_id="1"),
            row("Võ Thị Loan", birth_year=1990), row("Thị Mai", "MN Sơn Ca", commune="Nam Dong"),
            row("Thị Bưởi", "MN Không Biết"),
        )  # fmt: skip
        before = everything(db)
        import_id = stage(db, *people)
        assert everything(db) == before

        written = swap.write(db, EVERYWHERE, import_id, MONDAY, leavers=True)

        assert (written.outcome, written.people) == (Outcome.WRITTEN, 5)
        kept = dict(tuple(one) for one in db.execute(select(Person.full_name, Person.school_id)))
        assert kept["Lê Thị Út"] == kept["Võ Thị Loan"] == HOA_CUC
        assert kept["Thị Mai"] == SON_CA
        gone = select(Person.left_on).where(Person.id == 12)
        assert db.execute(gone).scalar_one() == DAY
        assert db.execute(select(func.count()).select_from(PersonalCode)).scalar_one() == 2
        assert swap.write(db, EVERYWHERE, import_id, MONDAY, leavers=True).outcome is (
            Outcome.NOT_OPEN
        )
        again = runs.compare(db, EVERYWHERE, lined(people)).judged
        assert {one.verdict for one in again} == {Verdict.UNCHANGED, Verdict.REFUSED}

        undone = swap.undo(db, EVERYWHERE, import_id, MONDAY)

        assert (undone.outcome, undone.people) == (Outcome.UNDONE, 5)
        assert everything(db) == before
        assert swap.undo(db, EVERYWHERE, import_id, MONDAY).outcome is Outcome.NOT_OPEN
        noted = db.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars().all()
        assert noted == ["roster written", "roster undone"]
        newer = stage(db, *people)
        swap.write(db, EVERYWHERE, newer, MONDAY, leavers=False)
        assert db.execute(gone).scalar_one() is None
        assert staging.forget(db, MONDAY + timedelta(days=1)) == 2
        assert swap.undo(db, EVERYWHERE, newer, MONDAY).outcome is Outcome.NOT_OPEN
        found = staging.get(db, EVERYWHERE, newer)
        assert found
        assert found.state is ImportState.WRITTEN

    await either.turn(world)
    await either.turn(work)


async def test_what_was_changed_since_is_not_overwritten_and_not_undone(database: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hoa")
        stale = stage(db, row("Nguyễn Thị Hoa", birth_year=1988))
        db.execute(update(Person).where(Person.id == 11).values(birth_year=1980))
        before = everything(db)
        assert swap.write(db, EVERYWHERE, stale, MONDAY, leavers=True).outcome is Outcome.STALE
        assert everything(db) == before

        buoi = row("Thị Bưởi", phone="+84912345678")
        first = stage(db, row("Nguyễn Thị Hoa"), row("Thị Mai"), buoi)
        second = stage(db, row("Nguyễn Thị Hoa"), row("Thị Mai"))
        assert swap.write(db, EVERYWHERE, first, MONDAY, leavers=True).people == 2
        assert swap.write(db, EVERYWHERE, second, MONDAY, leavers=True).outcome is Outcome.STALE
        mai = db.execute(select(Person.id).where(Person.full_name == "Thị Mai")).scalar_one()
        rows.account(db, "1", mai)
        refused = swap.undo(db, EVERYWHERE, first, MONDAY)
        assert (refused.outcome, refused.touched) == (Outcome.TOUCHED, (mai,))
        rest = swap.undo(db, EVERYWHERE, first, MONDAY, but_touched=True)
        assert (rest.outcome, rest.people, rest.touched) == (Outcome.UNDONE, 1, (mai,))
        left = db.execute(select(Person.id).order_by(Person.id)).scalars().all()
        assert left == [11, mai]

    await done(database, work)


async def test_somebody_alike_who_came_meanwhile_makes_it_stale(database: Database):
    def work(db: Connection) -> None:
        import_id = stage(db, row("Nguyễn Thị Hoa"))
        person(db, 11, "Nguyễn Thị Hoa", source=Source.PRINCIPAL)
        assert swap.write(db, EVERYWHERE, import_id, MONDAY, leavers=True).outcome is Outcome.STALE

    await done(database, work)


async def test_an_import_is_nobody_elses_and_needs_the_right_to_the_end(database: Database):
    def work(db: Connection) -> None:
        mine, other = officer(db, 1), officer(db, 2)
        import_id = stage(db, row("Nguyễn Thị Hoa"), scope=mine)
        assert staging.get(db, other, import_id) is None
        assert staging.rows(db, other, import_id) == []
        for refused in (
            swap.write(db, other, import_id, MONDAY, leavers=True).outcome,
            swap.undo(db, other, import_id, MONDAY).outcome,
            judging.decide(db, other, import_id, 0, Choice.SKIP, now=MONDAY),
            judging.settle(db, other, import_id, 0, HOA_SEN, MONDAY),
        ):
            assert str(refused) == "not open"
        assert not staging.discard(db, other, import_id, MONDAY)
        db.execute(update(School).where(School.id == HOA_CUC).values(unit_id=2))
        outcome = swap.write(db, mine, import_id, MONDAY, leavers=True).outcome
        assert outcome is Outcome.OUTSIDE
        assert staging.discard(db, mine, import_id, MONDAY)
        assert not staging.discard(db, mine, import_id, MONDAY)

    await done(database, work)


async def test_doubts_are_judged_row_by_row(database: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hòa", birth_year=1988)
        person(db, 12, "Lê Thị Út", birth_year=1970, external_id="9")
        person(db, 13, "Điểu Thị Nga", source=Source.PRINCIPAL)
        import_id = stage(
            db, row("Nguyễn Thị Hoa", birth_year=1988), row("Lê Thị Út", birth_year=1971),
            row("Lê Thị Út Em", birth_year=1970),
        )  # fmt: skip

        def decide(at: int, choice: Choice, person_id: int | None = None) -> Answer:
            return judging.decide(db, EVERYWHERE, import_id, at, choice, now=MONDAY,
                                  person_id=person_id)  # fmt: skip

        assert decide(0, Choice.SAME, 12) is Answer.IMPOSSIBLE
        assert decide(0, Choice.GONE) is Answer.IMPOSSIBLE
        assert decide(0, Choice.NEW) is Answer.TAKEN
        assert decide(1, Choice.SAME, 12) is Answer.TAKEN
        assert decide(2, Choice.SAME, 12) is Answer.TAKEN_ALREADY
        assert decide(2, Choice.SKIP) is Answer.TAKEN
        assert decide(3, Choice.NEW) is Answer.IMPOSSIBLE
        assert decide(3, Choice.GONE) is Answer.TAKEN
        assert decide(4, Choice.SKIP) is Answer.NOT_DOUBTFUL
        assert swap.write(db, EVERYWHERE, import_id, MONDAY, leavers=False).people == 3
        after = select(Person.id, Person.birth_year, Person.left_on).order_by(Person.id)
        assert [tuple(one) for one in db.execute(after)] == [
            (11, 1988, None), (12, 1971, None), (13, None, DAY), (14, 1988, None),
        ]  # fmt: skip

    await done(database, work)


async def test_a_school_is_settled_once_for_all_rows_worded_so(database: Database):
    def work(db: Connection) -> None:
        import_id = stage(db, row("Thị Mai", "MN Hoa Cút"), row("Thị Bưởi", "MN Hoa cút"))
        assert judging.settle(db, EVERYWHERE, import_id, 0, 99, MONDAY) is Answer.IMPOSSIBLE
        assert judging.settle(db, EVERYWHERE, import_id, 0, HOA_CUC, MONDAY) is Answer.TAKEN
        found = staging.get(db, EVERYWHERE, import_id)
        assert found
        people = list(judging.entries_again(db, EVERYWHERE, import_id))
        difference = runs.compare(db, EVERYWHERE, people, found.settled)
        assert judging.restart(db, EVERYWHERE, import_id, difference.on)
        staging.stage(db, import_id, 0, difference.judged)
        staging.stage(db, import_id, 0, difference.judged)  # a piece may come twice
        staging.ready(db, import_id, difference.judged, Skipped(), 2)
        assert swap.write(db, EVERYWHERE, import_id, MONDAY, leavers=True).people == 2

    await done(database, work)


async def test_an_import_that_lost_a_piece_cannot_be_written(database: Database):
    def work(db: Connection) -> None:
        difference = runs.compare(db, EVERYWHERE, lined((row("Thị Mai"), row("Thị Bưởi"))))
        import_id = staging.begin(
            db, EVERYWHERE, file_name="", digest="", on=difference.on, now=MONDAY
        )
        staging.stage(db, import_id, 0, difference.judged[:1])
        with pytest.raises(RuntimeError):
            staging.ready(db, import_id, difference.judged, Skipped(), 2)
        outcome = swap.write(db, EVERYWHERE, import_id, MONDAY, leavers=True).outcome
        assert outcome is Outcome.NOT_OPEN

    await done(database, work)
