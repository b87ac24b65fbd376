"""Every decision has words; officers read those of their area, and take them home as a table."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, insert, select, update

from bot.files import Files
from handlers import journal_words
from handlers.journal_words import WORDS
from storage.models import (
    AuditEntry,
    ChangeKind,
    ClaimState,
    Person,
    SchoolMove,
    StaffMove,
    SubstitutionState,
    Unit,
)
from tests import decisions
from tests.people import known
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from tests.talk import Town

# Words that are made of parts, and what the part may be.
MADE_OF = {
    "claim {}": ClaimState,
    "roster {}": ("written", "undone"),
    "school {}": SchoolMove,
    "staff {}": StaffMove,
    "substitute {}": SubstitutionState,
    "unit {}": ChangeKind,
}


def action_words() -> Iterable[str]:
    for word in decisions.actions():
        if "{}" in word:
            yield from (word.format(str(part)) for part in MADE_OF[word])
        else:
            yield word


def test_every_decision_has_words() -> None:
    wordless = sorted(set(action_words()) - WORDS.keys())
    assert wordless == [], "say in handlers/journal_words.py what these mean"


async def decided(town: Town, count: int, unit: str = "Xã Tuy Đức") -> None:
    def write(db: Connection) -> None:
        unit_id = db.execute(
            select(Unit.id).where(Unit.name == unit, Unit.valid_to.is_(None))
        ).scalar_one()
        who = db.execute(select(Person.id).where(Person.full_name == "Lê Văn Tình")).scalar_one()
        for at in range(count):
            db.execute(
                insert(AuditEntry).values(
                    at=MONDAY, actor_id=who, action="drafted", subject="broadcast",
                    subject_id=at + 1, unit_id=unit_id, detail={},
                )
            )  # fmt: skip

    await town.database.turn(write)


async def test_an_officer_reads_the_decisions_of_the_area(town: Town) -> None:
    await decided(town, 8)
    await decided(town, 1, "Xã Quảng Tân")
    tinh = await known(town, "Lê Văn Tình")

    def somebody_else(db: Connection) -> None:
        other = select(Person.id).where(Person.full_name == "Phan Quốc Khánh").scalar_subquery()
        last = select(func.max(AuditEntry.id)).scalar_subquery()
        db.execute(update(AuditEntry).where(AuditEntry.id == last).values(actor_id=other))

    await town.database.turn(somebody_else)
    shown = await tinh.say("/nhatky")
    assert "1 23/11 8h00 Lê Văn Tình soạn" in shown
    assert "Phan Quốc Khánh" not in shown
    assert "9 Xem tiếp" in shown
    assert "2 23/11" in await tinh.say("9")
    await tinh.say("1")
    assert "Xã Tuy Đức" in tinh.last.text
    assert "1 Mọi việc của Lê Văn Tình" in tinh.last.written()
    assert "chưa" not in (await tinh.say("1")).lower()


@pytest.mark.parametrize(
    ("typed", "found"),
    [("Tuy Đức", True), ("23/11", True), ("22/11", False), ("van tinh", True)],
)
async def test_the_journal_is_narrowed_to_a_place_a_day_a_person(
    town: Town, typed: str, found: bool
) -> None:
    await decided(town, 1)
    hang = await known(town, "Đinh Thị Thu Hằng")
    await hang.say("nhat ky")
    await hang.press("Lọc theo đơn vị, người hoặc ngày")
    assert ("Lê Văn Tình soạn" in await hang.say(typed)) is found


async def test_the_journal_goes_home_as_a_table(town: Town) -> None:
    await decided(town, 2)
    hang = await known(town, "Đinh Thị Thu Hằng")
    await hang.say("nhat ky")
    await hang.press("Nhận tệp Excel")
    document = hang.last.document
    assert document
    content = await Files(town.database, ZONE, town.clock)(document.recipe, document.subject)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 3
    assert rows[1][1] == "Lê Văn Tình"


def test_words_of_an_older_version_are_shown_as_they_are() -> None:
    from storage.journal import Entry
    from storage.models import Called

    entry = Entry(1, MONDAY, None, "", "gone", "course", 1, "", {}, "L12")
    assert journal_words.sentence(entry, "vi", Called.TEACHER) == "Trợ lý: gone L12"
