"""What a school said of its own list stands against the next list that is brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from storage import roles, school_register, staffing
from storage.models import RoleKind, School, Verdict
from storage.rosters.comparison import Doubt
from tests.lists import DAY, EVERYWHERE, HOA_CUC, HOA_SEN, done, judge, person, row, verdicts
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

HEAD = 90


def school(db: Connection) -> int:
    """The head of Hoa Cúc, who keeps the list of Hoa Sen as well."""
    person(db, HEAD, "Phạm Thị Bích")
    for each in (HOA_CUC, HOA_SEN):
        roles.grant(db, HEAD, RoleKind.PRINCIPAL, DAY, school_id=each)
    return HEAD


async def test_somebody_the_principal_added_and_the_file_lacks(database: Database) -> None:
    def work(db: Connection) -> None:
        added = staffing.added(db, school(db), HOA_CUC, "Điểu Thị Nga", MONDAY)
        found = judge(db, row("Phạm Thị Bích"))
        assert verdicts(found) == [
            (Verdict.UNCHANGED, ""), (Verdict.DOUBTFUL, Doubt.ADDED_BY_PRINCIPAL),
        ]  # fmt: skip
        assert found[1].person_id == added.person_id

    await done(database, work)


async def test_somebody_the_principal_let_go_and_the_file_has(database: Database) -> None:
    def work(db: Connection) -> None:
        head = school(db)
        person(db, 11, "Lê Thị Út", birth_year=1990)
        staffing.left(db, head, 11, MONDAY)
        found = judge(db, row("Phạm Thị Bích"), row("Lê Thị Út", birth_year=1990))
        assert verdicts(found)[1] == (Verdict.DOUBTFUL, Doubt.LEFT)

    await done(database, work)


async def test_somebody_who_moved_and_whom_the_file_has_at_the_old_school(
    database: Database,
) -> None:
    def work(db: Connection) -> None:
        head = school(db)
        person(db, 11, "Lê Thị Út", birth_year=1990, external_id="67001")
        assert staffing.moved(db, head, 11, HOA_SEN, MONDAY, 0).change
        old = judge(db, row("Phạm Thị Bích"), row("Lê Thị Út", external_id="67001"))
        assert verdicts(old)[1] == (Verdict.DOUBTFUL, Doubt.PRINCIPAL)
        assert old[1].changed == ("school_id",)
        bare = judge(db, row("Phạm Thị Bích"), row("Lê Thị Út", birth_year=1990))
        assert verdicts(bare)[1] == (Verdict.DOUBTFUL, Doubt.MAYBE_MOVED)
        new = judge(db, row("Lê Thị Út", "MN Hoa Sen", birth_year=1990))
        assert verdicts(new)[0] == (Verdict.UNCHANGED, "")

    await done(database, work)


async def test_somebody_on_long_leave_with_and_without_a_row(database: Database) -> None:
    def work(db: Connection) -> None:
        head = school(db)
        person(db, 11, "Lê Thị Út", birth_year=1990)
        staffing.on_leave(db, head, 11, MONDAY, until=None)
        without = judge(db, row("Phạm Thị Bích"))
        assert verdicts(without)[1] == (Verdict.DOUBTFUL, Doubt.ON_LEAVE)
        with_ = judge(db, row("Phạm Thị Bích"), row("Lê Thị Út", birth_year=1990))
        assert verdicts(with_)[1] == (Verdict.UNCHANGED, ""), "a list says nothing of leaves"

    await done(database, work)


async def test_a_list_may_still_call_a_school_by_its_former_name(database: Database) -> None:
    def work(db: Connection) -> None:
        head = school(db)
        db.execute(update(School).where(School.id == HOA_CUC).values(folded="hoa cuc"))
        renamed = school_register.rename(db, EVERYWHERE, HOA_CUC, "MN Sen Hồng", MONDAY)
        assert isinstance(renamed, int)
        for name in ("MN Sen Hồng", "MN Hoa Cúc"):
            assert judge(db, row("Phạm Thị Bích", name))[0].school_id == HOA_CUC, name
        merged = school_register.merge(db, EVERYWHERE, HOA_CUC, HOA_SEN, MONDAY, head_id=head)
        assert isinstance(merged, int)
        for name in ("MN Sen Hồng", "MN Hoa Cúc", "MN Hoa Sen"):
            assert judge(db, row("Phạm Thị Bích", name))[0].school_id == HOA_SEN, name

    await done(database, work)
