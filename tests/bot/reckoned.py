"""What figures come to, counted one by one from the rows, and what is read out of files."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import docx
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from storage.models import (
    Completed,
    Completion,
    Course,
    Person,
    Position,
    Qualification,
    School,
    Source,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection, Row

COLLEGE = {Qualification.COLLEGE, Qualification.UNIVERSITY, Qualification.POSTGRADUATE}
TUY_DUC = "Xã Tuy Đức"
NO_DISTRICT = "Chưa rõ đơn vị cũ"
Figures = dict[str, tuple[int, int]]


@dataclass(slots=True)
class Counted:
    """What the rows come to, one by one: (completed, expected), by full names."""

    communes: Figures = field(default_factory=dict[str, tuple[int, int]])
    districts: Figures = field(default_factory=dict[str, tuple[int, int]])
    schools: Figures = field(default_factory=dict[str, tuple[int, int]])  # those of Tuy Đức
    kpi1: Figures = field(default_factory=dict[str, tuple[int, int]])  # of communes
    names: dict[str, set[str]] = field(default_factory=dict[str, set[str]])  # who has, by school

    @property
    def whole(self) -> str:
        """All of the province, as it is written."""
        done, meant = (sum(one[at] for one in self.communes.values()) for at in (0, 1))
        return f"{done}/{meant:,}".replace(",", ".")


def sheet(book: bytes, name: str) -> Figures:
    """The units of a sheet of a workbook, without the last row, which adds them up."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name(name).to_python()
    meant, done = rows[2].index("Thuộc diện"), rows[2].index("Hoàn thành")
    return {
        str(row[0]): (
            int(str(row[done]).removesuffix(".0")),
            int(str(row[meant]).removesuffix(".0")),
        )
        for row in rows[3:-1]
    }


def short(figures: Figures) -> Figures:
    """The same by the names that a line of a screen has for them."""
    kind = re.compile(r"^(Xã|Phường|Huyện|Thành phố|Trường) ")
    return {kind.sub("", name): figure for name, figure in figures.items()}


def counted(db: Connection, number: int, day: date) -> Counted:
    """Every person of every school, looked at one by one: L`number`, which is over that day."""
    course = db.execute(select(Course.id, Course.audience).where(Course.number == number)).one()
    completed = select(Completion.person_id).where(
        Completion.course_id == course.id, Completion.state == Completed.COMPLETED
    )
    done = set(db.execute(completed).scalars())
    units = {one.id: one for one in db.execute(select(Unit.__table__))}
    schools = {one.id: one for one in db.execute(select(School.__table__))}
    found = Counted()
    for one in db.execute(select(Person.__table__).where(Person.school_id.is_not(None))):
        school = schools[one.school_id]
        commune = units[school.unit_id].name
        old = units.get(school.old_unit_id)
        district = units[old.parent_id].name if old else NO_DISTRICT
        if not at_work(one, day):
            continue
        if one.position.value in course.audience["positions"]:
            places = [(found.communes, commune), (found.districts, district)]
            if commune == TUY_DUC:
                places.append((found.schools, school.name))
            add(places, reached=one.id in done)
            if one.id in done:
                found.names.setdefault(school.name, set()).add(one.full_name)
        if one.position is Position.TEACHER:
            add([(found.kpi1, commune)], reached=one.qualification in COLLEGE)
    return found


def at_work(person: Row[*tuple[Any, ...]], day: date) -> bool:
    """On a list or confirmed, and neither gone nor away on that day."""
    away = person.leave_from and person.leave_from <= day <= (person.leave_to or day)
    gone = person.left_on and person.left_on <= day
    known = person.source is not Source.SELF or person.verified_at
    return bool(known and not gone and not away and person.merged_into_id is None)


def add(places: Iterable[tuple[Figures, str]], *, reached: bool) -> None:
    """Count somebody."""
    for figures, name in places:
        done, meant = figures.get(name, (0, 0))
        figures[name] = done + reached, meant + 1


def together(one: Figures, other: Figures, *names: str) -> tuple[int, int]:
    """What two units have of the figures of these names."""
    found = [of.get(name, (0, 0)) for of in (one, other) for name in names]
    return sum(done for done, _ in found), sum(meant for _, meant in found)


def tables(content: bytes) -> list[Figures]:
    """The tables of a Word file: (completed, expected) by code, or by the name of the unit."""
    found: list[Figures] = []
    for table in docx.Document(io.BytesIO(content)).tables:
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        if rows[0][0] == "STT":
            found.append({called(row[1]): (int(row[3]), int(row[2])) for row in rows[1:]})
    return found


def called(name: str) -> str:
    """What a screen calls the figure of a row."""
    if name.endswith("(mỗi người tính một lần)"):
        return "Chung"
    code = re.match(r"(KPI|L)\d+(?=\.)", name)
    return code[0] if code else name
