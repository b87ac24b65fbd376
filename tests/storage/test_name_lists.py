"""Lists of names as officers type them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import name_lists, scopes
from storage.models import Person
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.scopes import Scope

READ: dict[str, list[set[str]]] = {
    "lê thị út": [{"Lê Thị Út"}],
    "LE THI UT, h'mai bya": [{"Lê Thị Út"}, {"H'Mai Byă"}],
    "1. Lê Thị Út\n2) Điểu Thị Nga\n- H’Mai Byă": [{"Lê Thị Út"}, {"Điểu Thị Nga"}, {"H'Mai Byă"}],
    "Lê Thị Út và Điểu Thị Nga": [{"Lê Thị Út"}, {"Điểu Thị Nga"}],
    "le thi ut va dieu thi nga": [{"Lê Thị Út"}, {"Điểu Thị Nga"}],
    "cô Lê Thị Út": [{"Lê Thị Út"}],
    "Lê Thị Út (MN Hoa Cúc)": [{"Lê Thị Út"}],
    "Lê Thị Út, trường MN Hoa Cúc, xã Tuy Đức": [{"Lê Thị Út"}],
    "nguyen thi huong 1992": [{"Nguyễn Thị Hương"}],
    "4827 1093": [{"H'Mai Byă"}],
    "4827 1094": [set()],
    "Trần Văn Khoai": [set()],
    "": [],
}  # fmt: skip


async def test_names_are_read(province: Database) -> None:
    def work(db: Connection) -> None:
        scope = of(db, "Đinh Thị Thu Hằng")
        for text, names in READ.items():
            lines = name_lists.read(db, scope, text)
            assert [{one.full_name for one in line.people} for line in lines] == names, text

    await province.read(work)


async def test_what_stands_beside_a_name_decides_or_leaves_a_doubt(province: Database) -> None:
    def work(db: Connection) -> None:
        scope = of(db, "Đinh Thị Thu Hằng")
        for text in ("le thi ut mn hoa cuc", "Lê Thị Út, 1990", "nguyen thi huong 1985"):
            (line,) = name_lists.read(db, scope, text)
            assert line.person, text
        for text in ("nguyen thi huong", "Lê Thị Út MN Ban Mai", "Lê Thị Út 1955"):
            (line,) = name_lists.read(db, scope, text)
            assert line.people, text
            assert line.person is None, text

    await province.read(work)


async def test_nobody_outside_the_area_is_named(province: Database) -> None:
    def work(db: Connection) -> None:
        (line,) = name_lists.read(db, of(db, "Lê Văn Tình"), "Võ Thị Loan")
        assert line.people == ()

    await province.read(work)


def of(db: Connection, name: str) -> Scope:
    person = select(Person.id).where(Person.full_name == name)
    scope = scopes.of(db, db.execute(person).scalar_one(), MONDAY.date())
    assert scope
    return scope
