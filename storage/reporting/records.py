"""Reports as officers may see them: their own commune's, or all those of their Sở's collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.models import Report, ReportState, Unit
from storage.reporting import collections, communes
from storage.reporting.collections import Round

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Row, Select

    from storage.scopes import Scope

EDITABLE = (ReportState.BEGUN, ReportState.SENT_BACK)
HANDED_IN = (ReportState.SUBMITTED, ReportState.ACCEPTED, ReportState.NUMBERED)


@dataclass(frozen=True, slots=True)
class Record:
    """A report without its figures. `former`: the unit is no more; `paths`: it and its heirs."""

    id: int
    round: Round
    unit_id: int
    unit: str
    path: str
    paths: frozenset[str]
    former: bool
    state: ReportState
    version: int
    difficulties: str
    proposals: str
    on_behalf: bool
    submitted_at: datetime | None
    decided_at: datetime | None
    why_back: str
    number: str
    numbered_on: date | None
    snapshot: dict[str, Any] | None
    digest: str

    @property
    def editable(self) -> bool:
        """True while figures and texts can be changed."""
        return self.state in EDITABLE and self.round.closed_at is None

    @property
    def handed_in(self) -> bool:
        """True where the Sở has it, and has not sent it back."""
        return self.state in HANDED_IN


@dataclass(frozen=True, slots=True)
class Due:
    """A report an officer answers for, by a role of the commune; no state: not begun."""

    round: Round
    unit_id: int
    unit: str
    report_id: int | None
    state: ReportState | None
    former: bool = False


REPORTS: Select[*tuple[Any, ...]] = select(
    Report.id, Report.collection_id, Report.unit_id, Unit.name.label("unit"), Unit.path,
    Unit.valid_to, Report.state, Report.version, Report.difficulties, Report.proposals,
    Report.on_behalf, Report.submitted_at, Report.decided_at, Report.why_back, Report.number,
    Report.numbered_on, Report.snapshot, Report.digest,
).join(Unit, Unit.id == Report.unit_id)  # fmt: skip


def get(db: Connection, scope: Scope, report_id: int, *, lock: bool = False) -> Record:
    """A report of the officer's; PermissionError for anybody else's, as for none at all.

    It is theirs where its commune is, or what that became; and where they lead its collection.
    `lock` keeps others from changing it until the turn ends.
    """
    mine = REPORTS.where(Report.id == report_id)
    if lock:
        mine = mine.with_for_update(of=Report)
    row = db.execute(mine).one_or_none()
    if row is None:
        raise PermissionError(report_id)
    record = _record(db, row, scope.day)
    if not _theirs(scope, record.round, record.paths):
        raise PermissionError(report_id)
    return record


def of_unit(db: Connection, scope: Scope, collection_id: int, unit_id: int) -> Record | None:
    """The report of a unit in a collection, None where it is not begun; rights as in `get`."""
    place(db, scope, collection_id, unit_id)
    found = select(Report.id).where(
        Report.collection_id == collection_id, Report.unit_id == unit_id
    )
    report_id = db.execute(found).scalar()
    return None if report_id is None else get(db, scope, report_id)


def place(
    db: Connection, scope: Scope, collection_id: int, unit_id: int
) -> tuple[Round, communes.Commune]:
    """A collection and a commune that reports to it; PermissionError where it is not theirs."""
    round_ = collections.get(db, scope, collection_id)
    try:
        commune = communes.one(db, unit_id, scope.day)
    except LookupError as error:
        raise PermissionError(unit_id) from error
    paths = communes.heirs(db, [unit_id])[unit_id]
    here = any(path.startswith(round_.path) for path in paths)
    if not here or not _theirs(scope, round_, paths):
        raise PermissionError(unit_id)
    return round_, commune


def due(db: Connection, scope: Scope) -> list[Due]:
    """What an officer of communes answers for in open collections, the nearest day first.

    Reports of communes that have merged into theirs come after those of today.
    """
    own = communes.of(db, scope)
    found: list[Due] = []
    for round_ in collections.listed(db, scope):
        rows = db.execute(REPORTS.where(Report.collection_id == round_.id)).all()
        known = {row.unit_id: row for row in rows}
        for commune in own:
            if commune.path.startswith(round_.path):
                row = known.pop(commune.id, None)
                found.append(_due(round_, row, commune.id, commune.name))
        heirs = communes.heirs(db, known)
        found += [
            _due(round_, row, unit_id, row.unit, former=True)
            for unit_id, row in sorted(known.items())
            if _former(row, scope.day) and communes.as_commune(scope, heirs[unit_id])
        ]
    return found


def _due(
    round_: Round, row: Row[*tuple[Any, ...]] | None, unit_id: int, unit: str,
    *, former: bool = False,
) -> Due:  # fmt: skip
    return Due(round_, unit_id, unit, row.id if row else None, row.state if row else None, former)


def _theirs(scope: Scope, round_: Round, paths: frozenset[str]) -> bool:
    return communes.covered(scope, paths) or collections.leads(scope, round_.path)


def _former(row: Row[*tuple[Any, ...]], day: date) -> bool:
    return row.valid_to is not None and row.valid_to < day


def _record(db: Connection, row: Row[*tuple[Any, ...]], day: date) -> Record:
    return Record(
        id=row.id, round=collections.one(db, row.collection_id), unit_id=row.unit_id,
        unit=row.unit, path=row.path, paths=communes.heirs(db, [row.unit_id])[row.unit_id],
        former=_former(row, day), state=row.state, version=row.version,
        difficulties=row.difficulties, proposals=row.proposals, on_behalf=row.on_behalf,
        submitted_at=row.submitted_at, decided_at=row.decided_at, why_back=row.why_back,
        number=row.number, numbered_on=row.numbered_on, snapshot=row.snapshot, digest=row.digest,
    )  # fmt: skip
