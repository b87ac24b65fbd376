"""What a collection says of a province: its accepted reports, by commune and by former district."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import statistics
from storage.models import Report, ReportState, Stated
from storage.reporting import collections, prefilled, snapshot, status

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.models import SubjectKind
    from storage.reporting.collections import Round
    from storage.reporting.snapshot import Figure, Snapshot
    from storage.reporting.status import Standing
    from storage.scopes import Scope

COUNTED = (ReportState.ACCEPTED, ReportState.NUMBERED)
# Whatever happens to a report makes this larger: no two states of a collection share a number.
_STEPS = {ReportState.SUBMITTED: 0, ReportState.ACCEPTED: 1, ReportState.SENT_BACK: 2,
          ReportState.NUMBERED: 3}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A total by a name. `corrected` and `declared`: some of it was, and is no plain count."""

    name: str
    expected: int = 0
    completed: int = 0
    corrected: bool = False
    declared: bool = False

    def __add__(self, other: Cell) -> Cell:
        """Both under the name of the first."""
        return Cell(
            self.name, self.expected + other.expected, self.completed + other.completed,
            corrected=self.corrected or other.corrected, declared=self.declared or other.declared,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One figure of all communes. In `districts` the name "" holds what cannot be divided.

    `total` is the sum of the communes, and of the districts as well. `target` is in
    ten-thousandths.
    """

    subject_id: int
    kind: SubjectKind
    code: str
    title: str
    target: int | None
    communes: tuple[Cell, ...]
    districts: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True)
class Said:
    """The texts of one commune."""

    unit: str
    difficulties: str
    proposals: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A collection on a day. `states` counts communes (None: not begun)."""

    round: Round
    day: date
    version: int
    standings: tuple[Standing, ...]
    states: Counter[ReportState | None]
    tables: tuple[Table, ...]
    texts: tuple[Said, ...]

    @property
    def counted(self) -> int:
        """How many reports are in the tables."""
        return sum(self.states[each] for each in COUNTED)


def of(db: Connection, scope: Scope, collection_id: int, now: datetime) -> Summary:
    """The collection as it stands; PermissionError for others than its Sở.

    Raises `snapshot.DamagedError` where a report is no longer what was handed in.
    """
    round_ = collections.led(db, scope, collection_id)
    standings = status.of(db, scope, collection_id, now)
    reports = sorted(_snapshots(db, collection_id), key=lambda one: statistics.order(one.unit))
    return Summary(
        round_, now.date(), version(db, scope, collection_id), tuple(standings),
        status.tally(standings), tuple(_tables(reports)),
        tuple(Said(one.unit, one.difficulties, one.proposals) for one in reports),
    )  # fmt: skip


def version(db: Connection, scope: Scope, collection_id: int) -> int:
    """A number that grows with every step of any report of a collection; 0 before the first.

    As long as nothing has happened, it is the same, and so is the paper.
    """
    collections.led(db, scope, collection_id)
    rows = db.execute(
        select(Report.version, Report.state).where(Report.collection_id == collection_id)
    )
    return sum(1 + row.version * len(_STEPS) + _STEPS.get(row.state, 0) for row in rows)


def _snapshots(db: Connection, collection_id: int) -> list[Snapshot]:
    rows = db.execute(
        select(Report.snapshot, Report.digest).where(
            Report.collection_id == collection_id, Report.state.in_(COUNTED)
        )
    )
    return [snapshot.checked(row.snapshot, row.digest) for row in rows if row.snapshot is not None]


def _tables(reports: Iterable[Snapshot]) -> list[Table]:
    """The figures in the order in which they stand in reports; one row for each commune."""
    found: dict[int, tuple[Figure, list[Cell], list[Cell]]] = {}
    for report in reports:
        for figure in report.figures:
            _, communes, districts = found.setdefault(figure.subject_id, (figure, [], []))
            communes.append(_cell(report.unit, figure))
            districts += parts(figure)
    return [_table(*each) for each in sorted(found.values(), key=lambda one: _order(one[0]))]


def _order(figure: Figure) -> tuple[int, str, str, int]:
    return prefilled.KINDS.index(figure.kind), figure.last, figure.code, figure.subject_id


def _table(figure: Figure, communes: list[Cell], districts: list[Cell]) -> Table:
    total = sum(communes, Cell(""))
    by_name: dict[str, Cell] = {}
    for one in districts:
        by_name[one.name] = by_name.get(one.name, Cell(one.name)) + one
    rows = sorted(by_name.values(), key=lambda one: (not one.name, statistics.order(one.name)))
    return Table(
        figure.subject_id, figure.kind, figure.code, figure.title, figure.target,
        tuple(communes), tuple(rows), total,
    )  # fmt: skip


def _cell(name: str, figure: Figure) -> Cell:
    return Cell(
        name, figure.expected, figure.completed, corrected=figure.stated is Stated.CORRECTED,
        declared=figure.stated is Stated.DECLARED,
    )  # fmt: skip


def parts(figure: Figure) -> list[Cell]:
    """A figure by former district: whole where there is one, else as counted, and the rest apart.

    Where less is stated than was counted, nobody can say in which district: all of it stands apart.
    """
    whole = _cell("", figure)
    if not figure.straddles:
        return [replace(whole, name=figure.parts[0].district if figure.parts else "")]
    known = [Cell(one.district, one.expected, one.completed) for one in figure.parts]
    counted = sum(known, Cell(""))
    expected = whole.expected - counted.expected
    completed = whole.completed - counted.completed
    if not 0 <= completed <= expected:
        return [whole]
    rest = replace(whole, expected=expected, completed=completed)
    return [*known, rest] if expected else known
