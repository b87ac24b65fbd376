"""Programmes and reforms of units at the terminal: all of a file, or nothing and every reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot import __main__ as line
from bot import logs
from storage import plan_files
from storage.database import address, sqlite
from storage.models import IndicatorVersion, Period, Programme, School, Unit
from tests.storage import test_reforms

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.models import Base


class Terminal:
    def __init__(self, file: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.engine = sqlite(address(f"sqlite:///{file}"))
        self._folder, self._capsys = folder, capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            line.main([str(one) for one in words])
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out, err

    def file(self, text: str) -> Path:
        path = self._folder / "file.txt"
        path.write_text(text, "utf-8")
        return path

    def count(self, *tables: type[Base]) -> list[int]:
        with self.engine.connect() as db:
            counts = (select(func.count()).select_from(table) for table in tables)
            return [db.execute(count).scalar_one() for count in counts]


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
    return Terminal(file, tmp_path, capsys)


def test_plans_are_brought_in_shown_and_brought_in_again(typed: Terminal) -> None:
    status, example, _ = typed("plans", "--example")
    assert (status, example.strip()) == (0, plan_files.EXAMPLE.read_text("utf-8").strip())
    status, said, _ = typed("plans", typed.file(example))
    assert (status, len(said.splitlines())) == (0, 10)
    assert "programme 178/KH-UBND: new" in said
    assert typed.count(Programme, Period, IndicatorVersion) == [1, 2, 4]
    _, shown, _ = typed("plans", "--show")
    assert plan_files.read(shown) == plan_files.read(example)
    assert typed("plans", typed.file(shown))[:2] == (0, "Nothing differs from what is there.\n")
    _, said, _ = typed("plans", typed.file(shown.replace("2026-12-15", "2026-12-20")))
    assert said == "period Năm 2026: report_before changed\n"


def test_plans_that_are_wrong_are_said_line_by_line(typed: Terminal) -> None:
    text = plan_files.EXAMPLE.read_text("utf-8")
    text = text.replace("0.85", "85", 1).replace("code =", "kode =", 1)
    wrong = (
        text.replace('"cao dang"', '"cao đẳng"')
        + '[[period]]\nkind = "school"\ntitle = "Năm học 2026-2027"\nfirst_day = 2026-09-01\n'
    )  # fmt: skip
    status, out, said = typed("plans", typed.file(wrong))
    assert (status, out) == (1, "")
    lines = said.splitlines()
    assert lines[-1] == "taphuan: nothing is written"
    for part in ("not 85", '"cao đẳng"', '"code" is missing', '"kode" is not understood',
                 '"last_day" is missing', "stands there twice"):  # fmt: skip
        assert sum(part in each for each in lines) == 1, part
    assert len(lines) == 7
    assert typed.count(Programme, Period, IndicatorVersion) == [0, 0, 0]
    for words in (["plans"], ["plans", "nowhere.toml"], ["reform", "nowhere.csv"]):
        status, _, said = typed(*words)
        assert (status, len(said.splitlines())) == (1, 1)
    assert "this is no TOML" in typed("plans", typed.file("= 1"))[2]


def test_a_reform_is_looked_at_then_written(
    typed: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with typed.engine.begin() as db:
        test_reforms.world(db)
    before = typed.count(Unit, School)
    steps = typed.file(test_reforms.until(3).replace("2026-", "2025-"))
    status, said, _ = typed("reform", steps, "--dry-run")
    assert (status, typed.count(Unit, School)) == (0, before)
    assert said.splitlines() == [
        "2025-10-05 merge: Xã Tuy Đức, Xã Quảng Trực -> Xã Biên Giới"
        " (3 schools, 2 rights of officers)",
        "2025-10-12 merge: Xã Quảng Tân -> Xã Biên Giới (1 schools, 1 rights of officers)",
        "Nothing is written; leave out --dry-run to write it.",
    ]
    assert typed("reform", steps)[1].splitlines() == said.splitlines()[:2]
    assert typed.count(Unit) == [before[0] + 1]
    status, _, said = typed("reform", steps)
    assert status == 1
    assert [each[:14] for each in said.splitlines()] == [
        "taphuan: row 2", "taphuan: row 3", "taphuan: row 4", "taphuan: nothi"
    ]  # fmt: skip
