"""The file of a reform of units: what became of which unit, on which day, and by which paper.

A CSV file (commas or semicolons) with the headings

    kind,day,from,to,code,parent,legal_basis,schools

and a row for each step from a unit that ends to one that follows. `kind` is merge, split, rename or
reparent, `day` the first day of the new state (2027-07-01). `from` and `to` are names as people
write them ("Xã Tuy Đức"). `code` is that of a new unit; without it `to` is a unit of today, or, for
rename and reparent, the old code is kept. `parent` is the unit above a new one where it is not that
of the old one. `schools` of a split are those that go to this part, parted by ";", by their names
or numbers.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from storage.models.units import ChangeKind
from storage.spelling import clean, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HEADINGS = ("kind", "day", "from", "to", "code", "parent", "legal_basis", "schools")
NEEDED = ("kind", "day", "from", "legal_basis")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row; rows are counted as a spreadsheet counts them."""

    row: int
    reason: str


class Faulty(Exception):
    """Nothing is done: what is wrong, row by row."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__("the file has faults")
        self.faults = sorted(faults, key=lambda one: one.row)


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from a unit to what followed it. What was left empty is ""."""

    row: int
    kind: ChangeKind
    day: date
    source: str
    target: str
    code: str
    parent: str
    legal_basis: str
    schools: tuple[str, ...]


def read(text: str) -> list[Step]:
    """The steps of a file, in its order.

    Raises:
        Faulty: rows that cannot be read, all of them; or there is none.
    """
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    headings = [clean(each or "").lower() for each in rows.fieldnames or ()]
    if missing := [each for each in HEADINGS if each not in headings]:
        raise Faulty([Fault(1, f"there is no column {', '.join(missing)}")])
    rows.fieldnames = headings
    steps: list[Step] = []
    faults: list[Fault] = []
    for row in rows:
        cells = {key: clean(value) for key, value in row.items() if isinstance(value, str)}
        if any(cells.values()):
            found = _step(cells, rows.line_num)
            if isinstance(found, Step):
                steps.append(found)
            else:
                faults.append(found)
    if not steps and not faults:
        faults.append(Fault(1, "there is no row below the headings"))
    if faults:
        raise Faulty(faults)
    return steps


def groups(steps: Iterable[Step]) -> list[list[Step]]:
    """Steps that are one change, by their days: all into one, or all from one."""
    ordered = sorted(steps, key=lambda one: (one.day, *_change(one)))
    found = [list(group) for _, group in groupby(ordered, key=lambda one: (one.day, *_change(one)))]
    return sorted(found, key=lambda group: (group[0].day, group[0].row))


def _change(step: Step) -> tuple[str, str, str]:
    if step.kind is ChangeKind.MERGE:
        return step.kind, fold(step.target), step.code
    return step.kind, fold(step.source), ""


def _step(cells: Mapping[str, str], row: int) -> Step | Fault:
    empty = [each for each in NEEDED if not cells.get(each)]
    if cells.get("kind") != ChangeKind.REPARENT and not cells.get("to"):
        empty.append("to")
    if empty:
        return Fault(row, f"{', '.join(empty)} is empty")
    if cells["kind"] not in list(ChangeKind):
        return Fault(row, f'kind is "{cells["kind"]}"; it can be {", ".join(ChangeKind)}')
    try:
        day = date.fromisoformat(cells["day"])
    except ValueError:
        return Fault(row, f'day is "{cells["day"]}"; write it like 2027-07-01')
    kind = ChangeKind(cells["kind"])
    if kind is ChangeKind.REPARENT and not cells.get("parent"):
        return Fault(row, "parent is empty: below which unit is it now?")
    schools = tuple(name for each in cells.get("schools", "").split(";") if (name := each.strip()))
    if schools and kind is not ChangeKind.SPLIT:
        return Fault(row, "only a split says which schools go where")
    return Step(
        row, kind, day, cells["from"], cells.get("to") or cells["from"], cells.get("code", ""),
        cells.get("parent", ""), cells["legal_basis"], schools,
    )  # fmt: skip
