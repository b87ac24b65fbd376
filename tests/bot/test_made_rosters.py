"""Staff lists as files: handed back with remarks, empty to fill in, and as they are."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.files import Files
from bot.made import annotated, columns, roster, template
from handlers import roster_words
from handlers.message import EXPORT
from storage import exports, scopes
from storage.models import Core, Person, Position, Qualification, Rating, Role, Verdict
from storage.rosters import books, grades, headings, runs, staging, swap
from storage.rosters.comparison import Doubt, Refusal
from storage.rosters.directory import PlaceTrouble
from storage.rosters.entries import Fault, Remark
from storage.rosters.listing import STAFF
from tests.lists import HOA_CUC, SON_CA, lined, officer, person, row, stage, world
from tests.talk import MONDAY, ZONE, Clock

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.rosters.books import Sheet

OFFICER = 901


def opened(content: bytes, folder: Path) -> tuple[Sheet, ...]:
    path = folder / "made.xlsx"
    path.write_bytes(content)
    sheets = books.read(path)
    assert isinstance(sheets, tuple)
    return sheets


async def made(database: Database, kind: str, person_id: int = OFFICER, **asked: int) -> bytes:
    request = await database.turn(lambda db: exports.ask(db, person_id, kind, MONDAY, **asked))
    return await Files(database, ZONE, Clock())(EXPORT, request)


def test_our_own_headings_and_words_are_read_back():
    for field, heading in columns.headings().items():
        assert headings.meaning(heading).field is field, heading
    for values, read in (
        (STAFF, grades.position), (Qualification, grades.qualification),
        (Rating, grades.rating), (Core, grades.core),
    ):  # fmt: skip
        for value in values:
            assert read(columns.written(value)) is value
    assert columns.written(Position.OFFICER) == columns.written(None) == ""


async def test_the_list_brought_in_as_it_is_changes_nothing(province: Database, tmp_path: Path):
    hang = select(Person.id).where(Person.full_name == "Đinh Thị Thu Hằng")
    person_id = await province.read(lambda db: db.execute(hang).scalar_one())
    path = tmp_path / "list.xlsx"
    path.write_bytes(await made(province, "roster list", person_id))

    def compare(db: Connection) -> list[tuple[Verdict, str]]:
        scope = scopes.of(db, person_id, MONDAY.date())
        assert scope
        reading = runs.read(path, MONDAY.date())
        assert isinstance(reading, runs.Reading)
        assert len(reading.entries) > 50
        return [
            (one.verdict, one.reason)
            for one in runs.compare(db, scope, reading.entries).judged
            if one.verdict in swap.WRITES or one.entry
        ]

    found = await province.read(compare)
    assert set(found) == {(Verdict.UNCHANGED, "")}


@pytest.fixture
async def commune(database: Database) -> Database:
    def build(db: Connection) -> None:
        world(db)
        officer(db, 1)
        officer(db, 2)
        person(db, 11, "Nguyễn Thị Hoa", HOA_CUC, phone="+84912345678")
        person(db, 12, "Thị Mai", SON_CA)
        person(db, 13, "Điểu Thị Nga", HOA_CUC)

    await database.turn(build)
    return database


async def test_only_the_people_of_the_area_are_listed(commune: Database, tmp_path: Path):
    (sheet,) = opened(await made(commune, "roster list"), tmp_path)

    assert [line[1] for line in sheet.rows[1:]] == ["Nguyễn Thị Hoa", "Điểu Thị Nga"]
    assert "0912345678" in sheet.rows[1]


async def test_a_list_comes_back_with_what_becomes_of_each_row(commune: Database, tmp_path: Path):
    def brought(db: Connection) -> int:
        scope = scopes.of(db, OFFICER, MONDAY.date())
        assert scope
        people = lined(
            (
                row("Nguyễn Thị Hoa", phone="+84987654321", remarks=[Remark.PHONE_CLEANED]),
                row("=HYPERLINK(1)", fault=Fault.NAME_UNREADABLE), row("Võ Thị Loan"),
                row("Thị Sao", "MN Hoa Cút"),
            )
        )  # fmt: skip
        for one in people:
            one.cells = {"name": one.full_name, "school": one.school}
        return stage(db, *people, scope=scope)

    import_id = await commune.turn(brought)

    sheets = opened(await made(commune, "roster annotated", **{"import": import_id}), tmp_path)

    assert [one.name for one in sheets] == [
        "Không nhận", "Người mới", "Thay đổi", "Không có trong tệp"
    ]  # fmt: skip
    refused, new, changed, gone = (one.rows for one in sheets)
    assert [(line[1], line[3], line[5]) for line in refused[1:]] == [
        (2, "Ô họ tên không phải là tên người.", "=HYPERLINK(1)"),
        (4, "Chưa có trường tên này ở địa bàn đó.", "Thị Sao"),
    ]
    assert "Có thể là: " in str(refused[2][4])
    assert [line[5] for line in new[1:]] == ["Võ Thị Loan"]
    assert changed[1][4] == "Thay đổi: Điện thoại. Số điện thoại đã được chỉnh lại."
    assert gone[1][5] == "Điểu Thị Nga"


@pytest.mark.parametrize("kind", ["roster list", "roster template", "roster annotated"])
async def test_nothing_is_made_for_whoever_is_no_officer_there(commune: Database, kind: str):
    def brought(db: Connection) -> int:
        scope = scopes.of(db, 902, MONDAY.date())
        assert scope
        return stage(db, row("Võ Thị Loan", "MN Sơn Ca"), scope=scope)

    import_id = await commune.turn(brought)
    if kind == "roster annotated":
        with pytest.raises(LookupError):
            await made(commune, kind, **{"import": import_id})
        assert await made(commune, kind, 902, **{"import": import_id})
        await commune.turn(lambda db: staging._clear(db, import_id))
        with pytest.raises(LookupError):
            await made(commune, kind, 902, **{"import": import_id})
    ends = update(Role).values(valid_to=MONDAY.date().replace(day=1))
    await commune.turn(lambda db: db.execute(ends))
    with pytest.raises(LookupError):
        await made(commune, kind, 902, **{"import": import_id})


def test_the_template_is_read_and_its_example_is_nobody(tmp_path: Path):
    path = tmp_path / "template.xlsx"
    path.write_bytes(template.draw())

    reading = runs.read(path, MONDAY.date())

    assert isinstance(reading, runs.Reading)
    assert [one.name for one in reading.layout.sheets] == ["Danh sách nhân sự"]
    assert set(reading.layout.sheets[0].columns) == set(columns.ORDER)
    assert [one.fault for one in reading.entries] == [Fault.NAME_UNREADABLE]


def test_a_large_list_is_drawn_row_by_row():
    assert roster.draw([]).startswith(b"PK")
    assert BytesIO(annotated.draw({})).getbuffer().nbytes


def test_there_are_words_for_every_verdict_and_reason():
    paper = roster_words.Paper()
    for kind in (Fault, PlaceTrouble, Refusal, Doubt):
        for one in kind:
            assert roster_words.meant(one) is one
            assert roster_words.reason(paper, one)
            assert roster_words.sentence(paper, one).endswith((".", "?"))
            assert len(roster_words.reason(paper, one)) <= 30
    for verdict in Verdict:
        assert roster_words.verdict(paper, verdict)
    for remark in Remark:
        assert roster_words.remark(paper, remark)
    assert roster_words.reason(paper, "no word") == roster_words.sentence(paper, "") == ""
