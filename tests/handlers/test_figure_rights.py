"""Whoever held a right and holds it no more; a principal who asks for other schools; a teacher."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.files import Files
from handlers.message import EXPORT
from storage import exports, scopes
from storage.figures import subjects
from storage.models import Person, Role, School
from storage.reporting import collections, drafts
from storage.statistics import View
from tests.announced import person, principal
from tests.people import known
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.talk import Town

HOA, MAI, TINH = "Nguyễn Thị Hoa", "H'Mai Byă", "Lê Văn Tình"


async def ends(town: Town, full_name: str) -> None:
    """Somebody's roles end with yesterday."""

    def work(db: Connection) -> None:
        mine = select(Person.id).where(Person.full_name == full_name).scalar_subquery()
        yesterday = MONDAY.date() - timedelta(days=1)
        db.execute(update(Role).where(Role.person_id == mine).values(valid_to=yesterday))

    await town.database.turn(work)


async def about(town: Town, code: str = "L12") -> int:
    found = await town.database.read(lambda db: subjects.listed(db, MONDAY.date()))
    return next(one.id for one in found if one.code == code)


async def a_report(town: Town) -> None:
    """The report of xã Tuy Đức is begun; its id is 1."""

    def work(db: Connection) -> None:
        office, home = (
            scopes.of(db, person(db, name), MONDAY.date()) for name in ("Đinh Thị Thu Hằng", TINH)
        )
        assert office
        assert home
        opened = collections.open_for(db, office, 1, 1, MONDAY)
        assert drafts.begin(db, home, opened.id, home.reaches[0].unit_id, MONDAY) == 1

    await town.database.turn(work)


@pytest.mark.parametrize(
    ("leads", "typed"),
    [
        (("thong ke L12", "figure-day {} s 0 - 0 - c"), "30/9"),
        (("báo cáo", "report-text 1 difficulties"), "Đường xa."),
        (("báo cáo", "report-correct 1 {}"), "12/14"),
    ],
)
async def test_a_question_is_nobodys_once_the_role_has_ended(
    town: Town, leads: tuple[str, str], typed: str
) -> None:
    tinh = await known(town, TINH)
    subject = await about(town, "KPI1")
    await a_report(town)
    await tinh.say(leads[0])
    await tinh.press_data(f"s0|{leads[1].format(subject)}")
    await ends(town, TINH)

    said = await tinh.say(typed)

    assert "L12" not in said
    assert "Xã Tuy Đức" not in said
    assert said == await tinh.say("menu")


async def test_a_file_asked_for_before_is_not_made_after_the_role_has_ended(town: Town) -> None:
    tinh, subject = await known(town, TINH), await about(town)
    files = Files(town.database, ZONE, town.clock)
    found: list[int] = []
    for kind in ("figure-png", "figure-xlsx"):
        await tinh.press_data(f"s0|{kind} {subject}")
        asked = tinh.last.photo or tinh.last.document
        assert asked
        found.append(asked.subject)
    assert await files(EXPORT, found[0])

    def reported(db: Connection) -> int:
        mine = select(Person.id).where(Person.full_name == TINH)
        who = db.execute(mine).scalar_one()
        return exports.ask(db, who, "report word", MONDAY, report=1, version=1)

    found.append(await town.database.turn(reported))
    await ends(town, TINH)

    for each in found:
        with pytest.raises(LookupError):
            await files(EXPORT, each)


async def test_a_principal_of_two_schools_sees_both_and_no_third(town: Town) -> None:
    hoa, subject = await known(town, HOA), await about(town)
    await principal(town, HOA, 1)
    await principal(town, HOA, 2)
    both = await town.database.read(names_of(School.id.in_((1, 2))))
    others = await town.database.read(names_of(School.id > 2))

    shown = await hoa.press_data(f"s0|unmet {subject}")
    assert all(name in shown for name in both)
    copied = await hoa.press_data(f"s0|unmet-copy {subject}")
    assert all(name in copied for name in both), copied
    for action in (
        f"figure {subject} s 0 s 3", f"figure-copy {subject} s 0 s 3", f"unmet {subject} s 3",
        f"figure-names {subject} s 0 s 3 - c m", f"figure-more {subject} c 0 c 3",
        f"unmet-names {subject} 0 0 s 3", f"figure-total {subject} s 0 s 1",
        f"figure-png {subject} s 0 s 1", f"behind {subject}", f"nudge {subject} s 1",
    ):  # fmt: skip
        said = await hoa.press_data(f"s0|{action}")
        assert not [name for name in others if name in said], action
        assert hoa.last.photo is None


def names_of(condition: object) -> Callable[[Connection], list[str]]:
    found = select(School.name).where(condition)  # pyright: ignore[reportArgumentType] - a column's
    return lambda db: list(db.execute(found).scalars())


async def test_a_teacher_learns_no_figure_and_no_name(town: Town) -> None:
    mai, subject = await known(town, MAI), await about(town)
    everybody = await town.database.read(
        lambda db: db.execute(select(Person.full_name).where(Person.full_name != MAI)).scalars()
    )
    names = set(everybody)
    for view in View:
        part = f"{view.value[0]} 0 {view.value[0]} 1"
        for action in (
            f"figure {subject} {part}", f"figure-names {subject} {part} - c m",
            f"figure-copy {subject} {part}", f"figure-more {subject} {part}", "figure-list",
            f"unmet-names {subject} 1 0 {view.value[0]} 1", "report-desk", "collections",
            "report-of 1", f"nudge-do {subject}",
        ):  # fmt: skip
            said = await mai.press_data(f"s0|{action}")
            assert "%" not in said, action
            assert not [name for name in names if name in said], action
