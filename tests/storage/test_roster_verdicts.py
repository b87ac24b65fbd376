"""What a list would change, and what it may not decide by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage import newcomers
from storage.models import (
    Source,
    Verdict,
)
from storage.rosters.comparison import Doubt, Refusal
from storage.rosters.directory import PlaceTrouble
from tests.lists import (
    DAY,
    HOA_CUC,
    HOA_SEN,
    done,
    judge,
    officer,
    person,
    row,
    verdicts,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


async def test_people_are_known_across_accents_order_and_schools(database: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hoa", birth_year=1988)
        person(db, 12, "Điểu Thị Nga", birth_year=1990, phone="+84912345678")
        person(db, 13, "Lê Thị Út", external_id="67001")
        person(db, 14, "Trần Thị Nhàn", birth_year=1975)
        found = judge(
            db,
            row("Nguyen Thi Hoa", birth_year=1988),
            row("Nga Điểu Thị", "MN Hoa Sen", phone="+84912345678"),
            row("Lê Thị Út Hiền", "MN Sơn Ca", external_id="67001"),
            row("Trần Thị Nhàn", "MN Sơn Ca", birth_year=1975),
        )
        assert [(one.verdict, one.person_id) for one in found] == [
            (Verdict.UNCHANGED, 11), (Verdict.MOVED, 12), (Verdict.MOVED, 13), (Verdict.MOVED, 14),
        ]  # fmt: skip
        assert found[1].changed == ("school_id",)
        assert set(found[2].changed) == {"full_name", "school_id"}

    await done(database, work)


async def test_an_empty_cell_and_a_bare_name_take_nothing_away(database: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hoa", birth_year=1988, phone="+84912345678")
        person(db, 12, "Dieu Thi Nga")
        bare, accented = judge(db, row("Nguyen Thi Hoa"), row("Điểu Thị Nga"))
        assert bare.verdict is Verdict.UNCHANGED
        assert (accented.verdict, accented.changed) == (Verdict.CHANGED, ("full_name",))
        assert accented.after
        assert accented.after["folded"] == "dieu thi nga"

    await done(database, work)


async def test_near_namesakes_are_asked_about(database: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hòa", birth_year=1988)
        person(db, 12, "Lê Thị Út", birth_year=1970)
        person(db, 13, "Trần Thị Nhàn", HOA_SEN, birth_year=1975, phone="+84912345678")
        person(db, 14, "Võ Thị Loan", external_id="67001")
        found = judge(
            db,
            row("Nguyễn Thị Hoa", birth_year=1988),
            row("Lê Thị Út", birth_year=1971),
            row("Trần Thị Nhàn", birth_year=1975, phone="+84987654321"),
            row("Điểu Thị Nga", external_id="67001"),
        )
        assert verdicts(found) == [
            (Verdict.DOUBTFUL, Doubt.NAMESAKE), (Verdict.DOUBTFUL, Doubt.NAMESAKE),
            (Verdict.DOUBTFUL, Doubt.MAYBE_MOVED), (Verdict.DOUBTFUL, Doubt.SAME_ID),
        ]  # fmt: skip
        assert [one.offers[0].id for one in found] == [11, 12, 13, 14]

    await done(database, work)


async def test_repeated_rows_are_refused_and_unclear_ones_asked_about(database: Database):
    def work(db: Connection) -> None:
        found = judge(
            db,
            row("Nguyễn Thị Hoa", birth_year=1988),
            row("Nguyễn Thị Hoa", birth_year=1988),
            row("Nguyễn Thị Hoa"),
            row("Nguyễn Thị Hoa", birth_year=1990),
            row("Lê Thị Út", external_id="1"),
            row("Lê Thị Út", "MN Hoa Sen", external_id="1"),
        )
        assert verdicts(found) == [
            (Verdict.NEW, ""), (Verdict.REFUSED, Refusal.REPEATED),
            (Verdict.DOUBTFUL, Doubt.TWICE), (Verdict.DOUBTFUL, Doubt.TWICE),
            (Verdict.DOUBTFUL, Doubt.TWICE), (Verdict.DOUBTFUL, Doubt.TWICE),
        ]  # fmt: skip
        assert found[1].twin == ("DS", 1)

    await done(database, work)


async def test_schools_are_found_and_near_ones_only_offered(database: Database):
    def work(db: Connection) -> None:
        found = judge(
            db,
            row("Thị A Một", "Trường mầm non HOA CÚC"),
            row("Thị A Hai", "hoa cuc", commune="xa tuy duc"),
            row("Thị A Ba", "MN Hoa Cúc, xã Tuy Đức"),
            row("Thị A Bốn", "MN Hoa Cút"),
            row("Thị A Năm", "MN Hoa Cúc", commune="Xã Tuy Đứt"),
            row("Thị A Sáu", "MN Hoa Cúc", commune="Xã Nam Dong"),
            row("Thị A Bảy", ""),
            row("Thị A Tám", "", places=("Cụm 1", "Danh sách trường MN Hoa Cúc", "MN Hoa Cúc")),
        )
        assert [one.school_id for one in found] == [1, 1, 1, None, None, None, None, 1]
        assert [one.reason for one in found[3:7]] == [
            PlaceTrouble.UNKNOWN_SCHOOL, PlaceTrouble.UNKNOWN_COMMUNE,
            PlaceTrouble.UNKNOWN_SCHOOL, PlaceTrouble.NO_SCHOOL,
        ]  # fmt: skip
        assert found[3].offers[0].name == "Trường MN Hoa Cúc, Xã Tuy Đức"
        assert found[4].offers[0].name == "Xã Tuy Đức"

    await done(database, work)


async def test_rows_of_another_officers_area_are_refused_and_say_nothing(database: Database):
    def work(db: Connection) -> None:
        scope = officer(db, 1)
        person(db, 11, "Nguyễn Thị Hoa", HOA_SEN, birth_year=1988, external_id="67001")
        person(db, 12, "Lê Thị Út", HOA_SEN, birth_year=1990)
        found = judge(
            db,
            row("Điểu Thị Nga", "MN Hoa Sen"),
            row("Điểu Thị Nga", "MN Hoa Sem"),
            row("Nguyễn Thị Hoa", birth_year=1988, external_id="67001"),
            row("Lê Thị Út", birth_year=1990),
            scope=scope,
        )
        assert verdicts(found) == [
            (Verdict.REFUSED, PlaceTrouble.OUTSIDE), (Verdict.REFUSED, PlaceTrouble.UNKNOWN_SCHOOL),
            (Verdict.REFUSED, Refusal.FROM_OUTSIDE), (Verdict.DOUBTFUL, Doubt.MAYBE_FROM_OUTSIDE),
        ]  # fmt: skip
        assert not any(one.offers for one in found)
        assert not any("Hoa Sen" in str(one.before) for one in found)

    await done(database, work)


async def test_what_principals_and_people_said_is_never_overwritten_silently(database: Database):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hoa", birth_year=1988, source=Source.PRINCIPAL)
        person(db, 12, "Điểu Thị Nga", source=Source.PRINCIPAL)
        person(db, 13, "Lê Thị Út", left_on=DAY - timedelta(days=9))
        person(db, 14, "Trần Thị Nhàn", leave_from=DAY, leave_to=None)
        found = judge(db, row("Nguyễn Thị Hoa", birth_year=1989, phone="+84912345678"),
                      row("Lê Thị Út"), row("Võ Thị Loan"))  # fmt: skip
        assert verdicts(found) == [
            (Verdict.DOUBTFUL, Doubt.NAMESAKE), (Verdict.DOUBTFUL, Doubt.LEFT), (Verdict.NEW, ""),
            (Verdict.DOUBTFUL, Doubt.ADDED_BY_PRINCIPAL), (Verdict.DOUBTFUL, Doubt.ON_LEAVE),
        ]  # fmt: skip
        (one, *_) = judge(db, row("Nguyễn Thị Hoa", birth_year=1988, phone="+84912345678"))
        assert verdicts([one]) == [(Verdict.DOUBTFUL, Doubt.PRINCIPAL)]

    await done(database, work)


async def test_a_list_does_not_vouch_for_somebody_who_only_says_so(database: Database):
    def work(db: Connection) -> None:
        newcomers.add(db, "Nguyễn Thị Hoa", school_id=HOA_CUC, phone=None)
        assert verdicts(judge(db, row("Nguyễn Thị Hoa"))) == [(Verdict.NEW, "")]

    await done(database, work)


async def test_who_is_missing_from_a_listed_school_has_left_unless_a_row_may_be_theirs(
    database: Database,
):
    def work(db: Connection) -> None:
        person(db, 11, "Nguyễn Thị Hoa")
        person(db, 12, "Điểu Thị Nga")
        person(db, 13, "Lê Thị Út", HOA_SEN)
        found = judge(db, row("Võ Thị Loan"), row("Điểu Thị Ngà", "MN Không Biết"))
        assert [(one.verdict, one.person_id) for one in found[2:]] == [(Verdict.GONE, 11)]

    await done(database, work)
