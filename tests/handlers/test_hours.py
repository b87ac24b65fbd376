"""`giờ`: what somebody has, what is asked for, what is missing; and who lacks it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from storage import hour_rules, hours
from storage.models import Completed, Completion, Course, HourTarget, PeriodKind, Person
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Town

UT = "Lê Thị Út"


async def completed(town: Town, *courses: tuple[int, str, int, date]) -> None:
    """Lê Thị Út has completed these courses: number, content, tenths of a tiết, day."""

    def work(db: Connection) -> None:
        found = select(Person.id).where(Person.full_name == UT).order_by(Person.id)
        person_id = db.execute(found).scalars().all()[0]
        for number, block, tenths, day in courses:
            db.execute(update(Course).where(Course.number == number).values(block=block))
            course = db.execute(select(Course.id).where(Course.number == number)).scalar_one()
            db.execute(
                insert(Completion).values(
                    course_id=course, person_id=person_id, state=Completed.COMPLETED,
                    completed_on=day, hours=tenths, attended=1, held=1,
                )
            )  # fmt: skip

    await town.database.turn(work)


async def asked(town: Town, targets: dict[str, int]) -> None:
    def work(db: Connection) -> None:
        db.execute(delete(HourTarget))
        span = hours.spans(db, MONDAY.date())[0]
        for block, tenths in targets.items():
            hours.aim(db, span, block, tenths)

    await town.database.turn(work)


ASKED = {"01": 400, "02": 400, "03": 400}
AUTUMN = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("have", "targets", "counted", "missing"),
    [
        ({}, {}, 0, 0),
        ({"01": 75}, {}, 75, 0),
        ({"01": 240}, ASKED, 240, 960),
        # Too much of one content fills no other.
        ({"01": 600}, ASKED, 400, 800),
        ({"01": 400, "02": 400, "03": 405, "": 50}, ASKED, 1200, 0),
        ({"": 100, "01": 100}, {"": 1200}, 200, 1000),
    ],
)
def test_hours_against_targets(
    have: dict[str, int], targets: dict[str, int], counted: int, missing: int
) -> None:
    found = hour_rules.together(have, targets)
    assert (found.counted, found.missing) == (counted, missing)


async def test_the_first_line_is_the_answer(town: Town) -> None:
    await completed(town, (12, "02", 75, AUTUMN), (15, "01", 165, AUTUMN))
    await completed(town, (18, "01", 400, date(2026, 3, 1)))  # the school year before
    await asked(town, ASKED)
    ut = await known(town, UT)

    shown = (await ut.say("con thieu bao nhieu tiet")).splitlines()
    assert shown[0] == "Năm học 2026–2027: đã có 24/120 tiết, còn thiếu 96 tiết."
    assert shown[1:4] == ["Nội dung 01: 16,5/40", "Nội dung 02: 7,5/40", "Nội dung 03: 0/40"]
    assert shown[4].startswith("1 L15 ")
    assert shown[4].endswith(" · 16,5 tiết")
    assert shown[5].endswith(" · 7,5 tiết")
    assert "L15" in await ut.press("1")


async def test_without_targets_there_is_only_the_sum(town: Town) -> None:
    ut = await known(town, UT)
    assert (await ut.say("/gio")).startswith("Năm học 2026–2027: đã có 0 tiết.")
    await completed(town, (12, "", 75, AUTUMN))
    assert "đã có 7,5 tiết." in await ut.say("giờ")
    await asked(town, {"": 50})
    assert "đã có 5/5 tiết, đã đủ." in await ut.say("giờ")


async def test_other_years_are_a_choice_away(town: Town) -> None:
    await completed(town, (18, "01", 400, date(2026, 3, 1)))
    ut = await known(town, UT)
    await ut.say("giờ")
    shown = await ut.press("Năm khác")
    assert "Năm học 2025–2026" in shown
    assert "Năm 2026" in shown
    assert "đã có 40 tiết" in await ut.press("Năm học 2025–2026")


async def test_officers_see_who_lacks_hours_in_their_area(town: Town) -> None:
    await completed(town, (12, "01", 75, AUTUMN))
    await asked(town, {"01": 75})
    tinh, ut = await known(town, "Lê Văn Tình"), await known(town, UT)
    shown = await tinh.say("giờ")
    assert "người còn thiếu tiết." in shown.splitlines()[0]
    people = await tinh.press("1")
    assert "có 0, thiếu 7,5" in people
    assert len(people.split("\n9 ")[0]) <= 300
    await asked(town, {})
    assert "chưa đặt số tiết" in await tinh.say("giờ")
    await asked(town, {"01": 75})
    # A teacher has no area, and an officer none beside their own.
    assert "còn thiếu tiết" not in await ut.press_data("x|hours-area 0")

    def elsewhere(db: Connection) -> int | None:
        found = select(Person.school_id).where(Person.full_name == "Phạm Thị Bích")
        return db.execute(found).scalar_one()

    school = await town.database.read(elsewhere)
    period = (await town.database.read(lambda db: hours.spans(db, MONDAY.date())))[0].id
    assert "thiếu 7,5" not in await tinh.press_data(f"x|hours-school {period} {school}")


async def test_a_year_nobody_has_set_up_is_the_usual_one(town: Town) -> None:
    def work(db: Connection) -> None:
        span = hours.beginning(db, PeriodKind.SCHOOL, date(2031, 2, 1))
        assert span
        assert (span.id, span.first_day, span.last_day) == (
            None, date(2030, 9, 1), date(2031, 8, 31)
        )  # fmt: skip
        assert hours.beginning(db, PeriodKind.CALENDAR, date(2031, 2, 1)) is None
        period_id = hours.aim(db, span, "01", 400)
        made = hours.spans(db, date(2031, 2, 1))[0]
        assert made.id == period_id
        assert hours.targets(db, made) == {"01": 400}
        hours.aim(db, made, "01", 0)
        assert hours.targets(db, made) == {}

    await town.database.turn(work)
