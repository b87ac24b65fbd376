"""Where the people of a rule are, against a plain count; and a sentence read there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from handlers import audience_words
from storage import localities, recipients, scopes
from storage.localities import Level
from storage.models import Person, Position
from storage.recipients import Rule
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.scopes import Scope


def scope_of(db: Connection, name: str) -> Scope:
    person_id = db.execute(select(Person.id).where(Person.full_name == name)).scalar_one()
    scope = scopes.of(db, person_id, MONDAY.date())
    assert scope
    return scope


async def test_places_count_the_people_of_the_rule_within_the_scope(province: Database) -> None:
    def check(db: Connection) -> None:
        department, commune = scope_of(db, "Đinh Thị Thu Hằng"), scope_of(db, "Lê Văn Tình")
        teachers = Rule(positions=(Position.TEACHER,))

        found = {level: localities.of(db, teachers, department, level) for level in Level}
        everybody = recipients.count(db, teachers, department)
        sums = {level: sum(one.count for one in found[level]) for level in Level}
        assert sums[Level.COMMUNE] == sums[Level.SCHOOL] == everybody
        # Two schools of the sample were founded after the districts had ended.
        assert 0 < everybody - sums[Level.DISTRICT] < 20
        assert [len(found[level]) for level in (Level.COMMUNE, Level.DISTRICT)] == [28, 8]
        cu_jut = next(one for one in found[Level.DISTRICT] if one.name == "Huyện Cư Jút")
        assert cu_jut.count == recipients.count(db, Rule(
            positions=(Position.TEACHER,), units=(cu_jut.id,)), department)  # fmt: skip
        assert [one.name for one in localities.of(db, teachers, commune, Level.COMMUNE)] == [
            "Xã Tuy Đức"
        ]
        heard = audience_words.announcement(
            db, department, "gửi thông báo cho giáo viên huyện Cư Jút cũ", MONDAY
        )
        assert heard
        assert heard.rule == Rule(positions=(Position.TEACHER,), units=(cu_jut.id,))

    await province.read(check)
