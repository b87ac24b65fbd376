"""Our files in another office program: LibreOffice opens them, and works out the same figures."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from bot.files import Files
from bot.made import report_fields, report_templates
from handlers.message import EXPORT
from storage import exports
from storage.figures import subjects
from storage.models import Person
from tests.bot import formulas
from tests.bot.test_report_word import SNAPSHOT, drawn
from tests.talk import MONDAY, ZONE, Clock

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database

OFFICE = shutil.which("soffice")
PAGES = shutil.which("pdftotext")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not (OFFICE and PAGES), reason="needs LibreOffice and pdftotext"),
]
KEPT = re.compile(r"(</f>)<v>[^<]*</v>")


def converted(path: Path, to: str) -> Path:
    """The file as LibreOffice writes it, in a profile of this test's own."""
    out = path.parent / "out"
    profile = f"-env:UserInstallation=file://{path.parent / 'profile'}"
    command = [OFFICE or "", profile, "--headless", "--convert-to", to, "--outdir", str(out)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=180)
    return out / f"{path.stem}.{to}"


def words(path: Path) -> str:
    """The text of a file on paper."""
    pdf = converted(path, "pdf")
    found = subprocess.run(
        [PAGES or "", "-layout", str(pdf), "-"], check=True, capture_output=True, timeout=60
    )
    return found.stdout.decode()


def emptied(content: bytes) -> bytes:
    """The workbook without any value of a formula: what is there afterwards was worked out."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(buffer, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/"):
                part = KEPT.sub(r"\1", part.decode()).encode()
            new.writestr(name, part)
    return buffer.getvalue()


async def book(database: Database, code: str) -> bytes:
    def ask(db: Connection) -> int:
        named = Person.full_name == "Đinh Thị Thu Hằng"
        person = db.execute(select(Person.id).where(named)).scalar_one()
        listed = subjects.listed(db, MONDAY.date())
        topic = next(one for one in listed if code in {one.code, one.kind})
        asked: dict[str, Any] = {"view": "commune", "of": "-", "unit": 0, "day": "-"}
        return exports.ask(db, person, "figure book", MONDAY, subject=topic.id, **asked)

    return await Files(database, ZONE, Clock())(EXPORT, await database.turn(ask))


@pytest.mark.parametrize("code", ["L12", "L3", "KPI1", "KPI3", "gathering"])
async def test_another_program_works_out_the_same(province: Database, tmp_path: Path, code: str):
    content = await book(province, code)
    path = tmp_path / "book.xlsx"
    path.write_bytes(emptied(content))

    theirs = CalamineWorkbook.from_path(str(converted(path, "xlsx")))
    ours = CalamineWorkbook.from_filelike(io.BytesIO(content))

    compared = 0
    assert theirs.sheet_names == ours.sheet_names
    for name in ours.sheet_names:
        mine, other = ours.get_sheet_by_name(name), theirs.get_sheet_by_name(name)
        for one, two in zip(mine.to_python(), other.to_python(), strict=True):
            for value, worked_out in zip(one, two, strict=False):
                if isinstance(value, float) and isinstance(worked_out, float):
                    assert worked_out == pytest.approx(value, rel=1e-12)
                else:
                    assert worked_out == value
                compared += 1
    assert compared > len(formulas.of(content)) > 500
    path.write_bytes(content)
    printed = words(path)
    assert "Cộng" in printed
    assert "Mẫu số" in printed


def test_reports_are_opened_as_documents(tmp_path: Path):
    for name, fields, line in (
        (report_templates.COMMUNE, report_fields.of(SNAPSHOT), "TM. ỦY BAN NHÂN DÂN"),
        (report_templates.DEPARTMENT, dict(report_templates.FIELDS[report_templates.DEPARTMENT]),
         "PHỤ LỤC II"),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(drawn(fields, name))
        shown = words(path)
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in shown
        assert line in shown
        assert "{" not in shown.replace("{{ 7*7 }}", "")
