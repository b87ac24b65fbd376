"""Staff lists on the command line: shown first, written with --yes, taken back with --undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot import __main__ as line
from bot import logs
from storage import workbooks
from storage.database import address, sqlite
from storage.models import Person, RosterRow
from storage.workbooks import Table
from tests.lists import person, world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.models import Base

HEADINGS = ("Họ và tên", "Trường", "Điện thoại", "SĐT")
LIST = (("Nguyễn Thị Hoa", "MN Hoa Cúc", "0912345678", "0911111111"),
        ("Võ Thị Loan", "MN Hoa Cúc", "0987654321", ""))  # fmt: skip


class Terminal:
    def __init__(self, file: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.engine, self.folder, self._capsys = (
            sqlite(address(f"sqlite:///{file}")),
            folder,
            capsys,
        )
        self.list = folder / "list.xlsx"
        self.list.write_bytes(workbooks.xlsx([Table("A", HEADINGS, LIST)]))

    def __call__(self, *words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            line.main([str(one) for one in words])
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out, err

    def count(self, table: type[Base]) -> int:
        with self.engine.connect() as db:
            return db.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def typed(
    empty_file: Path,
    copied: Callable[[Path], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    file = copied(empty_file)
    monkeypatch.setenv("TAPHUAN_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setattr(logs, "set_up", lambda *_: None)  # the tests have a log of their own
    terminal = Terminal(file, tmp_path, capsys)
    with terminal.engine.begin() as db:
        world(db)
        person(db, 11, "Nguyễn Thị Hoa")
        person(db, 12, "Điểu Thị Nga")
    return terminal


def test_a_list_is_shown_then_written_then_taken_back(typed: Terminal):
    command = ("import-roster", typed.list, "--columns", "phone=C")
    status, out, err = typed(*command)
    assert status == 0
    assert "       1  new\n" in out
    assert "       1  gone\n" in out
    assert "Nothing is written" in out
    assert "reading list.xlsx" in err
    assert typed.count(Person) == 2

    status, out, _ = typed(*command, "--yes", "--leavers")
    assert (status, typed.count(Person)) == (0, 3)
    assert "Import 1 is written: 3 people; --undo 1 undoes it." in out

    assert typed("import-roster", "--undo", 1)[1] == "Import 1 is taken back: 3 people.\n"
    assert typed.count(Person) == 2
    status, _, err = typed("import-roster", "--undo", 1)
    assert (status, err) == (1, "taphuan: there is no written import 1 whose rows are kept\n")


def test_the_rows_come_back_with_remarks_and_nothing_stays(typed: Terminal):
    out = typed.folder / "annotated.xlsx"
    status, *_ = typed("import-roster", typed.list, "--columns", "A:phone=none", "--annotated", out)

    assert status == 0
    assert out.read_bytes().startswith(b"PK")
    assert typed.count(RosterRow) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list.xlsx",), 'which column is the phone, C "Điện thoại", D "SĐT"? write --columns'),
        (("list.xlsx", "--columns", "phone"), "write a field and a column, like phone=D"),
        (("list.xlsx", "--columns", "phone=Z"), "which column is the phone"),
        (("none.xlsx",), "there is no file"),
        (("text.csv",), "No list of people was found in text.csv"),
        (("list.pdf",), "is no table"),
        ((), "name the file"),
        (("list.xlsx", "--columns", "phone=C", "--annotated", "no/folder.xlsx"), "cannot be"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    typed: Terminal, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
):
    monkeypatch.chdir(typed.folder)
    (typed.folder / "text.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (typed.folder / "list.pdf").write_bytes(b"%PDF-1.7")

    status, out, err = typed("import-roster", *words)

    assert status == 1
    assert out == ""
    assert said in err.splitlines()[-1]
    assert typed.count(Person) == 2


def test_a_template_and_the_list_are_written(typed: Terminal):
    for command in ("roster-template", "export-roster"):
        out = typed.folder / f"{command}.xlsx"
        assert typed(command, out)[0] == 0
        assert out.read_bytes().startswith(b"PK")
    assert typed("export-roster", typed.folder / "no" / "a.xlsx")[0] == 1
