"""Past courses from files: what they say, whom they mean, written and taken back in one step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from storage import workbooks
from storage.models import (
    Attendance,
    Completed,
    Completion,
    Course,
    ImportKind,
    ImportState,
    Mark,
    Person,
    PersonalCode,
    Result,
    RosterImport,
    School,
)
from storage.pasts import again, comparison, findings, outcomes, runs, spans, undoing, writing
from storage.pasts import rows as past_rows
from storage.pasts.rows import Trouble
from storage.rosters import judging, staging
from storage.rosters.entries import Skipped
from storage.rosters.runs import Reading
from storage.rosters.swap import Outcome
from tests import lists
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.scopes import Scope

TODAY = MONDAY.date()
HEAD = ("STT", "Họ và tên", "Trường", "Nội dung tập huấn", "Thời gian", "Số tiết", "Kết quả")
FIRST_AID, IT = "Sơ cứu, phòng tránh tai nạn cho trẻ", "Ứng dụng CNTT"
LINES = (
    (1, "Nguyễn Thị Hoa", "MN Hoa Cúc", FIRST_AID, "12-13/10/2025", 8, "Đạt"),
    (2, "NGUYEN THI HOA", "MN Hoa Cúc", IT, "05/2026", 15, "8,5"),
    (3, "Điểu Thị Nga", "MN Hoa Cúc", FIRST_AID, "12-13/10/2025", 8, "Không đạt"),
    (4, "Lê Thị Út", "MN Hoa Sen", FIRST_AID, "12-13/10/2025", 8, "vắng"),
    (5, "H'Mai Byă", "MN Hoa Sen", FIRST_AID, "12-13/10/2025", 8, ""),
    (6, "H'Mai Byă", "MN Hoa Sen", IT, "05/2026", 15, "??"),
    (7, "Võ Thị Loan", "MN Không Có", IT, "05/2026", 15, "Đạt"),
    (8, "Phạm Thị Bích", "MN Sơn Ca", IT, "12/2027", 15, "Đạt"),
    (9, "Phạm Thị Bích", "MN Sơn Ca", IT, "05/2026", 15, "Đạt"),
    (10, "Phạm Thị Bích", "MN Sơn Ca", IT, "05/2026", 15, "Đạt"),
)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("12/10/2025", date(2025, 10, 12), date(2025, 10, 12)),
        ("12-14/10/2025", date(2025, 10, 12), date(2025, 10, 14)),
        ("12, 13 và 14/10/2025", date(2025, 10, 12), date(2025, 10, 14)),
        ("30/12/2025 - 02/01/2026", date(2025, 12, 30), date(2026, 1, 2)),
        ("từ ngày 12 đến 14 tháng 10 năm 2025", date(2025, 10, 12), date(2025, 10, 14)),
        ("tháng 10/2025", date(2025, 10, 1), date(2025, 10, 31)),
        ("năm 2025", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_days_are_read_as_lists_write_them(written: str, first: date, last: date) -> None:
    found = spans.read(written)
    assert found
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize("written", ["", "31/02/2025", "năm học 2025-2026", "sáng"])
def test_what_names_no_day_is_none(written: str) -> None:
    assert spans.read(written) is None


@pytest.mark.parametrize(
    ("result", "mark", "score", "passed"),
    [
        ("Đạt", Mark.PRESENT, None, True),
        ("chưa đạt", Mark.PRESENT, None, False),
        ("Không hoàn thành", Mark.PRESENT, None, False),
        ("8,25", Mark.PRESENT, 825, True),
        ("4.5", Mark.PRESENT, 450, False),
        ("x", Mark.PRESENT, None, None),
        ("Vắng có phép", Mark.EXCUSED, None, None),
        ("V", Mark.ABSENT, None, None),
        ("đi muộn", Mark.LATE, None, None),
        ("", Mark.PRESENT, None, None),
    ],
)
def test_results_are_read_as_lists_write_them(
    result: str, mark: Mark, score: int | None, passed: bool | None
) -> None:
    assert outcomes.read(result, "") == outcomes.Outcome(mark, score, passed)


def test_a_result_that_means_nothing_is_not_guessed() -> None:
    for written in ("??", "11", "A+"):
        with pytest.raises(outcomes.Unclear):
            outcomes.read(written, "")


def book(path: Path, lines: tuple[Any, ...] = LINES) -> Path:
    file = path / "ket-qua.xlsx"
    file.write_bytes(workbooks.xlsx([workbooks.Table("KQ", HEAD, lines)]))
    return file


def stage(db: Connection, path: Path, scope: Scope = lists.EVERYWHERE) -> int:
    reading = runs.read(path, TODAY)
    assert isinstance(reading, Reading)
    found = comparison.compare(db, scope, past_rows.read(reading.entries, TODAY))
    import_id = staging.begin(
        db,
        scope,
        file_name="kq.xlsx",
        digest=reading.digest,
        on=found.on,
        now=MONDAY,
        kind=ImportKind.RESULTS,
    )
    for start, piece in staging.pieces(found.people, 2):
        staging.stage(db, import_id, start, piece)
    runs.stage_courses(db, import_id, found)
    runs.stage_rows(db, import_id, 0, found)
    staging.ready(db, import_id, found.people, Skipped(), reading.lines)
    return import_id


def known(db: Connection) -> None:
    lists.person(db, 10, "Nguyễn Thị Hoa")
    lists.person(db, 11, "Điểu Thị Nga")


def figures(db: Connection, import_id: int) -> findings.Counts:
    counts = findings.counts(db, lists.EVERYWHERE, import_id)
    assert counts
    return counts


def completed(db: Connection) -> dict[tuple[str, str], str]:
    rows = db.execute(
        select(Person.full_name, Course.title, Completion.state)
        .join(Completion, Completion.person_id == Person.id)
        .join(Course, Course.id == Completion.course_id)
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def test_an_office_with_files_only_has_true_figures(
    database: Database, tmp_path: Path
) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        import_id = stage(db, path)
        assert figures(db, import_id) == findings.Counts(
            courses=2, known=3, new=3, unclear=1, refused=2, there=5, passed=3, failed=1
        )
        done = writing.write(db, lists.EVERYWHERE, import_id, MONDAY, add=True)
        assert done.outcome is Outcome.WRITTEN
        # Of an unknown school nobody is added; two known, three new.
        assert (done.courses, done.rows, done.people) == (2, 6, 3)
        assert completed(db) == {
            ("Nguyễn Thị Hoa", FIRST_AID): Completed.COMPLETED,
            ("Nguyễn Thị Hoa", IT): Completed.COMPLETED,
            ("Điểu Thị Nga", FIRST_AID): Completed.NOT_COMPLETED,
            ("Lê Thị Út", FIRST_AID): Completed.NOT_COMPLETED,
            ("H'Mai Byă", FIRST_AID): Completed.OPEN,  # was there, and no result is known
            ("Phạm Thị Bích", IT): Completed.COMPLETED,
        }
        hours = select(Completion.hours).where(Completion.person_id == 10)
        assert sorted(db.execute(hours).scalars()) == [80, 150]
        assert db.execute(select(func.count()).select_from(PersonalCode)).scalar_one() == 3

    await lists.done(database, work)


async def test_the_same_file_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        writing.write(db, lists.EVERYWHERE, stage(db, path), MONDAY, add=True)
        before = meaning(db)
        again = stage(db, path)
        given = findings.courses(db, lists.EVERYWHERE, again)
        assert all(one.course_id is not None for one in given)
        done = writing.write(db, lists.EVERYWHERE, again, MONDAY, add=True)
        assert (done.courses, done.people) == (0, 0)
        assert meaning(db) == before
        assert undoing.undo(db, lists.EVERYWHERE, again, MONDAY).outcome is Outcome.UNDONE
        assert meaning(db) == before

    await lists.done(database, work)


async def test_undoing_restores_every_row(database: Database, tmp_path: Path) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        before = meaning(db)
        import_id = stage(db, path)
        writing.write(db, lists.EVERYWHERE, import_id, MONDAY, add=True)
        done = undoing.undo(db, lists.EVERYWHERE, import_id, MONDAY)
        assert (done.outcome, done.courses, done.people) == (Outcome.UNDONE, 2, 3)
        assert meaning(db) == before

    await lists.done(database, work)


async def test_without_adding_people_only_the_known_ones_count(
    database: Database, tmp_path: Path
) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        done = writing.write(db, lists.EVERYWHERE, stage(db, path), MONDAY, add=False)
        assert (done.rows, done.people) == (3, 0)
        assert {name for name, _ in completed(db)} == {"Nguyễn Thị Hoa", "Điểu Thị Nga"}

    await lists.done(database, work)


async def test_what_somebody_said_in_the_chat_stays(database: Database, tmp_path: Path) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        writing.write(db, lists.EVERYWHERE, stage(db, path), MONDAY, add=True)
        db.execute(Attendance.__table__.update().values(evidence="trainer", mark="absent"))
        db.execute(Result.__table__.update().values(evidence="trainer", passed=False))
        before = meaning(db)
        writing.write(db, lists.EVERYWHERE, stage(db, path), MONDAY, add=True)
        assert meaning(db) == before

    await lists.done(database, work)


async def test_an_officer_brings_in_only_their_own_area(database: Database, tmp_path: Path) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        scope = lists.officer(db, 1)
        import_id = stage(db, path, scope)
        writing.write(db, scope, import_id, MONDAY, add=True)
        assert {name for name, _ in completed(db)} == {"Nguyễn Thị Hoa", "Điểu Thị Nga"}
        other = lists.officer(db, 2)
        assert undoing.undo(db, other, import_id, MONDAY).outcome is Outcome.NOT_OPEN
        state = select(RosterImport.state).where(RosterImport.id == import_id)
        assert db.execute(state).scalar_one() is ImportState.WRITTEN

    await lists.done(database, work)


def test_rows_that_cannot_be_taken_say_why(tmp_path: Path) -> None:
    reading = runs.read(book(tmp_path), TODAY)
    assert isinstance(reading, Reading)
    troubles = [row.trouble for row in past_rows.read(reading.entries, TODAY)]
    assert troubles == [
        None, None, None, None, None, Trouble.RESULT_UNCLEAR, None, Trouble.FUTURE, None, None,
    ]  # fmt: skip


def test_a_title_above_the_list_names_the_course_and_its_days(tmp_path: Path) -> None:
    path = tmp_path / "lop.csv"
    path.write_text(
        "DANH SÁCH HỌC VIÊN HOÀN THÀNH LỚP TẬP HUẤN SƠ CỨU CHO TRẺ NGÀY 12/10/2025\n"
        "STT;Họ và tên;Đơn vị;Xếp loại\n1;Nguyễn Thị Hoa;MN Hoa Cúc;Giỏi\n"
        "2;Điểu Thị Nga;MN Hoa Cúc;Khá\n"
    )
    reading = runs.read(path, TODAY)
    assert isinstance(reading, Reading)
    found = past_rows.read(reading.entries, TODAY)
    given = {row.given and (row.given.title, row.given.first) for row in found}
    assert given == {("Lớp tập huấn sơ cứu cho trẻ", date(2025, 10, 12))}
    assert all(row.passed for row in found)


def meaning(db: Connection) -> dict[str, list[Any]]:
    """Everything but imports, when something was written, and what numbers were given."""
    loose = {"past_courses", "past_rows", "registration_events", "personal_codes"}
    kept = {name: rows for name, rows in lists.everything(db).items() if name not in loose}
    for name in ("attendance", "results"):
        kept[name] = [tuple(str(cell) for cell in row) for row in kept[name]]
    return kept


async def test_a_list_is_compared_anew_without_its_file(database: Database, tmp_path: Path) -> None:
    path = book(tmp_path)

    def work(db: Connection) -> None:
        known(db)
        old = stage(db, path)
        school = db.execute(select(School.__table__).where(School.id == lists.SON_CA)).mappings()
        db.execute(
            insert(School).values(
                {**school.one(), "id": 9, "name": "Trường MN Không Có", "folded": "khong co"}
            )
        )
        entries = list(judging.entries_again(db, lists.EVERYWHERE, old))
        found = again.compare(db, lists.EVERYWHERE, entries, None)
        new = staging.begin(
            db, lists.EVERYWHERE, file_name="kq.xlsx", digest="0", on=found.on, now=MONDAY
        )
        staging.stage(db, new, 0, found.judged)
        again.carry(db, old, new)
        staging.ready(db, new, found.judged, Skipped(), len(LINES))
        writing.write(db, lists.EVERYWHERE, new, MONDAY, add=True)
        assert completed(db)["Võ Thị Loan", IT] is Completed.COMPLETED
        assert len(completed(db)) == 7

    await lists.done(database, work)
