"""The Word files of reports: what they say, their templates, and that they never change."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from docx import Document
from docxtpl import DocxTemplate
from sqlalchemy import insert, select

from bot.files import Files
from bot.made import report_fields, report_templates, report_word, summary_fields
from bot.made.report_templates import COMMUNE, DEPARTMENT, FIELDS
from bot.settings import SettingsError
from handlers.message import EXPORT
from storage import exports, scopes
from storage.models import (
    Collection,
    Period,
    Person,
    Report,
    ReportPaper,
    ReportState,
    Stated,
    SubjectKind,
    Unit,
)
from storage.reporting import snapshot
from storage.reporting.snapshot import Figure, Part, Snapshot
from tests.talk import MONDAY, ZONE, Clock

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database

HANG, TINH = "Đinh Thị Thu Hằng", "Lê Văn Tình"
KPI1 = "Giáo viên có trình độ cao đẳng trở lên"
FIGURES = (
    Figure(1, SubjectKind.INDICATOR, "KPI1", KPI1, Stated.RIGHT, 123, 110, 123, 110, target=8500,
           count={"unknown": 3}, declared_expected=12, declared_completed=10),
    Figure(2, SubjectKind.INDICATOR, "KPI3", "Cán bộ quản lý", Stated.DECLARED, 0, 0, 0, 0),
    Figure(3, SubjectKind.GATHERING, "", "", Stated.CORRECTED, 125, 82, 123, 80,
           reason="hai cô <mới> & {{ 7*7 }}",
           parts=(Part("Huyện Đắk Mil", 60, 40), Part("", 63, 40))),
    Figure(4, SubjectKind.COURSE, "L12", "Sơ cứu", Stated.RIGHT, 1140, 1012, 1140, 1012),
)  # fmt: skip
SNAPSHOT = Snapshot(
    report_id=1, version=1, collection_id=1, title="Báo cáo năm 2026", before="2026-12-15",
    last="2026-12-14", period="Năm 2026", first_day="2026-01-01", last_day="2026-12-31",
    programme="Bồi dưỡng năm 2026", letter="178/KH-UBND", unit_id=1, unit="Xã Tuy Đức",
    province="Tỉnh Lâm Đồng", day="2026-11-23", submitted_at="2026-11-23T01:00:00+00:00",
    on_behalf=True, schools=6, unlisted=1,
    difficulties="Đường xa.\n=cmd|'/c calc'!A1\x0b {_{ 7*7 }_}", proposals="", figures=FIGURES,
)  # fmt: skip


def said(content: bytes) -> str:
    """All text of a document, a line for each paragraph, cells apart by " | "."""
    book = Document(io.BytesIO(content))
    parts = [paragraph.text for paragraph in book.paragraphs]
    for table in book.tables:
        parts += [" | ".join(cell.text for cell in row.cells) for row in table.rows]
    return "\n".join(parts)


def drawn(fields: dict[str, Any], name: str = COMMUNE) -> bytes:
    paper = report_word.Paper(
        scopes.everywhere(MONDAY.date()), {}, None, report_templates.load(name), fields, "Xã",
        "mark", MONDAY,
    )  # fmt: skip
    return report_word.draw(paper)


@pytest.fixture
def handed_in(province: Database) -> Any:
    """A report of xã Tuy Đức that the Sở has accepted, in a collection."""

    def write(db: Connection) -> tuple[int, int]:
        named = db.execute(
            select(Unit.name, Unit.id).where(Unit.name.in_(["Tỉnh Lâm Đồng", "Xã Tuy Đức"]),
                                             Unit.valid_to.is_(None))
        ).all()  # fmt: skip
        unit = {row.name: row.id for row in named}
        period = db.execute(select(Period.id).where(Period.title == "Năm 2026")).scalar_one()
        round_ = db.execute(
            insert(Collection)
            .values(unit_id=unit["Tỉnh Lâm Đồng"], period_id=period, title="Báo cáo năm 2026",
                    before=date(2026, 12, 15), opened_at=MONDAY)
            .returning(Collection.id)
        ).scalar_one()  # fmt: skip
        kept = snapshot.to_json(replace(SNAPSHOT, collection_id=round_))
        report = db.execute(
            insert(Report)
            .values(collection_id=round_, unit_id=unit["Xã Tuy Đức"], version=1,
                    state=ReportState.ACCEPTED, begun_at=MONDAY, submitted_at=MONDAY,
                    difficulties="Đường xa.", snapshot=kept, digest=snapshot.digest(kept))
            .returning(Report.id)
        ).scalar_one()  # fmt: skip
        return report, round_

    return lambda: province.turn(write)


async def made(database: Database, who: str, templates: str = "", **asked: int) -> bytes:
    def ask(db: Connection) -> int:
        person = db.execute(select(Person.id).where(Person.full_name == who)).scalar_one()
        return exports.ask(db, person, "report word", MONDAY, **asked)

    files = Files(database, ZONE, Clock(), templates=templates)
    return await files(EXPORT, await database.turn(ask))


def test_a_commune_reports_what_it_handed_in():
    words = said(drawn(report_fields.of(SNAPSHOT)))

    for line in (
        "BÁO CÁO", "Kính gửi: Sở Giáo dục và Đào tạo tỉnh Lâm Đồng.",
        "Căn cứ văn bản số 178/KH-UBND (Bồi dưỡng năm 2026);", "Không có.", "Đường xa.",
        "=cmd|'/c calc'!A1",
        f"1 | KPI1. {KPI1} | 123 | 110 | 89,4% | 85% | thiếu dữ liệu: 3",
        "2 | KPI1: cơ sở chưa có danh sách | 12 | 10 | 83,3% | – | số khai",
        "3 | KPI3. Cán bộ quản lý | 0 | 0 | – | – | số khai",
        "1 | Các lớp tập huấn (mỗi người tính một lần) | 125 | 82 | 65,6% | đã sửa, Trợ lý tính"
        " 80/123: hai cô <mới> & {{ 7*7 }}",
        "2 | L12. Sơ cứu | 1.140 | 1.012 | 88,8% | ",
        "Các lớp tập huấn (mỗi người tính một lần) | Chưa rõ đơn vị cũ | 63 | 40 | 63,5%",
    ):  # fmt: skip
        assert line in words.split("\n"), line
    for part in ("XÃ TUY ĐỨC", "Số:         /BC-UBND", "Độc lập - Tự do - Hạnh phúc",
                 "Tuy Đức, ngày      tháng 11 năm 2026", "TM. ỦY BAN NHÂN DÂN", "Nơi nhận:",
                 "Sở Giáo dục và Đào tạo nhập thay"):  # fmt: skip
        assert part in words, part
    assert "49" not in words  # nothing of what people wrote is run


def test_a_document_is_made_of_the_same_bytes_and_tells_no_time_but_its_own():
    fields = report_fields.of(SNAPSHOT)

    content = drawn(fields)

    assert content == drawn(fields)
    with ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-23T01:00:00Z" in parts.read("docProps/core.xml")


def test_the_fields_of_the_templates_are_those_that_are_told():
    assert set(report_fields.of(SNAPSHOT)) == set(FIELDS[COMMUNE])
    for name, fields in FIELDS.items():
        shipped = report_templates.load(name)
        assert DocxTemplate(io.BytesIO(shipped)).get_undeclared_template_variables() == set(fields)
        assert "{" not in said(drawn(dict(fields), name))


def template(folder: Path, text: str, name: str = COMMUNE) -> Path:
    book = Document()
    book.add_paragraph(text)
    book.save(str(folder / name))
    return folder


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ lop.append(1) }}", "unsafe"),
        ("{{ can_cu.__init__.__globals__ }}", "unsafe"),
        ("{% include 'secret' %}", "no loader"),
        ("{{ ten_xa }}", "'ten_xa' is undefined"),
        ("{% for %}", "Expected"),
    ],
)
def test_a_template_reads_its_fields_and_does_nothing_else(tmp_path: Path, text: str, why: str):
    with pytest.raises(SettingsError, match=why) as caught:
        report_templates.check(str(template(tmp_path, text)))

    said_ = str(caught.value)
    assert "\n" not in said_
    assert said_.startswith(f"TAPHUAN_REPORT_TEMPLATES: {tmp_path / COMMUNE} cannot be used: ")


def test_a_folder_of_templates_is_looked_at(tmp_path: Path):
    report_templates.check("")
    with pytest.raises(SettingsError, match=f"there is neither {COMMUNE} nor {DEPARTMENT}"):
        report_templates.check(str(tmp_path))
    (tmp_path / DEPARTMENT).write_bytes(b"no document")
    with pytest.raises(SettingsError, match="cannot be used: BadZipFile"):
        report_templates.check(str(tmp_path))
    template(tmp_path, "{{ dia_danh }}", DEPARTMENT)
    report_templates.check(str(tmp_path))
    assert report_templates.load(COMMUNE, str(tmp_path)) == report_templates.load(COMMUNE)


async def test_a_paper_stays_as_it_was_first_made(
    province: Database, handed_in: Any, tmp_path: Path
):
    report, round_ = await handed_in()

    first = await made(province, TINH, report=report, version=1)
    template(tmp_path, "{{ don_vi }} {{ dia_danh }}", COMMUNE)
    again = await made(province, HANG, str(tmp_path), report=report, version=1)

    assert first == again
    assert "Căn cứ văn bản số 178/KH-UBND" in said(first)
    kept = select(ReportPaper.content).where(ReportPaper.report_id == report)
    assert await province.read(lambda db: db.execute(kept).scalar_one()) == first
    for who, asked in (
        ("Lê Thị Út", {"report": report}), (TINH, {"collection": round_}),
        (TINH, {"report": report + 99}),
    ):  # fmt: skip
        with pytest.raises(LookupError):
            await made(province, who, version=1, **asked)
    with pytest.raises(LookupError):
        await made(province, TINH, report=report, version=2)


async def test_the_department_reports_what_it_has_accepted(province: Database, handed_in: Any):
    _, round_ = await handed_in()

    content = await made(province, HANG, collection=round_, version=0)
    words = said(content)

    assert content == await made(province, HANG, collection=round_, version=0)
    assert "SỞ GIÁO DỤC VÀ ĐÀO TẠO" in words
    assert "GIÁM ĐỐC" in words
    missing = next(line for line in words.split("\n") if line.startswith("Đơn vị chưa nộp"))
    assert "xã Quảng Tân" in missing
    assert "xã Tuy Đức" not in missing
    assert "Xã Tuy Đức: Đường xa." in words
    assert "1 | Xã Tuy Đức | 125 | 82 | 65,6% | đã sửa" in words
    assert "1 | Huyện Đắk Mil | 60 | 40 | 66,7% | " in words
    assert "1 | Xã Tuy Đức | 0 | 0 | – | số khai" in words
    assert " | Cộng | 0 | 0 | – | có số khai" in words
    assert set(summary_fields.of(_empty(province, round_))) == set(FIELDS[DEPARTMENT])


def _empty(_: Database, round_: int) -> Any:
    from storage.reporting.collections import Round
    from storage.reporting.summary import Summary

    of = Round(
        round_, 1, "Tỉnh Lâm Đồng", "/1/", "Báo cáo", date(2026, 12, 15), date(2026, 12, 14),
        MONDAY, None, 1, "Năm 2026", date(2026, 1, 1), date(2026, 12, 31), None, "", "",
    )  # fmt: skip
    return Summary(of, MONDAY.date(), 0, (), Counter(), (), ())
